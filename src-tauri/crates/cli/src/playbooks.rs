//! Playbooks on the command line.

use crate::args::PlaybooksCommand;
use crate::print::{Out, safe};
use crate::{Failed, cards, engine, opened};
use std::path::Path;
use timberline_engine::ops;
use timberline_engine::wire::{
    BlankValue, FilePath, Playbook, PlaybookExport, PlaybookMake, PlaybookRef, PlaybookRun, PlaybooksAsk,
};

/// `playbooks`.
pub fn playbooks(command: Option<PlaybooksCommand>, out: &mut Out) -> Result<(), Failed> {
    let path = |file: &Path| file.display().to_string();
    match command.unwrap_or(PlaybooksCommand::List { case: None, card: None }) {
        PlaybooksCommand::List { case, card } => {
            let engine = match &case {
                Some(case) => opened(case)?.0,
                None => engine(),
            };
            let books = ops::playbooks::list(&engine, PlaybooksAsk { card })?;
            if out.json {
                return Ok(out.json(&books)?);
            }
            for book in &books.rows {
                one(book, out)?;
            }
            for problem in &books.problems {
                out.line(&format!("not used: {}", safe(problem)))?;
            }
            if books.rows.is_empty() {
                out.line("No playbooks; `playbooks make` makes one of what was asked about a card")?;
            }
            Ok(())
        }
        PlaybooksCommand::Make { case, name, card, about, turns } => {
            let (engine, _) = opened(&case)?;
            let book = ops::playbooks::make(&engine, PlaybookMake { name, about, card, turns })?;
            if out.json { Ok(out.json(&book)?) } else { one(&book, out) }
        }
        PlaybooksCommand::Run { case, name, card, step, set } => {
            let (engine, _) = opened(&case)?;
            let values = set.iter().map(|s| value(s)).collect::<Result<Vec<_>, _>>()?;
            let mut n = step.unwrap_or(1);
            loop {
                let (card, values) = (card.clone(), values.clone());
                let ran = ops::playbooks::run_step(
                    &engine,
                    PlaybookRun { name: name.clone(), step: n, card, values },
                )?;
                if !out.json {
                    out.line(&format!("Step {n} of {}: {}", ran.steps, safe(&ran.turn.question)))?;
                }
                cards::turn_out(&ran.turn, out)?;
                if step.is_some() || n >= ran.steps {
                    return Ok(());
                }
                n += 1;
            }
        }
        PlaybooksCommand::Export { name, file } => {
            let done = ops::playbooks::export(&engine(), PlaybookExport { name, path: path(&file) })?;
            Ok(out.line(&format!("{}: {}", safe(&done.path), safe(&done.said)))?)
        }
        PlaybooksCommand::Import { file } => {
            let book = ops::playbooks::import(&engine(), FilePath { path: path(&file) })?;
            if out.json { Ok(out.json(&book)?) } else { one(&book, out) }
        }
        PlaybooksCommand::Remove { name } => {
            ops::playbooks::remove(&engine(), PlaybookRef { name })?;
            Ok(out.line("Removed")?)
        }
    }
}

fn value(text: &str) -> Result<BlankValue, Failed> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Failed::Usage(format!("'{text}' is not NAME=VALUE, as a blank is filled")))?;
    Ok(BlankValue { name: name.to_owned(), value: value.to_owned() })
}

fn one(book: &Playbook, out: &mut Out) -> Result<(), Failed> {
    let fits = if book.fits { "  (fits the card)" } else { "" };
    out.line(&format!("{}  for cards of {}{fits}", safe(&book.name), safe(&book.finding)))?;
    if !book.about.is_empty() {
        out.line(&format!("   {}", safe(&book.about)))?;
    }
    for (n, step) in book.steps.iter().enumerate() {
        out.line(&format!("   {}. {}", n + 1, safe(step.filled.as_ref().unwrap_or(&step.question))))?;
    }
    Ok(())
}
