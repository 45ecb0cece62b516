//! From a file to the sources in it: packings are undone, archives are gone into, each member in turn, up to a depth.
//! The same walk looks at sources and reads them, so both meet the same ones in the same order.

use super::archive::{Entry, Kind, sevenz, spool, tar, zip, zip_scan};
use super::disk::{Block, Input, Raw, Watch};
use super::packing::{Packing, Unpack};
use super::{Limits, ReadOptions};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use timberline_model::{Flow, ProblemKind};

/// Archives within archives are followed this deep.
const DEEPEST: usize = 4;
/// Packings around one source are undone so often.
const LAYERS: usize = 4;
/// Members of one file that are looked at, those of archives inside it too.
pub const MEMBERS: usize = 50_000;
/// Members that are refused one by one; the rest are counted.
const REFUSALS: usize = 1_000;
/// What is looked at to see packings and archives.
const MAGIC: usize = 1 << 10;

/// A source on its way: what the walk knows of it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its path: the file's, and members behind a `!` each.
    pub path: String,
    /// What it is packed in, outermost first.
    pub packing: Vec<String>,
    /// Its date, ns since 1970, and whose date that is.
    pub date: Option<(i64, &'static str)>,
    /// Its size, as far as the disk or the archive tells.
    pub bytes: u64,
    /// What is odd about its name.
    pub odd: Option<String>,
    /// How many archives it is in.
    pub depth: usize,
}

/// The bytes of a source, unpacked and not yet decoded.
pub struct Stream<'s> {
    /// What a format reads, once it is decoded.
    pub input: Block<Input<'s>>,
    /// The same as it lies on the disk or in the archive.
    pub raw: Raw<'s>,
    /// What is known of the reading.
    pub watch: &'s Watch,
}

/// What a walk meets.
pub trait Visit {
    /// A source. The n-th call is the same source each time a file is walked.
    fn source(&mut self, place: &Place, stream: Stream<'_>) -> Flow;
    /// Something that holds no source or cannot be read.
    fn refuse(&mut self, path: String, bytes: u64, kind: ProblemKind, message: String);
}

/// A walk through one file.
pub struct Walk<'w> {
    watch: &'w Watch,
    options: &'w dyn Fn(&str) -> ReadOptions,
    visit: &'w mut dyn Visit,
    /// Whether sources are hashed: not when they are only looked at.
    hashed: bool,
    met: usize,
    refused: usize,
    names: FxHashMap<String, u32>,
}

impl<'w> Walk<'w> {
    pub fn new(
        watch: &'w Watch,
        options: &'w dyn Fn(&str) -> ReadOptions,
        visit: &'w mut dyn Visit,
        hashed: bool,
    ) -> Self {
        Self { watch, options, visit, hashed, met: 0, refused: 0, names: FxHashMap::default() }
    }

    /// Refuses something, one by one while there are few.
    pub fn refuse(&mut self, path: String, bytes: u64, kind: ProblemKind, message: String) {
        self.refused += 1;
        if self.refused <= REFUSALS {
            self.visit.refuse(path, bytes, kind, message);
        }
    }

    /// Says how many more were refused than were told.
    pub fn end(&mut self, path: &str) {
        if self.refused > REFUSALS {
            let more = self.refused - REFUSALS;
            self.visit.refuse(
                path.to_owned(),
                0,
                ProblemKind::Limit,
                format!(
                    "{more} more members of this archive are not read, for reasons like those before them"
                ),
            );
        }
    }

    /// A file or member: undoes its packings and goes into it where it is an archive.
    pub fn item<'s>(&mut self, mut place: Place, input: Input<'s>) -> Flow
    where
        'w: 's,
    {
        if self.met >= MEMBERS {
            if self.met == MEMBERS {
                self.met += 1;
                let message = format!("archive limit: more than {MEMBERS} members; the others are not read");
                self.refuse(place.path, place.bytes, ProblemKind::Limit, message);
            }
            return Flow::Stop;
        }
        let raw = Raw::new(input, self.hashed);
        let mut block: Block<Input<'s>> = Block::new(Box::new(raw.clone()));
        let stamp = Rc::new(Cell::new(0));
        let mut broken = Rc::new(Cell::new(false));
        let mut layers = 0;
        loop {
            let head = match block.peek(MAGIC) {
                Ok(head) => head,
                Err(why) => {
                    self.refuse(
                        place.path,
                        place.bytes,
                        ProblemKind::Unreadable,
                        format!("cannot be read: {why}"),
                    );
                    return self.flow();
                }
            };
            let Some(packing) = Packing::of(head) else { break };
            if layers == LAYERS {
                let message = format!("archive limit: packed more than {LAYERS} times over");
                self.refuse(place.path, place.bytes, ProblemKind::Limit, message);
                return self.flow();
            }
            layers += 1;
            place.packing.push(packing.name().to_owned());
            let unpacked = packing.open(block, self.watch, &stamp);
            broken = Rc::clone(&unpacked.broken);
            block = Block::new(Box::new(unpacked));
        }
        if stamp.get() != 0 {
            place.date = Some((i64::from(stamp.get()) * 1_000_000_000, "from the date in the gzip header"));
        }
        let kind = block.peek(MAGIC).ok().and_then(Kind::of);
        match kind {
            None => {
                self.met += 1;
                self.visit.source(&place, Stream { input: block, raw, watch: self.watch })
            }
            Some(kind) if place.depth == DEEPEST => {
                let message =
                    format!("archive limit: a {} archive inside {DEEPEST} others is not opened", kind.name());
                self.refuse(place.path, place.bytes, ProblemKind::Limit, message);
                self.flow()
            }
            Some(Kind::Tar) => self.tar(&place, block, &broken),
            Some(kind) => self.spooled(kind, &place, block),
        }
    }

    /// Whether to go on to the next member.
    fn flow(&self) -> Flow {
        if self.watch.stopped.get() || self.watch.over.get() { Flow::Stop } else { Flow::Continue }
    }

    /// A member of an archive, as a place of its own; members of one name are told apart.
    pub fn member(&mut self, archive: &Place, kind: Kind, entry: &Entry) -> Place {
        let mut path = format!("{}!{}", archive.path, entry.name);
        let seen = self.names.entry(path.clone()).or_default();
        *seen += 1;
        if *seen > 1 {
            path = format!("{path} ({seen})");
        }
        let mut packing = archive.packing.clone();
        packing.push(kind.name().to_owned());
        Place {
            path,
            packing,
            date: entry.modified_ns.map(|ns| (ns, "from the date in the archive")).or(archive.date),
            bytes: entry.bytes,
            odd: entry.odd.clone(),
            depth: archive.depth + 1,
        }
    }

    fn tar(&mut self, archive: &Place, mut block: Block<Input<'_>>, broken: &Rc<Cell<bool>>) -> Flow {
        let mut tar = tar::Tar::new(&mut block);
        let mut any = false;
        loop {
            let refused = match tar.next() {
                Ok(tar::Next::File(entry)) => {
                    any = true;
                    let place = self.member(archive, Kind::Tar, &entry);
                    let content = Unpack::new(Box::new(&mut tar), Kind::Tar.name(), self.watch).uncounted();
                    let flow = self.item(place, Box::new(content));
                    if flow == Flow::Stop && !self.watch.over.get() {
                        return flow;
                    }
                    if !self.watch.over.get() {
                        continue;
                    }
                    Some((ProblemKind::Limit, self.watch.over_words()))
                }
                Ok(tar::Next::Not(name, why)) => {
                    any = true;
                    let entry = Entry { name, odd: None, modified_ns: None, bytes: 0 };
                    let place = self.member(archive, Kind::Tar, &entry);
                    self.refuse(place.path, 0, ProblemKind::Refused, why);
                    continue;
                }
                Ok(tar::Next::End) if any => None,
                Ok(tar::Next::End) => Some((ProblemKind::NoEvents, "the archive is empty".to_owned())),
                Ok(tar::Next::Damaged(_)) if self.watch.stopped.get() => None,
                Ok(tar::Next::Damaged(_)) if self.watch.over.get() => {
                    Some((ProblemKind::Limit, self.watch.over_words()))
                }
                Ok(tar::Next::Damaged(why)) => {
                    let packing = broken.get().then(|| self.watch.damage.take()).flatten();
                    Some((ProblemKind::Truncated, packing.unwrap_or(why)))
                }
                Err(why) => Some((ProblemKind::Unreadable, format!("cannot be read on: {why}"))),
            };
            if let Some((kind, message)) = refused {
                self.refuse(archive.path.clone(), archive.bytes, kind, message);
            }
            return self.flow();
        }
    }

    /// An archive that must be sought in, inside a stream: kept first.
    fn spooled(&mut self, kind: Kind, archive: &Place, mut block: Block<Input<'_>>) -> Flow {
        let kept = match spool::keep(&mut block) {
            Ok(Some(kept)) => kept,
            Ok(None) => {
                let message =
                    "archive limit: too large an archive inside another; unpack the outer one first";
                self.refuse(archive.path.clone(), archive.bytes, ProblemKind::Limit, message.to_owned());
                return self.flow();
            }
            Err(why) => {
                let message = format!("cannot be kept to be read: {why}");
                self.refuse(archive.path.clone(), archive.bytes, ProblemKind::Unreadable, message);
                return self.flow();
            }
        };
        if self.watch.stopped.get() {
            return Flow::Stop;
        }
        if self.watch.over.get() {
            self.refuse(archive.path.clone(), archive.bytes, ProblemKind::Limit, self.watch.over_words());
            return Flow::Stop;
        }
        match kind {
            Kind::SevenZ => self.sevenz(archive, kept),
            _ => self.zip(archive, kept),
        }
    }

    /// A 7z archive that can be sought in.
    pub fn sevenz<R: Read + io::Seek>(&mut self, archive: &Place, reader: R) -> Flow {
        let password = (self.options)(&archive.path).password;
        let mut flow = Flow::Continue;
        let mut any = false;
        let outcome = sevenz::each(reader, password.as_ref(), &mut |found| {
            any = true;
            match found {
                sevenz::Found::File(entry, content) => {
                    let place = self.member(archive, Kind::SevenZ, &entry);
                    let content = Unpack::new(Box::new(content), Kind::SevenZ.name(), self.watch).in_pieces();
                    flow = self.item(place, Box::new(content));
                    flow
                }
                sevenz::Found::Not(name, why) => {
                    let entry = Entry { name, odd: None, modified_ns: None, bytes: 0 };
                    let place = self.member(archive, Kind::SevenZ, &entry);
                    self.refuse(place.path, 0, ProblemKind::Refused, why);
                    Flow::Continue
                }
            }
        });
        let refused = match outcome {
            _ if self.watch.over.get() => Some((ProblemKind::Limit, self.watch.over_words())),
            _ if self.watch.stopped.get() || flow == Flow::Stop => None,
            Ok(()) if any => None,
            Ok(()) => Some((ProblemKind::NoEvents, "the archive is empty".to_owned())),
            Err(why) => Some(why),
        };
        if let Some((kind, message)) = refused {
            self.refuse(archive.path.clone(), archive.bytes, kind, message);
        }
        if flow == Flow::Stop { flow } else { self.flow() }
    }

    /// A zip archive inside another.
    fn zip<R: Read + io::Seek>(&mut self, archive: &Place, mut reader: R) -> Flow {
        let limits = Limits { ratio: 0, ..Limits::default() };
        match zip::members(&mut reader, limits, MEMBERS) {
            Ok(members) => {
                if members.is_empty() {
                    self.refuse(
                        archive.path.clone(),
                        archive.bytes,
                        ProblemKind::NoEvents,
                        "the archive is empty".to_owned(),
                    );
                }
                for member in &members {
                    if self.zip_member(archive, member, &mut reader) == Flow::Stop {
                        return Flow::Stop;
                    }
                }
                self.flow()
            }
            Err(why) => self.zip_scan(archive, &mut reader, &why),
        }
    }

    /// One member of a zip archive.
    pub fn zip_member<R: Read + io::Seek>(
        &mut self,
        archive: &Place,
        member: &zip::Member,
        reader: &mut R,
    ) -> Flow {
        let place = self.member(archive, Kind::Zip, &member.about);
        let options = (self.options)(&place.path);
        match zip::open(member, reader, options.password.as_ref()) {
            Err((kind, message)) => {
                self.refuse(place.path, place.bytes, kind, message);
                self.flow()
            }
            Ok(content) => {
                let content = Unpack::new(Box::new(content), Kind::Zip.name(), self.watch);
                self.item(place, Box::new(content))
            }
        }
    }

    /// A zip archive whose directory is lost: what its members themselves say.
    pub fn zip_scan<R: Read + io::Seek>(&mut self, archive: &Place, reader: &mut R, why: &str) -> Flow {
        let lost = format!("the directory of the zip archive is damaged or cut off ({why})");
        if reader.rewind().is_err() {
            self.refuse(archive.path.clone(), archive.bytes, ProblemKind::Truncated, lost);
            return self.flow();
        }
        let mut block = Block::new(reader);
        let mut found = 0;
        let flow = loop {
            let local = match zip_scan::next(&mut block) {
                Ok(Some(local)) => local,
                Ok(None) | Err(_) => break self.flow(),
            };
            if local.folder {
                continue;
            }
            found += 1;
            let place = self.member(archive, Kind::Zip, &local.about);
            if local.encrypted {
                let message = "encrypted, and the archive is too damaged to be opened with a password";
                self.refuse(place.path, place.bytes, ProblemKind::Unreadable, message.to_owned());
                continue;
            }
            let flow = match local.open(&mut block) {
                Err(why) => {
                    self.refuse(place.path, place.bytes, ProblemKind::Unreadable, format!("not read: {why}"));
                    self.flow()
                }
                Ok(mut content) => {
                    let unpack = Unpack::new(Box::new(&mut content), Kind::Zip.name(), self.watch);
                    let flow = self.item(place, Box::new(unpack));
                    // Only its end tells where the next one begins.
                    let rest = Unpack::new(Box::new(&mut content), Kind::Zip.name(), self.watch);
                    let _ = io::copy(&mut { rest }, &mut io::sink());
                    flow
                }
            };
            if flow == Flow::Stop {
                break flow;
            }
        };
        if !self.watch.stopped.get() {
            let (kind, message) = match found {
                _ if self.watch.over.get() => (ProblemKind::Limit, self.watch.over_words()),
                0 => (ProblemKind::Unreadable, format!("{lost}, and no member was found in it")),
                n => (ProblemKind::Truncated, format!("{lost}; {n} members were found by their own headers")),
            };
            self.refuse(archive.path.clone(), archive.bytes, kind, message);
        }
        flow
    }
}
