//! JSON values out of a stream, one after another, whatever lies between them: lines, commas, nothing.
//!
//! A top-level array of objects and an object that only wraps one ([`super::json_wrap`]) are entered, and their
//! elements handed out one by one. Memory stays flat: a value over [`LONGEST`] is counted and left as a problem.
//! Broken JSON is a problem up to where reading can go on: the end of the broken element where its brackets
//! balance, else the end of its line, else the next line that begins a value and is not indented deeper.
//! What a value says is `coded`'s; if it cannot make sense of one, it says so with [`Values::refuse`].

use super::json_scan::{BALANCED_WITHIN, DEEPEST, Deep, Scan, Step, balanced};
pub use super::json_wrap::Around;
use super::json_wrap::{Inside, entry};
use super::window::Window;
use crate::ReadError;
use memchr::memchr;
use std::io::Read;
use timberline_model::{Flow, ProblemKind, Sink};

/// The longest value that is kept whole, in bytes.
pub const LONGEST: usize = 16 << 20;
/// How much of a problem's beginning is kept to show it, in bytes.
const EXCERPT: usize = 400;
/// How far the keys before a wrapped array may reach, in bytes.
const WRAPPER_HEAD: usize = 16 << 10;

/// The longest line of text that becomes a value, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// How often a line may look like one value and not be it before lines are no longer looked at.
const LUCK: u8 = 8;

/// One value, borrowed from its [`Values`].
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// Its bytes, from bracket to bracket.
    pub bytes: &'a [u8],
    /// Where it begins in the decoded source.
    pub offset: u64,
    /// The line where it begins, from 1.
    pub line: u64,
    /// What stands around it and belongs to it.
    pub around: &'a Around,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JSON, as far as its brackets tell.
    Json,
    /// JSON that is nested too deep to be read.
    Deep,
    /// A line of text among lines of JSON.
    Text,
}

#[derive(Clone, Copy)]
enum Guess {
    /// A line that looks like one value; not looked into yet.
    Line(usize),
    /// A value with its brackets matched.
    Matched(usize),
    /// A value that is nested too deep, with its brackets counted.
    Deep(usize),
    /// A line of text.
    Text(usize),
}

impl Guess {
    fn len(self) -> usize {
        let (Self::Line(len) | Self::Matched(len) | Self::Deep(len) | Self::Text(len)) = self;
        len
    }

    fn kind(self) -> Kind {
        match self {
            Self::Deep(_) => Kind::Deep,
            Self::Text(_) => Kind::Text,
            _ => Kind::Json,
        }
    }
}

/// Hands out the values of a stream.
pub struct Values<'r> {
    window: Window<'r>,
    inside: Vec<Inside>,
    around: Around,
    /// What was handed out last and is still at the window's beginning.
    pending: Option<Guess>,
    refused: Option<String>,
    /// Indentation of the line that the window stands in, and whether only blanks were seen of it.
    indent: usize,
    blank_so_far: bool,
    /// Whether only blanks lie before the window's beginning in its line.
    at_line_start: bool,
    /// How well taking a line for a value has worked; not tried any more at 0.
    luck: u8,
}

impl<'r> Values<'r> {
    /// The values of `input`, from its first byte.
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self {
            window: Window::new(input),
            inside: Vec::new(),
            around: Around::default(),
            pending: None,
            refused: None,
            indent: 0,
            blank_so_far: true,
            at_line_start: true,
            luck: LUCK,
        }
    }

    /// Says that the value just handed out is no good, and why: it becomes a problem, unless reading it in
    /// another way gives one that is.
    pub fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// The next value; `None` at the end or when the sink wants no more. What lies between values and what is
    /// broken goes to `out`.
    ///
    /// # Errors
    /// When the bytes stop coming before the end; what came before is handed out first.
    pub fn next(&mut self, out: &mut dyn Sink) -> Result<Option<Value<'_>>, ReadError> {
        match self.find(out)? {
            Some(guess) => {
                self.pending = Some(guess);
                let (offset, line) = (self.window.offset(), self.window.line());
                let (bytes, around) = (&self.window.bytes()[..guess.len()], &self.around);
                Ok(Some(Value { bytes, offset, line, around, kind: guess.kind() }))
            }
            None => Ok(None),
        }
    }

    fn find(&mut self, out: &mut dyn Sink) -> Result<Option<Guess>, ReadError> {
        let mut look_closer = false;
        match (self.pending.take(), self.refused.take()) {
            (Some(Guess::Line(_)), Some(_)) => {
                look_closer = true;
                self.luck = self.luck.saturating_sub(1);
            }
            (Some(Guess::Matched(len) | Guess::Deep(len) | Guess::Text(len)), Some(why)) => {
                if self.trouble(ProblemKind::Malformed, len, &why, out) == Flow::Stop {
                    return Ok(None);
                }
            }
            (Some(guess), None) => {
                if let Guess::Line(_) = guess {
                    self.luck = LUCK;
                }
                self.window.consume(guess.len());
            }
            (None, _) => {}
        }
        loop {
            let Some(byte) = self.skip_space(out) else {
                return self.at_end(out);
            };
            let flow = match (self.inside.last().copied(), byte) {
                (None | Some(Inside::Chain), b'{') if !look_closer && self.enter_wrapper(out) => {
                    Flow::Continue
                }
                (None, b'[') if !look_closer && self.enter_array(out) => Flow::Continue,
                (None | Some(Inside::Array | Inside::Chain), b'{' | b'[') => {
                    if !look_closer
                        && byte == b'{'
                        && let Some(len) = self.line_guess()
                    {
                        return Ok(Some(Guess::Line(len)));
                    }
                    look_closer = false;
                    if byte == b'['
                        && self.inside.is_empty()
                        && let Some(len) = self.bracketed_text()
                    {
                        return Ok(Some(Guess::Text(len)));
                    }
                    match self.matched(Scan::value(), out) {
                        Ok(guess) => return Ok(Some(guess)),
                        Err(flow) => flow,
                    }
                }
                (None | Some(Inside::Array | Inside::Chain), b',') | (None, 0x1e) => self.fill(1, out),
                (Some(Inside::Array | Inside::Chain), b']') => {
                    self.inside.pop();
                    self.fill(1, out)
                }
                (Some(Inside::Wrapper), b'}') => {
                    self.inside.pop();
                    self.around.leave();
                    self.fill(1, out)
                }
                (Some(Inside::Array | Inside::Chain), b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    match self.matched(Scan::value(), out) {
                        Ok(guess) => return Ok(Some(guess)),
                        Err(flow) => flow,
                    }
                }
                (Some(Inside::Wrapper), b',') => self.fill(1, out),
                (Some(Inside::Wrapper), b'"') => self.wrapper_member(out),
                (Some(Inside::Wrapper), _) => {
                    // Not a wrapper after all, or a broken one: what follows is read as if it stood alone.
                    self.inside.clear();
                    self.around.clear();
                    continue;
                }
                (None, _) if let Some(len) = self.text_line() => return Ok(Some(Guess::Text(len))),
                _ => self.stray_text(out),
            };
            if flow == Flow::Stop {
                return Ok(None);
            }
        }
    }

    fn at_end(&mut self, out: &mut dyn Sink) -> Result<Option<Guess>, ReadError> {
        if let Some(error) = self.window.failure() {
            return Err(error);
        }
        if !self.inside.is_empty() {
            self.inside.clear();
            self.around.clear();
            let (line, at) = (self.window.line(), self.window.offset());
            out.problem(
                ProblemKind::Truncated,
                line,
                at,
                0,
                "the source ends before its list of records does",
                &[],
            );
        }
        Ok(None)
    }

    /// Counts blanks as filler; the first byte that is none.
    fn skip_space(&mut self, out: &mut dyn Sink) -> Option<u8> {
        if self.window.offset() == 0
            && self.window.peek(2).is_some()
            && self.window.bytes().starts_with(b"\xef\xbb\xbf")
        {
            self.fill(3, out);
        }
        loop {
            self.window.peek(0)?;
            let bytes = self.window.bytes();
            let blanks = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let next = bytes.get(blanks).copied();
            match memchr::memrchr(b'\n', &bytes[..blanks]) {
                Some(last) => (self.indent, self.blank_so_far) = (blanks - last - 1, true),
                None if self.blank_so_far => self.indent += blanks,
                None => {}
            }
            if blanks > 0 {
                self.fill(blanks, out);
            }
            if next.is_some() {
                self.at_line_start = self.blank_so_far;
                self.blank_so_far = false;
                return next;
            }
        }
    }

    fn fill(&mut self, n: usize, out: &mut dyn Sink) -> Flow {
        self.window.consume(n);
        out.filler(n as u64);
        Flow::Continue
    }

    /// Length of the value if the rest of the line looks like just one.
    fn line_guess(&mut self) -> Option<usize> {
        if self.luck == 0 {
            return None;
        }
        let bytes = self.window.bytes();
        let end = match memchr(b'\n', bytes) {
            Some(end) => end,
            None if self.window.ended() => bytes.len(),
            None => {
                // Looking for a line break in vain for each of many values of one line would be slow.
                self.luck -= 1;
                return None;
            }
        };
        let mut line = bytes[..end].trim_ascii_end();
        if matches!(self.inside.last(), Some(Inside::Array | Inside::Chain)) {
            line = line.strip_suffix(b",").map_or(line, |l| l.trim_ascii_end());
        }
        (line.ends_with(b"}") && line.len() <= LONGEST).then_some(line.len())
    }

    /// The value at the window's beginning. If it is broken it goes to `out`.
    fn matched(&mut self, mut scan: Scan, out: &mut dyn Sink) -> Result<Guess, Flow> {
        loop {
            let step = scan.run(self.window.bytes());
            match step {
                Step::Done(len) if len > LONGEST => return Err(self.too_long(scan, step, out)),
                Step::Done(len) => return Ok(Guess::Matched(len)),
                Step::More if self.window.bytes().len() > LONGEST => {
                    return Err(self.too_long(scan, step, out));
                }
                Step::More => {
                    if !self.window.more() {
                        // A number may end with the source.
                        if let Some(len) = scan.end_of_input(self.window.bytes().len()) {
                            return Ok(Guess::Matched(len));
                        }
                        let at = self.window.bytes().len();
                        let why = "the source ends inside this value";
                        return Err(self.broken(ProblemKind::Truncated, at, why, out));
                    }
                }
                Step::Bad(at, why) => return Err(self.broken(ProblemKind::Malformed, at, why, out)),
                Step::Deep(at) => {
                    if let Some(len) = self.deep_end() {
                        return Ok(Guess::Deep(len));
                    }
                    let why = format!("nested deeper than {DEEPEST} levels, and its end was not found");
                    return Err(self.broken(ProblemKind::Limit, at, &why, out));
                }
            }
        }
    }

    /// The length of a value that is nested too deep, if it ends within what is kept.
    fn deep_end(&mut self) -> Option<usize> {
        let mut deep = Deep::default();
        loop {
            if let Some(len) = deep.run(self.window.bytes()) {
                return (len <= LONGEST).then_some(len);
            }
            if self.window.bytes().len() > LONGEST || !self.window.more() {
                return None;
            }
        }
    }

    /// A value longer than is kept: counted to its end, not kept. `step` is what the scan gave last.
    fn too_long(&mut self, mut scan: Scan, mut step: Step, out: &mut dyn Sink) -> Flow {
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        let why = format!("a value longer than {} MiB was left out", LONGEST >> 20);
        loop {
            let (seen, over) = match step {
                Step::Done(len) => (len, true),
                Step::Bad(at, _) | Step::Deep(at) => (at, true),
                Step::More => (self.window.bytes().len(), false),
            };
            self.window.consume(seen);
            scan.shift(seen);
            if over || !self.window.more() {
                if !matches!(step, Step::Done(_)) {
                    self.skip_line();
                }
                let bytes = self.window.offset() - offset;
                return out.problem(ProblemKind::Limit, line, offset, bytes, &why, &excerpt);
            }
            step = scan.run(self.window.bytes());
        }
    }

    /// Reports a value that is broken `at` bytes from the window's beginning and moves to where reading goes on.
    fn broken(&mut self, kind: ProblemKind, at: usize, why: &str, out: &mut dyn Sink) -> Flow {
        let bytes = self.window.bytes();
        let one_line = memchr(b'\n', &bytes[..at.min(bytes.len())]).is_none();
        // An element whose brackets balance: only it is lost, not the line it shares with others.
        if kind != ProblemKind::Truncated
            && let Some(len) = self.balanced()
            && self.goes_on(len)
        {
            return self.trouble(kind, len, why, out);
        }
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        let indent = self.indent;
        self.skip_line();
        if !one_line || self.next_line_is_deeper(indent) {
            self.skip_to_value(indent);
        }
        let bytes = self.window.offset() - offset;
        out.problem(kind, line, offset, bytes, why, cut(&excerpt, bytes))
    }

    /// Where the brackets of a broken value balance, if they do within its line.
    fn balanced(&mut self) -> Option<usize> {
        let mut seen = 0;
        while seen < BALANCED_WITHIN && memchr(b'\n', &self.window.bytes()[seen..]).is_none() {
            seen = self.window.bytes().len();
            if !self.window.more() {
                break;
            }
        }
        balanced(self.window.bytes())
    }

    /// Whether what stands behind `len` bytes is what stands behind a value.
    fn goes_on(&mut self, len: usize) -> bool {
        let mut at = len;
        let listed = !self.inside.is_empty();
        while let Some(byte) = self.window.peek(at) {
            match byte {
                b',' => return true,
                b'\n' | b'{' if !listed => return true,
                b']' => return listed,
                _ if byte.is_ascii_whitespace() && at - len < WRAPPER_HEAD => at += 1,
                _ => return false,
            }
        }
        false
    }

    /// The first `len` bytes as a problem.
    fn trouble(&mut self, kind: ProblemKind, len: usize, why: &str, out: &mut dyn Sink) -> Flow {
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        self.window.consume(len);
        out.problem(kind, line, offset, len as u64, why, cut(&excerpt, len as u64))
    }

    fn excerpt(&mut self) -> Vec<u8> {
        self.window.peek(EXCERPT);
        let bytes = self.window.bytes();
        bytes[..bytes.len().min(EXCERPT)].to_vec()
    }

    /// Moves to the end of the line, before its break.
    fn skip_line(&mut self) {
        loop {
            let bytes = self.window.bytes();
            if let Some(n) = memchr(b'\n', bytes) {
                let n = if n > 0 && bytes[n - 1] == b'\r' { n - 1 } else { n };
                return self.window.consume(n);
            }
            // A carriage return at the edge may belong to the line break.
            let n = bytes.len() - usize::from(bytes.ends_with(b"\r") && !self.window.ended());
            self.window.consume(n);
            if !self.window.more() {
                let rest = self.window.bytes().len();
                if memchr(b'\n', self.window.bytes()).is_none() {
                    return self.window.consume(rest);
                }
            }
        }
    }

    /// Whether the line that follows is indented deeper: then it belongs to what is broken.
    fn next_line_is_deeper(&mut self, indent: usize) -> bool {
        let mut at = 0;
        while matches!(self.window.peek(at), Some(b'\r' | b'\n')) && at < 2 {
            at += 1;
        }
        let begin = at;
        while matches!(self.window.peek(at), Some(b' ' | b'\t')) && at < WRAPPER_HEAD {
            at += 1;
        }
        at - begin > indent
    }

    /// From the end of a line to the end of the last line before one that begins a value.
    fn skip_to_value(&mut self, indent: usize) {
        loop {
            let mut at = 0;
            while self.window.peek(at).is_some_and(|b| b == b'\r' || b == b'\n') {
                at += 1;
                if at > 1 << 16 {
                    self.window.consume(at);
                    at = 0;
                }
            }
            let begin = at;
            while self.window.peek(at).is_some_and(|b| b == b' ' || b == b'\t') && at < 1 << 16 {
                at += 1;
            }
            let ends = match self.window.peek(at) {
                None => {
                    self.window.consume(at);
                    return;
                }
                Some(b'{' | b'[') => at - begin <= indent,
                Some(b']') => {
                    matches!(self.inside.last(), Some(Inside::Array | Inside::Chain))
                        && at - begin < indent.max(1)
                }
                Some(_) => false,
            };
            if ends {
                return;
            }
            self.window.consume(at);
            self.skip_line();
        }
    }

    /// Something that is no JSON: a problem up to the end of its line, or to where the array goes on.
    fn stray_text(&mut self, out: &mut dyn Sink) -> Flow {
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        let end = memchr(b'\n', &excerpt).unwrap_or(excerpt.len());
        if self.inside.is_empty() {
            self.skip_line();
        } else {
            // At least one byte, or it would never end.
            let mut at = 1;
            while self.window.peek(at).is_some_and(|b| !matches!(b, b'{' | b']' | b'\n')) {
                at += 1;
                if at > 1 << 16 {
                    self.window.consume(at);
                    at = 0;
                }
            }
            self.window.consume(at);
        }
        let bytes = self.window.offset() - offset;
        out.problem(
            ProblemKind::Malformed,
            line,
            offset,
            bytes,
            "text that is not JSON",
            excerpt[..end].trim_ascii_end(),
        )
    }

    /// The length of the line at the window's beginning if it is one of text: a whole line that begins as no JSON does.
    fn text_line(&mut self) -> Option<usize> {
        let first = self.window.peek(0)?;
        if !self.at_line_start
            || !(first.is_ascii_alphanumeric() || first >= 0x80 || b"<(@#*-=/|+.".contains(&first))
        {
            return None;
        }
        self.short_line()
    }

    /// As `text_line` for a line that begins with a bracket and is no array: `[2026-03-10 02:13:04] INFO ...`.
    fn bracketed_text(&mut self) -> Option<usize> {
        if !self.at_line_start {
            return None;
        }
        let len = self.short_line()?;
        let line = &self.window.bytes()[..len];
        let mut scan = Scan::value();
        let broken = matches!(scan.run(line), Step::Bad(at, _) if at > 1);
        let closed =
            memchr(b']', line).is_some_and(|at| at + 1 < line.len() && !matches!(line[at + 1], b',' | b']'));
        (broken && closed).then_some(len)
    }

    /// The length of the line at the window's beginning, without its break, if it is not too long to look at.
    fn short_line(&mut self) -> Option<usize> {
        let mut from = 0;
        loop {
            let bytes = self.window.bytes();
            let end = memchr(b'\n', &bytes[from.min(bytes.len())..]).map(|n| n + from);
            let end = end.or_else(|| self.window.ended().then_some(bytes.len()));
            if let Some(end) = end {
                let len = bytes[..end].trim_ascii_end().len();
                return (len > 0 && len <= LONGEST_TEXT).then_some(len);
            }
            if bytes.len() > LONGEST_TEXT {
                return None;
            }
            from = bytes.len();
            self.window.more();
        }
    }

    fn enter_array(&mut self, out: &mut dyn Sink) -> bool {
        let mut at = 1;
        while self.window.peek(at).is_some_and(|b| b.is_ascii_whitespace()) && at < WRAPPER_HEAD {
            at += 1;
        }
        let enters = matches!(self.window.peek(at), Some(b'{' | b'[' | b']'));
        if enters {
            self.inside.push(Inside::Array);
            self.fill(1, out);
        }
        enters
    }

    fn enter_wrapper(&mut self, out: &mut dyn Sink) -> bool {
        let chained = !self.inside.is_empty();
        // The first key decides for nearly all values that are no wrappers; reading on is for the few that may be.
        let Some(first) = self.first_key() else { return false };
        if !super::json_wrap::may_lead(&first) {
            return false;
        }
        self.enter(chained, false, out)
    }

    /// The first key of the object at the window's beginning, as far as it matters.
    fn first_key(&mut self) -> Option<Vec<u8>> {
        self.window.peek(80);
        let bytes = self.window.bytes();
        let rest = bytes.get(1..)?.trim_ascii_start().strip_prefix(b"\"")?;
        let len = memchr(b'"', &rest[..rest.len().min(40)])?;
        Some(rest[..len].to_vec())
    }

    fn enter(&mut self, chained: bool, member: bool, out: &mut dyn Sink) -> bool {
        while self.window.bytes().len() < WRAPPER_HEAD && self.window.more() {}
        let bytes = self.window.bytes();
        let Some(found) = entry(&bytes[..bytes.len().min(WRAPPER_HEAD)], chained, member) else {
            return false;
        };
        self.inside.extend(found.inside);
        for level in found.around {
            self.around.enter(level);
        }
        self.fill(found.len, out);
        true
    }

    /// What stands beside the records in their wrapper.
    fn wrapper_member(&mut self, out: &mut dyn Sink) -> Flow {
        let chained = self.inside.len() > 2;
        if self.enter(chained, true, out) {
            return Flow::Continue;
        }
        match self.matched(Scan::member(), out) {
            Ok(guess) => self.fill(guess.len(), out),
            Err(flow) => flow,
        }
    }
}

/// No more of an excerpt than belongs to the problem.
fn cut(excerpt: &[u8], bytes: u64) -> &[u8] {
    &excerpt[..excerpt.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))]
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
