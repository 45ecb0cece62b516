//! Every file: which format it was taken for, and whether all its bytes are accounted for. Which format a file is, and how
//! many records it holds where somebody counted them by other means, stands in `expected.tsv`: a path (`*` at its end stands
//! for any rest), the formats that are right, separated by `|`, and the records (or nothing).

use super::reading::read;
use super::tally::{Ask, Table};
use std::path::{Path, PathBuf};

const EXPECTED: &str = include_str!("expected.tsv");

/// The line of the table for a path: the longest pattern that fits.
fn expected(path: &str) -> Option<(&'static str, Option<u64>)> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(head) => path.starts_with(head),
        None => path == pattern,
    };
    EXPECTED
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let mut cells = l.split('\t');
            let (pattern, formats) = (cells.next()?, cells.next()?);
            Some((pattern, formats, cells.next().and_then(|n| n.parse().ok())))
        })
        .filter(|(pattern, ..)| fits(pattern))
        .max_by_key(|(pattern, ..)| pattern.len())
        .map(|(_, formats, n)| (formats, n))
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    all.sort();
    for path in all {
        if path.is_dir() { walk(&path, out) } else { out.push(path) }
    }
}

pub fn score(ask: &Ask) -> Table {
    let mut table = Table::new(&["format", "records", "bytes", "dated"], ask.show);
    let mut files = Vec::new();
    walk(&ask.data, &mut files);
    for path in files {
        let name = path.strip_prefix(&ask.data).unwrap_or(&path).to_string_lossy().into_owned();
        let skip =
            ["SOURCE.md", "README.md", "MANIFEST.tsv", "expected.json", "expected.jsonl", ".golden.json"];
        if skip.iter().any(|s| name.ends_with(s)) || !name.contains(&ask.filter) {
            continue;
        }
        let got = read(&path);
        let folder = name.split('/').next().unwrap_or_default().to_owned();
        let row = if ask.filter.is_empty() { folder } else { name.clone() };
        if ask.show > 0 {
            let bad: Vec<String> = got
                .problems
                .iter()
                .take(3)
                .map(|(kind, line, said)| format!("{kind:?} {line}: {said}"))
                .collect();
            table.note(
                &row,
                format!(
                    "# {name}: {} {:.2}, {} events, {} undated, {} problems {}",
                    got.format,
                    got.confidence,
                    got.events.len(),
                    got.undated,
                    got.problems.len(),
                    bad.join("; ")
                ),
            );
        }
        // Of a file that is not in the table nothing is known.
        if let Some((formats, records)) = expected(&name) {
            let right = formats.split('|').any(|f| f == got.format);
            table.add(&row, "format", right, || format!("{name}: {formats} expected, {} read", got.format));
            if let Some(n) = records {
                table.add(&row, "records", got.events.len() as u64 == n, || {
                    format!("{name}: {n} records expected, {} read", got.events.len())
                });
            }
        }
        let accounted = got.event_bytes + got.problem_bytes + got.filler;
        table.add(&row, "bytes", accounted == got.decoded, || {
            format!("{name}: {accounted} of {} bytes accounted for", got.decoded)
        });
        table.add(&row, "dated", got.undated == 0 && !got.events.is_empty(), || {
            format!("{name}: {} of {} events undated", got.undated, got.events.len())
        });
    }
    table
}
