//! How a source writes characters, and its way to UTF-8. What is UTF-8 already goes through byte for byte, bad bytes
//! too, with their places noted. What is in a code page is recognised by its bytes and decoded line by line, for
//! logs of several writers mix it with UTF-8.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{self, Read};

const BLOCK: usize = 256 << 10;
/// Places of bad bytes that are kept; all are counted.
const PLACES: usize = 20;

/// How a source writes characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Text {
    pub kind: Kind,
    /// Bytes of the byte order mark before it, which is left out.
    pub mark: usize,
    /// Whether lines end in CR alone, as on old Macs.
    pub cr: bool,
    /// Whether the user said so.
    given: bool,
}

/// The family of an encoding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// No text: goes through untouched.
    Binary,
    /// UTF-8, or anything that so far is ASCII.
    Utf8,
    Utf16(&'static Encoding),
    /// UTF-32, little endian or not.
    Utf32(bool),
    /// A code page; guessed or given.
    Page(&'static Encoding),
}

impl Text {
    /// What the first bytes of a source look like, or what the user says they are.
    pub fn of(head: &[u8], given: Option<&'static Encoding>) -> Self {
        let (kind, mark) = match (given, head) {
            (Some(e), _) if e == UTF_16LE => {
                (Kind::Utf16(e), 2 * usize::from(head.starts_with(&[0xff, 0xfe])))
            }
            (Some(e), _) if e == UTF_16BE => {
                (Kind::Utf16(e), 2 * usize::from(head.starts_with(&[0xfe, 0xff])))
            }
            (Some(e), _) if e == UTF_8 => {
                (Kind::Utf8, 3 * usize::from(head.starts_with(&[0xef, 0xbb, 0xbf])))
            }
            (Some(e), _) => (Kind::Page(e), 0),
            (None, [0xef, 0xbb, 0xbf, ..]) => (Kind::Utf8, 3),
            (None, [0xff, 0xfe, 0, 0, ..]) if head.len().is_multiple_of(4) || head.len() > 8 => {
                (Kind::Utf32(true), 4)
            }
            (None, [0, 0, 0xfe, 0xff, ..]) => (Kind::Utf32(false), 4),
            (None, [0xff, 0xfe, ..]) => (Kind::Utf16(UTF_16LE), 2),
            (None, [0xfe, 0xff, ..]) => (Kind::Utf16(UTF_16BE), 2),
            (None, _) => (unmarked(head), 0),
        };
        let mut text = Self { kind, mark, cr: false, given: given.is_some() };
        text.cr = text.kind != Kind::Binary && ends_in_cr(&text.decoded(head));
        text
    }

    /// What it is called, in words.
    pub fn words(self) -> String {
        let name = match self.kind {
            Kind::Binary => return "binary".to_owned(),
            Kind::Utf8 => "UTF-8",
            Kind::Utf16(e) if e == UTF_16LE => "UTF-16 LE",
            Kind::Utf16(_) => "UTF-16 BE",
            Kind::Utf32(true) => "UTF-32 LE",
            Kind::Utf32(false) => "UTF-32 BE",
            Kind::Page(e) => e.name(),
        };
        let why = match self.kind {
            _ if self.given => ", chosen by hand",
            Kind::Page(_) => ", guessed",
            Kind::Utf16(_) if self.mark == 0 => ", without a byte order mark",
            Kind::Utf8 if self.mark > 0 => ", with a byte order mark",
            _ => "",
        };
        format!("{name}{why}")
    }

    /// A beginning, decoded; a character that is cut off at its end is left out.
    pub fn decoded(self, head: &[u8]) -> Cow<'_, [u8]> {
        let bytes = &head[self.mark.min(head.len())..];
        match self.kind {
            Kind::Binary | Kind::Utf8 => Cow::Borrowed(bytes),
            _ => {
                let notes = Notes::default();
                let mut out = Vec::new();
                // Reading from memory cannot fail.
                let _ = Decode::new(bytes, Self { mark: 0, cr: false, ..self }, &notes).read_to_end(&mut out);
                while out.ends_with("\u{fffd}".as_bytes()) {
                    out.truncate(out.len() - 3);
                }
                Cow::Owned(out)
            }
        }
    }
}

fn ends_in_cr(text: &[u8]) -> bool {
    let sample = &text[..text.len().min(64 << 10)];
    memchr::memchr(b'\n', sample).is_none()
        && memchr::memchr(b'\r', sample).is_some_and(|n| n + 1 < sample.len())
}

/// What a beginning without a mark is.
fn unmarked(head: &[u8]) -> Kind {
    if super::binary::is_binary_log(head) {
        return Kind::Binary;
    }
    if let Some(kind) = utf_16(head) {
        return kind;
    }
    let head = &without_gaps(head);
    if super::binary::looks_binary(head) {
        return Kind::Binary;
    }
    // A character that is cut off at the end of the sample says nothing.
    let sample = head.get(..head.len().saturating_sub(3)).filter(|s| s.len() > 64).unwrap_or(head);
    match guess(sample) {
        Some(page) => Kind::Page(page),
        None => Kind::Utf8,
    }
}

/// A beginning without the gaps that are passed over when it is read, unless nothing else is in it.
fn without_gaps(head: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0, head).is_none() {
        return Cow::Borrowed(head);
    }
    let passed = super::gaps::Passed::default();
    let mut out = Vec::new();
    let _ = super::gaps::Gaps::new(head, &passed, true).read_to_end(&mut out);
    if out.is_empty() { Cow::Borrowed(head) } else { Cow::Owned(out) }
}

/// UTF-16 without a mark is seen by its zeros: of the digits, blanks and letters that every log has, one byte of two is
/// a zero, always the same one, and hardly any of the others.
fn utf_16(head: &[u8]) -> Option<Kind> {
    let sample = &head[..head.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let plain = |from: usize| {
        let text = |p: &&[u8]| p[1 - from] == 0 && matches!(p[from], b'\t' | b'\n' | b'\r' | b' '..=b'~');
        sample.chunks_exact(2).filter(text).count()
    };
    let fits = |zeros: usize, others: usize, plain: usize| {
        zeros * 100 >= pairs * 15 && others * 100 <= pairs * 2 && plain * 10 >= zeros * 9
    };
    let valid = |e: &'static Encoding| {
        let (text, errors) = e.decode_without_bom_handling(sample);
        // The last pair may be half of one.
        !errors || text.chars().filter(|c| *c == '\u{fffd}').count() <= 1
    };
    if fits(odd, even, plain(0)) && valid(UTF_16LE) {
        Some(Kind::Utf16(UTF_16LE))
    } else if fits(even, odd, plain(1)) && valid(UTF_16BE) {
        Some(Kind::Utf16(UTF_16BE))
    } else {
        None
    }
}

/// The code page of bytes that are not UTF-8, where they read as words in one; `None` where they are UTF-8, if with
/// some bad bytes, or nothing that a person wrote.
fn guess(sample: &[u8]) -> Option<&'static Encoding> {
    if sample.is_ascii() {
        return None;
    }
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in sample.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    if bad == 0 || good >= bad {
        return None;
    }
    let mut words = Vec::new();
    for line in sample.split(|b| *b == b'\n').filter(|line| std::str::from_utf8(line).is_err()) {
        if words.len() + line.len() > 64 << 10 && !words.is_empty() {
            break;
        }
        words.extend_from_slice(line);
        words.push(b'\n');
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&words, true);
    let page = detector.guess(None, Utf8Detection::Deny);
    let (text, _) = page.decode_without_bom_handling(&words);
    reads_as_words(&text).then_some(page)
}

/// Whether what is not ASCII in a text stands in words: in Latin ones among ASCII letters, in those of other scripts
/// among its like. Noise has it anywhere.
fn reads_as_words(text: &str) -> bool {
    // Signs that people write between words.
    const SIGNS: &str = "\u{a0}€£§°±²³µº«»“”„‘’‚–—…·©®´\u{ad}、。・「」（）：，！？";
    let (mut words, mut others, mut foreign) = (0usize, 0usize, 0usize);
    others += text.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric() && !SIGNS.contains(*c)).count();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_ascii()) {
        let letters = word.chars().count();
        let strange = word.chars().filter(|c| !c.is_ascii()).count();
        let latin = word.chars().all(|c| (c as u32) < 0x250);
        // Inside a word no capital follows a small letter, but in names that programs make.
        let humps = word
            .chars()
            .zip(word.chars().skip(1))
            .any(|(a, b)| a.is_lowercase() && b.is_uppercase() && !b.is_ascii());
        match (letters, latin) {
            _ if humps => others += 1,
            // An "à" or "é" alone says nothing.
            (1 | 2, true) => {}
            (_, true) if strange * 5 <= letters * 3 => words += 1,
            (_, true) => others += 1,
            (_, false) => foreign += letters,
        }
    }
    // Bytes from 0xc0 on are letters in the Cyrillic and Greek pages, so a few of those prove nothing.
    words += if foreign >= 8 { foreign.div_ceil(4) } else { 0 };
    words > 0 && words >= others * 3
}

/// What decoding met on its way.
#[derive(Default)]
pub struct Notes {
    /// Bytes that were no characters, in all (of encodings other than UTF-8: places).
    pub bad: Cell<u64>,
    /// Places of them in UTF-8.
    pub runs: Cell<u64>,
    /// The first places of these, as offsets of decoded bytes, with their length; taken by whoever tells them.
    pub places: RefCell<Vec<(u64, usize)>>,
    /// The first place, for a quick look.
    pub next_bad: Cell<u64>,
    /// The code page that was recognised later than at the beginning.
    pub page: Cell<Option<&'static Encoding>>,
    /// Lines in a code page that were UTF-8.
    pub mixed: Cell<u64>,
}

/// Decodes to UTF-8.
pub struct Decode<'n, R: Read> {
    input: R,
    skip: usize,
    cr: bool,
    notes: &'n Notes,
    mode: Mode,
    /// Bytes handed on so far.
    made: u64,
}

enum Mode {
    Through,
    /// So far ASCII, or UTF-8.
    Utf8 {
        decided: bool,
        tail: Vec<u8>,
    },
    Coded(Box<Coded>),
}

struct Coded {
    how: How,
    raw: Vec<u8>,
    raw_end: usize,
    text: Vec<u8>,
    text_at: usize,
    over: bool,
}

enum How {
    Whole(Decoder),
    Utf32(bool),
    Lines(&'static Encoding, bool),
}

impl<'n, R: Read> Decode<'n, R> {
    pub fn new(input: R, text: Text, notes: &'n Notes) -> Self {
        notes.next_bad.set(u64::MAX);
        let coded = |how| Mode::Coded(Box::new(Coded::new(how)));
        let mode = match text.kind {
            Kind::Binary => Mode::Through,
            Kind::Utf8 => Mode::Utf8 { decided: text.given || text.mark > 0, tail: Vec::new() },
            Kind::Utf16(e) => coded(How::Whole(e.new_decoder_without_bom_handling())),
            Kind::Utf32(little) => coded(How::Utf32(little)),
            Kind::Page(e) => coded(How::Lines(e, text.given)),
        };
        Self { input, skip: text.mark, cr: text.cr, notes, mode, made: 0 }
    }

    /// Reads on in UTF-8; `None` when it turns out to be something else.
    fn utf8(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        let n = self.input.read(buf)?;
        let Mode::Utf8 { decided, tail } = &mut self.mode else { return Ok(Some(n)) };
        let now = &buf[..n];
        if tail.is_empty() && (now.is_ascii() || simdutf8::basic::from_utf8(now).is_ok()) {
            *decided |= !now.is_ascii();
            return Ok(Some(n));
        }
        if !*decided {
            if let Some(page) = guess(now) {
                self.notes.page.set(Some(page));
                let mut coded = Coded::new(How::Lines(page, false));
                coded.raw[..n.min(BLOCK)].copy_from_slice(&now[..n.min(BLOCK)]);
                if n > BLOCK {
                    coded.raw.extend_from_slice(&now[BLOCK..]);
                }
                coded.raw_end = n;
                self.mode = Mode::Coded(Box::new(coded));
                return Ok(None);
            }
            *decided = true;
        }
        // A character may lie across two blocks.
        let before = tail.len();
        tail.extend_from_slice(now);
        let whole = std::mem::take(tail);
        let from = self.made - before as u64;
        let mut at = 0;
        for chunk in whole.utf8_chunks() {
            at += chunk.valid().len();
            let bad = chunk.invalid().len();
            if bad > 0 && n > 0 && at + bad == whole.len() && incomplete(chunk.invalid()) {
                tail.extend_from_slice(chunk.invalid());
                break;
            }
            if bad > 0 {
                self.notes.bad(from + at as u64, bad);
            }
            at += bad;
        }
        Ok(Some(n))
    }
}

/// Whether these bytes may be the beginning of a character.
fn incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|why| why.error_len().is_none())
}

impl Notes {
    /// Whether there are more places than are kept.
    pub fn more_than_told(&self) -> bool {
        self.runs.get() > PLACES as u64
    }

    fn bad(&self, at: u64, bytes: usize) {
        self.bad.set(self.bad.get() + bytes as u64);
        self.runs.set(self.runs.get() + 1);
        let mut places = self.places.borrow_mut();
        if places.len() < PLACES {
            places.push((at, bytes));
            self.next_bad.set(self.next_bad.get().min(at));
        }
    }
}

impl<R: Read> Read for Decode<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.skip > 0 {
            let mut mark = [0; 4];
            match self.input.read(&mut mark[..self.skip.min(4)])? {
                0 => self.skip = 0,
                n => self.skip -= n,
            }
        }
        let n = loop {
            match &mut self.mode {
                Mode::Through => break self.input.read(buf)?,
                Mode::Utf8 { .. } => {
                    if let Some(n) = self.utf8(buf)? {
                        break n;
                    }
                }
                Mode::Coded(coded) => break coded.read(&mut self.input, buf, self.notes)?,
            }
        };
        if self.cr {
            buf[..n].iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
        }
        self.made += n as u64;
        Ok(n)
    }
}

impl Coded {
    fn new(how: How) -> Self {
        Self { how, raw: vec![0; BLOCK], raw_end: 0, text: Vec::new(), text_at: 0, over: false }
    }

    fn read(&mut self, input: &mut impl Read, buf: &mut [u8], notes: &Notes) -> io::Result<usize> {
        while self.text_at == self.text.len() {
            if self.over {
                return Ok(0);
            }
            self.text.clear();
            self.text_at = 0;
            self.refill(input, notes)?;
        }
        let n = buf.len().min(self.text.len() - self.text_at);
        buf[..n].copy_from_slice(&self.text[self.text_at..self.text_at + n]);
        self.text_at += n;
        Ok(n)
    }

    fn refill(&mut self, input: &mut impl Read, notes: &Notes) -> io::Result<()> {
        if self.raw_end < self.raw.len() {
            let n = input.read(&mut self.raw[self.raw_end..])?;
            self.over = n == 0;
            self.raw_end += n;
        }
        let mut raw = &self.raw[..self.raw_end];
        match &mut self.how {
            How::Whole(decoder) => {
                let need = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16);
                self.text.resize(need, 0);
                let (result, _, written, replaced) = decoder.decode_to_utf8(raw, &mut self.text, self.over);
                debug_assert!(result == CoderResult::InputEmpty);
                self.text.truncate(written);
                if replaced {
                    notes.bad.set(notes.bad.get() + 1);
                }
                raw = &[];
            }
            How::Utf32(little) => {
                let whole = if self.over { raw.len() } else { raw.len() & !3 };
                for four in raw[..whole].chunks(4) {
                    let number = <[u8; 4]>::try_from(four)
                        .map(|b| if *little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) });
                    let c = number.ok().and_then(char::from_u32).unwrap_or_else(|| {
                        notes.bad.set(notes.bad.get() + 1);
                        '\u{fffd}'
                    });
                    self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                raw = &raw[whole..];
            }
            How::Lines(page, strictly) => {
                while !raw.is_empty() {
                    let end = match memchr::memchr(b'\n', raw) {
                        Some(n) => n + 1,
                        // A line longer than the block is decoded in pieces.
                        None if self.over || raw.len() >= BLOCK => raw.len(),
                        None => break,
                    };
                    let (line, rest) = raw.split_at(end);
                    raw = rest;
                    if !*strictly && std::str::from_utf8(line).is_ok() {
                        notes.mixed.set(notes.mixed.get() + u64::from(!line.is_ascii()));
                        self.text.extend_from_slice(line);
                        continue;
                    }
                    let (text, errors) = page.decode_without_bom_handling(line);
                    if errors {
                        notes.bad.set(notes.bad.get() + 1);
                    }
                    self.text.extend_from_slice(text.as_bytes());
                }
            }
        }
        let kept = raw.len();
        let from = self.raw_end - kept;
        self.raw.copy_within(from..self.raw_end, 0);
        self.raw.truncate(self.raw.len().max(BLOCK));
        self.raw_end = kept;
        Ok(())
    }
}
