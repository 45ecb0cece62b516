//! Curiosity on the command line: prompts, the memory of what paid off, what is new.

use crate::args::{MemoryCommand, PromptsArgs, Show};
use crate::print::{Out, Table, safe};
use crate::{Failed, engine, opened};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use timberline_engine::ops;
use timberline_engine::wire::{
    FilePath, MemoryImport, MemorySet, Nothing, Prompt, PromptKind, PromptPart, PromptsAsk, PromptsShown,
    ThreatModelSet,
};
use timberline_engine::zone::DisplayZone;

#[derive(Serialize)]
struct PromptLine<'a> {
    id: &'a str,
    question: &'a str,
    why: &'a str,
    card: Option<&'a str>,
    score: f64,
    kind: &'a PromptKind,
    query: &'a str,
    from: Option<String>,
    to: Option<String>,
    parts: &'a [PromptPart],
    state: &'a str,
    playbook: Option<&'a str>,
}

impl<'a> PromptLine<'a> {
    fn of(p: &'a Prompt) -> Self {
        let time = |us: Option<i64>| us.map(|us| DisplayZone::utc().show(us.saturating_mul(1_000)));
        Self {
            id: &p.id,
            question: &p.question,
            why: &p.why,
            card: p.card.as_deref(),
            score: p.score,
            kind: &p.kind,
            query: &p.query,
            from: time(p.from_us),
            to: time(p.to_us),
            parts: &p.parts,
            state: &p.state,
            playbook: p.playbook.as_deref(),
        }
    }
}

/// `prompts`.
pub fn prompts(args: PromptsArgs, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(&args.case)?;
    let model = match args.threat_model {
        Some(text) => {
            let set = ThreatModelSet { text, assets: Vec::new(), fears: Vec::new() };
            ops::memory::threats_set(&engine, set)?
        }
        None => ops::memory::threats_get(&engine, Nothing {})?,
    };
    if !model.text.is_empty() {
        let _ = writeln!(std::io::stderr(), "Threat model: {}", safe(&model.understood));
    }
    let ask = PromptsAsk { limit: args.limit, card: args.card, dismissed: false };
    let prompts = ops::prompts::list(&engine, ask)?;
    if args.record {
        let ids = prompts.rows.iter().map(|p| p.id.clone()).collect();
        ops::prompts::shown(&engine, PromptsShown { prompts: ids })?;
    }
    if out.json {
        let lines: Vec<PromptLine<'_>> = prompts.rows.iter().map(PromptLine::of).collect();
        return Ok(out.json(&lines)?);
    }
    if prompts.rows.is_empty() {
        return Ok(out.line("No question suggests itself")?);
    }
    for (n, p) in prompts.rows.iter().enumerate() {
        out.line(&format!("{}. {}", n + 1, safe(&p.question)))?;
        out.line(&format!("   {}", safe(&p.why)))?;
        if args.parts {
            let mut table = Table::new(&["", "", ""]).indented("   ");
            for part in &p.parts {
                table.row([format!("{:.3}", part.factor), part.name.clone(), part.why.clone()]);
            }
            table.row([
                format!("{:.3}", p.score),
                "score".to_owned(),
                "the product; looks at the query".to_owned(),
            ]);
            out.table(&table)?;
            out.line(&format!("   {}", safe(&p.query)))?;
        }
    }
    Ok(())
}

/// `memory`.
pub fn memory(command: Option<MemoryCommand>, out: &mut Out) -> Result<(), Failed> {
    let engine = engine();
    let path = |file: &Path| file.display().to_string();
    let done = match command.unwrap_or(MemoryCommand::Show) {
        MemoryCommand::Show => {
            let memory = ops::memory::get(&engine, Nothing {})?;
            if let Some(problem) = &memory.problem {
                let _ = writeln!(std::io::stderr(), "timberline: {}", safe(problem));
            }
            if out.json {
                return Ok(out.json(&memory)?);
            }
            let mut table = Table::new(&[
                "KIND",
                ">SHOWN",
                ">TAKEN",
                ">DISMISSED",
                ">CONFIRMED",
                ">STARRED",
                ">USEFUL",
                ">FALSE",
                ">EXPECTED",
            ]);
            for e in &memory.entries {
                let c = &e.counts;
                let counts =
                    [c.shown, c.taken, c.dismissed, c.confirmed, c.starred, c.useful, c.false_positive];
                let mut row = vec![format!("{}/{}/{}", e.kind.log, e.kind.finding, e.kind.question)];
                row.extend(counts.iter().map(u32::to_string));
                row.push(format!("{:.2}", e.expected));
                table.row(row);
            }
            out.table(&table)?;
            return Ok(out.line(&memory.path)?);
        }
        MemoryCommand::Export { file } => ops::memory::export(&engine, FilePath { path: path(&file) })?,
        MemoryCommand::Import { file, weight } => {
            ops::memory::import(&engine, MemoryImport { path: path(&file), weight })?
        }
        MemoryCommand::Remove { kind } => {
            let mut parts = kind.splitn(3, '/').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            let kind = PromptKind { log: next(), finding: next(), question: next() };
            let memory = ops::memory::set(&engine, MemorySet { kind, counts: None })?;
            return Ok(out.line(&format!("{} kinds are left", memory.entries.len()))?);
        }
        MemoryCommand::Wipe => {
            ops::memory::wipe(&engine, Nothing {})?;
            return Ok(out.line("Nothing is remembered any more")?);
        }
    };
    if out.json {
        return Ok(out.json(&done)?);
    }
    Ok(out.line(&format!("{}: {}", safe(&done.path), safe(&done.said)))?)
}

/// `news`.
pub fn news(case: &Path, seen: bool, show: &Show, out: &mut Out) -> Result<(), Failed> {
    let zone = DisplayZone::named(&show.zone)?;
    let (engine, _) = opened(case)?;
    let news = ops::news::whats_new(&engine, Nothing {})?;
    if seen {
        ops::news::seen(&engine, Nothing {})?;
    }
    if out.json {
        return Ok(out.json(&news)?);
    }
    out.line(if news.sentence.is_empty() { "Nothing is new" } else { &news.sentence })?;
    for c in news.changes.iter().take(20) {
        out.line(&format!("   {} {}", c.change, safe(&c.title)))?;
    }
    for import in &news.imports {
        let at = zone.show(import.at_us.saturating_mul(1_000));
        let sources = if import.sources.is_empty() {
            String::new()
        } else {
            format!("  {}", safe(&import.sources.join(", ")))
        };
        let sentence = if import.sentence.is_empty() { "nothing changed" } else { &import.sentence };
        out.line(&format!("{}  {}: {sentence}{sources}", at.get(..16).unwrap_or(&at), import.what))?;
    }
    Ok(())
}
