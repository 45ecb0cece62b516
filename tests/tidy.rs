//! The house rules that a machine can keep: who may know whom, where things are, how long a file may grow. The picture in
//! `docs/ARCHITECTURE.md` is the table [`EDGES`] here; a change of one is a change of both. Each rule is a function over text,
//! tried on a bad example before it is believed (`a_bad_example_...`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which crate may name which, the root package (`timberline`) and the shell (`timberline-app`) included.
const EDGES: &[(&str, &[&str])] = &[
    // Formats and store only to be measured: they are dev-dependencies for tests/bench.
    ("timberline", &["detect", "engine", "formats", "model", "store"]),
    ("timberline-app", &["engine"]),
    ("timberline-fuzz", &["formats", "model", "store"]),
    ("timberline-model", &[]),
    ("timberline-formats", &["model"]),
    ("timberline-store", &["model"]),
    ("timberline-detect", &["model"]),
    ("timberline-egress", &[]),
    ("timberline-chat", &["egress"]),
    ("timberline-engine", &["chat", "detect", "egress", "formats", "model", "store"]),
];

/// Crates that stand in one manifest only, with every crate whose name begins so.
const WALLED: &[(&str, &str)] = &[
    ("tauri", "src-tauri/Cargo.toml"),
    ("rusqlite", "src-tauri/crates/store/Cargo.toml"),
    ("keyring", "src-tauri/crates/engine/Cargo.toml"),
    ("reqwest", "src-tauri/crates/egress/Cargo.toml"),
    ("rustls", "src-tauri/crates/egress/Cargo.toml"),
    ("tokio", "src-tauri/crates/egress/Cargo.toml"),
];

/// Crates that open connections by themselves, and so may stand in no manifest at all.
const OTHER_CLIENTS: &[&str] = &[
    "hyper",
    "ureq",
    "curl",
    "isahc",
    "surf",
    "attohttpc",
    "minreq",
    "socket2",
    "mio",
    "tungstenite",
    "native-tls",
    "openssl",
];

/// What opens or accepts a connection in the standard library.
const SOCKETS: &[&str] = &["TcpStream", "UdpSocket", "TcpListener", "to_socket_addrs", "ToSocketAddrs"];

/// Files that are longer than they should be, with their length: a number here may only shrink, a line only go.
const LONGER: &[(&str, usize)] = &[];

/// The window's whole permission list, as Tauri sees it; a longer one is a decision, not an accident.
const CAPABILITIES: &str = r#"["core:event:allow-listen","core:event:allow-unlisten","allow-rpc"]"#;

// ---- the tree -------------------------------------------------------------------------------------------------------

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository: its path with `/` between the parts, and its text (empty where it is not text).
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    fn is(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    fn under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

/// Everything that is or would be committed: what git knows and what it does not ignore.
fn tree() -> Vec<File> {
    let git = std::process::Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let listed: Vec<String> = match git {
        Ok(out) if out.status.success() && !out.stdout.is_empty() => String::from_utf8_lossy(&out.stdout)
            .split('\0')
            .filter(|p| !p.is_empty())
            .map(Into::into)
            .collect(),
        // A copy without its history: walk it.
        _ => walk(root())
            .iter()
            .map(|p| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned())
            .collect(),
    };
    let read = |path: String| {
        let bytes = fs::read(root().join(&path)).ok()?;
        Some(File { path, text: String::from_utf8(bytes).unwrap_or_default() })
    };
    let files: Vec<File> = listed.into_iter().filter_map(read).collect();
    assert!(files.len() > 100, "only {} files were found, so nothing was checked", files.len());
    files
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let passed_over = [".git", "node_modules", "dist", "target", "test-results"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !passed_over.iter().any(|p| *p == name) => found.extend(walk(&path)),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Passes when a rule finds nothing in the tree; else lists all that it found.
fn keep(rule: impl Fn(&File) -> Vec<String>) {
    let found: Vec<String> = tree().iter().flat_map(rule).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

// ---- manifests ------------------------------------------------------------------------------------------------------

/// Names under the `[..dependencies..]` tables of a manifest, and the package's own name.
fn manifest(text: &str) -> (String, BTreeSet<String>) {
    let (mut table, mut package, mut names) = (String::new(), String::new(), BTreeSet::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_matches(['[', ']']).to_owned();
            // `[dependencies.serde]` names a crate in its header.
            if let Some((_, name)) = table.split_once("dependencies.") {
                names.insert(name.to_owned());
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim();
        if table == "package" && key == "name" {
            package = value.trim().trim_matches('"').to_owned();
        }
        if table.ends_with("dependencies") {
            names.insert(key.split('.').next().unwrap_or(key).trim_matches('"').to_owned());
        }
    }
    (package, names)
}

fn manifests() -> Vec<(String, String)> {
    tree().into_iter().filter(|f| f.is(&["Cargo.toml"])).map(|f| (f.path, f.text)).collect()
}

#[test]
fn crate_edges_equal_the_picture() {
    let mut drawn = BTreeMap::new();
    for (name, edges) in EDGES {
        drawn.insert(
            (*name).to_owned(),
            edges.iter().map(|e| format!("timberline-{e}")).collect::<BTreeSet<_>>(),
        );
    }
    let mut built = BTreeMap::new();
    for (path, text) in manifests() {
        // The root manifest also lists where the workspace's crates are; that is no edge.
        let own = text.split("[workspace.dependencies]").collect::<Vec<_>>();
        let own = match own.as_slice() {
            [before, after] => format!(
                "{before}{}",
                after.split_once("\n[").map_or("", |(_, rest)| rest).replacen("", "[", 1)
            ),
            _ => text.clone(),
        };
        let (package, names) = manifest(&own);
        assert!(!package.is_empty(), "{path} names no package");
        built.insert(
            package,
            names.into_iter().filter(|n| n.starts_with("timberline-")).collect::<BTreeSet<_>>(),
        );
    }
    assert_eq!(built, drawn, "left: the manifests; right: EDGES in this file");
}

#[test]
fn each_walled_crate_stands_in_one_manifest() {
    for (name, home) in WALLED {
        let names = |text: &str| manifest(text).1.iter().any(|n| n.starts_with(name));
        let mut homes: Vec<String> =
            manifests().into_iter().filter(|(_, text)| names(text)).map(|(p, _)| p).collect();
        homes.sort();
        assert_eq!(homes, [*home], "{name} must stand in {home} and nowhere else");
    }
    for (path, text) in manifests() {
        let others = manifest(&text).1.into_iter().filter(|n| OTHER_CLIENTS.iter().any(|o| n.starts_with(o)));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<String>::new(), "{path} links a client beside the gate");
    }
}

fn socket_outside_the_gate(file: &File) -> Vec<String> {
    // The gate's crate; tests that stand on the other side of a connection.
    let code = file.is(&[".rs"]) && file.under(&["src-tauri/"]);
    if !code || file.under(&["src-tauri/crates/egress/"]) || file.is(&["tests.rs"]) {
        return Vec::new();
    }
    lines_with(file, SOCKETS)
}

#[test]
fn only_the_gate_opens_a_connection() {
    keep(socket_outside_the_gate);
}

#[test]
fn a_bad_example_of_a_manifest_is_read_as_it_is() {
    let (package, names) = manifest(
        "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\n# tauri = 1\n\"a\" = \"1\"\n\
         [target.'cfg(unix)'.dependencies]\ntauri-plugin-fs = { version = \"2\" }\n[dev-dependencies.rusqlite]\nversion = \"1\"\n",
    );
    assert_eq!(package, "x");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "rusqlite", "serde", "tauri-plugin-fs"]);
}

#[test]
fn the_shell_is_not_built_by_default() {
    let text = read("Cargo.toml");
    let list = text.split("default-members = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    assert!(list.contains("\".\""), "the command line is a default member");
    assert!(
        !list.lines().any(|line| line.trim() == "\"src-tauri\","),
        "the shell must not be a default member"
    );
    assert!(
        !text.contains('*')
            || !text.split("members = [").nth(1).unwrap().split(']').next().unwrap().contains('*')
    );
}

// ---- lengths and names ----------------------------------------------------------------------------------------------

/// How many lines a file may have; nothing for a file that is generated or has no limit.
fn most_lines(path: &str) -> Option<usize> {
    if path.contains("/generated/") || path.contains("/gen/") {
        return None;
    }
    match path.rsplit('.').next()? {
        "rs" => Some(800),
        "svelte" | "ts" | "mjs" | "py" => Some(400),
        _ => None,
    }
}

fn too_long(file: &File) -> Vec<String> {
    let Some(mut most) = most_lines(&file.path) else { return Vec::new() };
    let lines = file.text.lines().count();
    if let Some((_, allowed)) = LONGER.iter().find(|(path, _)| *path == file.path) {
        if lines < *allowed {
            return vec![format!("{} has shrunk to {lines} lines: say so in LONGER", file.path)];
        }
        most = *allowed;
    }
    if lines > most { vec![format!("{} has {lines} lines, more than {most}", file.path)] } else { Vec::new() }
}

#[test]
fn no_file_outgrows_its_limit() {
    keep(too_long);
}

#[test]
fn the_shell_stays_within_600_lines() {
    let lines: usize = tree()
        .iter()
        .filter(|f| f.under(&["src-tauri/src/", "src-tauri/build.rs"]) && f.is(&[".rs"]))
        .map(|f| f.text.lines().count())
        .sum();
    assert!((1..=600).contains(&lines), "the shell has {lines} lines");
}

fn vague_name(file: &File) -> Vec<String> {
    const VAGUE: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common", "manager", "stuff"];
    if !file.under(&["src-tauri/", "ui/src/", "tests/"]) {
        return Vec::new();
    }
    let vague = file.path.split('/').find(|part| VAGUE.contains(&part.split('.').next().unwrap_or(part)));
    vague.map(|part| format!("{}: '{part}' says nothing of what it is for", file.path)).into_iter().collect()
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    keep(vague_name);
}

fn no_opening(file: &File) -> Vec<String> {
    // A file of tests stands beside what it tests and says it there.
    let code =
        file.is(&[".rs"]) && file.under(&["src-tauri/", "tests/"]) && !file.is(&["tests.rs", "test.rs"]);
    if code && !file.text.trim_start().starts_with("//!") {
        return vec![format!(
            "{} does not open with //!: what it owns, and what is deliberately not there",
            file.path
        )];
    }
    Vec::new()
}

#[test]
fn every_rust_module_says_what_it_owns() {
    keep(no_opening);
}

// ---- what may stand where -------------------------------------------------------------------------------------------

/// Lines of a file that contain one of the words, as `path:line: text`.
fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    let hits = file.text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    hits.map(|(n, line)| format!("{}:{}: {}", file.path, n + 1, line.trim())).collect()
}

fn sql_outside_the_store(file: &File) -> Vec<String> {
    let code = file.is(&[".rs", ".ts", ".svelte"]) && file.under(&["src-tauri/", "ui/src/"]);
    if !code || file.under(&["src-tauri/crates/store/"]) {
        return Vec::new();
    }
    lines_with(file, &["rusqlite", "SELECT ", "INSERT INTO", "CREATE TABLE", "DELETE FROM", "PRAGMA "])
}

#[test]
fn only_the_store_contains_sql() {
    keep(sql_outside_the_store);
}

fn markup_from_text(file: &File) -> Vec<String> {
    if !file.under(&["ui/src/"]) {
        return Vec::new();
    }
    lines_with(file, &["{@html", ".innerHTML", ".outerHTML", "insertAdjacentHTML", "document.write", "eval("])
}

#[test]
fn log_text_is_never_markup() {
    keep(markup_from_text);
}

#[test]
fn one_file_of_the_window_reaches_the_host() {
    let files: Vec<String> = tree()
        .into_iter()
        .filter(|f| f.under(&["ui/src/"]) && f.text.contains("@tauri-apps/"))
        .map(|f| f.path)
        .collect();
    let importers: Vec<&String> = files.iter().filter(|path| !lines_importing(path).is_empty()).collect();
    assert_eq!(importers, ["ui/src/platform/tauri.ts"]);
}

fn lines_importing(path: &str) -> Vec<String> {
    imports(&read(path)).into_iter().filter(|from| from.starts_with("@tauri-apps/")).collect()
}

/// What a TypeScript or Svelte file imports, statically or lazily.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mark in ["from ", "import ", "import("] {
        for rest in text.split(mark).skip(1) {
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            if let Some(end) = rest[1..].find(quote) {
                found.push(rest[1..=end].to_owned());
            }
        }
    }
    found
}

/// Where an import leads, from the root of `ui/src`; nothing for a package.
fn target(importer: &str, import: &str) -> Option<String> {
    if let Some(path) = import.strip_prefix("$/") {
        return Some(path.to_owned());
    }
    if !import.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = importer.strip_prefix("ui/src/")?.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// The types of what crosses the bridge are words that every room may use; they are gone when the code runs.
fn without_words(text: &str) -> String {
    let words = |line: &&str| line.starts_with("import type ") && line.contains("\"$/api/wire\"");
    text.lines().filter(|line| !words(&line.trim())).collect::<Vec<_>>().join("\n")
}

fn crossed_wall(file: &File) -> Vec<String> {
    let Some(inner) = file.path.strip_prefix("ui/src/").filter(|_| file.is(&[".ts", ".svelte"])) else {
        return Vec::new();
    };
    let mut rooms = inner.split('/');
    let (room, part) = (rooms.next().unwrap_or(""), rooms.next().unwrap_or(""));
    let refused = |to: &str| -> bool {
        let mut to = to.split('/');
        let (to_room, to_part) = (to.next().unwrap_or(""), to.next().unwrap_or(""));
        match room {
            "features" => to_room == "features" && to_part != part,
            "widgets" | "charts" => matches!(to_room, "api" | "features" | "platform"),
            "platform" | "text" | "design" => {
                matches!(to_room, "api" | "features" | "widgets" | "charts" | "shell")
            }
            "api" => matches!(to_room, "features" | "widgets" | "charts" | "shell"),
            _ => false,
        }
    };
    let crosses = |import: &String| target(&file.path, import).is_some_and(|to| refused(&to));
    let found = imports(&without_words(&file.text)).into_iter().filter(crosses);
    found.map(|import| format!("{} imports {import}", file.path)).collect()
}

#[test]
fn features_meet_in_the_shell_and_widgets_know_no_data() {
    keep(crossed_wall);
}

// ---- slices and fixtures --------------------------------------------------------------------------------------------

/// Types with `impl TRAIT for TYPE` in the files of a folder.
fn implementors(files: &[File], folder: &str, door: &str) -> Vec<(String, String)> {
    let mark = format!("impl {door} for ");
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.under(&[folder]) && f.is(&[".rs"])) {
        for rest in file.text.split(&mark).skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((file.path.clone(), name));
        }
    }
    found
}

/// Types of which a file makes several, as constants: it is those that must be in the slice.
const MADE: &[&str] = &["Told", "Blocks", "Family", "Carried", "Records"];

/// The implementors in a folder; of types that constants are made of, the constants.
fn members(files: &[File], folder: &str, door: &str) -> Vec<(String, String)> {
    let mut found = implementors(files, folder, door);
    found.retain(|(_, name)| !MADE.contains(&name.as_str()));
    for file in files.iter().filter(|f| f.under(&[folder]) && f.is(&[".rs"])) {
        for line in file.text.lines().filter_map(|l| l.strip_prefix("pub const ")) {
            let Some((name, kind)) = line.split_once(": ") else { continue };
            let kind = kind.split([' ', '<']).next().unwrap_or_default();
            if MADE.contains(&kind) {
                found.push((file.path.clone(), name.to_owned()));
            }
        }
    }
    found
}

/// Members that the slice does not name.
fn left_out(files: &[File], folder: &str, door: &str, slice: &str) -> Vec<String> {
    let list = files.iter().find_map(|f| {
        let from = f.text.find(&format!("pub const {slice}: &[&dyn {door}] ="))?;
        let rest = &f.text[from..];
        Some(rest[..rest.find("];")?].to_owned())
    });
    let list = list.unwrap_or_else(|| panic!("there is no slice {slice}"));
    let named = |name: &str| list.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    let all = members(files, folder, door);
    assert!(all.len() > 1, "no {door} was found in {folder}");
    all.into_iter()
        .filter(|(_, n)| !named(n))
        .map(|(path, n)| format!("{path}: {n} is not in {slice}"))
        .collect()
}

#[test]
fn every_format_is_in_its_slice() {
    let found = left_out(&tree(), "src-tauri/crates/formats/src/coded/", "Format", "FORMATS");
    // Products of JSON have a slice of their own, of tables.
    let products = |f: &String| f.contains(": JsonProduct is not in");
    assert_eq!(found.into_iter().filter(|f| !products(f)).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_declared_format_is_in_its_list() {
    let folder = "src-tauri/crates/formats/src/declared/built_in/";
    let list = read("src-tauri/crates/formats/src/declared/mod.rs");
    let files = tree();
    let left: Vec<&str> = files
        .iter()
        .filter_map(|f| f.path.strip_prefix(folder))
        .filter(|name| !list.contains(&format!("built_in/{name}")))
        .collect();
    assert_eq!(left, Vec::<&str>::new(), "not in TEXTS of declared/mod.rs");
}

#[test]
fn every_payload_is_in_its_slice() {
    assert_eq!(
        left_out(&tree(), "src-tauri/crates/formats/src/said/", "Payload", "PAYLOADS"),
        Vec::<String>::new()
    );
}

#[test]
fn every_detector_is_in_its_slice() {
    let found = left_out(&tree(), "src-tauri/crates/detect/src/detectors/", "Detector", "DETECTORS");
    assert_eq!(found, Vec::<String>::new());
}

/// Ids of what the engine knows, as it lists them itself.
fn known(command: &str) -> Vec<String> {
    let data = tempfile::tempdir().unwrap();
    let dirs = timberline_engine::session::Dirs { data: data.path().into(), sample: None };
    let engine = timberline_engine::session::Engine::new(dirs, Box::new(|_, _| {}));
    let answer = timberline_engine::commands::dispatch(&engine, command, serde_json::json!({})).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.len() > 1, "{command} lists nothing");
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_format_has_a_fixture() {
    let files = tree();
    for id in known("formats_list") {
        // A declared format holds its samples itself.
        let declared = format!("src-tauri/crates/formats/src/declared/built_in/{id}.toml");
        if files.iter().any(|f| f.path == declared && f.text.contains("[[sample]]")) {
            continue;
        }
        let folder = format!("fixtures/formats/{id}/");
        let there = files.iter().any(|f| f.under(&[&folder]) && !f.is(&["README.md"]));
        assert!(there, "{folder} has no fixture");
    }
}

#[test]
fn every_detector_fires_on_an_incident_of_its_own() {
    let folder = "src-tauri/crates/detect/src/detectors/tests";
    let tests: Vec<String> =
        tree().iter().filter(|f| f.path.starts_with(folder)).map(|f| f.text.clone()).collect();
    for id in known("detectors_list") {
        let fires = tests.iter().any(|t| t.contains(&format!("\"{id} ")) || t.contains(&format!("\"{id}\"")));
        assert!(fires, "no incident in detectors/tests.rs or detectors/tests/ fires {id}");
    }
}

// ---- what the window may do ------------------------------------------------------------------------------------------

#[test]
fn the_window_may_call_one_command_and_hear_events() {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    for path in ["src-tauri/capabilities/main.json", "src-tauri/gen/schemas/capabilities.json"] {
        let text = squeeze(&read(path));
        assert!(
            text.contains(&format!("\"permissions\":{CAPABILITIES}")),
            "{path} grants something else: {text}"
        );
        assert!(!text.contains("\"remote\""), "{path} lets other addresses in");
    }
    assert!(read("src-tauri/build.rs").contains(".commands(&[\"rpc\"])"), "build.rs declares other commands");
    let commands: Vec<File> = tree()
        .into_iter()
        .filter(|f| f.under(&["src-tauri/src/"]) && f.text.contains("#[tauri::command]"))
        .collect();
    let count: usize = commands.iter().map(|f| f.text.matches("#[tauri::command]").count()).sum();
    assert_eq!(count, 1, "the shell has one command");
}

fn weak_policy(policy: &str) -> Option<String> {
    let part = |name: &str| {
        policy
            .split(';')
            .map(str::trim)
            .find_map(|p| p.strip_prefix(name)?.strip_prefix(' '))
            .unwrap_or_default()
    };
    let strict = [
        ("default-src", "'none'"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        ("font-src", "'self'"),
        ("object-src", "'none'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
        ("img-src", "'self' data:"),
        ("connect-src", "ipc: http://ipc.localhost"),
    ];
    strict
        .into_iter()
        .find(|(name, value)| part(name) != *value)
        .map(|(name, _)| format!("{name} is '{}'", part(name)))
}

#[test]
fn the_content_security_policy_is_strict() {
    let config: serde_json::Value = serde_json::from_str(&read("src-tauri/tauri.conf.json")).unwrap();
    assert_eq!(config["app"]["withGlobalTauri"], false);
    assert_eq!(config["app"]["security"]["freezePrototype"], true);
    assert_eq!(weak_policy(config["app"]["security"]["csp"].as_str().unwrap()), None);
    let weak = "default-src 'none'; script-src 'self' 'unsafe-inline'; object-src 'none'";
    assert_eq!(weak_policy(weak), Some("script-src is ''self' 'unsafe-inline''".into()));
}

// ---- what is committed ----------------------------------------------------------------------------------------------

/// Traces of the machine that a file was written on, and names of registries' hosts. Spelled in two halves, so that this
/// file does not find itself.
fn traces() -> Vec<String> {
    let mut words: Vec<String> = [
        ("/work", "/"),
        ("/root", "/.c"),
        ("/tmp/bash", "_jobs"),
        ("registry.npm", "js.org"),
        ("index.crates", ".io"),
        ("static.crates", ".io"),
        ("files.python", "hosted.org"),
        ("pypi", ".org"),
        ("deb.deb", "ian.org"),
    ]
    .iter()
    .map(|(a, b)| format!("{a}{b}"))
    .collect();
    words.push(root().to_string_lossy().into_owned());
    words
}

fn trace(file: &File, traces: &[String]) -> Vec<String> {
    // Logs under fixtures/ name the machines that they tell of; a clone into a folder like `/app` would meet its name everywhere.
    if file.under(&["fixtures/"]) {
        return Vec::new();
    }
    let words: Vec<&str> = traces.iter().map(String::as_str).filter(|word| word.len() > 5).collect();
    lines_with(file, &words)
}

#[test]
fn nothing_committed_names_this_machine_or_a_registrys_host() {
    let traces = traces();
    keep(|file| trace(file, &traces));
}

#[test]
fn licences_and_changelog_are_there() {
    assert!(read("LICENSE-APACHE").contains("Apache License"));
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted"));
    assert!(read("CHANGELOG.md").contains("## [Unreleased]"));
    assert!(
        read(".gitattributes").contains("fixtures/** -text"),
        "git would mend the broken lines that are tested"
    );
}

// ---- the rules themselves -------------------------------------------------------------------------------------------

#[test]
fn a_bad_example_breaks_each_rule() {
    let check = |rule: &dyn Fn(&File) -> Vec<String>, path: &str, bad: &str, good: &str| {
        assert_eq!(rule(&File::new(path, bad)).len(), 1, "{path}: {bad}");
        assert_eq!(rule(&File::new(path, good)), Vec::<String>::new(), "{path}: {good}");
    };
    check(&too_long, "src-tauri/crates/x/src/a.rs", &"x\n".repeat(801), &"x\n".repeat(800));
    check(&too_long, "ui/src/shell/A.svelte", &"x\n".repeat(401), &"x\n".repeat(400));
    check(&no_opening, "src-tauri/src/a.rs", "use x;", "//! Owns x.");
    check(&sql_outside_the_store, "src-tauri/crates/engine/src/a.rs", "\"SELECT 1\"", "\"select a case\"");
    let socket = "std::net::TcpStream::connect(at)";
    check(&socket_outside_the_gate, "src-tauri/crates/engine/src/a.rs", socket, "the gate.send(out)");
    check(&markup_from_text, "ui/src/widgets/A.svelte", "{@html text}", "{text}");
    let one = |word: &str| vec![word.to_owned()];
    check(&|f| trace(f, &one("/machine")), "docs/a.md", "see /machine/x", "see docs/x");
    check(
        &crossed_wall,
        "ui/src/features/chat/A.svelte",
        "import A from \"../cards/A.svelte\";",
        "import \"./b\";",
    );
    check(
        &crossed_wall,
        "ui/src/features/chat/a.ts",
        "const x = import('$/features/cards/x')",
        "import '$/api/call'",
    );
    check(
        &crossed_wall,
        "ui/src/widgets/a.ts",
        "import { x } from '../api/call'",
        "import { x } from '../text/time'",
    );
    let words = "import type { Card } from \"$/api/wire\";";
    check(&crossed_wall, "ui/src/charts/A.ts", "import { card } from \"$/api/wire\";", words);
    assert_eq!(vague_name(&File::new("src-tauri/crates/x/src/utils/a.rs", "")).len(), 1);
    assert_eq!(vague_name(&File::new("ui/src/text/helpers.ts", "")).len(), 1);
    assert_eq!(vague_name(&File::new("ui/src/text/time.ts", "")), Vec::<String>::new());
    let slice = File::new("src-tauri/f/mod.rs", "pub const DOORS: &[&dyn Door] = &[&a::A, &b::B];");
    let file = |name: &str| File::new(&format!("src-tauri/f/{name}.rs"), &format!("impl Door for {name} {{"));
    let files = [slice, file("A"), file("B"), file("C")];
    assert_eq!(left_out(&files, "src-tauri/f/", "Door", "DOORS"), ["src-tauri/f/C.rs: C is not in DOORS"]);
}
