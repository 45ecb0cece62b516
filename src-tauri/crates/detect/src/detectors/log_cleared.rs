//! A log was cleared or switched off. Definition: Hayabusa's and Chainsaw's rules for Security 1102 and System 104, and their
//! counterparts: a cloud trail stopped or deleted, an audit rule set emptied, a shell's history or a log file removed by a command.
//! One event is enough: it is a deed that was written down.

use crate::draft::{
    Draft, Shape, clock, counted, during, entity, moment, part, spark, whole_seconds, with_query,
};
use crate::table::{NONE, Names};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::filter::Pattern;
use timberline_model::time::HOUR;
use timberline_model::{Filter, NO_TIME};

pub(super) struct Cleared;

/// One way of doing it.
struct Way {
    words: &'static str,
    technique: &'static str,
    weight: f64,
    filter: fn() -> Filter,
}

const CLOUD: [&str; 14] = [
    "StopLogging",
    "DeleteTrail",
    "DeleteFlowLogs",
    "DeleteLogGroup",
    "DeleteLogStream",
    "DeleteDetector",
    "StopConfigurationRecorder",
    "DeleteConfigurationRecorder",
    "google.logging.v2.ConfigServiceV2.DeleteSink",
    "google.logging.v2.LoggingServiceV2.DeleteLog",
    "MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE",
    "Microsoft.Insights/diagnosticSettings/delete",
    "workspace.disable_audit_log",
    "audit_log_streaming.destroy",
];

/// Texts in a command that empty or remove logs, with the technique; each list must be in the command in order.
const COMMANDS: [(&[&str], &str); 22] = [
    (&["wevtutil", " cl "], "T1070.001"),
    (&["wevtutil", " clear-log"], "T1070.001"),
    (&["clear-eventlog"], "T1070.001"),
    (&["remove-eventlog"], "T1070.001"),
    (&["history -c"], "T1070.003"),
    (&["history -w /dev/null"], "T1070.003"),
    (&["rm ", "_history"], "T1070.003"),
    (&["/dev/null", "_history"], "T1070.003"),
    (&["shred ", "_history"], "T1070.003"),
    (&["truncate ", "_history"], "T1070.003"),
    (&["unset histfile"], "T1070.003"),
    (&["remove-item", "consolehost_history"], "T1070.003"),
    (&["rm ", "/var/log/auth.log"], "T1070.002"),
    (&["rm ", "/var/log/secure"], "T1070.002"),
    (&["rm ", "/var/log/wtmp"], "T1070.002"),
    (&["rm -rf /var/log"], "T1070.002"),
    (&["rm -r /var/log"], "T1070.002"),
    (&["shred ", "/var/log/"], "T1070.002"),
    (&["truncate ", "/var/log/"], "T1070.002"),
    (&["cp /dev/null /var/log/"], "T1070.002"),
    (&["auditctl -e 0"], "T1562.012"),
    (&["auditctl -D"], "T1562.012"),
];

fn commands(technique: &str) -> Filter {
    let holding = |texts: &&[&str]| {
        let mut pieces = vec![String::new()];
        pieces.extend(texts.iter().map(|t| (*t).to_owned()));
        pieces.push(String::new());
        Filter::Match { field: "process.command_line".into(), pattern: Pattern::wild(pieces) }
    };
    Filter::Or(COMMANDS.iter().filter(|(_, t)| *t == technique).map(|(texts, _)| holding(texts)).collect())
}

const WAYS: [Way; 7] = [
    Way {
        words: "Windows event log cleared",
        technique: "T1070.001",
        weight: 0.62,
        filter: || Filter::any_of("event.action", &["log-cleared", "audit-log-cleared"]),
    },
    Way {
        words: "Cloud log stopped or deleted",
        technique: "T1562.008",
        weight: 0.62,
        filter: || {
            // A refused try is told by other means: nothing was cleared.
            Filter::any_of("event.action", &CLOUD).and(Filter::is("event.outcome", "failure").negate())
        },
    },
    Way {
        words: "Command that clears an event log",
        technique: "T1070.001",
        weight: 0.6,
        filter: || commands("T1070.001"),
    },
    Way {
        words: "Command that removes log files",
        technique: "T1070.002",
        weight: 0.6,
        filter: || commands("T1070.002"),
    },
    Way {
        words: "Command that removes a shell history",
        technique: "T1070.003",
        weight: 0.55,
        filter: || commands("T1070.003"),
    },
    Way {
        words: "Command that empties or stops the audit rules",
        technique: "T1562.012",
        weight: 0.45,
        filter: || commands("T1562.012"),
    },
    Way {
        words: "Audit switched off",
        technique: "T1562.012",
        weight: 0.5,
        filter: || {
            Filter::any_of("event.dataset", &["auditd", "audit"])
                .and(Filter::is("event.action", "CONFIG_CHANGE"))
                .and(Filter::is("auditd.audit_enabled", "0"))
        },
    },
];

impl Detector for Cleared {
    fn about(&self) -> About {
        About {
            id: "log_cleared",
            title: "A log was cleared or switched off",
            stage: Stage::Evasion,
            meaning: "Somebody cleared an event log, stopped or deleted a cloud trail, emptied the audit rules or removed a history or \
                      a log file: what happened before may be missing.",
            innocent: "A new machine that is being set up, a test, a script that makes room.",
            attack: &["T1070.001", "T1070.002", "T1070.003", "T1562.008", "T1562.012"],
            references: &[
                "Hayabusa and Chainsaw: Security 1102, System 104",
                "MITRE ATT&CK T1070, T1562.008",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, _: &Knobs) -> Result<Verdict, DetectError> {
        let mut drafts = Vec::new();
        let mut could = false;
        for field in ["event.action", "process.command_line"] {
            could |= seen.count(Filter::exists(field))? > 0;
        }
        if !could {
            return Ok(Verdict::Skipped(
                "no event says what was done (event.action, process.command_line)".into(),
            ));
        }
        for way in &WAYS {
            drafts.extend(of_way(seen, way)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

fn of_way(seen: &Seen<'_>, way: &Way) -> Result<Vec<Draft>, DetectError> {
    let (mut hosts, mut users, mut channels) = (Names::default(), Names::default(), Names::default());
    // By host: time, user, channel.
    let mut by_host: FxHashMap<u32, Vec<(i64, u32, u32)>> = FxHashMap::default();
    let fields = ["host.name", "user.name", "winlog.channel"];
    seen.events.scan(seen.range, &(way.filter)(), &fields, seen.ctx, &mut |batch| {
        let rows = batch.ids.len();
        let host = hosts.codes(batch.columns.first(), rows);
        let user = users.codes(batch.columns.get(1), rows);
        let channel = channels.codes(batch.columns.get(2), rows);
        for row in 0..rows {
            let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
            if let Some(time) = batch.times.get(row).filter(|t| **t != NO_TIME) {
                by_host.entry(at(&host)).or_default().push((*time, at(&user), at(&channel)));
            }
        }
        true
    })?;
    seen.ctx.check()?;
    let mut by_host: Vec<_> = by_host.into_iter().collect();
    by_host.sort_by_key(|(host, _)| hosts.text(*host).to_owned());
    let mut drafts = Vec::new();
    for (host, mut rows) in by_host {
        rows.sort_unstable();
        let deeds = rows.chunk_by(|a, b| b.0 - a.0 <= 6 * HOUR).count();
        // Deeds within six hours are one card.
        for run in rows.chunk_by(|a, b| b.0 - a.0 <= 6 * HOUR) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (from, to) = whole_seconds(first.0, last.0);
            let name = hosts.text(host);
            let base = (way.filter)();
            let mine = if host == NONE {
                base.and(Filter::exists("host.name").negate())
            } else {
                base.and(Filter::is("host.name", name))
            };
            let filter = mine.and(during(from, to));
            let mut entities = Vec::new();
            if host != NONE {
                entities.push(entity("host.name", name));
            }
            let mut who: Vec<&str> = run.iter().filter(|r| r.1 != NONE).map(|r| users.text(r.1)).collect();
            who.sort_unstable();
            who.dedup();
            entities.extend(who.iter().take(5).map(|u| entity("user.name", u)));
            if entities.is_empty() {
                entities.push(entity("event.category", way.technique));
            }
            let mut draft = Draft::new("log_cleared", Shape::Fact, entities, first.0, last.0);
            let times = seen.attach(&mut draft, &filter)?;
            let mut what: Vec<&str> =
                run.iter().filter(|r| r.2 != NONE).map(|r| channels.text(r.2)).collect();
            what.sort_unstable();
            what.dedup();
            let logs = if way.words.starts_with("Windows") && !what.is_empty() {
                format!(" ({})", what.iter().take(4).copied().collect::<Vec<_>>().join(", "))
            } else {
                String::new()
            };
            let by = match &who[..] {
                [one] => format!(" by {one}"),
                [] => String::new(),
                many => format!(" by {} accounts", many.len()),
            };
            let on = if host == NONE { String::new() } else { format!(" on {name}") };
            draft.finding.title = format!("{}{logs}{on}{by} at {}", way.words, clock(first.0));
            draft.finding.attack = vec![way.technique.into()];
            draft.part(with_query(
                part(
                    way.words,
                    ((run.len() as u64).into(), 0u64.into(), 1u64.into()),
                    "events",
                    "none needed",
                    way.weight,
                ),
                &filter,
            ));
            if what.len() > 1 && way.words.starts_with("Windows") {
                draft.part(part(
                    "Different logs cleared",
                    ((what.len() as u64).into(), 1u64.into(), 2u64.into()),
                    "logs",
                    "none needed",
                    0.14,
                ));
            }
            let whole = if host == NONE { Filter::All } else { Filter::is("host.name", name) };
            let past = seen.events.span(seen.range, whole, seen.ctx)?;
            let fresh = past.first_ns.is_some_and(|f| first.0 - f < HOUR / 2);
            if fresh {
                draft.part(part(
                    "At the very beginning of the host's records, as when a machine is set up",
                    ("yes".into(), "no".into(), "30 min".into()),
                    "",
                    "none needed",
                    -0.12,
                ));
            }
            draft.finding.innocent = format!(
                "Setting up a machine, or a script that makes room, which would do it again and again: {} in these logs.",
                counted(deeds as u64, "time", "times")
            );
            draft.finding.spark =
                Some(spark(times.iter().map(|t| (*t, 1)), (first.0 - HOUR, last.0 + HOUR), 24, "events"));
            draft.ask(format!("What happened around {}?", moment(first.0)));
            if let Some(user) = who.first() {
                draft.ask(format!("What did {user} do?"));
            }
            if host != NONE {
                draft.ask(format!("Tell me about {name}"));
            }
            draft.ask("Is there anything unusual?".into());
            drafts.push(draft);
        }
    }
    Ok(drafts)
}
