//! A question as words: each remembers how it was typed, and whether something has understood it yet.
//! What words mean is not here.

/// One word (or one quoted text) of a question.
#[derive(Clone, Debug)]
pub struct Word {
    /// As typed, without the punctuation around it.
    pub text: String,
    /// In lower case, without a possessive `'s`.
    pub low: String,
    /// Whether it stood in quotes, and so means itself.
    pub quoted: bool,
    /// Whether something has understood it.
    pub used: bool,
    /// Whether it belongs to a name of several words ("query types"), so that no phrase may take it.
    pub held: bool,
}

/// The words of a question.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// In order.
    pub list: Vec<Word>,
}

/// Words that carry no meaning of their own in a question.
#[rustfmt::skip]
const QUIET: &[&str] = &[
    "anyone", "anybody", "someone", "somebody", "something", "anything", "everyone", "nobody", "access", "accessed", "local",
    "a", "an", "the", "of", "in", "on", "at", "to", "from", "by", "for", "with", "me", "us", "show", "please",
    "can", "you", "could", "would", "should", "like", "i", "we", "want", "need", "is", "are", "was", "were",
    "be", "been", "being", "do", "does", "did", "has", "have", "had", "there", "any", "all", "it", "its",
    "this", "that", "these", "those", "and", "or", "what", "which", "who", "whom", "whose", "when", "where",
    "how", "many", "much", "give", "tell", "my", "our", "get", "see", "find", "list", "display", "print", "out",
    "into", "over", "during", "within", "per", "each", "every", "log", "logs", "data", "case", "so", "as", "if",
    "then", "also", "just", "only", "same", "they", "them", "their", "he", "she", "his", "her", "look",
    "looking", "check", "whether", "occur", "occurred", "happen", "happened", "happening", "exist", "exists",
    "seen", "see", "made", "make", "come", "came", "go", "went", "used", "use", "using", "appear", "appears",
    "appeared", "take", "took", "place", "some", "ever", "via", "through", "between", "about", "around",
    "whole", "entire", "overall", "total", "here", "now", "other", "others", "else", "than", "more", "most",
    "least", "number", "count", "amount", "no", "but", "were", "will", "against", "up", "off", "type",
    "types", "kind", "kinds", "values", "value", "field", "fields", "different", "various", "details", "detail",
    "information", "info", "full", "quick", "quickly", "hey", "hi", "hello", "thanks", "help", "think", "know",
    "let", "lets", "let's", "i'd", "i'm", "what's", "who's", "where's", "when's", "did", "got",
    "gets", "getting", "under", "across", "among", "amongst", "him", "along", "together", "yet", "still",
    "actually", "really", "exactly", "approximately", "roughly", "possible", "possibly", "present", "found",
    "recorded", "logged", "show", "shown", "contain", "contains", "include", "includes", "belong", "belongs",
    "perform", "performed", "one", "ones", "thing", "things", "were", "tried", "try", "trying", "issue",
    "issued", "involving", "involved", "related", "regarding", "concerning", "associated", "doing", "done",
    "wish", "may", "might", "must", "it's", "returned", "returns", "return", "returning", "gave", "gives", "given",
    "giving", "called", "call", "calling", "caused", "causes", "cause", "produced", "produce", "produces",
    "resulted", "resulting", "ended", "ends", "back", "wrote", "written", "write", "writes", "generated",
    "generate", "generates", "comes", "coming", "attempt", "attempts", "attempted", "kindly", "wondering",
    "interested", "question", "following", "respective", "respectively", "currently", "altogether", "overall",
    "responsible", "having", "observed", "happens", "occurs", "occurring", "works", "answer", "answered", "say",
    "says", "said", "quickly", "simply", "briefly", "ask", "asking", "hunt", "your", "you're", "times", "opened", "open", "another", "distinct", "unique",
    "initiated", "started", "accessing", "existing", "belonging", "coming", "counts", "account for", "ip's",
];

/// Words that turn a question round; one that nothing understood must not be passed over.
const TURNS: &[&str] = &[
    "not",
    "except",
    "excluding",
    "without",
    "never",
    "neither",
    "nor",
    "didn't",
    "wasn't",
    "weren't",
    "isn't",
    "doesn't",
    "don't",
    "hasn't",
    "haven't",
    "cannot",
    "can't",
    "besides",
    "unless",
    "ignoring",
    "minus",
];

impl Words {
    /// Splits a question.
    #[must_use]
    pub fn of(question: &str) -> Self {
        let mut list = Vec::new();
        let mut rest = question.trim();
        while let Some(first) = rest.chars().next() {
            let closing = match first {
                '"' | '`' => Some(first),
                '\u{201c}' | '\u{201d}' => Some('\u{201d}'),
                '\'' => Some('\''),
                _ => None,
            };
            let inside = closing.and_then(|close| {
                let after = rest.get(first.len_utf8()..)?;
                let end = after.find(close)?;
                // An apostrophe closes only at the end of a word.
                let next = after.get(end + close.len_utf8()..)?.chars().next();
                (close != '\'' || next.is_none_or(|c| !c.is_alphanumeric())).then_some((after, end, close))
            });
            if let Some((after, end, close)) = inside {
                let text = after.get(..end).unwrap_or("").to_owned();
                if !text.trim().is_empty() {
                    list.push(Word {
                        low: text.to_lowercase(),
                        text,
                        quoted: true,
                        used: false,
                        held: false,
                    });
                }
                rest = after.get(end + close.len_utf8()..).unwrap_or("").trim_start();
                continue;
            }
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after.trim_start();
            // Both ways: no side is asked for.
            let both = matches!(word.to_lowercase().as_str(), "to/from" | "from/to");
            push_word(&mut list, if both { "involving" } else { word });
        }
        Self { list }
    }

    /// Whether a word that carries no meaning of its own.
    #[must_use]
    pub fn is_quiet(low: &str) -> bool {
        QUIET.contains(&low) || low.chars().all(|c| !c.is_alphanumeric())
    }

    /// Where a phrase stands first, from `from` on: its first word. Words are parted by spaces; one that ends
    /// in `*` stands for all that begin so; used and quoted words count only where `fresh` is not asked.
    fn place(&self, phrase: &str, from: usize, fresh: bool) -> Option<(usize, usize)> {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let fits = |word: &Word, part: &str| {
            let open = !word.quoted && !word.held && (!fresh || !word.used);
            open && match part.strip_suffix('*') {
                Some(stem) => word.low.starts_with(stem),
                None => word.low == part,
            }
        };
        (from..self.list.len().saturating_sub(parts.len() - 1)).find_map(|at| {
            let here = self.list.get(at..at + parts.len())?;
            here.iter().zip(&parts).all(|(w, p)| fits(w, p)).then_some((at, parts.len()))
        })
    }

    /// Whether a phrase stands in the question.
    #[must_use]
    pub fn has(&self, phrase: &str) -> bool {
        self.place(phrase, 0, false).is_some()
    }

    /// Whether any of the phrases stands in the question.
    #[must_use]
    pub fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|p| self.has(p))
    }

    /// Where a phrase begins.
    #[must_use]
    pub fn find(&self, phrase: &str) -> Option<usize> {
        self.place(phrase, 0, false).map(|(at, _)| at)
    }

    /// Marks a phrase as understood wherever it stands, and says whether it does.
    pub fn take(&mut self, phrase: &str) -> bool {
        let mut from = 0;
        let mut found = false;
        while let Some((at, len)) = self.place(phrase, from, false) {
            self.mark(at, len);
            from = at + len;
            found = true;
        }
        found
    }

    /// Marks all of the phrases that stand in the question, and says whether any does.
    pub fn take_any(&mut self, phrases: &[&str]) -> bool {
        // All of them: no stopping at the first.
        phrases.iter().filter(|p| self.take(p)).count() > 0
    }

    /// Where a phrase of words that nothing has understood yet stands: its first word and its length.
    #[must_use]
    pub fn fresh(&self, phrase: &str) -> Option<(usize, usize)> {
        self.place(phrase, 0, true)
    }

    /// Marks a phrase of words that nothing has understood yet, wherever it stands, and says whether it does.
    pub fn take_fresh(&mut self, phrases: &[&str]) -> bool {
        let mut found = false;
        for phrase in phrases {
            while let Some((at, len)) = self.place(phrase, 0, true) {
                self.mark(at, len);
                found = true;
            }
        }
        found
    }

    /// Whether any of the phrases stands among words that nothing has understood yet.
    #[must_use]
    pub fn fresh_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|p| self.place(p, 0, true).is_some())
    }

    /// Whether a word turns what stands after it round.
    #[must_use]
    pub fn turns(low: &str) -> bool {
        TURNS.contains(&low)
    }

    /// Marks words as understood.
    pub fn mark(&mut self, at: usize, len: usize) {
        for word in self.list.iter_mut().skip(at).take(len) {
            word.used = true;
        }
    }

    /// Puts other words in the place of some; a single one keeps how it was typed.
    pub fn replace(&mut self, at: usize, len: usize, instead: &str) {
        let typed: Vec<String> = self.list.iter().skip(at).take(len).map(|w| w.text.clone()).collect();
        let new = instead.split_whitespace().enumerate().map(|(i, low)| Word {
            text: typed.get(i).filter(|_| typed.len() == 1).cloned().unwrap_or_else(|| low.to_owned()),
            low: low.to_owned(),
            quoted: false,
            used: false,
            held: false,
        });
        let end = (at + len).min(self.list.len());
        self.list.splice(at.min(end)..end, new.collect::<Vec<_>>());
    }

    /// The word at a place, in lower case; empty outside.
    #[must_use]
    pub fn low(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |w| w.low.as_str())
    }

    /// The word before a place, articles and the like left out.
    #[must_use]
    pub fn before(&self, at: usize) -> &str {
        let plain = |w: &&Word| {
            !matches!(
                w.low.as_str(),
                "the"
                    | "a"
                    | "an"
                    | "this"
                    | "that"
                    | "address"
                    | "ip"
                    | "host"
                    | "user"
                    | "account"
                    | "machine"
                    | "server"
                    | "system"
            )
        };
        self.list.get(..at).and_then(|l| l.iter().rev().find(plain)).map_or("", |w| w.low.as_str())
    }

    /// What nothing has understood, quiet words left out.
    #[must_use]
    pub fn unknown(&self) -> Vec<&Word> {
        self.list.iter().filter(|w| !w.used && (w.quoted || !Self::is_quiet(&w.low))).collect()
    }

    /// How many words carry a meaning and were understood.
    #[must_use]
    pub fn known(&self) -> usize {
        self.list.iter().filter(|w| w.used && (w.quoted || !Self::is_quiet(&w.low))).count()
    }
}

fn push_word(list: &mut Vec<Word>, word: &str) {
    let text = word
        .trim_matches(|c: char| matches!(c, '?' | '!' | ',' | ';' | '"' | '\u{201c}' | '\u{201d}' | '`'))
        .trim_start_matches(['(', '['])
        .trim_end_matches([')', ']', ':', '.', '?', '!', ',']);
    // A sentence's end is cut, an abbreviation's inside stays; `::` ends an address.
    let text = if word.trim_end_matches(['?', '.', ',']).ends_with("::") {
        word.trim_end_matches(['?', '.', ','])
    } else {
        text
    };
    let text = if text.eq_ignore_ascii_case("a.m") || text.eq_ignore_ascii_case("p.m") {
        text.get(..1).unwrap_or(text).to_owned() + "m"
    } else {
        text.to_owned()
    };
    if text.is_empty() {
        return;
    }
    let low = text.to_lowercase().replace('\u{2019}', "'");
    let low = low
        .strip_suffix("'s")
        .or_else(|| low.strip_suffix("s'").filter(|_| low.len() > 3))
        .unwrap_or(&low)
        .to_owned();
    let own = if low.len() < text.to_lowercase().len() && text.is_char_boundary(low.len()) {
        text.get(..low.len()).unwrap_or(&text).to_owned()
    } else {
        text
    };
    list.push(Word { text: own, low, quoted: false, used: false, held: false });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lows(question: &str) -> Vec<String> {
        Words::of(question).list.into_iter().map(|w| w.low).collect()
    }

    #[test]
    fn punctuation_goes_and_addresses_stay() {
        assert_eq!(lows("Did root's login, from 10.0.0.5?"), ["did", "root", "login", "from", "10.0.0.5"]);
        assert_eq!(lows("see fe80:: at 2 a.m."), ["see", "fe80::", "at", "2", "am"]);
        assert_eq!(lows("path /a/b.php?"), ["path", "/a/b.php"]);
    }

    #[test]
    fn quoted_text_is_one_word_and_means_itself() {
        let words = Words::of("who is \"show all logs\" or 'x y'?");
        assert_eq!(
            words.list.iter().filter(|w| w.quoted).map(|w| w.text.as_str()).collect::<Vec<_>>(),
            ["show all logs", "x y"]
        );
        assert!(!words.has("show"));
    }

    #[test]
    fn phrases_with_stems_are_marked() {
        let mut words = Words::of("systems it connected to, and connects");
        assert!(words.take("connect*") && words.list[2].used && words.list[5].used);
        assert!(words.fresh("connect*").is_none());
    }
}
