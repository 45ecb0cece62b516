//! Messages as shapes: literal text with named holes, so that what a daemon says stands in tables that read like its log.
//!
//! `Failed login for {user} from {peer}`. What a hole takes, and where it goes:
//!
//! | hole | takes | goes to |
//! |---|---|---|
//! | `{user}`, `{target}`, `{as}` | any text, the longest that fits: names are an attacker's, what follows is the daemon's | `user.name`, `user.target.name`, `user.effective.name` |
//! | `{source}`, `{destination}` | an address or a host name | `source.*`, `destination.*` |
//! | `{peer}`, `{server}` | the same with a port behind it (`1.2.3.4:5`, `[::1]:5`, `1.2.3.4#5`, `1.2.3.4[5]`) or without | `source.*`, `destination.*` |
//! | `{peer:}` | an address and always a port | `source.*` |
//! | `{port}`, `{count}`, `{pid}` | digits | `source.port`, `event.count`, `process.pid` |
//! | `{reason}` | any text | `event.reason` |
//! | `{*}`, `{?}` | any text; one word | nothing |
//! | `{ip}` | an address, no name | `source.*` |
//! | `{any.other}`, `{any.other*}`, `{any.other#}`, `{any.other?}` | any text, the shortest that fits; the longest; digits; one word | the field of that name |
//!
//! A shape fits a whole message, blanks at its ends aside; `{*}` at its end takes any rest, and the hole right before it one
//! word. Else no two holes stand side by side. The work is bounded, so no message
//! can make it long.

use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memmem;
use timberline_model::known;

/// One thing that a program says, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    shape: &'static str,
    category: &'static str,
    action: &'static str,
    outcome: Option<bool>,
    reason: &'static str,
}

impl Line {
    /// A message of this shape is of a category (ECS) and says that something was done.
    #[must_use]
    pub const fn new(category: &'static str, action: &'static str, shape: &'static str) -> Self {
        Self { shape, category, action, outcome: None, reason: "" }
    }

    /// A login that failed.
    #[must_use]
    pub const fn failed(action: &'static str, shape: &'static str) -> Self {
        Self { shape, category: "authentication", action, outcome: Some(false), reason: "" }
    }

    /// A login that succeeded.
    #[must_use]
    pub const fn login(action: &'static str, shape: &'static str) -> Self {
        Self { shape, category: "authentication", action, outcome: Some(true), reason: "" }
    }

    /// It came about.
    #[must_use]
    pub const fn good(self) -> Self {
        Self { outcome: Some(true), ..self }
    }

    /// It did not come about.
    #[must_use]
    pub const fn bad(self) -> Self {
        Self { outcome: Some(false), ..self }
    }

    /// Why, where the shape itself says it.
    #[must_use]
    pub const fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }
}

#[derive(Clone, Copy, Debug)]
enum Hole {
    User,
    Target,
    As,
    Host(&'static End),
    /// An address and no name.
    Ip,
    Peer(&'static End),
    /// As `Peer`, with a port in any case: `2001:db8::1:22` has one.
    PeerAndPort,
    Port,
    Count,
    Pid,
    Reason,
    Any,
    Word,
    Field(&'static str),
    FieldNumber(&'static str),
    FieldWord(&'static str),
    FieldLongest(&'static str),
}

/// What a program says, as a table.
#[derive(Debug)]
pub struct Lines(&'static [Line]);

/// At most so many holes of a shape are kept.
const MOST_HOLES: usize = 12;
/// At most so many tries for one shape and one message.
const MOST_TRIES: u32 = 256;
/// Longer messages are looked at so far only; what daemons say about logins is short.
const REACH: usize = 8 << 10;

type Taken<'t> = [(Option<Hole>, &'t [u8]); MOST_HOLES];

impl Lines {
    /// The table.
    #[must_use]
    pub const fn new(lines: &'static [Line]) -> Self {
        Self(lines)
    }

    fn find<'t>(&self, text: &'t [u8]) -> Option<(&'static Line, Taken<'t>)> {
        let text = text.trim_ascii();
        let text = &text[..text.len().min(REACH)];
        let mut taken: Taken<'t> = [(None, b""); MOST_HOLES];
        // Most shapes fall out by their first letter.
        let first = text.first().copied();
        let may = |line: &&Line| {
            let shape = line.shape.as_bytes().first().copied();
            shape == Some(b'{') || shape == first
        };
        let line = self
            .0
            .iter()
            .filter(may)
            .find(|line| fits(line.shape, text, &mut taken, 0, &mut { MOST_TRIES }))?;
        Some((line, taken))
    }

    /// Whether a message has one of the shapes.
    #[must_use]
    pub fn know(&self, text: &[u8]) -> bool {
        self.find(text).is_some()
    }

    /// Reads a message by the first shape that fits; false when none does.
    pub fn read(&self, dataset: &str, text: &[u8], said: &mut Said<'_>) -> bool {
        let Some((line, taken)) = self.find(text) else { return false };
        if let Some(good) = line.outcome {
            said.outcome(good);
        }
        write(line, taken, dataset, said);
        true
    }

    /// As [`Lines::read`], where somebody else says how it ended.
    pub fn read_without_outcome(&self, dataset: &str, text: &[u8], said: &mut Said<'_>) -> bool {
        let Some((line, taken)) = self.find(text) else { return false };
        write(line, taken, dataset, said);
        true
    }
}

fn write(line: &Line, taken: Taken<'_>, dataset: &str, said: &mut Said<'_>) {
    said.is(dataset, line.category, line.action);
    for (hole, value) in taken {
        if let Some(hole) = hole {
            fill(hole, value, said);
        }
    }
    if !line.reason.is_empty() {
        said.fields.text(known::EVENT_REASON, line.reason);
    }
}

/// A payload that is a table and nothing else.
pub struct Told {
    /// Its id, title and sentence; the id is the dataset.
    pub about: About,
    /// Who speaks so.
    pub programs: &'static [&'static str],
    /// What they say.
    pub lines: &'static Lines,
    /// What shows such a message whoever wrote it.
    pub claims: fn(&[u8]) -> bool,
}

/// Nothing shows that a message is this product's but the program's name.
#[must_use]
pub fn by_name_only(_: &[u8]) -> bool {
    false
}

impl Payload for Told {
    fn about(&self) -> About {
        self.about
    }

    fn programs(&self) -> &'static [&'static str] {
        self.programs
    }

    fn claims(&self, message: &[u8]) -> bool {
        (self.claims)(message)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        self.lines.read(self.about.id, message, said)
    }
}

fn hole(name: &'static str) -> Hole {
    match name {
        "user" => Hole::User,
        "target" => Hole::Target,
        "as" => Hole::As,
        "source" => Hole::Host(&SOURCE),
        "ip" => Hole::Ip,
        "destination" => Hole::Host(&DESTINATION),
        "peer" => Hole::Peer(&SOURCE),
        "peer:" => Hole::PeerAndPort,
        "server" => Hole::Peer(&DESTINATION),
        "port" => Hole::Port,
        "count" => Hole::Count,
        "pid" => Hole::Pid,
        "reason" => Hole::Reason,
        "*" => Hole::Any,
        "?" => Hole::Word,
        other => match other.as_bytes().last() {
            Some(b'#') => Hole::FieldNumber(&other[..other.len() - 1]),
            Some(b'?') => Hole::FieldWord(&other[..other.len() - 1]),
            Some(b'*') => Hole::FieldLongest(&other[..other.len() - 1]),
            _ => Hole::Field(other),
        },
    }
}

impl Hole {
    /// How many bytes it can take at most.
    fn run(self, text: &[u8]) -> usize {
        let most = |good: fn(u8) -> bool| text.iter().position(|c| !good(*c)).unwrap_or(text.len());
        match self {
            Self::Port | Self::Count | Self::Pid | Self::FieldNumber(_) => most(|c| c.is_ascii_digit()),
            Self::Host(_) | Self::Ip | Self::Peer(_) | Self::PeerAndPort => {
                most(|c| c.is_ascii_alphanumeric() || b".:-_%[]#@/".contains(&c) || c >= 0x80)
            }
            Self::Word | Self::FieldWord(_) => most(|c| !c.is_ascii_whitespace()),
            _ => text.len(),
        }
    }

    /// Whether the longest text that fits is right: what an attacker writes, and whole words.
    fn longest(self) -> bool {
        !matches!(self, Self::Any | Self::Reason | Self::Field(_))
    }

    fn takes(self, text: &[u8]) -> bool {
        match self {
            Self::Host(_) => is_host(text),
            Self::Ip => is_ip(text),
            Self::Peer(_) => {
                let (host, _) = peer(text);
                is_host(host)
            }
            Self::PeerAndPort => {
                let (host, port) = last_port(text);
                is_host(host) && whole(port).is_some()
            }
            Self::Port | Self::Count | Self::Pid | Self::FieldNumber(_) | Self::Word => !text.is_empty(),
            _ => true,
        }
    }
}

/// An address, or a name as DNS has them (a trailing dot and underscores are met).
fn is_host(text: &[u8]) -> bool {
    let inner = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
    let bare = inner.split(|c| *c == b'%').next().unwrap_or(inner);
    if bare.is_empty() || bare.len() > 255 || bare.iter().all(u8::is_ascii_digit) {
        return false;
    }
    is_ip(bare)
        || bare[0] != b'.'
            && bare.iter().all(|c| c.is_ascii_alphanumeric() || b".-_".contains(c) || *c >= 0x80)
}

/// An address and the port behind it, however it is written; the port is empty where there is none.
#[must_use]
pub fn peer(text: &[u8]) -> (&[u8], &[u8]) {
    let whole_text = (text, b"".as_slice());
    if is_ip(text) {
        return whole_text;
    }
    if let Some(inside) = text.strip_prefix(b"[")
        && let Some(close) = memchr::memchr(b']', inside)
    {
        let port = inside[close + 1..].strip_prefix(b":").unwrap_or(b"");
        return if inside.len() == close + 1 || whole(port).is_some() {
            (&inside[..close], port)
        } else {
            whole_text
        };
    }
    if let Some(open) = memchr::memchr(b'[', text)
        && let Some(port) = text[open + 1..].strip_suffix(b"]").filter(|p| whole(p).is_some())
    {
        return (&text[..open], port);
    }
    match text.iter().rposition(|c| matches!(c, b':' | b'#')) {
        Some(at) if at > 0 && whole(&text[at + 1..]).is_some_and(|p| p <= 65_535) => {
            (&text[..at], &text[at + 1..])
        }
        _ => whole_text,
    }
}

/// The last `:` parts a port in any case.
fn last_port(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b':', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

/// Whether a shape fits a whole text; what its holes took.
fn fits<'t>(
    shape: &'static str,
    text: &'t [u8],
    taken: &mut Taken<'t>,
    kept: usize,
    tries: &mut u32,
) -> bool {
    let literal = shape.as_bytes().iter().take_while(|c| **c != b'{').count();
    if text.len() < literal || text[..literal] != shape.as_bytes()[..literal] {
        return false;
    }
    let (shape, text) = (&shape[literal..], &text[literal..]);
    let Some((name, rest)) = shape.strip_prefix('{').and_then(|s| s.split_once('}')) else {
        return text.is_empty();
    };
    let hole = hole(name);
    let keep = |value: &'t [u8], taken: &mut Taken<'t>| {
        if let Some(slot) = taken.get_mut(kept) {
            *slot = (Some(hole), value);
        }
        // What a longer try left behind.
        if let Some(slot) = taken.get_mut(kept + 1) {
            *slot = (None, b"");
        }
    };
    let run = hole.run(text);
    if rest.is_empty() {
        let good = run == text.len() && hole.takes(text);
        if good {
            keep(text, taken);
        }
        return good;
    }
    if rest == "{*}" {
        // One word, and whatever follows it.
        let end = text[..run].iter().position(|c| b" ,;\"'()".contains(c)).unwrap_or(run);
        let good = hole.takes(&text[..end]);
        if good {
            keep(&text[..end], taken);
        }
        return good;
    }
    let next = &rest.as_bytes()[..rest.find('{').unwrap_or(rest.len())];
    debug_assert!(!next.is_empty(), "two holes side by side: {rest}");
    let reach = &text[..(run + next.len()).min(text.len())];
    let mut from = if hole.longest() { reach.len() } else { 0 };
    loop {
        let found = if hole.longest() {
            memmem::rfind(&reach[..from], next)
        } else {
            text::place(&reach[from..], next).map(|n| from + n)
        };
        let Some(at) = found else { return false };
        if *tries == 0 {
            return false;
        }
        *tries -= 1;
        if at <= run && hole.takes(&text[..at]) {
            keep(&text[..at], taken);
            if fits(&rest[next.len()..], &text[at + next.len()..], taken, kept + 1, tries) {
                return true;
            }
        }
        if hole.longest() {
            if at == 0 {
                return false;
            }
            from = at + next.len() - 1;
        } else {
            from = at + 1;
        }
    }
}

fn fill(hole: Hole, value: &[u8], said: &mut Said<'_>) {
    match hole {
        Hole::User => said.user(value),
        Hole::Target => said.fields.bytes(known::USER_TARGET_NAME, value),
        Hole::As => said.fields.bytes(known::USER_EFFECTIVE_NAME, value),
        Hole::Host(end) => end.host(said.fields, value),
        Hole::Ip => SOURCE.host(said.fields, value),
        Hole::Peer(end) => {
            let (host, port) = peer(value);
            end.host(said.fields, host);
            end.port(said.fields, port);
        }
        Hole::PeerAndPort => {
            let (host, port) = last_port(value);
            SOURCE.host(said.fields, host);
            SOURCE.port(said.fields, port);
        }
        Hole::Port => SOURCE.port(said.fields, value),
        Hole::Count => said.count(value),
        Hole::Pid => {
            if let Some(pid) = whole(value) {
                said.fields.int(known::PROCESS_PID, pid);
            }
        }
        Hole::Reason => {
            if !value.trim_ascii().is_empty() {
                said.fields.bytes(known::EVENT_REASON, value.trim_ascii());
            }
        }
        Hole::Any | Hole::Word => {}
        // ECS has the names of protocols in small letters.
        Hole::FieldWord(name @ ("network.transport" | "network.protocol")) => {
            said.set(name, &value.to_ascii_lowercase());
        }
        Hole::Field(name) | Hole::FieldWord(name) | Hole::FieldLongest(name) => said.set(name, value),
        Hole::FieldNumber(name) => said.set_number(name, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shape: &'static str, text: &str, expect: Option<&[&str]>) {
        let mut taken: Taken<'_> = [(None, b""); MOST_HOLES];
        let fit = fits(shape, text.as_bytes(), &mut taken, 0, &mut { MOST_TRIES });
        let got: Vec<String> = taken
            .iter()
            .filter(|(hole, _)| hole.is_some())
            .map(|(_, v)| String::from_utf8_lossy(v).into_owned())
            .collect();
        assert_eq!(
            fit.then_some(got),
            expect.map(|e| e.iter().map(|s| (*s).to_owned()).collect()),
            "{shape}: {text}"
        );
    }

    #[test]
    fn shapes_take_what_they_name_and_nothing_else() {
        check(
            "login of {user} from {peer}",
            "login of bob from 192.0.2.1:77",
            Some(&["bob", "192.0.2.1:77"]),
        );
        check("login of {user} from {peer}", "login of bob from nowhere at all", None);
        check("{?}: no {reason}", "a: no way", Some(&["a", "way"]));
        check("{?}: no {reason}", "a b: no way", None);
        check("failed {count} times{*}", "failed 12 times, so", Some(&["12", ", so"]));
        check("failed {count} times{*}", "failed x times, so", None);
        check("from {source}{*}", "from 192.0.2.1 (x)", Some(&["192.0.2.1"]));
        check("from {source}{*}", "from 192.0.2.1", Some(&["192.0.2.1"]));
        check("from {source}{*}", "from (x)", None);
        check("all", "all", Some(&[]));
        check("all", "all of it", None);
    }

    #[test]
    fn a_name_cannot_put_on_an_address() {
        let shape = "login of {user} from {source} failed";
        check(
            shape,
            "login of a from 192.0.2.1 failed from 192.0.2.9 failed",
            Some(&["a from 192.0.2.1 failed", "192.0.2.9"]),
        );
        check(shape, "login of  from 192.0.2.9 failed", Some(&["", "192.0.2.9"]));
    }

    #[test]
    fn no_message_makes_the_work_long() {
        let many = "a b ".repeat(100_000);
        check("{user} b {user} b {user} b {user} b {user} c {user} d", &many, None);
        assert!(!Lines::new(&[]).know(many.as_bytes()));
    }

    #[test]
    fn ports_are_found_however_they_are_written() {
        let check = |text: &str, host: &str, port: &str| {
            assert_eq!(peer(text.as_bytes()), (host.as_bytes(), port.as_bytes()), "{text}");
        };
        check("192.0.2.1", "192.0.2.1", "");
        check("192.0.2.1:80", "192.0.2.1", "80");
        check("192.0.2.1#53", "192.0.2.1", "53");
        check("192.0.2.1[4500]", "192.0.2.1", "4500");
        check("[2001:db8::1]:80", "2001:db8::1", "80");
        check("[2001:db8::1]", "2001:db8::1", "");
        check("2001:db8::1", "2001:db8::1", "");
        check("2001:db8::1#53", "2001:db8::1", "53");
        check("host.example:80", "host.example", "80");
        check("", "", "");
    }
}
