//! What a scorer was asked, and its answer: rows of counts, with the differences that were seen.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was asked.
pub struct Ask {
    /// The folder of the data.
    pub data: PathBuf,
    /// Only files whose path contains this.
    pub filter: String,
    /// At most so many differences a row.
    pub show: usize,
    /// Fields too that the main figure leaves out.
    pub all: bool,
}

/// Right and expected.
#[derive(Clone, Copy, Default)]
pub struct Share {
    pub right: u64,
    pub of: u64,
}

impl Share {
    pub fn add(&mut self, right: bool) {
        self.right += u64::from(right);
        self.of += 1;
    }

    /// As a part of one.
    pub fn part(self) -> f64 {
        if self.of == 0 { 1.0 } else { self.right as f64 / self.of as f64 }
    }

    fn show(self) -> String {
        match self.of {
            0 => "-".into(),
            of => format!("{:.1} % ({}/{of})", 100.0 * self.part(), self.right),
        }
    }
}

/// One product's, or one file's.
#[derive(Default)]
pub struct Row {
    pub shares: BTreeMap<&'static str, Share>,
    pub notes: Vec<String>,
}

/// All rows, by name.
pub struct Table {
    pub columns: &'static [&'static str],
    pub rows: BTreeMap<String, Row>,
    pub show: usize,
}

impl Table {
    pub fn new(columns: &'static [&'static str], show: usize) -> Self {
        Self { columns, rows: BTreeMap::new(), show }
    }

    /// Counts one comparison; a wrong one is noted.
    pub fn add(&mut self, row: &str, column: &'static str, right: bool, note: impl FnOnce() -> String) {
        let row = self.rows.entry(row.to_owned()).or_default();
        row.shares.entry(column).or_default().add(right);
        if !right && row.notes.len() < self.show {
            row.notes.push(note());
        }
    }

    pub fn note(&mut self, row: &str, note: String) {
        self.rows.entry(row.to_owned()).or_default().notes.push(note);
    }

    pub fn total(&self, column: &str) -> Share {
        let mut all = Share::default();
        for share in self.rows.values().filter_map(|r| r.shares.get(column)) {
            all.right += share.right;
            all.of += share.of;
        }
        all
    }

    pub fn print(&self, rows: bool) {
        let wide = self.rows.keys().map(String::len).max().unwrap_or(0).clamp(5, 60);
        let line = |name: &str, share: &dyn Fn(&str) -> Share| {
            let cells: Vec<String> =
                self.columns.iter().map(|c| format!("{c} {:<22}", share(c).show())).collect();
            println!("{name:<wide$}  {}", cells.join("  ").trim_end());
        };
        if rows {
            for (name, row) in &self.rows {
                line(name, &|c| row.shares.get(c).copied().unwrap_or_default());
                for note in &row.notes {
                    println!("    {note}");
                }
            }
        }
        line("ALL", &|c| self.total(c));
    }

    /// As a table for the docs: a row each, the whole last.
    pub fn markdown(&self) -> String {
        let mut out =
            format!("| | {} |\n|---|{}\n", self.columns.join(" | "), "---|".repeat(self.columns.len()));
        let mut line = |name: &str, share: &dyn Fn(&str) -> Share| {
            let cells: Vec<String> = self.columns.iter().map(|c| share(c).show()).collect();
            out.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
        };
        for (name, row) in &self.rows {
            line(name, &|c| row.shares.get(c).copied().unwrap_or_default());
        }
        line("**all**", &|c| self.total(c));
        out
    }
}
