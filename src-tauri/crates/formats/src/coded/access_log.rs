//! Web server access logs: NCSA common and combined, and whatever order of columns Apache, nginx, lighttpd, proxies and
//! application servers are set up to write. The usual line is taken apart by hand on the shortest way: this is the format
//! that comes in hundreds of megabytes. [`front`] and [`tail`] know what stands before the time and behind the status,
//! [`free`] reads lines in another order, [`named`] those of single products. Time is [`ParseContext::clf`]'s.

mod free;
mod front;
mod named;
mod own;
mod tail;

use super::web::records::stray;
use super::web::request;
use super::web::tokens::closing_quote;
use crate::framing::lines::Lines;
use crate::normalise::entities::whole;
use crate::normalise::text::lossy;
use crate::open::Nowhere;
use crate::said::Names;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memchr;
use own::Own;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct AccessLog;

/// An access line that was read.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Its time, if it was understood.
    pub time: Option<Stamp>,
    /// Whether a time stands in it at all.
    pub dated: bool,
}

impl Found {
    /// With the time that was read where one stands.
    fn at(time: Option<Stamp>) -> Self {
        Self { time, dated: true }
    }
}

/// Reads lines one after another, and remembers the names and habits of their log.
#[derive(Debug, Default)]
pub struct Reader {
    own: Own,
    named_hosts: bool,
}

impl Format for AccessLog {
    fn about(&self) -> About {
        About {
            id: "access_log",
            title: "Web access log (common, combined and others)",
            about: "Apache, nginx, lighttpd, Traefik, Tomcat, uWSGI, gunicorn and others: client, user, time, request, \
                    status, size, referrer, user agent, in any order. Virtual hosts, forwarded addresses, durations and \
                    further columns are kept.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let mut fields = Fields::default();
        let mut reader = Reader::default();
        let (mut all, mut good, mut usual) = (0u32, 0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(50) {
            if line.starts_with(b"#") {
                continue;
            }
            fields.clear();
            all += 1;
            let line = line.trim_ascii_end();
            if reader.usual(line, &ctx, &mut fields, &mut Nowhere::default()).is_some() {
                usual += 1;
                good += 1;
                continue;
            }
            fields.clear();
            good += u32::from(reader.line(line, &ctx, &mut fields, &mut Nowhere::default()).is_some());
        }
        // The last line of a cut-off head may be cut off too.
        if all > 1 && !head.whole && all < 50 {
            all -= 1;
        }
        if good == 0 || good * 3 < all {
            return Confidence::none();
        }
        let share = f64::from(good.min(all)) / f64::from(all);
        if usual * 2 < good {
            let why = format!("{good} of the first {all} lines are requests with client, time and status");
            return Confidence { score: 0.55 + 0.38 * share, why };
        }
        Confidence {
            score: 0.6 + 0.38 * share,
            why: format!("{good} of the first {all} lines are requests in common log format"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let mut reader = Reader { named_hosts: names_hosts(lines.peek(32 << 10)?.0), ..Reader::default() };
        let names = Names::new(out);
        let mut fields = Fields::default();
        while let Some(line) = lines.next()? {
            let bytes = line.bytes;
            let (offset, number) = (line.offset, line.number);
            let flow = if bytes.trim_ascii().is_empty() || bytes.starts_with(b"#") {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                match reader.line(bytes, ctx, &mut fields, out) {
                    Some(found) => {
                        let record =
                            Record { time: found.time, offset, line: number, raw: bytes, bytes: bytes.len() as u64, fields: &fields };
                        match out.event(&record) {
                            Flow::Continue if found.dated && found.time.is_none() => out.problem(
                                ProblemKind::BadTime,
                                number,
                                offset,
                                0,
                                "the time of this request was not understood",
                                bytes,
                            ),
                            flow => flow,
                        }
                    }
                    // Errors stand among the requests of some servers.
                    None => match stray(bytes, ctx, &mut fields, &names, out) {
                        Some(time) => out.event(&Record {
                            time,
                            offset,
                            line: number,
                            raw: bytes,
                            bytes: bytes.len() as u64,
                            fields: &fields,
                        }),
                        None => out.problem(
                        ProblemKind::Malformed,
                        number,
                        offset,
                        bytes.len() as u64,
                        "not a line of an access log: client, [time], \"request\" and status are not all there",
                        bytes,
                    ),
                    },
                }
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether the lines name a host before the client. Where one does, an address at that place is a host too.
fn names_hosts(head: &[u8]) -> bool {
    head.split(|b| *b == b'\n').take(200).any(|line| {
        let mut rest = &line[..line.len().min(300)];
        let (first, second) = (front::word(&mut rest), front::word(&mut rest));
        front::is_domain(first) && request::is_address(second)
    })
}

impl Reader {
    /// Reads a line in whatever order; `None` when it is no access line, and nothing is written then.
    pub fn line(
        &mut self,
        b: &[u8],
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Option<Found> {
        self.own_shape(b, ctx, fields, out).or_else(|| free::read(b, ctx, &mut self.own, fields, out))
    }

    /// As [`Reader::line`], without the lines that only the order of their columns makes one.
    pub fn own_shape(
        &mut self,
        b: &[u8],
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Option<Found> {
        self.usual(b, ctx, fields, out).or_else(|| named::read(b, ctx, &mut self.own, fields, out))
    }

    /// `[vhost[:port]] client ident user [time] "request" status bytes ["referrer" "agent" [anything]]`.
    fn usual(
        &mut self,
        b: &[u8],
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Option<Found> {
        let (open, close) = find_time(b)?;
        let rest = &b[close + 1..];
        let (request, mut rest) = match rest.strip_prefix(b" \"") {
            Some(inside) => {
                let end = request_end(inside)?;
                (&inside[..end], &inside[end + 1..])
            }
            // An empty request is written bare by some.
            None if open > 0 => (b"-".as_slice(), rest.strip_prefix(b" -")?),
            None => return None,
        };
        let status = next_word(&mut rest);
        let status =
            if status == b"-" { None } else { Some(whole(status).filter(|s| (0..=999).contains(s))?) };
        let time = ctx.clf(b[open + 1..close].trim_ascii());

        fields.text(known::EVENT_CATEGORY, "web");
        // An overflow attempt is tens of kilobytes of machine code: it is made text once, not for each field.
        let request = lossy(request);
        front::who(&b[..open], self.named_hosts, &mut self.own, fields, out);
        if let Some(status) = status {
            request::status(status, fields);
        }
        // What was taken apart need not be kept in one piece too; what was not is the message.
        if !request::line(&request, fields) && !matches!(&*request, "-" | "") {
            fields.text(known::MESSAGE, &request);
        }
        let before = rest;
        let size = next_word(&mut rest);
        match whole(size) {
            Some(bytes) => fields.int(known::HTTP_RESPONSE_BYTES, bytes),
            None if size == b"-" => {}
            None => {
                tail::read(before, true, &mut self.own, fields, out);
                return Some(Found::at(time));
            }
        }
        if rest.starts_with(b" \"")
            && let Some(end) = closing_quote(&rest[2..])
            && rest[2 + end + 1..].starts_with(b" \"")
        {
            let (referrer, from) = (&rest[2..2 + end], &rest[2 + end + 3..]);
            // An agent that is cut off is an agent.
            let end = closing_quote(from).unwrap_or(from.len());
            for (field, value) in [(known::HTTP_REFERRER, referrer), (known::USER_AGENT, &from[..end])] {
                if !matches!(value, b"-" | b"") {
                    fields.bytes(field, value);
                }
            }
            rest = from.get(end + 1..).unwrap_or_default();
            if !rest.trim_ascii().is_empty() {
                tail::behind_agent(rest, &mut self.own, fields, out);
            }
        } else if !rest.trim_ascii().is_empty() {
            tail::read(rest, false, &mut self.own, fields, out);
        }
        Some(Found::at(time))
    }
}

/// Whether this begins as an access line does: a quick look, without reading it.
#[must_use]
pub fn looks_like_one(b: &[u8]) -> bool {
    b.starts_with(b"[GIN")
        || b.starts_with(b"[pid: ")
        || find_time(b).is_some_and(|(_, end)| b[end + 1..].starts_with(b" \""))
}

/// Where `[dd/Mon/yyyy:` opens and closes. A user's name may hold brackets, and a time that is none: the request stands
/// right behind the true one, and no name can hold the bare quote of it.
#[inline]
fn find_time(b: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    let mut first = None;
    // A client field of more than a kilobyte is none.
    let reach = &b[..b.len().min(1024)];
    while let Some(n) = memchr(b'[', &reach[from..]) {
        let at = from + n;
        // `10/Oct/2000:`, and cPanel's `10/30/2000:`.
        if b.get(at + 3) == Some(&b'/')
            && (b.get(at + 7) == Some(&b'/') || b.get(at + 6) == Some(&b'/') && b.get(at + 11) == Some(&b':'))
            && let Some(n) = memchr(b']', &b[at..b.len().min(at + 60)])
        {
            let close = at + n;
            if b[close + 1..].starts_with(b" \"") {
                return Some((at, close));
            }
            first = first.or(Some((at, close)));
        }
        from = at + 1;
    }
    first
}

/// Where the quoted request ends. Some servers write quotes in it as they come: then it is the quote that a status follows.
#[inline]
fn request_end(inside: &[u8]) -> Option<usize> {
    let first = closing_quote(inside)?;
    if followed_by_status(&inside[first + 1..]) {
        return Some(first);
    }
    let mut at = first + 1;
    while let Some(n) = memchr(b'"', &inside[at..]) {
        if followed_by_status(&inside[at + n + 1..]) {
            return Some(at + n);
        }
        at += n + 1;
    }
    Some(first)
}

/// ` 200 ` or ` -`
#[inline]
fn followed_by_status(rest: &[u8]) -> bool {
    match rest {
        [b' ', a, b, c, more @ ..] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() => {
            matches!(more.first(), None | Some(b' ' | b'\r'))
        }
        [b' ', b'-', more @ ..] => matches!(more.first(), None | Some(b' ')),
        _ => false,
    }
}

/// The next word behind one or more spaces.
#[inline]
fn next_word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let start = rest.iter().position(|c| *c != b' ').unwrap_or(rest.len());
    let from = &rest[start..];
    let end = memchr(b' ', from).unwrap_or(from.len());
    *rest = &from[end..];
    &from[..end]
}

#[cfg(test)]
mod tests;
