//! How many events over time, with the busiest stretch found for the model.

use super::arguments::{only, schema, scope, text};
use super::desk::{Desk, Made, ROWS_MAX, answer, odd};
use crate::planner::answers::round_step;
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::time::{DAY, HOUR, MINUTE};
use timberline_model::{Answer, Plan};

/// The tool.
pub struct Timeline;

impl<'d> Tool<Desk<'d>> for Timeline {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "timeline",
            description: "Counts over time, and when most of them were. For when, over time, per hour, per day, peak",
            arguments: schema(&[("every", json!({ "enum": ["minute", "hour", "day"] }))], &[]),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(timeline(on, &arguments)))
    }
}

fn timeline(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["where", "when", "every"])?;
    let (scope, mut notes) = scope(desk, arguments)?;
    let Answer::Span(span) = desk.run(&scope, Plan::Span)? else { return Err(odd()) };
    let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else {
        let sentence = format!("No dated {}{}", desk.which(&scope), desk.in_range(&scope));
        return desk.made(&scope, span.events, sentence, notes);
    };
    let mut step = match text(arguments, "every") {
        Some("minute") => MINUTE,
        Some("hour") => HOUR,
        Some("day") => DAY,
        _ => round_step(last - first, 24),
    };
    if (last - first) / step >= 2_000 {
        step = round_step(last - first, 200);
        notes.push("the steps were made longer, there would have been too many".to_owned());
    }
    // Steps begin where the clock of the case's zone does.
    let offset = i64::from(desk.known.calendar.zone.offset_seconds(first)) * 1_000_000_000;
    let from_ns = (first + offset).div_euclid(step) * step - offset;
    let bins = u32::try_from((last - from_ns) / step + 1).unwrap_or(2_000).min(2_001);
    let plan = Plan::Histogram { from_ns, step_ns: step, bins, by: None, max_series: 1 };
    let Answer::Histogram(histogram) = desk.run(&scope, plan)? else { return Err(odd()) };
    let counts = histogram.series.into_iter().next().map(|s| s.counts).unwrap_or_default();
    let at = |i: usize| from_ns + step * i64::try_from(i).unwrap_or(0);
    let peak = counts.iter().enumerate().max_by_key(|(i, n)| (**n, usize::MAX - i)).map(|(i, n)| (i, *n));
    let busy = counts.iter().filter(|n| **n > 0).count() as u64;
    let unit = match step {
        MINUTE => "minute",
        HOUR => "hour",
        DAY => "day",
        _ => "step",
    };
    let zone = &desk.known.calendar.zone;
    let mut sentence = format!(
        "{} {}{}, from {} to {}",
        say::number(span.events),
        desk.which(&scope),
        desk.in_range(&scope),
        desk.time(Some(first)),
        desk.time(Some(last))
    );
    if let Some((i, n)) = peak {
        sentence.push_str(&format!(
            ", in {} of {} {unit}s; the most, {}, in the {unit} that begins at {}",
            say::number(busy),
            say::number(counts.len() as u64),
            say::number(n),
            say::short_time(at(i), zone)
        ));
    }
    let mut kept: Vec<(usize, u64)> = counts.iter().copied().enumerate().filter(|(_, n)| *n > 0).collect();
    if kept.len() > ROWS_MAX as usize {
        kept.sort_by_key(|(i, n)| (std::cmp::Reverse(*n), *i));
        kept.truncate(ROWS_MAX as usize);
        kept.sort_unstable();
        notes.push(format!("the {ROWS_MAX} greatest are listed"));
    }
    let rows = kept.iter().map(|(i, n)| vec![say::short_time(at(*i), zone).into(), (*n).into()]).collect();
    let columns = vec![format!("{unit} from"), "events".to_owned()];
    Ok(Made { columns, rows, ..desk.made(&scope, span.events, sentence, notes)? })
}
