//! JSON records as events: what is wrapped is unwrapped, whose record it is is found by its names, the product's map
//! ([`super::json_map`]) gives it its meaning, and what the map leaves open is guessed from well-known names. Where
//! a record begins and ends is framing's; what the products are is [`super::json_products`]'.

use super::flatten::{Leaf, Lists, give};
use super::json_doc::{Doc, PathId};
use super::json_guess::{LIKELY_TIME, Own, Role, categorise, may_be_time, second_name};
use super::json_map::Say;
use super::json_names::role;
use super::json_numbers::Ids;
use super::json_products::{PRODUCTS, Ready, ready};
use super::json_records::{Shape, Told};
use super::syslog::header;
use super::windows_events;
use crate::ParseContext;
use crate::framing::json::Around;
use crate::normalise::entities::whole;
use crate::said::{self, Said};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;
use timberline_model::{Fields, Sink, Stamp, known};

/// Names whose text may be a whole record.
const HOLDERS: &[&str] = &[
    "",
    "message",
    "log",
    "msg",
    "event.original",
    "Message",
    "MESSAGE",
    "@message",
    "_raw",
    "raw",
    "line",
    "body",
    "body.stringValue",
    "payload",
    "textPayload",
    "rawLog",
    "raw_log",
    "CloudTrailEvent",
    "AuditData",
    "auditData",
    "_source.message",
    "result._raw",
    "event",
    "log_message",
];
/// How many texts that hold a record may lie in each other.
const MOST_INNER: usize = 2;
/// How many shapes of records are remembered.
const MOST_SHAPES: usize = 4_096;

/// What a name means here.
#[derive(Clone, Copy)]
struct Info {
    own: Own,
    role: Role,
    windows: Option<&'static str>,
}

/// Marks of a name: that it was looked at, may hold a record, lies in a wrapper, is the number of a Windows event.
const LOOKED_AT: u8 = 1;
const HOLDER: u8 = 2;
const WRAPPED: u8 = 4;
const EVENT_ID: u8 = 8;

/// Which products a record is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Who wrote it, by place in [`PRODUCTS`].
    pub product: Option<usize>,
    /// Who carried it.
    pub carrier: Option<usize>,
}

/// Reads the JSON records of one source; used again from record to record.
pub struct Reader {
    ready: &'static Ready,
    doc: Doc,
    ids: Ids,
    /// Which numbers of names the following are for.
    era: u32,
    infos: Vec<Option<Info>>,
    /// By name, what is asked of every value of every record: see [`HOLDER`] and the others.
    marks: Vec<u8>,
    shapes: FxHashMap<u64, Box<[u16]>>,
    /// Whether the record has the number of a Windows event.
    may_be_windows: bool,
    /// What stood around the last record, read.
    around: Vec<(String, Doc)>,
    lists: Lists,
    fields: Fields,
    held: Vec<(u8, u32)>,
    work: String,
    /// The message and the program that are handed on.
    spoken: (String, String),
    windows: windows_events::Values,
    windows_ids: Option<windows_events::Ids>,
    names: Option<said::Names>,
    chosen: Chosen,
    /// Whose a record is that has no product's names.
    otherwise: Option<usize>,
}

impl Default for Reader {
    fn default() -> Self {
        let ready = ready();
        Self {
            ready,
            doc: Doc::new(&ready.numbers),
            ids: Ids::new(&ready.numbers),
            era: 0,
            infos: Vec::new(),
            marks: Vec::new(),
            shapes: FxHashMap::default(),
            may_be_windows: false,
            around: Vec::new(),
            lists: Lists::default(),
            fields: Fields::default(),
            held: Vec::new(),
            work: String::new(),
            spoken: (String::new(), String::new()),
            windows: windows_events::Values::default(),
            windows_ids: None,
            names: None,
            chosen: Chosen::default(),
            otherwise: None,
        }
    }
}

impl Reader {
    /// For a source that is a product's, by its place in [`PRODUCTS`].
    #[must_use]
    pub fn of(product: usize) -> Self {
        Self { otherwise: Some(product), ..Self::default() }
    }

    /// Forgets what belongs to numbers of names of another time.
    fn prepare(&mut self) {
        if self.era != self.doc.era() {
            self.infos.clear();
            self.marks.clear();
            self.shapes.clear();
            self.era = self.doc.era();
        }
    }

    fn info(&mut self, path: PathId) -> Info {
        let at = path.0 as usize;
        if let Some(Some(info)) = self.infos.get(at) {
            return *info;
        }
        if at >= self.infos.len() {
            self.infos.resize(self.doc.names().max(at + 1), None);
        }
        let name = self.doc.name(path);
        let info = Info { own: Own::of(name), role: role(name), windows: windows_events::name_in_json(name) };
        self.infos[at] = Some(info);
        info
    }

    fn mark(&mut self, path: PathId) -> u8 {
        let at = path.0 as usize;
        if let Some(mark @ 1..) = self.marks.get(at) {
            return *mark;
        }
        if at >= self.marks.len() {
            self.marks.resize(self.doc.names().max(at + 1), 0);
        }
        let name = self.doc.name(path);
        let mut mark = LOOKED_AT;
        if HOLDERS.contains(&name) {
            mark |= HOLDER;
        }
        if self.ready.wrappers.iter().any(|(prefix, _)| name.starts_with(prefix)) {
            mark |= WRAPPED;
        }
        if windows_events::name_in_json(name) == Some("EventID") {
            mark |= EVENT_ID;
        }
        self.marks[at] = mark;
        mark
    }

    /// Reads one record into `fields`, which may hold what its carrier says.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read_into(
        &mut self,
        json: &[u8],
        around: &Around,
        ctx: &ParseContext,
        out: &mut dyn Sink,
        fields: &mut Fields,
    ) -> Result<Told, String> {
        self.doc.clear();
        self.prepare();
        let mended = self.doc.read(json)?;
        let twice = self.doc.twice().map(str::to_owned);
        self.unwrap();
        self.lay_around(around);
        Ok(Told { mended: Some(mended), twice, ..self.conclude(ctx, out, fields) })
    }

    /// Reads one record that was written as names and values.
    pub fn read_pairs<'v>(
        &mut self,
        pairs: impl Iterator<Item = (&'v str, &'v [u8])>,
        ctx: &ParseContext,
        out: &mut dyn Sink,
        fields: &mut Fields,
    ) -> Told {
        self.doc.clear();
        self.prepare();
        for (name, value) in pairs {
            self.doc.add(name, &crate::normalise::text::lossy(value));
        }
        self.unwrap();
        self.conclude(ctx, out, fields)
    }

    /// Says what the record that lies in the doc means.
    fn conclude(&mut self, ctx: &ParseContext, out: &mut dyn Sink, fields: &mut Fields) -> Told {
        self.chosen = self.choose();
        let carried = fields.has(known::MESSAGE);
        let mut time = None;
        let mut bad_time = None;
        let chosen = self.chosen;
        for at in [chosen.product, chosen.carrier].into_iter().flatten() {
            self.run(at, ctx, out, fields, &mut time, &mut bad_time);
        }
        // A message that was there before is the carrier's, who reads it himself.
        let speaks = !carried && chosen.product.is_none_or(|at| PRODUCTS[at].speaks);
        let mut spoken = false;
        if speaks && chosen.carrier.is_some() && fields.has(known::MESSAGE) {
            spoken = self.speak(ctx, out, fields, &mut time);
        }
        self.keep(ctx, out, fields, &mut time, &mut bad_time);
        if speaks && !spoken && fields.has(known::MESSAGE) {
            self.speak(ctx, out, fields, &mut time);
        }
        for at in [chosen.product, chosen.carrier].into_iter().flatten() {
            fields.text(known::EVENT_DATASET, PRODUCTS[at].dataset);
        }
        categorise(fields);
        Told { time, bad_time: bad_time.filter(|_| time.is_none()), ..Told::default() }
    }

    /// Takes shippers' objects off and reads texts that hold JSON.
    fn unwrap(&mut self) {
        let mut inner = 0;
        let mut from = 0;
        let mut wrapped = false;
        while inner < MOST_INNER {
            let mut holder = None;
            let until = self.doc.len();
            for at in from..until {
                let item = self.doc.item(at);
                let mark = self.mark(item.path);
                wrapped |= mark & WRAPPED > 0;
                if mark & HOLDER > 0 && !item.used && holder.is_none() && looks_like_json(self.doc.value(at))
                {
                    holder = Some(at);
                }
            }
            if wrapped {
                wrapped = false;
                let found =
                    self.ready.wrappers.iter().find(|(_, c)| c.iter().all(|c| c.holds_for(&self.doc)));
                if let Some((prefix, _)) = found {
                    let before = self.doc.len();
                    self.doc.unwrap(prefix);
                    if self.doc.len() > before {
                        (from, inner) = (before, inner + 1);
                        continue;
                    }
                }
            }
            let Some(holder) = holder else { return };
            if !self.doc.read_inner(holder) {
                return;
            }
            (from, inner) = (until, inner + 1);
        }
    }

    fn lay_around(&mut self, around: &Around) {
        for (nth, text) in around.texts().enumerate() {
            if self.around.len() <= nth {
                self.around.push((String::new(), Doc::new(&self.ready.numbers)));
            }
            let (last, doc) = &mut self.around[nth];
            if last != text {
                text.clone_into(last);
                doc.clear();
                // A broken one leaves nothing.
                let _ = doc.read(text.as_bytes());
            }
            for (at, item) in doc.items() {
                let path = self.doc.path(doc.name(item.path));
                self.doc.add_around(path, doc.value(at), item.listed);
            }
        }
    }

    /// Whose record this is.
    fn choose(&mut self) -> Chosen {
        let mut hasher = FxHasher::default();
        let mut before = None;
        self.may_be_windows = false;
        for at in 0..self.doc.len() {
            let path = self.doc.item(at).path;
            if before != Some(path) {
                hasher.write_u32(path.0);
                self.may_be_windows |= self.mark(path) & EVENT_ID > 0;
            }
            before = Some(path);
        }
        let shape = hasher.finish();
        if !self.shapes.contains_key(&shape) {
            if self.shapes.len() >= MOST_SHAPES {
                self.shapes.clear();
            }
            let doc = &self.doc;
            let all = self.ready.products.iter().enumerate().filter_map(|(n, (signs, _))| {
                signs.iter().any(|s| s.iter().all(|c| c.may_hold_for(doc))).then_some(n as u16)
            });
            self.shapes.insert(shape, all.collect());
        }
        let mut chosen = Chosen::default();
        for at in self.shapes.get(&shape).into_iter().flatten() {
            let at = usize::from(*at);
            let place = if PRODUCTS[at].carrier { &mut chosen.carrier } else { &mut chosen.product };
            let (signs, _) = &self.ready.products[at];
            if place.is_none() && signs.iter().any(|s| s.iter().all(|c| c.holds_for(&self.doc))) {
                *place = Some(at);
            }
        }
        if let (Chosen { product: None, carrier: None }, Some(at)) = (chosen, self.otherwise) {
            if PRODUCTS.get(at).is_some_and(|p| p.carrier) {
                chosen.carrier = Some(at)
            } else {
                chosen.product = Some(at)
            }
        }
        chosen
    }

    fn run(
        &mut self,
        at: usize,
        ctx: &ParseContext,
        out: &mut dyn Sink,
        fields: &mut Fields,
        time: &mut Option<Stamp>,
        bad_time: &mut Option<String>,
    ) {
        let (product, (_, map)) = (&PRODUCTS[at], &self.ready.products[at]);
        let mut say = Say {
            doc: &mut self.doc,
            fields,
            out,
            ids: &mut self.ids,
            ctx,
            time: *time,
            bad_time: bad_time.take(),
        };
        if let Some(first) = product.first {
            first(&mut say);
        }
        map.run(&mut say, &mut self.lists, &mut self.work);
        if let Some(finish) = product.finish {
            finish(&mut say);
        }
        (*time, *bad_time) = (say.time, say.bad_time);
    }

    /// Keeps all under their own names, and guesses what is still open.
    fn keep(
        &mut self,
        ctx: &ParseContext,
        out: &mut dyn Sink,
        fields: &mut Fields,
        time: &mut Option<Stamp>,
        bad_time: &mut Option<String>,
    ) {
        let guesses = self.chosen.product.is_none_or(|at| PRODUCTS[at].guess);
        self.lists.clear();
        self.held.clear();
        if self.may_be_windows && self.chosen.product.is_none() {
            self.windows_event(out, fields);
        }
        let mut places = self.doc.places();
        while let Some(at) = places.next(&self.doc) {
            let item = self.doc.item(at);
            if item.used {
                continue;
            }
            let mut info = self.info(item.path);
            let name = self.doc.name(item.path);
            let value = self.doc.value(at);
            match info.role {
                Role::Time(rank) | Role::Message(rank) => {
                    let open = match info.role {
                        Role::Time(_) => time.is_none(),
                        _ => !fields.has(known::MESSAGE),
                    };
                    let open = open && !matches!(value, Leaf::Text(""));
                    if open && self.held.len() < 200 {
                        self.held.push((rank, at as u32));
                        if !item.listed {
                            continue;
                        }
                    }
                }
                Role::Also(_, rank) if guesses && self.held.len() < 200 => {
                    self.held.push((rank, at as u32));
                }
                _ => {}
            }
            let id = info.own.id(name, out);
            if let Some(slot) = self.infos.get_mut(item.path.0 as usize) {
                *slot = Some(info);
            }
            let Some(id) = id else { continue };
            if item.listed {
                self.lists.push(id, value);
            } else {
                info.own.give(fields, id, value);
            }
        }
        self.lists.give(fields);
        // By rank; the sort is stable, so of equals the first one counts.
        self.held.sort_by_key(|(rank, _)| *rank);
        let mut message = fields.has(known::MESSAGE);
        for n in 0..self.held.len() {
            let at = self.held[n].1 as usize;
            let item = self.doc.item(at);
            let mut info = self.info(item.path);
            let value = self.doc.value(at);
            match info.role {
                Role::Time(rank) if time.is_none() => {
                    if may_be_time(rank, value) {
                        *time = super::json_values::stamp(ctx, value);
                    }
                    if time.is_some() && rank < LIKELY_TIME {
                        continue;
                    }
                    if let (true, Leaf::Text(text)) = (rank < LIKELY_TIME && bad_time.is_none(), value)
                        && text.len() > 2
                    {
                        *bad_time = Some(text.chars().take(60).collect());
                    }
                }
                Role::Message(_) if !message => {
                    message = true;
                    give(fields, known::MESSAGE, value);
                    continue;
                }
                Role::Also(to, _) => {
                    second_name(fields, to, value, &mut self.ids, out);
                    continue;
                }
                _ => {}
            }
            if !item.listed
                && let Some(id) = info.own.id(self.doc.name(item.path), out)
            {
                info.own.give(fields, id, value);
            }
        }
    }

    /// What a Windows event means, from its named values.
    fn windows_event(&mut self, out: &mut dyn Sink, fields: &mut Fields) {
        self.windows.clear();
        for at in 0..self.doc.len() {
            let item = self.doc.item(at);
            let Some(name) = self.info(item.path).windows else { continue };
            match self.doc.value(at) {
                Leaf::Text(text) => self.windows.add(name, text),
                Leaf::Int(n) => self.windows.add(name, &n.to_string()),
                _ => {}
            }
        }
        if fields.has(known::EVENT_CATEGORY) {
            return;
        }
        let ids = self.windows_ids.get_or_insert_with(|| windows_events::Ids::new(out));
        if let Some((code, channel, provider)) = windows_events::identity(&self.windows) {
            windows_events::explain(provider, channel, code, &self.windows, ids, fields);
        }
    }

    /// Hands the message to those who know what programs say.
    pub fn speak(
        &mut self,
        ctx: &ParseContext,
        out: &mut dyn Sink,
        fields: &mut Fields,
        time: &mut Option<Stamp>,
    ) -> bool {
        let Some(message) = fields.get_text(known::MESSAGE) else { return false };
        if message.len() < 8 || message.len() > 64 << 10 || looks_like_json(Leaf::Text(message)) {
            return false;
        }
        let (text, program) = &mut self.spoken;
        message.trim_end().clone_into(text);
        fields.get_text(known::PROCESS_NAME).unwrap_or_default().clone_into(program);
        let names = self.names.get_or_insert_with(|| said::Names::new(out));
        let mut said = Said { fields, names, ctx, out, time: None };
        let understood = program.is_empty() && with_header(text.as_bytes(), &mut said)
            || said::message(program.as_bytes(), text.as_bytes(), &mut said);
        if time.is_none() {
            *time = said.time;
        }
        understood
    }

    /// Which products the record read last is of.
    #[must_use]
    pub fn chosen(&self) -> Chosen {
        self.chosen
    }
}

/// A whole line of syslog as a message, or one with a program's name in front.
fn with_header(line: &[u8], said: &mut Said<'_>) -> bool {
    if let Some(header) = header::parse(line, said.ctx) {
        if !header.host.is_empty() {
            said.fields.bytes(known::HOST_NAME, header.host);
        }
        if !header.program.is_empty() {
            said.fields.bytes(known::PROCESS_NAME, header.program);
        }
        if let Some(pid) = whole(header.pid) {
            said.fields.int(known::PROCESS_PID, pid);
        }
        let understood = said::message(header.program, header.message, said);
        said.time = said.time.or(header.time);
        return understood;
    }
    // `web1 nginx: 192.0.2.1 - - [...`
    let Some(colon) = memchr::memmem::find(&line[..line.len().min(80)], b": ") else { return false };
    let program = line[..colon].rsplit(|b| *b == b' ').next().unwrap_or_default();
    !program.is_empty() && said::message(program, &line[colon + 2..], said)
}

/// Whether a text may be an object.
fn looks_like_json(leaf: Leaf<'_>) -> bool {
    let Leaf::Text(text) = leaf else { return false };
    let text = text.trim_ascii();
    text.len() > 6 && text.starts_with('{') && text.ends_with('}')
}

impl Shape for Reader {
    fn read(
        &mut self,
        json: &[u8],
        around: &Around,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Told, String> {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        let told = self.read_into(json, around, ctx, out, &mut fields);
        self.fields = fields;
        told
    }

    fn text(&mut self, line: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Result<Told, String> {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        let (time, _) = super::json_prefixed::take_apart(line, self, ctx, out, &mut fields);
        self.fields = fields;
        Ok(Told { time, ..Told::default() })
    }

    fn fields(&self) -> &Fields {
        &self.fields
    }
}
