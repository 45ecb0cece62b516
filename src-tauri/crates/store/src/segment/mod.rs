//! Immutable column segments: up to 65,536 events of one source, each column a compressed blob.
//!
//! [`build`] gathers rows in memory, [`encode`] turns them into chunks and a [`directory`], [`decode`] gives
//! columns back. Which segments a question needs, and what it does with them, is `scan`'s.

#[cfg(feature = "fuzzing")]
pub(crate) mod any;
pub(crate) mod bitmap;
pub(crate) mod build;
pub(crate) mod decode;
pub(crate) mod dictionary;
pub(crate) mod directory;
pub(crate) mod encode;
pub(crate) mod pack;

/// The numbers of a segment's chunks in the case, as `[from, to)`.
pub(crate) fn chunk_range(segment: i64) -> (i64, i64) {
    (segment << 16, (segment + 1) << 16)
}

/// Chunks with a fixed place; those of the columns and of the raw blocks follow.
pub(crate) mod chunk {
    /// Times of the rows.
    pub(crate) const TIME: u16 = 0;
    /// What of the times was assumed.
    pub(crate) const ASSUMED: u16 = 1;
    /// Line numbers.
    pub(crate) const LINE: u16 = 2;
    /// Offsets, less what the record before them lets expect.
    pub(crate) const OFFSET: u16 = 3;
    /// Lengths of the raw records.
    pub(crate) const LEN: u16 = 4;
    /// The first chunk that the directory gives out.
    pub(crate) const FREE: u16 = 5;
}
