//! What is asked about the events: how many, which most, when, whether ... The order of the rules is their
//! strength: what is asked for by a rare phrase comes before what common words may mean.

use super::conditions::is_thing;
use super::known::{FROM, TO};
use super::reading::{Reading, Want};
use super::subjects::{self, Subject};
use super::words::Words;

const MOST: &[&str] = &[
    "most",
    "top",
    "highest",
    "busiest",
    "biggest",
    "largest",
    "common",
    "commonest",
    "frequent",
    "frequently",
    "often",
    "greatest",
    "leading",
    "popular",
    "noisiest",
    "main",
    "ranked",
    "rank",
    "ranking",
    "active",
    "more than any",
    "more than anyone",
    "more than any other",
    "than anyone else",
];
const LEAST: &[&str] = &["least", "fewest", "rarest", "lowest", "smallest", "rarely", "uncommon"];
const HOW_MANY: &[&str] = &[
    "how many",
    "number of",
    "count",
    "how often",
    "how many times",
    "total number",
    "count of",
    "how frequently",
    "totals",
    "total",
    "what share",
    "share of",
    "what percentage",
    "percentage of",
    "what proportion",
    "proportion of",
];
const ODD: &[&str] = &[
    "unusual*",
    "suspicious*",
    "anomal*",
    "strange*",
    "odd",
    "weird",
    "compromis*",
    "breach*",
    "intru*",
    "incident*",
    "alert*",
    "finding*",
    "cards",
    "card",
    "malicious*",
    "threat*",
    "stand out",
    "stands out",
    "abnormal*",
    "ordinary",
    "attack",
    "attacks",
    "attacked",
    "worth",
    "concerning",
    "critical",
    "hacked",
    "evil",
    "bad",
];
const STORY: &[&str] = &[
    "what happened",
    "what was happening",
    "what happens",
    "what went on",
    "what was going on",
    "what is going on",
    "anything happen*",
    "what else happened",
    "what occurred",
    "what took place",
    "sequence of events",
    "chain of events",
    "led to",
    "led up to",
    "what do we see",
    "what did we see",
    "anything going on",
    "happened",
    "going on",
    "occurred",
];
const ABOUT: &[&str] = &[
    "tell me about",
    "what do we know about",
    "what is known about",
    "what can you tell me about",
    "who is",
    "who was",
    "describe",
    "profile",
    "summary",
    "summarise",
    "summarize",
    "activity",
    "activities",
    "actions taken",
    "everything",
    "investigate",
    "what is",
    "overview",
    "behaviour",
    "behavior",
    "explain",
    "story",
];
const BYTES: &[&str] = &[
    "bytes",
    "byte",
    "megabytes",
    "gigabytes",
    "volume",
    "how much data",
    "how much traffic",
    "how much network traffic",
    "most data",
    "most traffic",
    "data sent",
    "data received",
    "transferred",
    "transfer*",
    "exfiltrat*",
    "uploaded",
    "upload*",
    "bandwidth",
    "amount of data",
    "amounts of data",
    "sent",
    "talkers",
    "data was",
    "how much",
    "send",
    "sends",
    "sender",
    "senders",
    "receive",
    "receives",
    "received",
];
const SURELY_BYTES: &[&str] = &[
    "bytes",
    "byte",
    "megabytes",
    "gigabytes",
    "volume",
    "bandwidth",
    "data",
    "traffic",
    "exfiltrat*",
    "upload*",
    "transfer*",
    "how much",
    "talkers",
];
const PATTERN: &[&str] = &[
    "pattern*",
    "habit*",
    "history",
    "behaviour",
    "behavior",
    "usual hours",
    "heat map",
    "heatmap",
    "usual times",
    "login times",
    "profile",
    "schedule",
];
const USUAL: &[&str] =
    &["typically", "typical", "usually", "usual", "normally", "normal", "regularly", "commonly"];
const YES_NO: &[&str] = &[
    "did",
    "was",
    "were",
    "is",
    "are",
    "has",
    "have",
    "do",
    "does",
    "any",
    "had",
    "can",
    "was there",
    "were there",
];

/// Whether a word says what is asked, so that it is no value of the case by chance ("most active").
pub fn is_word(low: &str) -> bool {
    [MOST, LEAST, HOW_MANY, ODD, STORY, BYTES, USUAL].iter().any(|list| list.contains(&low))
}

/// What is asked, where the question says so; marks the words that say it.
pub fn find(
    words: &mut Words,
    reading: &mut Reading,
    subject: Option<&'static Subject>,
    counting: bool,
    numbers_of_bytes: bool,
) -> Option<Want> {
    let most = words.take_any(MOST);
    let least = words.take_any(LEAST);
    let id = subject.map_or("", |s| s.id);
    let login = subject.is_some_and(|s| s.lacking == "logins");
    let how_many = words.take_any(HOW_MANY);
    let thing = reading.conditions.iter().any(|c| c.thing);
    let grouped = !reading.groups.is_empty();
    reading.share = words.has_any(&["share", "percentage", "proportion"]);
    reading.least = least;
    reading.most = most;
    let when = words.has("when") || words.has("what time");
    if words.take_any(&[
        "report",
        "write-up",
        "writeup",
        "executive summary",
        "management summary",
        "incident summary",
    ]) {
        words.take_any(&[
            "detailed",
            "detail*",
            "including",
            "include",
            "timeline",
            "impact",
            "analysis",
            "response",
            "actions",
            "incident*",
            "summary",
            "short",
            "full",
            "recommend*",
            "next steps",
            "steps",
            "draft",
            "attack",
            "findings",
        ]);
        return Some(Want::Report);
    }
    if reading.topic.is_some() && !(most && grouped) {
        // A kind of attack is answered by its cards, whatever else is asked of it.
        words.take_any(ODD);
        words.take_any(&["hosts", "host", "look", "hunt", "hunting", "any", "detect*", "happen*"]);
        return Some(Want::Unusual);
    }
    if reading.versus.is_some() {
        words.take_any(&["in", "were", "what"]);
        return Some(Want::Compare);
    }
    if reading.novel {
        words.take_any(&["but", "never", "before", "new"]);
        return Some(Want::Novel);
    }
    if reading.stat.is_some() {
        words.take_any(&["who made it", "made"]);
        return Some(Want::Measure);
    }
    let yes_no = YES_NO.contains(&words.low(0))
        || words.has_any(&["whether", "was there", "were there", "is there", "are there any"]) && !how_many;
    let follows = words.has_any(&[
        "followed",
        "then",
        "before a",
        "after a",
        "after which",
        "preceded",
        "afterwards",
        "eventually",
        "finally",
        "before succeeding",
        "after failing",
        "before",
    ]);
    let both = id == subjects::LOGINS
        && words.has_any(subjects::FAIL)
        && (words.has_any(subjects::OK)
            || words.has_any(&["got in", "get in", "gets in", "broke in", "logged in"]));
    if both && grouped && !follows && (reading.at_least.is_some() || reading.successes.is_some()) {
        return Some(Want::Both);
    }
    if both
        && (follows
            || reading.failures.is_some()
            || reading.at_least.is_some()
            || words.has_any(&["and", "with"]))
        && !how_many
    {
        words.take_any(&["followed", "afterwards", "eventually", "finally", "preceded", "after", "before"]);
        return Some(Want::Sequence);
    }
    if words.take_any(&[
        "log files",
        "log sources",
        "sources loaded",
        "what logs",
        "which logs",
        "what sources are",
        "which sources are",
        "which sources do",
        "what sources do",
        "data sources",
        "files were read",
        "was imported",
        "were imported",
        "imported",
        "sources are there",
        "sources do you have",
        "what files",
    ]) && !most
        && id.is_empty()
    {
        words.take_any(&["sources", "source", "files", "loaded", "read"]);
        return Some(Want::Sources);
    }
    if words.take_any(&[
        "time range",
        "time span",
        "timespan",
        "period",
        "covered",
        "coverage",
        "cover",
        "how far back",
        "start and end",
        "date range",
        "begin",
        "end",
    ]) && (id.is_empty() || id == subjects::EVENTS)
    {
        words.take_any(&["start", "begin", "end", "far", "back", "time", "range"]);
        return Some(Want::Coverage);
    }
    let of_errors = id == "errors" && reading.groups.iter().all(|g| g == "message");
    let kinds =
        words.has_any(&["kind", "kinds", "type", "types", "which", "what", "list"]) && !when && !yes_no;
    if of_errors
        && (most || kinds)
        && !counting
        && !words.fresh_any(&["first", "last", "earliest", "latest"])
        && (!how_many || words.has_any(&["kinds", "types", "different"]))
    {
        return Some(Want::Kinds);
    }
    if (login || id.is_empty())
        && reading.conditions.iter().filter(|c| c.thing).count() >= 2
        && words.take_any(USUAL)
    {
        words.take_any(&["come", "comes", "connect*", "use*"]);
        return Some(Want::Typical);
    }
    if login
        && !how_many
        && !most
        && words.take_any(&["unusual", "suspicious*", "anomal*", "strange*", "odd", "weird", "abnormal*"])
    {
        words.take_any(PATTERN);
        words.take_any(&["activity", "anything", "access", "behaviour", "behavior"]);
        return Some(Want::Unusual);
    }
    if login
        && (words.take_any(PATTERN) || words.take_any(USUAL))
        && !reading.groups.iter().any(|g| is_thing(g))
    {
        reading.groups.clear();
        return Some(Want::Logins);
    }
    // "Sent" and "received" speak of bytes only where there are any.
    let counted = !matches!(id, "" | subjects::EVENTS | subjects::CONNECTIONS);
    let bytes = words.has_any(BYTES)
        && !login
        && !counting
        && (words.has_any(SURELY_BYTES) || !counted && (numbers_of_bytes || !grouped));
    if words.has_any(&["normal", "rare", "uncommon", "unusual"])
        && grouped
        && !bytes
        && reading.groups.iter().any(|g| !is_thing(g))
    {
        words.take_any(&["normal", "rare", "uncommon", "unusual", "look"]);
        return Some(Want::Rare);
    }
    if id == "alerts" {
        // The alerts of other tools are events, not cards.
        words.take_any(&["alert*"]);
    }
    let odd = words.fresh_any(ODD);
    if odd && !bytes && !how_many && !(most && (login || grouped)) && !counting {
        words.take_any(ODD);
        words.take_any(&[
            "activity",
            "activities",
            "anything",
            "something",
            "behaviour",
            "behavior",
            "events",
            "patterns",
            "pattern",
            "access",
            "logins",
            "security",
        ]);
        words.take_any(STORY);
        return Some(Want::Unusual);
    }
    words.take_any(ODD);
    if reading.group_by_process && !how_many && !most && !counting {
        return Some(Want::Values);
    }
    let story = words.take_any(STORY) || words.take("activity") && reading.clock.is_some();
    words.take_any(&["anything", "something"]);
    if story && !how_many && !most && !grouped && !thing && matches!(id, "" | subjects::EVENTS) {
        let timed = reading.clock.is_some() || !reading.range.is_all();
        return Some(if timed { Want::Around } else { Want::Unusual });
    }
    if id == subjects::CONNECTIONS && !most && !least && !bytes && !counting && !when {
        let peers =
            reading.groups.iter().all(|g| g == "destination.ip" || g == "host.name" || g == "source.ip");
        let to = reading.on(TO).is_some() && reading.on(FROM).is_none();
        let asks = words.has_any(&["what", "which", "who", "where", "list", "show", "whom", "everything"])
            || how_many;
        if thing && peers && asks && (grouped || !how_many) {
            reading.inward = to;
            return Some(Want::Connections);
        }
    }
    if bytes && !reading.conditions.iter().any(|c| c.absent && !c.thing) {
        words.take_any(BYTES);
        words.take_any(&[
            "received",
            "downloaded",
            "large",
            "unusually",
            "amounts",
            "amount",
            "volumes",
            "outgoing",
            "incoming",
            "out",
            "data",
            "traffic",
        ]);
        return Some(Want::Sum);
    }
    let about = words.take_any(ABOUT);
    let did = words.has_any(&["what did", "what has", "what else did", "what was", "what does"]);
    if thing
        && (about || did && id.is_empty())
        && !grouped
        && !how_many
        && matches!(id, "" | subjects::EVENTS)
    {
        return Some(Want::Profile);
    }
    if about && !thing && id.is_empty() && !grouped && !most && !least {
        return Some(Want::Unusual);
    }
    if counting || most && reading.every_ns.is_some() {
        return Some(Want::Timeline);
    }
    if how_many
        && grouped
        && !words.has_any(&["per", "by", "each", "for each", "how many times", "how often"])
    {
        return Some(Want::Distinct);
    }
    if grouped && (most || least || reading.at_least.is_some()) {
        return Some(if least { Want::Rare } else { Want::Top });
    }
    let first = words.fresh_any(&["first", "earliest", "initial*"]);
    let last = words.fresh_any(&["last", "latest", "newest", "recent"]);
    if (first || last) && !how_many {
        words.take_any(&["first", "earliest", "initial*", "last", "latest", "newest", "recent", "time"]);
        return Some(if first && last || when && !grouped && !first && !last {
            Want::When
        } else if first {
            Want::First
        } else {
            Want::Last
        });
    }
    if how_many {
        return Some(if grouped { Want::Top } else { Want::Count });
    }
    if when {
        return Some(Want::When);
    }
    if most || least {
        return Some(if least { Want::Rare } else { Want::Top });
    }
    if yes_no && !grouped {
        return Some(Want::Exists);
    }
    if grouped {
        return Some(if words.has_any(&["by", "per"]) { Want::Top } else { Want::Values });
    }
    let shows = words.has_any(&["show", "list", "find", "display", "give", "search", "get"]);
    words.take_any(&["search"]);
    if thing && id.is_empty() {
        // Not said, only likeliest: a question that goes on from another takes that one's want.
        reading.want = Want::Profile;
        return None;
    }
    if shows && (subject.is_some() || !reading.conditions.is_empty()) {
        return Some(Want::Events);
    }
    None
}
