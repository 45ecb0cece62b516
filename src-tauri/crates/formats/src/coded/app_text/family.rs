//! Logs of applications by the framework or language that writes them, told by how classes, threads, source files and
//! traces look. They are read as any text is; only the name and the certainty differ.

use super::{Ids, LONGEST_RECORD, head, starts_record, take_apart, uncoloured, written};
use crate::coded::records::{self, Made, first_lines};
use crate::normalise::time::shapes;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memmem;
use std::io::Read;
use timberline_model::{Sink, known};

/// A family of logs.
pub struct Family {
    /// What it is.
    pub about: About,
    /// Its `event.dataset`.
    dataset: &'static str,
    /// How many of the lines speak for it.
    speaks: fn(&Line<'_>) -> bool,
}

/// A line as the families look at it.
pub struct Line<'a> {
    /// All of it.
    text: &'a [u8],
    /// What is behind the time, where there is one.
    front: Option<head::Front<'a>>,
}

/// The share of records (or lines of traces) that must speak for a family.
const MOST: f64 = 0.5;

impl Format for Family {
    fn about(&self) -> About {
        self.about
    }

    fn sniff(&self, beginning: &Head<'_>) -> Confidence {
        let (mut all, mut good) = (0u32, 0u32);
        for text in first_lines(beginning, 200) {
            let mut room = Vec::new();
            let text = uncoloured(text, &mut room);
            let front = written(text).and_then(|at| {
                let len = shapes::at_start(&text[at..])?.len;
                Some(head::read(&text[..at], &text[at + len..]))
            });
            let line = Line { text, front };
            let speaks = (self.speaks)(&line);
            // A trace speaks for its family and never against another: it has many lines.
            if line.front.is_some() || speaks {
                all += 1;
                good += u32::from(speaks);
            }
        }
        let share = f64::from(good) / f64::from(all.max(1));
        if good == 0 || share < MOST {
            return Confidence::none();
        }
        let why = format!(
            "{good} of the first {all} records and lines of traces are written as {}",
            self.about.title
        );
        Confidence { score: 0.71 + 0.13 * share, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        read(input, ctx, out, self.dataset)
    }
}

/// Reads text whose records begin with a time.
///
/// # Errors
/// When the bytes cannot be read on.
pub fn read(
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
    dataset: &str,
) -> Result<(), ReadError> {
    let ids = Ids::new(out);
    let mut room = Vec::new();
    // Until a time was seen no line is joined to another: this may be text without any.
    let dated = std::cell::Cell::new(false);
    let joins = |so_far: &[u8], next: &[u8]| {
        if so_far.len() + next.len() > LONGEST_RECORD {
            return false;
        }
        let first = &so_far[..memchr::memchr(b'\n', so_far).unwrap_or(so_far.len())];
        let this = dated.get() || written(first).is_some();
        let opens = this || super::clock(first).is_some();
        opens && starts_record(first, this) && !starts_record(next, this)
    };
    records::read(input, out, joins, |bytes, fields, out| {
        let text = uncoloured(bytes, &mut room);
        let time = take_apart(text, ctx, &ids, fields, out);
        dated.set(dated.get() || time.is_some());
        if !dataset.is_empty() {
            fields.text(known::EVENT_DATASET, dataset);
        }
        Made::Event(time)
    })
}

fn ends(name: &[u8], endings: &[&[u8]]) -> bool {
    endings.iter().any(|e| name.ends_with(e))
}

fn has(text: &[u8], word: &[u8]) -> bool {
    memmem::find(text, word).is_some()
}

fn java(line: &Line<'_>) -> bool {
    let text = line.text;
    let trimmed = text.trim_ascii_start();
    if trimmed.starts_with(b"at ")
        && (has(text, b".java:")
            || has(text, b"(Native Method)")
            || has(text, b"(Unknown Source)")
            || has(text, b".scala:")
            || has(text, b".kt:"))
    {
        return true;
    }
    let Some(front) = &line.front else { return trimmed.starts_with(b"Caused by: ") };
    let package = front.logger.iter().filter(|c| **c == b'.').count() >= 2 || front.logger.contains(&b'$');
    let place = ends(front.file, &[b".java", b".scala", b".kt"]);
    let boot = has(&text[..text.len().min(120)], b" --- [");
    let threaded = front.level.is_some() && !front.thread.is_empty() && !front.logger.is_empty();
    // java.util.logging: `Jan 01, 2026 1:00:00 AM org.a.B method`
    let first = text.get(..60).unwrap_or(text);
    let jul = (has(first, b" AM ") || has(first, b" PM ")) && {
        let words: Vec<&[u8]> = text.split(|c| *c == b' ').collect();
        words.len() <= 8
            && words
                .iter()
                .any(|w| w.iter().filter(|c| **c == b'.').count() >= 2 && w[0].is_ascii_alphabetic())
    };
    package || place || boot || threaded || jul
}

fn python(line: &Line<'_>) -> bool {
    let trimmed = line.text.trim_ascii_start();
    if trimmed.starts_with(b"File \"") || trimmed.starts_with(b"Traceback (most recent") {
        return true;
    }
    let Some(front) = &line.front else {
        // `WARNING:root:text`
        let first = trimmed.split(|c| *c == b':').next().unwrap_or_default();
        return matches!(first, b"DEBUG" | b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL")
            && trimmed.iter().filter(|c| **c == b':').count() >= 2;
    };
    let celery = matches!(front.thread, b"MainProcess") || front.thread.starts_with(b"ForkPoolWorker");
    let gunicorn = line.text.starts_with(b"[")
        && has(&line.text[..line.text.len().min(60)], b" +0000] [")
        && front.pid.is_some();
    let dashes = has(line.text, b" - INFO - ")
        || has(line.text, b" - WARNING - ")
        || has(line.text, b" - ERROR - ")
        || has(line.text, b" - DEBUG - ");
    ends(front.file, &[b".py"])
        || celery
        || gunicorn
        || dashes
        || has(&line.text[..line.text.len().min(100)], b"MainThread")
}

fn go(line: &Line<'_>) -> bool {
    if line.text.starts_with(b"goroutine ") || line.text.starts_with(b"panic: ") {
        return true;
    }
    let Some(front) = &line.front else { return has(line.text, b".go:") && line.text.starts_with(b"\t") };
    ends(front.file, &[b".go"])
}

fn php(line: &Line<'_>) -> bool {
    let trimmed = line.text.trim_ascii_start();
    if trimmed.starts_with(b"#") && has(line.text, b".php(")
        || trimmed.starts_with(b"[stacktrace]")
        || trimmed.starts_with(b"#") && has(line.text, b"{main}")
    {
        return true;
    }
    let Some(front) = &line.front else { return false };
    let monolog = !front.logger.is_empty()
        && has(&line.text[..line.text.len().min(120)], &[front.logger, b"."].concat());
    monolog && line.text.starts_with(b"[") && front.thread.is_empty()
}

fn dotnet(line: &Line<'_>) -> bool {
    let trimmed = line.text.trim_ascii_start();
    if trimmed.starts_with(b"at ") && (has(line.text, b".cs:line ") || has(line.text, b"System.")) {
        return true;
    }
    let Some(front) = &line.front else { return trimmed.starts_with(b"--- End of ") };
    let reach = &line.text[..line.text.len().min(80)];
    // Serilog cuts levels to three letters, NLog puts pipes between.
    let serilog = [b" [INF] ".as_slice(), b" [WRN] ", b" [ERR] ", b" [DBG] ", b" [FTL] ", b" [VRB] "]
        .iter()
        .any(|w| has(reach, w));
    let nlog = [b"|INFO|".as_slice(), b"|DEBUG|", b"|WARN|", b"|ERROR|", b"|TRACE|", b"|FATAL|"]
        .iter()
        .any(|w| has(reach, w));
    serilog || (nlog && !front.logger.is_empty())
}

fn ruby(line: &Line<'_>) -> bool {
    let text = line.text;
    let letter = text.first().is_some_and(|c| matches!(c, b'D' | b'I' | b'W' | b'E' | b'F' | b'A'));
    (letter && text.get(1..4) == Some(b", [") && has(text, b" -- "))
        || (has(text, b".rb:") && has(text, b":in "))
}

fn node(line: &Line<'_>) -> bool {
    let trimmed = line.text.trim_ascii_start();
    trimmed.starts_with(b"at ")
        && (has(line.text, b".js:") || has(line.text, b".ts:") || has(line.text, b"node:internal"))
}

fn rust(line: &Line<'_>) -> bool {
    let Some(front) = &line.front else { return false };
    front.level.is_some() && has(front.logger, b"::")
}

macro_rules! families {
    ($($(#[doc = $doc:literal])* $name:ident = ($id:literal, $title:literal, $about:literal, $speaks:path);)+) => {
        $($(#[doc = $doc])* pub const $name: Family =
            Family { about: About { id: $id, title: $title, about: $about }, dataset: $id, speaks: $speaks };)+
    };
}

families! {
    /// Java and what runs on its machine.
    JAVA = ("java_log", "Java application log", "Log4j, Logback, java.util.logging and what builds on them (Spring, Hadoop, \
        Tomcat, JBoss): level, thread, logger, message, and errors with their stack traces.", java);
    /// Python.
    PYTHON = ("python_log", "Python application log", "Python's logging in its usual layouts, gunicorn, Celery, Airflow: level, \
        logger, place in the source, message, and errors with their tracebacks.", python);
    /// Go.
    GO = ("go_log", "Go application log", "Go's log package, zap and others that name the place in the source, and panics.", go);
    /// PHP.
    PHP = ("php_log", "PHP application log", "Monolog (Laravel, Symfony): channel, level, message, errors with \
        their stack traces.", php);
    /// .NET.
    DOTNET = ("dotnet_log", ".NET application log", "Serilog, NLog and others: level, logger, message, and exceptions with their stack \
        traces.", dotnet);
    /// Ruby.
    RUBY = ("ruby_log", "Ruby application log", "Ruby's Logger (Rails, Sidekiq, Puppet, GitLab): level, process, message, errors with their \
        backtraces.", ruby);
    /// Node.
    NODE = ("node_log", "Node.js application log", "Text of Node.js programs with errors and their stack traces.", node);
    /// Rust.
    RUST = ("rust_log", "Rust application log", "tracing and env_logger: level, target, message and fields.", rust);
}
