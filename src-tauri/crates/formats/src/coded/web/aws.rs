//! Logs that AWS writes as text: load balancers (classic, application, network), S3's server access, VPC flows.

use super::request;
use super::tokens::{Kind, Token, cut};
use crate::framing::lines::Lines;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text::lossy;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memchr;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// Tokens of a line; the longest of these logs has 33 columns.
const MOST: usize = 40;

/// Reads lines one by one with `read`, which says whether a line is one and its time.
fn lines(
    input: &mut dyn Read,
    out: &mut dyn Sink,
    what: &str,
    mut read: impl FnMut(&[u8], &mut Fields, &mut dyn Sink) -> Found,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(input);
    let mut fields = Fields::default();
    while let Some(line) = lines.next()? {
        let bytes = line.bytes;
        fields.clear();
        let found = if bytes.trim_ascii().is_empty() { Found::Header } else { read(bytes, &mut fields, out) };
        let flow = match found {
            Found::Header => {
                out.filler(bytes.len() as u64);
                Flow::Continue
            }
            Found::Event(time) => out.event(&Record {
                time,
                offset: line.offset,
                line: line.number,
                raw: bytes,
                bytes: bytes.len() as u64,
                fields: &fields,
            }),
            Found::Nothing => {
                out.problem(ProblemKind::Malformed, line.number, line.offset, bytes.len() as u64, what, bytes)
            }
        };
        if flow == Flow::Stop || line.close(out) == Flow::Stop {
            return Ok(());
        }
    }
    Ok(())
}

enum Found {
    Header,
    Event(Option<Stamp>),
    Nothing,
}

/// Counts the lines of a head that `is` says yes to.
fn share(head: &Head<'_>, is: impl Fn(&[u8]) -> bool) -> (u32, u32) {
    let (mut all, mut good) = (0u32, 0u32);
    for line in
        head.bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|l| !l.is_empty()).take(50)
    {
        all += 1;
        good += u32::from(is(line));
    }
    if all > 1 && !head.whole && all < 50 {
        all -= 1;
    }
    (good.min(all), all)
}

fn confidence((good, all): (u32, u32), base: f64, of: &str) -> Confidence {
    let share = f64::from(good) / f64::from(all.max(1));
    if share < 0.6 {
        return Confidence::none();
    }
    Confidence { score: base + 0.03 * share, why: format!("{good} of the first {all} lines are {of}") }
}

fn set(name: &str, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    if matches!(value, b"-" | b"") {
        return;
    }
    if let Some(id) = out.field(name) {
        match whole(value).filter(|_| value == b"0" || !value.starts_with(b"0")) {
            Some(n) => fields.int(id, n),
            None => fields.bytes(id, value),
        }
    }
}

fn cloud(service: &str, fields: &mut Fields) {
    fields.text(known::CLOUD_PROVIDER, "aws");
    fields.text(known::CLOUD_SERVICE_NAME, service);
}

// ---- load balancers ---------------------------------------------------------------------------------------------------

/// Elastic Load Balancing.
pub struct AwsElb;

const TYPES: [&[u8]; 7] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss", b"tls"];

fn is_time(b: &[u8]) -> bool {
    b.len() >= 19 && b[4] == b'-' && b[10] == b'T' && b[13] == b':'
}

/// Whether a line is one, and of which kind: 0 classic, 1 application, 2 network, 3 connections of an application balancer.
fn balancer(tokens: &[Token<'_>]) -> Option<u8> {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    if text(0) == b"tls" && text(1).len() <= 4 && is_time(text(2)) && tokens.len() > 10 {
        return Some(2);
    }
    if TYPES.contains(&text(0)) && is_time(text(1)) && memchr(b'/', text(2)).is_some() && tokens.len() > 12 {
        return Some(1);
    }
    if !is_time(text(0)) {
        return None;
    }
    if tokens.len() >= 12 && request::is_address(text(2)) && tokens.iter().any(|t| t.kind == Kind::Quoted) {
        return Some(0);
    }
    let ports = whole(text(2)).is_some() && whole(text(3)).is_some();
    (request::is_address(text(1))
        && ports
        && tokens.iter().any(|t| t.text.starts_with(b"NotBefore=") || t.text.starts_with(b"TID_")))
    .then_some(3)
}

impl Format for AwsElb {
    fn about(&self) -> About {
        About {
            id: "aws_elb",
            title: "AWS load balancer log (classic, application, network)",
            about: "Requests and connections through Elastic Load Balancing: client, target, timings, TLS, what was decided.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        confidence(
            share(head, |l| balancer(cut::<MOST>(l).all()).is_some()),
            0.955,
            "lines of an AWS load balancer",
        )
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        lines(input, out, "not a line of a load balancer's log", |b, fields, out| {
            let cut = cut::<MOST>(b);
            let tokens = cut.all();
            match balancer(tokens) {
                Some(0) => Found::Event(request_line(tokens, 0, ctx, fields, out)),
                Some(1) => Found::Event(request_line(&tokens[1..], 1, ctx, fields, out)),
                Some(2) => Found::Event(network(tokens, ctx, fields, out)),
                Some(_) => Found::Event(connection(tokens, ctx, fields, out)),
                None => Found::Nothing,
            }
        })
    }
}

/// `time elb client target t1 t2 t3 status target_status received sent "request" "agent" cipher protocol` and, for an
/// application balancer, the columns behind.
fn request_line(
    tokens: &[Token<'_>],
    kind: u8,
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    fields.text(known::EVENT_DATASET, "aws.elb");
    cloud("elb", fields);
    set("aws.elb.name", text(1), fields, out);
    request::end(text(2), SOURCE, fields);
    set("aws.elb.target", text(3), fields, out);
    let names = [
        "aws.elb.request_processing_time.sec",
        "aws.elb.backend_processing_time.sec",
        "aws.elb.response_processing_time.sec",
    ];
    let mut took = 0i64;
    for (n, name) in names.into_iter().enumerate() {
        let value = text(4 + n);
        if let (Some(ns), Some(id)) = (request::decimal(value, 1e9), out.field(name)) {
            took = took.saturating_add(ns);
            if let Ok(seconds) = lossy(value).parse() {
                fields.float(id, seconds);
            }
        }
    }
    if took > 0 {
        fields.int(known::EVENT_DURATION, took);
    }
    let line = lossy(text(11));
    // A TCP listener has no requests.
    let http = kind == 1 || text(7) != b"-" || !line.trim_matches(['-', ' ']).is_empty();
    fields.text(known::EVENT_CATEGORY, if http { "web" } else { "network" });
    if let Some(status) = whole(text(7)) {
        request::status(status, fields);
    }
    set("aws.elb.backend.http.response.status_code", text(8), fields, out);
    let (received, sent) = (whole(text(9)), whole(text(10)));
    for (id, n) in if http {
        [(known::HTTP_REQUEST_BYTES, received), (known::HTTP_RESPONSE_BYTES, sent)]
    } else {
        [(known::SOURCE_BYTES, received), (known::DESTINATION_BYTES, sent)]
    } {
        if let Some(n) = n {
            fields.int(id, n);
        }
    }
    if http && !request::line(&line, fields) && !line.trim_matches(['-', ' ']).is_empty() {
        set("aws.elb.request", line.as_bytes(), fields, out);
    }
    if !matches!(text(12), b"-" | b"") {
        fields.bytes(known::USER_AGENT, text(12));
    }
    tls(text(13), text(14), fields);
    if kind == 1 {
        let names = [
            "aws.elb.target_group.arn",
            "aws.elb.trace_id",
            "url.domain",
            "aws.elb.chosen_cert.arn",
            "aws.elb.matched_rule_priority",
            "aws.elb.request_creation_time",
            "aws.elb.action_executed",
            "aws.elb.redirect_url",
            "aws.elb.error.reason",
            "aws.elb.target_port",
            "aws.elb.target_status_code",
            "aws.elb.classification",
            "aws.elb.classification_reason",
            "aws.elb.connection_trace_id",
        ];
        for (n, name) in names.into_iter().enumerate() {
            set(name, text(15 + n), fields, out);
        }
    }
    ctx.stamp(text(0))
}

fn tls(cipher: &[u8], protocol: &[u8], fields: &mut Fields) {
    if !matches!(cipher, b"-" | b"") {
        fields.bytes(known::TLS_CIPHER, cipher);
    }
    if let Some(version) = request::tls_version(protocol) {
        fields.text(known::TLS_VERSION, version);
    }
}

/// A network balancer's TLS listener: `tls 2.0 time elb listener client target ms ms received sent alert cert - cipher tlsv12 - name ...`.
fn network(
    tokens: &[Token<'_>],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    fields.text(known::EVENT_DATASET, "aws.elb");
    fields.text(known::EVENT_CATEGORY, "network");
    cloud("elb", fields);
    set("aws.elb.name", text(3), fields, out);
    set("aws.elb.listener", text(4), fields, out);
    request::end(text(5), SOURCE, fields);
    request::end(text(6), DESTINATION, fields);
    if let Some(ms) = whole(text(7)) {
        fields.int(known::EVENT_DURATION, ms.saturating_mul(1_000_000));
    }
    set("aws.elb.tls_handshake_time.ms", text(8), fields, out);
    for (id, n) in [(known::SOURCE_BYTES, text(9)), (known::DESTINATION_BYTES, text(10))] {
        if let Some(n) = whole(n) {
            fields.int(id, n);
        }
    }
    set("aws.elb.incoming_tls_alert", text(11), fields, out);
    set("aws.elb.chosen_cert.arn", text(12), fields, out);
    if !matches!(text(14), b"-" | b"") {
        fields.bytes(known::TLS_CIPHER, text(14));
    }
    if let Some(digits) = text(15).strip_prefix(b"tlsv").filter(|d| d.len() == 2) {
        fields.text(known::TLS_VERSION, &format!("{}.{}", digits[0] as char, digits[1] as char));
    }
    set("tls.client.server_name", text(17), fields, out);
    let failed = text(11) != b"-" && !text(11).is_empty();
    fields.text(known::EVENT_OUTCOME, if failed { "failure" } else { "success" });
    ctx.stamp(&[text(2), b"Z"].concat()).or_else(|| ctx.stamp(text(2)))
}

/// `time client port listener_port TLSv1.2 cipher seconds "subject" validity serial Success TID_x`
fn connection(
    tokens: &[Token<'_>],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    fields.text(known::EVENT_DATASET, "aws.elb");
    fields.text(known::EVENT_CATEGORY, "network");
    cloud("elb", fields);
    SOURCE.host(fields, text(1));
    SOURCE.port(fields, text(2));
    DESTINATION.port(fields, text(3));
    tls(text(5), text(4), fields);
    if let Some(ns) = request::decimal(text(6), 1e9) {
        fields.int(known::EVENT_DURATION, ns);
    }
    set("tls.client.subject", text(7), fields, out);
    set("tls.client.serial_number", text(9), fields, out);
    let verified = text(10);
    if !matches!(verified, b"-" | b"") {
        fields
            .text(known::EVENT_OUTCOME, if verified.starts_with(b"Success") { "success" } else { "failure" });
        set("aws.elb.tls_verify_status", verified, fields, out);
    }
    set("aws.elb.connection_trace_id", text(11), fields, out);
    ctx.stamp(text(0))
}

// ---- S3 ---------------------------------------------------------------------------------------------------------------

/// S3 server access.
pub struct AwsS3Access;

/// `owner bucket [time] address requester id operation key "request" status error bytes size total turnaround "ref" "agent"
/// version host signature cipher auth host tls arn acl`
fn is_s3(tokens: &[Token<'_>]) -> bool {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    tokens.len() >= 16
        && tokens[2].kind == Kind::Bracket
        && tokens[0].kind == Kind::Word
        && matches!(
            text(6).split(|c| *c == b'.').next(),
            Some(b"REST" | b"WEBSITE" | b"SOAP" | b"BATCH" | b"S3")
        )
        && (request::is_address(text(3)) || text(3) == b"-")
}

impl Format for AwsS3Access {
    fn about(&self) -> About {
        About {
            id: "aws_s3_access",
            title: "AWS S3 server access log",
            about: "Requests to a bucket: who asked, for which object, what came of it.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        confidence(share(head, |l| is_s3(cut::<MOST>(l).all())), 0.96, "requests to an S3 bucket")
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        lines(input, out, "not a line of an S3 server access log", |b, fields, out| {
            let cut = cut::<MOST>(b);
            let tokens = cut.all();
            if is_s3(tokens) { Found::Event(object(tokens, ctx, fields, out)) } else { Found::Nothing }
        })
    }
}

fn object(
    tokens: &[Token<'_>],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
    fields.text(known::EVENT_DATASET, "aws.s3access");
    fields.text(known::EVENT_CATEGORY, "web");
    cloud("s3", fields);
    set("aws.s3access.bucket_owner", text(0), fields, out);
    set("aws.s3access.bucket", text(1), fields, out);
    request::end(text(3), SOURCE, fields);
    // A user's name, or the ARN of a role and its session.
    let who = text(4);
    if !matches!(who, b"-" | b"") {
        let name = who.rsplit(|c| *c == b'/').next().unwrap_or(who);
        fields.bytes(known::USER_NAME, name);
        set("aws.s3access.requester", who, fields, out);
    }
    if text(5) != b"-" {
        fields.bytes(known::HTTP_REQUEST_ID, text(5));
    }
    fields.bytes(known::EVENT_ACTION, text(6));
    set("aws.s3access.key", text(7), fields, out);
    let line = lossy(text(8));
    if !request::line(&line, fields) && !matches!(&*line, "-" | "") {
        fields.text(known::MESSAGE, &line);
    }
    if let Some(status) = whole(text(9)) {
        request::status(status, fields);
    }
    if text(10) != b"-" {
        fields.bytes(known::EVENT_CODE, text(10));
    }
    if let Some(n) = whole(text(11)) {
        fields.int(known::HTTP_RESPONSE_BYTES, n);
    }
    set("aws.s3access.object_size", text(12), fields, out);
    if let Some(ms) = whole(text(13)) {
        fields.int(known::EVENT_DURATION, ms.saturating_mul(1_000_000));
    }
    set("aws.s3access.turn_around_time", text(14), fields, out);
    for (id, value) in [(known::HTTP_REFERRER, text(15)), (known::USER_AGENT, text(16))] {
        if !matches!(value, b"-" | b"") {
            fields.bytes(id, value);
        }
    }
    set("aws.s3access.version_id", text(17), fields, out);
    set("aws.s3access.host_id", text(18), fields, out);
    set("aws.s3access.signature_version", text(19), fields, out);
    tls(text(20), text(23), fields);
    set("aws.s3access.authentication_type", text(21), fields, out);
    if !matches!(text(22), b"-" | b"") {
        fields.bytes(known::URL_DOMAIN, text(22));
    }
    set("aws.s3access.access_point_arn", text(24), fields, out);
    set("aws.s3access.acl_required", text(25), fields, out);
    ctx.clf(text(2))
}

// ---- VPC flows ---------------------------------------------------------------------------------------------------------

/// VPC and transit gateway flow logs.
pub struct AwsVpcFlow;

const USUAL: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const NAMES: [&str; 10] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "log-status",
    "vpc-id",
];

/// Whether a line names columns.
fn is_header(line: &[u8]) -> bool {
    let text = lossy(line);
    let words = || text.split([' ', '\t', ',']).map(|w| w.trim_matches(['$', '{', '}', '"']));
    words().filter(|w| NAMES.contains(&w.replace('_', "-").as_str())).count() >= 3
        && words().all(|w| w.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '2')))
}

/// Whether a line is a flow in the usual columns.
fn is_flow(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.split(|c| *c == b' ').collect();
    words.len() == 14
        && whole(words[0]).is_some_and(|v| v < 10)
        && (words[2].starts_with(b"eni-") || words[2] == b"-")
        && whole(words[10]).is_some_and(|t| t > 1_000_000_000)
        && matches!(words[13], b"OK" | b"NODATA" | b"SKIPDATA")
}

impl Format for AwsVpcFlow {
    fn about(&self) -> About {
        About {
            id: "aws_vpcflow",
            title: "AWS VPC flow log",
            about: "Flows of a VPC or transit gateway, in the usual columns or those that a first line names.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let first = head.bytes.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
        if is_header(first) {
            return Confidence {
                score: 0.98,
                why: "the first line names the columns of a VPC flow log".into(),
            };
        }
        confidence(share(head, is_flow), 0.955, "flows of a VPC")
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut columns: Vec<String> = USUAL.split(' ').map(str::to_owned).collect();
        lines(input, out, "not a flow: the columns are not those that were named", |b, fields, out| {
            if is_header(b) {
                let text = lossy(b);
                let names = text.split([' ', '\t', ',']).map(|w| w.trim_matches(['$', '{', '}', '"']));
                columns = names.filter(|w| !w.is_empty()).take(64).map(|w| w.replace('_', "-")).collect();
                return Found::Header;
            }
            let delimiter = if memchr(b',', b).is_some() { b',' } else { b' ' };
            let cells: Vec<&[u8]> = b.split(|c| *c == delimiter).map(<[u8]>::trim_ascii).collect();
            if cells.len() != columns.len() {
                Found::Nothing
            } else {
                flow(&columns, &cells, ctx, fields, out)
            }
        })
    }
}

fn flow(
    columns: &[String],
    cells: &[&[u8]],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Found {
    fields.text(known::EVENT_DATASET, "aws.vpcflow");
    fields.text(known::EVENT_CATEGORY, "network");
    cloud("vpc", fields);
    let (mut start, mut end) = (None, None);
    for (name, cell) in columns.iter().zip(cells) {
        if matches!(*cell, b"-" | b"" | b"unknown") {
            continue;
        }
        match name.as_str() {
            "account-id" | "tgw-src-vpc-account-id" => fields.bytes(known::CLOUD_ACCOUNT_ID, cell),
            "srcaddr" => SOURCE.host(fields, cell),
            "dstaddr" => DESTINATION.host(fields, cell),
            "srcport" => SOURCE.port(fields, cell),
            "dstport" => DESTINATION.port(fields, cell),
            "protocol" => match transport(cell) {
                Some(name) => fields.text(known::NETWORK_TRANSPORT, name),
                None => set("network.iana_number", cell, fields, out),
            },
            "packets" => {
                if let Some(n) = whole(cell) {
                    fields.int(known::SOURCE_PACKETS, n);
                    set("network.packets", cell, fields, out);
                }
            }
            "bytes" => {
                if let Some(n) = whole(cell) {
                    fields.int(known::SOURCE_BYTES, n);
                    fields.int(known::NETWORK_BYTES, n);
                }
            }
            "start" => start = whole(cell),
            "end" => end = whole(cell),
            "action" => {
                fields.text(known::EVENT_ACTION, &lossy(cell).to_ascii_lowercase());
                fields.text(known::EVENT_OUTCOME, if *cell == b"ACCEPT" { "success" } else { "failure" });
            }
            "region" => fields.bytes(known::CLOUD_REGION, cell),
            "instance-id" => set("cloud.instance.id", cell, fields, out),
            "az-id" => set("cloud.availability_zone", cell, fields, out),
            "flow-direction" => set("network.direction", cell, fields, out),
            other => set(&format!("aws.vpcflow.{}", other.replace('-', "_")), cell, fields, out),
        }
    }
    if let (Some(start), Some(end)) = (start, end)
        && end >= start
    {
        fields.int(known::EVENT_DURATION, (end - start).saturating_mul(1_000_000_000));
        if let Some(id) = out.field("aws.vpcflow.start") {
            fields.int(id, start);
        }
    }
    // When the flow ended is when all of it is known.
    Found::Event(end.or(start).and_then(|t| ctx.epoch(t)))
}

/// The names of the transports that occur.
fn transport(number: &[u8]) -> Option<&'static str> {
    Some(match number {
        b"1" => "icmp",
        b"2" => "igmp",
        b"6" => "tcp",
        b"17" => "udp",
        b"41" => "ipv6",
        b"47" => "gre",
        b"50" => "esp",
        b"51" => "ah",
        b"58" => "ipv6-icmp",
        b"132" => "sctp",
        _ => return None,
    })
}
