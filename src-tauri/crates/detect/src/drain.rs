//! Message templates: which words of a program's messages stay and which vary, found online with bounded memory. Algorithm: Drain
//! (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", 2017) as Drain3 runs it: digits and hex are
//! masked first, depth 4, similarity 0.4, at most 100 children. Written here because the crates that have it are either not alive
//! or bring regular expressions for each message.

use crate::DetectError;
use crate::table::{NONE, Names};
use rustc_hash::FxHashMap;
use timberline_model::filter::Pattern;
use timberline_model::time::MINUTE;
use timberline_model::{BatchColumn, Ctx, EventStore, Filter, NO_TIME, TimeRange};

/// Width of the bins that templates are counted in, ns.
pub const BIN: i64 = 5 * MINUTE;
const SIMILARITY: f64 = 0.4;
/// Words that decide the path in the tree: depth 4 less the root and the leaf.
const PATH_WORDS: usize = 2;
const MAX_CHILDREN: usize = 100;
const MAX_WORDS: usize = 48;
const MAX_TEMPLATES: usize = 1_500;
const MAX_SCOPES: usize = 2_000;
const MAX_VOCABULARY: usize = 200_000;
/// The word that varies.
const WILD: u32 = 0;

/// The templates of one program's messages.
#[derive(Default)]
pub struct Miner {
    words: FxHashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// Leaves of the tree: number of words and the first of them.
    leaves: FxHashMap<(u8, [u32; PATH_WORDS]), Vec<u32>>,
    children: FxHashMap<(u8, [u32; PATH_WORDS]), u32>,
    templates: Vec<Vec<u32>>,
    line: Vec<u32>,
    masked: String,
}

impl Miner {
    /// The template of a message, made where it is new; `None` when there is no room for more.
    pub fn template(&mut self, message: &str) -> Option<u32> {
        let first_line = message.lines().next().unwrap_or_default();
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        for word in first_line.split_whitespace().take(MAX_WORDS) {
            mask(word, &mut self.masked);
            line.push(match self.words.get(self.masked.as_str()) {
                Some(code) => *code,
                None if self.masked == "*" || self.texts.len() >= MAX_VOCABULARY => WILD,
                None => {
                    if self.texts.is_empty() {
                        self.texts.push("*".into());
                    }
                    let code = self.texts.len() as u32;
                    self.words.insert(self.masked.as_str().into(), code);
                    self.texts.push(self.masked.as_str().into());
                    code
                }
            });
        }
        let found = self.place(&line);
        self.line = line;
        found
    }

    fn place(&mut self, line: &[u32]) -> Option<u32> {
        let length = line.len() as u8;
        let mut path = [WILD; PATH_WORDS];
        for (depth, slot) in path.iter_mut().enumerate() {
            let word = line.get(depth).copied().unwrap_or(WILD);
            // Words with something masked in them lead nowhere of their own.
            *slot = if self.texts.get(word as usize).is_some_and(|t| t.contains('*')) { WILD } else { word };
        }
        if !self.leaves.contains_key(&(length, path)) {
            let parent = (length, [WILD; PATH_WORDS]);
            let children = self.children.entry(parent).or_default();
            if *children as usize >= MAX_CHILDREN {
                path = [WILD; PATH_WORDS];
            } else {
                *children += 1;
            }
        }
        let leaf = self.leaves.entry((length, path)).or_default();
        let mut best: Option<(f64, usize, u32)> = None;
        for &at in leaf.iter() {
            let Some(template) = self.templates.get(at as usize) else { continue };
            let same = template.iter().zip(line).filter(|(a, b)| a == b && **a != WILD).count();
            let wild = template.iter().filter(|w| **w == WILD).count();
            let share = same as f64 / line.len().max(1) as f64;
            if best.is_none_or(|(s, w, _)| (share, wild) > (s, w)) {
                best = Some((share, wild, at));
            }
        }
        let alike = |share: f64| share >= SIMILARITY || line.iter().all(|w| *w == WILD);
        if let Some((share, _, at)) = best
            && alike(share)
        {
            for (word, seen) in self.templates.get_mut(at as usize)?.iter_mut().zip(line) {
                if word != seen {
                    *word = WILD;
                }
            }
            return Some(at);
        }
        if self.templates.len() >= MAX_TEMPLATES {
            return None;
        }
        let at = self.templates.len() as u32;
        leaf.push(at);
        self.templates.push(line.to_vec());
        Some(at)
    }

    /// A template in words; `*` stands for what varies.
    #[must_use]
    pub fn text(&self, template: u32) -> String {
        let mut out = String::new();
        for word in self.templates.get(template as usize).into_iter().flatten() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(self.texts.get(*word as usize).map_or("*", |t| t));
        }
        out
    }

    /// A pattern of messages that holds for all of a template: its fixed texts in order.
    #[must_use]
    pub fn pattern(&self, template: u32) -> Pattern {
        let text = self.text(template);
        let mut pieces: Vec<String> = Vec::new();
        // Between two words there may be more than one blank.
        for (n, piece) in text.split([' ', '*']).enumerate() {
            if n == 0 || !piece.is_empty() {
                pieces.push(piece.to_owned());
            }
        }
        pieces.push(String::new());
        Pattern::wild(pieces)
    }

    /// How many fixed letters a template has: below a few, its pattern says nothing.
    #[must_use]
    pub fn letters(&self, template: u32) -> usize {
        self.text(template).chars().filter(|c| c.is_alphabetic()).count()
    }

    /// How many templates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.templates.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }
}

/// Puts `*` in place of what varies by its look: numbers with what stands between their digits, and hex of eight digits and more.
fn mask(word: &str, out: &mut String) {
    out.clear();
    if !word.bytes().any(|b| b.is_ascii_digit()) {
        out.push_str(word);
        return;
    }
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let hex = rest.iter().take_while(|b| b.is_ascii_hexdigit() || **b == b'-').count();
        let run = rest.iter().take(hex);
        let digits = run.clone().filter(|b| b.is_ascii_digit()).count();
        let number = rest
            .iter()
            .take_while(|b| b.is_ascii_digit() || matches!(**b, b'.' | b':' | b'-' | b'x' | b'X'))
            .count();
        let taken = if hex >= 8 && digits >= 2 {
            hex
        } else if rest.first().is_some_and(u8::is_ascii_digit) {
            // "8080:" ends with what is no part of the number.
            let run = rest.get(..number).unwrap_or_default();
            number - run.iter().rev().take_while(|b| !b.is_ascii_digit()).count()
        } else {
            0
        };
        if taken > 0 {
            if !out.ends_with('*') {
                out.push('*');
            }
            at += taken;
            continue;
        }
        let Some(c) = word.get(at..).and_then(|t| t.chars().next()) else { break };
        out.push(c);
        at += c.len_utf8();
    }
}

/// A template and how often it was written when.
pub struct Counted {
    /// Its number in the scope's miner.
    pub template: u32,
    /// Messages.
    pub count: u64,
    /// Those of them that were logged as errors.
    pub errors: u64,
    /// First, ns.
    pub first_ns: i64,
    /// Last, ns.
    pub last_ns: i64,
    /// The first message, its first line, cut.
    pub example: String,
    /// Messages by bin (time / [`BIN`]).
    pub bins: FxHashMap<i64, u32>,
}

/// The messages of one program.
pub struct Scope {
    /// `event.dataset`, where there is one.
    pub dataset: Option<String>,
    /// `process.name`, where there is one.
    pub program: Option<String>,
    /// Its templates.
    pub miner: Miner,
    /// Counts, at the template's number.
    pub templates: Vec<Counted>,
    /// Messages.
    pub count: u64,
    /// First message, ns.
    pub first_ns: i64,
    /// Last message, ns.
    pub last_ns: i64,
    /// Errors by bin, and the level's texts that said so.
    pub errors: FxHashMap<i64, u32>,
    /// How errors are named.
    pub error_levels: Vec<String>,
}

impl Scope {
    /// The filter that gives its messages.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let of = |field: &str, value: &Option<String>| match value {
            Some(value) => Filter::is(field, value),
            None => Filter::exists(field).negate(),
        };
        of("event.dataset", &self.dataset).and(of("process.name", &self.program)).and(text_logs())
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.program.as_deref().or(self.dataset.as_deref()).unwrap_or("the text log")
    }
}

/// What is no text log: Windows' events have kinds of their own, and failed logins are told by who failed.
fn text_logs() -> Filter {
    Filter::exists("winlog.channel").negate().and(Filter::is("event.category", "authentication").negate())
}

/// The messages of all programs.
#[derive(Default)]
pub struct Templates(pub Vec<Scope>);

/// Whether a level means an error.
#[must_use]
pub fn is_error_level(level: &str) -> bool {
    const ERRORS: [&str; 16] = [
        "error",
        "err",
        "e",
        "fatal",
        "f",
        "critical",
        "crit",
        "c",
        "alert",
        "emerg",
        "emergency",
        "panic",
        "severe",
        "failure",
        "eror",
        "exception",
    ];
    ERRORS.iter().any(|e| level.eq_ignore_ascii_case(e))
}

impl Templates {
    /// Gathers them from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut names = Names::default();
        let mut scopes: Vec<Scope> = Vec::new();
        let mut keys: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        let filter = Filter::exists("message").and(text_logs());
        let fields = ["message", "event.dataset", "process.name", "log.level"];
        events.scan(range, &filter, &fields, ctx, &mut |batch| {
            let rows = batch.ids.len();
            let Some(BatchColumn::Text { dict, codes }) = batch.columns.first() else { return true };
            let dataset = names.codes(batch.columns.get(1), rows);
            let program = names.codes(batch.columns.get(2), rows);
            let errors = crate::table::flags_of(batch.columns.get(3), rows, |t| u8::from(is_error_level(t)));
            // The template of a text, by the scope it was last seen in.
            let mut known: Vec<(usize, u32)> = vec![(usize::MAX, NONE); dict.len()];
            for (row, code) in codes.iter().enumerate() {
                let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
                let Some(&time) = batch.times.get(row).filter(|t| **t != NO_TIME) else { continue };
                let Some(text) = dict.get(*code as usize).filter(|t| !t.is_empty()) else { continue };
                let key = (at(&dataset), at(&program));
                let scope = match keys.get(&key) {
                    Some(scope) => *scope,
                    None if scopes.len() >= MAX_SCOPES => continue,
                    None => {
                        let name = |code: u32| (code != NONE).then(|| names.text(code).to_owned());
                        scopes.push(Scope {
                            dataset: name(key.0),
                            program: name(key.1),
                            miner: Miner::default(),
                            templates: Vec::new(),
                            count: 0,
                            first_ns: i64::MAX,
                            last_ns: i64::MIN,
                            errors: FxHashMap::default(),
                            error_levels: Vec::new(),
                        });
                        keys.insert(key, scopes.len() - 1);
                        scopes.len() - 1
                    }
                };
                let Some(of) = scopes.get_mut(scope) else { continue };
                let error = errors.get(row).copied().unwrap_or(0) == 1;
                of.take(time, error, batch.columns.get(3).and_then(|c| c.text(row)));
                let template = match known.get(*code as usize) {
                    Some((last, template)) if *last == scope => *template,
                    _ => of.miner.template(text).unwrap_or(NONE),
                };
                if let Some(slot) = known.get_mut(*code as usize) {
                    *slot = (scope, template);
                }
                if template != NONE {
                    of.add(template, time, error, text);
                }
            }
            true
        })?;
        ctx.check()?;
        scopes.sort_by(|a, b| (&a.dataset, &a.program).cmp(&(&b.dataset, &b.program)));
        Ok(Self(scopes))
    }
}

impl Scope {
    fn take(&mut self, time: i64, error: bool, level: Option<&str>) {
        self.count += 1;
        self.first_ns = self.first_ns.min(time);
        self.last_ns = self.last_ns.max(time);
        if error {
            *self.errors.entry(time.div_euclid(BIN)).or_default() += 1;
            if let Some(level) = level.filter(|l| !self.error_levels.iter().any(|e| e == l)) {
                self.error_levels.push(level.to_owned());
            }
        }
    }

    fn add(&mut self, template: u32, time: i64, error: bool, text: &str) {
        while self.templates.len() <= template as usize {
            self.templates.push(Counted {
                template: self.templates.len() as u32,
                count: 0,
                errors: 0,
                first_ns: i64::MAX,
                last_ns: i64::MIN,
                example: String::new(),
                bins: FxHashMap::default(),
            });
        }
        let Some(of) = self.templates.get_mut(template as usize) else { return };
        if time < of.first_ns {
            of.first_ns = time;
            of.example = text.lines().next().unwrap_or_default().chars().take(160).collect();
        }
        of.last_ns = of.last_ns.max(time);
        of.count += 1;
        of.errors += u64::from(error);
        *of.bins.entry(time.div_euclid(BIN)).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_vary_by_their_look_are_masked() {
        for (word, expect) in [
            ("port=5432,", "port=*,"),
            ("10.20.0.1:443", "*"),
            ("blk_-1608999687919862906", "blk_*"),
            ("user", "user"),
            ("0x7f3a9c001", "*"),
            ("4f1b2c3d-aa00-4e5f-9d77-0123456789ab", "*"),
            ("deadbeef", "deadbeef"),
            ("é12é", "é*é"),
        ] {
            let mut out = String::new();
            mask(word, &mut out);
            assert_eq!(out, expect, "{word}");
        }
    }

    #[test]
    fn messages_of_one_kind_are_one_template_and_its_pattern_holds_for_all() {
        let mut miner = Miner::default();
        let said = [
            "Connection from 10.0.0.1 port 22 closed by alice",
            "Connection from 10.0.0.9 port 22001 closed by bob",
            "Out of memory: killed process 77",
            "Connection  from 10.0.0.7 port 5 closed by eve",
        ];
        let of: Vec<u32> = said.iter().filter_map(|m| miner.template(m)).collect();
        assert_eq!(of, [0, 0, 1, 0]);
        assert_eq!(miner.text(0), "Connection from * port * closed by *");
        let pattern = miner.pattern(0);
        assert!(said.iter().zip(&of).all(|(m, t)| pattern.is_match(m) == (*t == 0)));
    }

    #[test]
    fn memory_stays_bounded_whatever_is_written() {
        let mut miner = Miner::default();
        for n in 0..20_000u32 {
            let word = |k: u32| {
                let x = (n.wrapping_mul(2_654_435_761) >> k) % 9_000;
                (0..4).map(|i| char::from(b'a' + ((x >> (i * 3)) % 26) as u8)).collect::<String>()
            };
            miner.template(&format!("{} {} {} {}", word(1), word(5), word(9), word(13)));
        }
        assert!(miner.len() <= MAX_TEMPLATES);
    }
}
