//! A case in a folder that goes away, filled by the engine in this process.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use timberline_engine::wire::ImportStart;
use timberline_engine::{Dirs, Engine, OpenCase, ops, reading};
use timberline_model::Source;

pub struct Desk {
    folder: PathBuf,
    pub open: Arc<OpenCase>,
}

static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

impl Desk {
    /// A case with these files or folders in it.
    pub fn with(paths: &[PathBuf]) -> Self {
        let name =
            format!("timberline-score-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for the case");
        let engine = Engine::new(Dirs { data: folder.join("data"), sample: None }, Box::new(|_, _| {}));
        let open = ops::cases::open_or_make(&engine, &folder.join("a.timberline")).expect("a case");
        let ask = ImportStart {
            paths: paths.iter().map(|p| p.display().to_string()).collect(),
            max_ratio: Some(1_000),
            ..ImportStart::default()
        };
        // What cannot be read is a problem in the case, and the figures show it.
        if let Err(why) = reading::import(&open, &ask, &AtomicBool::new(false), &mut |_| {}) {
            eprintln!("{}: {why:?}", paths.first().map_or_else(String::new, |p| p.display().to_string()));
        }
        Self { folder, open }
    }

    /// The cards as JSON, best first.
    pub fn cards(&self) -> Vec<Value> {
        let cards = self.open.judged().expect("the cards of a case just made");
        cards.iter().filter_map(|c| serde_json::to_value(&c.finding).ok()).collect()
    }

    /// The source of an event, by the source's number in the event's.
    pub fn sources(&self) -> Vec<Source> {
        self.open.case.sources().expect("the sources of a case just made")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Files below a folder, in order of their paths.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { todo.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    out
}
