//! Which elements of a document are its records, from its beginning: elements of one name that stand beside each
//! other, each with several values. Of several such, those that have a time; else the outermost, unless the ones in
//! them are many more.

use crate::framing::xml::{Elements, Piece};
use rustc_hash::FxHashMap;
use timberline_model::{FieldId, Flow, ProblemKind, Record, Sink};

/// The records of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Their local name.
    pub record: Vec<u8>,
    /// How many elements they stand in, where their name alone does not tell.
    pub depth: Option<usize>,
    /// How many were seen.
    pub count: usize,
}

/// What was seen of the elements of one place.
#[derive(Debug, Default)]
struct Seen {
    name: Vec<u8>,
    depth: usize,
    parent: Option<usize>,
    count: usize,
    /// How many parents have such.
    parents: usize,
    last_parent: u64,
    attributes: usize,
    /// Elements below it that hold a text alone, and different names of those.
    leaves: usize,
    texts: usize,
    timed: usize,
}

/// Elements that are looked at.
const MOST: usize = 20_000;

impl Shape {
    /// The records of the document that begins so; `None` when it is no XML, or HTML.
    pub fn find(head: &[u8], whole: bool) -> Option<Self> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let begins = text.starts_with(b"<?xml")
            || (text.first() == Some(&b'<')
                && text.get(1).is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, b'_' | b'!')));
        let lower = text[..text.len().min(1024)].to_ascii_lowercase();
        let html = memchr::memmem::find(&lower, b"<html").is_some()
            || memchr::memmem::find(&lower, b"<!doctype html").is_some();
        if !begins || html {
            return None;
        }
        let mut input = text;
        // No element has this name: all are handed out as tags.
        let mut elements = Elements::new(&mut input, b"\0", b"");
        let mut places: Vec<Seen> = Vec::new();
        let mut by_path: FxHashMap<(Option<usize>, Vec<u8>), usize> = FxHashMap::default();
        // Places and numbers of the elements that are open, and whether any text or element stood in each.
        let mut open: Vec<(usize, u64, bool, bool)> = Vec::new();
        let mut number = 0u64;
        let mut quiet = Quiet;
        while let Ok(Some(piece)) = elements.piece(&mut quiet) {
            match piece {
                Piece::Tag { tag, depth, empty } => {
                    number += 1;
                    if number as usize > MOST {
                        break;
                    }
                    close(&mut open, depth, &mut places);
                    if let Some(parent) = open.last_mut() {
                        parent.3 = true;
                    }
                    let parent = open.last().map(|(place, ..)| *place);
                    let parent_number = open.last().map_or(0, |(_, n, ..)| *n);
                    let name = local(tag.bytes).to_vec();
                    let place = *by_path.entry((parent, name.clone())).or_insert_with(|| {
                        places.push(Seen { name, depth, parent, ..Seen::default() });
                        places.len() - 1
                    });
                    let seen = &mut places[place];
                    seen.count += 1;
                    if seen.last_parent != parent_number + 1 {
                        seen.last_parent = parent_number + 1;
                        seen.parents += 1;
                    }
                    let attributes = attribute_names(tag.bytes);
                    seen.attributes += attributes.len();
                    let timed = attributes.iter().any(|a| about_time(a));
                    seen.timed += usize::from(timed);
                    if !empty {
                        open.push((place, number, false, false));
                    }
                }
                Piece::Text(_) => {
                    if let Some(last) = open.last_mut() {
                        last.2 = true;
                    }
                }
                Piece::End { depth } => close(&mut open, depth, &mut places),
                Piece::Record(_) => {}
            }
        }
        choose(&places, whole)
    }
}

/// Ends the elements that stand in more than `depth` others.
fn close(open: &mut Vec<(usize, u64, bool, bool)>, depth: usize, places: &mut [Seen]) {
    while open.len() > depth {
        let Some((place, _, text, elements)) = open.pop() else { return };
        if text && !elements {
            places[place].texts += 1;
            let timed = about_time(&places[place].name);
            if let Some((parent, ..)) = open.last() {
                places[*parent].leaves += 1;
                places[*parent].timed += usize::from(timed);
            }
        }
    }
}

fn choose(places: &[Seen], whole: bool) -> Option<Shape> {
    // A record has values of its own: attributes, or elements that hold texts.
    let record = |s: &Seen| s.attributes + s.leaves >= s.count && s.texts < s.count;
    let repeated = |s: &Seen| s.count >= 2 && s.count > s.parents;
    let mut best: Option<usize> = None;
    for (n, seen) in places.iter().enumerate() {
        let wide = seen.attributes + seen.leaves >= 2 * seen.count || seen.timed * 2 >= seen.count;
        if !record(seen) || !wide || !(repeated(seen) || (seen.depth == 0 && seen.count >= 2)) {
            continue;
        }
        best = Some(match best {
            None => n,
            Some(old) if better(seen, &places[old], places, n, old) => n,
            Some(old) => old,
        });
    }
    // Simple lists: `<item>a</item><item>b</item>`.
    if best.is_none() {
        best = places.iter().position(|s| repeated(s) && s.depth > 0 && s.count >= 3 && record(s));
    }
    let Some(best) = best else {
        // One record: the root, or what alone stands in it.
        let root = places.first()?;
        let inner =
            places.iter().find(|s| s.parent == Some(0) && s.count >= 1 && record(s) && root.leaves == 0);
        let one = inner
            .filter(|i| places.iter().filter(|s| s.parent == Some(0)).count() == 1 && i.leaves > 0)
            .unwrap_or(root);
        let alone = places.iter().filter(|s| s.name == one.name).count() == 1;
        let depth = (!alone).then_some(one.depth);
        return (whole || one.count > 0).then(|| Shape { record: one.name.clone(), depth, count: one.count });
    };
    let seen = &places[best];
    let alone = places.iter().filter(|s| s.name == seen.name).count() == 1;
    Some(Shape { record: seen.name.clone(), depth: (!alone).then_some(seen.depth), count: seen.count })
}

/// Whether one kind of element is more likely the record than another.
fn better(new: &Seen, old: &Seen, places: &[Seen], new_at: usize, old_at: usize) -> bool {
    let timed = |s: &Seen| s.timed * 2 >= s.count;
    if timed(new) != timed(old) {
        // A few that have a time and hold many others are what those stand in.
        let (with, without) = if timed(new) { (new, old) } else { (old, new) };
        let holds =
            is_in(places, if timed(new) { old_at } else { new_at }, if timed(new) { new_at } else { old_at });
        let many_more = holds && without.count > with.count * 8;
        return timed(new) != many_more;
    }
    if is_in(places, new_at, old_at) {
        return new.count > old.count * 8;
    }
    if is_in(places, old_at, new_at) {
        return old.count <= new.count * 8;
    }
    (new.count, std::cmp::Reverse(new.depth)) > (old.count, std::cmp::Reverse(old.depth))
}

/// Whether the elements of one place stand in those of another.
fn is_in(places: &[Seen], inner: usize, outer: usize) -> bool {
    let mut at = places[inner].parent;
    while let Some(place) = at {
        if place == outer {
            return true;
        }
        at = places[place].parent;
    }
    false
}

fn about_time(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |w: &[u8]| memchr::memmem::find(&lower, w).is_some();
    has(b"time") && !has(b"runtime") && lower.as_slice() != b"times"
        || has(b"date") && !has(b"update") && !has(b"publish")
}

fn local(tag: &[u8]) -> &[u8] {
    let inside = &tag[1..];
    let end = inside
        .iter()
        .position(|c| c.is_ascii_whitespace() || matches!(c, b'>' | b'/'))
        .unwrap_or(inside.len());
    let name = &inside[..end];
    memchr::memchr(b':', name).map_or(name, |n| &name[n + 1..])
}

/// Names of attributes, those of namespaces left out.
fn attribute_names(tag: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    super::attributes(tag, &mut |name, _| {
        if name != "xmlns" && names.len() < 64 {
            names.push(name.as_bytes().to_vec());
        }
    });
    names
}

/// Wants nothing.
struct Quiet;

impl Sink for Quiet {
    fn field(&mut self, _: &str) -> Option<FieldId> {
        None
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }
    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Continue
    }
    fn filler(&mut self, _: u64) {}
}
