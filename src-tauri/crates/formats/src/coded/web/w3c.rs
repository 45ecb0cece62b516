//! W3C extended logs: lines that begin with `#` say what the columns are, from there on and until the next such line. IIS
//! (web, FTP, SMTP, HTTP errors), CloudFront, BlueCoat, TMG, Windows Firewall, Incapsula and others write them. What a
//! column means is [`columns`]'s; rows whose header is lost are read by [`layouts`]. Times are UTC by the format's own
//! rule, unless a header says that they are local.

mod columns;
mod layouts;
mod rows;

use crate::framing::lines::Lines;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use columns::{Columns, Product};
use rows::Cells;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink};

/// The format.
pub struct W3c;

impl Format for W3c {
    fn about(&self) -> About {
        About {
            id: "w3c",
            title: "W3C extended log (IIS, CloudFront, Windows Firewall, proxies)",
            about: "Logs whose columns a #Fields line names: IIS web, FTP and SMTP, HTTPERR, CloudFront, BlueCoat, TMG, Windows \
                    Firewall. Rows of IIS and CloudFront are known without that line too.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let mut columns = 0;
        let mut named = 0;
        let (mut all, mut good, mut known) = (0u32, 0u32, 0u32);
        let mut lines = head.bytes.split(|b| *b == b'\n').peekable();
        let mut many = 0;
        while let Some(line) = lines.next() {
            // The last line of a cut-off head may be cut off too.
            if many >= 100 || lines.peek().is_none() && !head.whole && many > 0 {
                break;
            }
            let line = line.trim_ascii_end();
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Some(names) = line.strip_prefix(b"#Fields:") {
                columns = columns::split_names(names).0.len();
                named += 1;
            } else if !line.starts_with(b"#") {
                many += 1;
                all += 1;
                let cells = Cells::cut(line, rows::delimiter_of(line), 0);
                let fits = columns > 0 && cells.len().abs_diff(columns) <= 1;
                good += u32::from(fits);
                known += u32::from(!fits && layouts::fitting(&cells).is_some());
            }
        }
        if named > 0 && (all == 0 || good * 2 >= all || good + known > 0) {
            let why = format!(
                "a #Fields line names {columns} columns, and {good} of the first {all} rows have as many"
            );
            return Confidence { score: if all == 0 || good * 2 >= all { 0.98 } else { 0.9 }, why };
        }
        let share = f64::from(known) / f64::from(all.max(1));
        if share < 0.6 {
            return Confidence::none();
        }
        let why = format!(
            "{known} of the first {all} rows have the columns of an IIS or CloudFront log without its header"
        );
        Confidence { score: 0.75 + 0.2 * share, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        let mut product = Product::default();
        let mut columns: Option<Columns> = None;
        let mut found: Vec<(usize, Columns)> = Vec::new();
        while let Some(line) = lines.next()? {
            let bytes = line.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line.bytes);
            let (offset, number) = (line.offset, line.number);
            let mut flow = Flow::Continue;
            if bytes.trim_ascii().is_empty() {
                out.filler(line.bytes.len() as u64);
            } else if bytes.starts_with(b"#") {
                product.directive(bytes, ctx);
                if let Some(names) = bytes.strip_prefix(b"#Fields:") {
                    product.look_at(names);
                    columns = Some(Columns::named(names, &product, out));
                }
                out.filler(line.bytes.len() as u64);
            } else {
                let delimiter =
                    columns.as_ref().map_or_else(|| rows::delimiter_of(bytes), |c| c.delimiter(bytes));
                let expected = columns.as_ref().map_or(0, Columns::len);
                let cells = Cells::cut(bytes, delimiter, expected);
                // Another layout than the one that was named last: files are joined, headers are lost.
                let other = if cells.len() == expected { None } else { layouts::fitting(&cells) };
                fields.clear();
                let mut remark = None;
                let time = match (other, &mut columns) {
                    (Some(n), _) => {
                        let at = found.iter().position(|(known, _)| *known == n).unwrap_or_else(|| {
                            let (names, product) = layouts::columns(n);
                            found.push((n, Columns::named(names.as_bytes(), &product, out)));
                            found.len() - 1
                        });
                        found[at].1.read(&cells, ctx, &mut fields, out)
                    }
                    (None, Some(columns)) => {
                        if cells.len() != expected {
                            remark =
                                Some(format!("a row of {} columns where {expected} are named", cells.len()));
                        }
                        columns.read(&cells, ctx, &mut fields, out)
                    }
                    (None, None) => {
                        flow = out.problem(
                            ProblemKind::Malformed,
                            number,
                            offset,
                            line.bytes.len() as u64,
                            "no #Fields line says what the columns are, and they are none of a known log",
                            bytes,
                        );
                        if flow == Flow::Stop || line.close(out) == Flow::Stop {
                            return Ok(());
                        }
                        continue;
                    }
                };
                flow = out.event(&Record {
                    time: time.stamp,
                    offset,
                    line: number,
                    raw: line.bytes,
                    bytes: line.bytes.len() as u64,
                    fields: &fields,
                });
                if flow == Flow::Continue && time.bad {
                    flow = out.problem(
                        ProblemKind::BadTime,
                        number,
                        offset,
                        0,
                        "the time of this row was not understood",
                        bytes,
                    );
                }
                if flow == Flow::Continue
                    && let Some(remark) = remark
                {
                    flow = out.problem(ProblemKind::Malformed, number, offset, 0, &remark, bytes);
                }
            }
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
