//! Looking for text in raw records: a block is unpacked and searched as a whole for the rarest byte of the
//! longest piece, and only where that hits are record and pattern looked at.

use super::reader::Open;
use crate::segment::bitmap::Bitmap;
use timberline_model::filter::match_raw;
use timberline_model::{Pattern, StoreError};

/// A search in raw records.
#[derive(Debug)]
pub(crate) struct RawSearch {
    pattern: Pattern,
    /// The longest piece, in ASCII lower case.
    needle: Vec<u8>,
    /// The place in it of the byte that is rarest in logs.
    rare: usize,
    alone: bool,
}

impl RawSearch {
    pub(crate) fn new(pattern: &Pattern) -> Self {
        let pieces = pattern.written().iter().filter(|p| !p.is_empty());
        let alone = pieces.clone().count() <= 1;
        let needle = pieces.max_by_key(|p| p.len()).map(|p| p.to_ascii_lowercase()).unwrap_or_default();
        let needle = needle.into_bytes();
        let rare = (0..needle.len()).min_by_key(|at| commonness(needle[*at])).unwrap_or(0);
        Self { pattern: pattern.clone(), needle, rare, alone }
    }

    /// Those of the rows `among` whose record matches.
    pub(crate) fn rows(&self, open: &mut Open<'_>, among: &Bitmap) -> Result<Bitmap, StoreError> {
        if self.needle.is_empty() {
            return Ok(among.clone());
        }
        let mut found = Bitmap::none(among.len());
        for block in 0..open.meta.directory.raw.len() {
            let (from, to) = open.block_rows(block);
            let wanted = (from..to).filter(|r| among.has(*r)).count();
            if wanted == 0 {
                continue;
            }
            open.with_block(block, |bytes, starts| {
                if wanted * 8 < to - from {
                    for row in (from..to).filter(|r| among.has(*r)) {
                        if match_raw(&self.pattern, &bytes[starts[row - from]..starts[row - from + 1]]) {
                            found.set(row);
                        }
                    }
                } else {
                    self.search(bytes, starts, |nth| {
                        if among.has(from + nth) {
                            found.set(from + nth);
                        }
                    });
                }
            })?;
        }
        Ok(found)
    }

    /// Calls `hit` with the number of each record that matches.
    fn search(&self, bytes: &[u8], starts: &[usize], mut hit: impl FnMut(usize)) {
        let needle = &self.needle;
        let lower = needle[self.rare];
        let upper = lower.to_ascii_uppercase();
        let mut from = 0;
        let mut nth = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| memchr::memchr2(lower, upper, rest)) {
            let at = from + at;
            from = at + 1;
            let Some(begin) = at.checked_sub(self.rare) else { continue };
            let end = begin + needle.len();
            if end > bytes.len() || !bytes[begin..end].eq_ignore_ascii_case(needle) {
                continue;
            }
            while nth + 2 < starts.len() && starts[nth + 1] <= begin {
                nth += 1;
            }
            let (first, last) = (starts[nth], starts[nth + 1]);
            if end > last {
                continue; // It runs over into the next record.
            }
            if self.alone || match_raw(&self.pattern, &bytes[first..last]) {
                hit(nth);
            }
            from = from.max(last);
        }
    }
}

/// A rough measure of how often a byte stands in logs.
fn commonness(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' | b' ' | b'.' | b'/' | b':' | b'"' | b'-' | b'e' | b't' | b'a' | b'o' | b'i' => 9,
        b's' | b'r' | b'n' | b'm' | b'l' | b'c' | b'd' | b'p' | b',' | b'=' | b'h' => 7,
        b'a'..=b'z' | b'_' | b'(' | b')' | b';' | b'[' | b']' => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_the_records_that_each_alone_would() {
        let records: &[&[u8]] =
            &[b"GET /wp-login.php", b"", b"get /WP-LOGIN", b"wp-log", b"in.php", b"\xff wp-login \x00", b"x"];
        let bytes = records.concat();
        let mut starts = vec![0];
        for record in records {
            starts.push(starts[starts.len() - 1] + record.len());
        }
        for text in ["wp-login", "WP-LOGIN.php", "x", "get*login", "p*p", "\u{0}", "nothing"] {
            let pattern = Pattern::wild(text.split('*').map(str::to_owned).collect());
            let mut found = Vec::new();
            RawSearch::new(&pattern).search(&bytes, &starts, |nth| found.push(nth));
            found.dedup();
            let expect: Vec<usize> =
                (0..records.len()).filter(|n| match_raw(&pattern, records[*n])).collect();
            assert_eq!(found, expect, "{text}");
        }
    }
}
