//! Applications that are used through a browser, and what they write when somebody logs in or fails to: one table, a line
//! a sentence. A text that must stand in the sentence decides which lines are looked at at all, so that other messages
//! cost one pass of a search for all of these texts together. Names come from whoever knocks: a name reaches as far right
//! as the sentence allows, so the address behind it is the program's own.

use super::web_apps_table::{Kind, RULES, Rule, STEMS};
use super::{Payload, Said};
use crate::About;
use crate::coded::web::request;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher;
use memchr::memchr;
use regex::bytes::{Captures, Regex};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use timberline_model::known;

/// The applications of the table.
pub struct WebApps;

/// Sentences are looked for in the first bytes of a message only.
const WITHIN: usize = 4 << 10;

impl Payload for WebApps {
    fn about(&self) -> About {
        About {
            id: "web_apps",
            title: "Web applications",
            about: "Logins and failed logins of some sixty applications: Gitea, GitLab, Grafana, Nextcloud, WordPress, \
                    Keycloak, Authelia, Jellyfin, Vaultwarden, Home Assistant, phpMyAdmin, Roundcube and others.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let message = &message[..message.len().min(WITHIN)];
        stem(message) && needles().is_some_and(|n| n.is_match(message))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        sentence(message, said)
    }
}

/// Whether one of the few stems stands in a message, one of which is in each text that must stand in a sentence: they
/// are few enough to be looked for all at once with vector instructions, where the machine has them.
fn stem(message: &[u8]) -> bool {
    static STEMS_FOUND: OnceLock<Option<Searcher>> = OnceLock::new();
    STEMS_FOUND.get_or_init(|| Searcher::new(STEMS)).as_ref().is_none_or(|s| s.find(message).is_some())
}

fn needles() -> Option<&'static AhoCorasick> {
    static NEEDLES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    NEEDLES.get_or_init(|| AhoCorasick::new(RULES.iter().map(|r| r.needle)).ok()).as_ref()
}

/// A rule's expression, made when first needed.
fn expression(at: usize) -> Option<&'static Regex> {
    static COMPILED: [OnceLock<Option<Regex>>; RULES.len()] = [const { OnceLock::new() }; RULES.len()];
    COMPILED[at]
        .get_or_init(|| Regex::new(&RULES[at].pattern.replace(">IP)", &format!(">{ADDRESS})"))).ok())
        .as_ref()
}

/// What may be an address, with brackets and port; whether it is one is looked at later.
const ADDRESS: &str = r"\[?[0-9a-fA-F:.]{2,45}(?:%\w{1,15})?(?:\]:\d{1,5}|\])?";

/// Reads a sentence, wherever it stands in a text; false when it is none of the table.
pub fn sentence(text: &[u8], said: &mut Said<'_>) -> bool {
    let text = &text[..text.len().min(WITHIN)];
    let Some(needles) = needles().filter(|_| stem(text)) else { return false };
    let mut candidates = [0u64; RULES.len().div_ceil(64)];
    let mut any = false;
    for found in needles.find_overlapping_iter(text) {
        let at = found.pattern().as_usize();
        candidates[at / 64] |= 1 << (at % 64);
        any = true;
    }
    if !any {
        return false;
    }
    for (at, rule) in RULES.iter().enumerate().filter(|(at, _)| candidates[at / 64] >> (at % 64) & 1 == 1) {
        if let Some(captures) = expression(at).and_then(|e| e.captures(text)) {
            write(rule, &captures, said);
            return true;
        }
    }
    false
}

fn write(rule: &Rule, captures: &Captures<'_>, said: &mut Said<'_>) {
    let group = |name: &str| captures.name(name).map(|m| m.as_bytes().trim_ascii()).filter(|v| !v.is_empty());
    if !rule.service.is_empty() {
        said.fields.text(known::EVENT_DATASET, rule.service);
        said.fields.text(known::SERVICE_NAME, rule.service);
    }
    let (category, action, outcome) = match rule.kind {
        Kind::Failed => ("authentication", "login", Some(false)),
        Kind::LoggedIn => ("authentication", "login", Some(true)),
        Kind::Tried => ("authentication", "login", None),
        Kind::Refused => ("web", "access_denied", Some(false)),
        Kind::Banned => ("intrusion_detection", "banned", None),
        Kind::Connected => ("network", "connected", None),
        Kind::Asked => ("web", "", None),
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    if !action.is_empty() {
        said.fields.text(known::EVENT_ACTION, action);
    }
    if let Some(good) = outcome {
        said.outcome(good);
    }
    if let Some(user) = group("user").map(unquoted).filter(|u| !matches!(*u, b"-" | b"null" | b"--" | b"")) {
        said.user(user);
    }
    let peer = group("ip");
    let list = group("list");
    // Behind a proxy of one's own network whom it speaks for is who knocked; a stranger's word for that is worth nothing.
    match (peer, list.and_then(request::forwarded)) {
        (Some(peer), Some(first)) if is_private(peer) => {
            said.set("access.peer", bare(peer));
            request::end(bare(first), SOURCE, said.fields);
        }
        (None, Some(first)) => request::end(bare(first), SOURCE, said.fields),
        (Some(peer), _) => request::end(bare(peer), SOURCE, said.fields),
        _ => {}
    }
    if let Some(list) = list {
        request::note_forwarded(list, said.fields);
    }
    if let Some(to) = group("to") {
        request::end(bare(to), DESTINATION, said.fields);
    }
    if let Some(reason) = group("reason") {
        said.fields.bytes(known::EVENT_REASON, reason);
    }
    if let Some(host) = group("host") {
        said.fields.bytes(known::URL_DOMAIN, host);
    }
    if let Some(agent) = group("agent") {
        said.fields.bytes(known::USER_AGENT, agent);
    }
    if let Some(path) = group("path") {
        let path = String::from_utf8_lossy(path);
        said.fields.text(known::URL_ORIGINAL, &path);
        request::parts(&path, said.fields);
    }
    if let Some(count) = group("count") {
        said.count(count);
    }
}

fn unquoted(text: &[u8]) -> &[u8] {
    let quote = |c: &u8| matches!(c, b'\'' | b'"' | b'`');
    match text {
        [first, inside @ .., last] if quote(first) && first == last => inside,
        _ => text,
    }
}

/// Without what punctuation of the sentence the pattern of an address took with it.
fn bare(ip: &[u8]) -> &[u8] {
    let mut ip = ip;
    while let Some(shorter) =
        ip.strip_suffix(b".").or_else(|| ip.strip_suffix(b":").filter(|s| is_ip(s) || !s.ends_with(b":")))
    {
        ip = shorter;
    }
    match ip.strip_prefix(b"[") {
        Some(inside) if memchr(b']', inside).is_none() => inside,
        _ => ip.strip_suffix(b"]").filter(|_| !ip.starts_with(b"[")).unwrap_or(ip),
    }
}

fn is_private(ip: &[u8]) -> bool {
    let (host, _) = request::host_port(bare(ip));
    let Ok(text) = std::str::from_utf8(host) else { return false };
    let v4 = |ip: Ipv4Addr| ip.is_private() || ip.is_loopback() || ip.is_link_local();
    match text.parse::<Ipv6Addr>() {
        Ok(ip) => ip.to_ipv4_mapped().map_or(ip.is_loopback() || ip.segments()[0] & 0xfe00 == 0xfc00, v4),
        Err(_) => text.parse::<Ipv4Addr>().is_ok_and(v4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_can_be_found_and_is_an_expression() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(STEMS.iter().any(|s| rule.needle.contains(s)), "no stem in {}", rule.needle);
            assert!(expression(at).is_some(), "{}", rule.pattern);
        }
    }
}
