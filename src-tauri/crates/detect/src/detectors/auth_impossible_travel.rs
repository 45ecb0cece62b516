//! Impossible travel: one account logs in from two places between which nobody can have travelled in the time, by a GeoIP file that the
//! analyst gave. Definition: two countries within 15 minutes (Elastic's Microsoft 365 rule), or a speed above an airliner's
//! over a distance that GeoIP files are not wrong by. Inside addresses lie nowhere.

use crate::accounts::is_machine;
use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, one_of, part,
    spark, successes, whole_seconds, with_query,
};
use crate::given::Place;
use crate::history::counts;
use crate::table::{Groups, Login, Logins, network_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::time::{DAY, HOUR, SECOND};
use timberline_model::{Filter, kql};

pub(super) struct ImpossibleTravel;

/// Two logins that no one person made in person.
struct Jump<'l> {
    from: &'l Login,
    to: &'l Login,
    km: Option<f64>,
    /// Kilometres an hour, where the distance is known.
    kmh: Option<f64>,
    countries: bool,
    /// Such jumps of the account.
    jumps: u64,
    /// Whether both networks are ones that it often comes from.
    habit: bool,
}

impl Detector for ImpossibleTravel {
    fn about(&self) -> About {
        About {
            id: "auth_impossible_travel",
            title: "Impossible travel",
            stage: Stage::Access,
            meaning: "An account was let in from two places that nobody can travel between in the time: two people use it. Needs a \
                      GeoIP file.",
            innocent: "A VPN, a proxy of the provider or of a phone, a cloud service that logs in for somebody, a GeoIP file that is \
                       wrong.",
            attack: &["T1078"],
            references: &[
                "Elastic: Microsoft 365 impossible travel",
                "Sentinel: sign-ins from two countries",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let Some(places) = seen.given.places else {
            return Ok(Verdict::Skipped(
                "no GeoIP file was given: timberline detect CASE --geoip FILE.mmdb".into(),
            ));
        };
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(true) {
            return Ok(Verdict::Skipped(why));
        }
        let mut place: FxHashMap<u32, Option<Place>> = FxHashMap::default();
        for row in logins.rows.iter().filter(|r| counts(r) && !logins.is_inside(r.source)) {
            place.entry(row.source).or_insert_with(|| places.of(logins.sources.text(row.source)));
        }
        if place.values().all(Option::is_none) {
            return Ok(Verdict::Skipped(format!(
                "{} knows none of the addresses that were let in",
                places.about()
            )));
        }
        let by_user = Groups::new(&logins.rows, logins.users.len(), |r| r.user);
        let mut drafts = Vec::new();
        for user in 0..logins.users.len() as u32 {
            if is_machine(logins.users.text(user)) {
                continue;
            }
            seen.ctx.check()?;
            let rows: Vec<&Login> = by_user
                .group(user)
                .iter()
                .filter_map(|i| logins.rows.get(*i as usize))
                .filter(|r| counts(r) && place.get(&r.source).is_some_and(Option::is_some))
                .collect();
            if let Some(jump) = worst_jump(logins, &rows, &place, knobs) {
                drafts.push(card(logins, &by_user, &jump, &place, &places.about(), knobs));
            }
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(knobs.new_source_cards.max(0.0) as usize);
        Ok(Verdict::Found(drafts))
    }
}

/// Kilometres along a great circle. Source: the haversine formula (Sinnott, 1984), with the earth's mean radius.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (half_lat, half_lon) = ((lat_b - lat_a) / 2.0, (b.1 - a.1).to_radians() / 2.0);
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * 6_371.0 * h.sqrt().clamp(0.0, 1.0).asin()
}

fn worst_jump<'l>(
    logins: &Logins,
    rows: &[&'l Login],
    place: &FxHashMap<u32, Option<Place>>,
    knobs: &Knobs,
) -> Option<Jump<'l>> {
    let at = |row: &Login| place.get(&row.source).and_then(Option::as_ref);
    let mut jumps: Vec<Jump<'l>> = Vec::new();
    for pair in rows.windows(2) {
        let (Some(&from), Some(&to)) = (pair.first(), pair.last()) else { continue };
        let (Some(here), Some(there)) = (at(from), at(to)) else { continue };
        if from.source == to.source {
            continue;
        }
        let seconds = ((to.time - from.time) as f64 / SECOND as f64).max(1.0);
        let km = match (here.at, there.at) {
            (Some(a), Some(b)) => Some((distance(a, b) - here.radius_km - there.radius_km).max(0.0)),
            _ => None,
        };
        let kmh = km.map(|km| km / (seconds / 3600.0));
        let countries = !here.country.is_empty()
            && !there.country.is_empty()
            && here.country != there.country
            && seconds <= knobs.travel_window_s;
        let fast = km.is_some_and(|km| km >= knobs.travel_km) && kmh.is_some_and(|v| v >= knobs.travel_kmh);
        // Across a border on foot is no wonder; where the distance is known it must be one.
        if fast || countries && km.is_none_or(|km| km >= knobs.travel_km / 5.0) {
            jumps.push(Jump { from, to, km, kmh, countries, jumps: 0, habit: false });
        }
    }
    let n = jumps.len() as u64;
    let mut by_network: FxHashMap<String, u64> = FxHashMap::default();
    for row in rows {
        *by_network.entry(network_of(logins.sources.text(row.source))).or_default() += 1;
    }
    let often =
        |row: &Login| by_network.get(&network_of(logins.sources.text(row.source))).is_some_and(|k| *k >= 5);
    let mut worst = jumps.into_iter().max_by(|a, b| {
        a.km.unwrap_or(0.0).total_cmp(&b.km.unwrap_or(0.0)).then_with(|| b.to.time.cmp(&a.to.time))
    })?;
    worst.jumps = n;
    // A split VPN goes back and forth between two networks all the time.
    worst.habit = n >= 3 && often(worst.from) && often(worst.to);
    Some(worst)
}

fn name_of(place: &Place) -> String {
    match (place.name.is_empty(), place.country.is_empty()) {
        (true, _) => place.country.clone(),
        (false, true) => place.name.clone(),
        (false, false) => format!("{} ({})", place.name, place.country),
    }
}

fn card(
    logins: &Logins,
    by_user: &Groups,
    jump: &Jump<'_>,
    place: &FxHashMap<u32, Option<Place>>,
    file: &str,
    knobs: &Knobs,
) -> Draft {
    let user = logins.users.text(jump.to.user);
    let at = |row: &Login| place.get(&row.source).and_then(Option::as_ref).map(name_of).unwrap_or_default();
    let (here, there) = (logins.sources.text(jump.from.source), logins.sources.text(jump.to.source));
    let (first, last) = (jump.from.time, jump.to.time);
    let (from_ns, to_ns) = whole_seconds(first, last);
    let mut entities = vec![entity("user.name", user), entity("source.ip", here), entity("source.ip", there)];
    let mut hosts: Vec<&str> = [jump.from.host, jump.to.host].iter().map(|h| logins.hosts.text(*h)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    entities.extend(hosts.iter().filter(|h| !h.is_empty()).map(|h| entity("host.name", h)));
    let mut draft = Draft::new("auth_impossible_travel", Shape::NewSource, entities, first, last);
    let apart = jump.km.map_or_else(String::new, |km| format!(", {} km apart", count(km.round() as u64)));
    draft.finding.title = format!(
        "{user} logged in from {} at {} and from {} {} later{apart}",
        at(jump.from),
        clock(first),
        at(jump.to),
        length((last - first).max(SECOND)),
    );
    let mut sources = [here, there];
    sources.sort_unstable();
    let filter = successes()
        .and(Filter::is("user.name", user))
        .and(one_of("source.ip", &sources))
        .and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    let of_user = || by_user.group(jump.to.user).iter().filter_map(|i| logins.rows.get(*i as usize));
    draft.evidence(
        of_user()
            .filter(|r| r.success() && r.time >= from_ns && r.time < to_ns)
            .filter(|r| r.source == jump.from.source || r.source == jump.to.source)
            .map(|r| r.id),
    );
    draft.finding.attack = vec!["T1078".into()];
    let (from_ns, to_ns) = whole_seconds(last, last);
    draft.claims.push(Claim { source: there.to_owned(), from_ns, to_ns, weight: 0 });
    if let Some(kmh) = jump.kmh {
        draft.part(with_query(
            part(
                "Speed between the two places",
                (kmh.round().into(), "0 to 900".into(), knobs.travel_kmh.into()),
                "km/h",
                file,
                0.30 + 0.12 * log_scale(jump.km.unwrap_or(0.0), knobs.travel_km, 10_000.0),
            ),
            &filter,
        ));
    }
    if jump.countries {
        let both = format!("{} and {}", at(jump.from), at(jump.to));
        let weight = if jump.kmh.is_some() { 0.08 } else { 0.36 };
        let one = part(
            "Two countries within minutes",
            (both.into(), "one".into(), length((knobs.travel_window_s * SECOND as f64) as i64).into()),
            "",
            file,
            weight,
        );
        draft.part(if jump.kmh.is_some() { one } else { with_query(one, &filter) });
    }
    // Whether the second place is new for the account.
    let country = |row: &Login| place.get(&row.source).and_then(Option::as_ref).map(|p| p.country.as_str());
    let before =
        of_user().filter(|r| counts(r) && r.time < last && country(r) == country(jump.to)).count() as u64;
    let all = of_user().filter(|r| counts(r) && r.time < last).count() as u64;
    if before == 0 {
        draft.part(part(
            "Logins from that country before",
            (0u64.into(), "some".into(), 1u64.into()),
            "logins",
            format!("{} before", counted(all, "login", "logins")),
            if all as f64 >= knobs.history_logins { 0.12 } else { 0.04 },
        ));
    }
    if jump.habit {
        draft.part(part(
            "It goes back and forth between these two all the time",
            (jump.jumps.into(), 0u64.into(), 3u64.into()),
            "jumps",
            "all its logins in these logs",
            -0.20,
        ));
    }
    draft.finding.innocent = format!(
        "A VPN or proxy, a phone's provider, a cloud service that logs in for somebody, or a wrong GeoIP file ({file}). A VPN would be \
         used again: {}. Look at what each of the two sessions did.",
        counted(jump.jumps, "such jump in these logs", "such jumps in these logs"),
    );
    let pad = DAY / 2;
    draft.finding.spark = Some(spark(
        of_user().filter(|r| counts(r)).map(|r| (r.time, 1)),
        (first - pad, last + pad.max(HOUR)),
        30,
        "logins",
    ));
    draft.ask(format!("Show me login patterns for {user} over the past month"));
    draft.ask(format!("Who logged in from {there}?"));
    draft.ask(format!("What happened around {}?", moment(last)));
    draft
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_along_the_earth() {
        for (a, b, km) in [
            ((52.52, 13.40), (48.86, 2.35), 878.0),
            ((40.64, -73.78), (35.55, 139.78), 10_870.0),
            ((0.0, 179.9), (0.0, -179.9), 22.0),
            ((10.0, 10.0), (10.0, 10.0), 0.0),
        ] {
            let got = distance(a, b);
            assert!((got - km).abs() <= km * 0.01 + 1.0, "{a:?} {b:?}: {got}");
        }
    }
}
