//! Passwords of archives, on their way from the user to the reader of the archive and nowhere else.

use zeroize::Zeroizing;

/// What the user gave to open encrypted archives: a password, or several, a line each. Neither shown nor written.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// From what the user gave.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The passwords to try, in turn.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.lines().filter(|line| !line.is_empty())
    }
}

impl Default for Password {
    fn default() -> Self {
        Self::new("")
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a password)")
    }
}
/// What to say of something encrypted that so many passwords did not open.
pub fn wanted(tried: usize) -> String {
    match tried {
        0 => "encrypted: give its password (--password-file FILE on the command line)".to_owned(),
        1 => "encrypted, and the password that was given does not open it".to_owned(),
        n => format!("encrypted, and none of the {n} passwords that were given opens it"),
    }
}
