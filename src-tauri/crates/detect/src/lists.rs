//! Lists of values to look for (indicators): plain lines, CSV with a header, STIX 2 bundles, MISP attributes; what was written so that
//! nobody clicks on it (hxxp, [.]) is read as what it means. What is no indicator, or would match half of the world, is listed
//! with the reason. Files are read elsewhere; where values are looked for in events stands in `detectors/list_match.rs`.

mod reading;

use ipnet::IpNet;
use rustc_hash::FxHashMap;
use std::net::IpAddr;

pub use reading::load;

/// What kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One address.
    Address,
    /// A network.
    Network,
    /// A domain with all below it.
    Domain,
    /// One URL.
    Url,
    /// MD5, SHA-1, SHA-256 or SHA-512 of a file; JA3 has the form of an MD5.
    Hash,
    /// A file's name, with or without folders.
    File,
    /// An account.
    User,
    /// An e-mail address.
    Email,
}

impl Kind {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Network => "network",
            Self::Domain => "domain",
            Self::Url => "URL",
            Self::Hash => "hash",
            Self::File => "file name",
            Self::User => "account",
            Self::Email => "e-mail address",
        }
    }
}

/// One value to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// What kind.
    pub kind: Kind,
    /// The value, in lower case, as it is compared.
    pub value: String,
    /// The list that it stands on.
    pub list: String,
    /// What the list says of it; may be empty.
    pub note: String,
}

/// What a list says that is not looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotUsed {
    /// The list.
    pub list: String,
    /// The line, from 1; 0 where the list has no lines.
    pub line: usize,
    /// What stands there, cut.
    pub text: String,
    /// Why not.
    pub reason: String,
}

/// Values to look for, ready to be found.
#[derive(Default)]
pub struct Lists {
    indicators: Vec<Indicator>,
    by_text: FxHashMap<(Kind, Box<str>), u32>,
    /// Networks by their length.
    networks: FxHashMap<u8, FxHashMap<IpNet, u32>>,
}

impl Lists {
    fn add(&mut self, indicator: Indicator) {
        let key = (indicator.kind, indicator.value.as_str().into());
        if self.by_text.contains_key(&key) {
            return;
        }
        let at = self.indicators.len() as u32;
        if indicator.kind == Kind::Network
            && let Ok(net) = indicator.value.parse::<IpNet>()
        {
            self.networks.entry(net.prefix_len()).or_default().insert(net.trunc(), at);
        }
        self.by_text.insert(key, at);
        self.indicators.push(indicator);
    }

    /// All values, in the order of their lists.
    #[must_use]
    pub fn all(&self) -> &[Indicator] {
        &self.indicators
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indicators.is_empty()
    }

    fn exact(&self, kind: Kind, text: &str) -> Option<u32> {
        self.by_text.get(&(kind, text.into())).copied()
    }

    /// An address, or the network that it lies in.
    #[must_use]
    pub fn address(&self, text: &str) -> Option<u32> {
        if !text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':') {
            return None;
        }
        let ip = text.parse::<IpAddr>().ok()?.to_canonical();
        self.exact(Kind::Address, &ip.to_string()).or_else(|| {
            let mut lengths: Vec<&u8> = self.networks.keys().collect();
            // The narrowest network says most.
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            lengths.into_iter().find_map(|length| {
                let net = IpNet::new(ip, *length).ok()?.trunc();
                self.networks.get(length)?.get(&net).copied()
            })
        })
    }

    /// A host's name: it or a domain above it.
    #[must_use]
    pub fn domain(&self, text: &str) -> Option<u32> {
        let lower = text.trim_end_matches('.').to_ascii_lowercase();
        let mut rest = lower.as_str();
        while rest.contains('.') {
            if let Some(found) = self.exact(Kind::Domain, rest) {
                return Some(found);
            }
            rest = rest.split_once('.').map_or("", |(_, rest)| rest);
        }
        None
    }

    /// A URL, or its host's name or address.
    #[must_use]
    pub fn url(&self, text: &str) -> Option<u32> {
        let host = host_of(text)?;
        self.exact(Kind::Url, &plain_url(text))
            .or_else(|| self.domain(host))
            .or_else(|| self.address(host.trim_matches(['[', ']'])))
    }

    /// A hash.
    #[must_use]
    pub fn hash(&self, text: &str) -> Option<u32> {
        // "SHA1=...", as Sysmon writes several.
        let text = text.rsplit('=').next().unwrap_or(text);
        matches!(text.len(), 32 | 40 | 64 | 128)
            .then(|| self.exact(Kind::Hash, &text.to_ascii_lowercase()))
            .flatten()
    }

    /// A file: its whole path, an end of it, or its name.
    #[must_use]
    pub fn file(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase().replace('\\', "/");
        let mut rest = lower.as_str();
        loop {
            if let Some(found) = self.exact(Kind::File, rest) {
                return Some(found);
            }
            rest = rest.split_once('/')?.1;
        }
    }

    /// An account, or its e-mail address.
    #[must_use]
    pub fn user(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let name = lower.rsplit('\\').next().unwrap_or(&lower);
        self.exact(Kind::User, name).or_else(|| self.exact(Kind::Email, name))
    }

    /// An e-mail address.
    #[must_use]
    pub fn email(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let inner = lower.rsplit_once('<').map_or(lower.as_str(), |(_, rest)| rest.trim_end_matches('>'));
        self.exact(Kind::Email, inner)
    }
}

/// The host of a URL with a scheme.
fn host_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let rest = rest.split(['/', '?', '#']).next()?;
    let host = rest.rsplit('@').next()?;
    if host.starts_with('[') {
        return host.split_inclusive(']').next();
    }
    host.split(':').next().filter(|h| !h.is_empty())
}

/// A URL as it is compared: no scheme, no fragment, no slash at its end, its host in lower case.
fn plain_url(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or(rest).trim_end_matches('/');
    match rest.find(['/', '?']) {
        Some(at) => format!("{}{}", rest[..at].to_ascii_lowercase(), &rest[at..]),
        None => rest.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(text: &str) -> Lists {
        let (lists, not_used) = load([("list.txt", text)]);
        assert_eq!(not_used, []);
        lists
    }

    fn value(lists: &Lists, at: Option<u32>) -> &str {
        at.and_then(|at| lists.all().get(at as usize)).map_or("", |i| i.value.as_str())
    }

    #[test]
    fn values_are_found_in_what_holds_them() {
        let lists = lists(
            "203.0.113.9\n198.51.100.0/24\nevil.example.net\nhxxps://bad[.]example[.]org/Gate.php\n\
             d131dd02c5e6eec4d131dd02c5e6eec4\nmimikatz.exe\nuser: mallory\nphisher@example.net\n2001:db8::1\n",
        );
        for (found, expect) in [
            (lists.address("203.0.113.9"), "203.0.113.9"),
            (lists.address("::ffff:203.0.113.9"), "203.0.113.9"),
            (lists.address("198.51.100.77"), "198.51.100.0/24"),
            (lists.address("2001:db8:0::1"), "2001:db8::1"),
            (lists.address("203.0.113.90"), ""),
            (lists.domain("a.b.EVIL.example.net."), "evil.example.net"),
            (lists.domain("notevil.example.net"), ""),
            (lists.url("http://BAD.example.org/Gate.php#x"), "bad.example.org/Gate.php"),
            (lists.url("http://bad.example.org/other"), ""),
            (lists.url("https://u:p@x.evil.example.net:8443/a"), "evil.example.net"),
            (lists.url("http://203.0.113.9/a"), "203.0.113.9"),
            (lists.url("/only/a/path"), ""),
            (lists.hash("MD5=D131DD02C5E6EEC4D131DD02C5E6EEC4"), "d131dd02c5e6eec4d131dd02c5e6eec4"),
            (lists.file(r"C:\Users\x\MimiKatz.exe"), "mimikatz.exe"),
            (lists.file("notmimikatz.exe"), ""),
            (lists.user(r"CORP\Mallory"), "mallory"),
            (lists.email("Phisher <PHISHER@example.net>"), "phisher@example.net"),
        ] {
            assert_eq!(value(&lists, found), expect);
        }
    }
}
