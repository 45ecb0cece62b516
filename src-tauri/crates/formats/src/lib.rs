//! Bytes in, events and problems out: opening, sniffing, framing, decoding, normalising.
//!
//! Parsing never fails as a whole: it yields events **and** problems, and every byte of a source is in
//! an event, in a problem or is known filler. No SQL, no threads, no network and no clock are here; a
//! reference time is an argument.

pub mod coded;
#[cfg(test)]
mod corpus_tests;
pub mod declared;
pub mod framing;
pub mod normalise;
pub mod open;
pub mod said;
pub mod sniff;
#[cfg(test)]
mod testing;

use std::io::Read;
use std::sync::LazyLock;
use timberline_model::Sink;

pub use normalise::time::ParseContext;

/// What a format is: a row of `docs/formats.md`.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its id, used by `--format` ("syslog", "zeek_tsv").
    pub id: &'static str,
    /// Its title ("Syslog (RFC 3164)").
    pub title: &'static str,
    /// What writes it, and what Timberline makes of it.
    pub about: &'static str,
}

/// The beginning of a decoded source: at most 64 KiB, UTF-8 where the source was another encoding.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are the whole source.
    pub whole: bool,
    /// The file's name; a hint that may break a tie and never decides alone.
    pub name: &'a str,
}

/// How sure a format is that a source is its own, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Confidence {
    /// 0 (not mine) to 1.
    pub score: f64,
    /// Why, in words ("18 of the first 20 lines have a syslog header").
    pub why: String,
}

impl Confidence {
    /// Not mine.
    #[must_use]
    pub fn none() -> Self {
        Self { score: 0.0, why: String::new() }
    }
}

/// Why a source could not be read on. What was read before stays.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes stopped coming.
    #[error("reading stopped at byte {offset}: {why}")]
    Io {
        /// Offset in the decoded source.
        offset: u64,
        /// What the system said.
        why: std::io::Error,
    },
}

/// One way of writing events down.
pub trait Format: Sync {
    /// What it is.
    fn about(&self) -> About;
    /// Whether this is it; looks at content, never trusts the name alone.
    fn sniff(&self, head: &Head<'_>) -> Confidence;
    /// Reads it all. `input` is the decoded source from its first byte.
    ///
    /// # Errors
    /// Only when the bytes cannot be read on; a bad record is a problem in the sink.
    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError>;
    /// Reads it all for its times alone, in the same order as `parse` does, so that `ctx` learns which years
    /// and which order of dates they imply. A format that finds its times faster than it reads does so here.
    ///
    /// # Errors
    /// As `parse`.
    fn look_ahead(&self, input: &mut dyn Read, ctx: &ParseContext) -> Result<(), ReadError> {
        self.parse(input, ctx, &mut open::Nowhere::default())
    }
}

/// Every format that comes with Timberline; the order breaks ties of confidence. With a user's own
/// they are [`formats`].
pub static FORMATS: LazyLock<Vec<&'static dyn Format>> = LazyLock::new(|| {
    let declared = declared::built_in().iter().map(|f| f as &dyn Format);
    let products = coded::json_products::PRODUCTS.iter().map(|p| p as &dyn Format);
    products.chain(coded::FORMATS.iter().copied()).chain(declared).collect()
});

/// Every format that is in use now: a user's own, then [`FORMATS`].
#[must_use]
pub fn formats() -> Vec<&'static dyn Format> {
    let own = declared::own_in_use().into_iter().map(|f| f as &dyn Format);
    own.chain(FORMATS.iter().copied()).collect()
}
