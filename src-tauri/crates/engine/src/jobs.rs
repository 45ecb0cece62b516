//! What runs beside the commands: numbered jobs with a cancel flag, on threads of their own. What an
//! import does is in [`crate::reading`]; here it is only started, watched and stopped.

use crate::choices::Choices;
use crate::error::panic_text;
use crate::reading::{self, Told};
use crate::session::{Engine, OpenCase, lock};
use crate::wire::{ApiError, ImportStart, Progress};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The jobs that run now.
#[derive(Default)]
pub struct Jobs {
    last: AtomicU64,
    running: Mutex<FxHashMap<u64, Arc<AtomicBool>>>,
}

impl Jobs {
    fn begin(&self) -> Result<(u64, Arc<AtomicBool>), ApiError> {
        let mut running = lock(&self.running);
        if !running.is_empty() {
            return Err(ApiError::new("busy", "an import is running; wait for it or cancel it first"));
        }
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let cancel = Arc::new(AtomicBool::new(false));
        running.insert(number, cancel.clone());
        Ok((number, cancel))
    }

    fn end(&self, number: u64) {
        lock(&self.running).remove(&number);
    }

    /// Whether a job runs.
    #[must_use]
    pub fn busy(&self) -> bool {
        !lock(&self.running).is_empty()
    }

    /// Tells a job to stop; false when there is no such job.
    pub fn cancel(&self, number: u64) -> bool {
        lock(&self.running).get(&number).is_some_and(|flag| {
            flag.store(true, Ordering::Relaxed);
            true
        })
    }

    /// Tells every job to stop.
    pub fn cancel_all(&self) {
        lock(&self.running).values().for_each(|flag| flag.store(true, Ordering::Relaxed));
    }
}

/// Starts an import into `open` on a thread of its own and gives its number. `progress` events follow,
/// the last of stage `done`, `cancelled` or `failed`.
///
/// # Errors
/// `busy` while another import runs; `usage` for options that do not fit.
pub fn start_import(engine: &Engine, open: Arc<OpenCase>, ask: ImportStart) -> Result<u64, ApiError> {
    Choices::of(&ask)?;
    let (number, cancel) = engine.shared.jobs.begin()?;
    let engine = engine.clone();
    let for_thread = engine.clone();
    let run = move || {
        let engine = for_thread;
        let mut last = Progress::of_job(number);
        let body = AssertUnwindSafe(|| {
            reading::import(&open, &ask, &cancel, &mut |told| {
                match told {
                    Told::Progress(progress) => {
                        last = Progress { job: number, ..progress.clone() };
                        engine.send("progress", &last);
                    }
                    Told::Source(_) => engine.changed(&["case", "sources", "events"]),
                    Told::Notice(_) => {}
                };
            })
        });
        let ended = catch_unwind(body).unwrap_or_else(|fault| {
            Err(ApiError::failed("the import met a fault in Timberline and was stopped; what was read stays")
                .with_detail(panic_text(&*fault)))
        });
        // The number is free before the last word is sent: who hears it may start the next import.
        engine.shared.jobs.end(number);
        open.forget_cards();
        engine.changed(&["case", "sources", "events", "cards"]);
        match ended {
            Ok(imported) => {
                last.stage = if imported.cancelled { "cancelled" } else { "done" }.to_owned();
                last.message = imported.sentence();
                last.sources = crate::ops::cases::source_rows(&imported.sources);
                last.seconds = imported.seconds;
            }
            Err(why) => {
                last.stage = "failed".to_owned();
                last.message = why.message;
            }
        }
        engine.send("progress", &last);
    };
    let thread = std::thread::Builder::new().name("import".to_owned()).spawn(run);
    if let Err(why) = thread {
        engine.shared.jobs.end(number);
        return Err(ApiError::failed(format!("the system gives no thread for the import: {why}")));
    }
    Ok(number)
}
