//! Verdicts: what one does to the list (shown before it is given), giving it, the list of all, taking them back, and the file of
//! what was learned. How cards stand under verdicts is [`crate::judging`]'s.

use crate::error::usage;
use crate::judging::scope::{Scope, expires, until_words};
use crate::judging::verdicts::{self, Kind};
use crate::judging::{Grounds, Rule};
use crate::news::now_us;
use crate::ops::findings::card_ref;
use crate::ops::known::counted;
use crate::session::{Engine, Judged, OpenCase};
use crate::wire::{
    self, ApiError, CardMove, FeedbackActRow, FeedbackAsk, FeedbackCardRow, FeedbackEffect, FeedbackRuleRow,
    FeedbackUndo, FeedbackUndone, Feedbacks, FileDone, FilePath, Nothing,
};
use rustc_hash::FxHashMap;
use std::path::Path;
use timberline_model::{Finding, Severity, Status};
use timberline_store::{Feedback, FeedbackChange, FeedbackRule};

/// At most so many cards are named in an effect.
const NAMED: usize = 50;
/// At most so many acts are listed.
const ACTS: usize = 200;
/// The longest reason, in characters.
const REASON_MAX: usize = 2_000;

/// The analyst's verdict on a card, or what it would do.
///
/// # Errors
/// `no_case`; `not_found` for a card that is not there; `usage` for a verdict, scope or expiry that does not exist or fit.
pub fn give(engine: &Engine, ask: FeedbackAsk) -> Result<FeedbackEffect, ApiError> {
    give_at(engine, ask, now_us())
}

fn give_at(engine: &Engine, ask: FeedbackAsk, now_us: i64) -> Result<FeedbackEffect, ApiError> {
    let open = engine.case()?;
    let status = match ask.verdict.as_str() {
        "confirm" => Status::Confirmed,
        "false_positive" => Status::FalsePositive,
        "mute" => Status::Muted,
        "reset" => Status::Open,
        other => {
            return Err(usage(&format!(
                "'{other}' is no verdict; there are confirm, false_positive, mute and reset"
            )));
        }
    };
    let grounds = Grounds::of(&open, now_us)?;
    let finding = grounds.findings.iter().find(|f| f.id == ask.card).ok_or_else(|| {
        ApiError::not_found(format!("there is no card {}; `cards --all` lists them", ask.card))
    })?;
    let plan = Plan::of(&ask, status, finding, &grounds)?;
    let after = plan.applied(&grounds);
    let (was, is) = (grounds.judge(), after.judge());
    let mut effect = compare(&ask, &was, &is)?;
    effect.scope = plan.scope.clone();
    effect.expires_us = plan.change.rule.as_ref().and_then(|r| r.expires_us);
    let judged = was.iter().find(|j| j.finding.id == ask.card);
    effect.effect = in_words(judged, status, &plan, &effect, &is);
    if ask.preview || plan.nothing {
        return Ok(effect);
    }
    open.case.act_on_card((&ask.card, &ask.verdict, &effect.effect), &plan.change, now_us)?;
    let learned = recount(&open, &plan.noted.0, &plan.noted.1);
    told(engine, &open, finding, effect.after);
    if let Err(why) = learned {
        effect.effect.push_str(&format!("; {}, so later cases will not know of it", why.message));
    }
    Ok(effect)
}

/// What a verdict changes.
struct Plan {
    change: FeedbackChange,
    /// The note of what was counted before, and of what is counted now.
    noted: (String, String),
    /// For which cards, in words.
    scope: String,
    /// Whether all is so already.
    nothing: bool,
}

impl Plan {
    fn of(ask: &FeedbackAsk, status: Status, finding: &Finding, grounds: &Grounds) -> Result<Self, ApiError> {
        let own = grounds.feedback.iter().find(|f| f.card == finding.id);
        let noted_before = own.map_or_else(String::new, |f| f.kind.clone());
        let reason: String = ask.reason.trim().chars().take(REASON_MAX).collect();
        let scope = ask.scope.as_deref().unwrap_or_default().trim();
        let expires_us = expires(ask.expires.as_deref().unwrap_or_default(), grounds.now_us)?;
        let hides = matches!(status, Status::FalsePositive | Status::Muted);
        if !hides && (!scope.is_empty() || expires_us.is_some()) {
            return Err(usage("a scope and an expiry go with `mute` and `false_positive` only"));
        }
        let verdict = |status: Status, reason: String, kind: String| Feedback {
            card: finding.id.clone(),
            status,
            reason,
            at_us: grounds.now_us,
            kind,
        };
        let mut plan = Self {
            change: FeedbackChange::default(),
            noted: (noted_before.clone(), String::new()),
            scope: String::new(),
            nothing: false,
        };
        if status == Status::Open {
            let own_rules = grounds.rules.iter().filter(|r| r.kept.card == finding.id);
            plan.change.without = own_rules.map(|r| r.kept.id).collect();
            plan.change.verdict = Some(verdict(Status::Open, String::new(), String::new()));
            let hidden = grounds.rules.iter().any(|r| !r.expired(grounds.now_us) && r.scope.holds(finding));
            plan.nothing =
                own.is_none_or(|f| f.status == Status::Open) && plan.change.without.is_empty() && !hidden;
            return Ok(plan);
        }
        plan.noted.1 = verdicts::token(&Kind::of(finding), status);
        if scope.is_empty() && expires_us.is_none() {
            plan.nothing = own.is_some_and(|f| f.status == status && f.reason == reason);
            plan.change.verdict = Some(verdict(status, reason, plan.noted.1.clone()));
            return Ok(plan);
        }
        let scope = Scope::parse(scope, finding)?;
        plan.scope = scope.words(finding.rule.as_ref().map(|r| r.title.as_str()));
        plan.change.rule = Some(FeedbackRule {
            id: 0,
            card: finding.id.clone(),
            status,
            reason,
            scope: serde_json::to_string(&scope).map_err(|why| ApiError::failed(why.to_string()))?,
            at_us: grounds.now_us,
            expires_us,
        });
        if own.is_some_and(|f| f.status == Status::Confirmed) {
            // A confirmed card stays, and stays counted as such.
            plan.noted.1 = noted_before;
        } else {
            // The rule holds for the card too; its own verdict would outlive the rule.
            plan.change.verdict = Some(verdict(Status::Open, String::new(), plan.noted.1.clone()));
        }
        Ok(plan)
    }

    /// The grounds as they would be.
    fn applied(&self, grounds: &Grounds) -> Grounds {
        let mut after = grounds.clone();
        if self.nothing {
            return after;
        }
        if let Some(verdict) = &self.change.verdict {
            after.feedback.retain(|f| f.card != verdict.card);
            after.feedback.push(verdict.clone());
        }
        after.rules.retain(|r| !self.change.without.contains(&r.kept.id));
        after.rules.extend(self.change.rule.clone().map(Rule::of));
        verdicts::recount(&mut after.verdicts, &self.noted.0, &self.noted.1);
        after
    }
}

fn compare(ask: &FeedbackAsk, was: &[Judged], is: &[Judged]) -> Result<FeedbackEffect, ApiError> {
    let later: FxHashMap<&str, &Judged> = is.iter().map(|j| (j.finding.id.as_str(), j)).collect();
    let pairs: Vec<(&Judged, &Judged)> =
        was.iter().filter_map(|w| Some((w, *later.get(w.finding.id.as_str())?))).collect();
    let hidden: Vec<&Judged> =
        pairs.iter().filter(|(w, i)| w.listed() && !i.listed()).map(|(w, _)| *w).collect();
    let back = pairs.iter().filter(|(w, i)| !w.listed() && i.listed()).map(|(w, _)| card_ref(&w.finding));
    let moved = pairs.iter().filter(|(w, i)| {
        w.listed()
            && i.listed()
            && w.finding.id != ask.card
            && (w.finding.score - i.finding.score).abs() >= 0.005
    });
    let moves = moved.map(|(w, i)| CardMove {
        card: card_ref(&i.finding),
        from: w.finding.score,
        to: i.finding.score,
    });
    let this = pairs.iter().find(|(w, _)| w.finding.id == ask.card);
    let (before, after) = this.map_or((Status::Open, Status::Open), |(w, i)| (w.status, i.status));
    // Two cards may rest on the same events.
    let mut events: Vec<u64> = Vec::new();
    let mut beyond = 0;
    for judged in &hidden {
        let kept = judged.finding.evidence.len() as u64;
        beyond += judged.finding.evidence_count.saturating_sub(kept);
        events.extend(judged.finding.evidence.iter().map(|id| id.0));
    }
    events.sort_unstable();
    events.dedup();
    Ok(FeedbackEffect {
        card: ask.card.clone(),
        before,
        after,
        hides_cards: u32::try_from(hidden.len()).unwrap_or(u32::MAX),
        hides_events: events.len() as u64 + beyond,
        hides: hidden.iter().take(NAMED).map(|j| card_ref(&j.finding)).collect(),
        brings_back: back.take(NAMED).collect(),
        moves: moves.take(NAMED).collect(),
        scope: String::new(),
        expires_us: None,
        effect: String::new(),
        preview: ask.preview,
    })
}

fn in_words(
    judged: Option<&Judged>,
    status: Status,
    plan: &Plan,
    effect: &FeedbackEffect,
    is: &[Judged],
) -> String {
    if plan.nothing {
        return "Changes nothing: the card has this verdict already".to_owned();
    }
    let listed = judged.is_some_and(Judged::listed);
    let events = counted(effect.hides_events, "event");
    let mut said = match &plan.change.rule {
        Some(rule) => {
            let does = if status == Status::Muted { "Mutes" } else { "Calls false positives" };
            let until = rule.expires_us.map_or_else(String::new, |us| format!(" until {}", until_words(us)));
            let scope = Rule::of(rule.clone()).scope;
            let stay = is.iter().filter(|j| j.status == Status::Confirmed && scope.holds(&j.finding)).count();
            let stay = match stay {
                0 => String::new(),
                1 => "; one card of these stays: it is confirmed".to_owned(),
                n => format!("; {n} cards of these stay: they are confirmed"),
            };
            format!(
                "{does} {}{until}, from now on too: hides {} with {events}, which stay in the case and searchable{stay}",
                plan.scope,
                counted(u64::from(effect.hides_cards), "card"),
            )
        }
        None => match status {
            Status::Confirmed if listed => "Marks the card as confirmed; it stays in the list".to_owned(),
            Status::Confirmed => "Marks the card as confirmed and brings it back into the list".to_owned(),
            Status::FalsePositive | Status::Muted if effect.hides_cards > 0 => format!(
                "Hides this one card; its {events} {} in the case and searchable; reset brings it back",
                if effect.hides_events == 1 { "stays" } else { "stay" }
            ),
            Status::FalsePositive => "Keeps the card out of the list, now as a false positive".to_owned(),
            Status::Muted => "Keeps the card out of the list, now as muted".to_owned(),
            Status::Open if listed => "Takes the verdict back; the card stays in the list".to_owned(),
            Status::Open => "Takes the verdict back and brings the card back into the list".to_owned(),
        },
    };
    let critical = effect.hides.iter().filter(|c| c.severity == Severity::Critical).count() as u64;
    if critical > 0 && effect.hides_cards > 1 {
        said.push_str(&format!("; among them {}", counted(critical, "critical card")));
    }
    let others = effect.brings_back.iter().filter(|c| c.id != effect.card).count() as u64;
    if others > 0 {
        said.push_str(&format!("; brings {} more back", counted(others, "card")));
    }
    for (word, n) in [
        ("lowers", effect.moves.iter().filter(|m| m.to < m.from).count()),
        ("raises", effect.moves.iter().filter(|m| m.to > m.from).count()),
    ] {
        if n > 0 {
            said.push_str(&format!("; {word} the score of {} of the same kind", counted(n as u64, "card")));
        }
    }
    said
}

/// Counts a verdict in the memory of all cases in the place of another.
fn recount(open: &OpenCase, before: &str, after: &str) -> Result<(), ApiError> {
    match open.data() {
        Some(data) if before != after => verdicts::change(data, |v| verdicts::recount(v, before, after)),
        _ => Ok(()),
    }
}

/// Tells everybody that a card stands otherwise.
fn told(engine: &Engine, open: &OpenCase, finding: &Finding, status: Status) {
    open.forget_cards();
    crate::ops::prompts::judged(engine, open, finding, status);
    engine.changed(&["cards"]);
}

/// All verdicts of the case.
///
/// # Errors
/// `no_case`; what the case says.
pub fn list(engine: &Engine, _: Nothing) -> Result<Feedbacks, ApiError> {
    let open = engine.case()?;
    let grounds = Grounds::of(&open, now_us())?;
    let judged = grounds.judge();
    let titles: FxHashMap<&str, &Finding> = grounds.findings.iter().map(|f| (f.id.as_str(), f)).collect();
    let rule = |rule: &Rule| {
        let hidden: Vec<&Judged> = judged
            .iter()
            .filter(|j| j.rule == Some(rule.kept.id) && !j.stands() && j.finding.within.is_none())
            .collect();
        let of_rule = grounds.findings.iter().find(|f| f.rule.is_some() && rule.scope.holds(f));
        let title = of_rule.and_then(|f| f.rule.as_ref()).map(|r| r.title.as_str());
        FeedbackRuleRow {
            id: rule.kept.id,
            status: rule.kept.status,
            scope: rule.scope.words(title),
            reason: rule.kept.reason.clone(),
            card: rule.kept.card.clone(),
            at_us: rule.kept.at_us,
            expires_us: rule.kept.expires_us,
            expired: rule.expired(grounds.now_us),
            hides_cards: u32::try_from(hidden.len()).unwrap_or(u32::MAX),
            hides_events: hidden.iter().map(|j| j.finding.evidence_count).sum(),
        }
    };
    let card = |f: &Feedback| FeedbackCardRow {
        card: f.card.clone(),
        title: titles.get(f.card.as_str()).map_or_else(String::new, |f| f.title.clone()),
        status: f.status,
        reason: f.reason.clone(),
        at_us: f.at_us,
    };
    let acts = open.case.feedback_acts()?.into_iter().rev().take(ACTS);
    Ok(Feedbacks {
        rules: grounds.rules.iter().map(rule).collect(),
        cards: grounds.feedback.iter().filter(|f| f.status != Status::Open).map(card).collect(),
        acts: acts
            .map(|a| FeedbackActRow {
                id: a.id,
                at_us: a.at_us,
                card: a.card,
                verdict: a.verdict,
                said: a.said,
                undone: a.undone,
            })
            .collect(),
    })
}

/// Takes the last act on a card back, or a rule.
///
/// # Errors
/// `no_case`; `not_found` where there is nothing to take back; what the case says.
pub fn undo(engine: &Engine, ask: FeedbackUndo) -> Result<FeedbackUndone, ApiError> {
    let open = engine.case()?;
    let now = now_us();
    let own = |card: &str| -> Result<Option<Feedback>, ApiError> {
        Ok(open.case.feedback()?.into_iter().find(|f| f.card == card))
    };
    let (card, said) = if let Some(id) = ask.rule {
        let rule = open.case.feedback_rules()?.into_iter().map(Rule::of).find(|r| r.kept.id == id);
        let rule = rule.ok_or_else(|| ApiError::not_found(format!("there is no rule {id}")))?;
        let card = rule.kept.card.clone();
        let said = format!("Takes back the rule for {}", rule.scope.words(None));
        let mut change = FeedbackChange { without: vec![id], ..FeedbackChange::default() };
        let counted = own(&card)?.filter(|f| f.status == Status::Open && !f.kind.is_empty());
        let noted = counted.as_ref().map_or_else(String::new, |f| f.kind.clone());
        change.verdict = counted.map(|f| Feedback { kind: String::new(), ..f });
        open.case.act_on_card((&card, "reset", &said), &change, now)?;
        recount(&open, &noted, "")?;
        (card, said)
    } else {
        let last = open.case.feedback_acts()?.into_iter().rev().find(|a| !a.undone);
        let last = last.ok_or_else(|| ApiError::not_found("no verdict is left to take back"))?;
        let noted = own(&last.card)?.map_or_else(String::new, |f| f.kind);
        open.case.undo_act(&last)?;
        recount(&open, &noted, last.before.as_ref().map_or("", |f| f.kind.as_str()))?;
        let said = format!("Took back: {}", last.said);
        (last.card, said)
    };
    let judged = Grounds::of(&open, now)?.judge();
    match judged.iter().find(|j| j.finding.id == card) {
        Some(judged) => told(engine, &open, &judged.finding, judged.status),
        None => {
            open.forget_cards();
            engine.changed(&["cards"]);
        }
    }
    let left = open.case.feedback_acts()?.iter().filter(|a| !a.undone).count();
    Ok(FeedbackUndone { said, left: u32::try_from(left).unwrap_or(u32::MAX) })
}

/// What was learned from verdicts.
///
/// # Errors
/// None.
pub fn learned(engine: &Engine, _: Nothing) -> Result<wire::Verdicts, ApiError> {
    let data = &engine.shared.dirs.data;
    let verdicts = verdicts::load(data);
    Ok(wire::Verdicts {
        path: data.join(verdicts::FILE).display().to_string(),
        entries: verdicts.entries(),
        problem: verdicts.problem().map(str::to_owned),
    })
}

/// Writes what was learned to a file.
///
/// # Errors
/// `usage` without a path; `failed` when it cannot be written there.
pub fn export(engine: &Engine, ask: FilePath) -> Result<FileDone, ApiError> {
    if ask.path.trim().is_empty() {
        return Err(usage("say which file to write"));
    }
    let verdicts = verdicts::load(&engine.shared.dirs.data);
    verdicts.export(Path::new(&ask.path))?;
    let said = format!("{} kinds of cards with their counts; nothing of any log is in it", verdicts.len());
    Ok(FileDone { path: ask.path, said })
}

/// Forgets what was learned; the verdicts of cases stay.
///
/// # Errors
/// `failed` when the file cannot be written.
pub fn wipe(engine: &Engine, _: Nothing) -> Result<wire::Verdicts, ApiError> {
    verdicts::Verdicts::wipe(&engine.shared.dirs.data)?;
    if let Ok(open) = engine.case() {
        open.forget_cards();
    }
    engine.changed(&["cards"]);
    learned(engine, Nothing {})
}
