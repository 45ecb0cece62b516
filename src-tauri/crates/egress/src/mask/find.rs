//! Where in a text something must be masked: every detector says its spans, overlaps are settled here. What takes a
//! span's place is `pseudonym`'s.

use super::{Kind, addresses, encoded, names, numbers, secrets, values::Values};

/// Characters that few logs hold: what is given to a model may write white space of a log as one of these, so that it sees what is
/// data. The mask must know them, or a value between two of them would not look like one.
pub const MARKERS: &[char] = &[
    '\u{2038}', '\u{2041}', '\u{204a}', '\u{2058}', '\u{205a}', '\u{2e17}', '\u{2e2c}', '\u{2e36}',
    '\u{2e3d}', '\u{b7}', '\u{2027}',
];

/// A place in a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

impl Span {
    pub fn new(start: usize, end: usize, kind: Kind) -> Self {
        Self { start, end, kind }
    }

    /// Which of two that overlap stands.
    fn weight(self) -> u8 {
        match self.kind {
            Kind::Secret => 9,
            Kind::Card | Kind::NationalId => 8,
            Kind::Email => 7,
            Kind::Address | Kind::Mac => 6,
            Kind::Domain => 5,
            Kind::User | Kind::Host | Kind::Value => 4,
            Kind::Encoded => 3,
        }
    }
}

pub(super) struct Finder {
    values: Values,
}

impl Finder {
    pub fn new(values: impl IntoIterator<Item = (Kind, String)>) -> Result<Self, String> {
        Ok(Self { values: Values::new(values)? })
    }

    /// Everything to be masked, in order, without overlaps. Names of the case only where `names`.
    pub fn find(&self, text: &str, names: bool) -> Vec<Span> {
        self.within(text, names, 0)
    }

    /// As [`Finder::find`], inside of so many codings. Where white space is written as one of [`MARKERS`], a value is looked
    /// for between these as between spaces.
    pub fn within(&self, text: &str, with_names: bool, depth: u8) -> Vec<Span> {
        let mut spans = self.look(text, with_names, depth);
        if text.contains(MARKERS) {
            // As many bytes as before, so that places stay what they are.
            let spaced: String = text
                .chars()
                .flat_map(|c| if MARKERS.contains(&c) { [' '].repeat(c.len_utf8()) } else { vec![c] })
                .collect();
            spans.extend(self.look(&spaced, with_names, depth));
            return settled(spans);
        }
        spans
    }

    fn look(&self, text: &str, with_names: bool, depth: u8) -> Vec<Span> {
        let mut spans = Vec::new();
        secrets::find(text, &mut spans);
        numbers::find(text, &mut spans);
        addresses::find(text, &mut spans);
        if with_names {
            names::find(text, &mut spans);
            self.values.find(text, &mut spans);
        }
        let spans = settled(spans);
        if depth >= encoded::DEPTH {
            return spans;
        }
        let mut more = Vec::new();
        encoded::find(self, text, &spans, with_names, depth, &mut more);
        if more.is_empty() {
            return spans;
        }
        // A coded token is replaced whole: what lies in it goes with it.
        let outside = |s: &Span| !more.iter().any(|m| m.start <= s.start && s.end <= m.end);
        let mut all: Vec<Span> = spans.into_iter().filter(outside).collect();
        all.extend(more);
        settled(all)
    }

    pub fn values(&self) -> &Values {
        &self.values
    }
}

/// Without overlaps: spans that touch become one, so that no part of a value stays behind. It is of the weightiest kind where
/// that one covers it whole, a secret where one is in it, else what the longest is.
fn settled(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|s| s.start < s.end);
    spans.sort_by_key(|s| (s.start, std::cmp::Reverse(s.end)));
    let mut kept: Vec<Span> = Vec::new();
    let mut group: Vec<Span> = Vec::new();
    let mut close = |group: &mut Vec<Span>| {
        let (Some(start), Some(end)) =
            (group.iter().map(|s| s.start).min(), group.iter().map(|s| s.end).max())
        else {
            return;
        };
        let whole = group.iter().filter(|s| s.start == start && s.end == end).max_by_key(|s| s.weight());
        let secret = group.iter().find(|s| s.kind == Kind::Secret);
        let longest = group.iter().max_by_key(|s| (s.end - s.start, s.weight()));
        if let Some(of) = secret.or(whole).or(longest) {
            kept.push(Span::new(start, end, of.kind));
        }
        group.clear();
    };
    let mut reach = 0;
    for span in spans {
        if span.start >= reach {
            close(&mut group);
        }
        reach = reach.max(span.end);
        group.push(span);
    }
    close(&mut group);
    kept
}

/// Whether a place begins and ends between words: no letter or digit beside it.
pub(super) fn bounded(text: &str, start: usize, end: usize) -> bool {
    let word = |c: char| c.is_alphanumeric();
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(word) && !after.is_some_and(word)
}
