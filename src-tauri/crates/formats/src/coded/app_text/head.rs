//! What applications write around the time at the beginning of a line: level, thread, logger, process, place in the
//! source, in whatever order and brackets. Read by hand, from the time outwards; what follows is the message. The time
//! itself is [`super::written`]'s.

use crate::normalise::{entities::whole, severity};
use memchr::{memchr, memmem};

/// The beginning of a line, taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Front<'a> {
    /// The level, in Timberline's words.
    pub level: Option<&'static str>,
    /// Who logs: a class, a module, a component.
    pub logger: &'a [u8],
    /// The thread's name.
    pub thread: &'a [u8],
    /// The process or, in logs that name no process, the thread by number.
    pub pid: Option<i64>,
    /// A second number behind the first.
    pub tid: Option<i64>,
    /// The program, where it stands before its number (`vpxd[45715]`).
    pub program: &'a [u8],
    /// The source file.
    pub file: &'a [u8],
    /// The line in it.
    pub line: Option<i64>,
    /// How many bytes of the text behind the time belong to all that.
    pub len: usize,
    /// The logger stood in brackets, and may be something else.
    pub(super) soft: bool,
}

/// Pieces of a front that are looked at.
const MOST_PIECES: usize = 12;
/// The longest text in brackets that is no message.
const LONGEST_BRACKET: usize = 120;

/// Reads what stands before the time and what follows it.
#[must_use]
pub fn read<'a>(before: &'a [u8], after: &'a [u8]) -> Front<'a> {
    let mut front = Front::default();
    let before = before.trim_ascii();
    if before.iter().any(u8::is_ascii_alphanumeric) {
        let mut at = 0;
        for _ in 0..MOST_PIECES {
            at = separators(before, at);
            match piece(before, at, &mut front, true) {
                Some(end) if end > at => at = end,
                _ => break,
            }
        }
    }
    let mut at = 0;
    for _ in 0..MOST_PIECES {
        let from = separators(after, at);
        match piece(after, from, &mut front, false) {
            Some(end) if end > from => at = end,
            _ => break,
        }
    }
    front.len = separators(after, at);
    front
}

/// Passes over blanks and marks between pieces.
fn separators(text: &[u8], mut at: usize) -> usize {
    while let Some(c) = text.get(at) {
        let next = text.get(at + 1);
        let blank_follows = matches!(next, None | Some(b' ' | b'\t' | b'[' | b'|' | b'(' | b'\n' | b'\r'));
        match c {
            b' ' | b'\t' | b'|' | b']' => at += 1,
            b')' | b'}' | b'"' if at == 0 => at += 1,
            b'>' if at == 0 => at += 1,
            b'-' | b':' | b',' | b';' if blank_follows || (*c != b':' && next == Some(&b'-')) => at += 1,
            b':' if at == 0 || text[at - 1] == b']' => at += 1,
            _ => break,
        }
    }
    at
}

/// One piece at `at`; where it ends, or nothing when the message begins there.
fn piece<'a>(text: &'a [u8], at: usize, front: &mut Front<'a>, before: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let close = match rest.first()? {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'{' => b'}',
        _ => return word(text, at, front),
    };
    let end = bracket_end(rest, close)?;
    let inside = rest[1..end].trim_ascii();
    // Only threads are padded.
    let padded = inside.len() + 2 < end;
    // A bracket that no blank follows and no text stands in is part of what is said.
    let known = bracketed(inside, padded, close, front, before, rest.get(end + 1).copied());
    known.then_some(at + end + 1)
}

/// Where a bracket closes on the same line; one inside another is passed over.
fn bracket_end(text: &[u8], close: u8) -> Option<usize> {
    let reach = &text[..text.len().min(LONGEST_BRACKET)];
    let open = text[0];
    let mut depth = 0;
    for (at, c) in reach.iter().enumerate() {
        if *c == b'\n' {
            return None;
        } else if *c == open {
            depth += 1;
        } else if *c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn bracketed<'a>(
    inside: &'a [u8],
    padded: bool,
    close: u8,
    front: &mut Front<'a>,
    before: bool,
    next: Option<u8>,
) -> bool {
    if inside.is_empty() || inside == b"-" {
        return true;
    }
    if front.level.is_none()
        && let Some(level) = level_word(inside)
    {
        front.level = Some(level);
        return true;
    }
    if let Some(n) = whole(inside) {
        return number(n, front);
    }
    if let Some((file, line)) = place(inside) {
        if front.file.is_empty() {
            front.file = file;
            front.line = Some(line);
        }
        return true;
    }
    // `[12345-main]`, `[12345:67890]`
    if let Some(at) = inside.iter().position(|c| matches!(c, b'-' | b':' | b'/'))
        && let Some(n) = whole(&inside[..at]).filter(|_| at + 1 < inside.len())
        && front.pid.is_none()
        && inside.len() <= 64
    {
        front.pid = Some(n);
        match whole(&inside[at + 1..]) {
            Some(n) => front.tid = Some(n),
            None if front.thread.is_empty() => front.thread = &inside[at + 1..],
            None => {}
        }
        return true;
    }
    if is_class(inside)
        && front.logger.is_empty()
        && (memchr(b'.', inside).is_some() || !front.thread.is_empty())
    {
        front.logger = inside;
        return true;
    }
    // What holds pairs or addresses is said, not who says it; still it is no part of the sentence.
    if memchr(b'=', inside).is_some() && front.level.is_some() {
        return true;
    }
    let threadlike = padded || is_thread(inside);
    if close == b'<' || inside.len() > 80 || (inside.contains(&b' ') && !threadlike) {
        return false;
    }
    if !matches!(next, None | Some(b' ' | b'\t' | b':' | b'[' | b']' | b'(' | b'|' | b'-' | b'\n' | b'\r')) {
        return false;
    }
    // Without a level a bracket is as likely a part of the sentence.
    if front.thread.is_empty() && (threadlike || (before && close == b']')) {
        front.thread = inside;
        return true;
    }
    if front.level.is_some() && front.logger.is_empty() && close == b']' {
        front.logger = inside;
        front.soft = true;
        return true;
    }
    front.level.is_some() && front.thread.is_empty() && close == b']' && {
        front.thread = inside;
        true
    }
}

fn number(n: i64, front: &mut Front<'_>) -> bool {
    if front.pid.is_none() {
        front.pid = Some(n);
    } else if front.tid.is_none() {
        front.tid = Some(n);
    } else {
        return false;
    }
    true
}

/// A word that is no message.
fn word<'a>(text: &'a [u8], at: usize, front: &mut Front<'a>) -> Option<usize> {
    let rest = &text[at..];
    let mut len = rest.iter().take_while(|c| !matches!(c, b' ' | b'\t' | b'\n' | b'\r' | b'|')).count();
    // The bracket that was opened before the time.
    if let Some(close) = memchr(b']', &rest[..len])
        && memchr(b'[', &rest[..close]).is_none()
    {
        len = close;
    }
    let word = &rest[..len];
    if word.is_empty() {
        return None;
    }
    let behind = &rest[len..];
    if let Some((file, line)) = place(word.strip_suffix(b":").unwrap_or(word)) {
        if front.file.is_empty() {
            front.file = file;
            front.line = Some(line);
            return Some(at + len);
        }
        return None;
    }
    if front.level.is_none() {
        if let Some(used) = level_first(word, behind, front) {
            return Some(at + used);
        }
        if let Some(n) = whole(word.strip_prefix(b"#").unwrap_or(word)) {
            // A number is a process only where a level or more numbers follow it.
            let ahead = behind.strip_prefix(b"]").unwrap_or(behind).trim_ascii_start();
            let next = ahead.iter().take_while(|c| !matches!(c, b' ' | b'\t' | b'\n' | b'\r')).count();
            let next = &ahead[..next];
            let head = level_word(next.trim_ascii_end()).is_some()
                || whole(next).is_some()
                || matches!(next, b"---" | b"--")
                || bracket_level(next);
            return (head && number(n, front)).then_some(at + len);
        }
        // `name - LEVEL - message`, `logger: LEVEL: message`, `module LEVEL message`
        let ahead =
            behind.iter().position(|c| !matches!(c, b' ' | b'\t' | b'-' | b'|')).unwrap_or(behind.len());
        let next = behind[ahead..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let next = &behind[ahead..ahead + next];
        if ahead > 0
            && front.logger.is_empty()
            && is_name(word.strip_suffix(b":").unwrap_or(word))
            && level_word(next).is_some()
            && next.iter().all(u8::is_ascii_uppercase)
        {
            front.logger = word.strip_suffix(b":").unwrap_or(word);
            return Some(at + len);
        }
        return program(word, front).map(|used| at + used);
    }
    // Ruby's letter before the time and its word behind it say the same.
    if let Some(n) = word.strip_prefix(b"#").and_then(whole) {
        return number(n, front).then_some(at + len);
    }
    if front.level == level_word(word) && word.len() > 2 && word.iter().all(u8::is_ascii_uppercase) {
        return Some(at + len);
    }
    if let Some(n) = whole(word).filter(|_| behind.starts_with(b" ---") || behind.starts_with(b" --- ")) {
        return number(n, front).then_some(at + len);
    }
    if let Some(pid) = word.strip_prefix(b"pid=").and_then(whole) {
        front.pid.get_or_insert(pid);
        return Some(at + len);
    }
    if let Some(used) = program(word, front) {
        return Some(at + used);
    }
    if front.logger.is_empty() || front.soft {
        // Ruby's program follows two dashes.
        let after_dashes = at >= 3 && text[..at].ends_with(b"-- ");
        return logger(word, behind, after_dashes, front).map(|used| at + used);
    }
    None
}

/// A level as the next word: `INFO`, `INFO:`, `[`...; joined to more: `INFO/Main`, `local.ERROR:`, `INFO:name:text`.
fn level_first<'a>(word: &'a [u8], behind: &'a [u8], front: &mut Front<'a>) -> Option<usize> {
    let letters = word.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    let (name, tail) = (&word[..letters], &word[letters..]);
    let capitals = name.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if let Some(level) = level_word(name) {
        let ends = matches!(tail, b"" | b":" | b"," | b"]" | b">" | b")" | b"|" | b"-" | b"::");
        // In small letters a level is the first word and no sentence follows, or it is marked by a colon.
        let first = front.thread.is_empty() && front.pid.is_none() && front.logger.is_empty();
        let spoken = || first && !sentence(behind);
        if ends && (capitals || tail == b":" || spoken()) && (letters > 1 || (first && !behind.is_empty())) {
            front.level = Some(level);
            return Some(word.len());
        }
        // `INFO:name:text`, `INFO/MainProcess]`, `WARN::text`
        if capitals && letters > 2 && matches!(tail.first(), Some(b':' | b'/')) {
            front.level = Some(level);
            let rest = &tail[1..];
            let end = rest.iter().position(|c| matches!(c, b':' | b']')).unwrap_or(rest.len());
            if end > 0 && end == rest.len() && behind.starts_with(b"]") && is_name(rest) {
                front.thread = rest;
                return Some(word.len());
            }
            if end > 0 && end < rest.len() && rest[end] == b':' && is_name(&rest[..end]) {
                front.logger = &rest[..end];
                return Some(letters + 1 + end + 1);
            }
            return Some(letters + 1);
        }
    }
    // `production.ERROR:` (Monolog), `[core:error]` is Apache's.
    if let Some(dot) = memchr::memrchr(b'.', word)
        && let Some(name) = word[dot + 1..].strip_suffix(b":")
        && name.len() > 3
        && name.iter().all(u8::is_ascii_uppercase)
        && let Some(level) = severity::level(name)
        && is_name(&word[..dot])
    {
        front.level = Some(level);
        front.logger = &word[..dot];
        return Some(word.len());
    }
    None
}

/// Whether a plain word follows after one blank: the level before it is a word of a sentence.
fn sentence(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b" ") else { return false };
    let word = rest.iter().take_while(|c| !matches!(c, b' ' | b'\t' | b'\n' | b'\r')).count();
    word > 0 && rest[..word].iter().all(u8::is_ascii_lowercase)
}

fn bracket_level(word: &[u8]) -> bool {
    let inside = word.strip_prefix(b"[").or_else(|| word.strip_prefix(b"<"));
    inside.is_some_and(|w| {
        let run = w.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        level_word(&w[..run]).is_some()
    })
}

/// A level by its word, or by the letters that some programs cut it to.
#[must_use]
pub fn level_word(word: &[u8]) -> Option<&'static str> {
    match word {
        b"I" => Some("info"),
        b"W" => Some("warning"),
        b"E" => Some("error"),
        b"F" | b"C" | b"A" => Some("critical"),
        b"D" | b"V" => Some("debug"),
        b"T" => Some("trace"),
        b"N" => Some("notice"),
        b"WRN" | b"wrn" => Some("warning"),
        b"FTL" | b"FATL" | b"ftl" | b"PNC" | b"DPANIC" => Some("critical"),
        b"VRB" | b"DEBG" | b"CONFIG" | b"CFG" | b"VERB" => Some("debug"),
        b"EROR" | b"ERRO" | b"SEVE" | b"ERR" => Some("error"),
        b"SUCCESS" | b"NOTE" | b"Note" | b"LOG" | b"STATUS" | b"SYSTEM" | b"System" => Some("info"),
        _ if word.len() < 3 => None,
        _ => severity::level(word),
    }
}

/// `vpxd[45715]`, `app[12]:`.
fn program<'a>(word: &'a [u8], front: &mut Front<'a>) -> Option<usize> {
    let open = memchr(b'[', word).filter(|at| *at > 0)?;
    let close = open + memchr(b']', &word[open..])?;
    let pid = whole(&word[open + 1..close])?;
    if !front.program.is_empty() || front.pid.is_some() || !is_name(&word[..open]) || word.len() > close + 2 {
        return None;
    }
    front.program = &word[..open];
    front.pid = Some(pid);
    Some(word.len())
}

/// A logger: `a.b.Class:`, `a.b.Class -`, `Class   :`, `a.b.c.Class.method `.
fn logger<'a>(word: &'a [u8], behind: &'a [u8], after_dashes: bool, front: &mut Front<'a>) -> Option<usize> {
    let bare = word.strip_suffix(b":").unwrap_or(word);
    let colon = bare.len() < word.len();
    // `x.Class@line:` and `x.Class(method):` name a place too.
    let name_end = bare.iter().position(|c| matches!(c, b'@' | b'(')).unwrap_or(bare.len());
    let name = &bare[..name_end];
    // Spring aligns the colons; what stands before them may be anything.
    let blanks = behind.iter().take_while(|c| **c == b' ').count();
    let aligned = blanks > 0 && behind.get(blanks) == Some(&b':') && behind.get(blanks + 1) == Some(&b' ');
    if !is_class(name) && !aligned {
        return None;
    }
    let dots = name.iter().filter(|c| **c == b'.').count() + memmem::find_iter(name, "::").count();
    let mark = behind.get(blanks).copied();
    let marked = mark == Some(b'|')
        || matches!(mark, Some(b'-' | b':'))
            && matches!(behind.get(blanks + 1), None | Some(b' ' | b'\t' | b'-' | b'\n'));
    let classlike = dots > 0 || name.contains(&b'$');
    let taken = aligned
        || behind.starts_with(b"]")
        || (colon && (classlike || after_dashes))
        || (marked && (blanks > 0 || classlike))
        || (!colon && dots >= 2 && plain_path(name));
    if !taken {
        return None;
    }
    // What stood in brackets was the application.
    front.logger = name;
    front.soft = false;
    Some(word.len())
}

/// `org.apache.catalina.Server`: parts that begin with a letter, no file's ending.
fn plain_path(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_lowercase)
        && name.split(|c| *c == b'.').all(|part| part.first().is_some_and(u8::is_ascii_alphabetic))
}

/// What files of source end in: `example.com:80` is no place in one.
const SOURCES: &[&[u8]] = &[
    b"java", b"kt", b"scala", b"groovy", b"clj", b"py", b"pyx", b"go", b"rb", b"php", b"js", b"mjs", b"cjs",
    b"ts", b"jsx", b"tsx", b"c", b"cc", b"cpp", b"cxx", b"h", b"hh", b"hpp", b"m", b"mm", b"rs", b"cs",
    b"vb", b"fs", b"pl", b"pm", b"lua", b"swift", b"ex", b"exs", b"erl", b"sql", b"dart", b"sh", b"ps1",
    b"vue", b"hs", b"ml", b"nim", b"zig", b"cu",
];

/// `file.ext:123`.
fn place(text: &[u8]) -> Option<(&[u8], i64)> {
    let colon = memchr::memrchr(b':', text)?;
    let line = whole(&text[colon + 1..])?;
    let file = &text[..colon];
    let dot = memchr::memrchr(b'.', file)?;
    let ending = &file[dot + 1..];
    let named = SOURCES.contains(&ending);
    let plain =
        |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'/' | b'\\' | b'+' | b'$');
    (named && dot > 0 && file.iter().all(plain)).then_some((file, line))
}

fn is_class(text: &[u8]) -> bool {
    text.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_')
        && text.iter().all(|c| {
            c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'$' | b'-' | b'/' | b':' | b'#' | b'~')
        })
        && !text.ends_with(b":")
}

/// A name that may stand for who logs.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text[0].is_ascii_alphabetic()
        && text
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'/' | b'$' | b'@' | b'#'))
}

/// Names that threads have.
fn is_thread(text: &[u8]) -> bool {
    if matches!(text, b"main" | b"Main" | b"MainThread" | b"MainProcess" | b"root" | b"scheduler") {
        return true;
    }
    let mut lower = [0u8; 96];
    let len = text.len().min(96);
    lower[..len].copy_from_slice(&text[..len]);
    lower.make_ascii_lowercase();
    let lower = &lower[..len];
    let words: [&[u8]; 10] = [
        b"thread",
        b"pool",
        b"exec",
        b"worker",
        b"scheduler",
        b"-nio-",
        b"event",
        b"dispatcher",
        b"qtp",
        b"timer",
    ];
    words.iter().any(|w| memmem::find(lower, w).is_some())
        || (lower.iter().any(u8::is_ascii_digit) && lower.contains(&b'-') && !lower.contains(&b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fronts_of_many_frameworks_are_taken_apart() {
        let check = |before: &str, after: &str, level: &str, thread: &str, logger: &str, message: &str| {
            let front = read(before.as_bytes(), after.as_bytes());
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            let got = (
                front.level.unwrap_or(""),
                text(front.thread),
                text(front.logger),
                text(&after.as_bytes()[front.len..]),
            );
            assert_eq!(got, (level, thread.into(), logger.into(), message.into()), "{before}|{after}");
        };
        check("", " INFO [main] org.x.Y: Created a", "info", "main", "org.x.Y", "Created a");
        check("", " INFO [main] [com.a.B] start Jira", "info", "main", "com.a.B", "start Jira");
        check(
            "",
            " INFO [background-pre       ] Version       : HV1: x",
            "info",
            "background-pre",
            "Version",
            "HV1: x",
        );
        check(
            "",
            "  INFO 12345 --- [           main] c.e.d.App : Starting",
            "info",
            "main",
            "c.e.d.App",
            "Starting",
        );
        check("", " [main] DEBUG c.e.Foo - message", "debug", "main", "c.e.Foo", "message");
        check("[", "] INFO starting (kafka)", "info", "", "", "starting (kafka)");
        check("[", "][WARN ][o.e.d.Put] Deprecated", "warning", "", "o.e.d.Put", "Deprecated");
        check("", " INFO executor.Coarse: Registered", "info", "", "executor.Coarse", "Registered");
        check("", " 148 INFO dfs.Data$Pack: Packet 1", "info", "", "dfs.Data$Pack", "Packet 1");
        check("INFO  [main] ", " StorageService.java:123 - msg", "info", "main", "", "msg");
        check(
            "",
            " INFO  [org.jboss.as] (MSC service thread 1-2) W: m",
            "info",
            "MSC service thread 1-2",
            "org.jboss.as",
            "W: m",
        );
        check(
            "",
            " INFO [main] org.apache.cat.Vers.log Server version",
            "info",
            "main",
            "org.apache.cat.Vers.log",
            "Server version",
        );
        check("", " [1] INFO  My.Name.Class - message", "info", "", "My.Name.Class", "message");
        check("", "|INFO|Namespace.Class|message", "info", "", "Namespace.Class", "message");
        check("", " [INF] message", "info", "", "", "message");
        check("", " - name - WARNING - message", "warning", "", "name", "message");
        check("[", ": INFO/MainProcess] Task x", "info", "MainProcess", "", "Task x");
        check("[", "] [123] [INFO] Starting", "info", "", "", "Starting");
        check("[", "] {file.py:123} INFO - msg", "info", "", "", "msg");
        check(
            "",
            " 25746 INFO nova.osapi.wsgi.server [req-1 a b] m",
            "info",
            "",
            "nova.osapi.wsgi.server",
            "[req-1 a b] m",
        );
        check("[", "] local.ERROR: Target class", "error", "", "local", "Target class");
        check("", "\tinfo\tMetrics\t{\"a\": 1}", "info", "", "", "Metrics\t{\"a\": 1}");
        check("", " [INFO]  agent: msg: key=value", "info", "", "", "agent: msg: key=value");
        check(
            "",
            " info vpxd[45715] [Originator@6876 sub=x] [VpxLRO] -- BEGIN",
            "info",
            "",
            "VpxLRO",
            "BEGIN",
        );
        check("I, [", " #1234]  INFO -- : message", "info", "", "", "message");
        check("[", " INFO  target] msg", "info", "", "target", "msg");
        check("", "  INFO app::main: msg", "info", "", "app::main", "msg");
        check("", " there was an ERROR in it", "", "", "", "there was an ERROR in it");
        check(
            "",
            " [client 192.0.2.1] File does not exist",
            "",
            "",
            "",
            "[client 192.0.2.1] File does not exist",
        );
        check("", " error occurred in it", "", "", "", "error occurred in it");
        check("", "", "", "", "", "");
        check("", " Error: x", "error", "", "", "x");
        check("", " - - -", "", "", "", "");
        check("", " I CONTROL  [initandlisten] git", "info", "", "", "CONTROL  [initandlisten] git");
        check("", " [ERROR] [MY-010] [Server] Access", "error", "MY-010", "Server", "Access");
    }
}
