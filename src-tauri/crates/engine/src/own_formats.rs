//! The folder of the user's own formats: `formats/*.toml` in the data folder. Read when the engine starts and before
//! each import, so that a file which is dropped in is in use at once; one that is wrong is told and stops nothing else.
//! What such a file says is `timberline_formats::declared`'s.

use crate::wire::FormatFault;
use std::path::{Path, PathBuf};
use timberline_formats::Format;
use timberline_formats::declared::{self, BadFormat, Declared};

/// The largest file that is taken for a format.
const LARGEST: u64 = 1 << 20;
/// The most files that are looked at.
const MOST: usize = 1_000;

/// What the folder holds.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The formats, in the order of their files' names.
    pub formats: Vec<(&'static Declared, PathBuf)>,
    /// What is wrong with the others.
    pub faults: Vec<FormatFault>,
}

/// The folder.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("formats")
}

/// Reads the folder, and puts its formats in use.
pub fn load(data: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(data))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")))
        .take(MOST)
        .collect();
    files.sort();
    for path in files {
        match read(&path).and_then(|text| declared::own(&text).map_err(|why| fault(&path, &why))) {
            Ok(format) => match loaded.formats.iter().find(|(f, _)| f.about().id == format.about().id) {
                Some((_, first)) => {
                    let message = format!(
                        "{} has the same id \"{}\" and is in use",
                        first.display(),
                        format.about().id
                    );
                    loaded.faults.push(whole(&path, message));
                }
                None => loaded.formats.push((format, path)),
            },
            Err(fault) => loaded.faults.push(fault),
        }
    }
    declared::use_own(loaded.formats.iter().map(|(format, _)| *format).collect());
    loaded
}

/// The text of a format's file.
///
/// # Errors
/// When it cannot be read, is no file, is too large or is not UTF-8.
pub fn read(path: &Path) -> Result<String, FormatFault> {
    let found = path.metadata().map_err(|why| whole(path, format!("cannot be read: {why}")))?;
    if !found.is_file() {
        return Err(whole(path, "is no file".to_owned()));
    }
    if found.len() > LARGEST {
        return Err(whole(path, format!("is larger than {} MB", LARGEST >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|why| whole(path, format!("cannot be read: {why}")))?;
    String::from_utf8(bytes).map_err(|_| whole(path, "is not UTF-8".to_owned()))
}

fn whole(path: &Path, message: String) -> FormatFault {
    FormatFault { path: path.display().to_string(), line: 0, column: 0, message, at: None }
}

/// What is wrong with a file, as it is told.
#[must_use]
pub fn fault(path: &Path, why: &BadFormat) -> FormatFault {
    FormatFault {
        path: path.display().to_string(),
        line: why.line as u32,
        column: why.column as u32,
        message: why.message.clone(),
        at: why.at.map(|at| at as u32),
    }
}

impl FormatFault {
    /// In one sentence, with its place.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.path.as_str(), self.line) {
            ("", 0) => self.message.clone(),
            ("", line) => format!("line {line}: {}", self.message),
            (path, 0) => format!("{path}: {}", self.message),
            (path, line) => format!("{path}:{line}: {}", self.message),
        }
    }
}
