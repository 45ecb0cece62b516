//! Values in another coding: base64, hex, percent signs, escapes of JSON and HTML, letters with something between them,
//! invisible characters. What such a run says is looked through as any text; if it says something to be masked, the
//! run goes as a whole.

use super::Kind;
use super::find::{Finder, Span};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Codings inside of codings that are opened.
pub(super) const DEPTH: u8 = 3;
/// Runs longer than this are opened in their first part only.
const LONGEST: usize = 256 * 1024;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

struct Look<'a> {
    finder: &'a Finder,
    names: bool,
    depth: u8,
}

pub(super) fn find(finder: &Finder, text: &str, plain: &[Span], names: bool, depth: u8, out: &mut Vec<Span>) {
    let look = Look { finder, names, depth };
    let known = |start: usize, end: usize| plain.iter().any(|s| s.start <= start && end <= s.end);
    // Runs of what base64 and hex are written with, larger ones first: `/` and `-` belong to the coding or divide.
    let classes: [fn(char) -> bool; 3] = [
        |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-'),
        |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-'),
        |c| c.is_ascii_alphanumeric() || c == '+',
    ];
    for (n, class) in classes.iter().enumerate() {
        for (start, end) in runs(text, class) {
            let done = out.iter().any(|s| s.start <= start && end <= s.end);
            // The same run as before, read once.
            let same = n > 0 && runs_alike(text, start, end, classes[n - 1]);
            if end - start >= 6 && !same && !done && !known(start, end) && look.opens(&text[start..end]) {
                out.push(Span::new(start, end, Kind::Encoded));
            }
        }
    }
    if text.contains(['%', '\\', '&', '+']) {
        let piece = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '?' | '/' | ',' | '<' | '>');
        for (start, end) in runs(text, piece) {
            for (from, to) in split_pairs(&text[start..end]) {
                let (from, to) = (start + from, start + to);
                let run = &text[from..to];
                if let Some(said) = unescaped(run)
                    && look.says_more(run, &said)
                {
                    out.push(Span::new(from, to, Kind::Encoded));
                }
            }
        }
    }
    hex_groups(&look, text, out);
    letters_apart(&look, text, out);
    invisible(&look, text, out);
}

/// Whether a larger class would take the very same stretch.
fn runs_alike(text: &str, start: usize, end: usize, class: fn(char) -> bool) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(class) && !after.is_some_and(class)
}

/// Stretches of characters that pass a test, in bytes.
fn runs(text: &str, is_in: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let (mut found, mut start) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        match (is_in(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push((from, text.len()));
    }
    found
}

/// Pieces between `&`, `;` and `=`, as in a query; an entity of HTML (`&#98;`) is not taken apart.
fn split_pairs(run: &str) -> Vec<(usize, usize)> {
    if run.contains("&#") {
        return vec![(0, run.len())];
    }
    runs(run, |c| !matches!(c, '&' | ';' | '='))
}

impl Look<'_> {
    fn sensitive(&self, said: &str) -> usize {
        self.finder.within(said, self.names, self.depth + 1).len()
    }

    fn says_more(&self, run: &str, said: &str) -> bool {
        said != run && self.sensitive(said) > self.finder.within(run, self.names, DEPTH).len()
    }

    /// Whether a run, read as base64 or hex, says something to be masked.
    fn opens(&self, run: &str) -> bool {
        let mut end = run.len().min(LONGEST);
        while !run.is_char_boundary(end) {
            end -= 1;
        }
        let run = &run[..end];
        let hex = run.len() >= 8 && run.len().is_multiple_of(2) && run.bytes().all(|b| b.is_ascii_hexdigit());
        let mut read = Vec::new();
        if hex {
            read.push(unhexed(run));
        }
        let trimmed = run.trim_end_matches('=');
        if run.contains(['-', '_']) {
            read.push(URL_SAFE.decode(trimmed).ok());
        } else {
            read.push(STANDARD.decode(trimmed).ok());
        }
        read.into_iter().flatten().flat_map(texts).any(|said| self.sensitive(&said) > 0)
    }
}

fn unhexed(run: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = run.chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits?;
    pairs.chunks_exact(2).map(|p| u8::try_from(p[0] * 16 + p[1]).ok()).collect()
}

/// What bytes may say as text: UTF-8, or UTF-16 as PowerShell has it; nothing where they are no text.
fn texts(bytes: Vec<u8>) -> Vec<String> {
    let mut found = Vec::new();
    let is_text = |text: &str| {
        let all = text.chars().count();
        let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\0')).count();
        all > 0 && odd * 10 <= all
    };
    if bytes.len() >= 6
        && bytes.len().is_multiple_of(2)
        && bytes.iter().skip(1).step_by(2).filter(|b| **b == 0).count() * 4 >= bytes.len()
    {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|p| u16::from_le_bytes([p[0], p[1]])).collect();
        if let Ok(text) = String::from_utf16(&units)
            && is_text(&text)
        {
            found.push(text);
        }
    }
    if let Ok(text) = String::from_utf8(bytes)
        && is_text(&text)
    {
        // As auditd writes arguments: divided by NUL.
        found.push(text.replace('\0', " "));
    }
    found
}

/// A run with `%62`, `\u0062`, `\x62`, `&#98;`, `&#x62;` and `+` read as what they stand for; nothing where there are none.
fn unescaped(run: &str) -> Option<String> {
    let bytes = run.as_bytes();
    let (mut out, mut at, mut any) = (Vec::with_capacity(bytes.len()), 0, false);
    let number = |text: &str, radix: u32| u32::from_str_radix(text, radix).ok().and_then(char::from_u32);
    while at < bytes.len() {
        let rest = &run[at..];
        let found = if rest.starts_with('%') {
            rest.get(1..3).and_then(|h| u8::from_str_radix(h, 16).ok()).map(|b| (vec![b], 3))
        } else if rest.starts_with("\\u") || rest.starts_with("%u") {
            rest.get(2..6).and_then(|h| number(h, 16)).map(|c| (c.to_string().into_bytes(), 6))
        } else if rest.starts_with("\\x") {
            rest.get(2..4).and_then(|h| u8::from_str_radix(h, 16).ok()).map(|b| (vec![b], 4))
        } else if rest.starts_with("\\/") {
            Some((vec![b'/'], 2))
        } else if let Some(entity) = rest.strip_prefix("&#") {
            entity.split_once(';').filter(|(n, _)| n.len() <= 7).and_then(|(n, _)| {
                let c = match n.strip_prefix(['x', 'X']) {
                    Some(hex) => number(hex, 16),
                    None => number(n, 10),
                };
                c.map(|c| (c.to_string().into_bytes(), n.len() + 3))
            })
        } else {
            None
        };
        match found {
            Some((said, length)) => {
                out.extend(said);
                at += length;
                any = true;
            }
            None => {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                out.extend(&bytes[at..at + length]);
                at += length;
            }
        }
        while at < bytes.len() && !run.is_char_boundary(at) {
            at += 1;
        }
    }
    any.then(|| String::from_utf8_lossy(&out).into_owned())
}

/// `6a 73 6d`, `6a:73:6d`, `0x6a,0x73`.
fn hex_groups(look: &Look<'_>, text: &str, out: &mut Vec<Span>) {
    let in_run = |c: char| c.is_ascii_hexdigit() || matches!(c, ' ' | ':' | '-' | ',' | 'x' | '\\');
    for (start, end) in runs(text, in_run) {
        let run = &text[start..end];
        if run.len() < 14 {
            continue;
        }
        let groups: Vec<&str> = run
            .split([' ', ':', '-', ',', '\\'])
            .map(|g| g.trim_start_matches("0x").trim_start_matches('x'))
            .filter(|g| !g.is_empty())
            .collect();
        if groups.len() < 5 || !groups.iter().all(|g| g.len() == 2) {
            continue;
        }
        if let Some(bytes) = unhexed(&groups.concat())
            && texts(bytes).iter().any(|said| look.sensitive(said) > 0)
        {
            let lead = run.len() - run.trim_start_matches([' ', ':', '-', ',']).len();
            let tail = run.len() - run.trim_end_matches([' ', ':', '-', ',']).len();
            out.push(Span::new(start + lead, end - tail, Kind::Encoded));
        }
    }
}

/// `j.s.m.i.t.h`, `j s m i t h`: single letters with the same character between them.
fn letters_apart(look: &Look<'_>, text: &str, out: &mut Vec<Span>) {
    if !look.names {
        return;
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut at = 0;
    while at + 6 < chars.len() {
        let between = chars[at + 1].1;
        let begins = chars[at].1.is_alphanumeric()
            && !between.is_alphanumeric()
            && (at == 0 || !chars[at - 1].1.is_alphanumeric());
        if !begins {
            at += 1;
            continue;
        }
        let mut end = at;
        while end + 2 < chars.len() && chars[end + 1].1 == between && chars[end + 2].1.is_alphanumeric() {
            end += 2;
        }
        let closes = chars.get(end + 1).is_none_or(|c| !c.1.is_alphanumeric());
        if (end - at) / 2 >= 3 {
            let letters: Vec<usize> = (at..=end).step_by(2).collect();
            let last = if closes { letters.len() } else { letters.len() - 1 };
            // A name may be a part of a longer row of letters.
            'rows: for from in 0..last {
                let mut word = String::new();
                for (n, place) in letters[from..last].iter().enumerate() {
                    word.extend(chars[*place].1.to_lowercase());
                    if n >= 3 && look.finder.values().is_squeezed(&word) {
                        let stop = chars[*place].0 + chars[*place].1.len_utf8();
                        out.push(Span::new(chars[letters[from]].0, stop, Kind::Encoded));
                        break 'rows;
                    }
                    if n > 64 {
                        break;
                    }
                }
            }
        }
        at = end.max(at + 1);
    }
}

/// Characters that are not seen: soft hyphens, joiners, tags, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c as u32, 0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0xFE00..=0xFE0F | 0xE0000..=0xE007F | 0xE0100..=0xE01EF)
}

fn invisible(look: &Look<'_>, text: &str, out: &mut Vec<Span>) {
    if !text.chars().any(is_invisible) {
        return;
    }
    for (start, end) in runs(text, |c| !c.is_whitespace()) {
        let run = &text[start..end];
        if !run.chars().any(is_invisible) {
            continue;
        }
        // Tags are letters in disguise.
        let untagged = |c: char| match c as u32 {
            n @ 0xE0020..=0xE007E => char::from_u32(n - 0xE0000),
            _ if is_invisible(c) => None,
            _ => Some(c),
        };
        let said: String = run.chars().filter_map(untagged).collect();
        let visible: String = run.chars().filter(|c| !is_invisible(*c)).collect();
        if look.says_more(run, &said) || look.says_more(run, &visible) {
            out.push(Span::new(start, end, Kind::Encoded));
        }
    }
}
