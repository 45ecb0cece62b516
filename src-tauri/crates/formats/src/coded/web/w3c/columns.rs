//! What the columns of a W3C extended log mean, product by product where it matters.

use super::rows::Cells;
use crate::ParseContext;
use crate::coded::web::request;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::text::lossy;
use memchr::{memchr, memmem};
use std::borrow::Cow;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// Who writes the log, as far as its columns mean something else for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Nobody known: a web server or proxy.
    #[default]
    Web,
    /// IIS, its web sites.
    Iis,
    /// IIS, its FTP sites.
    Ftp,
    /// HTTP.sys.
    HttpErr,
    /// Windows Firewall.
    Firewall,
    /// CloudFront.
    CloudFront,
    /// Exchange: message tracking and its protocols.
    Exchange,
    /// BlueCoat's ProxySG.
    BlueCoat,
    /// ISA and TMG.
    Tmg,
}

/// The product, and what its header lines said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Product {
    kind: Kind,
    /// Times are local ones.
    local: bool,
}

impl Product {
    /// By the names that [`super::layouts`] uses.
    pub fn named(name: &str) -> Self {
        let kind = match name {
            "iis" => Kind::Iis,
            "httperr" => Kind::HttpErr,
            "cloudfront" => Kind::CloudFront,
            "exchange" => Kind::Exchange,
            _ => Kind::Web,
        };
        Self { kind, local: false }
    }

    /// Takes note of a line that begins with `#`.
    pub fn directive(&mut self, line: &[u8], ctx: &ParseContext) {
        let at = memchr(b':', line).unwrap_or(line.len());
        let value = line.get(at + 1..).unwrap_or_default().trim_ascii();
        let has = |what: &[u8]| memmem::find(value, what).is_some();
        match line[..at].to_ascii_lowercase().as_slice() {
            b"#software" => {
                self.local = false;
                self.kind = if has(b"HTTP API") || has(b"HTTP Server API") {
                    Kind::HttpErr
                } else if has(b"Windows Firewall") {
                    self.local = true;
                    Kind::Firewall
                } else if has(b"SGOS") {
                    Kind::BlueCoat
                } else if has(b"Exchange") {
                    Kind::Exchange
                } else if has(b"Internet Information Services") || has(b"IIS") {
                    Kind::Iis
                } else if has(b"TMG")
                    || has(b"ISA Server")
                    || has(b"Security and Acceleration")
                    || has(b"Threat Management")
                {
                    Kind::Tmg
                } else {
                    Kind::Web
                };
            }
            b"#time format" => self.local = value.eq_ignore_ascii_case(b"local"),
            b"#date" | b"#start-date" | b"#gmt-offset" => {
                ctx.date_is(value);
            }
            _ => {}
        }
    }

    /// Takes note of the names of the columns.
    pub fn look_at(&mut self, names: &[u8]) {
        let has = |what: &[u8]| memmem::find(names, what).is_some();
        if has(b"tcpflags") {
            self.kind = Kind::Firewall;
        } else if has(b"x-edge-location") {
            self.kind = Kind::CloudFront;
        } else if has(b"s-queuename") && has(b"s-reason") {
            self.kind = Kind::HttpErr;
        } else if has(b"x-fullpath") || has(b"x-session") {
            self.kind = Kind::Ftp;
        } else if has(b"connector-id") || has(b"rqsize") || has(b"internal-message-id") {
            self.kind = Kind::Exchange;
        } else if has(b"sc-filter-result") || has(b"cs-auth-group") {
            self.kind = Kind::BlueCoat;
        } else if self.kind == Kind::Ftp {
            self.kind = Kind::Iis;
        }
    }
}

/// What one column is.
#[derive(Clone, Copy, Debug)]
enum Column {
    Text(FieldId),
    /// A whole number, or text where it is none.
    Number(FieldId),
    /// The same in small letters.
    Lower(FieldId),
    /// Address or name, with a port or without.
    Host(End),
    Port(End),
    Date,
    Time,
    /// Both in one.
    Whole,
    Method,
    Stem,
    Query,
    Uri,
    Status,
    /// The unit in nanoseconds of a whole number; of a decimal one it is a second.
    Took(f64),
    Version,
    Agent,
    User,
    Domain,
    Forwarded,
    Tls,
    /// Several, by `;`.
    List(FieldId),
    Dropped,
}

/// All columns of a log.
#[derive(Debug)]
pub struct Columns {
    kinds: Vec<Column>,
    delimiter: u8,
    product: Product,
    date: Option<usize>,
    time: Option<usize>,
    whole: Option<usize>,
    local: bool,
    extra: Option<FieldId>,
    mail: Option<FieldId>,
}

/// The time of a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Time {
    /// It, when it was understood.
    pub stamp: Option<Stamp>,
    /// Whether something stands there that was not.
    pub bad: bool,
}

/// The names of a `#Fields` line, and what separates them: tabs where there are any (names hold blanks then), commas
/// where there are more of them than blanks, else blanks.
pub fn split_names(names: &[u8]) -> (Vec<String>, u8) {
    let names = names.trim_ascii();
    let count = |c: u8| names.iter().filter(|n| **n == c).count();
    let delimiter = match (count(b'\t'), count(b','), count(b' ')) {
        (1.., ..) => b'\t',
        (_, commas, blanks) if commas > blanks => b',',
        _ => b' ',
    };
    let all = names.split(|c| *c == delimiter).map(<[u8]>::trim_ascii).filter(|n| !n.is_empty());
    (all.take(200).map(|n| String::from_utf8_lossy(n).into_owned()).collect(), delimiter)
}

impl Columns {
    /// By the names of a `#Fields` line.
    pub fn named(names: &[u8], product: &Product, out: &mut dyn Sink) -> Self {
        let (names, delimiter) = split_names(names);
        let mut columns = Self {
            kinds: Vec::with_capacity(names.len()),
            delimiter,
            product: *product,
            date: None,
            time: None,
            whole: None,
            local: product.local,
            extra: out.field("w3c.extra"),
            mail: out.field("email.direction"),
        };
        let both_hosts = names.iter().any(|n| n == "x-host-header");
        for (n, name) in names.iter().enumerate() {
            let key = name.to_ascii_lowercase();
            let mut kind = columns.meaning(&key, both_hosts, out);
            match kind {
                Column::Date if columns.date.is_none() => columns.date = Some(n),
                Column::Time if columns.time.is_none() => columns.time = Some(n),
                Column::Whole if columns.whole.is_none() => columns.whole = Some(n),
                Column::Date | Column::Time | Column::Whole => kind = columns.own(&key, out),
                _ => {}
            }
            columns.local |= matches!(key.as_str(), "date-local" | "time-local" | "localtime");
            columns.kinds.push(kind);
        }
        columns
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// What separates the cells of this row. CloudFront names by blanks what it separates by tabs.
    pub fn delimiter(&self, row: &[u8]) -> u8 {
        match self.delimiter {
            b' ' if memchr(b'\t', row).is_some() => b'\t',
            other => other,
        }
    }

    fn own(&self, key: &str, out: &mut dyn Sink) -> Column {
        let prefix = match self.product.kind {
            Kind::Iis => "iis.access",
            Kind::HttpErr => "iis.error",
            Kind::Ftp => "iis.ftp",
            Kind::Firewall => "windows_firewall",
            Kind::CloudFront => "aws.cloudfront",
            Kind::Exchange => "exchange",
            Kind::BlueCoat => "bluecoat",
            Kind::Tmg => "tmg",
            Kind::Web => "w3c",
        };
        let short = match key {
            "sc-substatus" => "sub_status".to_owned(),
            "sc-win32-status" => "win32_status".to_owned(),
            "s-sitename" => "site_name".to_owned(),
            "cs(cookie)" => "cookie".to_owned(),
            "s-siteid" => "site_id".to_owned(),
            "s-queuename" => "queue_name".to_owned(),
            _ => {
                let mut short = String::with_capacity(key.len());
                for c in key.chars().take(80) {
                    match c {
                        c if c.is_alphanumeric() => short.push(c),
                        _ if !short.ends_with('_') => short.push('_'),
                        _ => {}
                    }
                }
                short.trim_matches('_').to_owned()
            }
        };
        out.field(&format!("{prefix}.{short}")).map_or(Column::Dropped, Column::Number)
    }

    #[allow(clippy::too_many_lines, reason = "a table")]
    fn meaning(&self, key: &str, both_hosts: bool, out: &mut dyn Sink) -> Column {
        let mut named = |name: &str| out.field(name).map_or(Column::Dropped, Column::Text);
        let kind = self.product.kind;
        match key {
            "date" | "date-local" | "date-utc" => Column::Date,
            "time" | "time-local" | "time-utc" => Column::Time,
            "date-time" | "datetime" | "timestamp" | "gmttime" | "localtime" | "x-timestamp" => Column::Whole,
            "source" if kind == Kind::Tmg => Column::Host(SOURCE),
            "destination" if kind == Kind::Tmg => Column::Host(DESTINATION),
            "c-ip" | "src-ip" | "client-ip" | "cip" | "remote-endpoint" | "cs-ip" => Column::Host(SOURCE),
            "c-port" | "src-port" => Column::Port(SOURCE),
            "s-ip" | "dst-ip" | "r-ip" | "server-ip" | "sip" | "local-endpoint" | "s-supplier-ip"
                if key != "s-ip" || !matches!(kind, Kind::BlueCoat | Kind::Tmg) =>
            {
                Column::Host(DESTINATION)
            }
            "s-port" | "dst-port" | "r-port" if key != "s-port" || kind != Kind::BlueCoat => {
                Column::Port(DESTINATION)
            }
            "client-hostname" => named("source.domain"),
            "server-hostname" | "s-computername"
                if matches!(kind, Kind::Iis | Kind::Ftp | Kind::Exchange | Kind::Tmg) =>
            {
                Column::Text(known::HOST_NAME)
            }
            "computer" => Column::Text(known::HOST_NAME),
            "cs-method" | "s-operation" => Column::Method,
            "cs-uri-stem" | "cs-uri-path" => Column::Stem,
            "cs-uri-query" => Column::Query,
            "cs-uri" | "cs-url" | "x-cs-uri" => Column::Uri,
            "cs-uri-scheme" => Column::Lower(known::URL_SCHEME),
            "cs-protocol" if kind == Kind::CloudFront => Column::Lower(known::URL_SCHEME),
            "cs-uri-port" => Column::Number(known::URL_PORT),
            "cs-uri-extension" => Column::Text(known::URL_EXTENSION),
            "x-host-header" => Column::Domain,
            "cs-host" | "cs(host)" | "cs-uri-host" | "r-host" if !both_hosts => Column::Domain,
            "cs-username" | "user" | "c-username" | "username" => Column::User,
            "sc-status" => Column::Status,
            "sc-bytes" => Column::Number(known::HTTP_RESPONSE_BYTES),
            "cs-bytes" => Column::Number(known::HTTP_REQUEST_BYTES),
            "time-taken" if kind == Kind::CloudFront => Column::Took(1e9),
            "time-taken" | "timetakenms" | "x-duration" | "duration" => Column::Took(1e6),
            "cs-version" | "cs-protocol-version" => Column::Version,
            "cs(user-agent)" | "c-agent" => Column::Agent,
            "cs(referer)" | "cs(referrer)" | "cs-referred" => Column::Text(known::HTTP_REFERRER),
            "x-forwarded-for" | "cs(x-forwarded-for)" | "original-client-ip" | "x-client-ip" => {
                Column::Forwarded
            }
            "ssl-protocol"
            | "x-rs-connection-negotiated-ssl-version"
            | "x-cs-connection-negotiated-ssl-version" => Column::Tls,
            "ssl-cipher" | "x-rs-connection-negotiated-cipher" => Column::Text(known::TLS_CIPHER),
            "x-edge-request-id" => Column::Text(known::HTTP_REQUEST_ID),
            "rs(content-type)" | "sc-content-type" => named("http.response.mime_type"),
            "s-reason" | "error-info" => Column::Text(known::EVENT_REASON),
            "action" | "event-id" | "s-action" | "sc-action" | "command"
                if key != "s-action" || kind == Kind::BlueCoat =>
            {
                Column::Lower(known::EVENT_ACTION)
            }
            "protocol" => Column::Lower(known::NETWORK_TRANSPORT),
            "cs-protocol" | "application" => Column::Lower(known::NETWORK_PROTOCOL),
            "size" => Column::Number(known::NETWORK_BYTES),
            "pid" => Column::Number(known::PROCESS_PID),
            "rule" | "cs-rule" | "s-rulename" => Column::Text(known::RULE_NAME),
            "sender-address" => named("email.from.address"),
            "recipient-address" => out.field("email.to.address").map_or(Column::Dropped, Column::List),
            "message-subject" => named("email.subject"),
            "message-id" => named("email.message_id"),
            _ => self.own(key, out),
        }
    }

    /// Writes the cells of a row as fields, and finds its time.
    pub fn read(
        &mut self,
        cells: &Cells<'_>,
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Time {
        let time = self.time(cells, ctx);
        let (mut stem, mut query, mut uri, mut method): (&[u8], &[u8], &[u8], &[u8]) = (b"", b"", b"", b"");
        let mut status = None;
        for (n, column) in self.kinds.iter().enumerate() {
            let Some(cell) = cells.get(n) else { continue };
            match *column {
                Column::Text(id) => fields.bytes(id, cell),
                Column::Lower(id) => fields.text(id, &lossy(cell).to_ascii_lowercase()),
                Column::Number(id) => number(id, cell, fields),
                Column::Host(end) => request::end(cell, end, fields),
                Column::Port(end) => end.port(fields, cell),
                Column::Method => method = cell,
                Column::Stem => stem = cell,
                Column::Query => query = cell,
                Column::Uri => uri = cell,
                Column::Status => status = whole(cell),
                Column::Took(unit) => {
                    let unit = if memchr(b'.', cell).is_some() { 1e9 } else { unit };
                    if let Some(ns) = request::decimal(cell, unit) {
                        fields.int(known::EVENT_DURATION, ns);
                    }
                }
                Column::Version => {
                    fields.bytes(known::HTTP_VERSION, cell.strip_prefix(b"HTTP/").unwrap_or(cell))
                }
                Column::Agent => fields.text(known::USER_AGENT, &agent(cell)),
                Column::User => user(cell, fields, out),
                Column::Domain => {
                    let (host, port) = request::host_port(cell);
                    fields.bytes(known::URL_DOMAIN, host);
                    if !is_ip(host) {
                        fields.bytes(known::DESTINATION_DOMAIN, host);
                    }
                    if let Some(port) = port.and_then(request::port_number) {
                        fields.int(known::URL_PORT, port);
                    }
                }
                // Blanks are written as plus signs.
                Column::Forwarded => request::note_forwarded(&replaced(cell, b'+', b' '), fields),
                Column::Tls => {
                    if let Some(version) = request::tls_version(cell) {
                        fields.text(known::TLS_VERSION, version);
                    }
                }
                Column::List(id) => {
                    let text = lossy(cell);
                    fields.list(id, text.split(';').map(str::trim).filter(|t| !t.is_empty()).take(64));
                }
                Column::Date | Column::Time | Column::Whole | Column::Dropped => {}
            }
        }
        let rest = cells.from(self.kinds.len());
        if let (Some(extra), false) = (self.extra, rest.is_empty()) {
            fields.bytes(extra, &rest.join(&b' '));
        }
        self.finish(Row { cells, stem, query, uri, method, status }, fields, out);
        time
    }

    fn time(&self, cells: &Cells<'_>, ctx: &ParseContext) -> Time {
        let mut text = [0u8; 48];
        let mut put = |parts: &[&[u8]]| -> Option<usize> {
            let mut len = 0;
            for part in parts {
                text.get_mut(len..len + part.len())?.copy_from_slice(part);
                len += part.len();
            }
            Some(len)
        };
        let zone: &[u8] = if self.local { b"" } else { b"Z" };
        if let (Some(date), Some(time)) =
            (self.date.and_then(|n| cells.get(n)), self.time.and_then(|n| cells.get(n)))
        {
            let stamp = put(&[date, b"T", time, zone]).and_then(|len| ctx.stamp(&text[..len]));
            return Time { stamp, bad: stamp.is_none() };
        }
        if let Some(whole) = self.whole.and_then(|n| cells.get(n)) {
            let bare = whole.strip_prefix(b"[").and_then(|w| w.strip_suffix(b"]")).unwrap_or(whole);
            let stamp = ctx.stamp(bare);
            return Time { stamp, bad: stamp.is_none() };
        }
        if let Some(time) = self.time.and_then(|n| cells.get(n)) {
            // The day was said by a `#Date` line.
            let stamp = put(&[time, zone]).and_then(|len| ctx.clock_only(&text[..len]));
            return Time { stamp: stamp.and_then(|(stamp, _)| stamp), bad: stamp.is_none() };
        }
        Time::default()
    }

    fn finish(&self, row: Row<'_, '_>, fields: &mut Fields, out: &mut dyn Sink) {
        match self.product.kind {
            Kind::Firewall => firewall(&row, fields, out),
            Kind::Exchange => exchange(&row, self, fields),
            Kind::Ftp => ftp(&row, fields),
            Kind::Iis if is_ftp(row.method) => ftp(&row, fields),
            Kind::Iis if is_smtp(row.method) => smtp(&row, fields),
            kind => web(&row, kind, fields),
        }
    }
}

/// What of a row is put together.
struct Row<'a, 'c> {
    cells: &'a Cells<'c>,
    stem: &'a [u8],
    query: &'a [u8],
    uri: &'a [u8],
    method: &'a [u8],
    status: Option<i64>,
}

fn web(row: &Row<'_, '_>, kind: Kind, fields: &mut Fields) {
    let dataset = match kind {
        Kind::Iis => "iis.access",
        Kind::HttpErr => "iis.error",
        Kind::CloudFront => "aws.cloudfront",
        Kind::BlueCoat => "bluecoat.proxysg",
        Kind::Tmg => "tmg",
        _ => "w3c",
    };
    fields.text(known::EVENT_DATASET, dataset);
    fields.text(known::EVENT_CATEGORY, "web");
    let method = lossy(row.method);
    if !method.is_empty() {
        fields.text(known::HTTP_METHOD, &method);
    }
    if let Some(status) = row.status {
        request::status(status, fields);
    }
    if !row.uri.is_empty() {
        request::url(&lossy(row.uri), &method, fields);
    }
    if !row.stem.is_empty() {
        let stem = lossy(row.stem);
        if row.query.is_empty() {
            fields.text(known::URL_ORIGINAL, &stem);
        } else {
            let query = lossy(row.query);
            let query = query.strip_prefix('?').unwrap_or(&query);
            fields.text(known::URL_ORIGINAL, &format!("{stem}?{query}"));
            fields.text(known::URL_QUERY, query);
        }
        request::parts(&stem, fields);
    }
}

fn firewall(row: &Row<'_, '_>, fields: &mut Fields, out: &mut dyn Sink) {
    fields.text(known::EVENT_DATASET, "windows_firewall");
    fields.text(known::EVENT_CATEGORY, "network");
    let outcome = match fields.get_text(known::EVENT_ACTION) {
        Some("allow" | "open" | "open-inbound" | "close") => Some("success"),
        Some("drop") => Some("failure"),
        _ => None,
    };
    if let Some(outcome) = outcome {
        fields.text(known::EVENT_OUTCOME, outcome);
    }
    let direction = (0..row.cells.len()).rev().take(3).find_map(|n| match row.cells.get(n) {
        Some(b"SEND") => Some("egress"),
        Some(b"RECEIVE") => Some("ingress"),
        _ => None,
    });
    if let Some(direction) = direction
        && let Some(id) = out.field("network.direction")
    {
        fields.text(id, direction);
    }
}

/// Without the number of the session that IIS 5 and 6 write before it: `[12]USER`.
fn verb(method: &[u8]) -> &[u8] {
    match method.strip_prefix(b"[").and_then(|m| memchr(b']', m).map(|at| &m[at + 1..])) {
        Some(verb) => verb,
        None => method,
    }
}

fn is_ftp(method: &[u8]) -> bool {
    method.starts_with(b"[")
        || matches!(
            method,
            b"USER"
                | b"PASS"
                | b"ControlChannelOpened"
                | b"ControlChannelClosed"
                | b"DataChannelOpened"
                | b"DataChannelClosed"
                | b"RETR"
                | b"STOR"
        )
}

fn is_smtp(method: &[u8]) -> bool {
    matches!(
        method,
        b"HELO" | b"EHLO" | b"MAIL" | b"RCPT" | b"DATA" | b"BDAT" | b"QUIT" | b"AUTH" | b"RSET" | b"STARTTLS"
    )
}

fn ftp(row: &Row<'_, '_>, fields: &mut Fields) {
    fields.text(known::EVENT_DATASET, "iis.ftp");
    fields.text(known::NETWORK_PROTOCOL, "ftp");
    let verb = verb(row.method);
    let login = matches!(verb, b"PASS");
    fields.text(known::EVENT_CATEGORY, if login { "authentication" } else { "network" });
    if login {
        fields.text(known::EVENT_ACTION, "login");
    } else if !verb.is_empty() {
        fields.text(known::EVENT_ACTION, &lossy(verb).to_ascii_lowercase());
    }
    if let Some(status) = row.status {
        fields.text(known::EVENT_CODE, &status.to_string());
        if status >= 200 {
            fields.text(known::EVENT_OUTCOME, if status < 400 { "success" } else { "failure" });
        }
    }
    if verb == b"USER" && !row.stem.is_empty() {
        fields.bytes(known::USER_NAME, row.stem);
    } else if !row.stem.is_empty() && !login {
        fields.bytes(known::FILE_PATH, row.stem);
    }
}

fn smtp(row: &Row<'_, '_>, fields: &mut Fields) {
    fields.text(known::EVENT_DATASET, "iis.smtp");
    fields.text(known::NETWORK_PROTOCOL, "smtp");
    fields.text(known::EVENT_CATEGORY, "email");
    fields.text(known::EVENT_ACTION, &lossy(row.method).to_ascii_lowercase());
    if let Some(status) = row.status {
        fields.text(known::EVENT_CODE, &status.to_string());
        if status >= 200 {
            fields.text(known::EVENT_OUTCOME, if status < 400 { "success" } else { "failure" });
        }
    }
    if !row.query.is_empty() {
        fields.bytes(known::MESSAGE, row.query);
    }
}

/// POP, IMAP and SMTP of Exchange say in free text how a login ended.
fn exchange(row: &Row<'_, '_>, columns: &Columns, fields: &mut Fields) {
    let all = row.cells;
    let tracking = columns.mail.is_some() && columns.kinds.len() > 15;
    let action = fields.get_text(known::EVENT_ACTION).unwrap_or_default().to_owned();
    if tracking {
        fields.text(known::EVENT_DATASET, "exchange.message_tracking");
        fields.text(known::EVENT_CATEGORY, "email");
        let outcome = match action.as_str() {
            "fail" | "badmail" | "dsn" | "poison" | "drop" => Some("failure"),
            "deliver" | "send" | "receive" | "submit" => Some("success"),
            _ => None,
        };
        if let Some(outcome) = outcome {
            fields.text(known::EVENT_OUTCOME, outcome);
        }
        return;
    }
    let (dataset, outcome) = if columns.kinds.len() <= 10 {
        // SMTP: the answer to AUTH.
        let data = all.raw(7);
        let outcome = match data.get(..4) {
            Some(b"535 " | b"530 " | b"534 " | b"538 ") => Some(false),
            Some(b"235 ") => Some(true),
            _ => None,
        };
        fields.bytes(known::MESSAGE, data);
        ("exchange.smtp", outcome)
    } else {
        let login = matches!(action.as_str(), "authenticate" | "login" | "auth" | "pass" | "plain");
        let context = all.raw(11);
        let has = |what: &[u8]| memmem::find(context, what).is_some();
        let bad = has(b"AuthFailed") || has(b"failed") || has(b"-ERR") || has(b"LogonDenied");
        let good = has(b"R=ok") || has(b"OK") || has(b"+OK");
        ("exchange.mailbox", (login && (bad || good)).then_some(!bad))
    };
    fields.text(known::EVENT_DATASET, dataset);
    fields.text(known::EVENT_CATEGORY, if outcome.is_some() { "authentication" } else { "email" });
    if let Some(good) = outcome {
        fields.text(known::EVENT_OUTCOME, if good { "success" } else { "failure" });
    }
}

/// `DOMAIN\user` in its parts; a name alone, or one with a host behind it, as it is.
fn user(cell: &[u8], fields: &mut Fields, _: &mut dyn Sink) {
    match memchr(b'\\', cell) {
        Some(at) if at > 0 && at + 1 < cell.len() => {
            fields.bytes(known::USER_DOMAIN, &cell[..at]);
            fields.bytes(known::USER_NAME, &cell[at + 1..]);
        }
        _ => fields.bytes(known::USER_NAME, cell),
    }
}

fn number(id: FieldId, cell: &[u8], fields: &mut Fields) {
    let plain = cell.len() < 19 && (cell == b"0" || !cell.starts_with(b"0"));
    match whole(cell).filter(|_| plain) {
        Some(n) => fields.int(id, n),
        None => fields.bytes(id, cell),
    }
}

fn replaced(cell: &[u8], from: u8, to: u8) -> Cow<'_, [u8]> {
    if memchr(from, cell).is_none() {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(cell.iter().map(|c| if *c == from { to } else { *c }).collect())
}

/// An agent as the client sent it: IIS writes blanks as plus signs, CloudFront as `%20`.
fn agent(cell: &[u8]) -> Cow<'_, str> {
    let text = lossy(cell);
    if text.contains(' ') {
        return text;
    }
    if text.contains('+') {
        return Cow::Owned(text.replace('+', " "));
    }
    if memmem::find(cell, b"%20").is_some() {
        return Cow::Owned(text.replace("%2520", " ").replace("%20", " "));
    }
    text
}
