//! Web probing: one address asks for much that is not there, for paths that only scanners know, with a scanner's agent, or with
//! attacks in the URL. Definition: Elastic's rules for 403 and 404 by many URLs and for agents of scanners, with lower numbers for
//! exported logs. Every public site is probed all day: the busiest few get a card, the rest one together; what an attack got out of
//! it is told by `web_break_in`.

use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, log_scale, moment, one_of, part, spark,
    whole_seconds, with_query,
};
use crate::table::is_inside;
use crate::web::{ATTACKS, Client, Web, attack_filter};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::Filter;

pub(super) struct Probing;

/// Probing addresses that get a card each before the rest share one.
const OWN_CARDS: usize = 3;

impl Detector for Probing {
    fn about(&self) -> About {
        About {
            id: "web_probing",
            title: "Web probing",
            stage: Stage::Reconnaissance,
            meaning: "One address asked for much that is not there, for paths that only scanners know, or sent attacks in URLs.",
            innocent: "A search engine after a site moved, a broken link or client, a scanner of one's own.",
            attack: &["T1595.002", "T1595.003", "T1190"],
            references: &["Elastic: web server discovery or fuzzing, unusual user agents"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let web = seen.web()?;
        if web.seen == 0 {
            return Ok(Verdict::Skipped(
                "no dated request says who asked and what the answer was (source.ip, http.response.status_code)".into(),
            ));
        }
        let mut found: Vec<(f64, u32, &Client)> = web
            .clients
            .iter()
            .enumerate()
            .filter(|(_, c)| probes(c, knobs))
            .map(|(at, c)| (weight(c), at as u32, c))
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (own, rest) = found.split_at(found.len().min(OWN_CARDS));
        let mut drafts = Vec::new();
        for (_, at, client) in own {
            seen.ctx.check()?;
            drafts.extend(card(seen, web.sources.text(*at), client, found.len(), knobs)?);
        }
        if rest.len() == 1 {
            if let Some((_, at, client)) = rest.first() {
                drafts.extend(card(seen, web.sources.text(*at), client, found.len(), knobs)?);
            }
        } else if !rest.is_empty() {
            drafts.extend(together(seen, web, rest)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Whether an address probes.
pub(super) fn probes(client: &Client, knobs: &Knobs) -> bool {
    let fuzzes = client.fullest.1 as f64 >= knobs.probe_errors
        && client.missing_urls.len() as f64 >= knobs.probe_urls
        && client.missing as f64 >= 0.5 * client.requests as f64;
    fuzzes
        || client.known.len() as f64 >= knobs.probe_known
        || client.attacked() as f64 >= knobs.probe_attacks
        || client.agent >= 10
}

fn weight(client: &Client) -> f64 {
    client.attacked() as f64 * 4.0
        + client.missing_urls.len() as f64
        + client.known.len() as f64 * 4.0
        + client.agent as f64 / 4.0
}

fn card(
    seen: &Seen<'_>,
    source: &str,
    client: &Client,
    all: usize,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let Some((first, last)) = client.telling else { return Ok(None) };
    let (from, to) = whole_seconds(first, last);
    let base = Filter::is("source.ip", source).and(Filter::exists("http.response.status_code"));
    let filter = base.clone().and(during(from, to));
    let mut draft = Draft::new("web_probing", Shape::Fact, vec![entity("source.ip", source)], first, last);
    let times = seen.attach(&mut draft, &filter)?;
    let kinds: Vec<usize> = (0..ATTACKS.len()).filter(|k| client.attacks[*k] > 0).collect();
    let mut did = Vec::new();
    if client.missing_urls.len() >= 5 {
        did.push(format!(
            "asked for {} that are not there",
            counted(client.missing_urls.len() as u64, "URL", "URLs")
        ));
    }
    if client.attacked() > 0 {
        let words: Vec<&str> = kinds.iter().map(|k| ATTACKS[*k].1).collect();
        did.push(format!("sent {} ({})", counted(client.attacked(), "attack", "attacks"), words.join(", ")));
    }
    if client.agent > 0 {
        did.push("named itself as a scanner".to_owned());
    }
    if did.is_empty() {
        did.push(format!(
            "asked for {} that only scanners know",
            counted(client.known.len() as u64, "path", "paths")
        ));
    }
    draft.finding.title = format!("{source} {} from {}", did.join(", "), clock(first));
    draft.finding.attack =
        vec![if client.missing_urls.len() >= 50 { "T1595.003" } else { "T1595.002" }.into()];
    if client.attacked() > 0 {
        draft.finding.attack.push("T1190".into());
    }
    let missing =
        base.clone().and(Filter::any_of("http.response.status_code", &["403", "404"])).and(during(from, to));
    let add = |draft: &mut Draft,
               name: &str,
               n: u64,
               limit: f64,
               unit: &str,
               weight: f64,
               query: Option<&Filter>| {
        let part = part(name, (n.into(), "few".into(), limit.into()), unit, "none needed", weight);
        draft.part(match query {
            Some(query) => with_query(part, query),
            None => part,
        });
    };
    if client.missing > 0 {
        let n = client.missing_urls.len() as f64;
        add(
            &mut draft,
            "Different URLs that are not there or forbidden",
            client.missing_urls.len() as u64,
            knobs.probe_urls,
            "URLs",
            0.04 + 0.12 * log_scale(n, knobs.probe_urls / 5.0, 2_000.0),
            Some(&missing),
        );
    }
    if client.attacked() > 0 {
        let query = base.clone().and(attack_filter(&kinds)).and(during(from, to));
        let rows = seen.count(query.clone())?;
        add(
            &mut draft,
            "Requests with an attack in them",
            client.attacked(),
            knobs.probe_attacks,
            "requests",
            0.1 + 0.1 * log_scale(client.attacked() as f64, knobs.probe_attacks, 500.0),
            Some(&query).filter(|_| rows > 0),
        );
    }
    if !client.known.is_empty() {
        let n = client.known.len() as f64;
        add(
            &mut draft,
            "Paths that only scanners ask for",
            client.known.len() as u64,
            knobs.probe_known,
            "paths",
            0.04 + 0.06 * log_scale(n, knobs.probe_known, 50.0),
            None,
        );
    }
    if client.agent > 0 {
        add(&mut draft, "Requests with the agent of a scanner", client.agent, 10.0, "requests", 0.08, None);
    }
    if is_inside(source) {
        draft.part(part(
            "It comes from inside",
            ("inside".into(), "".into(), "".into()),
            "",
            "none needed",
            0.14,
        ));
    }
    draft.claims.push(Claim { source: source.to_owned(), from_ns: from, to_ns: to, weight: client.requests });
    draft.finding.innocent = format!(
        "A crawler or a broken client would ask for the site's own pages too: {} of its {} requests were for what is not there. Every \
         public site is probed; {} did so in these logs.",
        count(client.missing),
        count(client.requests),
        counted(all as u64, "address", "addresses")
    );
    draft.finding.spark = Some(spark(times.iter().map(|t| (*t, 1)), (from, to), 48, "requests"));
    draft.ask(format!("Tell me about {source}"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask("Which source had the most 404 responses?".into());
    Ok(Some(draft))
}

/// One card for those that are left.
fn together(seen: &Seen<'_>, web: &Web, rest: &[(f64, u32, &Client)]) -> Result<Option<Draft>, DetectError> {
    let first = rest.iter().filter_map(|(_, _, c)| c.telling).map(|t| t.0).min();
    let last = rest.iter().filter_map(|(_, _, c)| c.telling).map(|t| t.1).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    let mut sources: Vec<&str> = rest.iter().take(1_000).map(|(_, at, _)| web.sources.text(*at)).collect();
    sources.sort_unstable();
    let (from, to) = whole_seconds(first, last);
    let filter =
        one_of("source.ip", &sources).and(Filter::exists("http.response.status_code")).and(during(from, to));
    let entities = sources.iter().map(|s| entity("source.ip", s)).collect();
    let mut draft = Draft::new("web_probing", Shape::Fact, entities, first, last);
    let times = seen.attach(&mut draft, &filter)?;
    let attacks: u64 = rest.iter().map(|(_, _, c)| c.attacked()).sum();
    draft.finding.title = format!(
        "{} more probed the site: {} that are not there, {}",
        counted(rest.len() as u64, "address", "addresses"),
        counted(rest.iter().map(|(_, _, c)| c.missing).sum(), "request for pages", "requests for pages"),
        counted(attacks, "attack", "attacks")
    );
    draft.finding.attack = vec!["T1595.002".into()];
    draft.part(with_query(
        part(
            "Addresses that probe",
            ((rest.len() as u64).into(), "".into(), "".into()),
            "addresses",
            "none needed",
            0.16 + 0.1 * log_scale(rest.len() as f64, 2.0, 1_000.0),
        ),
        &filter,
    ));
    draft.finding.innocent =
        "The noise of the internet: every public site is probed all day. The busiest have cards of their own.".into();
    draft.finding.spark = Some(spark(times.iter().map(|t| (*t, 1)), (from, to), 48, "requests"));
    draft.ask("Which source had the most 404 responses?".into());
    draft.ask(format!("What happened around {}?", moment(first)));
    Ok(Some(draft))
}
