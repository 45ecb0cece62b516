//! SigmaHQ's rules over real files, all in one case: those that must hit, those that must not, and the techniques that attack samples are
//! named after. Which logs are without an attack is said by the manifest's columns, never by what a rule finds in them.

use super::desk::Desk;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use timberline_engine::rules::{self, Report};
use timberline_model::{Ctx, EventId, Finding};

/// One rule that fired in a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub id: String,
    pub title: String,
    pub level: String,
    pub attack: Vec<String>,
}

/// What the rules, and the detectors, found in each file.
pub struct Ran {
    shared: PathBuf,
    /// By the file's path below `shared`.
    pub hits: BTreeMap<String, BTreeSet<Hit>>,
    /// Techniques that detectors' cards name, by the files of their evidence.
    pub named: BTreeMap<String, BTreeSet<String>>,
    pub report: Report,
    pub files: Vec<Row>,
}

/// A row of the data's manifest.
#[derive(Clone)]
pub struct Row {
    pub file: String,
    pub repo: String,
    /// Where it stood in its repository: attack samples are named after a technique there.
    pub path: String,
    pub nasty: String,
}

pub fn manifest(shared: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(shared.join("data/MANIFEST.tsv")).unwrap_or_default();
    let cells = text.lines().skip(1).map(|l| l.split('\t').collect::<Vec<_>>());
    cells
        .filter(|c| c.len() > 8)
        .map(|c| Row { file: c[0].into(), repo: c[4].into(), path: c[5].into(), nasty: c[8].into() })
        .collect()
}

/// Whether a file is taken for a log without an attack: not from a collection of attacks, alerts or honeypots, not from a host that
/// anybody on the internet may knock at, and nothing of the kind in the manifest's remark.
pub fn clean(row: &Row) -> bool {
    const FOLDERS: [&str; 19] = [
        "syslog/",
        "app_logs/",
        "database/",
        "containers/",
        "windows_text/",
        "macos/",
        "mobile/",
        "iis/",
        "json/",
        "xml/",
        "csv/",
        "web_error/",
        "auditd/",
        "cloud/",
        "proxy/",
        "firewall/",
        "evtx/",
        "zeek/tsv/",
        "zeek/json/",
    ];
    const ATTACKS: [&str; 5] = [
        "DataDog/stratus-red-team",
        "splunk/attack_data",
        "mdecrevoisier/EVTX-to-MITRE-Attack",
        "OTRF/Security-Datasets",
        "DefectDojo/django-DefectDojo",
    ];
    // zat's conn, http and files are of an exploit kit.
    const OTHERS: [&str; 3] = ["SuperCowPowers/zat", "golden.json", "structured.csv"];
    let said = row.nasty.to_lowercase();
    FOLDERS.iter().any(|f| row.file.starts_with(f))
        && !ATTACKS.contains(&row.repo.as_str())
        && !OTHERS.iter().any(|o| row.repo == *o || row.file.contains(o))
        && !["brute force", "injection", "attack", "alert", "honey"].iter().any(|w| said.contains(w))
}

/// Runs all rules over the samples that must hit, and, with `all`, over the attack samples and the clean logs too.
pub fn run(shared: &Path, all: bool) -> Ran {
    let mut files = manifest(shared);
    if !all {
        files.clear();
    }
    let wanted = files.iter().filter(|r| clean(r) || technique(r).is_some());
    let mut paths: Vec<PathBuf> = wanted.map(|r| shared.join("data").join(&r.file)).collect();
    paths.extend(known(shared).into_iter().map(|(file, _)| shared.join("sigma").join(file)));
    paths.retain(|p| p.is_file());
    let desk = Desk::with(&paths);
    let of: BTreeMap<u32, String> = desk
        .sources()
        .into_iter()
        .map(|s| (s.id, below(shared, s.path.split('!').next().unwrap_or_default())))
        .collect();
    let (cards, report) = rules::run(&desk.open, &[shared.join("sigma/sigma_rules.tar.gz")], &Ctx::default())
        .expect("the snapshot of rules can be read");
    let mut hits: BTreeMap<String, BTreeSet<Hit>> = BTreeMap::new();
    for card in &cards {
        let Some(rule) = &card.rule else { continue };
        for file in files_of(card, &of) {
            hits.entry(file).or_default().insert(Hit {
                id: rule.id.clone(),
                title: rule.title.clone(),
                level: rule.level.clone(),
                attack: card.attack.clone(),
            });
        }
    }
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for judged in desk.open.judged().expect("cards").iter() {
        for file in files_of(&judged.finding, &of) {
            named.entry(file).or_default().extend(judged.finding.attack.iter().cloned());
        }
    }
    Ran { shared: shared.to_owned(), hits, named, report, files }
}

fn files_of(card: &Finding, of: &BTreeMap<u32, String>) -> BTreeSet<String> {
    card.evidence.iter().filter_map(|id: &EventId| of.get(&id.source()).cloned()).collect()
}

fn below(shared: &Path, path: &str) -> String {
    let path = Path::new(path);
    path.strip_prefix(shared).unwrap_or(path).display().to_string()
}

/// Files that must hit, each with the rules that must.
pub fn known(shared: &Path) -> Vec<(String, Vec<String>)> {
    let text = std::fs::read(shared.join("sigma/known_hits.json")).unwrap_or_default();
    let all: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let word = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    let rows = all["sigma_regression"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .map(|row| (word(&row["file"]), row["rule_ids"].as_array().into_iter().flatten().map(word).collect()))
        .collect()
}

/// The technique that an attack sample is named after, without its sub-technique.
pub fn technique(row: &Row) -> Option<String> {
    if row.repo == "mdecrevoisier/EVTX-to-MITRE-Attack" {
        let at = row.path.match_indices("/T").find(|(at, _)| {
            row.path[at + 2..].len() > 4 && row.path[at + 2..at + 6].bytes().all(|b| b.is_ascii_digit())
        })?;
        return Some(row.path[at.0 + 1..at.0 + 6].to_owned());
    }
    // These say what was done, not its number.
    const DONE: [(&str, &str); 6] = [
        ("lsass_memory_dump", "T1003"),
        ("userinitmprlogonscript", "T1037"),
        ("rubeus_asktgt_ptt", "T1550"),
        ("bitsadmin_download", "T1197"),
        ("service_mod_fax", "T1543"),
        ("schtask_create", "T1053"),
    ];
    DONE.iter()
        .find(|(word, _)| row.file.starts_with("windows_json/") && row.file.contains(word))
        .map(|(_, t)| (*t).to_owned())
}

/// Whether a named technique is the one: by its number, or by the numbers that ATT&CK gave later to parts of it, which the rules' tags
/// already use (impaired defences were split in three, cleared logs went with them).
fn is_of(named: &str, technique: &str) -> bool {
    const LATER: [(&str, &str); 3] = [("T1562", "T1685"), ("T1562", "T1686"), ("T1070", "T1685")];
    named.starts_with(technique) || LATER.iter().any(|(old, new)| *old == technique && named.starts_with(new))
}

/// What came of it, counted.
pub struct Figures {
    pub rules: usize,
    pub not_used: Vec<String>,
    pub known: usize,
    pub missed: Vec<String>,
    pub clean: usize,
    /// Hits of `high` and `critical` rules in clean logs: level, rule, file.
    pub alarms: Vec<String>,
    pub samples: usize,
    pub named: usize,
    pub by_rules: usize,
    pub by_detectors: usize,
    pub unnamed: Vec<String>,
}

impl Ran {
    pub fn figures(&self) -> Figures {
        let report = &self.report;
        let mut missed = Vec::new();
        let known = known(&self.shared);
        for (file, rules) in &known {
            let hits = self.hits.get(&format!("sigma/{file}"));
            missed.extend(
                rules
                    .iter()
                    .filter(|r| !hits.is_some_and(|h| h.iter().any(|h| h.id == **r)))
                    .map(|r| format!("{file}: {r}")),
            );
        }
        let clean: Vec<&Row> = self.files.iter().filter(|r| clean(r)).collect();
        let mut alarms = Vec::new();
        for row in &clean {
            for hit in self.hits.get(&format!("data/{}", row.file)).into_iter().flatten() {
                if hit.level == "high" || hit.level == "critical" {
                    alarms.push(format!("{}: {} ({}, {})", row.file, hit.title, hit.level, hit.id));
                }
            }
        }
        let (mut samples, mut named, mut by_rules, mut by_detectors, mut unnamed) = (0, 0, 0, 0, Vec::new());
        for row in &self.files {
            let Some(technique) = technique(row) else { continue };
            let file = format!("data/{}", row.file);
            let ruled = self
                .hits
                .get(&file)
                .into_iter()
                .flatten()
                .any(|h| h.attack.iter().any(|a| is_of(a, &technique)));
            let found = self.named.get(&file).is_some_and(|n| n.iter().any(|a| is_of(a, &technique)));
            samples += 1;
            by_rules += usize::from(ruled);
            by_detectors += usize::from(found);
            named += usize::from(ruled || found);
            if !ruled && !found {
                let others: BTreeSet<&str> = self
                    .hits
                    .get(&file)
                    .into_iter()
                    .flatten()
                    .flat_map(|h| &h.attack)
                    .map(String::as_str)
                    .collect();
                unnamed.push(format!(
                    "{technique} {} (named: {})",
                    row.file,
                    others.into_iter().collect::<Vec<_>>().join(" ")
                ));
            }
        }
        Figures {
            rules: report.used + report.without_events + report.not_used.len(),
            not_used: report
                .not_used
                .iter()
                .map(|n| format!("{}: {}", n.path.rsplit('!').next().unwrap_or_default(), n.reason))
                .collect(),
            known: known.iter().map(|(_, rules)| rules.len()).sum(),
            missed,
            clean: clean.len(),
            alarms,
            samples,
            named,
            by_rules,
            by_detectors,
            unnamed,
        }
    }
}

impl Figures {
    pub fn markdown(&self) -> String {
        let mut out = String::from("| what | figure |\n|---|---|\n");
        let mut row = |what: &str, figure: String| out.push_str(&format!("| {what} | {figure} |\n"));
        row(
            "rules of the snapshot that are used",
            format!("{} of {}", self.rules - self.not_used.len(), self.rules),
        );
        row("hits that must be, found", format!("{} of {}", self.known - self.missed.len(), self.known));
        row(
            "hits of high and critical rules in logs without an attack",
            format!("{} in {} files", self.alarms.len(), self.clean),
        );
        row(
            "attack samples whose technique a card names",
            format!(
                "{} of {} (rules {}, detectors {})",
                self.named, self.samples, self.by_rules, self.by_detectors
            ),
        );
        for (head, lines) in [
            ("Rules that are not used", &self.not_used),
            ("Hits that must be and are not", &self.missed),
            ("Hits of high and critical rules in logs without an attack", &self.alarms),
        ] {
            if !lines.is_empty() {
                out.push_str(&format!("\n{head}:\n\n"));
                lines.iter().for_each(|line| out.push_str(&format!("- {line}\n")));
            }
        }
        out
    }
}
