//! Where one record of syslog ends and the next begins: at line breaks as a rule; behind a counted length where a TCP
//! stream was kept (RFC 6587: `123 <34>1 ...`); at the next priority where datagrams were kept one behind the other.

use crate::normalise::{entities::whole, time::shapes};
use memchr::memchr;
use std::ops::Range;

/// How records follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Framing {
    /// One a line, with the lines that belong to it.
    Lines,
    /// Each behind its length.
    Counted,
    /// Nothing between them, or a NUL.
    Datagrams,
}

/// A message of more lines than so many bytes is no message any more but another kind of file.
const LONGEST_MESSAGE: usize = 64 << 10;

impl Framing {
    /// Told by the beginning of a source.
    pub fn of(head: &[u8]) -> Self {
        if let Some(frame) = counted(head) {
            let next = head.get(frame.end..).unwrap_or_default();
            let next = next.strip_prefix(b"\n").unwrap_or(next);
            if next.is_empty() || counted(next).is_some() || frame.end >= head.len() {
                return Self::Counted;
            }
        }
        if head.first() != Some(&b'<') {
            return Self::Lines;
        }
        // A message may hold what looks like a header, so most of the headers must stand inside of lines.
        let (mut inside, mut first) = (0u32, 0u32);
        for line in head.split(|c| *c == b'\n') {
            first += u32::from(opens(line));
            inside += starts(line).count() as u32;
        }
        if inside > first { Self::Datagrams } else { Self::Lines }
    }

    /// Whether `next` belongs to the record so far.
    pub fn joins(self, so_far: &[u8], next: &[u8], begins: impl Fn(&[u8]) -> bool) -> bool {
        match self {
            Self::Counted => {
                let mut at = 0;
                while let Some(frame) = so_far.get(at..).and_then(counted) {
                    at += frame.end;
                    if at > so_far.len() {
                        return true;
                    }
                }
                false
            }
            Self::Datagrams => !opens(next),
            Self::Lines => {
                if matches!(next.first(), Some(b' ' | b'\t')) {
                    return true;
                }
                // What most lines look like, first.
                if next.is_empty() || quick(next) || next[0] == b'#' || so_far.len() > LONGEST_MESSAGE {
                    return false;
                }
                !begins(next) && begins(so_far)
            }
        }
    }

    /// The records in what was joined.
    pub fn split(self, joined: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            if from > joined.len() || from == joined.len() && from > 0 {
                return None;
            }
            let rest = &joined[from..];
            let end = match self {
                Self::Lines => joined.len(),
                Self::Counted => counted(rest).map_or(joined.len(), |f| (from + f.end).min(joined.len())),
                Self::Datagrams => starts(rest).next().map_or(joined.len(), |n| from + n),
            };
            let range = from..end;
            from = if end == 0 { 1 } else { end };
            Some(range)
        })
    }
}

/// Most first lines of records, told by a few bytes: `Mar  6 04:07:33`, `2026-03-06`, `<34>`.
#[inline]
fn quick(b: &[u8]) -> bool {
    let at = |n: usize| b.get(n).copied().unwrap_or(0);
    at(3) == b' ' && at(6) == b' ' && at(9) == b':'
        || at(4) == b'-' && at(7) == b'-' && at(13) == b':'
        || at(0) == b'<' && at(1).is_ascii_digit()
}

/// Where in a record of this length prefix its text stands; `end` may lie behind what is there.
fn counted(b: &[u8]) -> Option<Range<usize>> {
    let blank = memchr(b' ', &b[..b.len().min(6)])?;
    let n = usize::try_from(whole(&b[..blank])?).ok()?;
    let good = n > 4 && b[0] != b'0' && b.get(blank + 1) == Some(&b'<') && b.get(blank + 2)?.is_ascii_digit();
    good.then_some(blank + 1..blank + 1 + n)
}

/// The text of a counted record.
pub fn uncounted(b: &[u8]) -> &[u8] {
    counted(b).map_or(b, |f| &b[f.start..f.end.min(b.len())])
}

/// Whether a header with priority and time begins here.
fn opens(b: &[u8]) -> bool {
    if b.first() != Some(&b'<') {
        return false;
    }
    let Some(close) = memchr(b'>', &b[..b.len().min(5)]) else { return false };
    if whole(&b[1..close]).is_none_or(|p| p > 191) {
        return false;
    }
    let rest = &b[close + 1..];
    rest.starts_with(b"1 ") || shapes::at_start(rest).is_some_and(|w| w.timed)
}

/// Where records begin inside of a text, its beginning aside.
fn starts(b: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'<', b).filter(move |at| *at > 0 && opens(&b[*at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, framing: Framing, records: &[&str]) {
        assert_eq!(Framing::of(text.as_bytes()), framing, "{text}");
        let got: Vec<&str> = framing.split(text.as_bytes()).map(|r| &text[r]).collect();
        assert_eq!(got, records);
    }

    #[test]
    fn records_are_told_apart_however_they_follow_each_other() {
        check(
            "Mar  6 04:07:33 a b: <14>Mar  6 04:07:33 a",
            Framing::Lines,
            &["Mar  6 04:07:33 a b: <14>Mar  6 04:07:33 a"],
        );
        let two = ["<15>Mar  6 04:07:33 a b: c<14>x\nd", "<14>Mar  6 04:07:34 a b: e", "<1>1 - a"];
        check(&two.concat(), Framing::Datagrams, &two);
        check(
            "<15>Mar  6 04:07:33 a b: <14>Mar  6 04:07:33 c\n<15>Mar  6 04:07:33 a b: d",
            Framing::Lines,
            &["<15>Mar  6 04:07:33 a b: <14>Mar  6 04:07:33 c\n<15>Mar  6 04:07:33 a b: d"],
        );
        check("11 <34>1 - a b12 <34>1 - a\nbc", Framing::Counted, &["11 <34>1 - a b", "12 <34>1 - a\nbc"]);
        check("", Framing::Lines, &[""]);
        assert_eq!(uncounted(b"11 <34>1 - a b"), b"<34>1 - a b");
    }
}
