//! Where in an intrusion a finding stands. Stories are told in this order where times are equal; the names are ATT&CK's tactics in
//! plain words, with two of ours for what is no step of anybody: the health of a system, and evidence that is missing.

use serde::{Deserialize, Serialize};

/// A step of an intrusion, in the order in which they usually come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Looking from outside (TA0043).
    Reconnaissance,
    /// Trying to get in (TA0001, TA0006).
    Attempt,
    /// In, or using an account (TA0001).
    Access,
    /// Running something (TA0002).
    Execution,
    /// Staying (TA0003).
    Persistence,
    /// More rights (TA0004).
    Privilege,
    /// Hiding (TA0005).
    Evasion,
    /// Looking around inside (TA0007).
    Discovery,
    /// Moving on (TA0008).
    Lateral,
    /// Talking to somebody outside (TA0011).
    Control,
    /// Taking data out (TA0009, TA0010).
    Exfiltration,
    /// Breaking something (TA0040).
    Impact,
    /// Evidence that is missing: gaps, holes, silence. It belongs to a story only by time and host.
    Evidence,
    /// A system that is unwell; no step of an intrusion by itself.
    Health,
}

impl Stage {
    /// As it is written in a story's step.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reconnaissance => "reconnaissance",
            Self::Attempt => "attempt",
            Self::Access => "access",
            Self::Execution => "execution",
            Self::Persistence => "persistence",
            Self::Privilege => "privilege",
            Self::Evasion => "evasion",
            Self::Discovery => "discovery",
            Self::Lateral => "lateral",
            Self::Control => "control",
            Self::Exfiltration => "exfiltration",
            Self::Impact => "impact",
            Self::Evidence => "evidence",
            Self::Health => "health",
        }
    }
}
