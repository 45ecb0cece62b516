//! The shell.
fn main() {
    if let Err(why) = tauri::Builder::default().plugin(tauri_plugin_dialog::init()).run(tauri::generate_context!()) {
        eprintln!("{why}");
    }
}
