//! A web attack that was answered: an address that attacked or probed, and then a script that answers it and almost nobody else (a
//! web shell that was put there), or an attack in a URL whose answer was a success of a size that the same page does not have
//! otherwise. Definition: ours; the trace that probing leaves in access logs where it worked. One answered probe is weak by itself:
//! many sites answer everything with 200.

use super::web_probing::probes;
use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, log_scale, moment, part, spark,
    whole_seconds, with_query,
};
use crate::stats::{Baseline, median};
use crate::web::{ATTACKS, Client, Web, attack_filter};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::filter::Pattern;
use timberline_model::time::MINUTE;
use timberline_model::{Filter, kql};

pub(super) struct BreakIn;

impl Detector for BreakIn {
    fn about(&self) -> About {
        About {
            id: "web_break_in",
            title: "A web attack that was answered",
            stage: Stage::Access,
            meaning: "After probing or attacks, a script answers the same address and almost nobody else, or an attack in a URL got a success \
                      of a size that the page does not have otherwise.",
            innocent: "An administrator who tests his own site, a site that answers everything with 200, an upload that is allowed.",
            attack: &["T1190", "T1505.003"],
            references: &["MITRE ATT&CK T1190, T1505.003"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let web = seen.web()?;
        if web.seen == 0 {
            return Ok(Verdict::Skipped(
                "no dated request says who asked and what the answer was (source.ip, http.response.status_code)".into(),
            ));
        }
        let mut drafts = Vec::new();
        // Addresses whose probing makes a success telling.
        let suspects: Vec<(u32, &Client)> = web
            .clients
            .iter()
            .enumerate()
            .filter(|(_, c)| probes(c, knobs) || c.attacked() > 0 || c.attacks[5] > 0)
            .map(|(at, c)| (at as u32, c))
            .collect();
        let mut ranked: Vec<(bool, u64, u32, &Client, Vec<u32>)> = suspects
            .iter()
            .map(|(at, client)| {
                let shells = shells(web, *at, client);
                (!shells.is_empty(), client.answered, *at, *client, shells)
            })
            .filter(|r| r.0 || r.1 > 0)
            .collect();
        ranked.sort_by_key(|r| (std::cmp::Reverse(r.0), std::cmp::Reverse(r.1), r.2));
        for (_, _, at, client, shells) in ranked.into_iter().take(40) {
            seen.ctx.check()?;
            drafts.extend(card(seen, web, at, client, &shells)?);
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(6);
        Ok(Verdict::Found(drafts))
    }
}

/// Scripts that answered this address, after it began to probe, and hardly anybody else.
fn shells(web: &Web, who: u32, client: &Client) -> Vec<u32> {
    let Some((began, _)) = client.telling else { return Vec::new() };
    web.scripts
        .iter()
        .enumerate()
        .filter(|(_, s)| {
            let Some((n, first, _)) = s.clients.get(&who) else { return false };
            // One look at a script is a visit; a shell is called again. A page that others use is the site's own.
            *n >= 3 && *first >= began && !s.many && s.clients.len() <= 2 && *n * 10 >= s.requests * 9
        })
        .map(|(path, _)| path as u32)
        .collect()
}

struct Answer {
    id: timberline_model::EventId,
    time: i64,
    path: String,
    bytes: f64,
}

/// Attacks of one address that were answered with a success of an unusual size, and what is usual for the path.
fn odd_answers(seen: &Seen<'_>, attacks: &Filter, source: &str) -> Result<Vec<(Answer, f64)>, DetectError> {
    let ok = kql::parse("http.response.status_code >= 200 and http.response.status_code < 300")
        .unwrap_or(Filter::All);
    let fields = ["url.original", "http.response.body.bytes", "http.response.bytes"];
    let mut answers = Vec::new();
    let read = |filter: &Filter, cap: usize| -> Result<Vec<Answer>, DetectError> {
        let mut rows = Vec::new();
        seen.events.scan(seen.range, filter, &fields, seen.ctx, &mut |batch| {
            for (row, (&id, &time)) in batch.ids.iter().zip(&batch.times).enumerate() {
                let url = batch.columns.first().and_then(|c| c.text(row)).unwrap_or_default();
                let number =
                    |at: usize| batch.columns.get(at).and_then(|c| c.value(row)).and_then(|v| v.number());
                if let Some(bytes) = number(1).or_else(|| number(2)) {
                    let path = url.split(['?', '#']).next().unwrap_or_default().to_owned();
                    rows.push(Answer { id, time, path, bytes });
                }
            }
            rows.len() < cap
        })?;
        Ok(rows)
    };
    let mine = read(&Filter::is("source.ip", source).and(attacks.clone()).and(ok.clone()), 2_000)?;
    let mut usual: FxHashMap<String, Option<(f64, f64)>> = FxHashMap::default();
    for answer in mine {
        if !usual.contains_key(&answer.path) && usual.len() < 50 {
            let pattern = Pattern::wild(vec![answer.path.clone(), String::new()]);
            let same = Filter::Match { field: "url.original".into(), pattern }
                .and(Filter::is("source.ip", source).negate())
                .and(ok.clone());
            let others = read(&same, 5_000)?;
            let sizes: Vec<f64> = others.iter().filter(|o| o.path == answer.path).map(|o| o.bytes).collect();
            let of = Baseline::of_counts(&sizes).filter(|_| sizes.len() >= 5).map(|b| {
                // Pages differ in size by their parameters.
                (median(&sizes).unwrap_or(0.0), (b.at(6.0)).max(b.max * 1.5).max(b.median * 2.0 + 500.0))
            });
            usual.insert(answer.path.clone(), of);
        }
        if let Some(Some((middle, limit))) = usual.get(&answer.path).copied()
            && answer.bytes > limit
        {
            answers.push((answer, middle));
        }
    }
    Ok(answers)
}

fn card(
    seen: &Seen<'_>,
    web: &Web,
    at: u32,
    client: &Client,
    shells: &[u32],
) -> Result<Option<Draft>, DetectError> {
    let source = web.sources.text(at);
    let kinds: Vec<usize> = (0..ATTACKS.len()).filter(|k| client.attacks[*k] > 0 && *k != 5).collect();
    let attacks = attack_filter(&kinds);
    let odd = if client.answered > 0 && !kinds.is_empty() {
        odd_answers(seen, &attacks, source)?
    } else {
        Vec::new()
    };
    let base = Filter::is("source.ip", source);
    let ok = kql::parse("http.response.status_code >= 200 and http.response.status_code < 300")
        .unwrap_or(Filter::All);
    let calls = client.attacks[5];
    if shells.is_empty() && odd.is_empty() {
        return Ok(None);
    }
    let paths: Vec<&str> = shells.iter().map(|p| web.paths.text(*p)).take(20).collect();
    let of_paths = Filter::Or(
        paths
            .iter()
            .flat_map(|p| {
                [
                    Filter::is("url.original", p),
                    Filter::Match {
                        field: "url.original".into(),
                        pattern: Pattern::wild(vec![format!("{p}?"), String::new()]),
                    },
                ]
            })
            .collect(),
    );
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for path in shells {
        if let Some((_, a, b)) = web.scripts.get(*path as usize).and_then(|s| s.clients.get(&at)) {
            (first, last) = (first.min(*a), last.max(*b));
        }
    }
    let mut draft;
    let filter;
    if paths.is_empty() {
        (first, last) = (
            odd.iter().map(|o| o.0.time).min().unwrap_or(first),
            odd.iter().map(|o| o.0.time).max().unwrap_or(last),
        );
        let (from, to) = whole_seconds(first, last);
        filter = base.clone().and(attacks).and(ok).and(during(from, to));
        let mut entities = vec![entity("source.ip", source)];
        entities.extend(odd.iter().take(1).map(|o| entity("url.path", &o.0.path)));
        draft = Draft::new("web_break_in", Shape::Fact, entities, first, last);
    } else {
        let (from, to) = whole_seconds(first, last);
        filter = base.clone().and(of_paths).and(during(from, to));
        let mut entities = vec![entity("source.ip", source)];
        entities.extend(paths.iter().take(5).map(|p| entity("url.path", p)));
        draft = Draft::new("web_break_in", Shape::Fact, entities, first, last);
    }
    let times = seen.attach(&mut draft, &filter)?;
    if times.is_empty() {
        return Ok(None);
    }
    if let Some((answer, middle)) = odd.iter().max_by(|a, b| a.0.bytes.total_cmp(&b.0.bytes)) {
        draft.part(part(
            "Size of an attack's answer",
            ((answer.bytes as u64).into(), (*middle).into(), "twice any other".into()),
            "bytes",
            "answers of the same page to others",
            0.34 + 0.16 * log_scale(answer.bytes / middle.max(1.0), 2.0, 100.0),
        ));
        let id = answer.id;
        if let Some(place) = draft.finding.evidence.iter().position(|e| *e == id) {
            draft.finding.evidence.swap(0, place);
        }
    }
    let n: u64 =
        shells.iter().filter_map(|p| web.scripts.get(*p as usize)?.clients.get(&at)).map(|c| c.0).sum();
    if let Some(path) = paths.first() {
        let others: u64 =
            shells.iter().filter_map(|p| web.scripts.get(*p as usize)).map(|s| s.requests).sum::<u64>() - n;
        draft.part(with_query(
            part(
                "Answers of a script that nobody else uses",
                (n.into(), others.into(), 3u64.into()),
                "answers",
                "all addresses in these logs",
                0.36 + 0.1 * log_scale(n as f64, 3.0, 100.0),
            ),
            &filter,
        ));
        draft.finding.title = format!(
            "{source} probed and then used {path}{} {} from {}, as nobody else does: a web shell?",
            if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() },
            counted(n, "time", "times"),
            clock(first)
        );
        draft.finding.attack = vec!["T1190".into(), "T1505.003".into()];
    } else {
        let path = odd.first().map(|o| o.0.path.clone()).unwrap_or_default();
        draft.finding.title = format!(
            "An attack of {source} on {path} was answered at {} with far more than the page is otherwise",
            clock(first)
        );
        draft.finding.attack = vec!["T1190".into()];
    }
    if calls > 0 {
        draft.part(part(
            "Calls of a script with a command in the URL",
            (calls.into(), 0u64.into(), 1u64.into()),
            "requests",
            "none needed",
            0.26,
        ));
    }
    draft.part(part(
        "It probed or attacked before",
        ((client.attacked() + client.missing).into(), "few".into(), 1u64.into()),
        "requests",
        "none needed",
        0.06 + 0.14
            * log_scale((client.attacked() * 4 + client.missing_urls.len() as u64) as f64, 3.0, 300.0),
    ));
    draft.claims.push(Claim {
        source: source.to_owned(),
        from_ns: first,
        to_ns: last + 1,
        weight: times.len() as u64,
    });
    draft.finding.innocent = format!(
        "An administrator who tests, or a site that answers everything with success: of {} requests of this address {} were not there.",
        count(client.requests),
        count(client.missing)
    );
    draft.finding.spark =
        Some(spark(times.iter().map(|t| (*t, 1)), (first - 30 * MINUTE, last + 30 * MINUTE), 48, "answers"));
    draft.ask(format!("Tell me about {source}"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask(format!("What other systems did {source} connect to?"));
    Ok(Some(draft))
}
