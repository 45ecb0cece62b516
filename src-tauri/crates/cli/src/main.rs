//! `timberline`: the engine from the command line. Results go to stdout, notices and progress to stderr;
//! exit 0 when done, 1 when it failed, 2 for wrong usage. Everything is asked of `timberline_engine`; here
//! is only how it is asked and shown.

mod args;
mod audit;
mod cards;
mod cases;
mod events;
mod feedback;
mod formats;
mod models;
mod playbooks;
mod preview;
mod print;
mod prompts;
mod rpc;
mod tables;

use args::{CaseCommand, Cli, Command, FormatsCommand, SourceCommand};
use clap::Parser;
use print::Out;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use timberline_engine::wire::ApiError;
use timberline_engine::{Dirs, Engine, OpenCase, ops};

/// Why a command did not do what it was asked.
pub enum Failed {
    /// The engine says so.
    Api(ApiError),
    /// The results could not be written.
    Io(io::Error),
    /// It is asked in a way that does not work.
    Usage(String),
}

impl From<ApiError> for Failed {
    fn from(why: ApiError) -> Self {
        Self::Api(why)
    }
}

impl From<io::Error> for Failed {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before stdout is taken for one thread: answers and events of `rpc` come from several.
    if let Command::Rpc = cli.command {
        return match rpc::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => ExitCode::from(told(why)),
        };
    }
    let mut out = Out::new(cli.json);
    let done = run(cli.command, &mut out).and_then(|()| out.flush().map_err(Failed::Io));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // What was found before it failed is still a result.
            let _ = out.flush();
            ExitCode::from(told(why))
        }
    }
}

/// Says on stderr what failed, and gives the exit code.
fn told(why: Failed) -> u8 {
    let (said, code) = match why {
        // Whoever read the results has seen enough.
        Failed::Io(why) if why.kind() == io::ErrorKind::BrokenPipe => return 0,
        Failed::Api(why) => {
            let code = if matches!(why.code.as_str(), "usage" | "bad_query") { 2 } else { 1 };
            (api_words(&why), code)
        }
        Failed::Io(why) => (format!("the results cannot be written: {why}"), 1),
        Failed::Usage(why) => (why, 2),
    };
    let _ = writeln!(io::stderr(), "timberline: {said}");
    code
}

fn api_words(why: &ApiError) -> String {
    let said = print::safe(&why.message);
    if why.code == "bad_query" && !why.detail.is_empty() {
        let place: Vec<String> = why.detail.lines().map(|line| format!("  {}", print::safe(line))).collect();
        return format!("{said}\n{}", place.join("\n"));
    }
    said
}

fn run(command: Command, out: &mut Out) -> Result<(), Failed> {
    match command {
        Command::Case(CaseCommand::New { case, key }) => cases::new(&case, key, out),
        Command::Import(args) => cases::import(args, out),
        Command::Sources { case, show } => cases::sources(&case, &show, out),
        Command::Source(SourceCommand::Zone { case, id, zone }) => cases::zone(&case, id, zone, out),
        Command::Source(SourceCommand::Offset { case, id, offset }) => cases::offset(&case, id, offset, out),
        Command::Source(SourceCommand::Remove { case, id }) => cases::remove(&case, id, out),
        Command::Problems { case, source } => cases::problems(&case, source, out),
        Command::Fields { case } => events::fields(&case, out),
        Command::Events(args) => events::events(args, out),
        Command::Count { case, query } => events::count(&case, query, out),
        Command::Timeline(args) => events::timeline(args, out),
        Command::Top { case, field, query, limit, by_sum } => {
            events::top(&case, &field, query.as_deref(), limit, by_sum, out)
        }
        Command::Cards { case, all, show } => cards::cards(&case, all, &show, out),
        Command::Detect { case, only, sigma, list, geoip } => {
            if only.is_some() && !sigma.is_empty() {
                return Err(Failed::Usage("--only and --sigma do not go together".to_owned()));
            }
            let add = cards::Add { sigma: &sigma, lists: &list, geoip: geoip.as_deref() };
            cards::detect(&case, only.as_deref(), &add, out)
        }
        Command::Feedback(args) => feedback::feedback(args, out),
        Command::Deeper { case, card, undo } => feedback::deeper(&case, card, undo, out),
        Command::Feedbacks { case, undo, remove, show } => {
            feedback::feedbacks(&case, undo, remove, &show, out)
        }
        Command::Verdicts { command } => feedback::verdicts(command, out),
        Command::Prompts(args) => prompts::prompts(args, out),
        Command::Memory { command } => prompts::memory(command, out),
        Command::Playbooks { command } => playbooks::playbooks(command, out),
        Command::News { case, seen, show } => prompts::news(&case, seen, &show, out),
        Command::Ask { case, question, prompt, model } => cards::ask(&case, question, prompt, model, out),
        Command::Formats { command: None } => formats::list(out),
        Command::Formats { command: Some(FormatsCommand::Check { file, log }) } => {
            formats::check(&file, log.as_deref(), out)
        }
        Command::Table { file, keep } => tables::table(&file, keep.as_deref(), out),
        Command::Detectors => cases::detectors(out),
        Command::Rpc => Ok(()),
        Command::Sql(rest) => not_yet("sql", &rest),
        Command::Compare(rest) => not_yet("compare", &rest),
        Command::Report(rest) => not_yet("report", &rest),
        Command::Audit { case, command } => audit::audit(&case, command, out),
        Command::Models { command } => models::run(command, out),
    }
}

fn not_yet(command: &str, _: &args::Rest) -> Result<(), Failed> {
    Err(Failed::Usage(format!("`{command}` is not in this version")))
}

/// An engine that nobody listens to.
pub fn engine() -> Engine {
    Engine::new(Dirs::usual(), Box::new(|_, _| {}))
}

/// An engine with this case open.
pub fn opened(case: &Path) -> Result<(Engine, Arc<OpenCase>), Failed> {
    let engine = engine();
    let open = ops::cases::open_at(&engine, case)?;
    Ok((engine, open))
}
