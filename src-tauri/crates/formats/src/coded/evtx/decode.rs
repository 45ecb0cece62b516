//! Records of one chunk as events: templates are compiled when they are used first ([`super::program`]) and run with
//! each record's values, which gives its fields and its XML as text. Finding records in a chunk is
//! [`super::chunk`]'s.

use super::program::{Compiler, Cursor, Fault, Paths, Program, Step, escape};
use super::values::{self, ARRAY, BINXML, FILETIME, HEX64, NULL};
use crate::ParseContext;
use crate::coded::windows_events::{Event, Place, Places};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use timberline_model::{Sink, Stamp};

/// How deep XML may lie in values of XML.
const DEEPEST: usize = 8;
/// How many templates of other chunks are kept.
const MOST_KNOWN: usize = 4_000;
/// The longest text that one record is written out as. A record has at most 64 KiB, but may use a template often.
const LONGEST: usize = 4 << 20;

/// A value: its type and where it lies in the chunk.
#[derive(Clone, Copy, Debug)]
struct Slot {
    kind: u8,
    at: u32,
    len: u32,
}

const NOTHING: Slot = Slot { kind: NULL, at: 0, len: 0 };

impl Slot {
    fn is_null(self) -> bool {
        self.kind == NULL || self.len == 0
    }

    fn bytes(self, chunk: &[u8]) -> &[u8] {
        chunk.get(self.at as usize..(self.at + self.len) as usize).unwrap_or_default()
    }
}

/// What stays the same while a record is decoded.
struct Around<'a, 'o> {
    chunk: &'a [u8],
    ctx: &'a ParseContext,
    out: &'o mut dyn Sink,
}

/// Decodes records; used again for the next.
pub struct Decoder {
    event: Event,
    places: Places,
    paths: Paths,
    /// The templates of this chunk, by where they lie and where they are used.
    programs: FxHashMap<(u32, u32, bool), Arc<Program>>,
    /// The templates of all chunks so far, by the beginning of their GUID.
    known: FxHashMap<(u32, u32, bool), Arc<Program>>,
    raw: String,
    slots: Vec<Slot>,
    scratch: String,
    composed: String,
    name: String,
    trailing: bool,
    borrowed: bool,
}

impl Decoder {
    /// For one source.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            event: Event::new(out),
            places: Places::default(),
            paths: Paths::default(),
            programs: FxHashMap::default(),
            known: FxHashMap::default(),
            raw: String::new(),
            slots: Vec::new(),
            scratch: String::new(),
            composed: String::new(),
            name: String::new(),
            trailing: false,
            borrowed: false,
        }
    }

    /// Another chunk follows.
    pub fn next_chunk(&mut self) {
        self.programs.clear();
    }

    /// Decodes the XML of a record that lies between two places of its chunk. `written` is the time in its header.
    pub fn record(
        &mut self,
        chunk: &[u8],
        (at, end): (usize, usize),
        written: u64,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Told, Fault> {
        self.event.clear();
        self.raw.clear();
        self.slots.clear();
        self.trailing = false;
        self.borrowed = false;
        let root = self.paths.number("");
        let mut around = Around { chunk, ctx, out };
        self.fragment(&mut around, (at, end), root, false, 0)?;
        if self.raw.is_empty() {
            return Err("there is no XML in it");
        }
        let (mut time, bad_time) = self.event.finish(ctx, around.out);
        if time.is_none() {
            time = values::filetime_ns(written).map(|ns| ctx.stated(ns));
        }
        Ok(Told { time, bad_time, trailing: self.trailing, borrowed: self.borrowed })
    }

    /// The fields of the record decoded last.
    pub fn fields(&mut self) -> &mut timberline_model::Fields {
        &mut self.event.fields
    }

    /// The record decoded last as XML, taken out; [`Decoder::give_raw`] gives the room back.
    pub fn take_raw(&mut self) -> String {
        std::mem::take(&mut self.raw)
    }

    /// Gives the room for the next one.
    pub fn give_raw(&mut self, raw: String) {
        self.raw = raw;
    }

    fn fragment(
        &mut self,
        around: &mut Around<'_, '_>,
        (at, end): (usize, usize),
        path: u32,
        inside: bool,
        level: usize,
    ) -> Result<(), Fault> {
        if level > DEEPEST {
            return Err("XML lies too deep in values");
        }
        let mut cursor = Cursor::new(around.chunk, at, end);
        let mut done = false;
        loop {
            let written = self.raw.len();
            let one = match cursor.peek() {
                None | Some(0x00) => return Ok(()),
                Some(0x0f) => cursor.take(4).map(|_| ()),
                Some(0x0c) => self.instance(around, &mut cursor, path, inside, level),
                Some(0x01 | 0x41) => self.element(around, &mut cursor, path, inside, level),
                Some(_) => Err("a token is not known"),
            };
            match one {
                Ok(()) => done |= self.raw.len() > written,
                // Behind the element only the end may stand; what cannot be read there is no part of the event.
                Err(_) if done => {
                    self.raw.truncate(written);
                    self.trailing = true;
                    return Ok(());
                }
                Err(why) => return Err(why),
            }
        }
    }

    /// An element that is no template's.
    fn element(
        &mut self,
        around: &mut Around<'_, '_>,
        cursor: &mut Cursor<'_>,
        path: u32,
        inside: bool,
        level: usize,
    ) -> Result<(), Fault> {
        let text = self.paths.path(path).to_owned();
        let compiler = Compiler::new(&mut self.places, &mut self.paths, around.out, &text, inside, false);
        let program = compiler.run(cursor)?;
        let base = self.slots.len();
        self.steps(around, &program, (0, program.steps.len()), base, None, level)
    }

    /// A template with the values for it.
    fn instance(
        &mut self,
        around: &mut Around<'_, '_>,
        cursor: &mut Cursor<'_>,
        path: u32,
        inside: bool,
        level: usize,
    ) -> Result<(), Fault> {
        cursor.take(2)?;
        let id = cursor.u32()?;
        let definition = cursor.u32()?;
        let chunk = around.chunk;
        let program = match self.template(around, id, definition, path, inside) {
            Ok((program, end)) => {
                if definition as usize == cursor.at {
                    // The template stands here, where it is used first.
                    cursor.at = end;
                }
                program
            }
            // Programs write the same template into each chunk, so one of an earlier chunk will do.
            Err(why) => {
                let other = self.known.get(&(id, path, inside)).ok_or(why)?;
                self.borrowed = true;
                Arc::clone(other)
            }
        };
        let count = cursor.u32()? as usize;
        let base = self.slots.len();
        let mut specs = Cursor::new(chunk, cursor.at, cursor.end);
        let mut at = count
            .checked_mul(4)
            .and_then(|len| cursor.at.checked_add(len))
            .ok_or("it has too many values")?;
        if at > cursor.end {
            return Err("its values end too early");
        }
        for _ in 0..count {
            let len = u32::from(specs.u16()?);
            let kind = specs.u8()?;
            specs.u8()?;
            if at + len as usize > cursor.end {
                return Err("its values end too early");
            }
            self.slots.push(Slot { kind, at: at as u32, len });
            at += len as usize;
        }
        cursor.at = at;
        self.steps(around, &program, (0, program.steps.len()), base, None, level)?;
        self.slots.truncate(base);
        Ok(())
    }

    /// The template that lies at a place of the chunk, and where it ends.
    fn template(
        &mut self,
        around: &mut Around<'_, '_>,
        id: u32,
        definition: u32,
        path: u32,
        inside: bool,
    ) -> Result<(Arc<Program>, usize), Fault> {
        let chunk = around.chunk;
        let mut there = Cursor::new(chunk, definition as usize, chunk.len());
        let outside = |_| "its template lies outside of the chunk";
        // Where the next one lies (4), GUID (16), size (4).
        there.take(4).map_err(outside)?;
        if there.u32().map_err(outside)? != id {
            return Err("another template stands where its own should");
        }
        there.take(12).map_err(outside)?;
        let size = there.u32().map_err(outside)? as usize;
        let body = there.at;
        let end = body.checked_add(size).filter(|end| *end <= chunk.len());
        let end = end.ok_or("its template lies outside of the chunk")?;
        if let Some(program) = self.programs.get(&(definition, path, inside)) {
            return Ok((Arc::clone(program), end));
        }
        let text = self.paths.path(path).to_owned();
        let compiler = Compiler::new(&mut self.places, &mut self.paths, around.out, &text, inside, true);
        let program = Arc::new(compiler.run(&mut Cursor::new(chunk, body, end))?);
        self.programs.insert((definition, path, inside), Arc::clone(&program));
        if self.known.len() < MOST_KNOWN {
            self.known.insert((id, path, inside), Arc::clone(&program));
        }
        Ok((program, end))
    }

    /// Does the steps from one to before another. `one` stands for a slot: an element of the array in it.
    fn steps(
        &mut self,
        around: &mut Around<'_, '_>,
        program: &Program,
        (from, to): (usize, usize),
        base: usize,
        one: Option<(u16, Slot)>,
        level: usize,
    ) -> Result<(), Fault> {
        let mut at = from;
        while let Some(step) = program.steps.get(at).filter(|_| at < to) {
            at += 1;
            match *step {
                Step::Markup(part) => {
                    self.raw.push_str(program.part(part));
                    if self.raw.len() > LONGEST {
                        return Err("written out it is too long");
                    }
                }
                Step::Told(place, part) => self.event.put(place, program.part(part), around.ctx, around.out),
                Step::Value { slot, place, path } => {
                    let value = self.slot(base, slot, one);
                    self.value(around, value, place, path, level)?;
                }
                Step::Attribute { slot, place } => {
                    let value = self.slot(base, slot, one);
                    if !value.is_null() {
                        self.scratch.clear();
                        let bytes = value.bytes(around.chunk);
                        values::put(&mut self.scratch, value.kind, bytes);
                        escape(&mut self.raw, &self.scratch, true);
                        self.put(place, value.kind, bytes, around)?;
                    }
                }
                Step::UnlessNull { slot, to } => {
                    if self.slot(base, slot, one).is_null() {
                        at = to as usize;
                    }
                }
                Step::Each { slot, end } => {
                    let value = self.slot(base, slot, one);
                    if value.kind & ARRAY != 0 && one.is_none() {
                        let bytes = value.bytes(around.chunk);
                        for (start, len) in values::elements(value.kind, bytes) {
                            let element = Slot {
                                kind: value.kind & !ARRAY,
                                at: value.at + start as u32,
                                len: len as u32,
                            };
                            self.steps(
                                around,
                                program,
                                (at, end as usize),
                                base,
                                Some((slot, element)),
                                level,
                            )?;
                        }
                        at = end as usize;
                    }
                }
                Step::Begin => self.composed.clear(),
                Step::Piece(part) => self.composed.push_str(program.part(part)),
                Step::PieceOf { slot } => {
                    let value = self.slot(base, slot, one);
                    values::put(&mut self.composed, value.kind, value.bytes(around.chunk));
                }
                Step::End { place, attribute } => {
                    escape(&mut self.raw, &self.composed, attribute);
                    self.event.put(place, &self.composed, around.ctx, around.out);
                }
                Step::Named { slot } => {
                    let value = self.slot(base, slot, one);
                    self.name.clear();
                    values::put(&mut self.name, value.kind, value.bytes(around.chunk));
                }
                Step::ValueNamed { slot, path } => {
                    let value = self.slot(base, slot, one);
                    let place = self.places.of(self.paths.path(path), &self.name, around.out);
                    self.value(around, value, place, path, level)?;
                }
            }
        }
        Ok(())
    }

    fn slot(&self, base: usize, slot: u16, one: Option<(u16, Slot)>) -> Slot {
        match one {
            Some((number, value)) if number == slot => value,
            _ => self.slots.get(base + usize::from(slot)).copied().unwrap_or(NOTHING),
        }
    }

    fn value(
        &mut self,
        around: &mut Around<'_, '_>,
        value: Slot,
        place: Place,
        path: u32,
        level: usize,
    ) -> Result<(), Fault> {
        if value.is_null() {
            self.event.put(place, "", around.ctx, around.out);
            return Ok(());
        }
        if value.kind == BINXML {
            let (at, end) = (value.at as usize, (value.at + value.len) as usize);
            return self.fragment(around, (at, end), path, true, level + 1);
        }
        let bytes = value.bytes(around.chunk);
        self.scratch.clear();
        values::put(&mut self.scratch, value.kind, bytes);
        escape(&mut self.raw, &self.scratch, false);
        self.put(place, value.kind, bytes, around)
    }

    fn put(
        &mut self,
        place: Place,
        kind: u8,
        bytes: &[u8],
        around: &mut Around<'_, '_>,
    ) -> Result<(), Fault> {
        match (place, kind) {
            (Place::Time, FILETIME) => {
                if let Some(ns) = values::filetime_ns(values::number(bytes)) {
                    self.event.put_time(around.ctx.stated(ns));
                }
            }
            (Place::Keywords, HEX64) => self.event.put_keywords(values::number(bytes)),
            _ => self.event.put(place, &self.scratch, around.ctx, around.out),
        }
        if self.raw.len() > LONGEST { Err("written out it is too long") } else { Ok(()) }
    }
}

/// What a record says beside its fields.
#[derive(Debug, Default)]
pub struct Told {
    /// When.
    pub time: Option<Stamp>,
    /// A time that was not understood.
    pub bad_time: Option<String>,
    /// Whether something stands behind its XML that could not be read.
    pub trailing: bool,
    /// Whether its own template was lost and one of another chunk was taken for it.
    pub borrowed: bool,
}
