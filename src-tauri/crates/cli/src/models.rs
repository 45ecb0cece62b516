//! Model endpoints on the command line. A key is read from stdin or from a variable of the environment, never from an
//! argument: arguments stand in the history of the shell and in the list of processes.

use crate::args::ModelsCommand;
use crate::print::{Out, Table, notice, safe};
use crate::{Failed, engine};
use std::io::BufRead;
use timberline_engine::ops::models;
use timberline_engine::wire::{ApiError, ModelKey, ModelProfile, ModelRef, ModelSave, Models, Nothing};

/// `models`.
pub fn run(command: Option<ModelsCommand>, out: &mut Out) -> Result<(), Failed> {
    let engine = engine();
    match command {
        None | Some(ModelsCommand::List) => show(&models::list(&engine, Nothing {})?, out),
        Some(ModelsCommand::Add(args)) => {
            let key = match (&args.key_env, args.key_stdin) {
                (Some(name), _) => Some(
                    std::env::var(name)
                        .map_err(|_| Failed::Usage(format!("the environment has no variable {name}")))?,
                ),
                (None, true) => {
                    let mut line = String::new();
                    std::io::stdin().lock().read_line(&mut line)?;
                    Some(line)
                }
                (None, false) => None,
            };
            let mut profile = ModelProfile {
                name: args.name,
                url: args.url,
                model: args.model.unwrap_or_default(),
                context: args.context.unwrap_or(0),
                protocol: args.protocol.unwrap_or_default(),
                key_header: args.key_header.unwrap_or_default(),
                ca_file: args.ca,
                ..ModelProfile::default()
            };
            for header in &args.header {
                let (name, value) = header
                    .split_once(':')
                    .ok_or_else(|| Failed::Usage("a header is given as NAME: VALUE".to_owned()))?;
                profile.headers.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            let key = key.map(|k| ModelKey::new(k.trim()));
            show(&models::save(&engine, ModelSave { profile, key, default: args.default })?, out)
        }
        Some(ModelsCommand::Test { name }) => {
            notice("trying the endpoint; a local model may take a minute");
            let report = models::test(&engine, ModelRef { name })?;
            if out.json {
                out.json(&report)?;
            } else {
                out.line(&safe(&report.text))?;
            }
            if report.works { Ok(()) } else { Err(ApiError::failed("the endpoint cannot be used").into()) }
        }
        Some(ModelsCommand::Remove { name }) => show(&models::remove(&engine, ModelRef { name })?, out),
    }
}

fn show(models: &Models, out: &mut Out) -> Result<(), Failed> {
    if out.json {
        return Ok(out.json(&models.rows)?);
    }
    if models.rows.is_empty() {
        return Ok(out.line("No model is set up; the built-in planner answers")?);
    }
    let mut table = Table::new(&["NAME", "URL", "MODEL", "KEY", "FOUND"]);
    for p in &models.rows {
        let name = if models.default.as_deref() == Some(&p.name) {
            format!("{} (default)", p.name)
        } else {
            p.name.clone()
        };
        let found = match &p.report {
            Some(r) if r.works => r.protocol.clone(),
            Some(_) => "does not work".to_owned(),
            None => "not tested".to_owned(),
        };
        let key = if p.has_key { "in the keyring" } else { "none" };
        table.row([safe(&name), safe(&p.url), safe(&p.model), key.to_owned(), found]);
    }
    Ok(out.table(&table)?)
}
