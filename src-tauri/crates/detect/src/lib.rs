//! Findings: statistics, thresholds, scores and their explanations.
//!
//! Owns what an anomaly is: the [`detectors`], the [`Knobs`] they turn, the pure maths in [`stats`], and how findings
//! about one attack become one card ([`story`]). Deliberately not here: SQL, writing, the network, the clock. Events
//! are seen through [`timberline_model::EventStore`] only.

pub mod accounts;
pub mod attack;
pub mod changes;
pub mod detectors;
pub mod domains;
pub mod draft;
pub mod drain;
pub mod evidence;
pub mod given;
pub mod history;
pub mod instructions;
pub mod knobs;
pub mod lists;
pub mod programs;
pub mod rows;
pub mod series;
pub mod sigma;
pub mod stage;
pub mod stats;
pub mod story;
pub mod streams;
pub mod table;
pub mod traffic;
pub mod web;

use std::cell::OnceCell;
use std::time::Instant;
use timberline_model::{Ctx, EventStore, Finding, StoreError, TimeRange};

pub use attack::attack_name;
use changes::Changes;
pub use detectors::DETECTORS;
pub use draft::Draft;
use drain::Templates;
pub use given::Given;
pub use knobs::{KNOBS, Knob, Knobs};
pub use stage::Stage;
use streams::Streams;
use table::{Flows, Logins};
use traffic::Traffic;
use web::Web;

/// What a detector is: a row of `docs/detectors.md`.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its id ("auth_spray").
    pub id: &'static str,
    /// Its title ("Password spray").
    pub title: &'static str,
    /// The step of an intrusion that it shows.
    pub stage: Stage,
    /// What it means when it fires, and by which definition it does.
    pub meaning: &'static str,
    /// What else it may be.
    pub innocent: &'static str,
    /// ATT&CK techniques that it may name; a finding names those that its rows show.
    pub attack: &'static [&'static str],
    /// Where the definition comes from.
    pub references: &'static [&'static str],
}

/// Why detection stopped.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No detector has this id.
    #[error("no detector is called {0}; `timberline detectors` lists them")]
    Unknown(String),
}

/// What a detector has to say about some events.
pub enum Verdict {
    /// What it found; nothing is an answer too.
    Found(Vec<Draft>),
    /// It could not look, and why.
    Skipped(String),
}

/// One way of finding something.
pub trait Detector: Sync {
    /// What it is.
    fn about(&self) -> About;
    /// Looks at the events.
    ///
    /// # Errors
    /// When the store does not answer, or the caller gave up.
    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError>;
}

/// The events as detectors see them. Logins and connections are gathered once, on first use, and shared: five
/// detectors that each scanned the case would take five times as long.
pub struct Seen<'a> {
    /// Where the events are.
    pub events: &'a dyn EventStore,
    /// Which of them.
    pub range: TimeRange,
    /// How long it may take.
    pub ctx: &'a Ctx<'a>,
    /// What the analyst gave beside the logs.
    pub given: Given<'a>,
    logins: OnceCell<Logins>,
    flows: OnceCell<Flows>,
    traffic: OnceCell<Traffic>,
    web: OnceCell<Web>,
    streams: OnceCell<Streams>,
    templates: OnceCell<Templates>,
    changes: OnceCell<Changes>,
}

impl<'a> Seen<'a> {
    /// Over these events.
    #[must_use]
    pub fn new(events: &'a dyn EventStore, range: TimeRange, ctx: &'a Ctx<'a>) -> Self {
        Self {
            events,
            range,
            ctx,
            given: Given::default(),
            logins: OnceCell::new(),
            flows: OnceCell::new(),
            traffic: OnceCell::new(),
            web: OnceCell::new(),
            streams: OnceCell::new(),
            templates: OnceCell::new(),
            changes: OnceCell::new(),
        }
    }

    /// With what the analyst gave beside the logs.
    #[must_use]
    pub fn with(mut self, given: Given<'a>) -> Self {
        self.given = given;
        self
    }

    /// Every login attempt with an outcome, in time order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn logins(&self) -> Result<&Logins, DetectError> {
        if let Some(logins) = self.logins.get() {
            return Ok(logins);
        }
        let logins = Logins::gather(self.events, self.range, self.ctx)?;
        Ok(self.logins.get_or_init(|| logins))
    }

    /// Accounts made and changed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn changes(&self) -> Result<&Changes, DetectError> {
        if let Some(changes) = self.changes.get() {
            return Ok(changes);
        }
        let changes = Changes::gather(self)?;
        Ok(self.changes.get_or_init(|| changes))
    }

    /// Who contacted whom, by the hour.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn flows(&self) -> Result<&Flows, DetectError> {
        if let Some(flows) = self.flows.get() {
            return Ok(flows);
        }
        let flows = Flows::gather(self.events, self.range, self.ctx)?;
        Ok(self.flows.get_or_init(|| flows))
    }

    /// Who sent what to whom: pairs, ports and days.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn traffic(&self) -> Result<&Traffic, DetectError> {
        if let Some(traffic) = self.traffic.get() {
            return Ok(traffic);
        }
        let traffic = Traffic::gather(self.events, self.range, self.ctx)?;
        Ok(self.traffic.get_or_init(|| traffic))
    }

    /// Web requests by who made them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn web(&self) -> Result<&Web, DetectError> {
        if let Some(web) = self.web.get() {
            return Ok(web);
        }
        let web = Web::gather(self.events, self.range, self.ctx)?;
        Ok(self.web.get_or_init(|| web))
    }

    /// Which logs there are, and how many events each had when.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn streams(&self) -> Result<&Streams, DetectError> {
        if let Some(streams) = self.streams.get() {
            return Ok(streams);
        }
        let streams = Streams::gather(self.events, self.range, self.ctx)?;
        Ok(self.streams.get_or_init(|| streams))
    }

    /// The kinds of messages that programs write.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn templates(&self) -> Result<&Templates, DetectError> {
        if let Some(templates) = self.templates.get() {
            return Ok(templates);
        }
        let templates = Templates::gather(self.events, self.range, self.ctx)?;
        Ok(self.templates.get_or_init(|| templates))
    }
}

/// How one detector fared.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub detector: String,
    /// Findings of its own that were left after merging.
    pub findings: usize,
    /// How long it looked.
    pub seconds: f64,
    /// Why it could not look, where it could not.
    pub skipped: Option<String>,
}

/// What all detectors found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The findings, best first.
    pub findings: Vec<Finding>,
    /// A report for each detector that was asked, in the order of [`DETECTORS`].
    pub reports: Vec<Report>,
}

/// Runs the detectors (all, or those named) and merges what they say about one attack.
///
/// # Errors
/// An unknown id, or a store that does not answer. One detector without its fields is no error: it is skipped and
/// its report says why.
pub fn run(
    events: &dyn EventStore,
    range: TimeRange,
    knobs: &Knobs,
    only: Option<&[String]>,
    ctx: &Ctx<'_>,
) -> Result<Outcome, DetectError> {
    run_given(events, range, knobs, only, Given::default(), ctx)
}

/// As [`run`], with what the analyst gave beside the logs.
///
/// # Errors
/// See [`run`].
pub fn run_given(
    events: &dyn EventStore,
    range: TimeRange,
    knobs: &Knobs,
    only: Option<&[String]>,
    given: Given<'_>,
    ctx: &Ctx<'_>,
) -> Result<Outcome, DetectError> {
    if let Some(unknown) =
        only.unwrap_or_default().iter().find(|id| !DETECTORS.iter().any(|d| d.about().id == *id))
    {
        return Err(DetectError::Unknown(unknown.clone()));
    }
    let seen = Seen::new(events, range, ctx).with(given);
    let mut drafts = Vec::new();
    let mut reports = Vec::new();
    for detector in DETECTORS {
        let id = detector.about().id;
        if only.is_some_and(|only| !only.iter().any(|o| o == id)) {
            continue;
        }
        ctx.check()?;
        let start = Instant::now();
        let skipped = match detector.detect(&seen, knobs)? {
            Verdict::Found(found) => {
                drafts.extend(found);
                None
            }
            Verdict::Skipped(why) => Some(why),
        };
        let seconds = start.elapsed().as_secs_f64();
        reports.push(Report { detector: id.to_owned(), findings: 0, seconds, skipped });
    }
    let findings = story::merge(drafts, knobs);
    for report in &mut reports {
        report.findings = findings.iter().filter(|f| f.detector == report.detector).count();
    }
    Ok(Outcome { findings, reports })
}
