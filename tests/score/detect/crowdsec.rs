//! CrowdSec's tests: the alerts that its scenarios give, by address. Its thresholds are those of a guard that bans (five failures, ten
//! missing pages); ours are those of somebody who reads cards, so most of its samples, which stop at its own, stay below. Both are counted.

use super::desk::Desk;
use super::story::list;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use timberline_detect::KNOBS;
use timberline_engine::session::filter_of;
use timberline_model::time::{HOUR, MINUTE};
use timberline_model::{Ctx, TimeRange};

/// A kind of scenario and the detectors that may tell it, by the beginning of their ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Logins,
    Web,
    Network,
    /// Mail that is unwanted, single exploits known by a pattern: nothing here looks for them without rules.
    None,
}

impl Kind {
    fn of(scenario: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|w| scenario.contains(w));
        if has(&["portscan", "multi_ports", "iptables"]) {
            Self::Network
        } else if has(&["-bf", "_bf", "user-enum", "user_enum", "enumeration", "travel", "ssh-"]) {
            Self::Logins
        } else if has(&["http-", "-http", "http_", "CVE-2017-9841", "CVE-2024-38475"]) {
            Self::Web
        } else {
            Self::None
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Logins => "logins",
            Self::Web => "web",
            Self::Network => "network",
            Self::None => "none of ours",
        }
    }

    fn tells(self, detector: &str) -> bool {
        match self {
            Self::Logins => detector.starts_with("auth_"),
            Self::Web => detector.starts_with("web_"),
            Self::Network => detector.starts_with("net_"),
            Self::None => false,
        }
    }
}

#[derive(Default)]
pub struct Tally {
    pub alerts: usize,
    /// Those whose address does as much as our thresholds ask.
    pub reach: usize,
    pub told: usize,
    pub told_of_reach: usize,
}

pub struct Figures {
    pub kinds: BTreeMap<Kind, Tally>,
    /// Alerts that reach our thresholds and are not told.
    pub missed: Vec<String>,
    /// Samples that stay below, with what they have.
    pub below: Vec<String>,
}

fn knob(name: &str) -> Option<u64> {
    KNOBS.iter().find(|k| k.name == name).map(|k| k.default as u64)
}

/// The most events of a query within an hour.
fn fullest_hour(desk: &Desk, query: &str) -> u64 {
    let (events, ctx) = (desk.open.events(), Ctx::default());
    let filter = filter_of(query).expect("a query of ours");
    let count = |range| events.count(range, filter.clone(), &ctx).unwrap_or(0);
    let Some((first, last)) =
        events.span(TimeRange::ALL, filter.clone(), &ctx).ok().and_then(|s| s.first_ns.zip(s.last_ns))
    else {
        return count(TimeRange::ALL);
    };
    // Samples are short; of a long one, its first days.
    let starts = (0..3_000).map(|n| first + n * 10 * MINUTE).take_while(|from| *from <= last);
    starts.map(|from| count(TimeRange::new(from, from + HOUR))).max().unwrap_or(0)
}

/// How much an address does of what the kind's detectors count, and whether that is as much as they ask.
fn reaches(desk: &Desk, kind: Kind, address: &str) -> (u64, bool) {
    let count = |query: &str| -> u64 {
        let filter = filter_of(query).expect("a query of ours");
        desk.open.events().count(TimeRange::ALL, filter, &Ctx::default()).unwrap_or(0)
    };
    match kind {
        Kind::Logins => {
            let n = fullest_hour(
                desk,
                &format!(
                    "source.ip : \"{address}\" and event.category : authentication and event.outcome : failure"
                ),
            );
            (n, n >= knob("guess_failures").unwrap_or(u64::MAX))
        }
        Kind::Web => {
            let n = count(&format!(
                "source.ip : \"{address}\" and (http.response.status_code : 404 or http.response.status_code : 403)"
            ));
            (n, n >= knob("web_probe_requests").or(knob("web_probing_requests")).unwrap_or(100))
        }
        Kind::Network => (count(&format!("source.ip : \"{address}\"")), false),
        Kind::None => (0, false),
    }
}

pub fn figures(data: &Path) -> Figures {
    let folder = data.join("crowdsec");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap_or_default();
    let tests: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let mut figures = Figures { kinds: BTreeMap::new(), missed: Vec::new(), below: Vec::new() };
    for test in tests.iter().filter(|t| !list(t, "alerts").is_empty()) {
        let name = test["test"].as_str().unwrap_or_default();
        let files = list(test, "files").iter().filter_map(Value::as_str);
        let desk = Desk::with(&files.map(|f| folder.join(name).join(f)).collect::<Vec<_>>());
        let cards = desk.cards();
        for alert in list(test, "alerts") {
            let scenario = alert["scenario"].as_str().unwrap_or_default();
            let kind = Kind::of(scenario);
            for address in list(alert, "sources").iter().filter_map(Value::as_str) {
                let (n, reach) = reaches(&desk, kind, address);
                let told = cards.iter().any(|card| {
                    let steps = list(card, "steps").iter();
                    let by = std::iter::once(card)
                        .chain(steps)
                        .any(|c| c["detector"].as_str().is_some_and(|d| kind.tells(d)));
                    by && super::story::is_about(card, address)
                });
                let tally = figures.kinds.entry(kind).or_default();
                tally.alerts += 1;
                tally.told += usize::from(told);
                tally.reach += usize::from(reach);
                tally.told_of_reach += usize::from(reach && told);
                let line = format!("{name}: {scenario} {address}, {n} counted");
                if reach && !told {
                    figures.missed.push(line);
                } else if !told && kind != Kind::None {
                    figures.below.push(line);
                }
            }
        }
    }
    figures
}

impl Figures {
    pub fn markdown(&self) -> String {
        let mut out = String::from(
            "| scenarios about | alerts | told | as much as our thresholds ask | of these told |\n|---|---|---|---|---|\n",
        );
        for (kind, t) in &self.kinds {
            out.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                kind.word(),
                t.alerts,
                t.told,
                t.reach,
                t.told_of_reach
            ));
        }
        if !self.missed.is_empty() {
            out.push_str("\nNot told, though there is enough:\n\n");
            self.missed.iter().for_each(|line| out.push_str(&format!("- {line}\n")));
        }
        out
    }
}
