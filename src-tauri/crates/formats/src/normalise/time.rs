//! Times as logs write them. Being written.

use timberline_model::Stamp;

/// What a format needs to know about the source while it reads: zone and year of times that name none.
#[derive(Debug, Default)]
pub struct ParseContext {}

impl ParseContext {
    /// UTC, anchored on 2026-11-20.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {}
    }

    /// Any textual time stamp that is known, whole and without anything around it but spaces.
    #[must_use]
    pub fn stamp(&self, text: &[u8]) -> Option<Stamp> {
        let text = std::str::from_utf8(text).ok()?;
        timberline_model::time::parse_rfc3339(text).map(Stamp::stated)
    }

    /// A whole number of s, ms, us or ns since 1970, by its size.
    #[must_use]
    pub fn epoch(&self, n: i64) -> Option<Stamp> {
        let ns = match n.unsigned_abs() {
            0..100_000_000_000 => n.checked_mul(1_000_000_000),
            100_000_000_000..100_000_000_000_000 => n.checked_mul(1_000_000),
            100_000_000_000_000..100_000_000_000_000_000 => n.checked_mul(1_000),
            _ => Some(n),
        };
        ns.map(Stamp::stated)
    }

    /// As [`ParseContext::epoch`] for a number with a fraction.
    #[must_use]
    pub fn epoch_f64(&self, n: f64) -> Option<Stamp> {
        if !n.is_finite() || n.abs() > 9.2e18 {
            return None;
        }
        let whole = self.epoch(n.trunc() as i64)?;
        let unit = if n.abs() < 1e11 {
            1e9
        } else if n.abs() < 1e14 {
            1e6
        } else if n.abs() < 1e17 {
            1e3
        } else {
            1.0
        };
        Some(Stamp::stated(whole.ns.checked_add((n.fract() * unit).round() as i64)?))
    }
}
