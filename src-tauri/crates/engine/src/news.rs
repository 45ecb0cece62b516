//! What is new in a case: what each import, removal and run of the detectors added and changed, and what changed since the
//! analyst last looked. Cards are compared by id and by the score that their detector gave; verdicts are no news.

use crate::ops::known::counted;
use crate::session::OpenCase;
use crate::wire::{ApiError, CardChange, ImportEffect, WhatsNew};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};
use timberline_model::Severity;

/// The key of the case's note that holds what the analyst saw last.
const LOOKED: &str = "looked";
/// A score that moved by less is the same.
const SAME: f64 = 0.005;
/// Changes of cards that are kept of one import; the counts in the sentence are of all.
const CHANGES_MAX: usize = 200;
/// Names of sources that are kept of one import.
const SOURCES_MAX: usize = 20;

/// A card as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    id: String,
    title: String,
    score: f64,
    severity: Severity,
}

/// A case as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    #[serde(default)]
    at_us: i64,
    #[serde(default)]
    cards: Vec<Seen>,
    #[serde(default)]
    events: u64,
    #[serde(default)]
    problems: u64,
    /// Numbers of sources.
    #[serde(default)]
    sources: Vec<u32>,
}

/// Now, microseconds since 1970 UTC.
#[must_use]
pub fn now_us() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// The case as it is.
///
/// # Errors
/// When the case cannot be read.
pub fn snapshot(open: &OpenCase) -> Result<Snapshot, ApiError> {
    let sources = open.case.sources()?;
    let cards = open.case.findings()?.into_iter();
    Ok(Snapshot {
        at_us: now_us(),
        cards: cards
            .map(|f| Seen { id: f.id, title: f.title, score: f.score, severity: f.severity })
            .collect(),
        events: sources.iter().map(|s| s.events).sum(),
        problems: sources.iter().map(|s| s.problems).sum(),
        sources: sources.iter().map(|s| s.id).collect(),
    })
}

/// Does something to a case and notes in it what that changed; `what` is `import`, `removal`, `detectors` or `clock`. What was
/// done stands also where it failed half-way.
///
/// # Errors
/// Those of what is done; when the case cannot be read before it.
pub fn watched<T>(
    open: &OpenCase,
    what: &str,
    act: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let before = snapshot(open)?;
    let done = act();
    // A note that cannot be written is no reason to fail what has been done.
    let _ = note(open, what, &before);
    done
}

fn note(open: &OpenCase, what: &str, before: &Snapshot) -> Result<(), ApiError> {
    let after = snapshot(open)?;
    let all = changes(&before.cards, &after.cards);
    let events = after.events as i64 - before.events as i64;
    let came: Vec<String> = open
        .case
        .sources()?
        .iter()
        .filter(|s| !before.sources.contains(&s.id))
        .map(|s| s.path.rsplit(['/', '\\', '!']).next().unwrap_or(&s.path).to_owned())
        .collect();
    if all.is_empty() && events == 0 && came.is_empty() && after.sources == before.sources {
        return Ok(());
    }
    let mut effect = ImportEffect {
        id: 0,
        at_us: after.at_us,
        what: what.to_owned(),
        sentence: sentence(&all, events),
        sources: came,
        events,
        problems: after.problems as i64 - before.problems as i64,
        changes: all,
    };
    effect.changes.truncate(CHANGES_MAX);
    effect.sources.truncate(SOURCES_MAX);
    let json = serde_json::to_string(&effect).map_err(|why| ApiError::failed(why.to_string()))?;
    open.case.add_effect(after.at_us, &json)?;
    Ok(())
}

/// What differs between the cards before and after, the gravest first.
fn changes(before: &[Seen], after: &[Seen]) -> Vec<CardChange> {
    let change = |seen: &Seen, change: &str, before: Option<f64>, after: Option<f64>| CardChange {
        id: seen.id.clone(),
        title: seen.title.clone(),
        change: change.to_owned(),
        severity: seen.severity,
        before,
        after,
    };
    let mut out: Vec<CardChange> = Vec::new();
    for now in after {
        match before.iter().find(|b| b.id == now.id) {
            None => out.push(change(now, "new", None, Some(now.score))),
            Some(was) if now.score - was.score > SAME => {
                out.push(change(now, "raised", Some(was.score), Some(now.score)));
            }
            Some(was) if was.score - now.score > SAME => {
                out.push(change(now, "lowered", Some(was.score), Some(now.score)));
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|b| !after.iter().any(|a| a.id == b.id));
    out.extend(gone.map(|b| change(b, "gone", Some(b.score), None)));
    let weight = |c: &CardChange| c.after.or(c.before).unwrap_or(0.0);
    out.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| a.id.cmp(&b.id)));
    out
}

/// `+3 cards, 1 raised, 214,000 events`; empty where nothing is to be said.
fn sentence(changes: &[CardChange], events: i64) -> String {
    let n = |what: &str| changes.iter().filter(|c| c.change == what).count() as u64;
    let mut parts: Vec<String> = Vec::new();
    if n("new") > 0 {
        parts.push(format!("+{}", counted(n("new"), "card")));
    }
    for what in ["raised", "lowered", "gone"] {
        if n(what) > 0 {
            parts.push(format!("{} {what}", n(what)));
        }
    }
    match events {
        0 => {}
        more if more > 0 => parts.push(counted(more.unsigned_abs(), "event")),
        fewer => parts.push(format!("{} fewer", counted(fewer.unsigned_abs(), "event"))),
    }
    parts.join(", ")
}

fn looked(open: &OpenCase) -> Result<Option<Snapshot>, ApiError> {
    let note = open.case.note(LOOKED)?;
    Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
}

/// What is new.
///
/// # Errors
/// When the case cannot be read.
pub fn of(open: &OpenCase) -> Result<WhatsNew, ApiError> {
    let imports: Vec<ImportEffect> = open
        .case
        .effects()?
        .into_iter()
        .filter_map(|(id, _, json)| Some(ImportEffect { id, ..serde_json::from_str(&json).ok()? }))
        .collect();
    let Some(looked) = looked(open)? else {
        let last = imports.first().map(|e| e.sentence.clone()).filter(|s| !s.is_empty());
        return Ok(WhatsNew {
            sentence: last.map_or_else(String::new, |s| format!("Last import: {s}")),
            looked_us: None,
            events: 0,
            sources: 0,
            changes: Vec::new(),
            imports,
        });
    };
    let now = snapshot(open)?;
    let changes = changes(&looked.cards, &now.cards);
    let events = now.events as i64 - looked.events as i64;
    let said = sentence(&changes, events);
    Ok(WhatsNew {
        sentence: if said.is_empty() { said } else { format!("Since you last looked: {said}") },
        looked_us: Some(looked.at_us),
        events,
        sources: now.sources.len() as i64 - looked.sources.len() as i64,
        changes,
        imports,
    })
}

/// Notes that the analyst has looked at the case as it is.
///
/// # Errors
/// When the case cannot be written.
pub fn seen(open: &OpenCase) -> Result<(), ApiError> {
    let json = serde_json::to_string(&snapshot(open)?).map_err(|why| ApiError::failed(why.to_string()))?;
    Ok(open.case.set_note(LOOKED, &json)?)
}

/// For each card, whether it came or rose since the analyst last looked; empty where he never did.
///
/// # Errors
/// When the case cannot be read.
pub fn fresh(open: &OpenCase) -> Result<crate::planner::prompts::Fresh, ApiError> {
    let Some(looked) = looked(open)? else { return Ok(Default::default()) };
    let now = snapshot(open)?.cards;
    let is_new =
        |c: &Seen| looked.cards.iter().find(|b| b.id == c.id).is_none_or(|was| c.score - was.score > SAME);
    Ok(now.iter().map(|c| (c.id.clone(), is_new(c))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: &str, score: f64) -> Seen {
        Seen { id: id.to_owned(), title: format!("card {id}"), score, severity: Severity::of(score) }
    }

    #[test]
    fn what_came_rose_fell_and_went_is_told_by_card() {
        let before = [card("a", 0.5), card("b", 0.5), card("c", 0.5), card("d", 0.5)];
        let after = [card("a", 0.5), card("b", 0.9), card("c", 0.3), card("e", 0.7)];
        let found = changes(&before, &after);
        let told: Vec<(&str, &str)> = found.iter().map(|c| (c.id.as_str(), c.change.as_str())).collect();
        assert_eq!(told, [("b", "raised"), ("e", "new"), ("d", "gone"), ("c", "lowered")]);
        assert_eq!(sentence(&found, 214_000), "+1 card, 1 raised, 1 lowered, 1 gone, 214,000 events");
        assert_eq!(sentence(&[], -1), "1 event fewer");
        assert_eq!(sentence(&changes(&before, &before), 0), "");
    }
}
