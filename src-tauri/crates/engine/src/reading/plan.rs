//! What an import will do, decided before anything is written: what each file holds, what of it the case has already, and
//! the order in which sources are numbered.

use super::crew;
use super::known::{Known, canonical, sha256_of};
use crate::choices::Choices;
use crate::error::panic_text;
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use timberline_formats::open::{Opened, Refusal, Survey, Unit, join, rotated_sets, survey};
use timberline_model::{Flow, ProblemKind, Source, SourceState};

/// What is to be done with a source.
#[derive(Debug)]
pub enum Step {
    /// The case has it: nothing.
    Already(Box<Source>),
    /// It is kept as one that could not be read.
    Refuse(Refusal, String),
    /// It is read: the number of its unit, and its number there.
    Read(usize, usize),
}

/// A unit of a file, and what is known of the file.
#[derive(Debug)]
pub struct Part {
    /// What is read in one go.
    pub unit: Unit,
    /// The number of the file.
    pub file: usize,
    /// SHA-256 of the archive that its sources are members of; empty where they are none.
    pub archive_sha256: String,
    /// For each source of the unit, the source that was read under its path before, with other content.
    pub before: Vec<Option<u32>>,
    /// For each source of the unit, whether it is to be read.
    pub wanted: Vec<bool>,
    /// For each source of the unit, the one whose place it takes: the same bytes, read before.
    pub replaces: Vec<Option<Box<Source>>>,
}

/// What an import will do.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files, with their sizes.
    pub files: Vec<(PathBuf, u64)>,
    /// What is read in one go each.
    pub parts: Vec<Part>,
    /// All sources, in the order of their numbers, each with the file that it came from (none for what was refused before
    /// it was looked at).
    pub steps: Vec<(Option<usize>, Step)>,
    /// Sources that an earlier import left unfinished: they go.
    pub unfinished: Vec<Source>,
    /// What is worth saying.
    pub notices: Vec<String>,
}

/// What looking at a file gave.
#[derive(Default)]
struct Seen {
    already: Option<Box<Source>>,
    /// Whether it is read again in the place of that.
    again: bool,
    survey: Survey,
    sha256: String,
    unfinished: Vec<Source>,
    /// By the part of their paths behind the file's.
    before: FxHashMap<String, Box<Source>>,
}

/// Looks at all files. With `again`, what the case has already is read anew. `tell` is called now and then with the number of the file at hand.
pub fn plan(
    files: Vec<PathBuf>,
    refused: Vec<Refusal>,
    known: &Known,
    choices: &Choices,
    again: bool,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(&Path),
) -> Plan {
    let sized = files.into_iter().map(|f| {
        let bytes = f.metadata().map_or(0, |m| m.len());
        (f, bytes)
    });
    let mut plan = Plan { files: sized.collect(), ..Plan::default() };
    let alike = alike(&plan.files);
    let look = |_: usize, n: usize| {
        let (file, bytes) = &plan.files[n];
        look(file, *bytes, alike.contains(bytes), known, choices, again, cancel)
    };
    let mut seen: Vec<Option<Seen>> = plan.files.iter().map(|_| None).collect();
    let order: Vec<usize> = (0..plan.files.len()).collect();
    let mut at = 0;
    crew::work(crew::hands(order.len()), &order, &look, &mut |made| {
        if let Some((n, one)) = made {
            seen[n] = Some(one);
            at = at.max(n);
        }
        if let Some((file, _)) = plan.files.get(at) {
            tell(file);
        }
    });
    for refusal in refused {
        let sha256 = String::new();
        plan.unfinished
            .extend(known.of_file(&refusal.path).iter().map(|(_, s)| s).filter(|s| !whole(s)).cloned());
        plan.steps.push((None, Step::Refuse(refusal, sha256)));
    }
    let mut hashes: FxHashMap<String, usize> = FxHashMap::default();
    for (n, one) in seen.into_iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        if let Some(one) = one {
            plan.add(n, one, choices, again, &mut hashes);
        }
    }
    plan.join_sets();
    plan
}

fn whole(source: &Source) -> bool {
    source.state == SourceState::Complete
}

/// Sizes that several of the files have: these may be the same file.
fn alike(files: &[(PathBuf, u64)]) -> FxHashSet<u64> {
    let mut sizes: Vec<u64> = files.iter().map(|(_, bytes)| *bytes).filter(|b| *b > 0).collect();
    sizes.sort_unstable();
    sizes.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect()
}

fn look(
    file: &Path,
    bytes: u64,
    alike: bool,
    known: &Known,
    choices: &Choices,
    again: bool,
    cancel: &AtomicBool,
) -> Seen {
    let mut seen = Seen::default();
    if cancel.load(Ordering::Relaxed) {
        return seen;
    }
    for (member, source) in known.of_file(file) {
        if whole(source) {
            seen.before.insert(member.clone(), Box::new(source.clone()));
        } else {
            seen.unfinished.push(source.clone());
        }
    }
    let regular = file.metadata().is_ok_and(|m| m.is_file());
    if regular && (alike || known.has_size(bytes)) {
        seen.sha256 = sha256_of(file, cancel).unwrap_or_default();
        if let Some(same) = known.with_hash(&seen.sha256) {
            seen.already = Some(Box::new(same.clone()));
            seen.again = again && known.of_file(file).iter().any(|(_, s)| s.id == same.id);
            if !seen.again {
                return seen;
            }
        }
    }
    let mut progress = |_: u64| if cancel.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue };
    let looked =
        catch_unwind(AssertUnwindSafe(|| survey(file, &|path| choices.for_source(path), &mut progress)));
    seen.survey = looked.unwrap_or_else(|fault| Survey {
        refused: vec![Refusal {
            path: file.to_owned(),
            bytes,
            kind: ProblemKind::Unreadable,
            message: format!("finding the format met a fault in Timberline: {}", panic_text(&*fault)),
        }],
        ..Survey::default()
    });
    // Of what is not read, and of archives, nothing else takes the hash.
    if regular && seen.sha256.is_empty() && (seen.survey.archive || seen.survey.units.is_empty()) {
        seen.sha256 = sha256_of(file, cancel).unwrap_or_default();
    }
    seen
}

impl Plan {
    /// Puts the files of rotated sets in order of time, where the first of each stands, and tells them of each other.
    fn join_sets(&mut self) {
        let reads: Vec<usize> =
            (0..self.steps.len()).filter(|at| matches!(self.steps[*at].1, Step::Read(..))).collect();
        let place = |at: &usize| match self.steps[*at].1 {
            Step::Read(part, n) => (part, n),
            _ => (usize::MAX, 0),
        };
        let places: Vec<(usize, usize)> = reads.iter().map(place).collect();
        let sources: Vec<&Opened> =
            places.iter().map(|(part, n)| &self.parts[*part].unit.sources[*n]).collect();
        let sets = rotated_sets(&sources);
        if sets.is_empty() {
            return;
        }
        let mut by_place: FxHashMap<(usize, usize), &mut Opened> = FxHashMap::default();
        for (part, this) in self.parts.iter_mut().enumerate() {
            by_place.extend(this.unit.sources.iter_mut().enumerate().map(|(n, opened)| ((part, n), opened)));
        }
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        for set in sets {
            let mut members: Vec<&mut Opened> =
                set.members.iter().filter_map(|n| by_place.remove(&places[*n])).collect();
            join(&set.name, &mut members);
            // The places that its files have, filled anew from the first on.
            let own: FxHashSet<usize> = set.members.iter().map(|n| reads[*n]).collect();
            let first = order.iter().position(|at| own.contains(at)).unwrap_or(0);
            order.retain(|at| !own.contains(at));
            order.splice(first..first, set.members.iter().map(|n| reads[*n]));
        }
        let mut steps: Vec<Option<(Option<usize>, Step)>> = self.steps.drain(..).map(Some).collect();
        self.steps = order.into_iter().filter_map(|at| steps[at].take()).collect();
    }

    fn add(
        &mut self,
        file: usize,
        seen: Seen,
        choices: &Choices,
        again: bool,
        hashes: &mut FxHashMap<String, usize>,
    ) {
        let path = self.files[file].0.clone();
        self.unfinished.extend(seen.unfinished);
        let replaced = seen.already.clone().filter(|_| seen.again);
        if let Some(same) = seen.already.filter(|_| !seen.again) {
            let there = if canonical(Path::new(&same.path)) == canonical(&path) {
                format!(
                    "{} was already read (source {}); remove that source to read it again",
                    same.path, same.id
                )
            } else {
                format!(
                    "{} is the same file as {}, which was already read (source {}): it is not read twice",
                    path.display(),
                    same.path,
                    same.id
                )
            };
            self.notices.push(there);
            self.steps.push((Some(file), Step::Already(same)));
            return;
        }
        if !seen.sha256.is_empty() && self.files[file].1 > 0 {
            match hashes.get(&seen.sha256) {
                Some(first) => {
                    let message = format!(
                        "not read: the same file as {}, byte for byte, which is read in this import",
                        self.files[*first].0.display()
                    );
                    let refusal =
                        Refusal { path, bytes: self.files[file].1, kind: ProblemKind::Refused, message };
                    self.steps.push((Some(file), Step::Refuse(refusal, seen.sha256)));
                    return;
                }
                None => {
                    hashes.insert(seen.sha256.clone(), file);
                }
            }
        }
        let archive = seen.survey.archive;
        let sha256 = seen.sha256;
        for unit in seen.survey.units {
            let (mut before, mut wanted, mut replaces) = (Vec::new(), Vec::new(), Vec::new());
            for (n, opened) in unit.sources.iter().enumerate() {
                let member = opened.path.get(path.as_os_str().len()..).unwrap_or_default();
                let old = seen.before.get(member);
                let same = archive && old.is_some_and(|s| s.archive_sha256 == sha256);
                let anew = if archive { old.filter(|_| same && again).cloned() } else { replaced.clone() };
                before.push(old.map(|s| s.id).filter(|_| anew.is_none()));
                wanted.push((!same || anew.is_some()) && !choices.skipped(&opened.path));
                let kept = same && anew.is_none();
                replaces.push(anew);
                match old {
                    Some(source) if kept && !choices.skipped(&opened.path) => {
                        self.notices.push(format!(
                            "{} was already read (source {}); remove that source to read it again",
                            source.path, source.id
                        ));
                        self.steps.push((Some(file), Step::Already(source.clone())));
                    }
                    _ if wanted[n] => self.steps.push((Some(file), Step::Read(self.parts.len(), n))),
                    _ => {}
                }
            }
            let archive_sha256 = if archive { sha256.clone() } else { String::new() };
            self.parts.push(Part { unit, file, archive_sha256, before, wanted, replaces });
        }
        for refusal in seen.survey.refused {
            if !choices.skipped(&refusal.path.display().to_string()) {
                let own = refusal.path == path;
                self.steps.push((
                    Some(file),
                    Step::Refuse(refusal, if own { sha256.clone() } else { String::new() }),
                ));
            }
        }
    }
}
