//! Sigma rules from files, folders and archives, run over a case and remembered with it, so that what is imported later meets
//! them too. What a rule means is `timberline_detect::sigma`'s; archives are opened by the same code as logs, under the same limits.

use crate::error::usage;
use crate::session::OpenCase;
use crate::wire::ApiError;
use std::path::{Path, PathBuf};
use std::time::Instant;
use timberline_detect::sigma::{self, NotUsed, cards};
use timberline_formats::open::{ReadOptions, discover, survey};
use timberline_model::{Ctx, Finding, Flow, TimeRange};

/// The key of the note that says where the case's rules come from.
const NOTE: &str = "sigma";
/// The longest file of rules, in bytes.
const LONGEST: usize = 4 << 20;
/// So many files of rules at most; SigmaHQ has four thousand.
const MOST_FILES: usize = 50_000;

/// How rules fared.
#[derive(Debug, Default)]
pub struct Report {
    /// Rules that were run over events of their log source.
    pub used: usize,
    /// Rules whose log source has no event in this case.
    pub without_events: usize,
    /// Rules and correlations that found something.
    pub hit: usize,
    /// Cards made.
    pub cards: usize,
    /// What is not used, and why.
    pub not_used: Vec<NotUsed>,
    /// How long reading the rules took.
    pub loading_seconds: f64,
    /// How long running them took.
    pub seconds: f64,
}

/// Where the case's rules come from: the paths given last.
///
/// # Errors
/// What the case says.
pub fn remembered(open: &OpenCase) -> Result<Vec<PathBuf>, ApiError> {
    let note = open.case.note(NOTE)?.unwrap_or_default();
    Ok(note.lines().filter(|l| !l.is_empty()).map(PathBuf::from).collect())
}

/// Remembers where the case's rules come from; paths that are there already are kept once.
///
/// # Errors
/// `not_found` for a path that does not exist; what the case says.
pub fn remember(open: &OpenCase, paths: &[PathBuf]) -> Result<(), ApiError> {
    let mut all = remembered(open)?;
    for path in paths {
        let whole = path.canonicalize().map_err(|_| {
            ApiError::not_found(format!("there is no file or folder of rules {}", path.display()))
        })?;
        if !all.contains(&whole) {
            all.push(whole);
        }
    }
    let lines: Vec<String> = all.iter().map(|p| p.display().to_string()).collect();
    Ok(open.case.set_note(NOTE, &lines.join("\n"))?)
}

/// Runs the rules of these paths over all events of a case; gives their cards.
///
/// # Errors
/// `usage` when there are no rules in them; `cancelled`; what the case says.
pub fn run(open: &OpenCase, paths: &[PathBuf], ctx: &Ctx<'_>) -> Result<(Vec<Finding>, Report), ApiError> {
    let began = Instant::now();
    let mut report = Report::default();
    let texts = texts(paths, &mut report.not_used);
    if texts.is_empty() && report.not_used.is_empty() {
        return Err(usage("no rules were found there: files that end in .yml or .yaml are looked for"));
    }
    let mut loaded = sigma::load(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    report.not_used.append(&mut loaded.not_used);
    report.loading_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let ran = sigma::run(open.events(), TimeRange::ALL, &loaded.rules, &loaded.correlations, ctx)?;
    report.seconds = began.elapsed().as_secs_f64();
    report.used = ran.used;
    report.without_events = ran.without_events;
    report.hit = ran.hits.len() + ran.correlated.len();
    report.not_used.extend(ran.not_used);
    report.not_used.sort();
    let mut findings = cards::of_hits(&loaded.rules, &ran.hits);
    findings.extend(cards::of_found(&loaded.correlations, &ran.correlated));
    report.cards = findings.len();
    Ok((findings, report))
}

fn is_rule(path: &str) -> bool {
    let end = path.rsplit(['.', '/', '\\', '!']).next().unwrap_or_default();
    end.eq_ignore_ascii_case("yml") || end.eq_ignore_ascii_case("yaml")
}

/// The texts of all rule files, with their paths; members of archives as `archive.tar.gz!member`.
fn texts(paths: &[PathBuf], not_used: &mut Vec<NotUsed>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let (files, _) = discover(paths);
    let refuse = |path: &str, reason: String| NotUsed {
        path: path.to_owned(),
        id: String::new(),
        title: String::new(),
        reason,
    };
    for file in files.iter().take(MOST_FILES) {
        let name = file.display().to_string();
        if is_rule(&name) {
            match plain(file) {
                Ok(text) => out.push((name, text)),
                Err(why) => not_used.push(refuse(&name, why)),
            }
        } else if paths.contains(file) {
            // Only an archive that was named itself is looked into: a folder of rules holds samples too.
            let options = ReadOptions { format: Some("plain_text".to_owned()), ..ReadOptions::default() };
            let survey = survey(file, &|_| options.clone(), &mut |_| Flow::Continue);
            for unit in &survey.units {
                let read = unit.read(&mut |_| Flow::Continue, &mut |nth, reader| {
                    let path = unit.sources.get(nth).map(|s| s.path.clone()).unwrap_or_default();
                    if is_rule(&path) && out.len() < MOST_FILES {
                        match reader.text(LONGEST) {
                            Ok(text) => out.push((path, text)),
                            Err(why) => not_used.push(refuse(&path, format!("it cannot be read: {why}"))),
                        }
                    }
                    Flow::Continue
                });
                if let Err(why) = read {
                    not_used.push(refuse(&name, format!("it cannot be read: {why}")));
                }
            }
        }
    }
    out
}

fn plain(file: &Path) -> Result<String, String> {
    let size = file.metadata().map_or(0, |m| m.len());
    if size > LONGEST as u64 {
        return Err(format!("the file has more than {} MiB", LONGEST >> 20));
    }
    let bytes = std::fs::read(file).map_err(|why| format!("it cannot be read: {why}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yaml_is_a_rule() {
        for (path, expect) in [("a/b.yml", true), ("rules.tar.gz!x/y.YAML", true), ("a.yml/readme.md", false)]
        {
            assert_eq!(is_rule(path), expect, "{path}");
        }
    }
}
