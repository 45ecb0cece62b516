//! Tells Tauri which commands the window may call; see `capabilities/main.json`.
fn main() {
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(&["rpc"]));
    if let Err(why) = tauri_build::try_build(attributes) {
        println!("cargo::error={why:#}");
    }
}
