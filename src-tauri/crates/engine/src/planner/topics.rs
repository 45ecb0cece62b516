//! Kinds of attack that are asked for by name ("lateral movement", "beaconing"): no filter shows them, detectors do. A topic says
//! which cards are about it, by their detector and by the ATT&CK techniques that they name.

use super::words::Words;
use timberline_model::Finding;

/// A kind of attack.
pub struct Topic {
    /// Kept with the turn.
    pub id: &'static str,
    /// In a sentence.
    pub name: &'static str,
    /// What it is called.
    phrases: &'static [&'static str],
    /// Parts of the ids of the detectors that look for it.
    detectors: &'static [&'static str],
    /// Techniques of ATT&CK that are it; their sub-techniques too.
    attack: &'static [&'static str],
}

/// All topics.
pub const TOPICS: &[Topic] = &[
    Topic {
        id: "lateral",
        name: "lateral movement",
        phrases: &["lateral movement", "lateral", "laterally", "pivot*", "east-west movement"],
        detectors: &["lateral", "fanout"],
        attack: &["T1021", "T1570", "T1210", "T1550", "T1563"],
    },
    Topic {
        id: "beacon",
        name: "beaconing or command and control",
        phrases: &[
            "c2 beacon*",
            "beacon*",
            "c2",
            "c&c",
            "command and control",
            "command-and-control",
            "heartbeat*",
            "call* home",
            "phon* home",
        ],
        detectors: &["beacon", "c2"],
        attack: &["T1071", "T1573", "T1095", "T1571", "T1568", "T1572", "T1102"],
    },
    Topic {
        id: "exfiltration",
        name: "exfiltration",
        phrases: &["exfiltration", "exfiltrat*", "data theft", "data leak*", "stole*", "steal*", "leaked"],
        detectors: &["exfil"],
        attack: &["T1041", "T1048", "T1567", "T1020", "T1030", "T1537", "T1052", "T1029"],
    },
    Topic {
        id: "scan",
        name: "scanning",
        phrases: &[
            "port scan*",
            "portscan*",
            "scan",
            "scans",
            "scanned",
            "scanning",
            "network sweep*",
            "reconnaissance",
            "recon",
        ],
        detectors: &["scan", "sweep", "fanout", "enumerat"],
        attack: &["T1046", "T1595", "T1018"],
    },
    Topic {
        id: "spray",
        name: "password spraying",
        phrases: &["password spray*", "password-spray*", "spraying", "sprayed", "spray"],
        detectors: &["spray"],
        attack: &["T1110.003"],
    },
    Topic {
        id: "tunnel",
        name: "tunnelling",
        phrases: &["dns tunnel*", "tunnel*", "covert channel*"],
        detectors: &["tunnel"],
        attack: &["T1071.004", "T1572"],
    },
    Topic {
        id: "web_attack",
        name: "attacks on web applications",
        phrases: &[
            "sql injection*",
            "sqli",
            "injection attack*",
            "web shell*",
            "webshell*",
            "path traversal*",
            "directory traversal*",
            "web attack*",
            "exploit*",
            "xss",
        ],
        detectors: &["web_", "webshell", "traversal", "injection"],
        attack: &["T1190", "T1505.003", "T1595.002", "T1595.003"],
    },
    Topic {
        id: "persistence",
        name: "persistence",
        phrases: &["persistence", "persist*", "backdoor*"],
        detectors: &["persist"],
        attack: &["T1053", "T1543", "T1136", "T1547", "T1098", "T1505", "T1546"],
    },
    Topic {
        id: "credentials",
        name: "theft of credentials",
        phrases: &[
            "credential dump*",
            "credential theft",
            "credentials stolen",
            "kerberoast*",
            "lsass",
            "mimikatz",
        ],
        detectors: &["credential", "kerberoast", "lsass"],
        attack: &["T1003", "T1558", "T1555", "T1552"],
    },
    Topic {
        id: "ransomware",
        name: "ransomware",
        phrases: &["ransomware", "encrypted files", "shadow cop*"],
        detectors: &["ransom", "shadow"],
        attack: &["T1486", "T1490"],
    },
];

/// A topic by its id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|t| t.id == id)
}

/// Finds the topic of a question and marks its words.
pub fn take(words: &mut Words) -> Option<&'static Topic> {
    // "Exfiltrated bytes" and the like ask for numbers.
    if words.has_any(&["bytes", "byte", "how much", "volume", "megabytes", "gigabytes"]) {
        return None;
    }
    let topic = TOPICS.iter().find(|t| words.take_any(t.phrases))?;
    for other in TOPICS {
        words.take_any(other.phrases);
    }
    words.take_any(&[
        "movement",
        "hunt",
        "hunting",
        "evidence",
        "sign",
        "signs",
        "indication*",
        "indicator*",
        "trace",
        "traces",
        "activity",
        "dmz",
        "network",
        "start",
        "started",
        "end",
        "ended",
        "begin",
        "stop",
    ]);
    Some(topic)
}

impl Topic {
    /// Whether a card is about it.
    #[must_use]
    pub fn fits(&self, card: &Finding) -> bool {
        self.detectors.iter().any(|d| card.detector.contains(d))
            || card
                .attack
                .iter()
                .any(|id| self.attack.iter().any(|a| id == a || id.starts_with(&format!("{a}."))))
    }
}
