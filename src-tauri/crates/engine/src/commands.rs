//! THE list of commands. The router, the TypeScript types and the list of `docs` are all made from it:
//! a command that is not here does not exist, one that is here and has no body does not compile.
//! Bodies are in `ops/`; this file decides only what there is.

use crate::ops;
use crate::session::Engine;
use crate::wire::*;

/// A command as the list names it.
pub struct About {
    /// Its name, noun first.
    pub name: &'static str,
    /// TypeScript name of the request.
    pub request: fn(&ts_rs::Config) -> String,
    /// TypeScript name of the answer.
    pub answer: fn(&ts_rs::Config) -> String,
    /// What it does.
    pub about: &'static str,
    /// Caches of the window that its answer belongs to: asked again when one of these changes.
    pub tags: &'static [&'static str],
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident($request:ty) -> $answer:ty, $body:path, [$($tag:literal),*];)+) => {
        /// Every command.
        pub const COMMANDS: &[About] = &[$(About {
            name: stringify!($name),
            request: <$request as ts_rs::TS>::name,
            answer: <$answer as ts_rs::TS>::name,
            about: concat!($($doc),*),
            tags: &[$($tag),*],
        }),+];

        fn route(engine: &Engine, name: &str, payload: serde_json::Value) -> Result<serde_json::Value, ApiError> {
            match name {
                $(stringify!($name) => {
                    let request: $request = crate::error::arguments(payload)?;
                    let answer: $answer = $body(engine, request)?;
                    crate::error::answer(&answer)
                })+
                other => Err(crate::error::usage(&format!("there is no command '{other}'"))),
            }
        }

        /// Writes the TypeScript of every type that a command takes or gives, and of the events.
        ///
        /// # Errors
        /// When a file cannot be written.
        pub fn export_types(config: &ts_rs::Config) -> Result<(), ts_rs::ExportError> {
            $(<$request as ts_rs::TS>::export_all(config)?; <$answer as ts_rs::TS>::export_all(config)?;)+
            <Progress as ts_rs::TS>::export_all(config)?;
            <Changed as ts_rs::TS>::export_all(config)?;
            <ApiError as ts_rs::TS>::export_all(config)
        }
    };
}

commands! {
    /// Makes a case file and opens it.
    case_new(CasePath) -> CaseState, ops::cases::new, [];
    /// Opens a case file.
    case_open(CasePath) -> CaseState, ops::cases::open, [];
    /// Opens the sample incident, reading it first where that was not done yet.
    case_sample(Nothing) -> CaseState, ops::cases::sample, [];
    /// Closes the open case.
    case_close(Nothing) -> Nothing, ops::cases::close, [];
    /// The open case at a glance.
    case_state(Nothing) -> CaseState, ops::cases::state, ["case", "sources", "events", "cards"];
    /// Recently opened cases.
    case_recent(Nothing) -> Recents, ops::cases::recent, ["case"];
    /// Starts reading files and folders into the open case.
    import_start(ImportStart) -> JobRef, ops::imports::start, [];
    /// Stops a job; what it has done stays.
    job_cancel(JobRef) -> Nothing, ops::imports::cancel, [];
    /// Takes a source back, with its events.
    source_remove(SourceRef) -> CaseState, ops::imports::remove, [];
    /// What could not be read.
    problems_list(ProblemsAsk) -> Problems, ops::imports::problems, ["sources"];
    /// The fields that the selected events have.
    fields_list(Selection) -> FieldRows, ops::entities::fields, ["events"];
    /// A page of events in time order.
    events_page(EventsAsk) -> Events, ops::events::page, ["events", "cards"];
    /// How many events match.
    events_count(Selection) -> Count, ops::events::count, ["events"];
    /// One event, whole.
    event_get(EventRef) -> EventDetail, ops::events::get, ["events", "cards"];
    /// Counts over time.
    timeline_bins(TimelineAsk) -> Timeline, ops::timeline::bins, ["events", "cards"];
    /// Most frequent values of fields.
    top_values(TopAsk) -> TopLists, ops::entities::top, ["events"];
    /// The cards, best first.
    cards_list(CardsAsk) -> Cards, ops::findings::list, ["cards"];
    /// The analyst's verdict on a card.
    card_feedback(FeedbackAsk) -> FeedbackEffect, ops::findings::feedback, [];
    /// Questions worth asking now.
    prompts_list(PromptsAsk) -> Prompts, ops::prompts::list, ["cards", "events"];
    /// Asks the chat.
    chat_ask(ChatAsk) -> ChatTurn, ops::chat::ask, [];
    /// The conversation so far.
    chat_list(Nothing) -> ChatTurns, ops::chat::list, ["chat"];
    /// What is wrong with a query, and how it may go on.
    kql_help(KqlAsk) -> KqlHelp, ops::kql::help, ["events"];
    /// The formats that Timberline reads.
    formats_list(Nothing) -> KnownList, ops::known::formats, [];
    /// The detectors that Timberline runs.
    detectors_list(Nothing) -> KnownList, ops::known::detectors, [];
    /// Settings of the application.
    settings_get(Nothing) -> Settings, ops::settings::get, ["settings"];
    /// Changes settings of the application.
    settings_set(SettingsPatch) -> Settings, ops::settings::set, [];
    /// What left the machine.
    egress_state(Nothing) -> EgressState, ops::settings::egress, ["settings"];
}

/// Runs a command by name. A panic in its body is caught and told: the case and the window stay.
///
/// # Errors
/// `usage` for an unknown name or arguments that do not fit, else what the command says.
pub fn dispatch(engine: &Engine, name: &str, payload: serde_json::Value) -> Result<serde_json::Value, ApiError> {
    let run = std::panic::AssertUnwindSafe(|| route(engine, name, payload));
    std::panic::catch_unwind(run).unwrap_or_else(|fault| {
        Err(ApiError {
            code: "failed".to_owned(),
            message: format!("'{name}' met a fault in Timberline and was stopped; nothing is lost"),
            detail: crate::error::panic_text(&*fault),
        })
    })
}
