//! Which segments there are, with their directories: read once and kept until the case says it changed.

use crate::case::lock;
use crate::error::{corrupt, sql_error};
use crate::segment::directory::Directory;
use crate::segment::pack::{Unpacker, damaged};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};
use timberline_model::{EventId, StoreError};

/// One segment as it stands in the catalogue.
#[derive(Debug)]
pub(crate) struct SegmentMeta {
    pub(crate) id: i64,
    pub(crate) source: u32,
    pub(crate) first_ordinal: u32,
    pub(crate) rows: usize,
    /// Its times and their bounds are as the source's clock offset moves them.
    pub(crate) directory: Directory,
    /// How far times as stored are to be moved, ns.
    pub(crate) offset_ns: i64,
}

impl SegmentMeta {
    /// The number of the event in a row.
    pub(crate) fn event(&self, row: usize) -> EventId {
        EventId::new(self.source, self.first_ordinal.wrapping_add(row as u32))
    }

    /// The row of an event, where it is in this segment.
    pub(crate) fn row(&self, id: EventId) -> Option<usize> {
        let row = id.ordinal().checked_sub(self.first_ordinal)? as usize;
        (id.source() == self.source && row < self.rows).then_some(row)
    }

    /// The events as a half-open range of numbers; ascending numbers are ascending rows.
    pub(crate) fn first_event(&self) -> EventId {
        self.event(0)
    }
}

/// All segments of a case, by source and place in it.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) revision: Revision,
    last_segment: i64,
    pub(crate) segments: Vec<Arc<SegmentMeta>>,
    pub(crate) paths: FxHashMap<u32, Arc<str>>,
    offsets: FxHashMap<u32, i64>,
}

/// What tells that a catalogue is out of date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revision {
    segments: i64,
    removals: i64,
}

/// The latest catalogue.
#[derive(Default)]
pub(crate) struct CatalogCell(Mutex<Option<Arc<Catalog>>>);

impl Catalog {
    /// The segment that holds an event.
    pub(crate) fn holding(&self, id: EventId) -> Option<&Arc<SegmentMeta>> {
        let after = self.segments.partition_point(|s| s.first_event() <= id);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        segment.row(id).is_some().then_some(segment)
    }

    /// The path of a source.
    pub(crate) fn path(&self, source: u32) -> Arc<str> {
        self.paths.get(&source).map_or_else(|| Arc::from(""), Arc::clone)
    }
}

/// The revision of a case, as this connection sees it.
pub(crate) fn revision(db: &Connection) -> Result<Revision, StoreError> {
    let mut ask = db
        .prepare_cached("SELECT segments, removals FROM revision WHERE id = 1")
        .map_err(|e| sql_error(&e))?;
    ask.query_row([], |r| Ok(Revision { segments: r.get(0)?, removals: r.get(1)? }))
        .map_err(|e| sql_error(&e))
}

impl CatalogCell {
    /// The catalogue as of `now`, which this connection's open transaction sees.
    pub(crate) fn at(&self, db: &Connection, now: Revision) -> Result<Arc<Catalog>, StoreError> {
        let known = lock(&self.0).clone();
        let known = match known {
            Some(known) if known.revision == now => return Ok(known),
            Some(known) if known.revision.removals == now.removals && newer(now, known.revision) => known,
            _ => Arc::new(Catalog::default()),
        };
        let loaded = Arc::new(load(db, &known, now)?);
        let mut cell = lock(&self.0);
        // A slower reader of an older state must not put the newer one back.
        if cell.as_ref().is_none_or(|held| newer(now, held.revision)) {
            *cell = Some(Arc::clone(&loaded));
        }
        Ok(loaded)
    }
}

fn newer(a: Revision, b: Revision) -> bool {
    a.segments >= b.segments
}

/// What `known` holds and what came since.
fn load(db: &Connection, known: &Catalog, now: Revision) -> Result<Catalog, StoreError> {
    let sql = |e: rusqlite::Error| sql_error(&e);
    let mut catalog = Catalog {
        revision: now,
        last_segment: known.last_segment,
        segments: known.segments.clone(),
        paths: FxHashMap::default(),
        offsets: FxHashMap::default(),
    };
    let mut ask = db.prepare_cached("SELECT id, path, clock_offset_ns FROM source").map_err(sql)?;
    let mut rows = ask.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let path: String = row.get(1).map_err(sql)?;
        let id = row.get(0).map_err(sql)?;
        catalog.paths.insert(id, path.into());
        catalog.offsets.insert(id, row.get(2).map_err(sql)?);
    }
    let mut unpacker = Unpacker::new()?;
    let mut ask = db
        .prepare_cached(
            "SELECT id, source, first_ordinal, rows, directory FROM segment WHERE id > ?1 ORDER BY id",
        )
        .map_err(sql)?;
    let mut rows = ask.query([known.last_segment]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let id: i64 = row.get(0).map_err(sql)?;
        let bad = |_| corrupt(format!("segment {id} has numbers that cannot be"));
        let count: u32 = row.get(3).map_err(bad)?;
        if count as usize > crate::writer::SEGMENT_ROWS {
            return Err(corrupt(format!("segment {id} claims {count} rows")));
        }
        let what = format!("the directory of segment {id}");
        let blob = row.get_ref(4).map_err(sql)?.as_blob().map_err(|_| damaged(&what))?;
        let bytes = unpacker.bytes(blob, &what)?;
        let mut directory = Directory::read(&bytes, count).ok_or_else(|| damaged(&what))?;
        let source = row.get(1).map_err(bad)?;
        let offset_ns = catalog.offsets.get(&source).copied().unwrap_or(0);
        directory.move_by(offset_ns, count);
        catalog.last_segment = id;
        catalog.segments.push(Arc::new(SegmentMeta {
            id,
            source,
            first_ordinal: row.get(2).map_err(bad)?,
            rows: count as usize,
            directory,
            offset_ns,
        }));
    }
    catalog.segments.sort_by_key(|s| s.first_event());
    Ok(catalog)
}
