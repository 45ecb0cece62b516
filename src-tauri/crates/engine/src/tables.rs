//! What the analyst said of the columns of tables: `tables/*.toml` in the data folder, one file for the names of one
//! kind of table. Read before each import and preview, so that what was said once holds the next time. What such a
//! file says is `timberline_formats::coded::csv`'s.

use crate::wire::ApiError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timberline_formats::coded::csv::Mappings;
pub use timberline_formats::coded::csv::{Mapping, Said};

/// The largest file that is taken for a mapping.
const LARGEST: u64 = 1 << 20;
/// The most files that are looked at.
const MOST: usize = 1_000;

/// The folder.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("tables")
}

/// All mappings that are kept; one that is wrong is passed over (it was checked when it was kept).
#[must_use]
pub fn load(data: &Path) -> Arc<Mappings> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(data))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")))
        .take(MOST)
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let fits = path.metadata().is_ok_and(|m| m.is_file() && m.len() <= LARGEST);
        let text = fits.then(|| std::fs::read_to_string(path).ok()).flatten()?;
        Mapping::parse(&text).ok()
    };
    Arc::new(Mappings { list: files.iter().filter_map(read).collect() })
}

/// Keeps a mapping for tables of these names, in the place of the one that was kept before; one that says nothing
/// removes that. Gives the path.
///
/// # Errors
/// `usage` for a mapping without names; `failed` when it cannot be written.
pub fn keep(data: &Path, mapping: &Mapping) -> Result<PathBuf, ApiError> {
    let print = mapping.fingerprint().ok_or_else(|| {
        crate::error::usage("a mapping is kept by the names of a table's columns; it has none")
    })?;
    let folder = folder(data);
    let path = folder.join(format!("{print}.toml"));
    let failed =
        |why: std::io::Error| ApiError::failed(format!("{} cannot be written: {why}", path.display()));
    if mapping.columns.is_empty() {
        match std::fs::remove_file(&path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(failed(why)),
            _ => return Ok(path),
        }
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    // Whole or not at all: a mapping that was cut off would be lost.
    let new = path.with_extension("new");
    std::fs::write(&new, mapping.write()).and_then(|()| std::fs::rename(&new, &path)).map_err(failed)?;
    Ok(path)
}
