//! Levels of severity: one set of names for `log.level`, whatever a log calls them.

use timberline_model::{Fields, known};

/// The names in use, gravest first; syslog's severities 0 to 7 are these by index, `trace` comes after.
pub const SYSLOG: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];

/// The level that a word means: `WARN`, `err`, `Fatal`, `I`... `None` for other words.
#[must_use]
pub fn level(word: &[u8]) -> Option<&'static str> {
    if word.len() > 13 {
        return None;
    }
    let mut lower = [0u8; 13];
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"emerg" | b"emergency" | b"panic" => "emergency",
        b"alert" => "alert",
        b"crit" | b"critical" | b"fatal" | b"severe" => "critical",
        b"err" | b"error" | b"eror" | b"failure" => "error",
        b"warn" | b"warning" => "warning",
        b"notice" => "notice",
        b"info" | b"information" | b"informational" | b"inf" => "info",
        b"debug" | b"dbg" | b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5" | b"fine"
        | b"verbose" => "debug",
        b"trace" | b"finer" | b"finest" | b"trc" => "trace",
        _ => return None,
    })
}

/// The level that one of the first words of a message names, in the places where logs put it: a word in capitals, or
/// in brackets, angle brackets or quotes, or `level=word`.
#[must_use]
pub fn in_text(text: &[u8]) -> Option<&'static str> {
    let head = &text[..text.len().min(160)];
    for (n, word) in head.split(|c| matches!(c, b' ' | b'\t')).filter(|w| !w.is_empty()).enumerate() {
        if n >= 8 {
            break;
        }
        if let Some(at) = memchr::memchr(b'=', word) {
            let key = &word[..at];
            if matches!(key, b"level" | b"lvl" | b"severity" | b"LEVEL") {
                let value = word[at + 1..].trim_ascii();
                let value = value.strip_prefix(b"\"").unwrap_or(value);
                if let Some(found) = level(letters(value)) {
                    return Some(found);
                }
            }
            continue;
        }
        let marked = matches!(word[0], b'[' | b'<' | b'(' | b'"' | b'|' | b':');
        let core = if marked { &word[1..] } else { word };
        let name = letters(core);
        if name.len() < 3 {
            continue;
        }
        let closed = matches!(
            core.get(name.len()),
            None | Some(b']' | b'>' | b')' | b'"' | b'|' | b':' | b',' | b'.')
        );
        let capitals = name.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        // In small letters only the first two words count: "no error" in a sentence is not a level.
        if closed
            && (capitals || marked || n < 2)
            && let Some(found) = level(name)
        {
            return Some(found);
        }
        // `local.ERROR:` and `:INFO:com.root`
        if let Some(found) = core.split(|c| matches!(c, b':' | b'.')).take(3).find_map(|part| {
            let capitals = part.len() > 3 && part.iter().all(u8::is_ascii_uppercase);
            capitals.then(|| level(part)).flatten()
        }) {
            return Some(found);
        }
    }
    None
}

fn letters(b: &[u8]) -> &[u8] {
    let run = b.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    &b[..run]
}

/// Writes priority, facility, severity and level of a syslog priority value (0 to 191).
pub fn syslog_priority(fields: &mut Fields, priority: u8) {
    fields.int(known::SYSLOG_PRIORITY, i64::from(priority));
    fields.int(known::SYSLOG_FACILITY, i64::from(priority >> 3));
    fields.int(known::SYSLOG_SEVERITY, i64::from(priority & 7));
    fields.text(known::LOG_LEVEL, SYSLOG[usize::from(priority & 7)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_found_where_logs_put_them() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(in_text(text.as_bytes()), expect, "{text}");
        check("ERROR something", Some("error"));
        check("[main] WARN com.example: x", Some("warning"));
        check("<Info>: launchd", Some("info"));
        check("info vpxd[45715] x", Some("info"));
        check("time=x level=warning msg=y", Some("warning"));
        check("local.ERROR: Target class", Some("error"));
        check(":INFO:com.root:Response", Some("info"));
        check("we saw no error here", None);
        check("Information about the Fatal shore", Some("info"));
        check("", None);
    }
}
