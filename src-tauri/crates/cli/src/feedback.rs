//! Verdicts on the command line: giving one, the list of all, taking them back, and what was learned from them.

use crate::args::{FeedbackArgs, Show, VerdictsCommand};
use crate::print::{Out, Table, cut, safe};
use crate::{Failed, engine, opened};
use std::path::Path;
use timberline_engine::ops;
use timberline_engine::ops::known::counted;
use timberline_engine::wire::{DeeperAsk, FeedbackAsk, FeedbackUndo, FilePath, Nothing};
use timberline_engine::zone::DisplayZone;
use timberline_model::Status;

fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Confirmed => "confirmed",
        Status::FalsePositive => "false positive",
        Status::Muted => "muted",
    }
}

/// `feedback`.
pub fn feedback(args: FeedbackArgs, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(&args.case)?;
    let ask = FeedbackAsk {
        card: args.card,
        verdict: args.verdict.word().to_owned(),
        reason: args.reason,
        scope: args.scope,
        expires: args.expires,
        preview: args.preview,
    };
    let effect = ops::feedback::give(&engine, ask)?;
    if out.json {
        return Ok(out.json(&effect)?);
    }
    let preview = if effect.preview { "Preview, nothing is changed: " } else { "" };
    out.line(&format!("{preview}{}", safe(&effect.effect)))?;
    for (does, cards) in [("hides", &effect.hides), ("brings back", &effect.brings_back)] {
        for card in cards {
            out.line(&format!("  {does} {}  {}  {}", card.id, card.severity.word(), safe(&card.title)))?;
        }
    }
    for moved in &effect.moves {
        let does = if moved.to < moved.from { "lowers" } else { "raises" };
        let (id, title) = (&moved.card.id, safe(&moved.card.title));
        out.line(&format!("  {does} {id}  {:.2} to {:.2}  {title}", moved.from, moved.to))?;
    }
    let unnamed = u64::from(effect.hides_cards).saturating_sub(effect.hides.len() as u64);
    if unnamed > 0 {
        out.line(&format!("  and hides {} more", counted(unnamed, "card")))?;
    }
    Ok(())
}

/// `feedbacks`.
pub fn feedbacks(
    case: &Path,
    undo: bool,
    remove: Option<u64>,
    show: &Show,
    out: &mut Out,
) -> Result<(), Failed> {
    let zone = DisplayZone::named(&show.zone)?;
    let (engine, _) = opened(case)?;
    if undo || remove.is_some() {
        let undone = ops::feedback::undo(&engine, FeedbackUndo { rule: remove })?;
        if out.json {
            return Ok(out.json(&undone)?);
        }
        return Ok(out.line(&safe(&undone.said))?);
    }
    let all = ops::feedback::list(&engine, Nothing {})?;
    if out.json {
        return Ok(out.json(&all)?);
    }
    let time = |us: i64| zone.show(us.div_euclid(1_000_000).saturating_mul(1_000_000_000));
    if all.rules.is_empty() && all.cards.is_empty() {
        out.line("No verdicts")?;
    }
    if !all.rules.is_empty() {
        let mut table = Table::new(&[">ID", "VERDICT", "FOR", "UNTIL", ">HIDES", "REASON"]);
        for r in &all.rules {
            let until = match r.expires_us {
                Some(us) if r.expired => format!("{} (over)", time(us)),
                Some(us) => time(us),
                None => "-".to_owned(),
            };
            table.row([
                r.id.to_string(),
                word(r.status).to_owned(),
                r.scope.clone(),
                until,
                counted(u64::from(r.hides_cards), "card"),
                r.reason.clone(),
            ]);
        }
        out.table(&table)?;
    }
    if !all.cards.is_empty() {
        out.line("")?;
        let mut table = Table::new(&["CARD", "VERDICT", "TITLE", "REASON"]);
        for c in &all.cards {
            let title = if c.title.is_empty() { "(not found any more)" } else { &c.title };
            table.row([c.card.as_str(), word(c.status), title, &c.reason]);
        }
        out.table(&table)?;
    }
    let acts: Vec<_> = all.acts.iter().filter(|a| !a.undone).take(5).collect();
    if !acts.is_empty() {
        out.line("\nLast acts; `--undo` takes the first of them back:")?;
        for act in acts {
            out.line(&format!("  {}  {} {}: {}", time(act.at_us), act.verdict, act.card, safe(&act.said)))?;
        }
    }
    Ok(())
}

/// `deeper`.
pub fn deeper(case: &Path, card: String, undo: bool, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    let found = ops::deeper::look(&engine, DeeperAsk { card, undo })?;
    if out.json {
        return Ok(out.json(&found)?);
    }
    out.line(&safe(&found.said))?;
    for row in &found.rows {
        out.line(&format!("- {}", safe(&row.said)))?;
        out.line(&format!("    {}: {}", counted(row.count, "event"), cut(&row.query, 400)))?;
    }
    Ok(())
}

/// `verdicts`.
pub fn verdicts(command: Option<VerdictsCommand>, out: &mut Out) -> Result<(), Failed> {
    let engine = engine();
    let learned = match command.unwrap_or(VerdictsCommand::Show) {
        VerdictsCommand::Show => ops::feedback::learned(&engine, Nothing {})?,
        VerdictsCommand::Export { file } => {
            let done = ops::feedback::export(&engine, FilePath { path: file.display().to_string() })?;
            if out.json {
                return Ok(out.json(&done)?);
            }
            return Ok(out.line(&safe(&done.said))?);
        }
        VerdictsCommand::Wipe => ops::feedback::wipe(&engine, Nothing {})?,
    };
    if out.json {
        return Ok(out.json(&learned)?);
    }
    if let Some(problem) = &learned.problem {
        out.line(&safe(problem))?;
    }
    if learned.entries.is_empty() {
        return Ok(out.line("Nothing was learned from verdicts yet")?);
    }
    let mut table = Table::new(&[">MOVES BY", ">CONFIRMED", ">FALSE", ">MUTED", "SUCH CARDS"]);
    for e in &learned.entries {
        table.row([
            format!("{:+.2}", e.weight),
            e.confirmed.to_string(),
            e.false_positive.to_string(),
            e.muted.to_string(),
            e.title.clone(),
        ]);
    }
    out.table(&table)?;
    Ok(out.line(&format!("\n{}", safe(&learned.path)))?)
}
