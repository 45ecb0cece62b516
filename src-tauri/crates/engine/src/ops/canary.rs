//! The leak test: its reports, the newest first, in the data folder. What it plants and how it is run is `leak_test`'s.

use crate::session::{Engine, lock};
use crate::way_out::now_us;
use crate::wire::{ApiError, CanaryReport, CanaryReports, Nothing};
use std::path::PathBuf;

const FILE: &str = "leak-tests.json";
/// A day, in microseconds.
const DAY_US: i64 = 86_400_000_000;
/// Reports that are kept.
const KEPT: usize = 50;

fn file(engine: &Engine) -> PathBuf {
    engine.shared.dirs.data.join(FILE)
}

/// The reports that were kept, newest first.
///
/// # Errors
/// None: a file that cannot be read holds none.
pub fn list(engine: &Engine, _: Nothing) -> Result<CanaryReports, ApiError> {
    let read = std::fs::read(file(engine)).ok();
    let rows = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let mut reports = CanaryReports { rows, due: false };
    let days = i64::from(days(engine));
    let ago = reports.rows.first().map(|r| now_us().saturating_sub(r.at_us));
    reports.due = days > 0 && ago.is_none_or(|ago| ago > days * DAY_US);
    Ok(reports)
}

/// The newest report.
pub(crate) fn last(engine: &Engine) -> Option<CanaryReport> {
    list(engine, Nothing {}).ok()?.rows.into_iter().next()
}

/// Days after which the test runs by itself; 0: never.
pub(crate) fn days(engine: &Engine) -> u32 {
    lock(&engine.shared.settings).canary_days
}

/// Keeps a report as the newest, whole or not at all.
pub(crate) fn keep(engine: &Engine, report: &CanaryReport) -> Result<(), ApiError> {
    let mut rows = list(engine, Nothing {})?.rows;
    rows.insert(0, report.clone());
    rows.truncate(KEPT);
    crate::whole_file::keep_json(&engine.shared.dirs.data, FILE, &rows)
        .map_err(|why| ApiError::failed(format!("the report of the leak test cannot be kept: {why}")))
}
