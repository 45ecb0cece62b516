//! Ways of putting things that mean what other words mean: brought to the words that the rest of the planner knows before
//! anything is looked up. Only wordings stand here; what they mean is `subjects`', `wants`' and `conditions`'.

use super::words::Words;

/// Phrases, and what stands in their place; longer ones first where one holds another.
const ALIKE: &[(&[&str], &str)] = &[
    (&["at least"], "atleast"),
    (&["mistype* the password* of", "mistype* the password* for"], "failed login for"),
    (
        &[
            "wrong password*",
            "bad password*",
            "incorrect password*",
            "invalid password*",
            "guess* the password*",
            "guess* password*",
            "guess* wrong",
            "password guess*",
            "password-guess*",
            "mistype* the password*",
            "mistype* password*",
            "mistype*",
            "tried to break into",
            "trying to break into",
            "tried to break in",
            "wrong credentials",
        ],
        "failed login",
    ),
    (&["tried most to break into", "tried the most to break into"], "failed login most"),
    (&["hammering us", "hammered us", "hammering", "bombarding", "attacks us", "attacking us"], ""),
    (&["hardest", "heaviest"], "most"),
    (
        &[
            "largest number of",
            "highest number of",
            "greatest number of",
            "biggest number of",
            "largest amount of",
        ],
        "most",
    ),
    (&["smallest number of", "lowest number of"], "fewest"),
    (
        &[
            "came in",
            "come in",
            "comes in",
            "coming in",
            "got access",
            "gained access",
            "gain access",
            "gained entry",
            "got inside",
            "get inside",
            "managed to get in",
            "let in",
        ],
        "logged in",
    ),
    (&["wiped", "erased", "purged", "flushed"], "cleared"),
    (&["instead of a public key", "instead of a key", "instead of the key", "rather than a key"], ""),
    (&["public keys", "public key", "public-key"], "publickey"),
    (&["the site", "our site", "this site", "homepage"], "website"),
    (
        &[
            "be worried",
            "worried",
            "be concerned",
            "be nervous",
            "be alarmed",
            "worry about",
            "something wrong",
            "anything wrong",
            "needs attention",
            "deserves attention",
            "look into first",
            "red flags",
        ],
        "unusual",
    ),
    (
        &[
            "with root rights",
            "with root privileges",
            "with root permissions",
            "root rights",
            "root privileges",
            "with admin rights",
        ],
        "sudo",
    ),
    (
        &[
            "temp folders",
            "temp folder",
            "temporary folders",
            "temporary folder",
            "temp directories",
            "temp directory",
            "temporary directories",
            "temporary directory",
            "tmp folder",
            "tmp folders",
            "tmp directory",
        ],
        "tempfolder",
    ),
    (&["virtual machine", "virtual machines"], "virtualmachines"),
    (&["on average", "mean", "avg"], "average"),
    (&["google cloud platform", "google cloud"], "gcp"),
    (&["amazon web services"], "aws"),
    (&["microsoft azure"], "azure"),
    (&["in comparison with", "in comparison to", "compared with", "compared to", "versus", "vs"], "against"),
    (&["how come"], "why"),
    (&["not-found"], "not found"),
    (&["name the"], "list the"),
    (&["the busiest"], "busiest"),
    (&["failed to log on", "failed to log in", "failed to sign in"], "failed login"),
];

/// Words that say nothing beside a subject: how an alarm came about, who found it.
const FILLING: &[&str] = &["raise", "raised", "set off", "enter", "entered", "suffered", "suffer"];

/// Brings the words of a question to those that are known.
pub fn apply(words: &mut Words) {
    for (phrases, instead) in ALIKE {
        for phrase in *phrases {
            while let Some((at, len)) = words.fresh(phrase) {
                words.replace(at, len, instead);
            }
        }
    }
    words.take_any(FILLING);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expect: &str) {
        let mut words = Words::of(question);
        apply(&mut words);
        let lows: Vec<&str> = words.list.iter().map(|w| w.low.as_str()).collect();
        assert_eq!(lows.join(" "), expect);
    }

    #[test]
    fn other_wordings_become_known_ones() {
        check(
            "how often did someone mistype the password of bob",
            "how often did someone failed login for bob",
        );
        check("Who is hammering us the hardest?", "who is the most");
        check("logins without a public key", "logins without a publickey");
        check("at least 5", "atleast 5");
        check("who said \"at least\"", "who said at least");
    }
}
