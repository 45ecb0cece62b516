//! Averages, percentiles, the longest and the shortest: which number of the events a question means, and what of it.

use super::fields::Named;
use super::known::Known;
use super::reading::Reading;
use super::subjects::Subject;
use super::words::Words;
use serde::{Deserialize, Serialize};

/// What of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stat {
    /// Their mean.
    Mean,
    /// The middle one.
    Median,
    /// The one below which so many per cent lie (nearest rank).
    Percentile(u8),
    /// The greatest.
    Max,
    /// The least.
    Min,
}

/// Fields of how long something took, likeliest first.
const DURATIONS: &[&str] = &[
    "event.duration",
    "http.response.time",
    "nginx.request_time",
    "request_time",
    "duration_ms",
    "duration",
    "elapsed_ms",
    "elapsed",
    "latency_ms",
    "latency",
    "response_time",
];
/// Fields of how large something is.
const SIZES: &[&str] =
    &["http.response.body.bytes", "network.bytes", "destination.bytes", "source.bytes", "file.size"];

/// Finds what is measured; marks its words.
pub fn take(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    named: &mut Vec<Named>,
    subject: Option<&'static Subject>,
) {
    let mut stat = None;
    for at in 0..words.list.len() {
        let low = words.low(at);
        let glued =
            low.strip_prefix('p').and_then(|n| n.parse::<u8>().ok()).filter(|n| (50..100).contains(n));
        let next = words.low(at + 1).starts_with("percentile");
        let spelled =
            low.trim_end_matches("th").trim_end_matches("st").trim_end_matches("nd").trim_end_matches("rd");
        let n = glued.or_else(|| spelled.parse::<u8>().ok().filter(|n| next && (1..100).contains(n)));
        if let Some(n) = n {
            stat = Some(Stat::Percentile(n));
            words.mark(at, 1 + usize::from(next));
            break;
        }
    }
    if stat.is_none() && words.take("percentile*") {
        stat = Some(Stat::Percentile(95));
        reading.notes.push("no percentile was named, so the 95th is taken".to_owned());
    }
    if stat.is_none() && words.take("median") {
        stat = Some(Stat::Median);
    }
    if stat.is_none() && words.take_any(&["average", "averages"]) {
        stat = Some(Stat::Mean);
    }
    let slow = words.has_any(&[
        "slow*",
        "fast*",
        "duration*",
        "latenc*",
        "response time*",
        "request time*",
        "longest",
        "shortest",
        "how long",
    ]);
    if stat.is_none() {
        if words.take_any(&["longest", "slowest", "maximum", "max", "slow"]) {
            stat = Some(Stat::Max);
        } else if words.take_any(&["shortest", "fastest", "minimum", "min"]) {
            stat = Some(Stat::Min);
        }
    }
    let Some(stat) = stat else { return };
    // The average number of events in a day is another question, answered from a count.
    if stat == Stat::Mean && reading.every_ns.is_some() && !slow && !words.has_any(&["size*", "bytes"]) {
        reading.stat = Some(stat);
        return;
    }
    let number = |f: &str| known.fields.iter().any(|s| s.name == f && s.kind != "text" && s.events > 0);
    let own = named.iter().position(|n| n.field.as_deref().is_some_and(number));
    let sizes = words.take_any(&["size", "sizes", "bytes", "large", "volume"]);
    let measure = if let Some(at) = own {
        let name = named.remove(at);
        words.mark(name.at, name.len);
        name.field
    } else if slow {
        DURATIONS.iter().find(|f| number(f)).map(|f| (*f).to_owned()).or_else(|| {
            let like = |n: &str| {
                n.contains("duration") || n.contains("elapsed") || n.contains("latency") || n.ends_with("_ms")
            };
            known
                .fields
                .iter()
                .find(|f| f.kind != "text" && like(&f.name.to_lowercase()))
                .map(|f| f.name.clone())
        })
    } else if sizes || subject.is_some_and(|s| s.lacking == "web requests") {
        SIZES.iter().find(|f| number(f)).map(|f| (*f).to_owned())
    } else {
        None
    };
    words.take_any(&[
        "duration*",
        "latency",
        "latencies",
        "response time*",
        "request time*",
        "long",
        "took",
        "take",
        "slow*",
        "fast*",
        "time",
    ]);
    reading.stat = Some(stat);
    if measure.is_none() {
        reading.missing.push(if slow { "durations".to_owned() } else { "such numbers".to_owned() });
        reading.lacks_all = true;
    }
    reading.measure = measure;
}
