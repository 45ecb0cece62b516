//! Delimited text: rows of cells divided by commas, tabs, semicolons, bars or anything that is seen to divide them,
//! with or without a line of names, and with titles or comments above it. Quoted cells may hold delimiters and line
//! breaks. A column becomes the ECS field that its name means (or its values, or the product that writes such a
//! table, or the analyst); every other column is kept under its own name.

mod columns;
mod dialect;
mod mapping;
mod products;
mod rules;
mod split;
mod values;

use super::named_values::Means;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use columns::{Columns, Time};
use dialect::Table;
pub use mapping::{Mapping, Mappings, Said, fingerprint};
use split::{Cells, Rows};
use std::io::Read;
use timberline_model::{FieldId, FieldNames, Fields, Flow, ProblemKind, Record, Sink};

/// The format.
pub struct Csv;

/// How much is looked at to find the table.
const HEAD: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Format for Csv {
    fn about(&self) -> About {
        About {
            id: "csv",
            title: "CSV, TSV and other delimited text",
            about: "Exports of any tool: EZ tools, Hayabusa, Plaso, Timesketch, Microsoft 365, Entra ID, Athena, flows and \
                    unknown ones. Columns become ECS fields by name and by their values; a mapping changes that.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(table) = Table::find(head.bytes, head.whole, None) else { return Confidence::none() };
        let columns = Columns::of(&table, None, &mut Names::default());
        let named = head.name.to_ascii_lowercase();
        let fits = [".csv", ".tsv"].iter().any(|end| named.ends_with(end));
        let rows = table.rows.len();
        let what = dialect::delimiter_name(table.delimiter);
        let width = columns.len();
        if let Some(product) = columns.product {
            let why = format!(
                "the columns of {}, then {rows} rows of {width} cells divided by {what}",
                product.title
            );
            return Confidence { score: if rows > 0 { 0.97 } else { 0.9 }, why };
        }
        let known = columns.list.iter().filter(|c| c.means != Means::Keep).count();
        // Free text with commas has no header and no constant number of them for long.
        let base: f64 = match (table.names.is_some(), rows) {
            (true, 0) => 0.1,
            (true, 1) => 0.55,
            (true, _) if known + table.typed > 0 => 0.7,
            (true, _) => 0.6,
            (false, _) if table.quoted && table.typed > 0 => 0.6,
            (false, 5..) if table.typed >= 3 => 0.6,
            (false, 3..) if table.typed >= 2 => 0.52,
            (false, 0..=2) => 0.0,
            (false, _) => 0.3,
        };
        if base == 0.0 && !fits {
            return Confidence::none();
        }
        let header = if table.names.is_some() { "a line of names and then" } else { "no names," };
        Confidence {
            score: base + if fits { 0.1 } else { 0.0 },
            why: format!("{header} {rows} rows of {width} cells divided by {what}"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut rows = Rows::new(input);
        let (head, whole) = rows.peek(HEAD)?;
        // Chosen by hand and yet no table: a single column is what is left.
        let table = Table::find(head, whole, ctx.mappings().delimiter())
            .unwrap_or_else(|| Table::of_lines(head, whole));
        Reader::new(&table, ctx, out).read(&mut rows, ctx, out)
    }
}

/// Reads the rows of one table.
struct Reader<'t> {
    table: &'t Table,
    columns: Columns,
    cells: Cells,
    fields: Fields,
    /// Fields of cells beyond the last column.
    beyond: Vec<Option<FieldId>>,
}

impl<'t> Reader<'t> {
    fn new(table: &'t Table, ctx: &ParseContext, out: &mut dyn Sink) -> Self {
        let mapping = ctx.mappings().for_table(&column_names(table));
        let columns = Columns::of(table, mapping, out);
        Self { table, columns, cells: Cells::default(), fields: Fields::default(), beyond: Vec::new() }
    }

    fn read(&mut self, rows: &mut Rows<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let table = self.table;
        if let Some(said) = self.guessed()
            && out.problem(ProblemKind::Assumed, 0, 0, 0, &said, b"") == Flow::Stop
        {
            return Ok(());
        }
        let mut above = table.above + usize::from(table.names.is_some());
        loop {
            let columns = if above > 0 { 0 } else { self.columns.len() };
            let Some(row) = rows.next(table.delimiter, columns)? else { return Ok(()) };
            let bytes =
                if row.offset == 0 { row.bytes.strip_prefix(BOM).unwrap_or(row.bytes) } else { row.bytes };
            let mut flow = Flow::Continue;
            let comment = table.comments && bytes.first() == Some(&b'#');
            if above > 0 || comment || bytes.trim_ascii().is_empty() {
                above = above.saturating_sub(1);
                out.filler(row.bytes.len() as u64);
            } else {
                self.cells.split(bytes, table.delimiter);
                if self.names_again(bytes) {
                    out.filler(row.bytes.len() as u64);
                } else {
                    let time = self.take(bytes, ctx, out);
                    flow = out.event(&Record {
                        time: time.stamp,
                        offset: row.offset,
                        line: row.number,
                        raw: row.bytes,
                        bytes: row.bytes.len() as u64,
                        fields: &self.fields,
                    });
                    if let Some((kind, message)) = self.trouble(bytes, row.unclosed, time)
                        && flow == Flow::Continue
                    {
                        flow = out.problem(kind, row.number, row.offset, 0, &message, row.bytes);
                    }
                }
            }
            if flow == Flow::Stop || row.close(out) == Flow::Stop {
                return Ok(());
            }
        }
    }

    /// The cells that were split last as fields, and their time.
    fn take(&mut self, row: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Time {
        let width = self.columns.len();
        if self.table.open_ended && self.cells.len() > width {
            self.cells.join_from(width - 1, row.len());
        }
        self.fields.clear();
        let time = self.columns.read(row, &self.cells, ctx, &mut self.fields, out);
        for n in width..self.cells.len().min(width + 64) {
            let Some(text) = self.cells.get(row, n).map(<[u8]>::trim_ascii).filter(|c| !c.is_empty()) else {
                continue;
            };
            while self.beyond.len() <= n - width {
                let name = format!("column{}", width + self.beyond.len() + 1);
                self.beyond.push(out.field(&name));
            }
            if let Some(id) = self.beyond[n - width] {
                self.fields.bytes(id, text);
            }
        }
        time
    }

    /// What is wrong with the row that was read last.
    fn trouble(&self, row: &[u8], unclosed: bool, time: Time) -> Option<(ProblemKind, String)> {
        let (have, want) = (self.cells.len(), self.columns.len());
        if unclosed {
            let said = "a quote is not closed; the line was read by itself";
            return Some((ProblemKind::Malformed, said.to_owned()));
        }
        let surplus =
            (want..have).any(|n| self.cells.get(row, n).is_some_and(|c| !c.trim_ascii().is_empty()));
        // Rows may leave out the last delimiter, and end in more of them than there are columns.
        if have < want || surplus {
            return Some((
                ProblemKind::Malformed,
                format!("a row of {have} cells where {want} were expected"),
            ));
        }
        time.bad.map(|bad| (ProblemKind::BadTime, format!("the time \"{bad}\" was not understood")))
    }

    /// Whether the row holds the names once more: files were joined.
    fn names_again(&self, row: &[u8]) -> bool {
        let Some(names) = &self.table.names else { return false };
        self.cells.len() == names.len()
            && names.iter().enumerate().all(|(n, name)| {
                self.cells.get(row, n).is_some_and(|c| {
                    let c = c.trim_ascii();
                    c.strip_prefix(BOM).unwrap_or(c).trim_ascii_start() == name.as_bytes()
                })
            })
    }

    /// What was guessed of columns that have no names, in words.
    fn guessed(&self) -> Option<String> {
        if self.table.names.is_some() || self.columns.len() < 2 {
            return None;
        }
        let mut said: Vec<String> = Vec::new();
        match self.columns.time_columns() {
            [] => {}
            parts => {
                let names: Vec<&str> = parts.iter().map(|n| self.columns.list[*n].name.as_str()).collect();
                said.push(format!("{} for the time", names.join(" and ")));
            }
        }
        for column in self.columns.list.iter().filter(|c| c.by_values) {
            if let Some(field) = mapping::word_of(column.means) {
                said.push(format!("{} for {field}", column.name));
            }
        }
        (!said.is_empty()).then(|| {
            format!(
                "the table has no names; by their values {} was taken; a mapping changes that",
                said.join(", ")
            )
        })
    }
}

/// The names of a table's columns, or `column1` and so on.
fn column_names(table: &Table) -> Vec<String> {
    match &table.names {
        Some(names) => names.clone(),
        None => (1..=table.columns).map(|n| format!("column{n}")).collect(),
    }
}

/// What was made of a table, before it is read: for people to look at and to change.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// What divides the cells.
    pub delimiter: u8,
    /// Whether the first row has names.
    pub header: bool,
    /// One short text for its names: what a mapping is kept under.
    pub fingerprint: String,
    /// The product that writes such tables, where it is known.
    pub product: Option<&'static str>,
    /// Whether a mapping was applied.
    pub mapped: bool,
    /// The columns.
    pub columns: Vec<ColumnGuess>,
}

/// What was made of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnGuess {
    /// Its name.
    pub name: String,
    /// What it is: `time`, `keep`, `ignore`, `json` or a field, as a mapping writes it.
    pub said: String,
    /// Its first values.
    pub examples: Vec<String>,
}

/// What would be made of the table that begins so; `None` when it is none.
#[must_use]
pub fn guess(head: &[u8], whole: bool, mappings: &Mappings) -> Option<Guess> {
    let table = Table::find(head, whole, mappings.delimiter())?;
    let names = column_names(&table);
    let mapping = mappings.for_table(&names);
    let columns = Columns::of(&table, mapping, &mut Names::default());
    let times = columns.time_columns();
    let one = |n: usize| {
        let column = &columns.list[n];
        let said = match mapping.and_then(|m| m.of(&column.name)) {
            Some(said) => said.word(),
            None if times.contains(&n) => "time".to_owned(),
            None => mapping::word_of(column.means).unwrap_or("keep").to_owned(),
        };
        let examples = table.rows.iter().filter_map(|r| r.get(n)).filter(|c| !c.is_empty()).take(3);
        let examples = examples.map(|c| c.chars().take(120).collect()).collect();
        ColumnGuess { name: column.name.clone(), said, examples }
    };
    Some(Guess {
        delimiter: table.delimiter,
        header: table.names.is_some(),
        fingerprint: fingerprint(&names),
        product: columns.product.map(|p| p.title),
        mapped: mapping.is_some(),
        columns: (0..columns.len()).map(one).collect(),
    })
}

/// Takes names of fields and nothing else, to look at a table without reading it.
#[derive(Default)]
struct Names(FieldNames);

impl Sink for Names {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.0.id(name)
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Stop
    }
    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Stop
    }
    fn filler(&mut self, _: u64) {}
}

#[cfg(test)]
mod product_tests;
#[cfg(test)]
mod tests;
