//! Names that say by their shape what they are: e-mail addresses, domains, names in paths of home folders, and values of
//! fields that hold names. Names without a shape are `values`'.

use super::Kind;
use super::addresses::pattern;
use super::find::Span;
use super::values::is_plain;
use regex::Regex;
use std::sync::OnceLock;

pub(super) const EMAIL: &str = r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}";
/// Ends in a domain of the first level that logs really name; `source.ip` and `index.php` do not.
pub(super) const DOMAIN: &str = concat!(
    r"(?i)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:com|net|org|edu|gov|mil|int|biz|eu|uk|de|fr|nl|be|ch|at|es|pt|pl|",
    r"cz|dk|se|no|fi|ru|ua|cn|jp|kr|in|br|mx|ca|au|nz|za|us|co|io|ai|cloud|dev|app|xyz|online|site|top|club|onion|",
    r"local|lan|corp|internal|intranet|home|localdomain|arpa|example|test|invalid)\b"
);
/// A folder of people, and who.
pub(super) const HOME: &str = concat!(
    r#"(?i)(?:\b[a-z]:)?(?:[\\/]{1,4}(?:users|home|documents and settings|export[\\/]home|var[\\/]mail|profiles))[\\/]{1,4}"#,
    r#"([^\\/\s"'<>|:*?,;()\[\]{}$%]{1,64})"#
);
/// A field of JSON that holds a name, quoted any number of times, and the value.
pub(super) const FIELD: &str = concat!(
    r#"(?i)\\*"(?:[a-z_]+\.)*((?:user|account|owner|subject|target|samaccount|logon|computer|host|client|server|device|"#,
    r#"workstation|member)(?:\.(?:target\.|effective\.|changes\.)?(?:name|full_name|email|hostname)|[_-]?name|name)|"#,
    r#"username|hostname|targetusername|subjectusername|targetdomainname|workstationname|userprincipalname|computer)"#,
    r#"\\*"\s*:\s*\\*"([^"\\]{1,256})"#
);

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    static EMAILS: OnceLock<Option<Regex>> = OnceLock::new();
    static DOMAINS: OnceLock<Option<Regex>> = OnceLock::new();
    static HOMES: OnceLock<Option<Regex>> = OnceLock::new();
    static FIELDS: OnceLock<Option<Regex>> = OnceLock::new();
    if text.contains('@') {
        for hit in pattern(&EMAILS, EMAIL).into_iter().flat_map(|p| p.find_iter(text)) {
            spans.push(Span::new(hit.start(), hit.end(), Kind::Email));
        }
    }
    if text.contains('.') {
        for hit in pattern(&DOMAINS, DOMAIN).into_iter().flat_map(|p| p.find_iter(text)) {
            let after = text[hit.end()..].chars().next();
            let before = text[..hit.start()].chars().next_back();
            let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
            // `a.com.evil` would have been taken whole; `a.comb` is none; reserved names are nobody's.
            let goes_on = word(after) || (after == Some('.') && more_follows(text, hit.end()));
            if !goes_on && !word(before) && !is_plain_domain(hit.as_str()) {
                spans.push(Span::new(hit.start(), hit.end(), Kind::Domain));
            }
        }
    }
    if text.contains(['/', '\\']) {
        for hit in pattern(&HOMES, HOME).into_iter().flat_map(|p| p.captures_iter(text)) {
            if let Some(name) = hit.get(1)
                && !is_plain(name.as_str())
                && !matches!(
                    name.as_str().to_lowercase().as_str(),
                    "default user" | "all" | "all users" | "appdata"
                )
            {
                let end = name.start() + name.as_str().trim_end_matches('.').len();
                spans.push(Span::new(name.start(), end, Kind::User));
            }
        }
    }
    if text.contains('"') {
        for hit in pattern(&FIELDS, FIELD).into_iter().flat_map(|p| p.captures_iter(text)) {
            let (Some(field), Some(value)) = (hit.get(1), hit.get(2)) else { continue };
            let said = value.as_str().trim();
            let number = said.bytes().all(|b| b.is_ascii_digit());
            if said.is_empty()
                || said == "-"
                || number
                || is_plain(said)
                || said.parse::<std::net::IpAddr>().is_ok()
            {
                continue;
            }
            let field = field.as_str().to_lowercase();
            let host = ["host", "computer", "workstation", "server", "client", "device"]
                .iter()
                .any(|w| field.contains(w));
            let kind = if host { Kind::Host } else { Kind::User };
            spans.push(Span::new(value.start(), value.end(), kind));
        }
    }
}

fn more_follows(text: &str, end: usize) -> bool {
    text[end + 1..].chars().next().is_some_and(char::is_alphanumeric)
}

/// Names that are the same on every machine.
fn is_plain_domain(name: &str) -> bool {
    let name = name.to_lowercase();
    matches!(name.as_str(), "localhost.localdomain" | "ip6.arpa" | "in-addr.arpa" | "example.com")
}
