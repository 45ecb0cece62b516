//! How results look: JSON lines, aligned columns, units, and text out of logs made harmless. Nothing is
//! asked of the engine here.

use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// Where results go. Ends quietly when whoever reads has gone (`| head`).
pub struct Out {
    to: BufWriter<StdoutLock<'static>>,
    /// Whether JSON is wanted.
    pub json: bool,
}

impl Out {
    /// Standard output.
    pub fn new(json: bool) -> Self {
        Self { to: BufWriter::with_capacity(1 << 16, io::stdout().lock()), json }
    }

    /// One JSON value on a line of its own.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }

    /// A line for people.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.to.write_all(text.as_bytes())?;
        self.to.write_all(b"\n")
    }

    /// Aligned columns for people.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        self.to.write_all(table.text().as_bytes())
    }

    /// Whatever is still on its way.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A sentence worth knowing, on stderr.
pub fn notice(text: &str) {
    let _ = writeln!(io::stderr(), "{}", safe(text));
}

/// A line on stderr that is written over and over, on a terminal only.
pub struct ProgressLine {
    shown: bool,
    terminal: bool,
}

impl ProgressLine {
    pub fn new() -> Self {
        Self { shown: false, terminal: io::stderr().is_terminal() }
    }

    pub fn show(&mut self, text: &str) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r{}\x1b[K", safe(text));
            let _ = io::stderr().flush();
            self.shown = true;
        }
    }

    pub fn clear(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
            self.shown = false;
        }
    }
}

/// Text out of a log on one line: control characters, which could steer a terminal, and characters that
/// turn the direction of writing are shown by their numbers.
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() && (c as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// Bytes with a unit: `433 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or("TB");
    if unit == "B" || value >= 99.5 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// Seconds with a unit: `0.41 s`, `3 min 20 s`.
pub fn seconds(s: f64) -> String {
    match s {
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{} min {:.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
        s => format!("{} h {:.0} min", (s / 3600.0).floor(), (s % 3600.0 / 60.0).floor()),
    }
}

/// The first characters of a text, and a mark where more follow.
pub fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Rows under a heading. Every cell is made harmless when it is put in.
pub struct Table {
    heads: Vec<(&'static str, bool)>,
    dynamic: Vec<String>,
    rows: Vec<Vec<String>>,
    indent: &'static str,
}

impl Table {
    /// With these headings; one that begins with `>` is for numbers, which stand right.
    pub fn new(heads: &[&'static str]) -> Self {
        let split = |h: &&'static str| h.strip_prefix('>').map_or((*h, false), |rest| (rest, true));
        Self { heads: heads.iter().map(split).collect(), dynamic: Vec::new(), rows: Vec::new(), indent: "" }
    }

    /// With headings that are known only now, all standing left.
    pub fn named(heads: &[String]) -> Self {
        let dynamic = heads.iter().map(|h| safe(h)).collect();
        Self { heads: Vec::new(), dynamic, rows: Vec::new(), indent: "" }
    }

    /// Each line moved in by this.
    pub fn indented(mut self, by: &'static str) -> Self {
        self.indent = by;
        self
    }

    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|c| safe(c.as_ref())).collect());
    }

    fn text(&self) -> String {
        let heads: Vec<(String, bool)> = if self.dynamic.is_empty() {
            self.heads.iter().map(|(h, right)| ((*h).to_owned(), *right)).collect()
        } else {
            self.dynamic.iter().map(|h| (h.clone(), false)).collect()
        };
        let width = |n: usize| {
            let cells = self.rows.iter().filter_map(|r| r.get(n)).map(|c| c.chars().count());
            cells.chain(heads.get(n).map(|h| h.0.chars().count())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        let mut out = String::new();
        if heads.iter().any(|h| !h.0.is_empty()) {
            self.put(&mut out, &heads.iter().map(|h| h.0.as_str()).collect::<Vec<_>>(), &heads, &widths);
        }
        for row in &self.rows {
            self.put(&mut out, &row.iter().map(String::as_str).collect::<Vec<_>>(), &heads, &widths);
        }
        out
    }

    fn put(&self, out: &mut String, cells: &[&str], heads: &[(String, bool)], widths: &[usize]) {
        let mut line = self.indent.to_owned();
        for (n, cell) in cells.iter().enumerate() {
            let pad = " ".repeat(widths.get(n).copied().unwrap_or(0).saturating_sub(cell.chars().count()));
            if n > 0 {
                line.push_str("  ");
            }
            if heads.get(n).is_some_and(|h| h.1) {
                line.push_str(&pad);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&pad);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_text_cannot_steer_a_terminal() {
        assert_eq!(safe("\x1b[2Jgone\r\n"), "\\x1b[2Jgone\\r\\n");
        assert_eq!(safe("\u{9b}31m \u{202e}txt.exe"), "\\x9b31m \\u{202e}txt.exe");
        assert_eq!(safe("péché 日本"), "péché 日本");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["NAME", ">N"]);
        table.row(["a", "1"]);
        table.row(["long name", "1,000"]);
        assert_eq!(table.text(), "NAME           N\na              1\nlong name  1,000\n");
    }

    #[test]
    fn figures_have_units() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(433_000_000), "433 MB");
        assert_eq!(seconds(0.412), "0.41 s");
        assert_eq!(seconds(200.4), "3 min 20 s");
        assert_eq!(cut("abc", 2), "ab…");
    }
}
