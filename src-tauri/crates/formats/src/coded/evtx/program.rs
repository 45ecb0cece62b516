//! XML in binary form, compiled: an element with all that is in it becomes a list of steps that write it as text
//! and hand each value to its [`Place`]. Templates stand once in a chunk and are used by many records, so what
//! can be decided about them is decided once. Running the steps is [`super::decode`]'s.

use super::values;
use crate::coded::windows_events::{Place, Places};
use timberline_model::Sink;

/// How deep elements may lie in each other.
const DEEPEST: usize = 40;
/// How many steps one template may have.
const MOST_STEPS: usize = 20_000;

/// A part of one of a program's texts.
pub type Part = (u32, u32);

/// One step.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Writes markup.
    Markup(Part),
    /// Hands over a value that stands in the template itself; its markup is a step of its own.
    Told(Place, Part),
    /// Writes a value and hands it over. `path` is where XML inside it would stand; attributes have none.
    Value { slot: u16, place: Place, path: u32 },
    /// Writes a value as an attribute's and hands it over.
    Attribute { slot: u16, place: Place },
    /// Goes on at another step when there is no value.
    UnlessNull { slot: u16, to: u32 },
    /// Does the steps up to `end` once for each element of an array, or once for what is none.
    Each { slot: u16, end: u32 },
    /// What follows is one value in several pieces.
    Begin,
    /// Such a piece that stands in the template.
    Piece(Part),
    /// Such a piece that is a value.
    PieceOf { slot: u16 },
    /// Writes the pieces as one value and hands it over.
    End { place: Place, attribute: bool },
    /// The value is the name of the element's own value.
    Named { slot: u16 },
    /// As [`Step::Value`] for an element that was named so.
    ValueNamed { slot: u16, path: u32 },
}

/// A compiled element.
#[derive(Debug, Default)]
pub struct Program {
    /// The steps.
    pub steps: Vec<Step>,
    /// The texts that the steps refer to.
    pub text: String,
}

impl Program {
    /// A part of the texts.
    #[must_use]
    pub fn part(&self, part: Part) -> &str {
        self.text.get(part.0 as usize..part.1 as usize).unwrap_or_default()
    }
}

/// The paths at which XML may stand inside a value, by number.
#[derive(Debug, Default)]
pub struct Paths(Vec<Box<str>>);

impl Paths {
    /// The number of a path.
    pub fn number(&mut self, path: &str) -> u32 {
        let at = self.0.iter().position(|known| **known == *path).unwrap_or_else(|| {
            self.0.push(path.into());
            self.0.len() - 1
        });
        at as u32
    }

    /// The path of a number.
    #[must_use]
    pub fn path(&self, number: u32) -> &str {
        self.0.get(number as usize).map_or("", |path| path)
    }
}

/// Why binary XML cannot be read.
pub type Fault = &'static str;

/// Reads numbers and names from a chunk.
#[derive(Clone, Copy)]
pub struct Cursor<'c> {
    /// The chunk.
    pub chunk: &'c [u8],
    /// Where reading goes on.
    pub at: usize,
    /// Where it ends.
    pub end: usize,
}

impl<'c> Cursor<'c> {
    /// At a place of a chunk, up to another.
    #[must_use]
    pub fn new(chunk: &'c [u8], at: usize, end: usize) -> Self {
        Self { chunk, at, end: end.min(chunk.len()) }
    }

    /// So many bytes.
    pub fn take(&mut self, len: usize) -> Result<&'c [u8], Fault> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.end).ok_or("it ends too early")?;
        let bytes = self.chunk.get(self.at..end).ok_or("it ends too early")?;
        self.at = end;
        Ok(bytes)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, Fault> {
        Ok(values::number(self.take(2)?) as u16)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Fault> {
        Ok(values::number(self.take(4)?) as u32)
    }

    /// The next byte, without taking it.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.chunk.get(..self.end)?.get(self.at).copied()
    }

    /// A name, here or where it stood first in the chunk.
    fn name(&mut self, out: &mut String) -> Result<(), Fault> {
        let at = self.u32()? as usize;
        // A name: where the next one lies (4), hash (2), length (2), characters, a zero.
        let mut there =
            Cursor::new(self.chunk, at.checked_add(6).ok_or("a name lies outside")?, self.chunk.len());
        let len = usize::from(there.u16().map_err(|_| "a name lies outside")?);
        let bytes = there.take(len * 2).map_err(|_| "a name lies outside")?;
        if at == self.at {
            self.at = there.at + 2;
        }
        out.clear();
        values::put_utf16(out, bytes);
        if out.is_empty()
            || out.contains(|c: char| c.is_whitespace() || c.is_control() || "<>&\"'=/".contains(c))
        {
            return Err("a name is none");
        }
        Ok(())
    }
}

/// A piece of an attribute's or element's value.
enum Content {
    Text(String),
    Slot { slot: u16, optional: bool, xml: bool },
}

/// Compiles elements.
pub struct Compiler<'a> {
    places: &'a mut Places,
    paths: &'a mut Paths,
    out: &'a mut dyn Sink,
    dependencies: bool,
    program: Program,
    path: String,
    depth: usize,
}

impl<'a> Compiler<'a> {
    /// For an element at a path. `inside`: it is not the event's own. `dependencies`: elements say which value they
    /// depend on, as in templates.
    pub fn new(
        places: &'a mut Places,
        paths: &'a mut Paths,
        out: &'a mut dyn Sink,
        path: &str,
        inside: bool,
        dependencies: bool,
    ) -> Self {
        Self {
            places,
            paths,
            out,
            dependencies,
            program: Program::default(),
            path: path.to_owned(),
            depth: usize::from(inside),
        }
    }

    /// Compiles what stands at the cursor up to the end of the fragment.
    pub fn run(mut self, cursor: &mut Cursor<'_>) -> Result<Program, Fault> {
        loop {
            match cursor.peek() {
                None | Some(0x00) => break,
                Some(0x0f) => {
                    cursor.take(4)?;
                }
                Some(0x01 | 0x41) => self.element(cursor)?,
                Some(0x0a) => self.instruction(cursor)?,
                Some(_) => return Err("a token is not known"),
            }
        }
        Ok(self.program)
    }

    fn push(&mut self, step: Step) -> Result<(), Fault> {
        if self.program.steps.len() >= MOST_STEPS {
            return Err("it has too many parts");
        }
        self.program.steps.push(step);
        Ok(())
    }

    /// Writes markup; next to markup it becomes one step with it.
    fn markup(&mut self, text: &str) -> Result<(), Fault> {
        let start = self.program.text.len() as u32;
        self.program.text.push_str(text);
        let end = self.program.text.len() as u32;
        if let Some(Step::Markup((_, last))) = self.program.steps.last_mut()
            && *last == start
        {
            *last = end;
            return Ok(());
        }
        self.push(Step::Markup((start, end)))
    }

    fn text(&mut self, text: &str) -> Part {
        let start = self.program.text.len() as u32;
        self.program.text.push_str(text);
        (start, self.program.text.len() as u32)
    }

    fn path_number(&mut self) -> u32 {
        self.paths.number(&self.path)
    }

    fn next_step(&self) -> u32 {
        self.program.steps.len() as u32
    }

    /// Sets where the steps before went that wait for this one; a step of markup must not grow over the seam.
    fn land(&mut self, from: u32) {
        let here = self.next_step();
        if let Some(Step::UnlessNull { to, .. } | Step::Each { end: to, .. }) =
            self.program.steps.get_mut(from as usize)
        {
            *to = here;
        }
        // Else the next markup would be added to a step that may be left out.
        self.program.text.push('\n');
    }

    fn instruction(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        cursor.u8()?;
        let mut name = String::new();
        cursor.name(&mut name)?;
        if matches!(cursor.peek(), Some(0x0b)) {
            cursor.u8()?;
            let len = usize::from(cursor.u16()?);
            cursor.take(len * 2)?;
        }
        Ok(())
    }

    fn element(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        if self.depth >= DEEPEST {
            return Err("its elements lie too deep in each other");
        }
        let token = cursor.u8()?;
        let dependency = if self.dependencies { cursor.u16()? } else { 0xffff };
        let _size = cursor.u32()?;
        let mut name = String::new();
        cursor.name(&mut name)?;
        let parent = self.path.len();
        if self.depth > 0 {
            let local = name.rsplit(':').next().unwrap_or(&name);
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(local);
        }
        self.depth += 1;
        let depends = (dependency != 0xffff).then(|| self.next_step());
        if depends.is_some() {
            self.push(Step::UnlessNull { slot: dependency, to: 0 })?;
        }
        let attributes = if token & 0x40 != 0 { self.attributes(cursor)? } else { Vec::new() };
        match cursor.u8()? {
            0x03 => {
                self.open(&name, &attributes)?;
                self.markup("/>")?;
                self.empty(&attributes)?;
            }
            0x02 => self.content(cursor, &name, &attributes)?,
            _ => return Err("an element does not begin as it should"),
        }
        if let Some(from) = depends {
            self.land(from);
        }
        self.depth -= 1;
        self.path.truncate(parent);
        Ok(())
    }

    fn attributes(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<(String, Vec<Content>)>, Fault> {
        let _size = cursor.u32()?;
        let mut attributes = Vec::new();
        while matches!(cursor.peek(), Some(0x06 | 0x46)) {
            cursor.u8()?;
            let mut name = String::new();
            cursor.name(&mut name)?;
            let mut pieces = Vec::new();
            while let Some(piece) = piece(cursor)? {
                pieces.push(piece);
            }
            attributes.push((name, pieces));
        }
        Ok(attributes)
    }

    /// Writes the start of an element up to its `>` or `/>`. Gives the name that a value gives to it, if one does.
    fn open(&mut self, name: &str, attributes: &[(String, Vec<Content>)]) -> Result<(), Fault> {
        self.markup("<")?;
        self.markup(name)?;
        for (key, pieces) in attributes {
            let local = key.rsplit(':').next().unwrap_or(key);
            let namespace = key == "xmlns" || key.starts_with("xmlns:");
            let place = if namespace || self.depth == 1 {
                Place::Nothing
            } else {
                let end = self.path.len();
                self.path.push_str(".@");
                self.path.push_str(local);
                let place = self.places.of(&self.path, "", self.out);
                self.path.truncate(end);
                place
            };
            let waits = match pieces.as_slice() {
                [Content::Slot { slot, optional: true, .. }] => Some((*slot, self.next_step())),
                _ => None,
            };
            if let Some((slot, _)) = waits {
                self.push(Step::UnlessNull { slot, to: 0 })?;
            }
            self.markup(" ")?;
            self.markup(key)?;
            self.markup("=\"")?;
            self.pieces(pieces, place, true)?;
            self.markup("\"")?;
            if let ("Name", [Content::Slot { slot, .. }]) = (local, pieces.as_slice()) {
                self.push(Step::Named { slot: *slot })?;
            }
            if let Some((_, from)) = waits {
                self.land(from);
            }
        }
        Ok(())
    }

    /// Writes a value of one or more pieces.
    fn pieces(&mut self, pieces: &[Content], place: Place, attribute: bool) -> Result<(), Fault> {
        match pieces {
            [] => Ok(()),
            [Content::Text(text)] => {
                let mut escaped = String::new();
                escape(&mut escaped, text, attribute);
                self.markup(&escaped)?;
                if place != Place::Nothing {
                    let part = self.text(text);
                    self.push(Step::Told(place, part))?;
                }
                Ok(())
            }
            [Content::Slot { slot, .. }] if attribute => self.push(Step::Attribute { slot: *slot, place }),
            [Content::Slot { slot, .. }] => {
                let path = self.path_number();
                self.push(Step::Value { slot: *slot, place, path })
            }
            many => {
                self.push(Step::Begin)?;
                for piece in many {
                    match piece {
                        Content::Text(text) => {
                            let part = self.text(text);
                            self.push(Step::Piece(part))?;
                        }
                        Content::Slot { slot, .. } => self.push(Step::PieceOf { slot: *slot })?,
                    }
                }
                self.push(Step::End { place, attribute })
            }
        }
    }

    fn content(
        &mut self,
        cursor: &mut Cursor<'_>,
        name: &str,
        attributes: &[(String, Vec<Content>)],
    ) -> Result<(), Fault> {
        let mut pieces = Vec::new();
        let mut opened = false;
        loop {
            match cursor.peek() {
                Some(0x04) => {
                    cursor.u8()?;
                    break;
                }
                Some(0x01 | 0x41) => {
                    if !opened {
                        self.open(name, attributes)?;
                        self.markup(">")?;
                        opened = true;
                    }
                    // Text between elements belongs to no value.
                    self.pieces(&pieces, Place::Nothing, false)?;
                    pieces.clear();
                    self.element(cursor)?;
                }
                Some(0x0a) => self.instruction(cursor)?,
                Some(_) => match piece(cursor)? {
                    Some(Content::Slot { slot, xml: true, .. }) => {
                        if !opened {
                            self.open(name, attributes)?;
                            self.markup(">")?;
                            opened = true;
                        }
                        self.pieces(&pieces, Place::Nothing, false)?;
                        pieces.clear();
                        let path = self.path_number();
                        self.push(Step::Value { slot, place: Place::Nothing, path })?;
                    }
                    Some(piece) => pieces.push(piece),
                    None => return Err("a token is not known"),
                },
                None => return Err("it ends inside an element"),
            }
        }
        if opened {
            self.pieces(&pieces, Place::Nothing, false)?;
            return self.close(name);
        }
        let named = attributes.iter().find(|(key, _)| key == "Name");
        let (fixed, dynamic) = match named.map(|(_, pieces)| pieces.as_slice()) {
            Some([Content::Text(text)]) => (text.as_str(), false),
            Some([Content::Slot { .. }]) => ("", true),
            _ => ("", false),
        };
        let place =
            if self.depth == 1 { Place::Nothing } else { self.places.of(&self.path, fixed, self.out) };
        let single = match pieces.as_slice() {
            [Content::Slot { slot, optional, .. }] => Some((*slot, *optional)),
            _ => None,
        };
        let Some((slot, optional)) = single else {
            self.open(name, attributes)?;
            self.markup(">")?;
            if pieces.is_empty() {
                self.empty(attributes)?;
            }
            self.pieces(&pieces, place, false)?;
            return self.close(name);
        };
        let waits = optional.then(|| self.next_step());
        if optional {
            self.push(Step::UnlessNull { slot, to: 0 })?;
        }
        let each = self.next_step();
        self.push(Step::Each { slot, end: 0 })?;
        self.open(name, attributes)?;
        self.markup(">")?;
        let path = self.path_number();
        self.push(if dynamic { Step::ValueNamed { slot, path } } else { Step::Value { slot, place, path } })?;
        self.close(name)?;
        self.land(each);
        if let Some(from) = waits {
            self.land(from);
        }
        Ok(())
    }

    /// An element without content still takes its number where values have no names.
    fn empty(&mut self, attributes: &[(String, Vec<Content>)]) -> Result<(), Fault> {
        let unnamed = self.depth > 1
            && self.path == "EventData.Data"
            && attributes.iter().all(|(key, _)| key != "Name");
        if unnamed { self.push(Step::Told(Place::Unnamed, (0, 0))) } else { Ok(()) }
    }

    fn close(&mut self, name: &str) -> Result<(), Fault> {
        self.markup("</")?;
        self.markup(name)?;
        self.markup(">")
    }
}

/// The next piece of a value; `None` at something else.
fn piece(cursor: &mut Cursor<'_>) -> Result<Option<Content>, Fault> {
    let text = |bytes: &[u8]| {
        let mut text = String::new();
        values::put_utf16(&mut text, bytes);
        Content::Text(text)
    };
    Ok(Some(match cursor.peek() {
        Some(0x05 | 0x45) => {
            cursor.u8()?;
            let kind = cursor.u8()?;
            let len = usize::from(cursor.u16()?);
            if kind != values::STRING {
                return Err("a text in it is of another type");
            }
            text(cursor.take(len * 2)?)
        }
        Some(0x07 | 0x47) => {
            cursor.u8()?;
            let len = usize::from(cursor.u16()?);
            text(cursor.take(len * 2)?)
        }
        Some(0x08 | 0x48) => {
            cursor.u8()?;
            let code = u32::from(cursor.u16()?);
            Content::Text(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
        }
        Some(0x09 | 0x49) => {
            cursor.u8()?;
            let mut name = String::new();
            cursor.name(&mut name)?;
            Content::Text(match name.as_str() {
                "lt" => "<".to_owned(),
                "gt" => ">".to_owned(),
                "amp" => "&".to_owned(),
                "quot" => "\"".to_owned(),
                "apos" => "'".to_owned(),
                other => format!("&{other};"),
            })
        }
        Some(token @ (0x0d | 0x0e)) => {
            cursor.u8()?;
            let slot = cursor.u16()?;
            // The type that is expected; the value says its own.
            let xml = cursor.u8()? == values::BINXML;
            Content::Slot { slot, optional: token == 0x0e, xml }
        }
        _ => return Ok(None),
    }))
}

/// Appends a text as it is written in XML. Characters that XML does not allow become references all the same,
/// so that none is lost.
pub fn escape(out: &mut String, text: &str, attribute: bool) {
    let special = |b: u8| match b {
        b'<' | b'>' | b'&' => true,
        b'"' => attribute,
        b'\t' | b'\n' | b'\r' => attribute,
        _ => b < 0x20,
    };
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !special(byte) {
            continue;
        }
        out.push_str(&text[from..at]);
        from = at + 1;
        match byte {
            b'<' => out.push_str("&lt;"),
            b'>' => out.push_str("&gt;"),
            b'&' => out.push_str("&amp;"),
            b'"' => out.push_str("&quot;"),
            other => {
                out.push_str("&#");
                values::put_decimal(out, u64::from(other));
                out.push(';');
            }
        }
    }
    out.push_str(&text[from..]);
}
