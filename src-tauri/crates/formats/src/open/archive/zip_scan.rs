//! Zip without its directory: the members as they follow each other, each behind a header of its own. What a broken
//! download or a carved archive still holds. Encrypted members want the directory and are not read here.

use super::{Entry, names};
use crate::open::disk::Block;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, Read};

const HEADER: usize = 30;
/// A next header is looked for in so many bytes behind a member.
const GAP: u64 = 1 << 20;

/// A header: what it announces, how it is packed, how long it is where that is said.
pub struct Local {
    pub about: Entry,
    pub folder: bool,
    pub encrypted: bool,
    method: u16,
    packed: Option<u64>,
}

/// The next member; `None` at the end of the members.
///
/// # Errors
/// When the disk fails.
pub fn next<R: Read>(input: &mut Block<R>) -> io::Result<Option<Local>> {
    if !seek_header(input)? {
        return Ok(None);
    }
    let Some(head) = input.peek(HEADER)?.first_chunk::<HEADER>().copied() else { return Ok(None) };
    let two = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    let four = |at: usize| u64::from(two(at)) | u64::from(two(at + 2)) << 16;
    let (flags, method) = (two(6), two(8));
    let (name_len, extra_len) = (usize::from(two(26)), usize::from(two(28)));
    let whole = HEADER + name_len + extra_len;
    let all = input.peek(whole)?;
    if all.len() < whole {
        return Ok(None);
    }
    let raw = all[HEADER..HEADER + name_len].to_vec();
    let (mut packed, mut bytes) = (four(18), four(22));
    for (id, value) in Extra(&all[HEADER + name_len..whole]) {
        if id == 1 && packed == 0xffff_ffff {
            let eight =
                |at: usize| value.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
            bytes = eight(0).unwrap_or(bytes);
            packed = eight(8).unwrap_or(packed);
        }
    }
    input.consume(whole);
    let (name, odd) = names::shown(&names::decode(&raw));
    Ok(Some(Local {
        about: Entry { name, odd, modified_ns: None, bytes },
        folder: raw.ends_with(b"/"),
        encrypted: flags & 1 != 0,
        method,
        // With this flag the sizes stand behind the member.
        packed: (flags & 8 == 0 || packed > 0).then_some(packed),
    }))
}

struct Extra<'a>(&'a [u8]);

impl<'a> Iterator for Extra<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let len = usize::from(u16::from_le_bytes([head[2], head[3]])).min(rest.len());
        self.0 = &rest[len..];
        Some((u16::from_le_bytes([head[0], head[1]]), &rest[..len]))
    }
}

/// Goes to the next header; false where none follows.
fn seek_header<R: Read>(input: &mut Block<R>) -> io::Result<bool> {
    let mut passed = 0;
    while passed < GAP {
        let there = input.peek(64 << 10)?;
        if there.len() < 4 || there.starts_with(b"PK\x01\x02") {
            return Ok(false);
        }
        if let Some(at) = memchr::memmem::find(there, b"PK\x03\x04") {
            input.consume(at);
            return Ok(true);
        }
        let n = there.len() - 3;
        input.consume(n);
        passed += n as u64;
    }
    Ok(false)
}

/// The content of a member, unpacked. Dropped, it leaves the stream behind what it read.
pub enum Content<'b, R: Read> {
    Stored(io::Take<&'b mut Block<R>>),
    Deflated(DeflateDecoder<io::Take<&'b mut Block<R>>>),
    Other(Box<dyn Read + 'b>),
}

impl Local {
    /// Opens its content; `Err` says why it cannot be.
    pub fn open<'b, R: Read>(&self, input: &'b mut Block<R>) -> Result<Content<'b, R>, String> {
        let from = input.take(self.packed.unwrap_or(u64::MAX));
        match (self.method, self.packed) {
            (0, Some(_)) => Ok(Content::Stored(from)),
            (8, _) => Ok(Content::Deflated(DeflateDecoder::new(from))),
            (12, Some(_)) => Ok(Content::Other(Box::new(bzip2::bufread::BzDecoder::new(from)))),
            (93, Some(_)) => match zstd::stream::read::Decoder::with_buffer(from) {
                Ok(decoder) => Ok(Content::Other(Box::new(decoder))),
                Err(why) => Err(why.to_string()),
            },
            (0, None) => Err("its size is only in the directory, which is lost".to_owned()),
            (method, _) => Err(format!("packed by method {method} of zip, which needs the directory")),
        }
    }
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(from) => {
                let n = from.read(buf)?;
                if n == 0 && from.limit() > 0 && !buf.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(n)
            }
            Self::Deflated(from) => from.read(buf),
            Self::Other(from) => from.read(buf),
        }
    }
}
