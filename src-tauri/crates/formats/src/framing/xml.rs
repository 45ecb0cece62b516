//! One kind of XML element out of a stream, one after another: in a wrapper, in a list without a root, one a
//! line. Only where elements begin and end is found here (quotes, comments and CDATA sections are respected);
//! [`crate::coded`] reads what stands in them. Document type definitions are never read. Memory stays flat: an
//! element over [`LONGEST`] is counted and left as a problem.
//!
//! [`Elements::next`] is for records in known wrappers: anything else between them is a problem. [`Elements::piece`]
//! is for records in any document: the tags and the text around them are handed out too.

use super::window::Window;
use crate::ReadError;
use memchr::{memchr, memmem};
use std::io::Read;
use timberline_model::{Flow, ProblemKind, Sink};

/// The longest element that is kept whole, in bytes.
pub const LONGEST: usize = 16 << 20;
/// How deep elements may be nested.
const DEEPEST: usize = 256;
/// The longest tag, in bytes.
const LONGEST_TAG: usize = 1 << 20;
/// How much is looked at to tell what a `<` begins.
const PEEK: usize = 64;
const EXCERPT: usize = 400;

/// Elements that only hold records.
const WRAPPERS: &[&[u8]] = &[b"Events", b"events", b"EventLog", b"EventList", b"Log", b"root", b"Root"];

/// One element, borrowed from its [`Elements`].
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Its bytes, from `<` to `>`.
    pub bytes: &'a [u8],
    /// Where it begins in the decoded source.
    pub offset: u64,
    /// The line where it begins, from 1.
    pub line: u64,
}

/// A part of a document.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A record, whole.
    Record(Element<'a>),
    /// The tag that begins an element around records, or all of one that is empty.
    Tag {
        /// Its bytes.
        tag: Element<'a>,
        /// How many elements it stands in.
        depth: usize,
        /// Whether it ends the element too.
        empty: bool,
    },
    /// The tag that ends an element around records.
    End {
        /// How many elements that one stood in.
        depth: usize,
    },
    /// Text around records.
    Text(Element<'a>),
}

/// Hands out all elements of one name.
pub struct Elements<'r> {
    window: Window<'r>,
    name: &'r [u8],
    /// Marks an element of this name inside of another as the beginning of the next record.
    mark: &'static [u8],
    /// How many elements a record stands in, where that tells it from others of its name.
    depth: Option<usize>,
    /// Names of the elements that are open around the records.
    around: Vec<Box<[u8]>>,
    /// Length of what was handed out last, and whether it is filler.
    pending: Option<(usize, bool)>,
    refused: Option<String>,
}

enum Cut {
    Record,
    Tag(bool),
    End,
    Text,
}

impl<'r> Elements<'r> {
    /// All elements `name` of `input`. One that stands in another is the next record (and the outer one broken)
    /// when its tag holds `mark`.
    pub fn new(input: &'r mut dyn Read, name: &'r [u8], mark: &'static [u8]) -> Self {
        let window = Window::new(input);
        Self { window, name, mark, depth: None, around: Vec::new(), pending: None, refused: None }
    }

    /// Only those that stand in so many others.
    #[must_use]
    pub fn at_depth(self, depth: Option<usize>) -> Self {
        Self { depth, ..self }
    }

    /// Says that the piece just handed out (no record) is in an event: else it counts as filler.
    pub fn taken(&mut self) {
        if let Some((_, filler)) = &mut self.pending {
            *filler = false;
        }
    }

    /// The next part of a document; `None` at the end or when the sink wants no more. What is broken goes to `out`.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub fn piece(&mut self, out: &mut dyn Sink) -> Result<Option<Piece<'_>>, ReadError> {
        if self.finish_last(out) == Flow::Stop {
            return Ok(None);
        }
        let (cut, len, depth) = loop {
            self.skip_space(out);
            if self.window.peek(0).is_none() {
                return self.window.failure().map_or(Ok(None), Err);
            }
            self.window.peek(PEEK);
            let bytes = self.window.bytes();
            let depth = self.around.len();
            let found = if begins(bytes, self.name, false) && self.depth.is_none_or(|d| d == depth) {
                self.element(true, out).map(|len| (Cut::Record, len))
            } else if bytes.starts_with(b"<!--") {
                Err(self.skip_to(b"-->", out))
            } else if bytes.starts_with(b"<?") {
                Err(self.skip_to(b"?>", out))
            } else if bytes.starts_with(b"<![CDATA[") {
                self.cdata(out).map(|len| (Cut::Text, len))
            } else if bytes.starts_with(b"<!") {
                Err(self.doctype(out))
            } else if bytes[0] == b'<' {
                self.tag(out)
            } else {
                Ok((Cut::Text, self.text()))
            };
            match found {
                Ok((cut, len)) => break (cut, len, depth),
                Err(Flow::Stop) => return Ok(None),
                Err(Flow::Continue) => {}
            }
        };
        self.pending = Some((len, !matches!(cut, Cut::Record)));
        let (offset, line) = (self.window.offset(), self.window.line());
        let depth = if matches!(cut, Cut::End) { self.around.len() } else { depth };
        let element = Element { bytes: &self.window.bytes()[..len], offset, line };
        Ok(Some(match cut {
            Cut::Record => Piece::Record(element),
            Cut::Tag(empty) => Piece::Tag { tag: element, depth, empty },
            Cut::End => Piece::End { depth },
            Cut::Text => Piece::Text(element),
        }))
    }

    /// Length of the tag at the window's beginning.
    fn tag(&mut self, out: &mut dyn Sink) -> Result<(Cut, usize), Flow> {
        loop {
            match tag_end(self.window.bytes(), 0) {
                Tag::Ends(end) => {
                    let tag = &self.window.bytes()[..end];
                    if let Some(rest) = tag.strip_prefix(b"</") {
                        // One that ends nothing here belongs to what a broken record has left over.
                        let name = local_name(rest);
                        if let Some(at) = self.around.iter().rposition(|n| **n == *name) {
                            self.around.truncate(at);
                        }
                        return Ok((Cut::End, end));
                    }
                    let name: Box<[u8]> = local_name(&tag[1..]).into();
                    if name.is_empty()
                        || !(name[0].is_ascii_alphabetic() || name[0] == b'_' || name[0] >= 0x80)
                    {
                        return Err(self.broken(ProblemKind::Malformed, 1, "a broken tag", out));
                    }
                    let empty = tag.ends_with(b"/>");
                    if !empty {
                        if self.around.len() >= DEEPEST {
                            let why = "nested deeper than 256 levels";
                            return Err(self.broken(ProblemKind::Limit, end, why, out));
                        }
                        self.around.push(name);
                    }
                    return Ok((Cut::Tag(empty), end));
                }
                Tag::Bad(at) => {
                    return Err(self.broken(ProblemKind::Malformed, at.max(1), "a broken tag", out));
                }
                Tag::More => {
                    if !self.window.more() {
                        let len = self.window.bytes().len();
                        if !matches!(tag_end(self.window.bytes(), 0), Tag::Ends(_)) {
                            let why = "the source ends inside a tag";
                            return Err(self.trouble(ProblemKind::Truncated, len, why, out));
                        }
                    }
                }
            }
        }
    }

    /// Length of the text at the window's beginning, up to the next tag; cut into parts where it is very long.
    fn text(&mut self) -> usize {
        let mut seen = 0;
        loop {
            let bytes = self.window.bytes();
            match memchr(b'<', &bytes[seen..]) {
                Some(n) => return seen + n,
                None if bytes.len() > LONGEST_TAG => return bytes.len(),
                None => seen = bytes.len(),
            }
            if !self.window.more() {
                let bytes = self.window.bytes();
                return memchr(b'<', bytes).unwrap_or(bytes.len());
            }
        }
    }

    fn cdata(&mut self, out: &mut dyn Sink) -> Result<usize, Flow> {
        loop {
            if let Some(n) = memmem::find(self.window.bytes(), b"]]>") {
                return Ok(n + 3);
            }
            if self.window.bytes().len() > LONGEST {
                let why = "a CDATA section that does not end";
                return Err(self.broken(ProblemKind::Limit, LONGEST, why, out));
            }
            if !self.window.more() && memmem::find(self.window.bytes(), b"]]>").is_none() {
                let len = self.window.bytes().len();
                let why = "the source ends inside a CDATA section";
                return Err(self.trouble(ProblemKind::Truncated, len, why, out));
            }
        }
    }

    /// Moves on over what was handed out last.
    fn finish_last(&mut self, out: &mut dyn Sink) -> Flow {
        let Some((len, filler)) = self.pending.take() else { return Flow::Continue };
        match self.refused.take() {
            Some(why) => self.trouble(ProblemKind::Malformed, len, &why, out),
            None => {
                self.window.consume(len);
                if filler {
                    out.filler(len as u64);
                }
                Flow::Continue
            }
        }
    }

    /// Says that the element just handed out is no good, and why: it becomes a problem.
    pub fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// The next element; `None` at the end or when the sink wants no more. What lies between and what is broken
    /// goes to `out`.
    ///
    /// # Errors
    /// When the bytes stop coming before the end; what came before is handed out first.
    pub fn next(&mut self, out: &mut dyn Sink) -> Result<Option<Element<'_>>, ReadError> {
        if self.finish_last(out) == Flow::Stop {
            return Ok(None);
        }
        loop {
            self.skip_space(out);
            if self.window.peek(0).is_none() {
                return self.window.failure().map_or(Ok(None), Err);
            }
            self.window.peek(PEEK);
            let bytes = self.window.bytes();
            let flow = if begins(bytes, self.name, false) {
                match self.element(false, out) {
                    Ok(len) => {
                        self.pending = Some((len, false));
                        let (offset, line) = (self.window.offset(), self.window.line());
                        return Ok(Some(Element { bytes: &self.window.bytes()[..len], offset, line }));
                    }
                    Err(flow) => flow,
                }
            } else if bytes.starts_with(b"<!--") {
                self.skip_to(b"-->", out)
            } else if bytes.starts_with(b"<?") {
                self.skip_to(b"?>", out)
            } else if bytes.starts_with(b"<!DOCTYPE") {
                self.doctype(out)
            } else if WRAPPERS.iter().any(|w| begins(bytes, w, false) || begins(bytes, w, true)) {
                self.wrapper_tag(out)
            } else {
                self.stray(out)
            };
            if flow == Flow::Stop {
                return Ok(None);
            }
        }
    }

    fn skip_space(&mut self, out: &mut dyn Sink) {
        if self.window.offset() == 0
            && self.window.peek(2).is_some()
            && self.window.bytes().starts_with(b"\xef\xbb\xbf")
        {
            self.fill(3, out);
        }
        while self.window.peek(0).is_some() {
            let bytes = self.window.bytes();
            let blanks = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            if blanks == 0 {
                return;
            }
            self.fill(blanks, out);
        }
    }

    fn fill(&mut self, n: usize, out: &mut dyn Sink) -> Flow {
        self.window.consume(n);
        out.filler(n as u64);
        Flow::Continue
    }

    fn excerpt(&mut self) -> Vec<u8> {
        self.window.peek(EXCERPT);
        let bytes = self.window.bytes();
        bytes[..bytes.len().min(EXCERPT)].to_vec()
    }

    fn trouble(&mut self, kind: ProblemKind, len: usize, why: &str, out: &mut dyn Sink) -> Flow {
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        self.window.consume(len);
        out.problem(kind, line, offset, len as u64, why, &excerpt[..excerpt.len().min(len)])
    }

    /// Length of the element at the window's beginning. If it is broken it goes to `out`. `paired`: each end must be
    /// that of the element that began last, and elements of its own name may stand in it.
    fn element(&mut self, paired: bool, out: &mut dyn Sink) -> Result<usize, Flow> {
        let mut scan = Scan { at: 0, depth: 0, open: paired.then(Vec::new) };
        loop {
            let ended = self.window.ended();
            let step = scan.run(self.window.bytes(), self.name, self.mark, ended);
            let too_long = matches!(step, Step::Done(len) | Step::More(len) if len > LONGEST);
            match step {
                _ if too_long => {
                    let why = format!("an event longer than {} MiB was left out", LONGEST >> 20);
                    return Err(self.broken(ProblemKind::Limit, LONGEST, &why, out));
                }
                Step::Done(len) => return Ok(len),
                Step::Bad(at, why) => return Err(self.broken(ProblemKind::Malformed, at.max(1), why, out)),
                Step::Deep(at) => {
                    return Err(self.broken(ProblemKind::Limit, at, "nested deeper than 256 levels", out));
                }
                Step::Next(at) => {
                    let why = "the next event begins before this one ends";
                    return Err(self.trouble(ProblemKind::Malformed, at, why, out));
                }
                Step::More(_) => {
                    // A last look once it is known that nothing more comes.
                    if !self.window.more() && ended {
                        let len = self.window.bytes().len();
                        let why = "the source ends inside this event";
                        return Err(self.trouble(ProblemKind::Truncated, len, why, out));
                    }
                }
            }
        }
    }

    /// A problem from the window's beginning to the next place behind `at` where a record may begin.
    fn broken(&mut self, kind: ProblemKind, at: usize, why: &str, out: &mut dyn Sink) -> Flow {
        let (line, offset) = (self.window.line(), self.window.offset());
        let excerpt = self.excerpt();
        self.window.consume(at);
        self.seek();
        let bytes = self.window.offset() - offset;
        let shown = excerpt.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
        out.problem(kind, line, offset, bytes, why, &excerpt[..shown])
    }

    /// Something that is neither a record nor around one.
    fn stray(&mut self, out: &mut dyn Sink) -> Flow {
        let why = if self.window.peek(0) == Some(b'<') {
            "an element that is not an event"
        } else {
            "text between events"
        };
        self.broken(ProblemKind::Malformed, 1, why, out)
    }

    /// Moves to the next `<` at which a record or what is around it begins or ends.
    fn seek(&mut self) {
        loop {
            let bytes = self.window.bytes();
            match memchr(b'<', bytes) {
                Some(n) => {
                    self.window.consume(n);
                    self.window.peek(PEEK);
                    let bytes = self.window.bytes();
                    let wrapper = |w: &&[u8]| begins(bytes, w, false) || begins(bytes, w, true);
                    let around = self.around.iter().any(|name| begins(bytes, name, true));
                    if begins(bytes, self.name, false) || around || WRAPPERS.iter().any(wrapper) {
                        return;
                    }
                    self.window.consume(1);
                }
                None => {
                    let all = bytes.len();
                    self.window.consume(all);
                    if !self.window.more() {
                        return;
                    }
                }
            }
        }
    }

    /// A comment or an instruction, as filler up to its end.
    fn skip_to(&mut self, end: &'static [u8], out: &mut dyn Sink) -> Flow {
        loop {
            let bytes = self.window.bytes();
            if let Some(n) = memmem::find(bytes, end) {
                return self.fill(n + end.len(), out);
            }
            if bytes.len() > LONGEST {
                let why = "a comment or instruction that does not end";
                return self.broken(ProblemKind::Limit, LONGEST, why, out);
            }
            if !self.window.more() {
                let len = self.window.bytes().len();
                if memmem::find(self.window.bytes(), end).is_none() {
                    return self.trouble(
                        ProblemKind::Truncated,
                        len,
                        "the source ends inside a comment",
                        out,
                    );
                }
            }
        }
    }

    /// A document type definition: never read, as what it defines could grow without bounds.
    fn doctype(&mut self, out: &mut dyn Sink) -> Flow {
        let why = "a document type definition was not read; entities that it defines stay as they are";
        let (mut at, mut inner, mut defines) = (2, 0usize, false);
        while let Some(byte) = self.window.peek(at) {
            at += 1;
            match byte {
                b'[' => {
                    inner += 1;
                    defines = true;
                }
                b']' => inner = inner.saturating_sub(1),
                // One that only names the kind of document defines nothing.
                b'>' if inner == 0 && !defines => return self.fill(at, out),
                b'>' if inner == 0 => return self.trouble(ProblemKind::Refused, at, why, out),
                _ => {}
            }
            if at > LONGEST_TAG {
                return self.broken(ProblemKind::Refused, at, why, out);
            }
        }
        self.trouble(ProblemKind::Truncated, at, "the source ends inside a document type definition", out)
    }

    fn wrapper_tag(&mut self, out: &mut dyn Sink) -> Flow {
        loop {
            match tag_end(self.window.bytes(), 0) {
                Tag::Ends(end) => return self.fill(end, out),
                Tag::Bad(at) => return self.broken(ProblemKind::Malformed, at.max(1), "a broken tag", out),
                Tag::More => {
                    if !self.window.more() {
                        let len = self.window.bytes().len();
                        return match tag_end(self.window.bytes(), 0) {
                            Tag::Ends(end) => self.fill(end, out),
                            _ => {
                                self.trouble(ProblemKind::Truncated, len, "the source ends inside a tag", out)
                            }
                        };
                    }
                }
            }
        }
    }
}

/// Whether a tag of this local name begins (or, `closing`, ends) an element here.
fn begins(bytes: &[u8], name: &[u8], closing: bool) -> bool {
    let Some(rest) = bytes.strip_prefix(if closing { &b"</"[..] } else { b"<" }) else { return false };
    local_name(rest) == name
}

/// The name at the beginning, without its namespace prefix; empty when the tag is cut off in its name.
fn local_name(rest: &[u8]) -> &[u8] {
    let head = &rest[..rest.len().min(PEEK)];
    let Some(end) = head.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'))
    else {
        return b"";
    };
    let name = &head[..end];
    memchr(b':', name).map_or(name, |colon| &name[colon + 1..])
}

/// The name at the beginning with its prefix.
fn qualified_name(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'));
    &rest[..end.unwrap_or(rest.len())]
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    std::hash::Hasher::write(&mut hasher, name);
    std::hash::Hasher::finish(&hasher)
}

enum Tag {
    /// Length from its `<` to behind its `>`.
    Ends(usize),
    More,
    Bad(usize),
}

/// Where the tag that begins at `from` ends. A `>` in quotes does not end it; a `<` is never allowed.
fn tag_end(bytes: &[u8], from: usize) -> Tag {
    let mut quote = 0u8;
    for (n, byte) in bytes[from..].iter().enumerate().skip(1) {
        match *byte {
            b'<' => return Tag::Bad(from + n),
            b'>' if quote == 0 => return Tag::Ends(from + n + 1),
            b'"' | b'\'' if quote == 0 => quote = *byte,
            q if q == quote => quote = 0,
            _ => {}
        }
        if n > LONGEST_TAG {
            return Tag::Bad(from + n);
        }
    }
    Tag::More
}

enum Step {
    Done(usize),
    More(usize),
    Bad(usize, &'static str),
    Deep(usize),
    Next(usize),
}

/// A scan in progress; `at` is where a tag begins or text goes on.
struct Scan {
    at: usize,
    depth: usize,
    /// Hashes of the names of the elements that are open, where ends must fit.
    open: Option<Vec<u64>>,
}

impl Scan {
    fn run(&mut self, bytes: &[u8], name: &[u8], mark: &[u8], ended: bool) -> Step {
        loop {
            let Some(n) = memchr(b'<', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Step::More(self.at);
            };
            self.at += n;
            let rest = &bytes[self.at..];
            if rest.len() < 9 && !ended {
                return Step::More(bytes.len());
            }
            let skip = [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];
            if let Some((open, close)) = skip.iter().find(|(open, _)| rest.starts_with(open)) {
                match memmem::find(&rest[open.len()..], close) {
                    Some(n) => self.at += open.len() + n + close.len(),
                    None => return Step::More(bytes.len()),
                }
                continue;
            }
            if rest.starts_with(b"<!") {
                return Step::Bad(self.at + 1, "a declaration inside an event");
            }
            let end = match tag_end(bytes, self.at) {
                Tag::Ends(end) => end,
                Tag::More => return Step::More(bytes.len()),
                Tag::Bad(at) => return Step::Bad(at, "a tag that does not end"),
            };
            let tag = &bytes[self.at..end];
            if tag.starts_with(b"</") {
                self.depth = self.depth.saturating_sub(1);
                if let Some(open) = &mut self.open
                    && open.pop() != Some(hash(qualified_name(&tag[2..])))
                {
                    return Step::Bad(self.at.max(1), "an element ends that is not the last that began");
                }
            } else {
                let nested = self.open.is_none() && self.depth > 0 && begins(tag, name, false);
                if nested && (self.depth == 1 || memmem::find(tag, mark).is_some()) {
                    return Step::Next(self.at);
                }
                if let Some(open) = &mut self.open
                    && !tag.ends_with(b"/>")
                {
                    open.push(hash(qualified_name(&tag[1..])));
                }
                if !tag.ends_with(b"/>") {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Step::Deep(end);
                    }
                }
            }
            self.at = end;
            if self.depth == 0 {
                return Step::Done(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::{FieldId, Record};

    #[derive(Default)]
    struct Log(Vec<String>, u64);
    impl Sink for Log {
        fn field(&mut self, _: &str) -> Option<FieldId> {
            None
        }
        fn event(&mut self, _: &Record<'_>) -> Flow {
            Flow::Continue
        }
        fn problem(
            &mut self,
            kind: ProblemKind,
            line: u64,
            offset: u64,
            bytes: u64,
            _: &str,
            _: &[u8],
        ) -> Flow {
            self.0.push(format!("{line}:{offset} {kind:?} {bytes}"));
            self.1 += bytes;
            Flow::Continue
        }
        fn filler(&mut self, bytes: u64) {
            self.1 += bytes;
        }
    }

    fn check(text: &str, expect: &[&str]) {
        let (mut log, mut input) = (Log::default(), text.as_bytes());
        let mut elements = Elements::new(&mut input, b"Event", b"2004");
        while let Some(e) = elements.next(&mut log).unwrap() {
            log.0.push(format!("{}:{} {}", e.line, e.offset, String::from_utf8_lossy(e.bytes)));
            log.1 += e.bytes.len() as u64;
        }
        assert_eq!(log.0, expect, "{text}");
        assert_eq!(log.1, text.len() as u64, "bytes of {text}");
    }

    #[test]
    fn elements_come_one_by_one() {
        check(
            "<?xml version='1.0'?>\n<Events><Event>a</Event>\n<Event/></Events>",
            &["2:30 <Event>a</Event>", "3:47 <Event/>"],
        );
        check(
            "<Event a='>'><b/></Event><n:Event></n:Event>",
            &["1:0 <Event a='>'><b/></Event>", "1:25 <n:Event></n:Event>"],
        );
        check(
            "<!-- <Event> --><Event><![CDATA[</Event>]]><!--</Event>--></Event>",
            &["1:16 <Event><![CDATA[</Event>]]><!--</Event>--></Event>"],
        );
        check(
            "<Event><EventData><Event>x</Event></EventData></Event>",
            &["1:0 <Event><EventData><Event>x</Event></EventData></Event>"],
        );
    }

    #[test]
    fn broken_elements_cost_no_other() {
        check("<Event><a></Event>\n<Event>1</Event>", &["1:0 Malformed 19", "2:19 <Event>1</Event>"]);
        check("<Event><a b=\"></Event><Event>1</Event>", &["1:0 Malformed 22", "1:22 <Event>1</Event>"]);
        check("one <Event>1</Event> two", &["1:0 Malformed 4", "1:4 <Event>1</Event>", "1:21 Malformed 3"]);
        check("<Event>1</Event><Event><a>", &["1:0 <Event>1</Event>", "1:16 Truncated 10"]);
        check("<x><y/></x><Event/>", &["1:0 Malformed 11", "1:11 <Event/>"]);
    }

    fn pieces(text: &str, depth: Option<usize>, expect: &[&str]) {
        let (mut log, mut input) = (Log::default(), text.as_bytes());
        let mut elements = Elements::new(&mut input, b"r", b"").at_depth(depth);
        while let Some(piece) = elements.piece(&mut log).unwrap() {
            let (said, bytes) = match piece {
                Piece::Record(e) => (format!("{}", String::from_utf8_lossy(e.bytes)), e.bytes.len() as u64),
                Piece::Tag { tag, depth, empty } => (
                    format!("{depth}{} {}", if empty { "/" } else { "" }, String::from_utf8_lossy(tag.bytes)),
                    0,
                ),
                Piece::End { depth } => (format!("{depth} end"), 0),
                Piece::Text(e) => (format!("text {}", String::from_utf8_lossy(e.bytes)), 0),
            };
            log.0.push(said);
            log.1 += bytes;
        }
        assert_eq!(log.0, expect, "{text}");
        assert_eq!(log.1, text.len() as u64, "bytes of {text}");
    }

    #[test]
    fn what_is_around_records_is_handed_out() {
        pieces(
            "<?xml version='1.0'?><!DOCTYPE a><a x='1'><b>t</b><c/>\n<r>1<r>2</r></r></a><a/>",
            None,
            &["0 <a x='1'>", "1 <b>", "text t", "1 end", "1/ <c/>", "<r>1<r>2</r></r>", "0 end", "0/ <a/>"],
        );
        pieces(
            "<a><r/><b><r>x</r></b></a>",
            Some(2),
            &["0 <a>", "1/ <r/>", "1 <b>", "<r>x</r>", "1 end", "0 end"],
        );
        pieces(
            "<r><![CDATA[</r>]]></r><![CDATA[x]]>",
            None,
            &["<r><![CDATA[</r>]]></r>", "text <![CDATA[x]]>"],
        );
    }

    #[test]
    fn broken_records_cost_no_other() {
        pieces(
            "<a><r><b></r><r>2</r><r><c></b></c></r><r/></a>",
            None,
            &["0 <a>", "1:3 Malformed 10", "<r>2</r>", "1:21 Malformed 18", "<r/>", "0 end"],
        );
        pieces("<a><r b='></r><r>2</r></a>", None, &["0 <a>", "1:3 Malformed 11", "<r>2</r>", "0 end"]);
        pieces(
            "<a><r><b></a><a><r/></a>",
            None,
            &["0 <a>", "1:3 Malformed 6", "0 end", "0 <a>", "<r/>", "0 end"],
        );
        pieces("<a><r>1</r><r><b>", None, &["0 <a>", "<r>1</r>", "1:11 Truncated 6"]);
        pieces("<a><1/><r/>", None, &["0 <a>", "1:3 Malformed 4", "<r/>"]);
    }

    #[test]
    fn a_doctype_is_refused() {
        check(
            "<!DOCTYPE x [<!ENTITY a 'b'>]><Event>&a;</Event>",
            &["1:0 Refused 30", "1:30 <Event>&a;</Event>"],
        );
    }

    #[test]
    fn too_much_is_counted_and_not_kept() {
        let deep = format!("<Event>{}{}</Event><Event/>", "<a>".repeat(300), "</a>".repeat(300));
        check(&deep, &["1:0 Limit 2115", "1:2115 <Event/>"]);
        let long = format!("<Event>{}</Event><Event/>", "x".repeat(LONGEST));
        check(&long, &["1:0 Limit 16777231", "1:16777231 <Event/>"]);
    }
}
