//! The gate: the only crate that may open a connection. Owns the policy, the decision about an endpoint and the
//! ledger of what was sent.
//!
//! There is no network code here yet: the gate decides, and since nothing can be sent, the ledger stays at nought. The
//! client will live in this crate and can only be reached through [`Gate`]. What is sent, and what it means, is not
//! this crate's.

mod endpoint;
mod ledger;

pub use endpoint::{Endpoint, Place};
pub use ledger::Ledger;
use serde::{Deserialize, Serialize};

/// How far a case's data may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nowhere: only to programs on this machine.
    #[default]
    LocalOnly,
}

impl Policy {
    /// As it is shown.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LocalOnly => "Local only",
        }
    }
}

/// Whether something may be sent to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed(Endpoint),
    /// It may not, with the reason as a sentence.
    Refused(String),
}

impl Decision {
    /// Whether it may.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// The gate at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The policy that holds.
    pub policy: Policy,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Calls made.
    pub calls: u64,
}

/// Stands between the application and the network.
#[derive(Debug, Default)]
pub struct Gate {
    policy: Policy,
    ledger: Ledger,
}

impl Gate {
    /// With a policy and an empty ledger.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, ledger: Ledger::default() }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was sent.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The policy, and what was sent so far.
    #[must_use]
    pub fn state(&self) -> State {
        State { policy: self.policy, bytes_sent: self.ledger.bytes_sent(), calls: self.ledger.calls() }
    }

    /// Decides about an endpoint, given as a URL. The host must be a loopback address or `localhost` as written: a name
    /// is never looked up to decide, since the answer may be another one a moment later.
    #[must_use]
    pub fn decide(&self, url: &str) -> Decision {
        let endpoint = match Endpoint::parse(url) {
            Ok(endpoint) => endpoint,
            Err(why) => return Decision::Refused(why.to_owned()),
        };
        match (&self.policy, endpoint.place()) {
            (Policy::LocalOnly, Place::Loopback) => Decision::Allowed(endpoint),
            (Policy::LocalOnly, Place::Elsewhere) => Decision::Refused(format!(
                "the policy is \"{}\", and {} is not this machine",
                self.policy.title(),
                endpoint.host()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allowed: bool) {
        let decision = Gate::default().decide(url);
        assert_eq!(decision.is_allowed(), allowed, "{url}: {decision:?}");
    }

    #[test]
    fn this_machine_is_allowed() {
        for url in [
            "http://127.0.0.1:8080/v1/chat/completions",
            "http://127.0.0.1",
            "https://localhost:11434",
            "http://LocalHost/v1",
            "http://[::1]:8080/v1",
            "http://127.8.9.10/",
            "http://[::ffff:127.0.0.1]:80/",
        ] {
            check(url, true);
        }
    }

    #[test]
    fn everything_else_is_refused_however_it_is_dressed_up() {
        for url in [
            "https://api.example.com/v1",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://evil.example/127.0.0.1",
            "http://evil.example#127.0.0.1",
            "http://evil.example?@127.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://evil.example\\@127.0.0.1/",
            "http://127.0.0.1\\.evil.example/",
            "http://127.0.0.1%2eevil.example/",
            "http://user:secret@127.0.0.1/",
            "http://0.0.0.0:8080/",
            "http://[::]:8080/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://127.0.0.256/",
            "http://10.0.0.1/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[::1%25eth0]/",
            "http://[::1]evil.example/",
            "http://[::1/",
            "http://localhost./",
            "http://\u{ff11}27.0.0.1/",
            "http://loc\u{0430}lhost/",
            "http://127.0.0.1\u{3002}evil.example/",
            "http://127.0.0.1\r\nHost: evil.example",
            "http:// 127.0.0.1/",
            "http://127.0.0.1 .evil.example/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:80a/",
            "http://127.0.0.1:/",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            "unix:///run/socket",
            "//127.0.0.1/",
            "127.0.0.1",
            "http://",
            "http:127.0.0.1",
            "",
        ] {
            check(url, false);
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let Decision::Refused(why) = Gate::default().decide("https://api.example.com/v1") else {
            panic!("allowed")
        };
        assert!(why.contains("Local only") && why.contains("api.example.com"), "{why}");
    }

    #[test]
    fn nothing_was_sent() {
        let gate = Gate::new(Policy::LocalOnly);
        assert!(gate.decide("http://127.0.0.1/").is_allowed());
        assert_eq!((gate.ledger().bytes_sent(), gate.ledger().calls()), (0, 0), "deciding sends nothing");
    }
}
