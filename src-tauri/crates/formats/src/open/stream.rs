//! The bytes of a file on their way to a format: hashed and counted as they lie on the disk, unpacked,
//! decoded to UTF-8, and counted again. Memory stays flat whatever the file holds.

use encoding_rs::{CoderResult, Decoder, Encoding};
use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufRead, Read};
use timberline_model::Flow;

const BLOCK: usize = 256 << 10;

/// What is known of a stream while it is read; shared by its stages.
#[derive(Default)]
pub struct Tally {
    /// Whether the reader was told to stop.
    pub stopped: Cell<bool>,
    /// Why unpacking ended early.
    pub damaged: RefCell<Option<String>>,
    /// Bytes handed to the format.
    pub decoded: Cell<u64>,
    /// Blocks that held bytes not valid in a UTF-16 source.
    pub replaced: Cell<u64>,
}

/// The file itself: hashes, counts and reports what goes by. Once told to stop it is at its end.
pub struct Disk<'a> {
    file: File,
    block: Vec<u8>,
    at: usize,
    filled: usize,
    hash: Option<Sha256>,
    read: u64,
    tally: &'a Tally,
    progress: Option<&'a mut dyn FnMut(u64) -> Flow>,
}

impl<'a> Disk<'a> {
    /// `progress` is told the bytes read after each block; without it the file is not hashed either.
    pub fn new(file: File, tally: &'a Tally, progress: Option<&'a mut dyn FnMut(u64) -> Flow>) -> Self {
        let hash = progress.is_some().then(Sha256::new);
        Self { file, block: vec![0; BLOCK], at: 0, filled: 0, hash, read: 0, tally, progress }
    }

    /// Bytes read from the disk.
    pub fn count(&self) -> u64 {
        self.read
    }

    /// Reads what nobody asked for, so that the hash covers the whole file.
    pub fn finish(&mut self) -> io::Result<String> {
        loop {
            self.at = self.filled;
            if self.fill_buf()?.is_empty() {
                break;
            }
        }
        if self.tally.stopped.get() {
            return Ok(String::new());
        }
        let digest = self.hash.take().map(|h| h.finalize());
        Ok(digest.into_iter().flatten().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl BufRead for Disk<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled && !self.tally.stopped.get() {
            self.at = 0;
            self.filled = 0;
            self.filled = loop {
                match self.file.read(&mut self.block) {
                    Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                    result => break result?,
                }
            };
            self.read += self.filled as u64;
            if let Some(hash) = &mut self.hash {
                hash.update(&self.block[..self.filled]);
            }
            if let Some(progress) = &mut self.progress
                && progress(self.read) == Flow::Stop
            {
                self.tally.stopped.set(true);
                self.at = self.filled;
            }
        }
        Ok(&self.block[self.at..self.filled])
    }

    fn consume(&mut self, n: usize) {
        self.at = (self.at + n).min(self.filled);
    }
}

impl Read for Disk<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let n = from.len().min(buf.len());
        buf[..n].copy_from_slice(&from[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// Gzip, with as many members as there are. Damage ends the stream; what came before stays, and the
/// [`Tally`] says why.
pub struct Gunzip<'a, R: BufRead> {
    member: Option<GzDecoder<R>>,
    mtime: Option<u32>,
    out: u64,
    tally: &'a Tally,
}

impl<'a, R: BufRead> Gunzip<'a, R> {
    pub fn new(input: R, tally: &'a Tally) -> Self {
        Self { member: Some(GzDecoder::new(input)), mtime: None, out: 0, tally }
    }

    /// The time in the first member's header, seconds since 1970; 0 where it has none.
    pub fn mtime(&self) -> u32 {
        self.mtime.unwrap_or(0)
    }

    fn end(&mut self, why: &str) {
        self.member = None;
        self.tally.damaged.replace(Some(format!("{why}, after {} unpacked bytes", self.out)));
    }

    /// Goes on to the next member, if there is one.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(done) = self.member.take() else { return Ok(()) };
        let mut rest = done.into_inner();
        let start = rest.fill_buf()?;
        if start.starts_with(&[0x1f]) {
            self.member = Some(GzDecoder::new(rest));
        } else if start.iter().any(|b| *b != 0) {
            // Zeros are padding that some writers add.
            self.end("bytes that are not gzip follow the packed data");
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Gunzip<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !buf.is_empty() {
            let Some(member) = &mut self.member else { return Ok(0) };
            let result = member.read(buf);
            if self.mtime.is_none() {
                self.mtime = member.header().map(flate2::GzHeader::mtime);
            }
            match result {
                Ok(0) => self.next_member()?,
                Ok(n) => {
                    self.out += n as u64;
                    return Ok(n);
                }
                Err(why) => match why.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::UnexpectedEof => self.end("the file ends inside the gzip data"),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        self.end(&format!("the gzip data is damaged ({why})"));
                    }
                    _ => return Err(why),
                },
            }
        }
        Ok(0)
    }
}

/// How a source writes characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// UTF-8 or anything that contains ASCII; the bytes go through as they are.
    Bytes,
    /// UTF-8 behind a byte order mark, which is left out.
    Utf8Bom,
    /// UTF-16, little endian; with a byte order mark or without.
    Utf16Le {
        /// Whether a mark stands before it.
        mark: bool,
    },
    /// UTF-16, big endian.
    Utf16Be {
        /// Whether a mark stands before it.
        mark: bool,
    },
}

impl Text {
    /// What the first bytes of a source look like. UTF-16 without a mark is seen by its zeros: in Latin text
    /// nearly every second byte is one, and hardly any of the others.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xef, 0xbb, 0xbf, ..] => return Self::Utf8Bom,
            [0xff, 0xfe, ..] if !head.starts_with(&[0xff, 0xfe, 0, 0]) => {
                return Self::Utf16Le { mark: true };
            }
            [0xfe, 0xff, ..] => return Self::Utf16Be { mark: true },
            // Binary logs come to their formats as they are.
            head if super::binary::is_binary_log(head) => return Self::Bytes,
            _ => {}
        }
        let sample = &head[..head.len().min(4096) & !1];
        if sample.len() < 8 {
            return Self::Bytes;
        }
        let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
        let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
        let letters = |from: usize| {
            let text = |b: &&u8| matches!(**b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
            sample.iter().skip(from).step_by(2).filter(text).count()
        };
        if odd * 10 >= pairs * 7 && even * 20 <= pairs && letters(0) * 10 >= pairs * 7 {
            Self::Utf16Le { mark: false }
        } else if even * 10 >= pairs * 7 && odd * 20 <= pairs && letters(1) * 10 >= pairs * 7 {
            Self::Utf16Be { mark: false }
        } else {
            Self::Bytes
        }
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bytes => "UTF-8",
            Self::Utf8Bom => "UTF-8, with a byte order mark",
            Self::Utf16Le { .. } => "UTF-16 LE",
            Self::Utf16Be { .. } => "UTF-16 BE",
        }
    }

    fn decoder(self) -> Option<Decoder> {
        let encoding: &'static Encoding = match self {
            Self::Bytes | Self::Utf8Bom => return None,
            Self::Utf16Le { .. } => encoding_rs::UTF_16LE,
            Self::Utf16Be { .. } => encoding_rs::UTF_16BE,
        };
        Some(encoding.new_decoder_without_bom_handling())
    }

    fn mark(self) -> usize {
        match self {
            Self::Utf8Bom => 3,
            Self::Utf16Le { mark: true } | Self::Utf16Be { mark: true } => 2,
            _ => 0,
        }
    }
}

/// Decodes to UTF-8 and counts what goes by.
pub struct Decode<'a, R: Read> {
    input: R,
    skip: usize,
    utf16: Option<Utf16>,
    tally: &'a Tally,
}

struct Utf16 {
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    text: Vec<u8>,
    text_at: usize,
    text_end: usize,
    over: bool,
    finished: bool,
}

impl<'a, R: Read> Decode<'a, R> {
    pub fn new(input: R, text: Text, tally: &'a Tally) -> Self {
        let utf16 = text.decoder().map(|decoder| Utf16 {
            decoder,
            raw: vec![0; BLOCK],
            raw_at: 0,
            raw_end: 0,
            text: vec![0; BLOCK],
            text_at: 0,
            text_end: 0,
            over: false,
            finished: false,
        });
        Self { input, skip: text.mark(), utf16, tally }
    }
}

impl<R: Read> Read for Decode<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.skip > 0 {
            let mut mark = [0; 3];
            match self.input.read(&mut mark[..self.skip])? {
                0 => self.skip = 0,
                n => self.skip -= n,
            }
        }
        let n = match &mut self.utf16 {
            None => self.input.read(buf)?,
            Some(utf16) => {
                while utf16.text_at == utf16.text_end && !utf16.finished {
                    utf16.fill(&mut self.input, self.tally)?;
                }
                let from = &utf16.text[utf16.text_at..utf16.text_end];
                let n = from.len().min(buf.len());
                buf[..n].copy_from_slice(&from[..n]);
                utf16.text_at += n;
                n
            }
        };
        self.tally.decoded.set(self.tally.decoded.get() + n as u64);
        Ok(n)
    }
}

impl Utf16 {
    fn fill(&mut self, input: &mut impl Read, tally: &Tally) -> io::Result<()> {
        if self.raw_at == self.raw_end && !self.over {
            self.raw_at = 0;
            self.raw_end = 0;
            self.raw_end = input.read(&mut self.raw)?;
            self.over = self.raw_end == 0;
        }
        let source = &self.raw[self.raw_at..self.raw_end];
        let (result, read, written, replaced) =
            self.decoder.decode_to_utf8(source, &mut self.text, self.over);
        self.raw_at += read;
        (self.text_at, self.text_end) = (0, written);
        self.finished = result == CoderResult::InputEmpty && self.over;
        if replaced {
            tally.replaced.set(tally.replaced.get() + 1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut pack = GzEncoder::new(Vec::new(), Compression::default());
        pack.write_all(text).unwrap();
        pack.finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
        let tally = Tally::default();
        let mut out = Vec::new();
        Gunzip::new(bytes, &tally).read_to_end(&mut out).unwrap();
        (out, tally.damaged.into_inner())
    }

    #[test]
    fn gzip_members_follow_each_other_and_damage_is_said() {
        let two = [pack(b"one\n"), pack(b"two\n")].concat();
        assert_eq!(unpack(&two), (b"one\ntwo\n".to_vec(), None));
        let padded = [pack(b"one\n"), vec![0; 300]].concat();
        assert_eq!(unpack(&padded), (b"one\n".to_vec(), None));
        let (text, why) = unpack(&[pack(b"one\n"), b"trash".to_vec()].concat());
        assert_eq!(text, b"one\n");
        assert!(why.unwrap().starts_with("bytes that are not gzip"));
        let long: Vec<u8> =
            (0..50_000u32).flat_map(|n| format!("line {}\n", n * 7919 % 10_007).into_bytes()).collect();
        let packed = pack(&long);
        let (text, why) = unpack(&packed[..packed.len() / 2]);
        assert!(!text.is_empty() && long.starts_with(&text));
        assert!(why.unwrap().starts_with("the file ends inside the gzip data"));
    }

    #[test]
    fn utf_16_becomes_utf_8_whatever_the_block_size() {
        let text = "2026-03-10 Grüße 🙂\r\n".repeat(500);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Text::of(&le), Text::Utf16Le { mark: false });
        assert_eq!(Text::of(&be), Text::Utf16Be { mark: false });
        assert_eq!(Text::of(text.as_bytes()), Text::Bytes);
        assert_eq!(Text::of(&[0u8; 64]), Text::Bytes);
        let marked = [vec![0xff, 0xfe], le.clone()].concat();
        for (bytes, size) in [(&le, 9), (&be, 1000), (&marked, 8), (&marked, 100_000)] {
            let tally = Tally::default();
            let mut decode = Decode::new(bytes.as_slice(), Text::of(bytes), &tally);
            let (mut out, mut block) = (Vec::new(), vec![0; size]);
            loop {
                match decode.read(&mut block).unwrap() {
                    0 => break,
                    n => out.extend_from_slice(&block[..n]),
                }
            }
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(tally.decoded.get(), text.len() as u64);
        }
        let tally = Tally::default();
        let mut out = String::new();
        Decode::new(
            [0xffu8, 0xfe, b'a', 0, 0x00, 0xd8, b'b', 0].as_slice(),
            Text::Utf16Le { mark: true },
            &tally,
        )
        .read_to_string(&mut out)
        .unwrap();
        assert_eq!((out.as_str(), tally.replaced.get()), ("a\u{fffd}b", 1));
    }
}
