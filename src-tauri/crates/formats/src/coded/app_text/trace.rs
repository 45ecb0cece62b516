//! Errors with their traces, as runtimes print them below a message: Java, .NET, Python, PHP, Node, Go, Ruby, Rust. Finds
//! where the trace begins, what kind of error it is and what it says.

use memchr::{memchr, memmem};

/// An error that a record carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace<'a> {
    /// The error's class.
    pub kind: &'a [u8],
    /// What it says.
    pub message: &'a [u8],
    /// From its first line to the end of the record.
    pub stack: &'a [u8],
    /// Where it begins in the record's message: what stands before is the message proper.
    pub at: usize,
}

/// Lines that are looked at for the beginning of a trace.
const MOST_LINES: usize = 200;

/// The first error of a message that has several lines.
#[must_use]
pub fn find(message: &[u8]) -> Option<Trace<'_>> {
    let mut before = 0;
    let mut at = 0;
    for _ in 0..MOST_LINES {
        let line = line_at(message, at)?;
        if let Some(head) = frame(line) {
            return match head {
                // The error stands on the line before its frames.
                Head::Above => above(message, before, at),
                // Python's stands behind them.
                Head::Below => below(message, at),
                // It is the line itself.
                Head::Here => here(message, at),
            };
        }
        before = at;
        at += line.len() + line_break(&message[at + line.len()..])?;
    }
    None
}

enum Head {
    Above,
    Below,
    Here,
}

/// Whether a line is the first of a trace, and where the error's name stands then.
fn frame(line: &[u8]) -> Option<Head> {
    let text = line.trim_ascii_start();
    let indented = text.len() < line.len();
    if indented && text.starts_with(b"at ") {
        return Some(Head::Above);
    }
    if text.starts_with(b"Traceback (most recent call last)") {
        return Some(Head::Below);
    }
    if text.starts_with(b"#0 ") || text.starts_with(b"Stack trace:") || text.starts_with(b"[stacktrace]") {
        return Some(Head::Above);
    }
    if text.starts_with(b"panic: ")
        || (text.starts_with(b"thread '") && memmem::find(text, b"panicked at").is_some())
    {
        return Some(Head::Here);
    }
    // Ruby: `app/models/x.rb:12:in 'save'`
    (memmem::find(text, b".rb:").is_some() && memmem::find(text, b":in ").is_some()).then_some(Head::Above)
}

fn line_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..).filter(|r| !r.is_empty())?;
    let end = memchr(b'\n', rest).unwrap_or(rest.len());
    Some(rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]))
}

/// Bytes of the line break here; nothing at the end.
fn line_break(text: &[u8]) -> Option<usize> {
    match text {
        [b'\r', b'\n', ..] => Some(2),
        [b'\n', ..] => Some(1),
        _ => None,
    }
}

/// The error on the line that begins at `from`, whose frames begin at `frames`.
fn above(message: &[u8], from: usize, frames: usize) -> Option<Trace<'_>> {
    if frames == 0 {
        return Some(Trace { kind: b"", message: b"", stack: message, at: 0 });
    }
    let line = line_at(message, from)?;
    if let Some(trace) = monolog(message, from, line) {
        return Some(trace);
    }
    let start = from + error_start(line);
    let (kind, said) = split(&message[start..from + line.len()]);
    // On the record's first line the sentence and its error are one; it stays the message.
    let at = if from == 0 && start == 0 { frames } else { start };
    Some(Trace { kind, message: said, stack: &message[start..], at })
}

/// `text {"exception":"[object] (Some\\Error(code: 0): what it says at /file.php:12)`, as Laravel writes it.
fn monolog<'a>(message: &'a [u8], from: usize, line: &'a [u8]) -> Option<Trace<'a>> {
    let open = memmem::find(line, b"[object] (")? + 10;
    let at = memmem::find(line, b" {\"").filter(|at| *at < open)?;
    let kind = &line[open..open + memchr(b'(', &line[open..])?];
    let said = memmem::find(line, b"): ").map_or(b"".as_slice(), |n| &line[n + 3..]);
    let said = memmem::rfind(said, b" at ").map_or(said, |n| &said[..n]);
    Some(Trace { kind, message: said, stack: &message[from + at + 1..], at: from + at })
}

/// Where in a line an error's name begins: `Servlet failed: java.lang.X: text`, `exception: X`.
fn error_start(line: &[u8]) -> usize {
    let mut at = 0;
    for word in line.split(|c| *c == b' ') {
        let name = word.strip_suffix(b":").unwrap_or(word);
        if is_error(name) {
            return at;
        }
        at += word.len() + 1;
    }
    0
}

/// A name such as errors' classes have.
fn is_error(name: &[u8]) -> bool {
    let plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'$' | b'\\' | b':');
    let ends = [
        b"Exception".as_slice(),
        b"Error",
        b"Throwable",
        b"Failure",
        b"Interrupt",
        b"Exit",
        b"Warning",
        b"Fault",
    ];
    name.len() > 4
        && name.iter().all(plain)
        && ends.iter().any(|e| name.ends_with(e))
        && name.iter().any(u8::is_ascii_uppercase)
}

/// `Kind: what it says`.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii();
    let end = memmem::find(line, b": ").or_else(|| line.strip_suffix(b":").map(<[u8]>::len));
    match end {
        Some(at) if is_error(&line[..at]) || plain_name(&line[..at]) => {
            (&line[..at], line.get(at + 2..).unwrap_or_default())
        }
        _ if is_error(line) => (line, b""),
        // Rails: `ActiveRecord::RecordNotFound (Couldn't find User):`
        _ => match memmem::find(line, b" (") {
            Some(at) if (plain_name(&line[..at]) || is_error(&line[..at])) && line.ends_with(b"):") => {
                (&line[..at], &line[at + 2..line.len() - 2])
            }
            _ => (b"", line),
        },
    }
}

fn plain_name(name: &[u8]) -> bool {
    let plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'$' | b'\\' | b':');
    name.len() > 2 && name.iter().all(plain) && (name.contains(&b'.') || memmem::find(name, b"::").is_some())
}

/// Python: the error is the first line behind the frames that is not moved in.
fn below(message: &[u8], from: usize) -> Option<Trace<'_>> {
    let mut at = from;
    let first = line_at(message, at)?;
    let margin = first.len() - first.trim_ascii_start().len();
    at += first.len();
    let (mut kind, mut said): (&[u8], &[u8]) = (b"", b"");
    for _ in 0..MOST_LINES {
        let Some(step) = line_break(&message[at..]) else { break };
        at += step;
        let Some(line) = line_at(message, at) else { break };
        let moved_in = line.len() - line.trim_ascii_start().len();
        if moved_in <= margin && !line.trim_ascii().is_empty() {
            (kind, said) = split(line);
            if kind.is_empty() && plain_word(line.trim_ascii()) {
                (kind, said) = (line.trim_ascii(), b"");
            }
            break;
        }
        at += line.len();
    }
    Some(Trace { kind, message: said, stack: &message[from..], at: from })
}

fn plain_word(line: &[u8]) -> bool {
    !line.is_empty()
        && line.len() < 100
        && line.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_'))
}

fn here(message: &[u8], at: usize) -> Option<Trace<'_>> {
    let line = line_at(message, at)?;
    let said = line.strip_prefix(b"panic: ").unwrap_or(line);
    Some(Trace { kind: b"panic", message: said, stack: &message[at..], at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_many_runtimes_are_found() {
        let check = |text: &str, kind: &str, said: &str, message: &str| {
            let trace = find(text.as_bytes()).unwrap_or_else(|| panic!("no trace in {text}"));
            let words = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            let got =
                (words(trace.kind), words(trace.message), words(text.as_bytes()[..trace.at].trim_ascii()));
            assert_eq!(got, (kind.into(), said.into(), message.into()), "{text}");
        };
        check(
            "Servlet failed\njava.lang.NullPointerException: x is null\n\tat a.B.c(B.java:1)\nCaused by: d.E",
            "java.lang.NullPointerException",
            "x is null",
            "Servlet failed",
        );
        check(
            "failed: java.io.IOException: gone\r\n\tat a.B.c(B.java:1)",
            "java.io.IOException",
            "gone",
            "failed:",
        );
        check(
            "System.InvalidOperationException: no\n   at A.B() in c.cs:line 1",
            "System.InvalidOperationException",
            "no",
            "System.InvalidOperationException: no",
        );
        check(
            "Exception on / [GET]\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: bad\n",
            "ValueError",
            "bad",
            "Exception on / [GET]",
        );
        check(
            "x\nTraceback (most recent call last):\n  File \"a.py\", line 1\nKeyboardInterrupt",
            "KeyboardInterrupt",
            "",
            "x",
        );
        check(
            "PHP Fatal error:  Uncaught TypeError: x in /a.php:3\nStack trace:\n#0 {main}",
            "TypeError",
            "x in /a.php:3",
            "PHP Fatal error:  Uncaught",
        );
        check(
            "TypeError: x is not a function\n    at f (/a.js:1:2)",
            "TypeError",
            "x is not a function",
            "TypeError: x is not a function",
        );
        check("panic: runtime error\n\ngoroutine 1 [running]:", "panic", "runtime error", "");
        check(
            "ActiveRecord::RecordNotFound (no User):\n  \napp/a.rb:1:in 'x'",
            "",
            "",
            "ActiveRecord::RecordNotFound (no User):",
        );
    }

    #[test]
    fn text_without_a_trace_has_none() {
        for text in ["", "\n", "one\ntwo\n", "at home\nat work", "\r\n\r\n", "#1 x"] {
            assert!(find(text.as_bytes()).is_none(), "{text}");
        }
    }
}
