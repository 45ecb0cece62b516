//! What was named on the command line: a case is opened, anything else is imported into a new case as if it had been
//! dropped on an empty window.

use crate::host::{self, Host};
use crate::window;
use serde_json::{Value, json};
use std::path::PathBuf;
use tauri::{AppHandle, Manager};
use timberline_engine::wire::ApiError;

/// Opens what was named, behind the window's back: the page learns of it by the engine's events.
pub fn open(app: AppHandle, arguments: Vec<PathBuf>) {
    if arguments.is_empty() {
        return;
    }
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(why) = opened(&app, &arguments) {
            eprintln!("timberline-app: {}", why.message);
        }
    });
}

fn opened(app: &AppHandle, arguments: &[PathBuf]) -> Result<Value, ApiError> {
    // The engine is told whole paths: a case remembers where its sources came from.
    let whole = |path: &PathBuf| {
        std::path::absolute(path).map_or_else(|_| window::text(path), |path| window::text(&path))
    };
    let paths: Vec<String> = arguments.iter().map(whole).collect();
    app.state::<Host>().grants.give(&paths);
    if let [only] = paths.as_slice()
        && only.ends_with(".timberline")
    {
        return host::answer(app, "case_open", json!({ "path": only }));
    }
    host::answer(app, "case_new", json!({ "path": "" }))?;
    host::answer(app, "import_start", json!({ "paths": paths }))
}
