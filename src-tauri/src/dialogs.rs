//! The native dialogs, as the page's `host_*` commands. They run in Rust so that the page gets only what a person picked.
//! They block, so they are called off the main thread.

use crate::grants::Grants;
use crate::window;
use serde_json::{Value, json};
use std::path::PathBuf;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use timberline_engine::wire::ApiError;

const CASE: &str = "timberline";

/// Runs a host command.
///
/// # Errors
/// `usage` for an unknown name.
pub fn answer(app: &AppHandle, grants: &Grants, command: &str) -> Result<Value, ApiError> {
    match command {
        "host_pick_files" => Ok(many(grants, dialog(app, "Choose log files").blocking_pick_files())),
        "host_pick_folder" => Ok(many(grants, dialog(app, "Choose folders of logs").blocking_pick_folders())),
        "host_pick_case" => {
            let picker = dialog(app, "Open a case").add_filter("Timberline cases", &[CASE]);
            Ok(one(grants, picker.blocking_pick_file().and_then(path)))
        }
        "host_save_case" => {
            let picker = dialog(app, "New case").add_filter("Timberline cases", &[CASE]);
            let chosen = picker.set_file_name(format!("case.{CASE}")).blocking_save_file().and_then(path);
            Ok(one(grants, chosen.map(named_as_case)))
        }
        other => Err(ApiError {
            code: "usage".into(),
            message: format!("there is no command '{other}'"),
            detail: String::new(),
        }),
    }
}

fn dialog(app: &AppHandle, title: &str) -> FileDialogBuilder<tauri::Wry> {
    let dialog = app.dialog().file().set_title(title);
    match app.get_webview_window(window::LABEL) {
        Some(parent) => dialog.set_parent(&parent),
        None => dialog,
    }
}

fn path(chosen: FilePath) -> Option<PathBuf> {
    chosen.into_path().ok()
}

fn many(grants: &Grants, chosen: Option<Vec<FilePath>>) -> Value {
    let paths = chosen.unwrap_or_default().into_iter().filter_map(path);
    let paths: Vec<String> = paths.map(|path| window::text(&path)).collect();
    grants.give(&paths);
    json!({ "paths": paths })
}

fn one(grants: &Grants, chosen: Option<PathBuf>) -> Value {
    let path = chosen.map(|path| window::text(&path));
    grants.give(path.as_slice());
    json!({ "path": path })
}

/// A case is recognised by its ending, here and in the file manager.
fn named_as_case(path: PathBuf) -> PathBuf {
    if path.extension().is_some_and(|ending| ending == CASE) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(CASE);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_case_gets_its_ending_and_keeps_the_dots_of_its_name() {
        assert_eq!(named_as_case("/a/web.2026-01".into()), PathBuf::from("/a/web.2026-01.timberline"));
        assert_eq!(named_as_case("/a/b.timberline".into()), PathBuf::from("/a/b.timberline"));
    }
}
