//! Where in a text something must be masked: every detector says its spans, overlaps are settled here. What takes a
//! span's place is `pseudonym`'s.

use super::{Kind, addresses, encoded, names, numbers, secrets, values::Values};

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

    /// As [`Finder::find`], inside of so many codings.
    pub fn within(&self, text: &str, with_names: bool, depth: u8) -> Vec<Span> {
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

/// Without overlaps: the weightier stands, then the longer, then the earlier; what remains of the other is masked too, so
/// that no part of a value stays behind.
fn settled(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|s| s.start < s.end);
    spans.sort_by_key(|s| (std::cmp::Reverse(s.weight()), std::cmp::Reverse(s.end - s.start), s.start));
    let mut kept: Vec<Span> = Vec::new();
    for span in spans {
        let at = kept.partition_point(|k| k.end <= span.start);
        let free = kept.get(at).is_none_or(|k| k.start >= span.end);
        if free {
            kept.insert(at, span);
        }
    }
    kept
}

/// Whether a place begins and ends between words: no letter or digit beside it.
pub(super) fn bounded(text: &str, start: usize, end: usize) -> bool {
    let word = |c: char| c.is_alphanumeric();
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(word) && !after.is_some_and(word)
}
