//! A declared format made ready to read with: its regular expressions, and for each of their groups the field that it
//! fills. Says what is wrong and where. Which words mean what in a value is [`super::kinds`]'s.

use super::kinds::Kind;
use super::spec::{Constant, Mapping, Pattern, SaidBy, Spec, Target};
use super::{BadFormat, kinds};
use crate::normalise::time::zone::Zone;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use std::collections::BTreeMap;
use toml::Spanned;

/// Ready to read with.
pub struct Compiled {
    pub(super) patterns: Vec<Ready>,
    pub(super) details: Vec<Ready>,
    /// Which patterns fit, in one pass, where there are many.
    pub(super) which: Option<RegexSet>,
    pub(super) which_detail: Option<RegexSet>,
    pub(super) start: Option<Regex>,
    pub(super) skip: Option<Regex>,
    joins: bool,
    /// The names of all fields, and their constants.
    pub(super) names: Vec<String>,
    pub(super) set: Vec<(usize, Constant)>,
    pub(super) said: Option<SaidBy>,
}

/// A pattern or a detail.
pub(super) struct Ready {
    pub regex: Regex,
    pub slots: Vec<Slot>,
    pub set: Vec<(usize, Constant)>,
    /// The groups of the time, in order.
    pub time: Vec<usize>,
    pub message: Option<usize>,
    /// The group that a detail looks at, for each pattern.
    pub of: Vec<Option<usize>>,
}

/// What a group fills.
pub(super) struct Slot {
    pub group: usize,
    pub name: usize,
    pub kind: Kind,
    pub values: Vec<(Box<[u8]>, Constant)>,
}

impl Compiled {
    /// Whether a record may have several lines.
    #[must_use]
    pub fn joins(&self) -> bool {
        self.joins
    }
}

/// From how many patterns on all are looked for at once first.
const MANY: usize = 4;
/// Bytes that a regular expression may take when it is compiled, and its lazy automaton when it runs.
const LARGEST: usize = 4 << 20;

/// Makes a format ready.
///
/// # Errors
/// What is wrong with it, and where.
pub fn compile(spec: &Spec, text: &str) -> Result<Compiled, BadFormat> {
    let mut maker = Maker { spec, text, names: Vec::new() };
    let patterns =
        spec.pattern.iter().map(|p| maker.pattern(p, true)).collect::<Result<Vec<_>, BadFormat>>()?;
    let mut details =
        spec.detail.iter().map(|p| maker.pattern(p, false)).collect::<Result<Vec<_>, BadFormat>>()?;
    for (ready, detail) in details.iter_mut().zip(&spec.detail) {
        let of = detail.of.as_deref().unwrap_or("message");
        ready.of = patterns.iter().map(|p| group_of(&p.regex, of)).collect();
        if ready.of.iter().all(Option::is_none) {
            let message = format!("no pattern has a group \"{of}\" for this detail to look at");
            return Err(place(text, detail.regex.span().start, message));
        }
    }
    for name in spec.fields.keys() {
        let known =
            spec.pattern.iter().chain(&spec.detail).any(|p| p.regex.get_ref().contains(name.as_str()));
        if !known {
            let at = text.find(name.as_str()).unwrap_or(0);
            return Err(place(text, at, format!("no pattern has a group \"{name}\"")));
        }
    }
    let start = spec.start.as_ref().map(|r| regex(r, text)).transpose()?;
    let skip = spec.skip.as_ref().map(|r| regex(r, text)).transpose()?;
    maker.time(&patterns)?;
    let set = maker.constants(&spec.set);
    Ok(Compiled {
        which: many(&spec.pattern, text)?,
        which_detail: many(&spec.detail, text)?,
        patterns,
        details,
        joins: spec.joins || start.is_some(),
        start,
        skip,
        set,
        names: maker.names,
        said: spec.said.clone().filter(|s| !matches!(s, SaidBy::Named(false))),
    })
}

struct Maker<'a> {
    spec: &'a Spec,
    text: &'a str,
    names: Vec<String>,
}

impl Maker<'_> {
    fn name(&mut self, name: &str) -> usize {
        if let Some(at) = self.names.iter().position(|n| n == name) {
            return at;
        }
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    fn constants(&mut self, set: &BTreeMap<String, Constant>) -> Vec<(usize, Constant)> {
        set.iter().map(|(name, value)| (self.name(name), value.clone())).collect()
    }

    fn pattern(&mut self, pattern: &Pattern, of_line: bool) -> Result<Ready, BadFormat> {
        let regex = regex(&pattern.regex, self.text)?;
        for name in pattern.fields.keys() {
            if group_of(&regex, name).is_none() {
                let message = format!("the pattern has no group \"{name}\"");
                return Err(place(self.text, pattern.regex.span().start, message));
            }
        }
        let times = time_groups(self.spec, &regex);
        let mut slots = Vec::new();
        for (group, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            if of_line && (times.contains(&group) || name == "message") {
                continue;
            }
            let mapping = pattern.fields.get(name).or_else(|| self.spec.fields.get(name));
            if let Some(slot) = self.slot(group, name, mapping, pattern)? {
                slots.push(slot);
            }
        }
        let set = self.constants(&pattern.set);
        let message = group_of(&regex, "message");
        Ok(Ready {
            time: if of_line { times } else { Vec::new() },
            message,
            regex,
            slots,
            set,
            of: Vec::new(),
        })
    }

    fn slot(
        &mut self,
        group: usize,
        name: &str,
        mapping: Option<&Mapping>,
        pattern: &Pattern,
    ) -> Result<Option<Slot>, BadFormat> {
        let plain = Target { to: None, kind: None, values: BTreeMap::new() };
        let target = match mapping {
            None => plain,
            Some(Mapping::To(to)) => Target { to: Some(to.clone()), ..plain },
            Some(Mapping::More(more)) => (**more).clone(),
        };
        let to = match &target.to {
            Some(to) => to.clone(),
            None => kinds::usual_name(name).map_or_else(
                || {
                    if name.contains('.') {
                        name.to_owned()
                    } else {
                        format!("{}.{name}", self.spec.id.get_ref())
                    }
                },
                str::to_owned,
            ),
        };
        if to.is_empty() {
            return Ok(None);
        }
        let kind = match &target.kind {
            None => kinds::usual(&to),
            Some(word) => kinds::named(word).ok_or_else(|| {
                let message =
                    format!("there is no kind \"{word}\" of value; there are {}", kinds::WORDS.join(", "));
                let at = self.text.find(&format!("\"{word}\"")).unwrap_or(pattern.regex.span().start);
                place(self.text, at, message)
            })?,
        };
        let mut values: Vec<(Box<[u8]>, Constant)> =
            target.values.iter().map(|(word, value)| (word.as_bytes().into(), value.clone())).collect();
        if to == "log.level" {
            let own = self.spec.level.iter();
            values.extend(own.map(|(word, value)| (word.as_bytes().into(), Constant::Text(value.clone()))));
        }
        // Every other word stands last.
        values.sort_by_key(|(word, _)| &**word == b"*");
        Ok(Some(Slot { group, name: self.name(&to), kind, values }))
    }

    /// Whether what is said of the time can be.
    fn time(&self, patterns: &[Ready]) -> Result<(), BadFormat> {
        let Some(time) = &self.spec.time else { return Ok(()) };
        if let Some(zone) = &time.zone
            && let Err(why) = Zone::parse(zone.get_ref())
        {
            return Err(place(self.text, zone.span().start, why));
        }
        if let Some(epoch) = &time.epoch
            && kinds::unit(epoch).is_none()
        {
            let message = format!("\"{epoch}\" counts nothing that is known; give s, ms, us or ns");
            return Err(place(self.text, self.text.find(epoch.as_str()).unwrap_or(0), message));
        }
        // A layout that can write a time can read one, too.
        let epoch = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        if let Some(layout) = &time.layout
            && let Err(why) = jiff::fmt::strtime::format(layout.get_ref(), &epoch)
        {
            return Err(place(self.text, layout.span().start, format!("the layout is wrong: {why}")));
        }
        if time.from.is_some() && patterns.iter().all(|p| p.time.is_empty()) {
            let named: Vec<&str> = time.from.iter().flat_map(|f| f.all()).collect();
            let message = format!("no pattern has the groups of the time: {}", named.join(", "));
            return Err(place(self.text, self.text.find("[time]").unwrap_or(0), message));
        }
        Ok(())
    }
}

/// The groups of a pattern that hold the time: those that `[time]` names, else `time`, else `date` and `clock`.
fn time_groups(spec: &Spec, regex: &Regex) -> Vec<usize> {
    let find = |names: &[&str]| -> Vec<usize> {
        let groups: Vec<usize> = names.iter().filter_map(|n| group_of(regex, n)).collect();
        if groups.len() == names.len() { groups } else { Vec::new() }
    };
    if let Some(from) = spec.time.as_ref().and_then(|t| t.from.as_ref()) {
        return find(&from.all());
    }
    for names in [&["date", "time"][..], &["time"], &["timestamp"], &["date"]] {
        let groups = find(names);
        if !groups.is_empty() {
            return groups;
        }
    }
    Vec::new()
}

fn group_of(regex: &Regex, name: &str) -> Option<usize> {
    regex.capture_names().position(|n| n == Some(name))
}

/// Letters beyond ASCII and classes such as `\p{L}` need Unicode; all else is faster without.
fn unicode(pattern: &str) -> bool {
    !pattern.is_ascii() || pattern.contains("\\p") || pattern.contains("\\P")
}

fn regex(pattern: &Spanned<String>, text: &str) -> Result<Regex, BadFormat> {
    let source = pattern.get_ref();
    RegexBuilder::new(source)
        .unicode(unicode(source))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build()
        .map_err(|why| bad_regex(pattern, text, &why))
}

fn many(patterns: &[Pattern], text: &str) -> Result<Option<RegexSet>, BadFormat> {
    if patterns.len() < MANY {
        return Ok(None);
    }
    let sources: Vec<&str> = patterns.iter().map(|p| p.regex.get_ref().as_str()).collect();
    let set = RegexSetBuilder::new(&sources)
        .unicode(sources.iter().any(|s| unicode(s)))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build();
    // All together may be too large, or mean another thing with Unicode: then they are tried one after another.
    let mixed = sources.iter().any(|s| unicode(s)) && !sources.iter().all(|s| unicode(s));
    let _ = text;
    Ok(set.ok().filter(|_| !mixed))
}

/// A wrong expression with its place, which `regex` itself tells in words only.
fn bad_regex(pattern: &Spanned<String>, text: &str, why: &regex::Error) -> BadFormat {
    let source = pattern.get_ref();
    let (at, message) = match wrong_at(source) {
        Some((at, what)) => {
            (Some(at), format!("the pattern is wrong at character {}: {what}", chars(source, at) + 1))
        }
        None => {
            let said = match why {
                regex::Error::CompiledTooBig(most) => {
                    format!("the pattern is too large: compiled it takes more than {} MB", most >> 20)
                }
                other => {
                    let words = other.to_string();
                    let last =
                        words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    format!("the pattern is wrong: {last}")
                }
            };
            (None, said)
        }
    };
    let span = pattern.span();
    // In the file the pattern stands as it is, between quotes; one that is written with escapes is only begun at.
    let inner = text.get(span.clone()).and_then(|raw| raw.find(source.as_str())).unwrap_or(0);
    let mut bad = place(text, span.start + inner + at.unwrap_or(0), message);
    bad.at = at;
    bad
}

/// Where an expression is wrong (bytes), and what is.
#[must_use]
pub fn wrong_at(source: &str) -> Option<(usize, String)> {
    let parsed =
        regex_syntax::ParserBuilder::new().unicode(unicode(source)).utf8(false).build().parse(source);
    match parsed {
        Ok(_) => None,
        Err(regex_syntax::Error::Parse(why)) => Some((why.span().start.offset, why.kind().to_string())),
        Err(regex_syntax::Error::Translate(why)) => Some((why.span().start.offset, why.kind().to_string())),
        Err(other) => Some((0, other.to_string())),
    }
}

fn chars(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(i, _)| *i < at).count()
}

/// A place in the file's text, with what is wrong there.
#[must_use]
pub fn place(text: &str, at: usize, message: String) -> BadFormat {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    BadFormat { line, column, message, at: None }
}
