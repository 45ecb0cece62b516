//! The case's own values in a text: user names, hosts, domains and addresses that occur in its events, told by the
//! engine. Names that identify nobody are not masked.

use super::Kind;
use super::find::{Span, bounded};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;

/// More values than this are no longer a list.
const MOST: usize = 500_000;

/// Accounts and words that say nothing of whose system it is, and words of every prompt.
const PLAIN: &[&str] = &[
    "root",
    "admin",
    "administrator",
    "administrators",
    "system",
    "local system",
    "guest",
    "nobody",
    "daemon",
    "anonymous",
    "anonymous logon",
    "local service",
    "network service",
    "localservice",
    "networkservice",
    "nt authority",
    "builtin",
    "www-data",
    "www",
    "apache",
    "nginx",
    "mysql",
    "postgres",
    "sshd",
    "bin",
    "sys",
    "mail",
    "ftp",
    "ntp",
    "operator",
    "user",
    "users",
    "test",
    "unknown",
    "none",
    "null",
    "default",
    "public",
    "service",
    "server",
    "client",
    "host",
    "localhost",
    "localdomain",
    "workgroup",
    "everyone",
    "true",
    "false",
    "yes",
    "and",
    "the",
    "not",
    "for",
    "from",
    "count",
    "search",
    "top",
    "time",
    "name",
    "type",
    "role",
    "content",
    "assistant",
    "tool",
    "function",
    "model",
    "value",
    "field",
    "query",
    "limit",
    "event",
    "events",
    "source",
    "destination",
    "success",
    "failure",
    "error",
    "message",
    "data",
    "json",
    "http",
    "https",
    "tcp",
    "udp",
    "icmp",
    "dns",
    "ssh",
    "get",
    "post",
    "put",
    "info",
    "warning",
];

/// The case's own values.
pub(super) struct Values {
    automaton: Option<AhoCorasick>,
    kinds: Vec<Kind>,
    /// Values of four letters and more in lower case, letters and digits only: for split forms.
    squeezed: HashMap<String, Kind>,
    longest: usize,
}

impl Values {
    pub fn new(values: impl IntoIterator<Item = (Kind, String)>) -> Result<Self, String> {
        let (mut needles, mut kinds, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
        let mut squeezed = HashMap::new();
        let mut longest = 0;
        for (kind, value) in values {
            let value = value.trim().to_owned();
            if !is_told(&value) {
                continue;
            }
            for form in forms(kind, &value) {
                if seen.insert(form.to_lowercase(), ()).is_none() || !form.is_ascii() {
                    // What an address is written as instead goes as a whole.
                    let kind = if form == value { kind } else { other_kind(kind, &form, &value) };
                    needles.push(form);
                    kinds.push(kind);
                }
            }
            let plain: String = value.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            if plain.chars().count() >= 4 {
                longest = longest.max(plain.chars().count());
                squeezed.entry(plain).or_insert(kind);
            }
            if needles.len() > MOST {
                return Err(format!("the case has more than {MOST} names and addresses to mask"));
            }
        }
        let automaton = if needles.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .build(&needles)
                .map_err(|why| format!("the case's names cannot be looked for: {why}"))?;
            Some(built)
        };
        Ok(Self { automaton, kinds, squeezed, longest })
    }

    pub fn find(&self, text: &str, spans: &mut Vec<Span>) {
        let Some(automaton) = &self.automaton else { return };
        for hit in automaton.find_overlapping_iter(text) {
            let (start, end) = (hit.start(), hit.end());
            if text.is_char_boundary(start) && text.is_char_boundary(end) && bounded(text, start, end) {
                let kind = self.kinds.get(hit.pattern().as_usize()).copied().unwrap_or(Kind::Value);
                spans.push(Span::new(start, end, kind));
            }
        }
    }

    /// Whether a text without its separators is a value.
    pub fn is_squeezed(&self, text: &str) -> bool {
        text.len() <= self.longest.saturating_mul(4) && self.squeezed.contains_key(text)
    }
}

/// Whether a value is worth masking wherever it stands: not too short, no small number, nobody's.
pub(super) fn is_told(value: &str) -> bool {
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    let number = value.chars().all(|c| c.is_ascii_digit());
    letters >= 3 && !(number && letters < 5) && value.len() <= 512 && !is_plain(value)
}

pub(super) fn is_plain(value: &str) -> bool {
    PLAIN.contains(&value.to_lowercase().as_str())
}

fn other_kind(kind: Kind, form: &str, value: &str) -> Kind {
    if form.eq_ignore_ascii_case(value) || form.to_lowercase() == value.to_lowercase() {
        kind
    } else {
        Kind::Encoded
    }
}

/// Other ways in which a value is written.
fn forms(kind: Kind, value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    if !value.is_ascii() {
        forms.push(value.to_lowercase());
        forms.push(value.to_uppercase());
    }
    if kind == Kind::Address
        && let Ok(address) = value.parse::<std::net::Ipv4Addr>()
    {
        let [a, b, c, d] = address.octets();
        let number = u32::from(address);
        forms.push(format!("{a}-{b}-{c}-{d}"));
        forms.push(format!("{a}[.]{b}[.]{c}[.]{d}"));
        forms.push(format!("{a}(.){b}(.){c}(.){d}"));
        forms.push(format!("{a}_{b}_{c}_{d}"));
        forms.push(format!("{d}.{c}.{b}.{a}.in-addr"));
        forms.push(format!("0x{number:08x}"));
        if number > 0x0100_0000 {
            forms.push(number.to_string());
        }
    }
    if matches!(kind, Kind::Domain | Kind::Host | Kind::Email) && value.contains('.') {
        forms.push(value.replace('.', "[.]"));
        forms.push(value.replace('.', "(.)"));
    }
    forms
}
