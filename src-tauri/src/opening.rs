//! What was named on the command line: a case is opened, anything else becomes a new case in the data folder and is
//! imported as if it had been dropped.

use crate::host::{self, Host};
use crate::window;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
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
    let whole = |path: &PathBuf| std::path::absolute(path).map_or_else(|_| window::text(path), |path| window::text(&path));
    let paths: Vec<String> = arguments.iter().map(whole).collect();
    let grants = &app.state::<Host>().grants;
    grants.give(&paths);
    if let [only] = paths.as_slice()
        && only.ends_with(".timberline")
    {
        return host::answer(app, "case_open", json!({ "path": only }));
    }
    let case = new_case(app, &arguments[0])?;
    grants.give(std::slice::from_ref(&case));
    host::answer(app, "case_new", json!({ "path": case }))?;
    host::answer(app, "import_start", json!({ "paths": paths }))
}

/// A name for the case that is not taken yet, in the data folder.
fn new_case(app: &AppHandle, first: &Path) -> Result<String, ApiError> {
    let failed = |message: String| ApiError { code: "failed".into(), message, detail: String::new() };
    let data = host::data_dir(app).map_err(|why| failed(why.to_string()))?;
    let folder = data.join("cases");
    std::fs::create_dir_all(&folder)
        .map_err(|why| failed(format!("{} cannot be made: {why}", folder.display())))?;
    let stem = first.file_stem().map_or_else(|| "case".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let names = std::iter::once(format!("{stem}.timberline")).chain((2..).map(|n| format!("{stem}-{n}.timberline")));
    let free = names.map(|name| folder.join(name)).find(|path| !path.exists());
    free.map(|path| window::text(&path)).ok_or_else(|| failed("there is no free name for a new case".into()))
}
