//! What was sent, counted, since the program started. What is kept is the record's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Questions whose bytes are remembered.
const QUESTIONS: usize = 1_000;

/// Counts what was sent. It only grows.
#[derive(Debug, Default)]
pub struct Ledger {
    left: AtomicU64,
    local: AtomicU64,
    calls: AtomicU64,
    questions: Mutex<HashMap<String, u64>>,
}

impl Ledger {
    /// Notes a call that sent so many bytes. Only the gate's own client may call it.
    pub(crate) fn note(&self, bytes: u64, leaves: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let sum = if leaves { &self.left } else { &self.local };
        let _ = sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| Some(sum.saturating_add(bytes)));
    }

    /// Notes bytes that leave the machine for a question; an empty one is no question.
    pub(crate) fn note_question(&self, question: &str, bytes: u64) {
        if question.is_empty() {
            return;
        }
        let mut asked = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= QUESTIONS {
            asked.clear();
        }
        let sum = asked.entry(question.to_owned()).or_default();
        *sum = sum.saturating_add(bytes);
    }

    /// Bytes that left the machine for a question.
    pub(crate) fn sent_for(&self, question: &str) -> u64 {
        let asked = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(question).copied().unwrap_or(0)
    }

    /// Bytes that left the machine.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Bytes that went to programs on this machine.
    #[must_use]
    pub fn bytes_local(&self) -> u64 {
        self.local.load(Ordering::Relaxed)
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
        ledger.note(10, true);
        ledger.note(u64::MAX, true);
        ledger.note(3, false);
        assert_eq!((ledger.calls(), ledger.bytes_sent(), ledger.bytes_local()), (3, u64::MAX, 3));
    }
}
