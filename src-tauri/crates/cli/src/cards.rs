//! Cards on the command line: findings, questions, and running the detectors again.

use crate::args::Show;
use crate::print::{self, Out, Table, safe};
use crate::{Failed, opened};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use timberline_engine::ops::known::counted;
use timberline_engine::wire::{ChatAsk, ChatTurn};
use timberline_engine::zone::DisplayZone;
use timberline_engine::{Judged, given, ops, reading, rules};
use timberline_model::{Corroboration, Entity, Figure, RuleRef, Severity, Status, StoryStep};

#[derive(Serialize)]
struct CardLine<'a> {
    id: &'a str,
    detector: &'a str,
    title: &'a str,
    severity: Severity,
    score: f64,
    first: Option<String>,
    last: Option<String>,
    entities: &'a [Entity],
    attack: &'a [String],
    parts: Vec<PartLine<'a>>,
    innocent: &'a str,
    evidence_count: u64,
    evidence: Vec<u64>,
    rule: Option<&'a RuleRef>,
    status: Status,
    query: &'a str,
    steps: Vec<StepOfStory<'a>>,
    corroboration: &'a Corroboration,
    within: Option<&'a str>,
}

#[derive(Serialize)]
struct StepOfStory<'a> {
    stage: &'a str,
    card: &'a str,
    detector: &'a str,
    title: &'a str,
    severity: Severity,
    first: Option<String>,
    last: Option<String>,
    entities: &'a [Entity],
    query: &'a str,
    evidence_count: u64,
    link: &'a str,
}

#[derive(Serialize)]
struct PartLine<'a> {
    name: &'a str,
    observed: &'a Figure,
    expected: &'a Figure,
    threshold: &'a Figure,
    weight: f64,
}

impl<'a> CardLine<'a> {
    fn of(judged: &'a Judged, zone: &DisplayZone) -> Self {
        let finding = &judged.finding;
        let parts = finding.parts.iter().map(|p| PartLine {
            name: &p.name,
            observed: &p.observed,
            expected: &p.expected,
            threshold: &p.threshold,
            weight: p.weight,
        });
        Self {
            id: &finding.id,
            detector: &finding.detector,
            title: &finding.title,
            severity: finding.severity,
            score: finding.score,
            first: finding.first_ns.map(|ns| zone.show(ns)),
            last: finding.last_ns.map(|ns| zone.show(ns)),
            entities: &finding.entities,
            attack: &finding.attack,
            parts: parts.collect(),
            innocent: &finding.innocent,
            evidence_count: finding.evidence_count,
            evidence: finding.evidence.iter().map(|id| id.0).collect(),
            rule: finding.rule.as_ref(),
            status: judged.status,
            query: &finding.query,
            steps: finding.steps.iter().map(|s| step_of(s, zone)).collect(),
            corroboration: &finding.corroboration,
            within: finding.within.as_deref(),
        }
    }
}

/// `cards`.
pub fn cards(case: &Path, all: bool, show: &Show, out: &mut Out) -> Result<(), Failed> {
    let zone = DisplayZone::named(&show.zone)?;
    let (_, open) = opened(case)?;
    let judged = open.judged()?;
    let listed: Vec<&Judged> = judged.iter().filter(|j| all || j.listed()).collect();
    if out.json {
        let lines: Vec<CardLine<'_>> = listed.iter().map(|j| CardLine::of(j, &zone)).collect();
        return Ok(out.json(&lines)?);
    }
    for (n, card) in listed.iter().enumerate() {
        if n > 0 {
            out.line("")?;
        }
        one(n + 1, card, &zone, out)?;
    }
    let hidden = judged.iter().filter(|j| !j.stands()).count();
    if listed.is_empty() {
        out.line("No cards")?;
    }
    if hidden > 0 && !all {
        out.line(&format!("\n{} judged away; --all shows them", counted(hidden as u64, "card")))?;
    }
    Ok(())
}

fn one(number: usize, judged: &Judged, zone: &DisplayZone, out: &mut Out) -> Result<(), Failed> {
    let f = &judged.finding;
    let status = match judged.status {
        Status::Open => "",
        Status::Confirmed => "  [confirmed]",
        Status::FalsePositive => "  [false positive]",
        Status::Muted => "  [muted]",
    };
    out.line(&format!(
        "{number}. {} {:.2}  {}{status}",
        f.severity.word().to_uppercase(),
        f.score,
        safe(&f.title)
    ))?;
    let when = match (f.first_ns, f.last_ns) {
        (Some(first), Some(last)) if first != last => format!("{} to {}", zone.show(first), zone.show(last)),
        (Some(first), _) => zone.show(first),
        _ => "undated".to_owned(),
    };
    let entities: Vec<String> =
        f.entities.iter().take(12).map(|e| format!("{} {}", e.field, e.value)).collect();
    let more = f.entities.len().saturating_sub(12);
    let about = if more > 0 { format!("{}, {more} more", entities.join(", ")) } else { entities.join(", ") };
    let attack: Vec<String> = f
        .attack
        .iter()
        .map(|id| match timberline_engine::ops::findings::attack_name(id) {
            Some(name) => format!("{id} {name}"),
            None => id.clone(),
        })
        .collect();
    let mut facts = Table::new(&["", ""]).indented("   ");
    facts.row(["when", &when]);
    facts.row(["about", &about]);
    if !attack.is_empty() {
        facts.row(["ATT&CK", &attack.join(", ")]);
    }
    facts
        .row(["evidence", &format!("{}: {}", counted(f.evidence_count, "event"), print::cut(&f.query, 240))]);
    facts.row(["innocent", &f.innocent]);
    facts.row(["card", &format!("{} by {}", f.id, f.detector)]);
    if !judged.reason.is_empty() {
        facts.row(["reason", &judged.reason]);
    }
    out.table(&facts)?;
    if !f.steps.is_empty() {
        let mut steps = Table::new(&["STEP", "WHEN", "WHAT", "WHY IT BELONGS"]).indented("   ");
        for step in &f.steps {
            let when = step.first_ns.map_or_else(String::new, |ns| zone.show(ns));
            steps.row([step.stage.clone(), when, print::cut(&step.title, 110), print::cut(&step.link, 60)]);
        }
        out.table(&steps)?;
    }
    if !judged.deeper.is_empty() {
        out.line("   found by looking deeper")?;
        for row in &judged.deeper {
            out.line(&format!("   - {}", safe(&row.said)))?;
        }
    }
    let mut why = Table::new(&["WHY", ">OBSERVED", ">EXPECTED", ">THRESHOLD", ">WEIGHT"]).indented("   ");
    for p in &f.parts {
        let figure = |figure: &Figure| figure_text(figure, &p.unit);
        why.row([
            p.name.clone(),
            figure(&p.observed),
            figure(&p.expected),
            figure(&p.threshold),
            format!("{:.2}", p.weight),
        ]);
    }
    Ok(out.table(&why)?)
}

fn figure_text(figure: &Figure, unit: &str) -> String {
    let number = match figure {
        Figure::Int(n) => u64::try_from(*n).map_or_else(|_| n.to_string(), ops::known::grouped),
        Figure::Float(x) => x.to_string(),
        Figure::Text(text) => return text.clone(),
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

fn step_of<'a>(step: &'a StoryStep, zone: &DisplayZone) -> StepOfStory<'a> {
    StepOfStory {
        stage: &step.stage,
        card: &step.card,
        detector: &step.detector,
        title: &step.title,
        severity: step.severity,
        first: step.first_ns.map(|ns| zone.show(ns)),
        last: step.last_ns.map(|ns| zone.show(ns)),
        entities: &step.entities,
        query: &step.query,
        evidence_count: step.evidence_count,
        link: &step.link,
    }
}

/// What is added to the case before the detectors run.
pub struct Add<'a> {
    /// Sigma rules.
    pub sigma: &'a [PathBuf],
    /// Lists of values.
    pub lists: &'a [PathBuf],
    /// A GeoIP file.
    pub geoip: Option<&'a Path>,
}

/// `detect`.
pub fn detect(case: &Path, only: Option<&[String]>, add: &Add<'_>, out: &mut Out) -> Result<(), Failed> {
    let (_, open) = opened(case)?;
    rules::remember(&open, add.sigma)?;
    given::remember(&open, add.lists, add.geoip)?;
    let run = || reading::detect(&open, only, &AtomicBool::new(false));
    let found = timberline_engine::news::watched(&open, "detectors", run)?;
    let outcome = &found.outcome;
    let none = rules::Report::default();
    let ruled = found.rules.as_ref().unwrap_or(&none);
    if out.json {
        let reports: Vec<serde_json::Value> = outcome
            .reports
            .iter()
            .map(|r| {
                serde_json::json!({
                    "detector": r.detector, "cards": r.findings,
                    "seconds": (r.seconds * 1000.0).round() / 1000.0, "skipped": r.skipped,
                })
            })
            .collect();
        let not_used: Vec<serde_json::Value> = ruled
            .not_used
            .iter()
            .map(|n| serde_json::json!({ "id": n.id, "title": n.title, "path": n.path, "reason": n.reason }))
            .collect();
        let rules = serde_json::json!({
            "used": ruled.used, "without_events": ruled.without_events, "hit": ruled.hit, "cards": ruled.cards,
            "seconds": (ruled.seconds * 1000.0).round() / 1000.0, "not_used": not_used,
        });
        let refused: Vec<serde_json::Value> = found
            .given
            .not_used
            .iter()
            .map(
                |n| serde_json::json!({ "list": n.list, "line": n.line, "text": n.text, "reason": n.reason }),
            )
            .collect();
        let lists = serde_json::json!({
            "files": found.given.files, "values": found.given.lists.all().len(), "not_used": refused,
        });
        return Ok(out.json(&serde_json::json!({
            "cards": found.cards, "detectors": reports, "rules": rules, "lists": lists,
        }))?);
    }
    let mut table = Table::new(&["DETECTOR", ">CARDS", ">TIME", "SKIPPED"]);
    for r in &outcome.reports {
        table.row([
            r.detector.clone(),
            r.findings.to_string(),
            print::seconds(r.seconds),
            r.skipped.clone().unwrap_or_default(),
        ]);
    }
    if found.rules.is_some() {
        let apart = format!("{} rules ran, {} have no events here", ruled.used, ruled.without_events);
        table.row(["sigma".to_owned(), ruled.cards.to_string(), print::seconds(ruled.seconds), apart]);
    }
    out.table(&table)?;
    for n in ruled.not_used.iter().take(20) {
        let what = if n.title.is_empty() { &n.path } else { &n.title };
        out.line(&format!("not used: {}: {}", safe(what), safe(&n.reason)))?;
    }
    if ruled.not_used.len() > 20 {
        out.line(&format!("and {} more; --json lists them all", ruled.not_used.len() - 20))?;
    }
    let given = &found.given;
    if given.files > 0 {
        let values = counted(given.lists.all().len() as u64, "value");
        out.line(&format!("{values} of {} looked for", counted(given.files as u64, "list")))?;
    }
    for n in given.not_used.iter().take(20) {
        let line = if n.line > 0 { format!(", line {}", n.line) } else { String::new() };
        let text = if n.text.is_empty() { String::new() } else { format!(": {}", safe(&n.text)) };
        out.line(&format!("not looked for: {}{line}{text}: {}", safe(&n.list), safe(&n.reason)))?;
    }
    if given.not_used.len() > 20 {
        out.line(&format!("and {} more; --json lists them all", given.not_used.len() - 20))?;
    }
    Ok(out.line(&counted(found.cards as u64, "card"))?)
}

#[derive(Serialize)]
struct StepLine<'a> {
    tool: &'a str,
    arguments: &'a serde_json::Value,
    rows: u64,
}

#[derive(Serialize)]
struct AnswerLine<'a> {
    understood: &'a str,
    answer: &'a str,
    columns: &'a [String],
    rows: &'a [Vec<serde_json::Value>],
    citations: &'a [u64],
    steps: Vec<StepLine<'a>>,
    unanswered: Option<&'a str>,
    suggestions: &'a [String],
}

/// `ask`.
pub fn ask(
    case: &Path,
    question: String,
    prompt: Option<String>,
    model: Option<String>,
    out: &mut Out,
) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    // A script that names no model gets the planner, whatever the window's choice is.
    let model = Some(model.unwrap_or_else(|| ops::models::PLANNER.to_owned()));
    let turn = ops::chat::ask(&engine, ChatAsk { question, prompt, model, ..ChatAsk::default() })?;
    turn_out(&turn, out)
}

/// A turn of the chat.
pub fn turn_out(turn: &ChatTurn, out: &mut Out) -> Result<(), Failed> {
    if out.json {
        let steps =
            turn.steps.iter().map(|s| StepLine { tool: &s.tool, arguments: &s.arguments, rows: s.rows });
        return Ok(out.json(&AnswerLine {
            understood: &turn.understood,
            answer: &turn.answer,
            columns: &turn.columns,
            rows: &turn.rows,
            citations: &turn.citations,
            steps: steps.collect(),
            unanswered: turn.unanswered.as_deref(),
            suggestions: &turn.suggestions,
        })?);
    }
    if !turn.headline.is_empty() && turn.headline != turn.answer {
        out.line(&safe(&turn.headline))?;
    }
    match &turn.unanswered {
        Some(why) if turn.answer.is_empty() => out.line(&safe(why))?,
        _ => out.line(&safe(&turn.answer))?,
    }
    if !turn.rows.is_empty() {
        out.line("")?;
        let mut table = Table::named(&turn.columns);
        for row in &turn.rows {
            table.row(row.iter().map(|v| match v {
                serde_json::Value::String(text) => print::cut(text, 120),
                serde_json::Value::Null => "-".to_owned(),
                other => other.to_string(),
            }));
        }
        out.table(&table)?;
    }
    out.line("")?;
    if !turn.understood.is_empty() {
        out.line(&format!("Understood: {}", safe(&turn.understood)))?;
    }
    if let Some(model) = &turn.model {
        for mark in &turn.marks {
            out.line(&format!("Marked: {}", safe(&mark.why)))?;
        }
        for note in &turn.notes {
            out.line(&format!("Note: {}", safe(note)))?;
        }
        let found = turn
            .grounding
            .as_ref()
            .map_or_else(String::new, |g| format!("; {} of {} values found in the steps", g.found, g.said));
        out.line(&format!("{}{found}; {} in {} s", safe(&turn.coverage), safe(&model.model), model.seconds))?;
    }
    if !turn.citations.is_empty() {
        let ids: Vec<String> = turn.citations.iter().take(5).map(u64::to_string).collect();
        let more = turn.citations.len().saturating_sub(5);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.line(&format!("Events: {}{tail}", ids.join(", ")))?;
    }
    if turn.unanswered.is_some() && !turn.suggestions.is_empty() {
        out.line("You could ask:")?;
        for suggestion in &turn.suggestions {
            out.line(&format!("  {}", safe(suggestion)))?;
        }
    }
    Ok(())
}
