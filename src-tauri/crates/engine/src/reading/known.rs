//! What the case holds already of the files of an import, found by where they lie and by what they are. All of it is read
//! once, before the import: asking the case for each file would take the square of their number.

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use timberline_model::{Source, SourceState};

/// What is read of a file that nobody reads for its content, to hash it.
const HASHED: u64 = 64 << 30;

/// The sources of a case, by the file that each came from.
#[derive(Default)]
pub struct Known {
    by_file: FxHashMap<PathBuf, Vec<(String, Source)>>,
    by_hash: FxHashMap<String, Source>,
    sizes: FxHashSet<u64>,
}

impl Known {
    /// Of these sources.
    #[must_use]
    pub fn of(sources: Vec<Source>) -> Self {
        let mut known = Self::default();
        let mut places: FxHashMap<PathBuf, PathBuf> = FxHashMap::default();
        for source in sources {
            let file = file_of(&source);
            let member = source.path.get(file.as_os_str().len()..).unwrap_or_default().to_owned();
            let place = places.entry(file).or_insert_with_key(|file| canonical(file)).clone();
            let whole =
                source.state == SourceState::Complete && !source.sha256.is_empty() && source.bytes > 0;
            if whole && source.archive_sha256.is_empty() {
                known.sizes.insert(source.bytes);
                known.by_hash.entry(source.sha256.clone()).or_insert_with(|| source.clone());
            }
            known.by_file.entry(place).or_default().push((member, source));
        }
        known
    }

    /// The sources that came from the file at this path, however it is written; each with the part of its path behind the
    /// file's (`!member`).
    pub fn of_file(&self, file: &Path) -> &[(String, Source)] {
        self.by_file.get(&canonical(file)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The whole file with these bytes, wherever it lay.
    pub fn with_hash(&self, sha256: &str) -> Option<&Source> {
        self.by_hash.get(sha256)
    }

    /// Whether a whole file of this size is known, so that it may be the same.
    pub fn has_size(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }
}

/// The path as the system knows it, or as it stands where it does not.
pub fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The file that a source came from: for a member of an archive, the part of its path that is a file.
pub(crate) fn file_of(source: &Source) -> PathBuf {
    if source.archive_sha256.is_empty() {
        return PathBuf::from(&source.path);
    }
    let parts = source.path.match_indices('!').map(|(at, _)| Path::new(source.path.split_at(at).0));
    let first = source.path.split('!').next().unwrap_or_default();
    parts.into_iter().find(|p| p.is_file()).unwrap_or(Path::new(first)).to_owned()
}

/// SHA-256 of a file as it lies on the disk; `None` when it cannot be read, is endless or the import was stopped.
pub fn sha256_of(path: &Path, cancel: &AtomicBool) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut block = vec![0u8; 1 << 20];
    let mut read = 0;
    loop {
        match file.read(&mut block).ok()? {
            0 => break,
            n => {
                hash.update(block.get(..n)?);
                read += n as u64;
            }
        }
        if cancel.load(Ordering::Relaxed) || read > HASHED {
            return None;
        }
    }
    Some(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
