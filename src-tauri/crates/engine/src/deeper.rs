//! Looking deeper at a card: the questions that an analyst asks next anyway, asked at once. Where else its entities are seen, what they
//! did before and after in wider windows, who else did the same or was at the same targets, and what its detector says of them with
//! halved thresholds. Each answer is a sentence with its count and the query that gives it; no score is changed by it.

use crate::judging::scope::key;
use crate::ops::known::{counted, detector_title};
use crate::session::OpenCase;
use crate::wire::{ApiError, DeeperRow};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use timberline_detect::draft::{length, moment, whole_seconds};
use timberline_detect::{DETECTORS, DetectError, Knobs};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{
    Ctx, Entity, EventStore, Filter, Finding, Pattern, Source, StoreError, TimeRange, Value, kql,
};

/// At most so many entities of a card are followed, the most telling first.
const ENTITIES: usize = 3;
/// At most so many rows.
const ROWS: usize = 40;
/// At most so many findings with lower thresholds.
const LOWER: usize = 5;

/// Fields in which an address, a user, a host may stand, whatever the format.
const ADDRESSES: &[&str] = &[
    "source.ip",
    "destination.ip",
    "client.ip",
    "server.ip",
    "host.ip",
    "source.address",
    "destination.address",
    "dns.resolved_ip",
];
const USERS: &[&str] =
    &["user.name", "user.target.name", "user.effective.name", "source.user.name", "destination.user.name"];
const HOSTS: &[&str] = &[
    "host.name",
    "host.hostname",
    "source.domain",
    "destination.domain",
    "observer.name",
    "server.domain",
    "url.domain",
];

/// Fields that say what kind of event it is, which alone is not "the same".
const BROAD: &[&str] =
    &["event.category", "event.kind", "event.type", "event.outcome", "event.dataset", "event.module"];

/// Thresholds of which half is a lower threshold: counts, measures and deviations from which on something is told. The others are
/// windows, habits that must be known, and limits the other way.
const HALVED: &[&str] = &[
    "guess_failures",
    "success_failures",
    "spray_users",
    "spray_failures",
    "unknown_users",
    "distributed_accounts",
    "distributed_sources",
    "distributed_deviations",
    "success_burst_logins",
    "burst_failures",
    "burst_deviations",
    "burst_ratio",
    "fanout_hosts",
    "fanout_deviations",
    "fanout_ratio",
    "fanout_sweep_hosts",
    "volume_deviations",
    "volume_ratio",
    "volume_floor",
    "gap_minutes",
    "gap_density",
    "template_burst",
    "error_floor",
    "scan_ports",
    "scan_ports_unknown",
    "sweep_systems",
    "beacon_score",
    "beacon_calls",
    "long_hours",
    "strobe_a_day",
    "tunnel_names",
    "tunnel_missing",
    "exfil_megabytes",
    "exfil_deviations",
    "exfil_ratio",
    "probe_errors",
    "probe_urls",
    "probe_known",
    "probe_attacks",
    "server_errors",
];

/// What was kept in a case, by card. Rows that cannot be understood are none.
///
/// # Errors
/// When the case cannot be read.
pub fn kept(open: &OpenCase) -> Result<FxHashMap<String, Vec<DeeperRow>>, ApiError> {
    let all = open.case.deeper()?.into_iter();
    Ok(all.map(|(card, body)| (card, serde_json::from_str(&body).unwrap_or_default())).collect())
}

/// The thresholds, those of [`HALVED`] halved.
#[must_use]
pub fn lower_knobs() -> Knobs {
    let halved = || -> Option<Knobs> {
        let mut all = serde_json::to_value(Knobs::default()).ok()?;
        for name in HALVED {
            let knob = all.get_mut(*name)?;
            *knob = (knob.as_f64()? / 2.0).into();
        }
        serde_json::from_value(all).ok()
    };
    halved().unwrap_or_default()
}

/// Looks deeper at a card among the findings of its case. The second is whether the time was over before everything was asked.
///
/// # Errors
/// What the store says, but for a time that is over.
pub fn look(
    events: &dyn EventStore,
    sources: &[Source],
    card: &Finding,
    findings: &[Finding],
    ctx: &Ctx<'_>,
) -> Result<(Vec<DeeperRow>, bool), ApiError> {
    let mut look = Look { events, sources, card, ctx, rows: Vec::new() };
    let done = look.all(findings);
    let stopped = matches!(&done, Err(DetectError::Store(StoreError::Timeout)));
    match done {
        Err(why) if !stopped => Err(why.into()),
        _ => {
            look.rows.truncate(ROWS);
            Ok((look.rows, stopped))
        }
    }
}

struct Look<'a> {
    events: &'a dyn EventStore,
    sources: &'a [Source],
    card: &'a Finding,
    ctx: &'a Ctx<'a>,
    rows: Vec<DeeperRow>,
}

/// An entity with the condition that finds it in every source.
struct Followed {
    entity: Entity,
    anywhere: Filter,
}

impl Look<'_> {
    fn all(&mut self, findings: &[Finding]) -> Result<(), DetectError> {
        let followed = self.followed()?;
        for one in &followed {
            self.seen(one)?;
        }
        for one in &followed {
            self.elsewhere(one)?;
        }
        let address = followed.iter().position(|f| f.entity.value.parse::<IpAddr>().is_ok());
        for (at, one) in followed.iter().enumerate() {
            // The one that the card names first, and who acted from where.
            if at == 0 || Some(at) == address {
                self.before_and_after(one)?;
            }
        }
        self.others()?;
        self.other_cards(findings);
        self.targets()?;
        self.lower(findings)
    }

    fn add(&mut self, kind: &str, said: String, count: u64, query: &Filter) {
        self.rows.push(DeeperRow { kind: kind.to_owned(), said, count, query: kql::render(query) });
    }

    fn count(&self, filter: Filter) -> Result<u64, DetectError> {
        Ok(self.events.count(TimeRange::ALL, filter, self.ctx)?)
    }

    /// The card's most telling entities, each with the fields in which it stands somewhere.
    fn followed(&self) -> Result<Vec<Followed>, DetectError> {
        let mut all: Vec<Followed> = Vec::new();
        for entity in &self.card.entities {
            if all.len() == ENTITIES {
                break;
            }
            if !telling(entity) || all.iter().any(|f| f.entity.value == entity.value) {
                continue;
            }
            let mut fields: Vec<&str> = vec![entity.field.as_str()];
            fields.extend(family(entity).iter().filter(|f| **f != entity.field));
            let mut conditions = Vec::new();
            for field in fields {
                let here = Filter::is(field, &entity.value);
                if self.count(here.clone())? > 0 {
                    conditions.push(here);
                }
            }
            let anywhere = match conditions.len() {
                0 => continue,
                1 => conditions.remove(0),
                _ => Filter::Or(conditions),
            };
            all.push(Followed { entity: entity.clone(), anywhere });
        }
        Ok(all)
    }

    /// The card's time, whole seconds around it, and the length of the windows beside it: as long as it took, at least an hour and at
    /// most a day.
    fn window(&self) -> Option<(i64, i64, i64)> {
        let (first, last) = whole_seconds(self.card.first_ns?, self.card.last_ns?);
        Some((first, last, (last - first).clamp(HOUR, DAY)))
    }

    /// First and last seen in the case.
    fn seen(&mut self, one: &Followed) -> Result<(), DetectError> {
        let span = self.events.span(TimeRange::ALL, one.anywhere.clone(), self.ctx)?;
        let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else { return Ok(()) };
        let mut said = format!(
            "{} is seen first {} and last {} in this case, in {}",
            one.entity.value,
            moment(first),
            moment(last),
            counted(span.events, "event")
        );
        if let Some(began) = self.card.first_ns {
            let earlier = began - first;
            said.push_str(&if earlier > 0 {
                format!("; that is {} before this card begins", length(earlier))
            } else {
                "; never before this card".to_owned()
            });
        }
        self.add("seen", said, span.events, &one.anywhere);
        Ok(())
    }

    /// Sources without evidence of the card in which an entity is at that time.
    fn elsewhere(&mut self, one: &Followed) -> Result<(), DetectError> {
        let Some((first, last, wide)) = self.window() else { return Ok(()) };
        let around = one.anywhere.clone().and(during(first - wide, last + wide));
        let own: BTreeSet<u32> = self.card.evidence.iter().map(|id| id.source()).collect();
        let rows = self.events.top(TimeRange::ALL, around.clone(), &["source"], 50, self.ctx)?;
        for row in rows {
            let Some(Value::Int(id)) = row.values.first() else { continue };
            let Ok(number) = u32::try_from(*id) else { continue };
            if own.contains(&number) {
                continue;
            }
            let name =
                self.sources.iter().find(|s| s.id == number).map_or("another source", |s| s.path.as_str());
            let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
            let said = format!(
                "{} is also in {name}, from {} before to {} after this card: {}",
                one.entity.value,
                hours(wide),
                hours(wide),
                counted(row.count, "event")
            );
            self.add(
                "elsewhere",
                said,
                row.count,
                &around.clone().and(Filter::is("source", &id.to_string())),
            );
        }
        Ok(())
    }

    /// What the first entity did before and after.
    fn before_and_after(&mut self, actor: &Followed) -> Result<(), DetectError> {
        let Some((first, last, wide)) = self.window() else { return Ok(()) };
        for (kind, word, from, to) in
            [("before", "before", first - wide, first), ("after", "after", last, last + wide)]
        {
            let filter = actor.anywhere.clone().and(during(from, to));
            let count = self.count(filter.clone())?;
            let (what, long) = (&actor.entity.value, hours(wide));
            if count == 0 {
                self.add(kind, format!("Nothing of {what} in the {long} {word} this card"), 0, &filter);
                continue;
            }
            let mut most = Vec::new();
            for field in ["event.action", "event.code", "event.category"] {
                let rows = self.events.top(TimeRange::ALL, filter.clone(), &[field], 3, self.ctx)?;
                if !rows.is_empty() {
                    most = rows;
                    break;
                }
            }
            let named = |row: &timberline_model::query::TopRow| {
                let value = row.values.first().map(Value::show).unwrap_or_default();
                format!("{value} {}", row.count)
            };
            let most: Vec<String> = most.iter().map(named).collect();
            let mut said = format!("In the {long} {word} this card {what} has {}", counted(count, "event"));
            if !most.is_empty() {
                said.push_str(&format!("; most: {}", most.join(", ")));
            }
            self.add(kind, said, count, &filter);
            let success = filter
                .and(Filter::is("event.category", "authentication"))
                .and(Filter::is("event.outcome", "success"));
            let logins = self.count(success.clone())?;
            if logins > 0 {
                let said = format!(
                    "{} of {what} in the {long} {word} this card",
                    counted(logins, "successful login")
                );
                self.add(kind, said, logins, &success);
            }
        }
        Ok(())
    }

    /// Who else did the same: the card's query without its time and its first entity, where enough is left of it to be the same.
    fn others(&mut self) -> Result<(), DetectError> {
        let Some(actor) = self.card.entities.first() else { return Ok(()) };
        let Ok(query) = kql::parse(&self.card.query) else { return Ok(()) };
        let Some(rest) =
            without(&query, actor).filter(|rest| rest.fields().iter().any(|f| !BROAD.contains(f)))
        else {
            return Ok(());
        };
        let same =
            rest.and(Filter::is(&actor.field, &actor.value).negate()).and(Filter::exists(&actor.field));
        self.who_else("others", actor, &same, "meet the conditions of this card, at any time")
    }

    /// Other cards of the same detector or technique, about others.
    fn other_cards(&mut self, findings: &[Finding]) {
        let mut told = 0;
        for other in findings {
            let technique = other.attack.iter().find(|id| self.card.attack.contains(id));
            let what = match (key(other) == key(self.card), technique) {
                (true, _) => "The same was found".to_owned(),
                (false, Some(id)) => format!("The same technique {id} was found"),
                (false, None) => continue,
            };
            if other.id == self.card.id || told == LOWER {
                continue;
            }
            told += 1;
            self.rows.push(DeeperRow {
                kind: "others".to_owned(),
                said: format!("{what} in another card: {}", other.title),
                count: other.evidence_count,
                query: other.query.clone(),
            });
        }
    }

    /// Who else was at the card's targets around its time.
    fn targets(&mut self) -> Result<(), DetectError> {
        let Some((first, last, wide)) = self.window() else { return Ok(()) };
        let Some(actor) = self.card.entities.first() else { return Ok(()) };
        let targets: Vec<&Entity> = self
            .card
            .entities
            .iter()
            .skip(1)
            .filter(|e| e.field != actor.field && telling(e))
            .take(2)
            .collect();
        for target in targets {
            let near = Filter::is(&target.field, &target.value)
                .and(Filter::is(&actor.field, &actor.value).negate())
                .and(Filter::exists(&actor.field))
                .and(during(first - wide, last + wide));
            let what = format!(
                "with {} {} from {} before to {} after this card",
                target.field,
                target.value,
                hours(wide),
                hours(wide)
            );
            self.who_else("targets", actor, &near, &what)?;
        }
        Ok(())
    }

    fn who_else(
        &mut self,
        kind: &str,
        actor: &Entity,
        filter: &Filter,
        what: &str,
    ) -> Result<(), DetectError> {
        let count = self.count(filter.clone())?;
        if count == 0 {
            let said = format!("No other {} {what}", actor.field);
            self.add(kind, said, 0, filter);
            return Ok(());
        }
        let rows = self.events.top(TimeRange::ALL, filter.clone(), &[&actor.field], 1_000, self.ctx)?;
        let named: Vec<String> = rows
            .iter()
            .take(3)
            .map(|r| format!("{} {}", r.values.first().map(Value::show).unwrap_or_default(), r.count))
            .collect();
        let many = if rows.len() == 1_000 { "1,000 or more".to_owned() } else { rows.len().to_string() };
        let said = format!(
            "{many} other {} {what}: {}; most: {}",
            actor.field,
            counted(count, "event"),
            named.join(", ")
        );
        self.add(kind, said, count, filter);
        Ok(())
    }

    /// What the card's detector says of its entities with halved thresholds.
    fn lower(&mut self, findings: &[Finding]) -> Result<(), DetectError> {
        let detector = &self.card.detector;
        if !DETECTORS.iter().any(|d| d.about().id == detector) {
            return Ok(());
        }
        let only = std::slice::from_ref(detector);
        let found =
            timberline_detect::run(self.events, TimeRange::ALL, &lower_knobs(), Some(only), self.ctx)?
                .findings;
        let evidence: BTreeSet<u64> = self.card.evidence.iter().map(|id| id.0).collect();
        let mut told = 0;
        for one in found {
            let related = one.entities.iter().any(|e| telling(e) && self.card.entities.contains(e));
            let known =
                findings.iter().any(|f| key(f) == key(&one) && (f.id == one.id || f.query == one.query));
            if !related || told == LOWER {
                continue;
            }
            let shared = one.evidence.iter().filter(|id| evidence.contains(&id.0)).count();
            let same = one.id == self.card.id || 2 * shared > one.evidence.len().min(evidence.len());
            let said = match (same, known) {
                // The card itself, with more of it.
                (true, _) if one.evidence_count > self.card.evidence_count => format!(
                    "With halved thresholds this card has {} instead of {}",
                    counted(one.evidence_count, "event"),
                    self.card.evidence_count
                ),
                (true, _) | (_, true) => continue,
                (false, false) => {
                    format!(
                        "With halved thresholds \"{}\" also tells: {}",
                        detector_title(detector),
                        one.title
                    )
                }
            };
            told += 1;
            self.rows.push(DeeperRow {
                kind: "lower".to_owned(),
                said,
                count: one.evidence_count,
                query: one.query,
            });
        }
        Ok(())
    }
}

/// Whether an entity is somebody or something: a port is neither.
fn telling(entity: &Entity) -> bool {
    !entity.value.bytes().all(|b| b.is_ascii_digit())
}

/// The length of a window in words, whole hours without minutes.
fn hours(ns: i64) -> String {
    if ns % HOUR == 0 { format!("{} h", ns / HOUR) } else { length(ns) }
}

fn during(from_ns: i64, to_ns: i64) -> Filter {
    Filter::Time(TimeRange::new(from_ns, to_ns))
}

/// The fields in which the like of an entity may stand.
fn family(entity: &Entity) -> &'static [&'static str] {
    let has = |part: &str| entity.field.split('.').any(|p| p == part);
    match () {
        () if entity.value.parse::<IpAddr>().is_ok() => ADDRESSES,
        () if has("user") => USERS,
        () if has("host") || has("domain") || has("observer") => HOSTS,
        () => &[],
    }
}

/// A condition without its times and without one entity; `None` where nothing telling is left.
fn without(filter: &Filter, entity: &Entity) -> Option<Filter> {
    match filter {
        Filter::And(parts) => {
            let left = parts.iter().filter_map(|p| without(p, entity));
            Some(left.fold(Filter::All, Filter::and)).filter(|f| *f != Filter::All)
        }
        Filter::Or(parts) => {
            let mut left: Vec<Filter> = parts.iter().filter_map(|p| without(p, entity)).collect();
            match left.len() {
                0 => None,
                1 => Some(left.remove(0)),
                _ => Some(Filter::Or(left)),
            }
        }
        Filter::Time(_) | Filter::Ids(_) | Filter::All => None,
        Filter::Match { field, pattern } if *field == entity.field && is_value(pattern, &entity.value) => {
            None
        }
        Filter::In { field, values } if *field == entity.field && values.contains(&entity.value) => None,
        other => Some(other.clone()),
    }
}

fn is_value(pattern: &Pattern, value: &str) -> bool {
    pattern.as_exact().is_some_and(|text| text.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halved_thresholds_are_thresholds_and_all_others_stay() {
        let (usual, low) = (Knobs::default(), lower_knobs());
        for knob in timberline_detect::KNOBS {
            let (was, is) = (usual.get(knob.name).unwrap(), low.get(knob.name).unwrap());
            let expect = if HALVED.contains(&knob.name) { was / 2.0 } else { was };
            assert_eq!(is, expect, "{}", knob.name);
        }
        assert!(HALVED.iter().all(|name| usual.get(name).is_some()));
    }

    #[test]
    fn the_same_by_others_is_the_query_without_who_and_when() {
        let who = Entity { field: "source.ip".into(), value: "203.0.113.9".into() };
        let check = |query: &str, expect: Option<&str>| {
            let left = without(&kql::parse(query).unwrap(), &who).map(|f| kql::render(&f));
            assert_eq!(left.as_deref(), expect, "{query}");
        };
        check(
            "source.ip : 203.0.113.9 and user.name : root and @timestamp >= \"2026-03-10\"",
            Some("user.name : root"),
        );
        check("source.ip : 203.0.113.9", None);
        check(
            "source.ip : (203.0.113.9 or 1.2.3.4) and event.outcome : failure",
            Some("event.outcome : failure"),
        );
    }
}
