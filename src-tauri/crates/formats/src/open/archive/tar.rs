//! Tar: headers and members one after another in a stream. The `tar` crate reads a header; going from one to the next is
//! here, so that names from long-name records are bounded and a cut-off or damaged archive gives what it holds.

use super::names;
use super::{Entry, LINK};
use crate::open::disk::Block;
use std::io::{self, BufRead, Read};
use tar::{EntryType, Header, PaxExtensions};

/// A header, and the grain of everything.
const UNIT: usize = 512;
/// Records that describe the next member may be so long.
const RECORD: u64 = 1 << 20;
/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Whether these first bytes are a tar header: its checksum says so, in old archives too that have no magic.
pub fn is_tar(b: &[u8]) -> bool {
    let Some(head) = b.get(..UNIT) else { return false };
    sum_fits(head) || (head[0] != 0 && head[257..262] == *b"ustar")
}

fn sum_fits(head: &[u8]) -> bool {
    let field = &head[148..156];
    let digits: Vec<u8> = field.iter().copied().filter(|b| !matches!(b, b' ' | 0)).collect();
    if digits.is_empty() || !digits.iter().all(|b| (b'0'..=b'7').contains(b)) {
        return false;
    }
    let said = digits.iter().fold(0u32, |n, b| n * 8 + u32::from(b - b'0'));
    let rest: u32 = head.iter().map(|b| u32::from(*b)).sum();
    let own: u32 = field.iter().map(|b| u32::from(*b)).sum();
    said == rest - own + 8 * u32::from(b' ')
}

/// What stands next in an archive.
pub enum Next {
    /// A file; its content comes next.
    File(Entry),
    /// Something that is not read, and why.
    Not(String, String),
    /// The archive is at its end.
    End,
    /// It cannot be read on, and why.
    Damaged(String),
}

/// The members of a tar stream.
pub struct Tar<'b, R: Read> {
    input: &'b mut Block<R>,
    /// Bytes of the current member, and of the padding behind it, that were not read.
    left: u64,
    padding: u64,
    /// Blocks of zeros seen since the last member.
    zeros: u32,
    long_name: Option<Vec<u8>>,
    pax: Pax,
}

#[derive(Default)]
struct Pax {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    mtime: Option<i64>,
    sparse: bool,
}

impl<'b, R: Read> Tar<'b, R> {
    pub fn new(input: &'b mut Block<R>) -> Self {
        Self { input, left: 0, padding: 0, zeros: 0, long_name: None, pax: Pax::default() }
    }

    /// Goes on to the next member; what was not read of the current one is passed over.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn next(&mut self) -> io::Result<Next> {
        loop {
            let rest = self.left + self.padding;
            if self.skip(rest)? < rest {
                return Ok(Next::Damaged("the archive ends inside its last member".to_owned()));
            }
            (self.left, self.padding) = (0, 0);
            let head = self.input.peek(UNIT)?;
            if head.len() < UNIT {
                let cut = head.iter().any(|b| *b != 0);
                return Ok(if cut || self.zeros == 0 {
                    Next::Damaged("the archive ends without its end mark; members may be missing".to_owned())
                } else {
                    Next::End
                });
            }
            if head.iter().all(|b| *b == 0) {
                self.zeros += 1;
                self.input.consume(UNIT);
                continue;
            }
            if !sum_fits(head) {
                return Ok(if self.zeros >= 2 {
                    Next::Damaged("bytes that are no tar follow the end of the archive".to_owned())
                } else {
                    Next::Damaged("a header is damaged; what comes behind it is not read".to_owned())
                });
            }
            self.zeros = 0;
            let header = Header::from_byte_slice(head).clone();
            self.input.consume(UNIT);
            if let Some(next) = self.member(&header)? {
                return Ok(next);
            }
        }
    }

    /// What a header announces; `None` for a record that describes the next one.
    fn member(&mut self, header: &Header) -> io::Result<Option<Next>> {
        let kind = header.entry_type();
        let describes = matches!(
            kind,
            EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader
        );
        let said = header.entry_size();
        let size = match (&said, self.pax.size) {
            (_, Some(size)) if !describes => size,
            (Ok(size), _) => *size,
            (Err(_), _) => return Ok(Some(Next::Damaged("a header names no size".to_owned()))),
        };
        self.left = size;
        self.padding = (UNIT as u64 - size % UNIT as u64) % UNIT as u64;
        if describes {
            let mut record = Vec::new();
            if size > RECORD {
                return Ok(None);
            }
            self.read_to_end(&mut record)?;
            match kind {
                EntryType::GNULongName => {
                    record.truncate(record.iter().position(|b| *b == 0).unwrap_or(record.len()));
                    self.long_name = Some(record);
                }
                EntryType::XHeader => self.pax = Pax::read(&record),
                _ => {}
            }
            return Ok(None);
        }
        let pax = std::mem::take(&mut self.pax);
        let raw = self.long_name.take().or(pax.path).unwrap_or_else(|| header.path_bytes().into_owned());
        let (name, odd) = names::shown(&names::decode(&raw));
        let not = |name, why: &str| Ok(Some(Next::Not(name, why.to_owned())));
        match kind {
            EntryType::Directory => Ok(None),
            // Old archives mark a folder by the end of its name only.
            EntryType::Regular | EntryType::Continuous if raw.ends_with(b"/") => Ok(None),
            EntryType::Symlink => not(name, LINK),
            EntryType::Link => {
                let to = header.link_name_bytes().map(|l| names::decode(&l)).unwrap_or_default();
                not(
                    name,
                    &format!("not read: it is a hard link to {}, which is read in its own place", cut(&to)),
                )
            }
            EntryType::Char | EntryType::Block => not(name, "not read: it is a device"),
            EntryType::Fifo => not(name, "not read: it is a named pipe"),
            EntryType::GNUSparse => {
                // The content follows without its gaps, behind headers that say where these were.
                let mut more = header.as_gnu().is_some_and(|h| h.is_extended());
                while more {
                    let block = self.input.peek(UNIT)?;
                    if block.len() < UNIT {
                        return Ok(Some(Next::Damaged("the archive ends inside a header".to_owned())));
                    }
                    more = block[504] != 0;
                    self.input.consume(UNIT);
                }
                Ok(Some(self.file(name, odd, header, pax.mtime)))
            }
            _ if pax.sparse => not(name, "not read: it is stored as a sparse file"),
            EntryType::Regular | EntryType::Continuous => Ok(Some(self.file(name, odd, header, pax.mtime))),
            other => {
                let byte = char::from(other.as_byte());
                let why = format!(
                    "not read: it is a member of the kind '{}', which holds no log",
                    byte.escape_default()
                );
                Ok(Some(Next::Not(name, why)))
            }
        }
    }

    fn file(&self, name: String, odd: Option<String>, header: &Header, mtime: Option<i64>) -> Next {
        let stamp = header.mtime().ok().and_then(|s| i64::try_from(s).ok()).filter(|s| *s > 0);
        let modified_ns = mtime.or(stamp).and_then(|s| s.checked_mul(SECOND));
        Next::File(Entry { name, odd, modified_ns, bytes: self.left })
    }

    /// Passes over bytes; gives how many there were.
    fn skip(&mut self, most: u64) -> io::Result<u64> {
        let mut left = most;
        while left > 0 {
            let there = self.input.fill_buf()?.len() as u64;
            if there == 0 {
                break;
            }
            let n = there.min(left);
            self.input.consume(n as usize);
            left -= n;
        }
        Ok(most - left)
    }
}

/// The content of the current member. A cut-off one just ends; [`Tar::next`] tells.
impl<R: Read> Read for Tar<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 {
            return Ok(0);
        }
        let n = self.input.read(&mut buf[..most])?;
        self.left -= n as u64;
        if n == 0 {
            // So that whoever reads knows; the walk goes on to say it of the archive.
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends inside this member"));
        }
        Ok(n)
    }
}

impl Pax {
    fn read(record: &[u8]) -> Self {
        let mut pax = Self::default();
        for field in PaxExtensions::new(record).flatten() {
            let (key, value) = (field.key_bytes(), field.value_bytes());
            let number = || std::str::from_utf8(value).ok();
            match key {
                b"path" | b"GNU.sparse.name" => pax.path = Some(value.to_vec()),
                b"size" => pax.size = number().and_then(|n| n.parse().ok()),
                b"mtime" => pax.mtime = number().and_then(|n| n.split('.').next()?.parse().ok()),
                _ => pax.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        pax
    }
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
