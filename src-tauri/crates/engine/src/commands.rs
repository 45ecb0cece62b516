//! THE list of commands. The router, the TypeScript types and the list of `docs` are all made from it:
//! a command that is not here does not exist, one that is here and has no body does not compile.
//! Bodies are in `ops/`; this file decides only what there is.

use crate::leak_test;
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
            <ChatProgress as ts_rs::TS>::export_all(config)?;
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
    case_state(Nothing) -> CaseState, ops::cases::state, ["case", "sources", "events", "cards", "news"];
    /// Recently opened cases.
    case_recent(Nothing) -> Recents, ops::cases::recent, ["case"];
    /// What an import of files and folders would read: each source with its format, zone, year and first rows. Reads
    /// nothing into a case and needs none; asked anew after each choice.
    import_preview(PreviewAsk) -> Preview, ops::imports::preview, [];
    /// Starts reading files and folders into the open case.
    import_start(ImportStart) -> JobRef, ops::imports::start, [];
    /// Stops a job; what it has done stays.
    job_cancel(JobRef) -> Nothing, ops::imports::cancel, [];
    /// Takes a source back, with its events.
    source_remove(SourceRef) -> CaseState, ops::imports::remove, [];
    /// Reads a source again from its file, with another zone, year, date or format; it takes the place of the old one.
    source_reread(SourceReread) -> JobRef, ops::imports::reread, [];
    /// What would be made of the columns of a table.
    csv_mapping_get(CsvMappingAsk) -> CsvMapping, ops::tables::get, ["settings"];
    /// Keeps what the analyst says of the columns of tables with these names.
    csv_mapping_set(CsvMappingSet) -> CsvKept, ops::tables::set, [];
    /// Moves all times of a source whose clock was wrong, or takes that back.
    source_offset_set(SourceOffset) -> CaseState, ops::clock::set, [];
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
    /// The analyst's verdict on a card, and on similar ones where a scope is given; or what it would do.
    card_feedback(FeedbackAsk) -> FeedbackEffect, ops::feedback::give, [];
    /// Looks deeper at a card: its entities in all sources with wider windows, who else did the same, lower thresholds. What is found
    /// is kept on the card.
    card_deeper(DeeperAsk) -> Deeper, ops::deeper::look, [];
    /// All verdicts of the case in one place: rules with their scope and expiry, single cards, what was done.
    feedback_list(Nothing) -> Feedbacks, ops::feedback::list, ["cards"];
    /// Takes the last act on a card back, or a rule.
    feedback_undo(FeedbackUndo) -> FeedbackUndone, ops::feedback::undo, [];
    /// What was learned from verdicts: kinds of cards, counts, and what they move a score by.
    verdicts_get(Nothing) -> Verdicts, ops::feedback::learned, ["cards"];
    /// Writes what was learned from verdicts to a file.
    verdicts_export(FilePath) -> FileDone, ops::feedback::export, [];
    /// Forgets what was learned from verdicts; the verdicts of cases stay.
    verdicts_wipe(Nothing) -> Verdicts, ops::feedback::wipe, [];
    /// Questions worth asking now.
    prompts_list(PromptsAsk) -> Prompts, ops::prompts::list, ["cards", "events", "chat", "memory"];
    /// Notes that prompts stood before the analyst, each once a case.
    prompt_shown(PromptsShown) -> Counted, ops::prompts::shown, [];
    /// Notes that a prompt was taken; asking it in the chat does so by itself.
    prompt_taken(PromptRef) -> Counted, ops::prompts::taken, [];
    /// Dismisses a prompt, or takes that back.
    prompt_dismissed(PromptRef) -> Counted, ops::prompts::dismissed, [];
    /// The case's threat model, as it was understood.
    threat_model_get(Nothing) -> ThreatModel, ops::memory::threats_get, ["memory"];
    /// Keeps a threat model in the case.
    threat_model_set(ThreatModelSet) -> ThreatModel, ops::memory::threats_set, [];
    /// What is remembered of prompts: kinds and counts.
    memory_get(Nothing) -> Memory, ops::memory::get, ["memory"];
    /// Changes or removes an entry of the memory.
    memory_set(MemorySet) -> Memory, ops::memory::set, [];
    /// Writes the memory to a file for a colleague.
    memory_export(FilePath) -> FileDone, ops::memory::export, [];
    /// Adds a colleague's memory, weighed.
    memory_import(MemoryImport) -> FileDone, ops::memory::import, [];
    /// Forgets everything of the memory.
    memory_wipe(Nothing) -> Memory, ops::memory::wipe, [];
    /// The playbooks, those that fit a card first.
    playbook_list(PlaybooksAsk) -> Playbooks, ops::playbooks::list, ["playbooks", "cards"];
    /// Makes a playbook of what was asked about a card.
    playbook_make(PlaybookMake) -> Playbook, ops::playbooks::make, [];
    /// Runs a step of a playbook; its answer is a turn of the chat.
    playbook_run_step(PlaybookRun) -> PlaybookTurn, ops::playbooks::run_step, [];
    /// Writes a playbook to a file.
    playbook_export(PlaybookExport) -> FileDone, ops::playbooks::export, [];
    /// Takes a playbook from a file.
    playbook_import(FilePath) -> Playbook, ops::playbooks::import, [];
    /// Removes a playbook.
    playbook_remove(PlaybookRef) -> Playbooks, ops::playbooks::remove, [];
    /// What each import added and changed, and what changed since the analyst last looked.
    whats_new(Nothing) -> WhatsNew, ops::news::whats_new, ["case", "cards", "events", "news"];
    /// Notes that the analyst has looked.
    news_seen(Nothing) -> WhatsNew, ops::news::seen, [];
    /// Gives an event a star, or takes it away.
    mark_set(StarSet) -> Stars, ops::news::mark_set, [];
    /// The events that have a star.
    mark_list(Nothing) -> Stars, ops::news::mark_list, ["marks"];
    /// Asks the chat.
    chat_ask(ChatAsk) -> ChatTurn, ops::chat::ask, [];
    /// The conversation so far.
    chat_list(Nothing) -> ChatTurns, ops::chat::list, ["chat"];
    /// Stops the question that is being answered; what it has done is kept.
    chat_stop(Nothing) -> Nothing, ops::chat::stop, [];
    /// What a question would send before anything is sent: nothing where the built-in planner answers.
    chat_preview(ChatAsk) -> ChatPreview, ops::preview::preview, [];
    /// What the analyst thinks of an answer; a good one may be kept as a worked example.
    chat_feedback(ChatFeedbackAsk) -> ChatTurn, ops::examples::feedback, [];
    /// Answers that were kept as worked examples, without their values.
    chat_examples_list(Nothing) -> ChatExamples, ops::examples::list, ["settings"];
    /// Forgets a worked example.
    chat_example_remove(ChatExampleRef) -> ChatExamples, ops::examples::remove, [];
    /// Words a card through a model; a draft until a person accepts it.
    card_word(CardWordAsk) -> Draft, ops::drafts::card, [];
    /// Words the summary of a report through a model, from the confirmed cards; a draft until a person accepts it.
    report_summary(ReportSummaryAsk) -> Draft, ops::drafts::summary, [];
    /// What a model worded, accepted or not.
    drafts_list(Nothing) -> Drafts, ops::drafts::list, ["chat"];
    /// A person accepts a draft, changed or not, or throws it away.
    draft_decide(DraftDecide) -> Drafts, ops::drafts::decide, [];
    /// The model endpoints.
    models_list(Nothing) -> Models, ops::models::list, ["settings", "case"];
    /// Keeps a model endpoint; its key goes to the keyring of the machine.
    model_save(ModelSave) -> Models, ops::models::save, [];
    /// Forgets a model endpoint and its key.
    model_remove(ModelRef) -> Models, ops::models::remove, [];
    /// Tries a model endpoint with real calls, says what it can do and keeps that.
    model_test(ModelRef) -> ModelReport, ops::models::test, [];
    /// Chooses who answers, for all cases or for the open one.
    model_choose(ModelChoose) -> Models, ops::models::choose, [];
    /// What is wrong with a query, and how it may go on.
    kql_help(KqlAsk) -> KqlHelp, ops::kql::help, ["events"];
    /// The formats that Timberline reads, the user's own first, and files of these that are wrong.
    formats_list(Nothing) -> FormatList, ops::formats::list, ["settings"];
    /// A first draft of a format from a pasted line.
    format_guess(FormatGuessAsk) -> FormatSketch, ops::formats::guess, [];
    /// What a draft of a format makes of pasted lines.
    format_draft_preview(FormatDraft) -> FormatDraftPreview, ops::formats::preview, [];
    /// The file of one of the user's own formats.
    format_text(FormatRef) -> FormatText, ops::formats::text, ["settings"];
    /// Keeps a format among the user's own, in use from now on.
    format_save(FormatSave) -> FormatList, ops::formats::save, [];
    /// Removes one of the user's own formats; what was read by it stays.
    format_remove(FormatRef) -> FormatList, ops::formats::remove, [];
    /// The detectors that Timberline runs.
    detectors_list(Nothing) -> KnownList, ops::known::detectors, [];
    /// Settings of the application.
    settings_get(Nothing) -> Settings, ops::settings::get, ["settings"];
    /// Changes settings of the application.
    settings_set(SettingsPatch) -> Settings, ops::settings::set, [];
    /// What left the machine, at a glance.
    egress_state(Nothing) -> EgressState, ops::egress::state, ["egress", "settings", "case"];
    /// How far the open case's data may go, and to whom.
    policy_get(Nothing) -> EgressPolicy, ops::egress::policy, ["egress", "case"];
    /// Sets how far the open case's data may go; one that allows more wants to be confirmed.
    policy_set(EgressPolicySet) -> EgressPolicy, ops::egress::set_policy, [];
    /// Exactly what would be sent to an endpoint, masked as the policy says. Sends nothing.
    egress_preview(EgressPreviewAsk) -> EgressPreview, ops::egress::preview, ["egress"];
    /// Audit records of the open case, newest first.
    audit_list(AuditAsk) -> AuditPage, ops::audit::list, ["egress", "case"];
    /// One audit record, with the payload as it was sent.
    audit_get(AuditRef) -> AuditDetail, ops::audit::get, ["egress", "case"];
    /// Whether the chain of audit records holds.
    audit_verify(Nothing) -> AuditVerdict, ops::audit::verify, ["egress", "case"];
    /// Writes the audit records into a file for an auditor.
    audit_export(AuditExportAsk) -> AuditExported, ops::audit::export, [];
    /// What leak tests found, newest first.
    canary_list(Nothing) -> CanaryReports, ops::canary::list, ["egress"];
    /// Runs the leak test: plants values in a scratch case, drives every path to a model against a recorder on this
    /// machine, and says what would have left under each policy.
    canary_run(Nothing) -> CanaryReport, leak_test::run, [];
}

/// Runs a command by name. A panic in its body is caught and told: the case and the window stay.
///
/// # Errors
/// `usage` for an unknown name or arguments that do not fit, else what the command says.
pub fn dispatch(
    engine: &Engine,
    name: &str,
    payload: serde_json::Value,
) -> Result<serde_json::Value, ApiError> {
    let run = std::panic::AssertUnwindSafe(|| route(engine, name, payload));
    std::panic::catch_unwind(run).unwrap_or_else(|fault| {
        Err(ApiError {
            code: "failed".to_owned(),
            message: format!("'{name}' met a fault in Timberline and was stopped; nothing is lost"),
            detail: crate::error::panic_text(&*fault),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    /// The commands with their types and tags, as the window sees them.
    fn commands_ts(config: &ts_rs::Config) -> String {
        let mut types: Vec<String> =
            COMMANDS.iter().flat_map(|c| [(c.request)(config), (c.answer)(config)]).collect();
        types.sort();
        types.dedup();
        let mut out = String::from(
            "// Made from the list in src-tauri/crates/engine/src/commands.rs. Do not edit this file manually.\n",
        );
        for name in &types {
            out.push_str(&format!("import type {{ {name} }} from \"./{name}\";\n"));
        }
        out.push_str(
            "\n/** Every command: what it takes and what it answers. */\nexport interface Commands {\n",
        );
        for c in COMMANDS {
            let (request, answer) = ((c.request)(config), (c.answer)(config));
            out.push_str(&format!("  /** {} */\n", c.about.trim()));
            out.push_str(&format!("  {}: {{ request: {request}; answer: {answer} }};\n", c.name));
        }
        out.push_str("}\n\n/** What an answer belongs to: ask again when `changed` names one of these. */\n");
        out.push_str("export const TAGS: Record<keyof Commands, readonly string[]> = {\n");
        for c in COMMANDS {
            let tags: Vec<String> = c.tags.iter().map(|t| format!("\"{t}\"")).collect();
            out.push_str(&format!("  {}: [{}],\n", c.name, tags.join(", ")));
        }
        out.push_str("};\n");
        out
    }

    fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let texts =
            entries.filter_map(|e| Some((e.file_name().into(), std::fs::read_to_string(e.path()).ok()?)));
        texts.collect()
    }

    /// The window's types are made from the same list as the router. TIMBERLINE_BLESS=1 writes them.
    #[test]
    fn generated_types_are_current() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/api/generated");
        let made = tempfile::tempdir().unwrap();
        let config = ts_rs::Config::new().with_large_int("number").with_out_dir(made.path());
        export_types(&config).unwrap();
        std::fs::write(made.path().join("commands.ts"), commands_ts(&config)).unwrap();
        let (want, have) = (files(made.path()), files(&committed));
        if std::env::var_os("TIMBERLINE_BLESS").is_some() {
            std::fs::create_dir_all(&committed).unwrap();
            for name in have.keys().filter(|name| !want.contains_key(*name)) {
                std::fs::remove_file(committed.join(name)).unwrap();
            }
            for (name, text) in &want {
                std::fs::write(committed.join(name), text).unwrap();
            }
            return;
        }
        let differ: Vec<&PathBuf> = want
            .keys()
            .chain(have.keys().filter(|name| !want.contains_key(*name)))
            .filter(|name| want.get(*name) != have.get(*name))
            .collect();
        assert!(
            differ.is_empty(),
            "ui/src/api/generated differs from the commands: {differ:?}; run TIMBERLINE_BLESS=1 cargo nextest run \
             -p timberline-engine generated_types_are_current"
        );
    }

    #[test]
    fn commands_are_noun_first_and_named_once() {
        let mut names: Vec<&str> = COMMANDS.iter().map(|c| c.name).collect();
        assert!(names.iter().all(|n| n.contains('_')), "a noun, then a verb");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
    }
}
