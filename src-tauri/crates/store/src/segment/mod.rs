//! Immutable column segments.

/// The numbers of a segment's chunks, as `[from, to)`.
pub(crate) fn chunk_range(segment: i64) -> (i64, i64) {
    (segment << 16, (segment + 1) << 16)
}
