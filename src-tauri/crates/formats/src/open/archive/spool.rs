//! An archive inside another, kept where it can be sought in: in memory while it is small, else in a file without a
//! name, which the system removes whatever happens.

use std::io::{self, Cursor, Read, Seek, Write};

/// Up to this size in memory.
const IN_MEMORY: u64 = 16 << 20;
/// Up to this size at all.
const MOST: u64 = 4 << 30;

/// Something that can be read anywhere.
pub trait Seekable: Read + Seek {}

impl<T: Read + Seek> Seekable for T {}

/// Keeps all that comes; `None` when it is more than is kept.
pub fn keep<'s>(input: &mut dyn Read) -> io::Result<Option<Box<dyn Seekable + 's>>> {
    let mut start = Vec::new();
    (&mut *input).take(IN_MEMORY + 1).read_to_end(&mut start)?;
    if start.len() as u64 <= IN_MEMORY {
        return Ok(Some(Box::new(Cursor::new(start))));
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&start)?;
    drop(start);
    let copied = io::copy(&mut input.take(MOST), &mut file)?;
    if copied >= MOST {
        return Ok(None);
    }
    file.rewind()?;
    Ok(Some(Box::new(file)))
}
