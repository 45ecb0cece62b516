//! What was sent, counted. The record of each call, with its payload, comes with the client.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what left. It only grows.
#[derive(Debug, Default)]
pub struct Ledger {
    bytes: AtomicU64,
    calls: AtomicU64,
}

impl Ledger {
    /// Notes a call that sent so many bytes. Only the gate's own client may call it.
    #[cfg_attr(not(test), expect(dead_code, reason = "nothing can be sent yet"))]
    pub(crate) fn note(&self, bytes: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let _ = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| Some(sum.saturating_add(bytes)));
    }

    /// Bytes sent in all.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Calls made in all.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_and_never_wraps() {
        let ledger = Ledger::default();
        ledger.note(10);
        ledger.note(u64::MAX);
        assert_eq!((ledger.calls(), ledger.bytes_sent()), (2, u64::MAX));
    }
}
