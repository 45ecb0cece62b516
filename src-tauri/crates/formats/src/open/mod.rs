//! From paths to decoded bytes: folders, packings, archives, encodings, and the hash of what lies on the disk. What the
//! bytes say is `coded`'s.
//!
//! [`discover`] finds files, [`survey`] finds out what is in one: a [`Unit`] for what can be read on its own, with an
//! [`Opened`] for each source in it. Reading a unit walks the file again and hands out the same sources.

mod archive;
mod binary;
mod disk;
mod folders;
mod gaps;
mod look;
mod packing;
mod password;
mod sets;
mod source;
mod text;
mod walk;
mod window;

pub use folders::discover;
pub use look::{Survey, Unit, survey};
pub use password::Password;
pub use sets::{RotatedSet, join, rotated_sets};
pub use source::{Opened, Reader, Reading};
pub(crate) use window::Nowhere;

use crate::coded::csv::Mappings;
use crate::normalise::time::zone::Zone;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timberline_model::{Flow, ProblemKind};

/// How much of a decoded source is looked at to recognise it.
const HEAD: usize = 64 << 10;

/// A source that is not read, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Its path; members of archives behind a `!`.
    pub path: PathBuf,
    /// Its size, where that is known.
    pub bytes: u64,
    /// What kind of trouble; [`ProblemKind::Password`] asks for one.
    pub kind: ProblemKind,
    /// What, in words.
    pub message: String,
}

/// What unpacking may cost: a file may unpack to `ratio` times its size, and to `floor` bytes whatever its size is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many times larger; 0 is no limit.
    pub ratio: u32,
    /// Bytes that are always granted.
    pub floor: u64,
    /// What the file takes up, packed; a member of an archive takes less.
    pub packed: u64,
}

impl Default for Limits {
    fn default() -> Self {
        // Logs pack to a tenth or a thirtieth, dull ones to a hundredth.
        Self { ratio: 200, floor: 100_000_000, packed: u64::MAX }
    }
}

/// How a source should be read where the user said something about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The id of the format, instead of sniffing.
    pub format: Option<String>,
    /// The zone of times that name none: an IANA name, `UTC` or an offset such as `+02:00`.
    pub zone: Option<String>,
    /// The year of the first time that names none.
    pub year: Option<i32>,
    /// What was said of the columns of tables.
    pub mappings: Arc<Mappings>,
    /// The date of the first time of day that names none, in days since 1970.
    pub date: Option<i64>,
    /// Leave out events before this time (and undated ones).
    pub since_ns: Option<i64>,
    /// Leave out events from this time on (and undated ones).
    pub until_ns: Option<i64>,
    /// How characters are written, instead of a guess: a label of the WHATWG's list ("windows-1252").
    pub encoding: Option<String>,
    /// For encrypted archives.
    pub password: Option<Password>,
    /// What unpacking may cost.
    pub limits: Limits,
}

/// Finds out what a file is that holds one source; of an archive with several, [`survey`] tells.
///
/// # Errors
/// When it cannot be read, is no ordinary file, holds no source or several, or nothing knows its content.
pub fn probe(path: &Path, options: &ReadOptions) -> Result<Opened, Refusal> {
    let survey = survey(path, &|_| options.clone(), &mut |_| Flow::Continue);
    let mut sources: Vec<Opened> = survey.units.into_iter().flat_map(|unit| unit.sources).collect();
    let refusal = |kind, message: String| Refusal { path: path.to_owned(), bytes: 0, kind, message };
    match (sources.pop(), sources.len()) {
        (Some(opened), 0) => Ok(opened),
        (Some(_), more) => {
            let message = format!("an archive with {} sources", more + 1);
            Err(refusal(ProblemKind::Refused, message))
        }
        (None, _) => Err(survey
            .refused
            .into_iter()
            .next()
            .unwrap_or_else(|| refusal(ProblemKind::NoEvents, "nothing is in this file".to_owned()))),
    }
}

/// The source with this path, as [`Opened::path`] gives it: a file's, or that of a member of an archive.
///
/// # Errors
/// As [`probe`]; when there is no such member.
pub fn find(path: &str, options: &ReadOptions) -> Result<Opened, Refusal> {
    let files = path.match_indices('!').map(|(at, _)| Path::new(path.split_at(at).0));
    let Some(file) = files.into_iter().find(|f| f.is_file()).filter(|_| !Path::new(path).exists()) else {
        return probe(Path::new(path), options);
    };
    let survey = survey(file, &|_| options.clone(), &mut |_| Flow::Continue);
    let found = survey.units.into_iter().flat_map(|unit| unit.sources).find(|o| o.path == path);
    let refused = survey.refused.into_iter().find(|r| r.path == Path::new(path));
    found.ok_or_else(|| {
        refused.unwrap_or_else(|| Refusal {
            path: PathBuf::from(path),
            bytes: 0,
            kind: ProblemKind::Unreadable,
            message: format!("{} holds no such member", file.display()),
        })
    })
}

/// Whether there is an encoding of this name.
#[must_use]
pub fn knows_encoding(label: &str) -> bool {
    encoding_rs::Encoding::for_label(label.as_bytes()).is_some()
}

fn zone(options: &ReadOptions) -> Result<Option<Zone>, String> {
    options.zone.as_deref().map(Zone::parse).transpose()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_archives;
#[cfg(test)]
mod tests_limits;
#[cfg(test)]
mod tests_text;
