//! Which finding follows from which. Each finding has at most one that it follows: the one with the strongest link before it; so a
//! story is a tree with one root and the same findings always give the same stories. What links is specific (an address outside,
//! the host that somebody got into, an account of a person); what everybody shares links nothing. How a story is told is in
//! [`super::tell`].

use super::hosts::Hosts;
use crate::stage::Stage;
use crate::table::{is_inside, is_many};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::Finding;
use timberline_model::time::{HOUR, MINUTE};

/// A link this strong makes a step of a story.
const ENOUGH: f64 = 0.5;
/// A finding below "low" joins by nothing weaker.
const FOR_THE_WEAK: f64 = 0.7;
/// More entities of a kind than this are a list, no actor.
const FEW: usize = 3;

/// A finding as stories see it.
pub struct Node {
    /// The step that it shows.
    pub stage: Stage,
    /// Who does it: an address outside, or a machine inside.
    pub actor: Option<String>,
    /// Whether the actor is outside.
    pub outside: bool,
    /// Machines that it is done to, or where it happens.
    pub hosts: Vec<String>,
    /// Accounts of persons and services.
    pub accounts: Vec<String>,
    /// Whoever logged in from the actor's machine about then: it may act for them, and for others too.
    pub lent: Vec<String>,
    /// Systems outside that a machine inside talks to.
    pub peers: Vec<String>,
    /// Whether somebody got in.
    pub inside_now: bool,
    /// Whether a web server is what is tried.
    pub web: bool,
    /// First and last moment, ns.
    pub span: (i64, i64),
    /// How bad it is alone.
    pub score: f64,
    /// Its id, for ties.
    pub id: String,
}

/// Accounts that are many people's or nobody's.
fn is_shared(account: &str) -> bool {
    const SHARED: [&str; 22] = [
        "root",
        "system",
        "administrator",
        "admin",
        "anonymous",
        "anonymous logon",
        "local service",
        "network service",
        "guest",
        "nobody",
        "www-data",
        "apache",
        "nginx",
        "iusr",
        "defaultapppool",
        "postgres",
        "mysql",
        "daemon",
        "-",
        "unknown",
        "dwm-1",
        "umfd-0",
    ];
    account.is_empty() || account.ends_with('$') || SHARED.contains(&account) || account.starts_with("s-1-5-")
}

/// Accounts that web servers run under.
fn is_web_account(account: &str) -> bool {
    ["www-data", "apache", "nginx", "iusr", "defaultapppool", "tomcat", "httpd", "http", "w3wp"]
        .contains(&account)
}

/// An account without its domain, in lower case.
pub fn account(text: &str) -> String {
    let text = text.rsplit('\\').next().unwrap_or(text);
    text.split('@').next().unwrap_or(text).to_ascii_lowercase()
}

/// The step that a technique belongs to, where no detector of ours says it (Sigma's rules).
fn of_technique(id: &str) -> Option<Stage> {
    let stem = id.split('.').next().unwrap_or(id);
    Some(match stem {
        "T1595" | "T1592" | "T1589" | "T1590" | "T1593" => Stage::Reconnaissance,
        "T1110" | "T1190" | "T1133" | "T1566" => Stage::Attempt,
        "T1078" => Stage::Access,
        "T1136" | "T1098" | "T1543" | "T1547" | "T1505" | "T1546" | "T1053" => Stage::Persistence,
        "T1548" | "T1068" | "T1134" => Stage::Privilege,
        "T1070" | "T1562" | "T1027" | "T1036" | "T1055" | "T1218" | "T1112" | "T1140" => Stage::Evasion,
        "T1087" | "T1018" | "T1046" | "T1082" | "T1016" | "T1033" | "T1069" | "T1135" | "T1482" => {
            Stage::Discovery
        }
        "T1021" | "T1570" | "T1210" | "T1550" => Stage::Lateral,
        "T1071" | "T1572" | "T1102" | "T1105" | "T1573" | "T1090" | "T1568" => Stage::Control,
        "T1041" | "T1048" | "T1567" | "T1020" | "T1030" | "T1560" | "T1005" | "T1039" => Stage::Exfiltration,
        "T1486" | "T1489" | "T1490" | "T1485" | "T1498" | "T1499" | "T1531" => Stage::Impact,
        _ => return None,
    })
}

/// The step that a finding shows.
#[must_use]
pub fn stage_of(finding: &Finding) -> Stage {
    let known = crate::DETECTORS.iter().map(|d| d.about()).find(|a| a.id == finding.detector);
    if let Some(about) = known {
        return about.stage;
    }
    finding.attack.iter().find_map(|t| of_technique(t)).unwrap_or(Stage::Execution)
}

/// What is counted by the hour seems to begin a little before it does.
fn begin(stage: Stage, first: i64, last: Option<i64>) -> i64 {
    match stage {
        Stage::Discovery | Stage::Lateral => last.unwrap_or(first).min(first + 15 * MINUTE).max(first),
        _ => first,
    }
}

impl Node {
    /// Of a finding; none where it has no time.
    #[must_use]
    pub fn of(finding: &Finding, hosts: &Hosts) -> Option<Self> {
        let values = |fields: &[&str]| -> Vec<&str> {
            let entities = finding.entities.iter().filter(|e| fields.contains(&e.field.as_str()));
            entities.map(|e| e.value.as_str()).collect()
        };
        let first = finding.first_ns?;
        let stage = stage_of(finding);
        let sources = values(&["source.ip", "source.address", "client.ip", "client.address"]);
        let named = values(&["host.name", "host.ip", "host.hostname"]);
        let reached = values(&["destination.ip", "destination.address", "server.ip", "destination.domain"]);
        let machine = |text: &str| hosts.canonical(text);
        let mut own: Vec<String> = Vec::new();
        if named.len() <= FEW {
            own.extend(named.iter().map(|n| machine(n)));
        }
        let single = |list: &[&str]| list.len() <= FEW && !list.is_empty();
        let (actor, outside) = if single(&sources) {
            let text = sources[0];
            let inside = is_inside(text) || !hosts.names(text).is_empty();
            (Some(if inside { machine(text) } else { text.to_ascii_lowercase() }), !inside)
        } else if sources.is_empty() && single(&named) {
            (own.first().cloned(), false)
        } else {
            (None, false)
        };
        let mut peers = Vec::new();
        if reached.len() <= FEW {
            for text in &reached {
                if is_many(text) {
                    continue;
                }
                if is_inside(text) || !hosts.names(text).is_empty() {
                    own.push(machine(text));
                } else {
                    peers.push(text.to_ascii_lowercase());
                }
            }
        }
        let domains =
            values(&["dns.question.registered_domain", "dns.question.name", "tls.client.server_name"]);
        peers.extend(domains.iter().take(FEW).map(|d| d.to_ascii_lowercase()));
        own.sort();
        own.dedup();
        let users = values(&["user.name", "user.target.name", "user.effective.name", "user.email"]);
        let mut accounts: Vec<String> = Vec::new();
        if users.len() <= FEW {
            accounts.extend(users.iter().map(|u| account(u)));
        }
        let got_in = stage == Stage::Access
            || (stage <= Stage::Access
                && finding.attack.iter().any(|t| t.starts_with("T1078") || t.starts_with("T1505")));
        Some(Self {
            stage,
            outside,
            hosts: own,
            accounts,
            lent: Vec::new(),
            peers,
            inside_now: got_in || stage == Stage::Lateral,
            web: !values(&["url.domain", "url.path", "url.original"]).is_empty()
                || finding.detector.starts_with("web_"),
            span: (begin(stage, first, finding.last_ns), finding.last_ns.unwrap_or(first).max(first)),
            score: finding.score,
            id: finding.id.clone(),
            actor,
        })
    }

    fn order(&self) -> (i64, Stage, &str) {
        (self.span.0, self.stage, &self.id)
    }

    /// Things that happen on a machine to whoever is on it.
    fn is_deed(&self) -> bool {
        matches!(
            self.stage,
            Stage::Execution
                | Stage::Persistence
                | Stage::Privilege
                | Stage::Evasion
                | Stage::Discovery
                | Stage::Lateral
                | Stage::Control
                | Stage::Exfiltration
                | Stage::Impact
        )
    }
}

/// What is the case's habit: how many findings each text stands in.
struct Common {
    accounts: FxHashMap<String, usize>,
    peers: FxHashMap<String, FxHashSet<String>>,
}

/// How a finding follows from another: how strongly, and in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// From 0 to 1.
    pub strength: f64,
    /// Why, as a few words.
    pub words: String,
}

fn link(strength: f64, words: String) -> Option<Link> {
    Some(Link { strength, words })
}

/// How `b` follows from `a`, which began first.
fn follows(a: &Node, b: &Node, common: &Common) -> Option<Link> {
    if a.stage == Stage::Health && b.stage == Stage::Health {
        // Systems that are unwell at the same time are unwell of the same cause, mostly.
        let apart = (b.span.0 - a.span.1).max(0);
        return if apart < HOUR { link(0.7, "at the same time".into()) } else { None };
    }
    if a.stage >= Stage::Evidence || b.stage == Stage::Health {
        return None;
    }
    // What calls home evenly for days, alone, is a habit; nothing follows from it.
    if a.stage == Stage::Control && a.score < 0.5 {
        return None;
    }
    let wait = b.span.0 - a.span.1;
    let shares = |x: &[String], y: &[String]| x.iter().find(|v| y.contains(v)).cloned();
    if b.stage == Stage::Evidence {
        // What is missing belongs to a story only where and when somebody was there.
        let there = shares(&a.hosts, &b.hosts)?;
        let during = a.inside_now && b.span.0 >= a.span.0 && wait < 2 * HOUR;
        return if during { link(0.5, format!("on {there}, which somebody had got into")) } else { None };
    }
    let same_actor = a.actor.is_some() && a.actor == b.actor;
    if same_actor && a.outside {
        return if wait < 7 * 24 * HOUR {
            link(1.0, format!("the same address, {}", a.actor.as_deref()?))
        } else {
            None
        };
    }
    let people = |node: &Node| -> Vec<String> {
        let person = |u: &&String| !is_shared(u) && common.accounts.get(*u).is_none_or(|n| *n <= 8);
        node.accounts.iter().filter(person).cloned().collect()
    };
    let (mine, theirs) = (people(a), people(b));
    let account = shares(&mine, &theirs).or_else(|| {
        let lent = |x: &[String], y: &Node| {
            let person = |u: &&String| !is_shared(u) && common.accounts.get(*u).is_none_or(|n| *n <= 8);
            shares(x, &y.lent.iter().filter(person).cloned().collect::<Vec<_>>())
        };
        lent(&mine, b).or_else(|| lent(&theirs, a))
    });
    // An account of somebody else speaks against a link through the host.
    let strangers = !mine.is_empty() && !theirs.is_empty() && account.is_none();
    let mut best: Option<Link> = None;
    let mut offer = |found: Option<Link>| {
        if let Some(found) = found
            && best.as_ref().is_none_or(|b| found.strength > b.strength)
        {
            best = Some(found);
        }
    };
    if a.inside_now && wait < 24 * HOUR {
        if let Some(actor) = b.actor.as_ref().filter(|h| !b.outside && a.hosts.contains(h)) {
            let strength = if strangers {
                0.4
            } else if account.is_some() {
                0.95
            } else {
                0.85
            };
            offer(link(strength, format!("from {actor}, which had been got into")));
        } else if b.is_deed()
            && let Some(host) = shares(&a.hosts, &b.hosts)
        {
            let near: f64 = if wait < 2 * HOUR { 0.7 } else { 0.55 };
            let strength = if strangers {
                0.4
            } else if account.is_some() {
                0.95
            } else {
                near
            };
            offer(link(strength, format!("on {host}, which had been got into")));
        }
        if let Some(account) = &account
            && wait < 12 * HOUR
        {
            offer(link(0.65, format!("the same account, {account}")));
        }
        if a.web && b.is_deed() && wait < 2 * HOUR && b.accounts.iter().any(|u| is_web_account(u)) {
            offer(link(0.6, "the web server's own account, soon after".into()));
        }
    }
    // Trying the web server, then something runs under the web server's account: the try itself may have been the way in.
    if a.web && a.outside && b.is_deed() && wait < HOUR && b.accounts.iter().any(|u| is_web_account(u)) {
        offer(link(0.6, "under the web server's account, soon after".into()));
    }
    if same_actor && !a.outside && (a.is_deed() || a.inside_now || a.stage <= Stage::Access) {
        let reach = if b.is_deed() || b.inside_now { 12 * HOUR } else { 2 * HOUR };
        if wait < reach && !strangers && a.score.max(b.score) >= 0.5 {
            offer(link(0.6, format!("the same machine, {}", a.actor.as_deref().unwrap_or_default())));
        }
    }
    if let Some(peer) = shares(&a.peers, &b.peers)
        && common.peers.get(&peer).is_none_or(|hosts| hosts.len() <= 3)
        && wait < 48 * HOUR
    {
        offer(link(0.7, format!("the same system outside, {peer}")));
    }
    best
}

/// A finding in its story: the place of the one it follows, and how.
pub type Parent = Option<(usize, Link)>;

/// For each node the one that it follows.
#[must_use]
pub fn parents(nodes: &[Node]) -> Vec<Parent> {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by(|x, y| nodes[*x].order().cmp(&nodes[*y].order()));
    let mut common = Common { accounts: FxHashMap::default(), peers: FxHashMap::default() };
    for node in nodes {
        for account in &node.accounts {
            *common.accounts.entry(account.clone()).or_default() += 1;
        }
        for peer in &node.peers {
            common.peers.entry(peer.clone()).or_default().extend(node.actor.clone());
        }
    }
    let mut parents: Vec<Parent> = vec![None; nodes.len()];
    for (place, at) in order.iter().enumerate() {
        let b = &nodes[*at];
        let mut best: Option<(usize, Link)> = None;
        for before in order[..place].iter().rev() {
            let Some(found) = follows(&nodes[*before], b, &common) else { continue };
            let enough = if b.score < 0.25 { FOR_THE_WEAK } else { ENOUGH };
            // The nearest of those that are as strong: the loop goes back in time.
            if found.strength >= enough && best.as_ref().is_none_or(|(_, l)| found.strength > l.strength) {
                best = Some((*before, found));
            }
        }
        parents[*at] = best;
    }
    parents
}

/// The nodes of each tree with more than one, each tree in order of time, the trees by their roots.
#[must_use]
pub fn trees(nodes: &[Node], parents: &[Parent]) -> Vec<Vec<usize>> {
    let root = |mut at: usize| {
        while let Some((up, _)) = parents.get(at).and_then(Option::as_ref) {
            at = *up;
        }
        at
    };
    let mut by_root: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for at in 0..nodes.len() {
        by_root.entry(root(at)).or_default().push(at);
    }
    let mut trees: Vec<Vec<usize>> = by_root.into_values().filter(|tree| tree.len() > 1).collect();
    for tree in &mut trees {
        tree.sort_by(|x, y| nodes[*x].order().cmp(&nodes[*y].order()));
    }
    trees.sort_by(|x, y| nodes[x[0]].order().cmp(&nodes[y[0]].order()));
    trees
}

/// How long after, in words ("4 min later"); nothing where they overlap.
#[must_use]
pub fn later(a: &Node, b: &Node) -> String {
    match b.span.0 - a.span.1 {
        wait if wait < MINUTE => String::new(),
        wait => format!(", {} later", crate::draft::length(wait)),
    }
}
