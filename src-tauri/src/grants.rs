//! Which paths the page may name. The page shows hostile text; should a script ever run in it, that script must not be
//! able to have any file of the analyst's read or written. So a path counts only when a person chose it: in a native dialog,
//! by a drop, on the command line, or earlier (a recent case, a source of the open case).

use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The paths that a person chose.
#[derive(Default)]
pub struct Grants(Mutex<HashSet<String>>);

impl Grants {
    /// A person chose these.
    pub fn give(&self, paths: &[String]) {
        self.lock().extend(paths.iter().cloned());
    }

    /// Learns the paths that the engine itself named: where cases lie, and which files the open case was made of.
    pub fn learn(&self, answer: &Value) {
        let rows = ["sources", "rows"].into_iter().filter_map(|list| answer.get(list)?.as_array()).flatten();
        let named = rows.chain([answer]).filter_map(|row| row.get("path")?.as_str().map(str::to_owned));
        self.lock().extend(named);
    }

    /// The first path of a request that nobody chose, if there is one.
    pub fn missing(&self, command: &str, payload: &Value) -> Option<String> {
        let named: Vec<&Value> = match command {
            "case_new" | "case_open" => payload.get("path").into_iter().collect(),
            "import_start" => payload.get("paths").and_then(Value::as_array).into_iter().flatten().collect(),
            _ => Vec::new(),
        };
        let given = self.lock();
        // An empty path leaves the place of a new case to the engine.
        let refused = |path: &&str| !path.is_empty() && !given.contains(*path);
        named.into_iter().filter_map(Value::as_str).find(refused).map(str::to_owned)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        // A set of strings is whole whatever happened to its last holder.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_that_nobody_chose_is_refused() {
        let grants = Grants::default();
        grants.give(&["/logs/auth.log".into()]);
        let ask = |paths: Value| grants.missing("import_start", &json!({ "paths": paths }));
        assert_eq!(ask(json!(["/logs/auth.log"])), None);
        assert_eq!(ask(json!(["/logs/auth.log", "/etc/shadow"])), Some("/etc/shadow".into()));
        assert_eq!(
            grants.missing("case_open", &json!({ "path": "/x.timberline" })),
            Some("/x.timberline".into())
        );
        assert_eq!(grants.missing("case_new", &json!({ "path": "" })), None);
        assert_eq!(grants.missing("events_page", &json!({ "path": "/x" })), None);
    }

    #[test]
    fn what_the_engine_names_may_be_named_again() {
        let grants = Grants::default();
        grants.learn(&json!({ "rows": [{ "path": "/a.timberline", "name": "a" }] }));
        grants.learn(&json!({ "path": "/b.timberline", "sources": [{ "path": "/logs/x" }] }));
        for (command, payload) in [
            ("case_open", json!({ "path": "/a.timberline" })),
            ("case_open", json!({ "path": "/b.timberline" })),
            ("import_start", json!({ "paths": ["/logs/x"] })),
        ] {
            assert_eq!(grants.missing(command, &payload), None, "{command}");
        }
    }
}
