//! What single files are packed in: gzip, bzip2, xz, lzma, lzip, zstd, lz4. Known by their first bytes, never by a
//! name. Damage ends the stream: what came before stays, and [`Watch`] says why. Memory is bounded whatever a header
//! asks for.

use super::disk::{Block, Input, Watch};
use flate2::bufread::GzDecoder;
use lzma_rust2::{Action, Status};
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Dictionaries and windows may take this much, in KiB: what `xz -9` and `zstd --long` ask for, and some more.
const MEMORY_KIB: u32 = 192 << 10;
/// The same for zstd, as a power of two of bytes.
const WINDOW_LOG: u32 = 27;

/// A packing of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Lzip,
    Zstd,
    Lz4,
}

impl Packing {
    /// What these first bytes are packed in, if anything.
    pub fn of(b: &[u8]) -> Option<Self> {
        let is = |magic: &[u8]| b.starts_with(magic);
        Some(match b.first()? {
            0x1f if is(&[0x1f, 0x8b]) => Self::Gzip,
            // The first block's magic, or that of the end of an empty stream.
            b'B' if is(b"BZh")
                && matches!(b.get(3), Some(b'1'..=b'9'))
                && matches!(
                    b.get(4..10),
                    Some([0x31, 0x41, 0x59, 0x26, 0x53, 0x59] | [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
                ) =>
            {
                Self::Bzip2
            }
            0xfd if is(b"\xfd7zXZ\0") => Self::Xz,
            b'L' if is(b"LZIP\x01") => Self::Lzip,
            0x28 if is(b"\x28\xb5\x2f\xfd") => Self::Zstd,
            // A skippable frame, as parallel packers put first.
            0x50..=0x5f if matches!(b.get(1..4), Some([0x2a, 0x4d, 0x18])) => Self::Zstd,
            0x04 if is(b"\x04\x22\x4d\x18") => Self::Lz4,
            0x02 if is(b"\x02\x21\x4c\x18") => Self::Lz4,
            0x5d if is_lzma(b) => Self::Lzma,
            _ => return None,
        })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Lzip => "lzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// Unpacks. `stamp` is set to the date in a gzip header, in seconds since 1970.
    pub fn open<'s>(
        self,
        mut input: Block<Input<'s>>,
        watch: &'s Watch,
        stamp: &Rc<Cell<u32>>,
    ) -> Unpack<'s> {
        // Constructors that read or refuse give their error at the first read.
        let late = |made: io::Result<Input<'s>>| made.unwrap_or_else(|why| Box::new(Refuses(Some(why))));
        let inner: Input<'s> = match self {
            Self::Gzip => Box::new(Gunzip::new(input, Rc::clone(stamp))),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            Self::Xz => Box::new(Xz {
                input,
                stream: lzma_rust2::XzStream::new_mem_limit(true, MEMORY_KIB),
                over: false,
            }),
            Self::Lzma => late(
                lzma_rust2::LzmaReader::new_mem_limit(input, MEMORY_KIB, None)
                    .map(|reader| Box::new(reader) as Input<'s>),
            ),
            Self::Lzip => {
                let size = input.peek(6).ok().and_then(|head| head.get(5).copied()).unwrap_or(0) & 0x1f;
                if size > 27 {
                    late(Err(io::ErrorKind::OutOfMemory.into()))
                } else {
                    Box::new(lzma_rust2::LzipReader::new(input))
                }
            }
            Self::Zstd => late(zstd::stream::read::Decoder::with_buffer(input).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW_LOG)?;
                Ok(Box::new(decoder) as Input<'s>)
            })),
            Self::Lz4 => {
                Box::new(Frames { decoder: lz4_flex::frame::FrameDecoder::new(input), between: false })
            }
        };
        let unpack = Unpack::new(inner, self.name(), watch);
        if matches!(self, Self::Lzma | Self::Lzip) { unpack.in_pieces() } else { unpack }
    }
}

/// Whether this is an `.lzma` file, which has no magic: usual properties, a dictionary of a usual size, a size that is
/// unknown or of this world, and the zero that the packed data begins with.
fn is_lzma(b: &[u8]) -> bool {
    let Some(head) = b.first_chunk::<14>() else { return false };
    let dictionary = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    let size =
        u64::from_le_bytes([head[5], head[6], head[7], head[8], head[9], head[10], head[11], head[12]]);
    let usual = (12..=30).any(|log| dictionary == 1 << log || dictionary == 3 << (log - 1));
    head[0] == 0x5d && usual && (size == u64::MAX || size < 1 << 40) && head[13] == 0
}

struct Refuses(Option<io::Error>);

impl Read for Refuses {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The bytes that come out of a packing or of an archive's member: counted against the limits; damage is the end.
pub struct Unpack<'s> {
    inner: Input<'s>,
    name: &'static str,
    watch: &'s Watch,
    made: u64,
    over: bool,
    counted: bool,
    /// Bytes asked for at once.
    piece: usize,
    /// Whether it ended early: by damage, or by the limits.
    pub broken: Rc<Cell<bool>>,
}

impl<'s> Unpack<'s> {
    pub fn new(inner: Input<'s>, name: &'static str, watch: &'s Watch) -> Self {
        Self {
            inner,
            name,
            watch,
            made: 0,
            over: false,
            counted: true,
            piece: usize::MAX,
            broken: Rc::default(),
        }
    }

    /// The same where nothing is unpacked, so that nothing grows.
    pub fn uncounted(mut self) -> Self {
        self.counted = false;
        self
    }

    /// The same for unpackers that keep nothing of a read that meets damage: small ones lose little.
    pub fn in_pieces(mut self) -> Self {
        self.piece = 4 << 10;
        self
    }

    fn end(&mut self, why: &io::Error) {
        self.over = true;
        self.broken.set(true);
        let (name, made) = (self.name, self.made);
        self.watch.damaged(match why.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!("the file ends inside the {name} data, after {made} unpacked bytes")
            }
            io::ErrorKind::OutOfMemory => {
                format!("the {name} data asks for more memory than is given to it ({} MB)", MEMORY_KIB >> 10)
            }
            _ => format!("the {name} data is damaged ({why}), after {made} unpacked bytes"),
        });
    }
}

impl Read for Unpack<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.over || buf.is_empty() {
            return Ok(0);
        }
        let most = buf.len().min(self.piece).min(if self.counted { self.watch.room() } else { usize::MAX });
        loop {
            match self.inner.read(&mut buf[..most]) {
                Ok(n) => {
                    self.over = n == 0 || (self.counted && !self.watch.make(n));
                    self.broken.set(self.broken.get() || (n > 0 && self.over));
                    self.made += n as u64;
                    return Ok(n);
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) if self.watch.disk_failed.get() => return Err(why),
                Err(_) if self.watch.stopped.get() => {
                    self.over = true;
                    return Ok(0);
                }
                Err(why) => {
                    self.end(&why);
                    return Ok(0);
                }
            }
        }
    }
}

/// Gzip, with as many members as there are.
struct Gunzip<R: BufRead> {
    member: Option<GzDecoder<R>>,
    stamp: Rc<Cell<u32>>,
    stamped: bool,
}

impl<R: BufRead> Gunzip<R> {
    fn new(input: R, stamp: Rc<Cell<u32>>) -> Self {
        Self { member: Some(GzDecoder::new(input)), stamp, stamped: false }
    }

    /// Goes on to the next member, if there is one.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(done) = self.member.take() else { return Ok(()) };
        let mut rest = done.into_inner();
        loop {
            let start = rest.fill_buf()?;
            match start.first() {
                None => return Ok(()),
                Some(0x1f) => {
                    self.member = Some(GzDecoder::new(rest));
                    return Ok(());
                }
                // Zeros are padding that tapes and some writers add.
                Some(0) => {
                    let zeros = start.iter().take_while(|b| **b == 0).count();
                    rest.consume(zeros);
                }
                Some(_) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "bytes that are not gzip follow the packed data",
                    ));
                }
            }
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let result = member.read(buf);
            if !self.stamped
                && let Some(header) = member.header()
            {
                self.stamped = true;
                self.stamp.set(header.mtime());
            }
            match result {
                Ok(0) => self.next_member()?,
                other => return other,
            }
        }
    }
}

/// Xz, fed as it comes, so that a cut-off file gives all that it holds.
struct Xz<R: BufRead> {
    input: R,
    stream: lzma_rust2::XzStream,
    over: bool,
}

impl<R: BufRead> Read for Xz<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !self.over {
            let from = self.input.fill_buf()?;
            let last = from.is_empty();
            let action = if last { Action::Finish } else { Action::Run };
            let done = self.stream.process(from, buf, action)?;
            self.input.consume(done.bytes_consumed);
            self.over = done.status == Status::StreamEnd;
            if done.bytes_produced > 0 {
                return Ok(done.bytes_produced);
            }
            if last && !self.over {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// Lz4, with as many frames as there are: its decoder pauses at the end of each.
struct Frames<R: Read> {
    decoder: lz4_flex::frame::FrameDecoder<R>,
    between: bool,
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.decoder.read(buf)? {
                0 if self.between => return Ok(0),
                0 => self.between = true,
                n => {
                    self.between = false;
                    return Ok(n);
                }
            }
        }
    }
}
