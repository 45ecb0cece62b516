//! One segment being looked at: its columns are unpacked when they are asked for, and kept while it is open.

use super::catalog::SegmentMeta;
use crate::error::{corrupt, sql_error};
use crate::segment::bitmap::Bitmap;
use crate::segment::decode::{self, Column};
use crate::segment::dictionary::Dict;
use crate::segment::directory::offset_value;
use crate::segment::pack::{Unpacker, damaged};
use crate::segment::{chunk, chunk_range};
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;
use timberline_model::field::virtual_field;
use timberline_model::time::moved;
use timberline_model::{NO_TIME, StoreError, Value};

/// A connection in a read transaction, with what is needed to unpack.
pub(crate) struct Worker {
    pub(crate) db: Connection,
    pub(crate) unpacker: Unpacker,
}

impl Worker {
    /// Does something with a chunk without copying it first.
    fn with_chunk<T>(
        &mut self,
        segment: i64,
        number: u16,
        act: impl FnOnce(&[u8], &mut Unpacker) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (from, _) = chunk_range(segment);
        let mut ask =
            self.db.prepare_cached("SELECT data FROM chunk WHERE id = ?1").map_err(|e| sql_error(&e))?;
        let unpacker = &mut self.unpacker;
        let done = ask
            .query_row([from + i64::from(number)], |row| {
                Ok(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from).map(|b| act(b, unpacker)))
            })
            .optional()
            .map_err(|e| sql_error(&e))?;
        match done {
            Some(Ok(done)) => done,
            Some(Err(e)) => Err(sql_error(&e)),
            None => Err(corrupt(format!("chunk {number} of segment {segment} is missing"))),
        }
    }
}

/// The raw records of some rows, unpacked.
struct RawRun {
    block: usize,
    bytes: Vec<u8>,
}

/// A segment being looked at.
pub(crate) struct Open<'w> {
    worker: &'w mut Worker,
    pub(crate) meta: &'w SegmentMeta,
    path: Arc<str>,
    times: Option<Arc<[i64]>>,
    lens: Option<Arc<[i64]>>,
    offsets: Option<Arc<[i64]>>,
    lines: Option<Arc<[i64]>>,
    columns: Vec<(Box<str>, Column)>,
    run: Option<RawRun>,
}

impl<'w> Open<'w> {
    pub(crate) fn new(worker: &'w mut Worker, meta: &'w SegmentMeta, path: Arc<str>) -> Self {
        Self {
            worker,
            meta,
            path,
            times: None,
            lens: None,
            offsets: None,
            lines: None,
            columns: Vec::new(),
            run: None,
        }
    }

    /// Rows of the segment.
    pub(crate) fn rows(&self) -> usize {
        self.meta.rows
    }

    /// The path of its source.
    pub(crate) fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// Times by row, moved by the source's clock offset; [`NO_TIME`] of undated ones.
    pub(crate) fn times(&mut self) -> Result<Arc<[i64]>, StoreError> {
        if let Some(times) = &self.times {
            return Ok(Arc::clone(times));
        }
        let (rows, dated) = (self.rows(), self.meta.directory.dated as usize);
        let mut times = self.worker.with_chunk(self.meta.id, chunk::TIME, |data, unpacker| {
            decode::times(&unpacker.bytes(data, "a column of times")?, rows, dated)
        })?;
        if self.meta.offset_ns != 0 {
            times.iter_mut().for_each(|time| *time = moved(*time, self.meta.offset_ns));
        }
        let times: Arc<[i64]> = times.into();
        self.times = Some(Arc::clone(&times));
        Ok(times)
    }

    fn numbers(&mut self, number: u16, what: &'static str) -> Result<Vec<i64>, StoreError> {
        let rows = self.rows();
        self.worker.with_chunk(self.meta.id, number, |data, unpacker| {
            decode::numbers(&unpacker.bytes(data, what)?, rows, what)
        })
    }

    /// Lengths of the raw records by row.
    pub(crate) fn lens(&mut self) -> Result<Arc<[i64]>, StoreError> {
        if let Some(lens) = &self.lens {
            return Ok(Arc::clone(lens));
        }
        let lens: Arc<[i64]> = self.numbers(chunk::LEN, "a column of lengths")?.into();
        self.lens = Some(Arc::clone(&lens));
        Ok(lens)
    }

    /// Offsets in the source by row.
    pub(crate) fn offsets(&mut self) -> Result<Arc<[i64]>, StoreError> {
        if let Some(offsets) = &self.offsets {
            return Ok(Arc::clone(offsets));
        }
        let lens = self.lens()?;
        let offsets: Arc<[i64]> =
            decode::offsets(self.numbers(chunk::OFFSET, "a column of offsets")?, &lens).into();
        self.offsets = Some(Arc::clone(&offsets));
        Ok(offsets)
    }

    /// Lines in the source by row.
    pub(crate) fn lines(&mut self) -> Result<Arc<[i64]>, StoreError> {
        if let Some(lines) = &self.lines {
            return Ok(Arc::clone(lines));
        }
        let lines: Arc<[i64]> = self.numbers(chunk::LINE, "a column of lines")?.into();
        self.lines = Some(Arc::clone(&lines));
        Ok(lines)
    }

    /// What of the times was assumed, by row.
    pub(crate) fn assumed(&mut self) -> Result<Vec<i64>, StoreError> {
        self.numbers(chunk::ASSUMED, "a column of assumptions")
    }

    /// A column by name, virtual fields included.
    pub(crate) fn column(&mut self, name: &str) -> Result<Column, StoreError> {
        match name {
            virtual_field::TIMESTAMP => {
                let times = self.times()?;
                let all = self.meta.directory.dated as usize == self.rows();
                let present = (!all).then(|| Arc::new(Bitmap::of(times.len(), |row| times[row] != NO_TIME)));
                Ok(Column::Ints { values: times, present })
            }
            virtual_field::SOURCE => {
                let values = vec![i64::from(self.meta.source); self.rows()].into();
                Ok(Column::Ints { values, present: None })
            }
            virtual_field::LINE => Ok(Column::Ints { values: self.lines()?, present: None }),
            virtual_field::OFFSET => Ok(Column::Ints { values: self.offsets()?, present: None }),
            virtual_field::PATH => {
                let codes = vec![0; self.rows()].into();
                Ok(Column::Codes { dict: Arc::new(Dict::of(&self.path)), codes })
            }
            name => self.stored(name),
        }
    }

    /// A column that the log itself gave.
    pub(crate) fn stored(&mut self, name: &str) -> Result<Column, StoreError> {
        if let Some((_, column)) = self.columns.iter().find(|(n, _)| **n == *name) {
            return Ok(column.clone());
        }
        let meta = self.meta;
        if name == virtual_field::CLOCK_OFFSET && meta.offset_ns != 0 {
            return Ok(match offset_value(meta.offset_ns) {
                Value::Int(n) => Column::Ints { values: vec![n; self.rows()].into(), present: None },
                value => {
                    let seconds = value.number().unwrap_or(0.0);
                    Column::Floats { values: vec![seconds; self.rows()].into(), present: None }
                }
            });
        }
        let Some(info) = meta.directory.column(name) else { return Ok(Column::Missing) };
        let dict = if info.dict == 0 { None } else { Some(Arc::new(self.dict(name)?)) };
        let rows = self.rows();
        let column = self.worker.with_chunk(meta.id, info.data, |data, unpacker| {
            decode::column(info, rows, data, dict, unpacker)
        })?;
        self.columns.push((name.into(), column.clone()));
        Ok(column)
    }

    /// The dictionary of a stored column that has one.
    pub(crate) fn dict(&mut self, name: &str) -> Result<Dict, StoreError> {
        let info = self.meta.directory.column(name).ok_or_else(|| damaged("a dictionary"))?;
        self.worker.with_chunk(self.meta.id, info.dict, |data, unpacker| decode::dict(info, data, unpacker))
    }

    /// The rows of a raw block, as `[from, to)`.
    pub(crate) fn block_rows(&self, block: usize) -> (usize, usize) {
        let blocks = &self.meta.directory.raw;
        let from = blocks.get(block).map_or(self.rows(), |b| b.first_row as usize);
        (from, blocks.get(block + 1).map_or(self.rows(), |b| b.first_row as usize))
    }

    /// Calls `see` with the bytes of a block and, for each of its rows, where the row's record begins;
    /// one more entry says where the last ends.
    pub(crate) fn with_block<T>(
        &mut self,
        block: usize,
        see: impl FnOnce(&[u8], &[usize]) -> T,
    ) -> Result<T, StoreError> {
        let (from, to) = self.block_rows(block);
        let lens = self.lens()?;
        let mut starts = Vec::with_capacity(to - from + 1);
        let mut at = 0usize;
        starts.push(0);
        for len in &lens[from..to] {
            at = usize::try_from(*len)
                .ok()
                .and_then(|l| at.checked_add(l))
                .ok_or_else(|| damaged("raw records"))?;
            starts.push(at);
        }
        if self.run.as_ref().is_none_or(|run| run.block != block) {
            let number = self.meta.directory.raw.get(block).ok_or_else(|| damaged("raw records"))?.chunk;
            let bytes = self
                .worker
                .with_chunk(self.meta.id, number, |data, unpacker| unpacker.bytes(data, "raw records"))?;
            self.run = Some(RawRun { block, bytes });
        }
        match &self.run {
            Some(run) if run.bytes.len() == at => Ok(see(&run.bytes, &starts)),
            _ => Err(damaged("raw records")),
        }
    }

    /// The raw record of a row.
    pub(crate) fn raw(&mut self, row: usize) -> Result<Vec<u8>, StoreError> {
        let block =
            self.meta.directory.raw.partition_point(|b| b.first_row as usize <= row).saturating_sub(1);
        let (from, _) = self.block_rows(block);
        let nth = row - from;
        self.with_block(block, |bytes, starts| bytes[starts[nth]..starts[nth + 1]].to_vec())
    }
}
