//! The engine: the one open case, the jobs that run beside it, the settings, and the sender of events
//! to the window. What commands do with these is in `ops/`.

use crate::error::usage;
use crate::jobs::Jobs;
use crate::judging::Grounds;
use crate::news::now_us;
use crate::ops::settings::SettingsFile;
use crate::wire::{ApiError, Changed, DeeperRow};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use timberline_egress::{Ledger, Masker};
use timberline_model::kql;
use timberline_model::{EventStore, Filter, Finding, Severity, Source, Status, TimeRange};
use timberline_store::Case;

/// Where things are on this machine.
#[derive(Clone, Debug)]
pub struct Dirs {
    /// Settings, recents and the sample's case; made when first needed.
    pub data: PathBuf,
    /// The sample incident's folder, where the installation has one.
    pub sample: Option<PathBuf>,
}

impl Dirs {
    /// As the desktop conventions have it: `TIMBERLINE_DATA`, else `XDG_DATA_HOME/timberline`, else
    /// `HOME/.local/share/timberline`. The sample is at `TIMBERLINE_SAMPLE`, else in the checkout that this
    /// process was started in, if it was.
    #[must_use]
    pub fn usual() -> Self {
        let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let data = var("TIMBERLINE_DATA")
            .or_else(|| var("XDG_DATA_HOME").map(|d| d.join("timberline")))
            .or_else(|| var("HOME").map(|d| d.join(".local/share/timberline")))
            .unwrap_or_else(|| std::env::temp_dir().join("timberline"));
        let checkout = PathBuf::from("fixtures/incidents/ssh-break-in");
        let sample = var("TIMBERLINE_SAMPLE").or_else(|| std::path::absolute(&checkout).ok());
        Self { data, sample: sample.filter(|s| s.is_dir()) }
    }
}

/// Sends an event (`progress`, `changed`) to whoever shows it.
pub type Emit = Box<dyn Fn(&str, serde_json::Value) + Send + Sync>;

/// What the engine's threads share.
pub(crate) struct Shared {
    pub(crate) dirs: Dirs,
    emit: Emit,
    open: RwLock<Option<Arc<OpenCase>>>,
    pub(crate) jobs: Jobs,
    pub(crate) settings: Mutex<SettingsFile>,
    /// Set to stop the question that is being answered.
    pub(crate) asking: Mutex<Option<Arc<AtomicBool>>>,
    /// Counts over all gates of this process.
    pub(crate) ledger: Arc<Ledger>,
}

/// Timberline without a window.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

/// A lock whose holder panicked still guards whole values here: every change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// With these folders and this sender. Reads the settings and the user's own formats; opens no case.
    #[must_use]
    pub fn new(dirs: Dirs, emit: Emit) -> Self {
        let settings = Mutex::new(SettingsFile::load(&dirs.data));
        crate::own_formats::load(&dirs.data);
        let ledger = Arc::default();
        let open = RwLock::new(None);
        Self {
            shared: Arc::new(Shared {
                dirs,
                emit,
                open,
                jobs: Jobs::default(),
                settings,
                ledger,
                asking: Mutex::new(None),
            }),
        }
    }

    /// The open case.
    ///
    /// # Errors
    /// `no_case` when none is open.
    pub fn case(&self) -> Result<Arc<OpenCase>, ApiError> {
        let open = self.shared.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone().ok_or_else(ApiError::no_case)
    }

    /// Puts a case in the place of the open one, whose jobs are told to stop.
    pub(crate) fn put(&self, case: Option<OpenCase>) -> Option<Arc<OpenCase>> {
        self.shared.jobs.cancel_all();
        let case = case.map(Arc::new);
        *self.shared.open.write().unwrap_or_else(PoisonError::into_inner) = case.clone();
        case
    }

    /// Whether a job runs.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.shared.jobs.busy()
    }

    /// Tells every job to stop.
    pub fn cancel_jobs(&self) {
        self.shared.jobs.cancel_all();
    }

    /// Sends an event.
    pub fn send(&self, name: &str, payload: &impl serde::Serialize) {
        if let Ok(payload) = serde_json::to_value(payload) {
            (self.shared.emit)(name, payload);
        }
    }

    /// Says that what carries these tags has changed.
    pub fn changed(&self, tags: &[&str]) {
        self.send("changed", &Changed { tags: tags.iter().map(|t| (*t).to_owned()).collect() });
    }
}

/// A finding and what the analyst made of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// The verdict.
    pub status: Status,
    /// The reason given with it.
    pub reason: String,
    /// The score that its detector gave, before verdicts on such cards moved it.
    pub base: f64,
    /// The rule that gave the verdict, where it was not given to the card itself.
    pub rule: Option<u64>,
    /// Until when that rule holds, microseconds since 1970 UTC.
    pub expires_us: Option<i64>,
    /// What was found by looking deeper.
    pub deeper: Vec<DeeperRow>,
}

impl Judged {
    /// Whether it stands: open and confirmed ones do.
    #[must_use]
    pub fn stands(&self) -> bool {
        matches!(self.status, Status::Open | Status::Confirmed)
    }

    /// Whether it stands in the list: what a story tells stands inside the story.
    #[must_use]
    pub fn listed(&self) -> bool {
        self.stands() && self.finding.within.is_none()
    }
}

/// The key of the case's note that holds its display zone.
pub(crate) const ZONE_NOTE: &str = "zone";
/// The key of the case's note that holds its name.
pub(crate) const NAME_NOTE: &str = "name";

/// An open case.
pub struct OpenCase {
    /// The case file.
    pub case: Case,
    /// Where it lies.
    pub path: PathBuf,
    /// Where what was learned from verdicts lies, if anywhere.
    data: Option<PathBuf>,
    /// The cards, read lately. Short-lived: another process may judge too.
    cards: Mutex<Option<(Instant, Arc<Standing>)>>,
    /// The mask over what leaves, as long as the sources are these.
    pub(crate) masker: Mutex<Option<(Vec<Source>, Arc<Masker>)>>,
}

/// The findings of a case with their verdicts.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// All of them, best first.
    pub all: Arc<Vec<Judged>>,
    /// For events that are evidence of open or confirmed cards: the worst severity.
    pub worst: FxHashMap<u64, Severity>,
}

impl OpenCase {
    /// For how long the cards are taken from memory.
    const CARDS_FOR: Duration = Duration::from_secs(2);

    /// Around an open case file.
    #[must_use]
    pub fn new(case: Case, path: &Path) -> Self {
        Self { case, path: path.to_owned(), data: None, cards: Mutex::new(None), masker: Mutex::new(None) }
    }

    /// With what was learned in other cases, which lies in this folder.
    #[must_use]
    pub fn with_data(mut self, data: &Path) -> Self {
        self.data = Some(data.to_owned());
        self
    }

    /// The folder in which lies what was learned.
    #[must_use]
    pub fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &dyn EventStore {
        &self.case
    }

    /// Every finding with its verdict, best first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn cards(&self) -> Result<Arc<Standing>, ApiError> {
        if let Some((read_at, cards)) = &*lock(&self.cards)
            && read_at.elapsed() < Self::CARDS_FOR
        {
            return Ok(cards.clone());
        }
        let (mut all, mut worst) = (Vec::new(), FxHashMap::default());
        for judged in Grounds::of(self, now_us())?.judge() {
            if judged.stands() {
                for id in &judged.finding.evidence {
                    let seen = worst.entry(id.0).or_insert(judged.finding.severity);
                    *seen = (*seen).max(judged.finding.severity);
                }
            }
            all.push(judged);
        }
        let standing = Arc::new(Standing { all: Arc::new(all), worst });
        *lock(&self.cards) = Some((Instant::now(), standing.clone()));
        Ok(standing)
    }

    /// Every finding with its verdict, best first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn judged(&self) -> Result<Arc<Vec<Judged>>, ApiError> {
        Ok(self.cards()?.all.clone())
    }

    /// Forgets the cards that were kept in memory.
    pub fn forget_cards(&self) {
        *lock(&self.cards) = None;
    }

    /// Its display zone: an IANA name, "UTC" until changed.
    #[must_use]
    pub fn zone(&self) -> String {
        self.case.note(ZONE_NOTE).ok().flatten().unwrap_or_else(|| "UTC".to_owned())
    }

    /// Its name for people: as given, else the file's name without its extension.
    #[must_use]
    pub fn name(&self) -> String {
        self.case.note(NAME_NOTE).ok().flatten().unwrap_or_else(|| file_stem(&self.path))
    }
}

/// A file's name without folder and extension.
pub(crate) fn file_stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |s| s.to_string_lossy().into_owned())
}

/// A query's text as a filter; an empty one is every event.
///
/// # Errors
/// `bad_query`, with the query and a caret under the place as detail.
pub fn filter_of(query: &str) -> Result<Filter, ApiError> {
    if query.trim().is_empty() {
        return Ok(Filter::All);
    }
    kql::parse(query).map_err(|why| ApiError::bad_query(query, &why))
}

/// A range in microseconds as one in nanoseconds.
///
/// # Errors
/// `usage` when it ends before it begins.
pub fn range_of(from_us: Option<i64>, to_us: Option<i64>) -> Result<TimeRange, ApiError> {
    if let (Some(from), Some(to)) = (from_us, to_us)
        && to < from
    {
        return Err(usage("the range ends before it begins"));
    }
    let ns = |us: Option<i64>| us.map(|t| t.saturating_mul(1_000));
    Ok(TimeRange { from_ns: ns(from_us), to_ns: ns(to_us) })
}

/// Nanoseconds as the microsecond that they lie in.
#[must_use]
pub fn us(ns: i64) -> i64 {
    ns.div_euclid(1_000)
}
