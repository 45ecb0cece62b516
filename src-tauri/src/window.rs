//! The one window: its size, its title, what it may load, and what is dropped on it. Everything that is shown comes
//! from the bundled pages; a page that were to be led elsewhere, or to open a window of its own, is refused.

use crate::host::Host;
use serde_json::{Value, json};
use std::path::Path;
use tauri::webview::NewWindowResponse;
use tauri::{
    App, AppHandle, DragDropEvent, Emitter, Manager, Url, WebviewUrl, WebviewWindowBuilder, Window,
    WindowEvent,
};

/// Label of the window; `capabilities/main.json` names it too.
pub const LABEL: &str = "main";
const NAME: &str = "Timberline";

/// Keeps what the Content-Security-Policy refused, so that a test of the built app can ask for it: WebKit itself
/// keeps no list of it.
const NOTE_REFUSALS: &str = "window.__refused = []; addEventListener('securitypolicyviolation', \
    (e) => { if (window.__refused.length < 100) window.__refused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`); });";

/// Opens the window.
///
/// # Errors
/// What the windowing system says.
pub fn open(app: &App) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(NAME)
        .inner_size(1440.0, 900.0)
        .min_inner_size(1024.0, 640.0)
        .center()
        .devtools(false)
        .initialization_script(NOTE_REFUSALS)
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()
        .map(|_| ())
}

/// Whether an address is one of the app's own pages: `tauri://localhost` on Linux and macOS, `http(s)://tauri.localhost`
/// on Windows.
fn is_own(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Puts the name of the open case into the window's title.
pub fn title(app: &AppHandle, case: Option<&str>) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let text = case.map_or_else(|| NAME.to_owned(), |name| format!("{name} - {NAME}"));
    // A window that is closing has no title to set; nobody misses it.
    let _ = window.set_title(&text);
}

/// Sends an event to the page.
pub fn emit(app: &AppHandle, name: &str, payload: Value) {
    if let Err(why) = app.emit_to(LABEL, name, payload) {
        eprintln!("timberline-app: the event {name} did not reach the window: {why}");
    }
}

/// Tells the page what is dragged over the window and what is dropped on it; what is dropped may be imported.
pub fn dropped(window: &Window, event: &WindowEvent) {
    let WindowEvent::DragDrop(drag) = event else { return };
    let app = window.app_handle();
    match drag {
        DragDropEvent::Enter { .. } => emit(app, "drag", json!({ "over": true })),
        DragDropEvent::Leave => emit(app, "drag", json!({ "over": false })),
        DragDropEvent::Drop { paths, .. } => {
            let paths: Vec<String> = paths.iter().map(|path| text(path)).collect();
            app.state::<Host>().grants.give(&paths);
            emit(app, "drag", json!({ "over": false }));
            emit(app, "drop", json!({ "paths": paths }));
        }
        _ => {}
    }
}

/// A path as the page knows it. A name that is not Unicode loses its odd bytes here and is then reported as missing,
/// rather than left out without a word.
pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_pages_may_be_loaded() {
        let check = |address: &str, expect: bool| {
            assert_eq!(is_own(&address.parse().unwrap()), expect, "{address}");
        };
        check("tauri://localhost/index.html", true);
        check("http://tauri.localhost/index.html", true);
        check("https://example.org/", false);
        check("https://tauri.localhost.example.org/", false);
        check("tauri://elsewhere/", false);
        check("file:///etc/passwd", false);
        check("data:text/html,hello", false);
        check("javascript:alert(1)", false);
    }
}
