//! Zip: the members that the directory at the end of the archive lists, each opened on its own. Where that directory is
//! lost (a download that broke off), the members as they follow each other are [`super::zip_scan`]'s.

use super::{Entry, LINK, names};
use crate::open::{Limits, Password};
use rustc_hash::FxHashMap;
use std::io::{self, BufReader, Read, Seek};
use timberline_model::ProblemKind;
use timberline_model::time::{DAY, days_from_civil};
use zip::read::{Config, OwnedZipFileEntry, ZipFile, ZipReadOptions};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

/// A wrong password for the old encryption is noticed by what it unpacks to; so much of it is tried.
const TRIED: u64 = 64 << 10;

/// A member that the directory lists.
#[derive(Debug)]
pub struct Member {
    entry: OwnedZipFileEntry,
    /// What the archive says of it.
    pub about: Entry,
    /// Why it is not read, where that is known before it is opened.
    pub not: Option<(ProblemKind, String)>,
    /// What may be unpacked of it whatever the ratio is.
    pub floor: u64,
}

impl Member {
    /// Its size as it is packed.
    pub fn packed(&self) -> u64 {
        self.entry.compressed_size()
    }
}

/// The members of an archive, as its directory lists them: those with the same name too, folders not.
///
/// # Errors
/// What is wrong with the directory, in words.
pub fn members<R: Read + Seek>(reader: R, limits: Limits, most: usize) -> Result<Vec<Member>, String> {
    // Entries are a few dozen bytes each and sought one by one: a large buffer would be read over and over.
    let reader = BufReader::with_capacity(4 << 10, reader);
    let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(|why| words(&why))?;
    let mut members = Vec::new();
    for entry in archive.files().map_err(|why| words(&why))? {
        let entry = entry.map_err(|why| words(&why))?;
        if entry.is_dir() {
            continue;
        }
        if members.len() >= most {
            break;
        }
        members.push(member(OwnedZipFileEntry::from(entry)));
    }
    tell_apart(&mut members);
    share_bytes(&mut members);
    share_floor(&mut members, limits);
    Ok(members)
}

fn member(entry: OwnedZipFileEntry) -> Member {
    let raw = entry.name_raw();
    // Where the archive says UTF-8, or carries a second name in it, the crate knows.
    let text = match std::str::from_utf8(raw) {
        Ok(_) => entry.name().map_or_else(|_| names::decode(raw), |name| name.into_owned()),
        Err(_) => names::decode(raw),
    };
    let (name, odd) = names::shown(&text);
    let refused = match entry.unix_mode().unwrap_or(0) & 0o170_000 {
        _ if entry.is_symlink() => Some(LINK),
        0o010_000 => Some("not read: it is a named pipe"),
        0o020_000 | 0o060_000 => Some("not read: it is a device"),
        0o140_000 => Some("not read: it is a socket"),
        _ => None,
    };
    let modified_ns = entry.last_modified().filter(zip::DateTime::is_valid).and_then(|t| {
        let days = days_from_civil(i64::from(t.year()), u32::from(t.month()), u32::from(t.day()));
        let seconds = i64::from(t.hour()) * 3600 + i64::from(t.minute()) * 60 + i64::from(t.second());
        days.checked_mul(DAY)?.checked_add(seconds * 1_000_000_000)
    });
    Member {
        about: Entry { name, odd, modified_ns, bytes: entry.size() },
        not: refused.map(|why| (ProblemKind::Refused, why.to_owned())),
        floor: 0,
        entry,
    }
}

/// Members of one name are told apart by a number.
fn tell_apart(members: &mut [Member]) {
    let mut names: FxHashMap<String, u32> = FxHashMap::default();
    for member in members {
        let seen = names.entry(member.about.name.clone()).or_default();
        *seen += 1;
        if *seen > 1 {
            member.about.name = format!("{} ({seen})", member.about.name);
        }
    }
}

/// Members that are made of the same packed bytes are a bomb's: the first of them is read.
fn share_bytes(members: &mut [Member]) {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|n| members[*n].entry.header_start());
    let mut end = 0;
    for n in order {
        let member = &mut members[n];
        let start = member.entry.header_start();
        if start < end && member.entry.compressed_size() > 0 {
            let why = "archive limit: its packed bytes are those of another member".to_owned();
            member.not.get_or_insert((ProblemKind::Limit, why));
        }
        end = end.max(start.saturating_add(member.entry.compressed_size()));
    }
}

/// The members together may unpack to so much whatever their ratio is: who comes first has it.
fn share_floor(members: &mut [Member], limits: Limits) {
    let mut left = limits.floor;
    for member in members {
        member.floor = left;
        let (bytes, packed) = (member.entry.size(), member.entry.compressed_size());
        if limits.ratio > 0 && bytes > packed.saturating_mul(u64::from(limits.ratio)) {
            left = left.saturating_sub(bytes);
        }
    }
}

/// Opens a member to be read.
///
/// # Errors
/// Why it cannot be read; [`ProblemKind::Password`] where a password is wanted.
pub fn open<'m, R: Read + Seek>(
    member: &'m Member,
    reader: &'m mut R,
    password: Option<&Password>,
) -> Result<ZipFile<'m, R>, (ProblemKind, String)> {
    if let Some(why) = &member.not {
        return Err(why.clone());
    }
    let chosen = if member.entry.encrypted() { Some(fitting(member, reader, password)?) } else { None };
    let options = ZipReadOptions::new().password(chosen.as_ref().map(|p| p.as_bytes()));
    member.entry.as_ref().with_reader(reader, options).map_err(|why| trouble(&why))
}

/// The password that opens an encrypted member.
fn fitting<R: Read + Seek>(
    member: &Member,
    reader: &mut R,
    password: Option<&Password>,
) -> Result<zeroize::Zeroizing<String>, (ProblemKind, String)> {
    let mut tried = 0;
    for candidate in password.iter().flat_map(|p| p.each()) {
        tried += 1;
        let options = ZipReadOptions::new().password(Some(candidate.as_bytes()));
        match member.entry.as_ref().with_reader(reader, options) {
            Err(ZipError::InvalidPassword) => {}
            Err(why) => return Err(trouble(&why)),
            Ok(file) => {
                if io::copy(&mut file.take(TRIED), &mut io::sink()).is_ok() {
                    return Ok(zeroize::Zeroizing::new(candidate.to_owned()));
                }
            }
        }
    }
    Err((ProblemKind::Password, crate::open::password::wanted(tried)))
}

fn trouble(why: &ZipError) -> (ProblemKind, String) {
    let kind = match why {
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            ProblemKind::Password
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            ProblemKind::UnknownFormat
        }
        _ => ProblemKind::Unreadable,
    };
    (kind, format!("cannot be unpacked: {}", words(why)))
}

fn words(why: &ZipError) -> String {
    match why {
        ZipError::Io(why) => why.to_string(),
        ZipError::InvalidArchive(what) => what.to_lowercase(),
        ZipError::CompressionMethodNotSupported(number) => {
            format!("it is packed by method {number} of zip, which is not read")
        }
        other => other.to_string().to_lowercase(),
    }
}
