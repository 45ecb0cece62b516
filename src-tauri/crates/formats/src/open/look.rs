//! What is in a file: the walk that only looks, and the one that reads what was found.

use super::archive::zip::Member;
use super::archive::{Kind, zip};
use super::disk::{Disk, Watch};
use super::source::{self, Opened, Reader};
use super::walk::{MEMBERS, Place, Stream, Visit, Walk};
use super::{Limits, ReadOptions, Refusal, folders};
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use timberline_model::{Flow, ProblemKind};

/// What is in a file.
#[derive(Debug, Default)]
pub struct Survey {
    /// What can be read, each unit on its own; in the order in which they stand in the file.
    pub units: Vec<Unit>,
    /// What cannot.
    pub refused: Vec<Refusal>,
    /// Whether the file is an archive, so that its sources are members.
    pub archive: bool,
}

/// A file, or a part of one, whose sources are read in one go.
#[derive(Debug)]
pub struct Unit {
    spot: Arc<Spot>,
    /// Its sources, in the order in which they are met.
    pub sources: Vec<Opened>,
}

/// Where a unit is.
#[derive(Debug)]
pub struct Spot {
    pub file: PathBuf,
    part: Part,
    place: Place,
    limits: Limits,
}

#[derive(Debug)]
enum Part {
    /// All of it, as a stream.
    Stream,
    SevenZ,
    /// A member of a zip archive.
    Member(Arc<Vec<Member>>, usize),
    /// A zip archive whose directory is lost, and why.
    Scan(String),
}

/// Finds out what is in a file: its packings and members, and of each source the encoding and format, and what its
/// beginning shows of zone and years. A source whose times lack the year is read through once for this, to count its
/// New Years. `options` gives what the user said about the source with a path; `progress` is told bytes read and may
/// stop the search.
pub fn survey(
    file: &Path,
    options: &dyn Fn(&str) -> ReadOptions,
    progress: &mut dyn FnMut(u64) -> Flow,
) -> Survey {
    let mut survey = Survey::default();
    if let Err((kind, message)) = survey.look(file, options, progress) {
        let bytes = file.symlink_metadata().map_or(0, |m| m.len());
        survey.refused.push(Refusal { path: file.to_owned(), bytes, kind, message });
    }
    survey
}

type Why = (ProblemKind, String);

impl Survey {
    fn look(
        &mut self,
        path: &Path,
        options: &dyn Fn(&str) -> ReadOptions,
        progress: &mut dyn FnMut(u64) -> Flow,
    ) -> Result<(), Why> {
        let unreadable = |why: io::Error| (ProblemKind::Unreadable, format!("cannot be read: {why}"));
        let said = options(&path.display().to_string());
        source::check(&said)?;
        let (mut file, found) = open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(1 << 10).read_to_end(&mut head).map_err(unreadable)?;
        let kind = Kind::of(&head);
        self.archive = kind.is_some();
        let mut place = Place {
            path: path.display().to_string(),
            date: Some((modified_ns(&found), "from the file's date")),
            bytes: found.len(),
            ..Place::default()
        };
        let limits = said.limits;
        let spot = |part, place: &Place| {
            Arc::new(Spot { file: path.to_owned(), part, place: place.clone(), limits })
        };
        match kind {
            Some(Kind::Zip) => match zip::members(&mut file, limits, MEMBERS) {
                Ok(members) => {
                    if members.is_empty() {
                        return Err((ProblemKind::NoEvents, "the archive is empty".to_owned()));
                    }
                    let members = Arc::new(members);
                    for n in 0..members.len() {
                        let part = Part::Member(Arc::clone(&members), n);
                        if self.walk(spot(part, &place), options, progress)? == Flow::Stop {
                            break;
                        }
                    }
                }
                Err(why) => {
                    self.walk(spot(Part::Scan(why), &place), options, progress)?;
                }
            },
            Some(Kind::SevenZ) => {
                self.walk(spot(Part::SevenZ, &place), options, progress)?;
            }
            _ => {
                place.bytes = found.len();
                self.walk(spot(Part::Stream, &place), options, progress)?;
            }
        }
        Ok(())
    }

    fn walk(
        &mut self,
        spot: Arc<Spot>,
        options: &dyn Fn(&str) -> ReadOptions,
        progress: &mut dyn FnMut(u64) -> Flow,
    ) -> Result<Flow, Why> {
        let watch = Watch::new(spot.limits());
        let mut looked = Looked { spot: &spot, options, met: 0, sources: Vec::new(), refused: Vec::new() };
        let walked = spot.walk(&watch, options, &mut looked, false, progress);
        let (sources, refused) = (looked.sources, looked.refused);
        self.archive |= sources.iter().any(Opened::is_member);
        self.refused.extend(refused);
        if !sources.is_empty() {
            self.units.push(Unit { spot, sources });
        }
        walked.map_err(|why| (ProblemKind::Unreadable, format!("cannot be read: {why}")))?;
        Ok(if watch.stopped.get() { Flow::Stop } else { Flow::Continue })
    }
}

/// Opens a file and makes sure that it is one. A pipe that took its place is opened without waiting for a writer.
fn open(path: &Path) -> Result<(File, Metadata), Why> {
    let unreadable = |why: io::Error| (ProblemKind::Unreadable, format!("cannot be read: {why}"));
    let refused = |found: &Metadata| {
        folders::not_a_file(found.file_type())
            .map(|what| (ProblemKind::Refused, format!("not read: it is {what}")))
    };
    let found = fs::metadata(path).map_err(unreadable)?;
    if let Some(why) = refused(&found) {
        return Err(why);
    }
    let file = folders::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    match refused(&found) {
        Some(why) => Err(why),
        None => Ok((file, found)),
    }
}

impl Spot {
    fn limits(&self) -> Limits {
        match &self.part {
            Part::Member(members, n) => {
                let (floor, packed) = members.get(*n).map_or((0, 0), |m| (m.floor, m.packed()));
                Limits { floor, packed, ..self.limits }
            }
            _ => self.limits,
        }
    }

    fn walk(
        &self,
        watch: &Watch,
        options: &dyn Fn(&str) -> ReadOptions,
        visit: &mut dyn Visit,
        hashed: bool,
        progress: &mut dyn FnMut(u64) -> Flow,
    ) -> io::Result<()> {
        let file = folders::open(&self.file)?;
        let disk = Disk::new(file, watch, progress);
        let mut walk = Walk::new(watch, options, visit, hashed);
        let place = &self.place;
        match &self.part {
            Part::Stream => {
                walk.item(place.clone(), Box::new(disk));
            }
            Part::SevenZ => {
                walk.sevenz(place, BufReader::with_capacity(64 << 10, disk));
            }
            Part::Member(members, n) => {
                let mut reader = BufReader::with_capacity(64 << 10, disk);
                if let Some(member) = members.get(*n) {
                    walk.zip_member(place, member, &mut reader);
                }
            }
            Part::Scan(why) => {
                walk.zip_scan(place, &mut BufReader::new(disk), why);
            }
        }
        walk.end(&place.path);
        Ok(())
    }
}

/// Recognises what it meets.
struct Looked<'l> {
    spot: &'l Arc<Spot>,
    options: &'l dyn Fn(&str) -> ReadOptions,
    met: usize,
    sources: Vec<Opened>,
    refused: Vec<Refusal>,
}

impl Visit for Looked<'_> {
    fn source(&mut self, place: &Place, mut stream: Stream<'_>) -> Flow {
        let nth = self.met;
        self.met += 1;
        let options = (self.options)(&place.path);
        let watch = stream.watch;
        let looked = catch_unwind(AssertUnwindSafe(|| {
            source::look(place, &mut stream, options, (Arc::clone(self.spot), nth))
        }));
        if watch.stopped.get() {
            return Flow::Stop;
        }
        let fault = || {
            let message = "finding the format met a fault in Timberline; try another --format".to_owned();
            (ProblemKind::Unreadable, message)
        };
        match looked.unwrap_or_else(|_| Err(fault())) {
            Ok(opened) => self.sources.push(opened),
            Err((kind, message)) => self.refuse(place.path.clone(), place.bytes, kind, message),
        }
        // What broke is told when it is read.
        watch.damage.take();
        Flow::Continue
    }

    fn refuse(&mut self, path: String, bytes: u64, kind: ProblemKind, message: String) {
        self.refused.push(Refusal { path: PathBuf::from(path), bytes, kind, message });
    }
}

impl Unit {
    /// Where it lies on the disk.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.spot.file
    }

    /// Reads its sources: `each` is given the number of a source in [`Unit::sources`] and what reads it, in their order,
    /// and reads it or not. `progress` is told how many bytes of the file on disk have been read and may stop the reading.
    ///
    /// # Errors
    /// When the file cannot be opened any more.
    pub fn read(
        &self,
        progress: &mut dyn FnMut(u64) -> Flow,
        each: &mut dyn FnMut(usize, &mut Reader<'_, '_>) -> Flow,
    ) -> io::Result<()> {
        read(&self.spot, &self.sources, progress, each)
    }
}

pub(super) fn read(
    spot: &Spot,
    sources: &[Opened],
    progress: &mut dyn FnMut(u64) -> Flow,
    each: &mut dyn FnMut(usize, &mut Reader<'_, '_>) -> Flow,
) -> io::Result<()> {
    let before = fs::metadata(&spot.file)?;
    let watch = Watch::new(spot.limits());
    let options = |path: &str| source::options_of(sources, path);
    let mut visit = ReadVisit { file: &spot.file, before, sources, met: 0, next: 0, each };
    spot.walk(&watch, &options, &mut visit, true, progress)
}

/// Hands what it meets to whoever reads.
struct ReadVisit<'r> {
    file: &'r Path,
    before: Metadata,
    sources: &'r [Opened],
    met: usize,
    next: usize,
    each: &'r mut dyn FnMut(usize, &mut Reader<'_, '_>) -> Flow,
}

impl Visit for ReadVisit<'_> {
    fn source(&mut self, place: &Place, stream: Stream<'_>) -> Flow {
        let nth = self.met;
        self.met += 1;
        let watch = stream.watch;
        let Some(opened) = self.sources.get(self.next) else { return Flow::Stop };
        if opened.nth() != nth || opened.path != place.path {
            // Not one of those, or the file is another one by now.
            return Flow::Continue;
        }
        let n = self.next;
        self.next += 1;
        let flow = (self.each)(n, &mut Reader::new(opened, stream, self.file, &self.before));
        watch.damage.take();
        if watch.stopped.get() { Flow::Stop } else { flow }
    }

    fn refuse(&mut self, _: String, _: u64, _: ProblemKind, _: String) {}
}

pub(super) fn modified_ns(found: &Metadata) -> i64 {
    match found.modified().map(|t| t.duration_since(UNIX_EPOCH)) {
        Ok(Ok(since)) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Ok(Err(before)) => -i64::try_from(before.duration().as_nanos()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}
