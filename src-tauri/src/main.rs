//! The window of Timberline: starts the engine behind one command, opens the one window, and hands over what was
//! named on the command line. Owned here: the native window, its dialogs, its drops, what it may load. Deliberately
//! not here: any decision about logs; the whole shell stays within 600 lines (`tests/tidy.rs`).
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod dialogs;
mod grants;
mod host;
mod opening;
mod window;

use std::path::PathBuf;

const USAGE: &str = "usage: timberline-app [CASE.timberline | LOG OR FOLDER...]\n\n\
    TIMBERLINE_DATA    where settings, recent cases and the sample's case are kept\n\
    TIMBERLINE_SAMPLE  the sample incident";

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        Some("--version" | "-V") => return println!("timberline-app {}", env!("CARGO_PKG_VERSION")),
        Some("--help" | "-h") => return println!("{USAGE}"),
        _ => {}
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![host::rpc])
        .on_window_event(window::dropped)
        .setup(move |app| {
            host::start(app)?;
            window::open(app)?;
            opening::open(app.handle().clone(), arguments);
            Ok(())
        });
    if let Err(why) = app.run(tauri::generate_context!()) {
        eprintln!("timberline-app: the window could not be opened: {why}");
        std::process::exit(1);
    }
}
