//! `import --preview`: what would be read, and what Timberline would assume; and where passwords come from.

use crate::print::{self, Out, Table, safe};
use crate::{Failed, engine, opened};
use std::io::Read;
use std::path::Path;
use timberline_engine::ops;
use timberline_engine::ops::known::{counted, grouped};
use timberline_engine::wire::{Password, PreviewAsk, PreviewRow, PreviewSource};

/// Columns of the first rows that are shown for people; `--json` has all.
const COLUMNS: usize = 5;

/// Passwords for archives: from a file, from stdin, else from the environment; never from the command line, where other
/// users of the machine could read it.
pub fn password(file: Option<&Path>) -> Result<Option<Password>, Failed> {
    let text = match file {
        None => match std::env::var("TIMBERLINE_PASSWORD") {
            Ok(text) if !text.is_empty() => text,
            _ => return Ok(None),
        },
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text)?;
            text
        }
        Some(path) => std::fs::read_to_string(path).map_err(|why| {
            Failed::Usage(format!("the password file {} cannot be read: {why}", path.display()))
        })?,
    };
    Ok(Some(Password::new(&text)))
}

/// `import --preview`.
pub fn preview(case: &Path, ask: PreviewAsk, out: &mut Out) -> Result<(), Failed> {
    // A case that is not there yet has nothing to compare with, and is not made for a preview.
    let engine = if case.exists() { opened(case)?.0 } else { engine() };
    let preview = ops::imports::preview(&engine, ask)?;
    if out.json {
        for source in &preview.sources {
            out.json(source)?;
        }
        return Ok(out.json(&serde_json::json!({
            "total": { "sources": preview.total, "bytes": preview.bytes, "obvious": preview.obvious }
        }))?);
    }
    for source in &preview.sources {
        show(source, out)?;
    }
    let listed = preview.sources.len() as u64;
    let rest = u64::from(preview.total).saturating_sub(listed);
    let more =
        if rest > 0 { format!(", {} of them not looked at here", grouped(rest)) } else { String::new() };
    Ok(out.line(&format!(
        "{}, {}{more}; nothing was read into a case",
        counted(u64::from(preview.total), "source"),
        print::bytes(preview.bytes)
    ))?)
}

fn show(source: &PreviewSource, out: &mut Out) -> Result<(), Failed> {
    let packing = if source.packing.is_empty() {
        String::new()
    } else {
        format!(", in {}", source.packing.join(", in "))
    };
    let encoding = if source.encoding.is_empty() { String::new() } else { format!(", {}", source.encoding) };
    out.line(&format!("{} ({}{packing}{encoding})", safe(&source.path), print::bytes(source.bytes)))?;
    if source.format.is_empty() {
        out.line(&format!("  would not be read: {}", safe(&source.why)))?;
    } else {
        let sure = (source.confidence * 100.0).round();
        out.line(&format!(
            "  {} ({}), {sure} % sure: {}",
            source.format_title,
            source.format,
            safe(&source.why)
        ))?;
        if !source.others.is_empty() {
            let others: Vec<String> = source
                .others
                .iter()
                .map(|g| format!("{} ({:.0} %)", g.format, g.confidence * 100.0))
                .collect();
            out.line(&format!("  else: {}", others.join(", ")))?;
        }
        out.line(&format!("  zone: {}", safe(&source.zone)))?;
        if let Some(rule) = &source.year_rule {
            out.line(&format!("  year: {}", safe(rule)))?;
        }
        if let Some(set) = &source.set {
            out.line(&format!("  rotated set: {}", safe(set)))?;
        }
    }
    if let Some(id) = source.already {
        out.line(&format!("  already in the case, as source {id}"))?;
    }
    for problem in &source.problems {
        if problem.message != source.why {
            out.line(&format!("  line {}: {}", problem.line, safe(&problem.message)))?;
        }
    }
    if !source.rows.is_empty() {
        let columns: Vec<&String> = source.columns.iter().take(COLUMNS).collect();
        let mut head = vec!["LINE".to_owned(), "@timestamp".to_owned()];
        head.extend(columns.iter().map(|c| (*c).clone()));
        let mut table = Table::named(&head).indented("  ");
        for row in &source.rows {
            let mut cells = vec![row.line.to_string(), row.time.clone().unwrap_or_else(|| "-".to_owned())];
            cells.extend(columns.iter().map(|name| print::cut(&value(row, name), 40)));
            table.row(cells);
        }
        out.table(&table)?;
    }
    Ok(out.line("")?)
}

fn value(row: &PreviewRow, name: &str) -> String {
    match row.fields.get(name) {
        None => "-".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
