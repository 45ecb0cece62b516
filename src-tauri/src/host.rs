//! The bridge: one command `rpc` that the page calls, and the engine's events on their way to the page. Commands run on a
//! thread of their own, so that a long one never holds up the window; one that panics is reported and loses nothing.

use crate::grants::Grants;
use crate::{dialogs, window};
use serde_json::Value;
use std::path::PathBuf;
use tauri::{App, AppHandle, Manager};
use timberline_engine::session::{Dirs, Engine};
use timberline_engine::wire::ApiError;

/// What the window talks to.
pub struct Host {
    /// Timberline without a window.
    pub engine: Engine,
    /// The paths that a person chose.
    pub grants: Grants,
}

/// Starts the engine.
///
/// # Errors
/// When there is no place for settings on this machine.
pub fn start(app: &App) -> tauri::Result<()> {
    let data = match given("TIMBERLINE_DATA") {
        Some(folder) => folder,
        None => app.path().app_data_dir()?,
    };
    // Bundled beside the program, or where `./dev run` says that it is in the repository.
    let bundled = || app.path().resource_dir().ok().map(|dir| dir.join("sample"));
    let sample = given("TIMBERLINE_SAMPLE").or_else(bundled).filter(|dir| dir.is_dir());
    let handle = app.handle().clone();
    let emit = Box::new(move |name: &str, payload: Value| window::emit(&handle, name, payload));
    app.manage(Host { engine: Engine::new(Dirs { data, sample }, emit), grants: Grants::default() });
    Ok(())
}

fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The one command of the page: runs a command of the engine (or of the host, `host_*`) by its name.
///
/// # Errors
/// What the command says; `failed` when it panicked.
#[tauri::command]
pub async fn rpc(app: AppHandle, cmd: String, payload: Option<Value>) -> Result<Value, ApiError> {
    let name = cmd.clone();
    let payload = payload.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let work = tauri::async_runtime::spawn_blocking(move || answer(&app, &cmd, payload));
    work.await.unwrap_or_else(|why| Err(broken(&name, &why.to_string())))
}

/// Runs a command on the caller's thread.
///
/// # Errors
/// What the command says.
pub fn answer(app: &AppHandle, command: &str, payload: Value) -> Result<Value, ApiError> {
    let host = app.state::<Host>();
    if let Some(path) = host.grants.missing(command, &payload) {
        return Err(ApiError {
            code: "usage".into(),
            message: format!("{path} was not chosen: drop it on the window, or pick it in the dialog"),
            detail: String::new(),
        });
    }
    if command.starts_with("host_") {
        return dialogs::answer(app, &host.grants, command);
    }
    let answer = timberline_engine::commands::dispatch(&host.engine, command, payload)?;
    if command.starts_with("case_") {
        host.grants.learn(&answer);
        // Every answer about the open case carries its name; the list of recent ones (`rows`) is not about it.
        if answer.get("rows").is_none() {
            window::title(app, answer.get("name").and_then(Value::as_str));
        }
    }
    Ok(answer)
}

fn broken(command: &str, why: &str) -> ApiError {
    eprintln!("timberline-app: {command} broke off: {why}");
    ApiError {
        code: "failed".into(),
        message: format!(
            "Timberline made a mistake in {command}; what is in the case is kept, and you can go on"
        ),
        detail: why.to_owned(),
    }
}
