//! The gate: the only crate that may open a connection. It decides by [`Policy`] what may leave the
//! machine and counts what did.
//!
//! In this version the one policy is [`Policy::LocalOnly`] and nothing here opens a connection at all:
//! there is no HTTP client to reach for, so the counters can only stay at nought. What logs mean, SQLite
//! and the window are not known here.

use std::sync::atomic::{AtomicU64, Ordering};

/// What may leave the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    #[default]
    LocalOnly,
}

impl Policy {
    /// The policy in words, as the window shows it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LocalOnly => "Local only",
        }
    }
}

/// Why something was not let through.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// The policy forbids it.
    #[error("the policy is local only: nothing may be sent to {0}")]
    LocalOnly(String),
}

/// What was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The policy that holds.
    pub policy: Policy,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Calls made.
    pub calls: u64,
}

/// The gate of one process. Whoever wants to send asks [`Gate::admit`] first.
#[derive(Debug, Default)]
pub struct Gate {
    policy: Policy,
    bytes_sent: AtomicU64,
    calls: AtomicU64,
}

impl Gate {
    /// With a policy, and nothing sent yet.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy, bytes_sent: AtomicU64::new(0), calls: AtomicU64::new(0) }
    }

    /// Asks to send so many bytes to a host; counts them when they may go.
    ///
    /// # Errors
    /// [`Refused`] when the policy forbids it; nothing is counted then.
    pub fn admit(&self, host: &str, _bytes: u64) -> Result<(), Refused> {
        match self.policy {
            Policy::LocalOnly => Err(Refused::LocalOnly(host.to_owned())),
        }
    }

    /// What was let through so far.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            policy: self.policy,
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            calls: self.calls.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_only_lets_nothing_through() {
        let gate = Gate::new(Policy::LocalOnly);
        for host in ["example.org", "127.0.0.1", ""] {
            assert_eq!(gate.admit(host, 10), Err(Refused::LocalOnly(host.to_owned())));
        }
        assert_eq!(gate.state(), State { policy: Policy::LocalOnly, bytes_sent: 0, calls: 0 });
    }
}
