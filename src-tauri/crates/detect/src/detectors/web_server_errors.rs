//! Burst of server errors: a site answers far more requests with 500 and more in an hour than in its hours before. Definition:
//! Elastic's 5xx spike, for all clients of a site, against median and MAD of the site's own hours. A failing application is a matter
//! of its health; that one address caused most of it is said, because then it may be an attack that is tried out.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, part, spark, strength,
    with_query,
};
use crate::stats::Baseline;
use crate::web::{Site, WINDOW};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, kql};

pub(super) struct ServerErrors;

impl Detector for ServerErrors {
    fn about(&self) -> About {
        About {
            id: "web_server_errors",
            title: "Burst of server errors",
            stage: Stage::Health,
            meaning: "A site answered far more requests with an error of its own than it usually does.",
            innocent: "A release, a database that was down, too many visitors: a failure, seldom an attack.",
            attack: &[],
            references: &["Elastic: web server error spike"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let web = seen.web()?;
        if web.seen == 0 {
            return Ok(Verdict::Skipped(
                "no dated request says what the answer was (source.ip, http.response.status_code)".into(),
            ));
        }
        let mut drafts = Vec::new();
        for (at, (named, site)) in web.of_sites.iter().enumerate() {
            if site.errors as f64 >= knobs.server_errors {
                seen.ctx.check()?;
                let name = web.sites.text(at as u32);
                drafts.extend(card(
                    seen,
                    if *named { "url.domain" } else { "host.name" },
                    name,
                    site,
                    knobs,
                )?);
            }
        }
        drafts.sort_by(|a, b| b.finding.score.total_cmp(&a.finding.score));
        drafts.truncate(6);
        Ok(Verdict::Found(drafts))
    }
}

fn card(
    seen: &Seen<'_>,
    field: &str,
    name: &str,
    site: &Site,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (Some(first), Some(last)) = (site.windows.keys().min(), site.windows.keys().max()) else {
        return Ok(None);
    };
    let span = (last - first + 1) * WINDOW;
    let width = if span >= DAY { HOUR } else { WINDOW };
    let n = usize::try_from(span / width + 1).unwrap_or(1).min(87_600);
    let start = (first * WINDOW).div_euclid(width);
    let mut series = vec![0.0; n + 1];
    let mut asked = vec![0.0; n + 1];
    for (window, (requests, errors)) in &site.windows {
        let at = usize::try_from((window * WINDOW).div_euclid(width) - start).unwrap_or(usize::MAX);
        if let (Some(slot), Some(all)) = (series.get_mut(at), asked.get_mut(at)) {
            *slot += f64::from(*errors);
            *all += f64::from(*requests);
        }
    }
    let (Some(baseline), true) = (Baseline::of_counts(&series), n >= 12) else { return Ok(None) };
    let threshold = baseline
        .at(knobs.volume_deviations)
        .max(baseline.median * knobs.volume_ratio)
        .max(knobs.server_errors);
    let over: Vec<usize> = (0..series.len()).filter(|i| series[*i] >= threshold).collect();
    let Some(worst) = over.iter().copied().max_by(|a, b| series[*a].total_cmp(&series[*b]).then(b.cmp(a)))
    else {
        return Ok(None);
    };
    // What stands out every other day is usual for it.
    if over.len() * 20 > n.max(60) {
        return Ok(None);
    }
    let (mut from, mut to) = (worst, worst + 1);
    while from > 0 && series[from - 1] >= threshold {
        from -= 1;
    }
    while to < series.len() && series[to] >= threshold {
        to += 1;
    }
    let (from_ns, to_ns) = ((start + from as i64) * width, (start + to as i64) * width);
    let errors = kql::parse("http.response.status_code >= 500 and http.response.status_code < 600")
        .unwrap_or(Filter::All);
    let filter =
        Filter::is(field, name).and(Filter::exists("source.ip")).and(errors).and(during(from_ns, to_ns));
    let mut draft =
        Draft::new("web_server_errors", Shape::Fact, vec![entity(field, name)], from_ns, to_ns - 1);
    let times = seen.attach(&mut draft, &filter)?;
    let (Some(begin), Some(end)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    draft.finding.first_ns = Some(begin);
    draft.finding.last_ns = Some(end);
    let unit = if width == HOUR { "an hour" } else { "in ten minutes" };
    let share = series[worst] / asked[worst].max(1.0);
    draft.finding.title = format!(
        "{name} answered {} with a server error at {}, usually {} {unit}",
        counted(times.len() as u64, "request", "requests"),
        clock(begin),
        count(baseline.median.round() as u64)
    );
    draft.part(with_query(
        part(
            format!("Server errors {unit}"),
            ((series[worst] as u64).into(), baseline.median.into(), threshold.round().into()),
            "responses",
            strength(span),
            0.16 + 0.14 * log_scale(series[worst], knobs.server_errors, 100.0 * knobs.server_errors),
        ),
        &filter,
    ));
    draft.part(part(
        "Share of all answers",
        (format!("{:.0} %", share * 100.0).into(), "".into(), "".into()),
        "",
        "none needed",
        0.12 * share,
    ));
    let top = seen.events.top(seen.range, filter.clone(), &["source.ip"], 1, seen.ctx)?;
    let lead = top
        .first()
        .filter(|t| t.count * 10 >= times.len() as u64 * 7)
        .map(|t| (t.values.first().map(|v| v.show()), t.count));
    if let Some((Some(source), n)) = &lead {
        draft.part(part(
            format!("Most of them to one address, {source}"),
            ((*n).into(), "".into(), "70 %".into()),
            "responses",
            "none needed",
            0.05,
        ));
        draft.ask(format!("Tell me about {source}"));
    }
    draft.finding.innocent = format!(
        "A release or a dependency that was down; no step of an attack by itself. It lasted {}; {}.",
        length(end - begin),
        match &lead {
            Some((Some(source), _)) => format!("most errors went to {source}"),
            _ => "it struck many visitors".to_owned(),
        }
    );
    draft.finding.spark = Some(spark(
        site.windows.iter().map(|(w, n)| (w * WINDOW, u64::from(n.1))),
        (from_ns - 12 * width, to_ns + 12 * width),
        48,
        "server errors",
    ));
    draft.ask(format!("What happened around {}?", moment(begin)));
    draft.ask("How many server errors were there?".into());
    Ok(Some(draft))
}
