//! Delimited text: comma, semicolon, tab or bar, with or without a line of names. Quoted cells may hold delimiters and
//! line breaks. A column whose name is well known becomes the ECS field it means; every column is kept under its own
//! name otherwise. Which names those are is [`columns`]'s.

mod columns;
mod split;

use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use columns::Columns;
use split::{Rows, Table};
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink};

/// The format.
pub struct Csv;

impl Format for Csv {
    fn about(&self) -> About {
        About {
            id: "csv",
            title: "CSV, TSV and other delimited text",
            about: "Exports of any tool. Well-known column names (time, source, user, action, ...) become ECS fields, \
                    the others keep their names.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(table) = Table::find(head.bytes, head.whole) else { return Confidence::none() };
        let columns = table.columns;
        let named = head.name.to_ascii_lowercase();
        let fits = [".csv", ".tsv"].iter().any(|end| named.ends_with(end));
        let what = split::delimiter_name(table.delimiter);
        // Free text with commas has no header and no constant number of them for long.
        let base = match (table.header, table.rows) {
            (true, 0) => 0.1,
            (true, 1) => 0.55,
            (true, _) => 0.7,
            (false, 0..=2) => 0.0,
            (false, _) => 0.45,
        };
        if base == 0.0 && !fits {
            return Confidence::none();
        }
        let score: f64 = base + if fits { 0.2 } else { 0.0 };
        let header = if table.header { "a line of names and then" } else { "no names," };
        Confidence {
            score: score.min(0.95),
            why: format!("{header} {} rows of {columns} cells divided by {what}", table.rows),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut rows = Rows::new(input);
        let Some((table, skipped)) = rows.table()? else {
            // Chosen by hand and yet no table: a single column is what is left.
            return single(&mut rows, ctx, out);
        };
        if skipped > 0 {
            out.filler(skipped as u64);
        }
        let mut columns: Option<Columns> = None;
        let mut fields = Fields::default();
        while let Some(row) = rows.next(table.delimiter)? {
            if row.bytes.trim_ascii().is_empty() {
                out.filler(row.bytes.len() as u64);
            } else if columns.is_none() && table.header {
                columns = Some(Columns::named(&row.cells(), out));
                out.filler(row.bytes.len() as u64);
            } else {
                let cells = row.cells();
                let columns =
                    columns.get_or_insert_with(|| Columns::numbered(cells.len().max(table.columns), out));
                fields.clear();
                let time = columns.read(&cells, ctx, &mut fields);
                let record = Record {
                    time: time.stamp,
                    offset: row.offset,
                    line: row.number,
                    raw: row.bytes,
                    bytes: row.bytes.len() as u64,
                    fields: &fields,
                };
                let mut flow = out.event(&record);
                if cells.len() != columns.len() {
                    let message =
                        format!("a row of {} cells where {} were expected", cells.len(), columns.len());
                    flow =
                        out.problem(ProblemKind::Malformed, row.number, row.offset, 0, &message, row.bytes);
                } else if let Some(bad) = time.bad {
                    let message = format!("the time \"{bad}\" was not understood");
                    flow = out.problem(ProblemKind::BadTime, row.number, row.offset, 0, &message, row.bytes);
                }
                if flow == Flow::Stop {
                    return Ok(());
                }
            }
            if row.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Every line a cell.
fn single(rows: &mut Rows<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
    let columns = Columns::numbered(1, out);
    let mut fields = Fields::default();
    while let Some(row) = rows.next(0)? {
        if row.bytes.trim_ascii().is_empty() {
            out.filler(row.bytes.len() as u64);
        } else {
            fields.clear();
            let time = columns.read(&row.cells(), ctx, &mut fields);
            let record = Record {
                time: time.stamp,
                offset: row.offset,
                line: row.number,
                raw: row.bytes,
                bytes: row.bytes.len() as u64,
                fields: &fields,
            };
            if out.event(&record) == Flow::Stop {
                return Ok(());
            }
        }
        if row.close(out) == Flow::Stop {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
