//! Values of lists in the events: each distinct value of the fields that may hold one is looked up once. One card for each value of a list,
//! the telling ones first; the rest shares one. A list says what its maker thought of a value one day: it is a lead, and how
//! strong a lead depends on what kind of value it is and on who contacted whom.

use crate::draft::{Draft, Shape, count, counted, entity, log_scale, moment, part, spark, with_query};
use crate::lists::{Indicator, Kind, Lists};
use crate::table::is_inside;
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use timberline_model::time::{HOUR, MINUTE};
use timberline_model::value::MULTI;
use timberline_model::{Batch, BatchColumn, EventId, Filter, Finding, NO_TIME, kql};

pub(super) struct ListMatch;

/// What a field may hold, as bits.
const ADDRESS: u8 = 1;
const HOST: u8 = 2;
const URL: u8 = 4;
const HASH: u8 = 8;
const FILE: u8 = 16;
const USER: u8 = 32;
const EMAIL: u8 = 64;

/// The fields that are looked at, and what they may hold.
const FIELDS: [(&str, u8); 58] = [
    ("source.ip", ADDRESS),
    ("source.address", ADDRESS | HOST),
    ("source.domain", HOST),
    ("destination.ip", ADDRESS),
    ("destination.address", ADDRESS | HOST),
    ("destination.domain", HOST),
    ("client.ip", ADDRESS),
    ("client.address", ADDRESS | HOST),
    ("server.ip", ADDRESS),
    ("server.address", ADDRESS | HOST),
    ("server.domain", HOST),
    ("source.nat.ip", ADDRESS),
    ("destination.nat.ip", ADDRESS),
    ("network.forwarded_ip", ADDRESS),
    ("host.ip", ADDRESS),
    ("dns.resolved_ip", ADDRESS),
    ("dns.answers.data", ADDRESS | HOST),
    ("dns.question.name", HOST),
    ("url.domain", HOST | ADDRESS),
    ("url.original", URL | HOST),
    ("url.full", URL),
    ("http.request.referrer", URL),
    ("tls.client.server_name", HOST),
    ("tls.client.ja3", HASH),
    ("tls.server.ja3s", HASH),
    ("tls.server.hash.sha1", HASH),
    ("tls.server.hash.sha256", HASH),
    ("process.hash.md5", HASH),
    ("process.hash.sha1", HASH),
    ("process.hash.sha256", HASH),
    ("process.pe.imphash", HASH),
    ("process.parent.hash.sha256", HASH),
    ("file.hash.md5", HASH),
    ("file.hash.sha1", HASH),
    ("file.hash.sha256", HASH),
    ("dll.hash.sha256", HASH),
    ("hash.md5", HASH),
    ("hash.sha1", HASH),
    ("hash.sha256", HASH),
    ("related.hash", HASH),
    ("file.name", FILE),
    ("file.path", FILE),
    ("file.target_path", FILE),
    ("dll.path", FILE),
    ("process.name", FILE),
    ("process.executable", FILE),
    ("process.parent.name", FILE),
    ("process.parent.executable", FILE),
    ("email.attachments.file.name", FILE),
    ("url.path", FILE),
    ("user.name", USER | EMAIL),
    ("user.target.name", USER | EMAIL),
    ("user.effective.name", USER | EMAIL),
    ("user.email", EMAIL | USER),
    ("source.user.name", USER | EMAIL),
    ("email.from.address", EMAIL),
    ("email.to.address", EMAIL),
    ("email.sender.address", EMAIL),
];

/// Different values of a field that a card's query lists; what goes beyond is counted and said.
const VALUES: usize = 400;

/// Where one value of a list was seen.
#[derive(Default)]
struct Hit {
    rows: u64,
    /// Rows with values beyond those that the query lists.
    beyond: u64,
    first: Option<i64>,
    last: Option<i64>,
    ids: Vec<EventId>,
    /// For each field its values, as they stand there.
    values: BTreeMap<usize, BTreeSet<String>>,
    listed: usize,
    hours: FxHashMap<i64, u64>,
    /// Rows in which somebody was let in.
    let_in: u64,
    /// Rows in which it was contacted, rather than that it came.
    contacted: u64,
}

impl Detector for ListMatch {
    fn about(&self) -> About {
        About {
            id: "list_match",
            title: "Value of a list",
            stage: Stage::Control,
            meaning: "A value of a list that you gave (addresses, networks, domains, URLs, hashes, file names, accounts, e-mail \
                      addresses) is in the events.",
            innocent: "Lists grow old: addresses and domains change hands, and many systems share one address.",
            attack: &[],
            references: &["STIX 2.1 patterns", "MISP attribute types"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let Some(lists) = seen.given.lists.filter(|l| !l.is_empty()) else {
            return Ok(Verdict::Skipped(
                "no list of values was given: timberline detect CASE --list FILE".into(),
            ));
        };
        let mut names: Vec<&str> = FIELDS.iter().map(|(f, _)| *f).collect();
        names.extend(["event.category", "event.outcome"]);
        let mut hits: FxHashMap<u32, Hit> = FxHashMap::default();
        let mut total = 0u64;
        seen.events.scan(seen.range, &Filter::All, &names, seen.ctx, &mut |batch| {
            total += batch.ids.len() as u64;
            take(lists, batch, &mut hits);
            true
        })?;
        seen.ctx.check()?;
        let mut hits: Vec<(u32, Hit)> = hits.into_iter().collect();
        let mut drafts: Vec<(Draft, usize)> = Vec::new();
        hits.sort_by_key(|(at, _)| *at);
        for (n, (at, hit)) in hits.iter().enumerate() {
            if let Some(indicator) = lists.all().get(*at as usize) {
                drafts.push((card(indicator, hit, total), n));
            }
        }
        drafts.sort_by(|(a, _), (b, _)| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        let own = knobs.list_cards.max(1.0) as usize;
        let rest: Vec<usize> = drafts.iter().skip(own).map(|(_, n)| *n).collect();
        drafts.truncate(own);
        let mut drafts: Vec<Draft> = drafts.into_iter().map(|(d, _)| d).collect();
        if !rest.is_empty() {
            let rest: Vec<(&Indicator, &Hit)> = rest
                .iter()
                .filter_map(|n| hits.get(*n))
                .filter_map(|(at, hit)| Some((lists.all().get(*at as usize)?, hit)))
                .collect();
            drafts.extend(rolled_up(seen, &rest)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// What a text of a field holds of the lists.
fn find(lists: &Lists, bits: u8, text: &str) -> Option<u32> {
    let has = |bit: u8| bits & bit != 0;
    has(ADDRESS)
        .then(|| lists.address(text))
        .flatten()
        .or_else(|| has(URL).then(|| lists.url(text)).flatten())
        // A proxy's CONNECT names a host with a port and no scheme.
        .or_else(|| {
            let host = if has(URL) {
                text.split_once(':').filter(|(_, p)| p.parse::<u16>().is_ok())?.0
            } else {
                text
            };
            has(HOST).then(|| lists.domain(host)).flatten()
        })
        .or_else(|| has(HASH).then(|| lists.hash(text)).flatten())
        .or_else(|| has(FILE).then(|| lists.file(text)).flatten())
        .or_else(|| has(EMAIL).then(|| lists.email(text)).flatten())
        .or_else(|| has(USER).then(|| lists.user(text)).flatten())
}

/// The values of one batch's column that are on a list: for a dictionary entry, what was found and its texts.
type Found = Vec<(u32, String)>;

fn take(lists: &Lists, batch: &Batch, hits: &mut FxHashMap<u32, Hit>) {
    // Which dictionary entries hold something; most columns hold nothing and are done with then.
    let mut columns: Vec<(usize, &[u32], FxHashMap<u32, Found>)> = Vec::new();
    for (field, (_, bits)) in FIELDS.iter().enumerate() {
        let Some(BatchColumn::Text { dict, codes }) = batch.columns.get(field) else { continue };
        let mut found: FxHashMap<u32, Found> = FxHashMap::default();
        for (code, text) in dict.iter().enumerate() {
            for one in text.split(MULTI) {
                if let Some(at) = find(lists, *bits, one) {
                    found.entry(code as u32).or_default().push((at, one.to_owned()));
                }
            }
        }
        if !found.is_empty() {
            columns.push((field, codes.as_ref(), found));
        }
    }
    if columns.is_empty() {
        return;
    }
    let text = |at: usize, row: usize| batch.columns.get(at).and_then(|c| c.text(row)).unwrap_or_default();
    // What this row holds: (value of a list, field, text).
    let mut here: Vec<(u32, usize, &str)> = Vec::new();
    for (row, (id, time)) in batch.ids.iter().zip(&batch.times).enumerate() {
        here.clear();
        for (field, codes, found) in &columns {
            if let Some(all) = codes.get(row).and_then(|code| found.get(code)) {
                here.extend(all.iter().map(|(at, text)| (*at, *field, text.as_str())));
            }
        }
        if here.is_empty() {
            continue;
        }
        here.sort_unstable();
        let login = text(FIELDS.len(), row).split(MULTI).any(|c| c == "authentication")
            && text(FIELDS.len() + 1, row) == "success";
        for of_value in here.chunk_by(|a, b| a.0 == b.0) {
            let Some(first) = of_value.first() else { continue };
            let hit = hits.entry(first.0).or_default();
            let mut listed = false;
            let mut contacted = false;
            for (_, field, text) in of_value {
                let name = FIELDS.get(*field).map_or("", |f| f.0);
                contacted |= !name.starts_with("source.") && !name.starts_with("client.");
                let lower = text.to_ascii_lowercase();
                let values = hit.values.entry(*field).or_default();
                if values.contains(&lower) {
                    listed = true;
                } else if hit.listed < VALUES {
                    values.insert(lower);
                    hit.listed += 1;
                    listed = true;
                }
            }
            if !listed {
                hit.beyond += 1;
                continue;
            }
            hit.rows += 1;
            hit.contacted += u64::from(contacted);
            hit.let_in += u64::from(login);
            if hit.ids.len() < Finding::EVIDENCE_MAX {
                hit.ids.push(*id);
            }
            if *time != NO_TIME {
                hit.first = Some(hit.first.map_or(*time, |t| t.min(*time)));
                hit.last = Some(hit.last.map_or(*time, |t| t.max(*time)));
                *hit.hours.entry(time.div_euclid(HOUR)).or_default() += 1;
            }
        }
    }
}

/// The query of a value: each field with what it holds.
fn query_of(hit: &Hit) -> Filter {
    let mut parts: Vec<Filter> = hit
        .values
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .filter_map(|(field, values)| {
            let name = FIELDS.get(*field)?.0;
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            Some(crate::draft::one_of(name, &values))
        })
        .collect();
    if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) }
}

fn base_weight(kind: Kind) -> f64 {
    match kind {
        Kind::Hash => 0.52,
        Kind::Url => 0.48,
        Kind::Domain => 0.42,
        Kind::Address => 0.38,
        Kind::Email => 0.34,
        Kind::Network => 0.28,
        Kind::File | Kind::User => 0.27,
    }
}

fn card(indicator: &Indicator, hit: &Hit, total: u64) -> Draft {
    let (first, last) = (hit.first.unwrap_or(0), hit.last.unwrap_or(0));
    let fields: Vec<&str> = hit.values.keys().filter_map(|f| FIELDS.get(*f)).map(|f| f.0).collect();
    let mut entities: Vec<_> = Vec::new();
    for (field, values) in &hit.values {
        let Some((name, _)) = FIELDS.get(*field) else { continue };
        if !name.starts_with("related.") {
            entities.extend(values.iter().take(5).map(|v| entity(name, v)));
        }
    }
    if entities.is_empty() {
        entities.push(entity("indicator", &indicator.value));
    }
    entities.truncate(20);
    let mut draft = Draft::new("list_match", Shape::Fact, entities, first, last);
    if hit.first.is_none() {
        (draft.finding.first_ns, draft.finding.last_ns) = (None, None);
    }
    let list = indicator.list.rsplit(['/', '\\']).next().unwrap_or(&indicator.list);
    draft.finding.title = format!(
        "The {} {} of the list {list} is in {} ({})",
        indicator.kind.words(),
        indicator.value,
        counted(hit.rows, "event", "events"),
        fields.join(", ")
    );
    let filter = query_of(hit);
    draft.finding.query = kql::render(&filter);
    draft.finding.evidence = hit.ids.clone();
    draft.finding.evidence_count = hit.rows;
    let note = if indicator.note.is_empty() {
        String::new()
    } else {
        format!("; the list says: {}", indicator.note)
    };
    draft.part(with_query(
        part(
            format!("Events with this {}", indicator.kind.words()),
            (hit.rows.into(), 0u64.into(), 1u64.into()),
            "events",
            format!("none needed{note}"),
            base_weight(indicator.kind),
        ),
        &filter,
    ));
    let network = matches!(indicator.kind, Kind::Address | Kind::Network | Kind::Domain | Kind::Url);
    if network && hit.contacted > 0 {
        draft.part(part(
            "Events in which it was asked for or contacted",
            (hit.contacted.into(), 0u64.into(), 1u64.into()),
            "events",
            "none needed",
            0.12,
        ));
    }
    if hit.let_in > 0 && network {
        draft.part(part(
            "Logins from it that were let in",
            (hit.let_in.into(), 0u64.into(), 1u64.into()),
            "logins",
            "none needed",
            0.22,
        ));
    }
    let share = hit.rows as f64 / total.max(1) as f64;
    if share > 0.2 && total >= 100 {
        draft.part(part(
            "Share of all events: the value may be a common one",
            (format!("{:.0} %", share * 100.0).into(), "".into(), "20 %".into()),
            "",
            "all events",
            -0.12,
        ));
    }
    if hit.beyond > 0 {
        draft.part(part(
            "Events with further values below it, which the query does not list",
            (hit.beyond.into(), "".into(), (VALUES as u64).into()),
            "events",
            "none needed",
            0.0,
        ));
    }
    draft.finding.innocent = format!(
        "A list that has grown old, or a value that many share. It says what its maker thought of the {} one day; whether it was true \
         then is not in these logs. It was contacted in {} of {}.",
        indicator.kind.words(),
        count(hit.contacted),
        counted(hit.rows, "event", "events"),
    );
    if hit.first.is_some() {
        let mut hours: Vec<(i64, u64)> = hit.hours.iter().map(|(h, n)| (h * HOUR + MINUTE, *n)).collect();
        hours.sort_unstable();
        draft.finding.spark = Some(spark(hours.into_iter(), (first - HOUR, last + HOUR), 30, "events"));
        draft.ask(format!("What happened around {}?", moment(first)));
    }
    match indicator.kind {
        Kind::Address => {
            let value = &indicator.value;
            draft.ask(format!("Did {value} ever log in successfully?"));
            draft.ask(if is_inside(value) {
                format!("What other systems did {value} connect to recently?")
            } else {
                format!("What connected to {value}?")
            });
        }
        Kind::User => {
            draft.ask(format!("Show me login patterns for {} over the past month", indicator.value))
        }
        _ => {}
    }
    draft.ask(format!("What do we know about {}?", indicator.value));
    draft.ask("Is there anything suspicious?".into());
    draft
}

fn rolled_up(seen: &Seen<'_>, rest: &[(&Indicator, &Hit)]) -> Result<Option<Draft>, DetectError> {
    let mut all = Hit::default();
    for (_, hit) in rest {
        for (field, values) in &hit.values {
            let into = all.values.entry(*field).or_default();
            for value in values {
                if all.listed < 2_000 && into.insert(value.clone()) {
                    all.listed += 1;
                }
            }
        }
    }
    let filter = query_of(&all);
    let rows = seen.rows(&filter, &[])?;
    let dated: Vec<i64> = rows.iter().map(|r| r.time).filter(|t| *t != NO_TIME).collect();
    let (Some(first), Some(last)) = (dated.first().copied(), dated.last().copied()) else { return Ok(None) };
    let entities = rest.iter().map(|(i, _)| entity("indicator", &i.value)).collect();
    let mut draft = Draft::new("list_match", Shape::Fact, entities, first, last);
    let lists: FxHashSet<&str> = rest.iter().map(|(i, _)| i.list.as_str()).collect();
    draft.finding.title = format!(
        "{} of {} in {}",
        counted(rest.len() as u64, "more value", "more values"),
        counted(lists.len() as u64, "list", "lists"),
        counted(rows.len() as u64, "event", "events")
    );
    draft.finding.query = kql::render(&filter);
    draft.evidence(rows.iter().map(|r| r.id));
    let best = rest.iter().map(|(i, _)| base_weight(i.kind)).fold(0.0, f64::max);
    draft.part(with_query(
        part(
            "Values of lists in the events, beyond those with a card each",
            ((rest.len() as u64).into(), 0u64.into(), 1u64.into()),
            "values",
            "none needed",
            best.min(0.36) + 0.08 * log_scale(rest.len() as f64, 1.0, 1_000.0),
        ),
        &filter,
    ));
    draft.finding.innocent = "A list that has grown old, or that is too wide: so many of its values rarely mean so many attackers.".into();
    draft.finding.spark =
        Some(spark(dated.into_iter().map(|t| (t, 1)), (first - HOUR, last + HOUR), 30, "events"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask("Is there anything suspicious?".into());
    Ok(Some(draft))
}
