//! A case file: making one, opening one, its connections, its import lock.
//!
//! One connection writes, a small pool of read-only ones reads; the writer of segments has its own.
//! The import lock is a file beside the case that the system locks, so that it falls with the process
//! that holds it; readers never ask for it.

use crate::error::{CaseError, sql_error};
use crate::scan::catalog::CatalogCell;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use timberline_model::StoreError;

/// Stands in the header of every case file ("TmbL").
const APPLICATION_ID: i32 = 0x546D_624C;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_init.sql")),
    M::up(include_str!("../migrations/0002_clock_offset.sql")),
    M::up(include_str!("../migrations/0003_custody.sql")),
    M::up(include_str!("../migrations/0004_prompts.sql")),
    M::up(include_str!("../migrations/0005_audit.sql")),
    M::up(include_str!("../migrations/0006_feedback.sql")),
    M::up(include_str!("../migrations/0007_deeper.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The schema that this program writes and the newest that it reads.
pub const SCHEMA: u32 = 7;

/// How long a writer waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// Read-only connections that are kept for the next question.
const POOL: usize = 6;

/// One open case.
pub struct Case {
    path: PathBuf,
    schema: u32,
    readers: Mutex<Vec<Connection>>,
    pub(crate) catalog: CatalogCell,
    // Last, so that it is closed last: the last connection that may write folds the WAL into the file.
    writer: Mutex<Connection>,
}

/// A lock whose holder panicked guards nothing that a transaction has not rolled back.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Case {
    /// Makes a new, empty case file.
    ///
    /// # Errors
    /// [`CaseError::Exists`] where anything is at the path already; when it cannot be written.
    pub fn create(path: &Path) -> Result<Self, CaseError> {
        let io = |source| CaseError::Io { path: path.to_owned(), source };
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(CaseError::Exists { path: path.to_owned() });
            }
            Err(e) => return Err(io(e)),
        }
        let made = Self::set_up(path);
        if made.is_err() {
            // What cannot be used must not stand in the way of the next attempt.
            std::fs::remove_file(path).map_err(io)?;
        }
        made
    }

    fn set_up(path: &Path) -> Result<Self, CaseError> {
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // These three hold only when they are set before the first table.
        db.pragma_update(None, "page_size", 8192)?;
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        migrate(&mut db)?;
        // The schema must stand in the file itself: a lost WAL must not make a case look like an empty file.
        checkpoint(&db)?;
        Self::with(path, db)
    }

    /// Opens a case file; never makes one.
    ///
    /// # Errors
    /// [`CaseError::Missing`], [`CaseError::NotACase`], [`CaseError::NewerSchema`], or when it cannot be read.
    pub fn open(path: &Path) -> Result<Self, CaseError> {
        match std::fs::metadata(path) {
            Ok(meta) if !meta.is_file() => return Err(not_a_case(path, "it is not a file")),
            Ok(meta) if meta.len() == 0 => return Err(not_a_case(path, "the file is empty")),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(CaseError::Missing { path: path.to_owned() });
            }
            Err(source) => return Err(CaseError::Io { path: path.to_owned(), source }),
        }
        if !begins_like_sqlite(path)? {
            return Err(not_a_case(path, "it is not an SQLite file"));
        }
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let application: i32 = db.query_row("PRAGMA application_id", [], |r| r.get(0))?;
        if application != APPLICATION_ID {
            return Err(not_a_case(path, "it is another program's database"));
        }
        let found: u32 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if found > SCHEMA {
            return Err(CaseError::NewerSchema { path: path.to_owned(), found, known: SCHEMA });
        }
        if found == 0 {
            return Err(not_a_case(path, "the case is incomplete: its tables are missing"));
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        migrate(&mut db)?;
        Self::with(path, db)
    }

    fn with(path: &Path, db: Connection) -> Result<Self, CaseError> {
        db.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self {
            path: path.to_owned(),
            schema: SCHEMA,
            readers: Mutex::new(Vec::new()),
            catalog: CatalogCell::default(),
            writer: Mutex::new(db),
        })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The schema version of the file.
    #[must_use]
    pub fn schema(&self) -> u32 {
        self.schema
    }

    /// Does something in one transaction that is kept when it succeeds.
    pub(crate) fn write<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, CaseError>,
    ) -> Result<T, CaseError> {
        let mut db = lock(&self.writer);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// Asks something on a read-only connection.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, CaseError>,
    ) -> Result<T, CaseError> {
        let db = self.reader()?;
        let answer = ask(&db);
        self.put_back(db);
        answer
    }

    /// A read-only connection of one's own; give it back with [`Case::put_back`].
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        if let Some(db) = lock(&self.readers).pop() {
            return Ok(db);
        }
        let db = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| sql_error(&e))?;
        Ok(db)
    }

    pub(crate) fn put_back(&self, db: Connection) {
        let mut readers = lock(&self.readers);
        if readers.len() < POOL && db.is_autocommit() {
            readers.push(db);
        }
    }

    /// A connection for the thread that writes segments. A power cut may cost its last transactions, never
    /// the file: what is lost can be read again from the source, and the source then says "incomplete".
    pub(crate) fn segment_connection(&self) -> Result<Connection, CaseError> {
        let db = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "wal_autocheckpoint", 4096)?;
        Ok(db)
    }

    /// The right to import, or to remove what was imported; one holder at a time, over all processes.
    pub(crate) fn import_lock(&self) -> Result<ImportLock, CaseError> {
        let mut path = self.path.clone().into_os_string();
        path.push(".import-lock");
        ImportLock::take(PathBuf::from(path))
    }

    /// Gives the pages of removed segments back to the file system.
    pub(crate) fn give_room_back(&self) -> Result<(), CaseError> {
        let db = lock(&self.writer);
        {
            let mut vacuum = db.prepare("PRAGMA incremental_vacuum")?;
            let mut rows = vacuum.query([])?;
            while rows.next()?.is_some() {}
        }
        checkpoint(&db)?;
        Ok(())
    }
}

fn not_a_case(path: &Path, why: &str) -> CaseError {
    CaseError::NotACase { path: path.to_owned(), why: why.to_owned() }
}

fn begins_like_sqlite(path: &Path) -> Result<bool, CaseError> {
    use std::io::Read;
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut f| f.read(&mut head));
    match read {
        Ok(n) => Ok(n == head.len() && &head == b"SQLite format 3\0"),
        Err(source) => Err(CaseError::Io { path: path.to_owned(), source }),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "cache_size", -4096)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

fn migrate(db: &mut Connection) -> Result<(), CaseError> {
    MIGRATIONS
        .to_latest(db)
        .map_err(|e| StoreError::Other(format!("the case could not be set up: {e}")).into())
}

/// Folds the WAL into the file; a reader in the way is no error, the next checkpoint does it.
pub(crate) fn checkpoint(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Held while segments are added or removed.
#[derive(Debug)]
pub(crate) struct ImportLock {
    path: PathBuf,
    // The system's lock lives as long as this.
    _file: File,
}

impl ImportLock {
    fn take(path: PathBuf) -> Result<Self, CaseError> {
        let io = |source| CaseError::Io { path: path.clone(), source };
        // Its last holder removes the file, so what we locked may be a file that is no longer there.
        for _ in 0..100 {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(io)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let why = "it is importing into this case just now; wait until it is done".to_owned();
                    return Err(StoreError::Busy(why).into());
                }
                Err(TryLockError::Error(e)) => return Err(io(e)),
            }
            if still_there(&file, &path) {
                return Ok(Self { path, _file: file });
            }
        }
        Err(StoreError::Busy("its import lock changes hands too quickly".to_owned()).into())
    }
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

/// Where an open file cannot be removed, the file at the path is the one that is locked.
#[cfg(not(unix))]
fn still_there(_file: &File, _path: &Path) -> bool {
    true
}

impl Drop for ImportLock {
    fn drop(&mut self) {
        // A file left behind is harmless: it is the lock on it that counts.
        let _ = std::fs::remove_file(&self.path);
    }
}
