//! What a record is about where only its own words tell: the names that products give their events. Used where a
//! carrier (CEF, LEEF, `key=value`) says what happened in a phrase and in no field.

use crate::normalise::text;

/// Words and the category of what is told with them; the first that stands there decides.
const CATEGORIES: &[(&str, &[&str])] = &[
    (
        "iam",
        &[
            "user created",
            "user added",
            "user deleted",
            "user removed",
            "account created",
            "account deleted",
            "account changed",
            "account disabled",
            "account enabled",
            "account locked",
            "account unlocked",
            "added to group",
            "removed from group",
            "group created",
            "password change",
            "password reset",
            "changed password",
            "role assign",
            "privilege",
            "add user",
            "delete user",
            "update user",
        ],
    ),
    (
        "authentication",
        &[
            "login",
            "logon",
            "log in",
            "log on",
            "logged in",
            "logged on",
            "logged out",
            "logged off",
            "logout",
            "logoff",
            "sign-in",
            "signin",
            "sign in",
            "authent",
            "auth fail",
            "auth success",
            "invalid password",
            "wrong password",
            "two-factor",
            "multi-factor",
            "one-time password",
        ],
    ),
    (
        "malware",
        &["malware", "virus", "trojan", "ransom", "spyware", "botnet", "infected", "c&c", "malicious"],
    ),
    (
        "intrusion_detection",
        &[
            "attack",
            "intrusion",
            "exploit",
            "scan",
            "signature",
            "threat",
            "brute",
            "flood",
            "injection",
            "spoof",
        ],
    ),
    ("email", &["mail", "spam", "phish"]),
    (
        "configuration",
        &["config", "setting", "policy install", "policy change", "rule added", "rule changed", "commit"],
    ),
    ("process", &["process"]),
    ("file", &["file"]),
];

const BAD: &[&str] = &[
    "fail",
    "denied",
    "deny",
    "invalid",
    "incorrect",
    "wrong",
    "reject",
    "refused",
    "unsuccessful",
    "unauthorized",
    "locked out",
    "not allowed",
    "blocked",
    "error",
];
const GOOD: &[&str] = &[
    "success",
    "succeeded",
    "accepted",
    "granted",
    "allowed",
    "permitted",
    "logged in",
    "logged on",
    "approved",
    "passed",
];

/// The longest phrase that is looked at.
const REACH: usize = 256;

/// A phrase in small letters, cut.
#[derive(Debug)]
pub struct Phrase {
    text: [u8; REACH],
    len: usize,
}

impl Phrase {
    /// Of these words.
    #[must_use]
    pub fn new(words: &[u8]) -> Self {
        let mut text = [0; REACH];
        let len = words.len().min(REACH);
        text[..len].copy_from_slice(&words[..len]);
        text[..len].make_ascii_lowercase();
        Self { text, len }
    }

    /// Whether a word stands in it.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        text::place(&self.text[..self.len], word.as_bytes()).is_some()
    }

    /// What it is about, if the words tell.
    #[must_use]
    pub fn category(&self) -> Option<&'static str> {
        CATEGORIES.iter().find(|(_, words)| words.iter().any(|w| self.has(w))).map(|(category, _)| *category)
    }

    /// How it ended, if the words tell; a word of failure counts more (`successfully blocked`, `login failed`).
    #[must_use]
    pub fn outcome(&self) -> Option<bool> {
        if BAD.iter().any(|w| self.has(w)) {
            return Some(false);
        }
        GOOD.iter().any(|w| self.has(w)).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_happened() {
        let check = |text: &str, category: Option<&str>, outcome: Option<bool>| {
            let phrase = Phrase::new(text.as_bytes());
            assert_eq!((phrase.category(), phrase.outcome()), (category, outcome), "{text}");
        };
        check("User login failed", Some("authentication"), Some(false));
        check("An account was successfully logged on", Some("authentication"), Some(true));
        check("Password changed for user", Some("iam"), None);
        check("Virus found", Some("malware"), None);
        check("PORT SCAN", Some("intrusion_detection"), None);
        check("Web request", None, None);
        check("", None, None);
    }
}
