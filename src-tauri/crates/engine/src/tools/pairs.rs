//! Who contacted whom: pairs of addresses, or one side of them for an address.

use super::arguments::{limit, only, schema, scope, text};
use super::desk::{Desk, Made, answer, cell, held_counts, hold};
use crate::planner::known::{FROM, TO};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Filter, Metric, TopRow};

/// The tool.
pub struct Pairs;

const ALL: u32 = 100_000;

impl<'d> Tool<Desk<'d>> for Pairs {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "pairs",
            description: "Who contacted whom: pairs of source and destination address. With address: what it connected \
                          to (direction out) or what connected to it (in)",
            arguments: schema(
                &[
                    ("address", json!({ "type": "string" })),
                    ("direction", json!({ "enum": ["out", "in"] })),
                    ("limit", json!({ "type": "integer" })),
                ],
                &[],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(pairs(on, &arguments)))
    }
}

fn pairs(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["address", "direction", "where", "when", "limit"])?;
    let (mut scope, notes) = scope(desk, arguments)?;
    let (Some(from), Some(to)) = (desk.known.first_of(FROM), desk.known.first_of(TO)) else {
        return Err(ToolError::Arguments(
            "no source of this case has both a source and a destination address, so it does not say who contacted whom".into(),
        ));
    };
    scope = scope.and(Filter::exists(from)).and(Filter::exists(to));
    let inward = text(arguments, "direction") == Some("in");
    let address = text(arguments, "address");
    if let Some(address) = address {
        let net = address.parse::<ipnet::IpNet>().ok();
        let field = if inward { to } else { from };
        scope = scope.and(match net {
            Some(net) => Filter::Cidr { field: field.to_owned(), net },
            None => Filter::is(field, address),
        });
    }
    let by: Vec<&str> = match address {
        Some(_) if inward => vec![from],
        Some(_) => vec![to],
        None => vec![from, to],
    };
    let mut rows = desk.top(&scope, &by, Metric::Count, ALL)?;
    let (different, total) = (rows.len() as u64, rows.iter().map(|r| r.count).sum::<u64>());
    let span = desk.in_range(&scope);
    let often = held_counts(&rows, 3);
    let sentence = match address.map(hold) {
        Some(a) if rows.is_empty() && inward => format!("Nothing connected to {a}{span}"),
        Some(a) if rows.is_empty() => format!("{a} connected to nothing{span}"),
        Some(a) if inward => format!(
            "{} connected to {a}{span} with {}, most often {often}",
            say::counted(different, "address", "addresses"),
            say::counted(total, "connection", "connections")
        ),
        Some(a) => format!(
            "{a} connected to {}{span} with {}, most often {often}",
            say::counted(different, "address", "addresses"),
            say::counted(total, "connection", "connections")
        ),
        None if rows.is_empty() => format!("No connections{span}"),
        None => format!(
            "{} between {}{span}, most often {often}",
            say::counted(total, "connection", "connections"),
            say::counted(different, "pair of addresses", "pairs of addresses")
        ),
    };
    rows.truncate(limit(arguments, 15) as usize);
    let mut columns: Vec<String> = by.iter().map(|f| (*f).to_owned()).collect();
    columns.extend(["connections", "first", "last"].map(str::to_owned));
    let row = |r: &TopRow| {
        let mut cells: Vec<Json> = r.values.iter().map(cell).collect();
        cells.extend([r.count.into(), desk.time_cell(r.first_ns), desk.time_cell(r.last_ns)]);
        cells
    };
    let rows = rows.iter().map(row).collect();
    Ok(Made { columns, rows, ..desk.made(&scope, total, sentence, notes)? })
}
