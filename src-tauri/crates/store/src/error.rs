//! Why a case could not be opened, read or written.

use std::path::PathBuf;
use timberline_model::StoreError;

/// Why a case could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// The file is there and is something else.
    #[error("{path} is not a Timberline case: {why}", path = .path.display())]
    NotACase {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        why: String,
    },
    /// A newer Timberline wrote it.
    #[error(
        "{path} was written by a newer Timberline (schema {found}, this one knows up to {known}); please update",
        path = .path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// A case was to be made where a file is already.
    #[error("{path} is there already", path = .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path} is not there", path = .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The case has no such source.
    #[error("the case has no source {0}")]
    NoSource(u32),
    /// The system would not let us.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Anything that can also befall a query.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for CaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(sql_error(&error))
    }
}

/// What SQLite said, in our words.
pub(crate) fn sql_error(error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => StoreError::Busy(error.to_string()),
        Some(Code::DiskFull) => StoreError::Full(error.to_string()),
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => StoreError::Corrupt(error.to_string()),
        Some(Code::OperationInterrupted) => StoreError::Cancelled,
        _ => StoreError::Other(error.to_string()),
    }
}

/// A damaged blob, told by where it was found.
pub(crate) fn corrupt(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt(what.into())
}
