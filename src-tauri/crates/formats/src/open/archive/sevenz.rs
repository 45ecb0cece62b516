//! 7z: members come out in the order in which they are packed, for they may be packed together. Methods, encryption and
//! headers are the crate's.

use super::{Entry, LINK, names};
use crate::open::Password;
use sevenz_rust2::{ArchiveEntry, ArchiveReader, EntryDecision, Error};
use std::io::{self, Read, Seek};
use timberline_model::{Flow, ProblemKind};

/// Dictionaries and headers may take this much each, in KiB.
const MEMORY_KIB: usize = 192 << 10;
/// So much of the first encrypted member is tried with a password.
const TRIED: u64 = 64 << 10;
/// Seconds between 1601, where Windows counts from, and 1970.
const FROM_1601: i64 = 11_644_473_600;

/// What stands in an archive.
pub enum Found<'r> {
    /// A file with its content.
    File(Entry, &'r mut dyn Read),
    /// Something that is not read, and why.
    Not(String, String),
}

/// Hands out the members one after another.
///
/// # Errors
/// Why the archive cannot be read, or not to its end; [`ProblemKind::Password`] where a password is wanted.
pub fn each<R: Read + Seek>(
    mut reader: R,
    password: Option<&Password>,
    found: &mut dyn FnMut(Found<'_>) -> Flow,
) -> Result<(), (ProblemKind, String)> {
    let chosen = fitting(&mut reader, password)?;
    let mut archive = open(&mut reader, chosen).map_err(|why| trouble(&why, password))?;
    let outcome = archive.for_each_entries_with_decision(|entry, content| {
        if entry.is_directory() || entry.is_anti_item() {
            return Ok(EntryDecision::Continue);
        }
        let (name, odd) = names::shown(entry.name());
        // Unix tools keep the kind of file in the upper half of the attributes.
        let flow = match (entry.windows_attributes() >> 16) & 0o170_000 {
            0o120_000 => found(Found::Not(name, LINK.to_owned())),
            0o010_000 => found(Found::Not(name, "not read: it is a named pipe".to_owned())),
            0o020_000 | 0o060_000 => found(Found::Not(name, "not read: it is a device".to_owned())),
            _ => {
                let about = Entry { name, odd, modified_ns: modified_ns(entry), bytes: entry.size() };
                found(Found::File(about, content))
            }
        };
        Ok(if flow == Flow::Stop { EntryDecision::Stop } else { EntryDecision::Continue })
    });
    outcome.map_err(|why| trouble(&why, password))
}

fn open<R: Read + Seek>(reader: R, password: sevenz_rust2::Password) -> Result<ArchiveReader<R>, Error> {
    let mut archive = ArchiveReader::new_with_memory_limit(reader, password, MEMORY_KIB)?;
    // Threads are not this crate's to make.
    archive.set_thread_count(1);
    Ok(archive)
}

/// The password that opens the archive; an empty one where none is needed.
fn fitting<R: Read + Seek>(
    reader: &mut R,
    password: Option<&Password>,
) -> Result<sevenz_rust2::Password, (ProblemKind, String)> {
    let none = sevenz_rust2::Password::empty();
    match open(&mut *reader, none.clone()) {
        Ok(archive) => {
            let files = 0..archive.archive().files.len();
            if !files.into_iter().any(|n| archive.archive().is_file_encrypted(n)) {
                return Ok(none);
            }
        }
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {}
        Err(why) => return Err(trouble(&why, password)),
    }
    let mut tried = 0;
    for candidate in password.iter().flat_map(|p| p.each()) {
        tried += 1;
        let candidate = sevenz_rust2::Password::new(candidate);
        let Ok(mut archive) = open(&mut *reader, candidate.clone()) else { continue };
        let first = archive.for_each_entries_with_decision(|entry, content| {
            if !entry.has_stream() {
                return Ok(EntryDecision::Continue);
            }
            io::copy(&mut content.take(TRIED), &mut io::sink())?;
            // A small member is read to its checksum.
            Ok(if entry.size() <= TRIED { EntryDecision::Continue } else { EntryDecision::Stop })
        });
        if first.is_ok() {
            return Ok(candidate);
        }
    }
    Err((ProblemKind::Password, crate::open::password::wanted(tried)))
}

fn modified_ns(entry: &ArchiveEntry) -> Option<i64> {
    if !entry.has_last_modified_date {
        return None;
    }
    let ticks = i64::try_from(u64::from(entry.last_modified_date())).ok()?;
    (ticks - FROM_1601 * 10_000_000).checked_mul(100)
}

fn trouble(why: &Error, password: Option<&Password>) -> (ProblemKind, String) {
    let tried = password.map_or(0, |p| p.each().count());
    match why {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            (ProblemKind::Password, crate::open::password::wanted(tried))
        }
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::ExternalUnsupported => (
            ProblemKind::UnknownFormat,
            format!("the 7z archive is packed in a way that is not read ({why})"),
        ),
        Error::MaxMemLimited { .. } => (
            ProblemKind::Limit,
            format!("the 7z archive asks for more memory than is given to it ({} MB)", MEMORY_KIB >> 10),
        ),
        _ => (ProblemKind::Truncated, format!("the 7z archive is damaged or cut off ({why})")),
    }
}
