//! What kind of table a delimited text is: its delimiter, what stands above it, and whether its first row has names.

use super::split::{Cells, Rows};
use super::values::{Kind, kind};

/// Delimiters, the likeliest first: what spreadsheets, databases and Hadoop write.
const DELIMITERS: [u8; 9] = [b',', b'\t', b';', b'|', b'^', b'~', 0x01, 0x1e, 0x1f];
/// Rows that are looked at.
const MOST: usize = 60;
/// Lines above the table.
const MOST_ABOVE: usize = 24;

/// The delimiter in words.
pub fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "commas",
        b'\t' => "tabs",
        b';' => "semicolons",
        b'|' => "bars",
        b'^' => "carets",
        b'~' => "tildes",
        _ => "control characters",
    }
}

/// What the beginning of a delimited text shows.
#[derive(Clone, Debug)]
pub struct Table {
    /// What divides the cells.
    pub delimiter: u8,
    /// Cells in a row.
    pub columns: usize,
    /// The names, where the first row has them.
    pub names: Option<Vec<String>>,
    /// Rows (lines, as a rule) above the table.
    pub above: usize,
    /// Rows that were looked at, the names left out.
    pub rows: Vec<Vec<String>>,
    /// Rows have as many cells as they like beyond these: the last one is free text with delimiters in it.
    pub open_ended: bool,
    /// Columns whose values are all of one kind that says something.
    pub typed: usize,
    /// Rows that begin with `#` are comments, as the one with the names was.
    pub comments: bool,
    /// Every row begins with a quoted cell.
    pub quoted: bool,
}

impl Table {
    /// The table that this text is; `None` when it is none. Rows divided by another delimiter than `only` are not
    /// looked for where that is given.
    pub fn find(head: &[u8], whole: bool, only: Option<u8>) -> Option<Self> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let told = told_delimiter(text);
        let tried = DELIMITERS.iter().copied();
        match only.or(told) {
            Some(one) => Self::with(text, whole, one, told.is_some() || only.is_some()),
            None => tried
                .filter_map(|d| Self::with(text, whole, d, false))
                // More columns say more, as long as the rows agree on them.
                .max_by_key(|t| (t.names.is_some(), t.rows.len().min(3), t.columns)),
        }
    }

    /// Every line a cell, where there is no table.
    pub fn of_lines(head: &[u8], whole: bool) -> Self {
        let mut input = head;
        let (mut rows, mut body) = (Rows::new(&mut input), Vec::new());
        while body.len() < MOST
            && let Ok(Some(row)) = rows.next(0, 0)
        {
            let cut = row.offset + row.bytes.len() as u64 >= head.len() as u64 && !whole;
            if !cut && !row.bytes.trim_ascii().is_empty() {
                body.push(vec![String::from_utf8_lossy(row.bytes).trim().to_owned()]);
            }
        }
        Self {
            delimiter: 0,
            columns: 1,
            names: None,
            above: 0,
            rows: body,
            open_ended: false,
            typed: 0,
            comments: false,
            quoted: false,
        }
    }

    fn with(text: &[u8], whole: bool, delimiter: u8, sure: bool) -> Option<Self> {
        let mut input = text;
        let mut rows = Rows::new(&mut input);
        let mut cells = Cells::default();
        let mut all: Vec<Vec<String>> = Vec::new();
        let mut quoted = 0;
        while all.len() < MOST {
            let Ok(Some(row)) = rows.next(delimiter, 0) else { break };
            // The last row of a cut-off head is cut off too.
            let cut = row.offset + row.bytes.len() as u64 >= text.len() as u64 && !whole && !all.is_empty();
            if cut {
                break;
            }
            let told = row.offset == 0 && told_delimiter(row.bytes).is_some();
            if row.bytes.trim_ascii().is_empty() || told {
                // It counts as a line above the table, with no cells.
                all.push(Vec::new());
                continue;
            }
            cells.split(row.bytes, delimiter);
            quoted += usize::from(row.bytes.first() == Some(&b'"') && cells.len() > 2);
            all.push(cells.texts(row.bytes));
        }
        let usual = usual_length(&all)?;
        let comment = |r: &Vec<String>| r.is_empty() || r[0].starts_with('#');
        let first = all.iter().position(|r| !comment(r))?;
        // The names stand in the first row that is as long as the others (a comment sign may stand before them).
        let named = (0..all.len().min(MOST_ABOVE)).find(|n| {
            let row = &all[*n];
            let fits = row.len() == usual || row.len() + 1 == usual;
            fits && row.len() > 1 && looks_like_names(row)
        });
        let names_at = named
            .filter(|n| above_is_no_table(&all[..*n], usual, delimiter) && differs(&all[*n], &all[*n + 1..]));
        let start = names_at.unwrap_or(first);
        let mut body: Vec<Vec<String>> = all.split_off(start);
        let above = start;
        let comments = names_at.is_some() && body.first().is_some_and(|r| r[0].starts_with('#'));
        let names = names_at.map(|_| {
            let mut names = body.remove(0);
            if let Some(name) = names.first_mut() {
                let bare = name.trim_start_matches('#').trim_start();
                // Exchange: `#Fields: date-time,client-ip,...`.
                *name = bare.strip_prefix("Fields:").unwrap_or(bare).trim_start().to_owned();
            }
            names
        });
        body.retain(|r| r.first().is_some_and(|first| !comments || !first.starts_with('#')));
        let count = body.len();
        let same = body.iter().filter(|r| r.len() == usual).count();
        // A delimiter at the end of each row makes a last column that is never filled.
        let columns = match &names {
            Some(names) if count == 0 => names.len(),
            Some(names) if same * 2 < count => names.len(),
            _ => usual,
        };
        if columns < 2 {
            return None;
        }
        let least = body.iter().map(Vec::len).min().unwrap_or(columns);
        let open_ended =
            names.is_none() && least >= 4 && least < body.iter().map(Vec::len).max().unwrap_or(0);
        let columns = if open_ended { least } else { columns };
        let quoted = quoted == all.len() + body.len() + usize::from(names.is_some());
        let typed = (0..columns).filter(|n| is_typed(&body, *n)).count();
        let agrees = match (&names, open_ended) {
            (Some(_), _) if above > 0 => columns > 2 && count >= 1 && same * 10 >= count * 8,
            (Some(_), _) if columns > 2 => same * 2 >= count,
            (Some(_), _) => same == count,
            (None, true) => count >= 3 && typed >= 3,
            (None, false) => columns > 2 && count >= 2 && same == count && typed >= 1,
        };
        let agrees = agrees || (sure && count > 0);
        agrees.then_some(Self {
            delimiter,
            columns,
            names,
            above,
            rows: body,
            open_ended,
            typed,
            comments,
            quoted,
        })
    }
}

/// `sep=;`, as Excel writes it in the first line.
fn told_delimiter(text: &[u8]) -> Option<u8> {
    let line = text.split(|b| *b == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', one] => Some(*one),
        _ => None,
    }
}

/// How many cells most rows have, of those with at least two.
fn usual_length(rows: &[Vec<String>]) -> Option<usize> {
    let mut lengths: Vec<usize> = rows.iter().map(Vec::len).filter(|n| *n > 1).collect();
    lengths.sort_unstable();
    let mut best = (0, 0);
    for run in lengths.chunk_by(|a, b| a == b) {
        if run.len() >= best.0 {
            best = (run.len(), run[0]);
        }
    }
    (best.1 > 1).then_some(best.1)
}

/// Titles, comments and blank lines are shorter than the rows.
fn above_is_no_table(above: &[Vec<String>], usual: usize, delimiter: u8) -> bool {
    above.iter().all(|row| {
        let comment = row.first().is_some_and(|c| c.starts_with('#') || c.starts_with("//"));
        // Prose has commas too.
        comment || row.len() < usual.max(3) - 1 || (row.len() < usual && delimiter == b',')
    })
}

/// Names differ from what stands below them: no column has its name as a value too.
fn differs(names: &[String], rows: &[Vec<String>]) -> bool {
    // Files that were joined have the names again, all of them.
    let others = || rows.iter().filter(|r| r.as_slice() != names);
    let again = names
        .iter()
        .enumerate()
        .any(|(n, name)| !name.is_empty() && others().filter_map(|r| r.get(n)).any(|value| value == name));
    let kinds = |row: &[String]| row.iter().filter(|c| kind(c.as_bytes()).says()).count();
    // `login,bob,success` may be names or not; times, numbers and addresses are none.
    !again && kinds(names) == 0
}

/// Names are short, differ, begin with a letter, and are not sentences.
fn looks_like_names(cells: &[String]) -> bool {
    let name = |cell: &String| {
        let words = cell.split_whitespace().count();
        let first = cell.trim_start_matches(['#', '"', ' ']).chars().next();
        cell.len() <= 120
            && words <= 9
            && first.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '@' | '$' | '%' | '('))
            && !cell.contains("://")
            && !cell.contains('=')
            && !cell.contains(['{', '['])
            && !cell.ends_with(['!', ';'])
            && (cell.len() < 8 || !cell.ends_with('.'))
    };
    let named = cells.iter().filter(|c| name(c)).count();
    let empty = cells.iter().filter(|c| c.is_empty()).count();
    let mut unique: Vec<&String> = cells.iter().filter(|c| !c.is_empty()).collect();
    let count = unique.len();
    unique.sort();
    unique.dedup();
    // A few odd names (`No.`, `802.1X`, `0x10`) are let through where there are many.
    let odd = cells.len() - named - empty;
    odd * 8 <= cells.len() && named * 2 > cells.len() && unique.len() * 3 >= count * 2
}

/// Whether the values of a column are of one kind that says something, nearly all of them.
fn is_typed(rows: &[Vec<String>], n: usize) -> bool {
    let kinds: Vec<Kind> =
        rows.iter().filter_map(|r| r.get(n)).filter(|c| !c.is_empty()).map(|c| kind(c.as_bytes())).collect();
    kinds.first().is_some_and(|first| {
        let same = kinds.iter().filter(|k| *k == first).count();
        first.says() && same * 10 >= kinds.len() * 9 && kinds.len() * 2 >= rows.len()
    })
}
