//! Files in the data folder and elsewhere, written whole or not at all: beside their place first, then moved there. What stands in them,
//! and how a failure is told, is the caller's.

use serde::Serialize;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Puts these bytes in the place of a file; its folder is there.
///
/// # Errors
/// When they cannot be written there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let new: PathBuf = path.with_file_name(name);
    std::fs::write(&new, bytes)?;
    std::fs::rename(&new, path)
}

/// [`write`] of a value as JSON that a person can read.
///
/// # Errors
/// As [`write`].
pub fn write_json(path: &Path, value: &(impl Serialize + ?Sized)) -> Result<()> {
    write(path, &serde_json::to_vec_pretty(value)?)
}

/// [`write_json`] into a folder, which is made where it is missing.
///
/// # Errors
/// As [`write`], and when the folder cannot be made.
pub fn keep_json(folder: &Path, name: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    write_json(&folder.join(name), value)
}
