//! What stands for what. A stand-in is made from the value and the case's key (HMAC-SHA-256), so that it is the same
//! wherever the value occurs and says nothing of it to whoever has no key. Addresses keep their network: the same /24
//! (IPv6: /64) stays together, inside stays inside, outside becomes `240.0.0.0/4` or `2001:db8::/32`, which nobody has.
//!
//! Spellings of one value have the same stand-in in the same spelling (`bob`, `BOB`, `Bob`); others get a number.

use super::{Kind, Unmasker, addresses};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Letters of a stand-in: no vowels, so that no words come about, and nothing that is read as something else.
const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";
const LENGTH: usize = 6;

/// What stands for what in one case.
pub(super) struct Book {
    key: [u8; 32],
    forward: HashMap<String, String>,
    back: Arc<HashMap<String, String>>,
    fresh: Vec<(Kind, String, String)>,
}

impl Book {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, forward: HashMap::new(), back: Arc::default(), fresh: Vec::new() }
    }

    pub fn remember(&mut self, _: Kind, value: &str, stand_in: &str) {
        self.forward.insert(value.to_owned(), stand_in.to_owned());
        Arc::make_mut(&mut self.back).insert(stand_in.to_owned(), value.to_owned());
    }

    pub fn known(&self, value: &str) -> Option<String> {
        self.forward.get(value).cloned()
    }

    /// Secrets that were ever masked, with what stands for them, the longest first: one that was told by its surroundings once
    /// is one wherever it stands. Very short ones would be found in words.
    pub fn secrets(&self) -> Vec<(String, String)> {
        let told = |(value, stand_in): (&String, &String)| {
            (stand_in.starts_with("secret-") && value.chars().count() >= 6)
                .then(|| (value.clone(), stand_in.clone()))
        };
        let mut all: Vec<(String, String)> = self.forward.iter().filter_map(told).collect();
        all.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        all
    }

    /// Those made since this was last asked.
    pub fn fresh(&mut self) -> Vec<(Kind, String, String)> {
        std::mem::take(&mut self.fresh)
    }

    pub fn put_back(&mut self, fresh: Vec<(Kind, String, String)>) {
        self.fresh.extend(fresh);
    }

    pub fn unmasker(&self) -> Unmasker {
        Unmasker::over(self.back.clone())
    }

    pub fn stand_in(&mut self, kind: Kind, value: &str) -> String {
        if let Some(known) = self.forward.get(value) {
            return known.clone();
        }
        let made = self.made(kind, value);
        let stand_in = self.free(&made, value);
        self.forward.insert(value.to_owned(), stand_in.clone());
        Arc::make_mut(&mut self.back).insert(stand_in.clone(), value.to_owned());
        self.fresh.push((kind, value.to_owned(), stand_in.clone()));
        stand_in
    }

    /// The stand-in, or where another spelling or value has it, the same with a number.
    fn free(&self, made: &str, value: &str) -> String {
        let taken = |s: &str| self.back.get(s).is_some_and(|v| v != value) || self.forward.contains_key(s);
        if !taken(made) {
            return made.to_owned();
        }
        (2_u64..).map(|n| format!("{made}-{n}")).find(|s| !taken(s)).unwrap_or_else(|| made.to_owned())
    }

    fn made(&mut self, kind: Kind, value: &str) -> String {
        match kind {
            Kind::Address => self.address(value).unwrap_or_else(|| self.letters("address", value, "addr")),
            Kind::Mac => self.mac(value),
            Kind::Email => match value.rsplit_once('@') {
                Some((who, domain)) => {
                    let (who, domain) = (self.stand_in(Kind::User, who), self.stand_in(Kind::Domain, domain));
                    format!("{who}@{domain}")
                }
                None => self.letters("email", value, "email"),
            },
            Kind::Domain => self.domain(value),
            Kind::Host if value.contains('.') => self.domain(value),
            // The same word is the same thing, whatever a field calls it: `bob` as account and as home folder.
            Kind::User | Kind::Host | Kind::Value => {
                spelled(value, &self.letters("name", &value.to_lowercase(), kind.word()))
            }
            // Their spelling is theirs alone.
            Kind::Secret | Kind::Card | Kind::NationalId | Kind::Encoded => {
                self.letters(kind.word(), value, kind.word())
            }
        }
    }

    fn hash(&self, what: &str, value: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        // A key of 32 bytes is always taken.
        if let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key) {
            mac.update(what.as_bytes());
            mac.update(&[0]);
            mac.update(value);
            out.copy_from_slice(&mac.finalize().into_bytes());
        }
        out
    }

    fn letters(&self, what: &str, value: &str, front: &str) -> String {
        let hash = self.hash(what, value.as_bytes());
        let tail: String =
            hash.iter().take(LENGTH).map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect();
        format!("{front}-{tail}")
    }

    /// The last two labels are one domain, what stands before them one host in it; numbers of the reverse tree go whole.
    fn domain(&self, value: &str) -> String {
        let lower = value.to_lowercase();
        let labels: Vec<&str> = lower.split('.').collect();
        let at = labels.len().saturating_sub(if labels.len() > 2 { 2 } else { labels.len() });
        let (host, domain) = (labels[..at].join("."), labels[at..].join("."));
        let domain = format!("{}.example", self.letters("domain", &domain, "domain"));
        let made = if host.is_empty() {
            domain
        } else {
            format!("{}.{domain}", self.letters("name", &host, "host"))
        };
        spelled(value, &made)
    }

    fn mac(&self, value: &str) -> String {
        let digits: String = value.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
        let hash = self.hash("mac", digits.as_bytes());
        // 02: given by whoever uses it, by no maker.
        let made: Vec<String> = std::iter::once(2).chain(hash).take(6).map(|b| format!("{b:02x}")).collect();
        let upper = value.chars().any(|c| c.is_ascii_uppercase());
        let joined = if value.contains('.') {
            format!("{}.{}.{}", made[..2].concat(), made[2..4].concat(), made[4..].concat())
        } else {
            made.join(if value.contains('-') { "-" } else { ":" })
        };
        if upper { joined.to_uppercase() } else { joined }
    }

    fn address(&self, value: &str) -> Option<String> {
        if let Ok(four) = value.parse::<Ipv4Addr>() {
            return Some(self.v4(four).to_string());
        }
        let six: Ipv6Addr = value.parse().ok()?;
        let made = match six.to_ipv4_mapped() {
            Some(four) => return Some(format!("::ffff:{}", self.v4(four))),
            None => self.v6(six),
        };
        let full = value.matches(':').count() == 7 && !value.contains("::");
        let text = if full && value.len() > 30 {
            made.segments().map(|s| format!("{s:04x}")).join(":")
        } else {
            made.to_string()
        };
        Some(if value.chars().any(|c| c.is_ascii_uppercase()) { text.to_uppercase() } else { text })
    }

    fn v4(&self, address: Ipv4Addr) -> Ipv4Addr {
        if addresses::stays_v4(address) {
            return address;
        }
        let [a, b, c, d] = address.octets();
        let network = u32::from_be_bytes([0, a, b, c]);
        let permuted = |bits: u32| self.permute("v4", bits, network & ((1 << bits) - 1));
        let network = match (a, b) {
            (10, _) => 10 << 16 | permuted(16),
            (172, 16..=31) => 172 << 16 | 16 << 8 | permuted(12),
            (192, 168) => 192 << 16 | 168 << 8 | permuted(8),
            (169, 254) => 169 << 16 | 254 << 8 | permuted(8),
            (100, 64..=127) => 100 << 16 | 64 << 8 | permuted(14),
            _ => {
                // 2^24 networks into 2^20: `free` settles the rare two that meet.
                let hash = self.hash("outside", &network.to_be_bytes());
                let low = u32::from_be_bytes([0, hash[0], hash[1], hash[2]]) & 0xF_FFFF;
                // 255.255.255.0/24 is kept out of it.
                0xF0_0000 | low.min(0xF_FFFE)
            }
        };
        // The network's own address and its last one stay what they are.
        let host = if d == 0 || d == 255 { d } else { self.host_part(network, d) };
        Ipv4Addr::from(network << 8 | u32::from(host))
    }

    /// A permutation of 1 to 254, another one for each network.
    fn host_part(&self, network: u32, host: u8) -> u8 {
        let mut at = u32::from(host);
        for _ in 0..512 {
            at = self.permute(&format!("host {network}"), 8, at);
            if (1..=254).contains(&at) {
                break;
            }
        }
        u8::try_from(at).unwrap_or(host)
    }

    /// A permutation of the numbers of so many bits (an even number): a Feistel network of eight rounds.
    fn permute(&self, what: &str, bits: u32, value: u32) -> u32 {
        let half = bits / 2;
        let mask = (1 << half) - 1;
        let (mut left, mut right) = (value >> half & mask, value & mask);
        for round in 0..8_u8 {
            let hash = self
                .hash(what, &[&[round, u8::try_from(bits).unwrap_or(0)][..], &right.to_be_bytes()].concat());
            let mixed = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) & mask;
            (left, right) = (right, left ^ mixed);
        }
        left << half | right
    }

    fn v6(&self, address: Ipv6Addr) -> Ipv6Addr {
        if addresses::stays_v6(address) {
            return address;
        }
        let bytes = address.octets();
        let network = self.hash("v6 network", &bytes[..8]);
        let host = self.hash("v6 host", &bytes);
        let mut made = [0; 16];
        made[..8].copy_from_slice(&network[..8]);
        made[8..].copy_from_slice(&host[..8]);
        match bytes {
            [0xFE, second, ..] if second & 0xC0 == 0x80 => {
                made[..8].copy_from_slice(&[0xFE, 0x80, 0, 0, 0, 0, 0, 0])
            }
            [first, ..] if first & 0xFE == 0xFC => made[0] = 0xFD,
            _ => made[..4].copy_from_slice(&[0x20, 0x01, 0x0D, 0xB8]),
        }
        Ipv6Addr::from(made)
    }
}

trait Joined {
    fn join(self, with: &str) -> String;
}

impl<const N: usize> Joined for [String; N] {
    fn join(self, with: &str) -> String {
        self.as_slice().join(with)
    }
}

/// A stand-in in the spelling of the value: small, LARGE, First letter large; others as it is, and get a number.
fn spelled(value: &str, stand_in: &str) -> String {
    let has = |test: fn(char) -> bool, text: &str| text.chars().any(test);
    let (upper, lower) = (has(char::is_uppercase, value), has(char::is_lowercase, value));
    let rest: String = value.chars().skip(1).collect();
    if upper && !lower {
        return stand_in.to_uppercase();
    }
    if upper && value.chars().next().is_some_and(char::is_uppercase) && !has(char::is_uppercase, &rest) {
        let mut letters = stand_in.chars();
        return letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect();
    }
    stand_in.to_owned()
}
