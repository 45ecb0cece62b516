//! The texts of lists to values: what form a list has, what each entry means, and what is refused.

use super::{Indicator, Kind, Lists, NotUsed, plain_url};
use ipnet::IpNet;
use regex::Regex;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::LazyLock;

/// The most values that are looked for.
const MOST: usize = 2_000_000;

/// Reads lists: their names and texts.
pub fn load<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> (Lists, Vec<NotUsed>) {
    let mut out = Reading::default();
    for (name, text) in texts {
        out.list = name.to_owned();
        out.text(text.trim_start_matches('\u{feff}'));
    }
    (out.lists, out.not_used)
}

#[derive(Default)]
struct Reading {
    lists: Lists,
    not_used: Vec<NotUsed>,
    list: String,
}

impl Reading {
    fn text(&mut self, text: &str) {
        if text.trim_start().starts_with(['{', '[']) {
            if let Ok(json) = serde_json::from_str::<Value>(text) {
                return self.json(&json, 0);
            }
            let lines: Vec<(usize, Value)> = text
                .lines()
                .enumerate()
                .filter_map(|(n, l)| Some((n + 1, serde_json::from_str(l.trim()).ok()?)))
                .collect();
            if !lines.is_empty() {
                for (n, json) in &lines {
                    self.json(json, *n);
                }
                return;
            }
        }
        let mut lines = text.lines().enumerate().filter(|(_, l)| {
            let l = l.trim();
            !l.is_empty() && !l.starts_with('#') && !l.starts_with("//") && !l.starts_with(';')
        });
        let Some(head) = lines.next() else { return };
        match header(head.1) {
            Some((separator, columns)) => {
                for (n, line) in lines {
                    self.row(n + 1, &cells(line, separator), &columns);
                }
            }
            None => {
                for (n, line) in std::iter::once(head).chain(lines) {
                    self.line(n + 1, line.trim());
                }
            }
        }
    }

    /// A plain line: a value, a kind and a value, or a line of a hosts file; what stands behind ` #` is a note.
    fn line(&mut self, n: usize, line: &str) {
        let (entry, note) = match line.find(" #").or_else(|| line.find("\t#")) {
            Some(at) => (line[..at].trim(), line[at + 2..].trim()),
            None => (line, ""),
        };
        if let Some((kind, value)) = entry.split_once(':')
            && let Some(kind) = kind_named(kind.trim())
            && !value.starts_with("//")
        {
            return self.add(n, value.trim(), Some(kind), note);
        }
        let words: Vec<&str> = entry.split_whitespace().collect();
        match &words[..] {
            ["0.0.0.0" | "127.0.0.1" | "::1", name] => self.add(n, name, Some(Kind::Domain), note),
            // A file's name may hold blanks; anything else may not.
            _ => self.add(n, entry, None, note),
        }
    }

    fn row(&mut self, n: usize, cells: &[String], columns: &[Column]) {
        let cell = |want: fn(&Column) -> bool| {
            columns
                .iter()
                .position(want)
                .and_then(|at| cells.get(at))
                .map(|c| c.trim())
                .filter(|c| !c.is_empty())
        };
        let note = cell(|c| *c == Column::Note).unwrap_or_default().to_owned();
        let kind = cell(|c| *c == Column::Type).map(kind_named);
        let values: Vec<(String, Option<Kind>)> = columns
            .iter()
            .zip(cells)
            .filter_map(|(column, cell)| match column {
                _ if cell.trim().is_empty() => None,
                Column::Value => Some((cell.trim().to_owned(), kind.flatten())),
                Column::Of(kind) => Some((cell.trim().to_owned(), Some(*kind))),
                _ => None,
            })
            .collect();
        if values.is_empty() {
            self.refuse(n, &cells.join(","), "the row has no value");
        }
        for (value, kind) in values {
            self.add(n, &value, kind, &note);
        }
    }

    /// STIX objects, MISP attributes, wherever they stand; texts in a list are lines.
    fn json(&mut self, json: &Value, n: usize) {
        match json {
            Value::Array(items) => {
                for item in items {
                    match item {
                        Value::String(text) => self.line(n, text),
                        other => self.json(other, n),
                    }
                }
            }
            Value::Object(fields) => {
                let text = |key: &str| fields.get(key).and_then(Value::as_str);
                if let Some(pattern) = text("pattern").filter(|p| p.contains('[')) {
                    let note = text("name").or_else(|| text("description")).unwrap_or_default();
                    return self.pattern(pattern, note, n);
                }
                if let (Some(kind), Some(value)) = (text("type"), text("value")) {
                    let note = text("comment").or_else(|| text("description")).unwrap_or_default();
                    return self.attribute(kind, value, note, n);
                }
                if let Some(value) = text("indicator").or_else(|| text("ioc")) {
                    let kind = text("type").or_else(|| text("indicator_type")).and_then(kind_named);
                    return self.add(n, value, kind, text("description").unwrap_or_default());
                }
                for value in fields.values().filter(|v| v.is_object() || v.is_array()) {
                    self.json(value, n);
                }
            }
            _ => {}
        }
    }

    /// Comparisons of a STIX pattern (`[file:hashes.'SHA-256' = '...']`). What a pattern joins by AND is looked for by its parts.
    fn pattern(&mut self, pattern: &str, note: &str, n: usize) {
        static ONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"([a-z0-9-]+):([A-Za-z0-9_.'\[\]*-]+)\s*(?:=|MATCHES|LIKE|ISSUBSET|IN)\s*\(?\s*'((?:[^'\\]|\\.)*)'").ok()
        });
        let mut found = false;
        for one in ONE.iter().flat_map(|r| r.captures_iter(pattern)) {
            let (object, path) = (&one[1], &one[2]);
            let value = one[3].replace("\\'", "'").replace("\\\\", "\\");
            let kind = match object {
                "ipv4-addr" | "ipv6-addr" => Kind::Address,
                "domain-name" => Kind::Domain,
                "url" => Kind::Url,
                "file" if path.contains("hashes") => Kind::Hash,
                "file" if path == "name" => Kind::File,
                "user-account" => Kind::User,
                "email-addr" | "email-message" => Kind::Email,
                _ => continue,
            };
            found = true;
            self.add(n, &value, Some(kind), note);
        }
        if !found {
            self.refuse(n, pattern, "the pattern compares nothing that is looked for");
        }
    }

    /// A MISP attribute; `filename|md5` holds two.
    fn attribute(&mut self, kind: &str, value: &str, note: &str, n: usize) {
        let kinds: Vec<&str> = kind.split('|').collect();
        let values: Vec<&str> = if kinds.len() > 1 { value.split('|').collect() } else { vec![value] };
        for (kind, value) in kinds.iter().zip(values) {
            match kind_named(kind) {
                Some(kind) => self.add(n, value, Some(kind), note),
                None if *kind == "port" => {}
                None => self.refuse(n, value, &format!("values of type {kind} are not looked for")),
            }
        }
    }

    fn refuse(&mut self, line: usize, text: &str, reason: &str) {
        let text: String = text.chars().take(120).collect();
        self.not_used.push(NotUsed { list: self.list.clone(), line, text, reason: reason.to_owned() });
    }

    fn add(&mut self, n: usize, text: &str, kind: Option<Kind>, note: &str) {
        if self.lists.indicators.len() >= MOST {
            return self.refuse(n, text, "there are too many values");
        }
        match indicator(text, kind) {
            Ok((kind, value)) => {
                let note = note.chars().take(200).collect();
                self.lists.add(Indicator { kind, value, list: self.list.clone(), note });
            }
            Err(reason) => self.refuse(n, text, reason),
        }
    }
}

/// What a column of a CSV holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Value,
    Type,
    Note,
    Of(Kind),
    Other,
}

/// The separator and the columns, when a line is a header.
fn header(line: &str) -> Option<(char, Vec<Column>)> {
    let separator = [',', ';', '\t'].into_iter().max_by_key(|c| line.matches(*c).count())?;
    let columns: Vec<Column> = cells(line, separator)
        .iter()
        .map(|name| match name.trim().to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
            "value" | "indicator" | "ioc" | "indicator_value" | "ioc_value" | "observable" => Column::Value,
            "type" | "indicator_type" | "ioc_type" | "kind" => Column::Type,
            "note" | "comment" | "description" | "notes" | "malware" | "threat" | "tags" => Column::Note,
            name => match kind_named(name) {
                Some(kind) => Column::Of(kind),
                None => Column::Other,
            },
        })
        .collect();
    columns.iter().any(|c| matches!(c, Column::Value | Column::Of(_))).then_some((separator, columns))
}

/// Cells of a CSV line; quotes may hold separators.
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let last = out.len() - 1;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out[last].push('"');
            }
            '"' => quoted = !quoted,
            c if c == separator && !quoted => out.push(String::new()),
            c => out[last].push(c),
        }
    }
    out
}

/// A kind by the names that lists give it.
fn kind_named(name: &str) -> Option<Kind> {
    Some(match name.to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
        "ip" | "ipv4" | "ipv6" | "ip_src" | "ip_dst" | "address" | "ip_address" | "ipaddress"
        | "ipv4_addr" | "ipv6_addr" | "source.ip" | "destination.ip" | "src_ip" | "dst_ip" => Kind::Address,
        "cidr" | "network" | "subnet" | "ip_range" | "netblock" => Kind::Network,
        "domain" | "hostname" | "fqdn" | "domain_name" | "host" => Kind::Domain,
        "url" | "uri" | "link" => Kind::Url,
        "md5"
        | "sha1"
        | "sha256"
        | "sha512"
        | "hash"
        | "sha_1"
        | "sha_256"
        | "file_hash"
        | "filehash"
        | "filehash_md5"
        | "filehash_sha1"
        | "filehash_sha256"
        | "ja3"
        | "ja3_fingerprint_md5"
        | "imphash"
        | "md5_hash"
        | "sha1_hash"
        | "sha256_hash" => Kind::Hash,
        "file" | "filename" | "file_name" | "filepath" | "file_path" => Kind::File,
        "user" | "username" | "user_name" | "account" | "user.name" | "target_user" | "user_account" => {
            Kind::User
        }
        "email" | "email_src" | "email_dst" | "e_mail" | "email_address" | "email_addr" | "mail" => {
            Kind::Email
        }
        _ => return None,
    })
}

/// Domains that half of the world talks to: on a list they mean one page of theirs.
const COMMON: [&str; 44] = [
    "akamai.net",
    "akamaiedge.net",
    "amazon.com",
    "amazonaws.com",
    "apple.com",
    "azure.com",
    "azureedge.net",
    "bing.com",
    "cloudflare.com",
    "cloudfront.net",
    "debian.org",
    "digicert.com",
    "discord.com",
    "dropbox.com",
    "facebook.com",
    "github.com",
    "githubusercontent.com",
    "gmail.com",
    "google.com",
    "googleapis.com",
    "googleusercontent.com",
    "gstatic.com",
    "icloud.com",
    "instagram.com",
    "letsencrypt.org",
    "linkedin.com",
    "live.com",
    "microsoft.com",
    "microsoftonline.com",
    "mozilla.org",
    "msn.com",
    "office.com",
    "office365.com",
    "outlook.com",
    "pastebin.com",
    "sharepoint.com",
    "twitter.com",
    "ubuntu.com",
    "whatsapp.com",
    "wikipedia.org",
    "windows.net",
    "windowsupdate.com",
    "yahoo.com",
    "youtube.com",
];

/// Ends of names that are files, not domains.
const FILE_ENDS: [&str; 34] = [
    "exe", "dll", "sys", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta", "scr", "pif", "jar",
    "lnk", "iso", "img", "doc", "docx", "docm", "xls", "xlsx", "xlsm", "pdf", "rtf", "txt", "php", "jsp",
    "jspx", "asp", "aspx", "elf", "bin",
];

/// A value as it is compared, and what it is.
fn indicator(text: &str, kind: Option<Kind>) -> Result<(Kind, String), &'static str> {
    let text = text.trim().trim_matches(['"', '\'', '`', ',']).trim();
    if text.is_empty() {
        return Err("the entry is empty");
    }
    let text = refanged(text);
    let text = text.as_str();
    let lower = text.to_ascii_lowercase();
    let kind = match kind {
        Some(kind) => kind,
        None => guess(&lower)
            .ok_or("it is no address, network, domain, hash, URL, file name or e-mail address")?,
    };
    match kind {
        Kind::Address | Kind::Network => network(&lower),
        Kind::Domain => domain(&lower),
        Kind::Url => match plain_url(text) {
            url if !url.contains(['/', '?']) => match guess(&url) {
                Some(Kind::Address) => network(&url),
                _ => domain(url.split(':').next().unwrap_or(&url)),
            },
            url => Ok((Kind::Url, url)),
        },
        Kind::Hash => hash(&lower),
        Kind::File => {
            let path = lower.replace('\\', "/");
            let name = path.rsplit('/').next().unwrap_or_default();
            if name.len() < 4 || !name.contains('.') && !path.contains('/') {
                return Err("the file name is too short to mean one file");
            }
            Ok((Kind::File, path.trim_start_matches('/').to_owned()))
        }
        Kind::User => Ok((Kind::User, lower.rsplit('\\').next().unwrap_or(&lower).to_owned())),
        Kind::Email => match lower.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') => Ok((Kind::Email, lower)),
            _ => Err("it is no e-mail address"),
        },
    }
}

/// `hxxp`, `[.]`, `(dot)`, `[:]`, `[at]` as what they mean.
fn refanged(text: &str) -> String {
    let mut out = text.to_owned();
    for (from, to) in [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("[/]", "/"),
        ("\\.", "."),
    ] {
        if out.contains(from) {
            out = out.replace(from, to);
        }
    }
    let lower = out.to_ascii_lowercase();
    for (from, to) in [("hxxps", "https"), ("hxxp", "http"), ("fxp", "ftp")] {
        if lower.starts_with(from) && lower[from.len()..].starts_with(':') {
            return format!("{to}{}", &out[from.len()..]);
        }
    }
    out
}

fn guess(lower: &str) -> Option<Kind> {
    if lower.contains("://") {
        return Some(Kind::Url);
    }
    if lower.parse::<IpAddr>().is_ok() || lower.parse::<IpNet>().is_ok() {
        return Some(Kind::Address);
    }
    if let Some((ip, port)) = lower.rsplit_once(':')
        && ip.parse::<IpAddr>().is_ok()
        && port.parse::<u16>().is_ok()
    {
        return Some(Kind::Address);
    }
    if matches!(lower.len(), 32 | 40 | 64 | 128) && lower.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(Kind::Hash);
    }
    if lower.contains('@') && !lower.contains(char::is_whitespace) {
        return Some(Kind::Email);
    }
    let end = lower.rsplit('.').next().unwrap_or_default();
    let ends_as_file = lower.contains('.') && FILE_ENDS.contains(&end);
    if let Some((host, _)) = lower.split_once('/')
        && is_domain(host)
    {
        return Some(Kind::Url);
    }
    if ends_as_file || lower.starts_with('/') || lower.get(1..3) == Some(":\\") {
        return Some(Kind::File);
    }
    is_domain(lower).then_some(Kind::Domain)
}

fn is_domain(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    let end = text.rsplit('.').next().unwrap_or_default();
    text.contains('.')
        && text.len() <= 253
        && end.len() >= 2
        && (end.bytes().all(|b| b.is_ascii_alphabetic()) || end.starts_with("xn--"))
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b >= 0x80)
        })
}

fn domain(text: &str) -> Result<(Kind, String), &'static str> {
    let text = text.trim_start_matches("*.").trim_start_matches('.').trim_end_matches('.');
    if text.parse::<IpAddr>().is_ok() {
        return network(text);
    }
    if !is_domain(text) {
        return Err("it is no domain");
    }
    if COMMON.contains(&text) || COMMON.iter().any(|c| text.strip_prefix("www.") == Some(c)) {
        return Err("nearly everybody talks to this domain; give the whole URL or the exact host below it");
    }
    Ok((Kind::Domain, text.to_owned()))
}

fn network(text: &str) -> Result<(Kind, String), &'static str> {
    let bare = match text.rsplit_once(':') {
        Some((ip, port)) if port.parse::<u16>().is_ok() && ip.contains('.') => ip,
        _ => text,
    };
    if let Ok(ip) = bare.parse::<IpAddr>() {
        let ip = ip.to_canonical();
        let many = match ip {
            IpAddr::V4(v4) => v4.is_broadcast() || v4.is_multicast(),
            IpAddr::V6(v6) => v6.is_multicast(),
        };
        if ip.is_loopback() || ip.is_unspecified() || many {
            return Err("the address means every system, or none");
        }
        return Ok((Kind::Address, ip.to_string()));
    }
    let Ok(net) = bare.parse::<IpNet>() else { return Err("it is neither an address nor a network") };
    let net = net.trunc();
    if net.prefix_len() == net.max_prefix_len() {
        return network(&net.addr().to_string());
    }
    let private = match net.addr() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
    };
    if private {
        return Err("the network is a private one: your own systems lie in it; give the exact address");
    }
    if net.prefix_len() < if net.addr().is_ipv4() { 8 } else { 16 } {
        return Err("the network is too wide to mean anybody");
    }
    Ok((Kind::Network, net.to_string()))
}

fn hash(text: &str) -> Result<(Kind, String), &'static str> {
    let text = text.rsplit(['=', ':']).next().unwrap_or(text).trim();
    if !matches!(text.len(), 32 | 40 | 64 | 128) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("it is no MD5, SHA-1, SHA-256 or SHA-512");
    }
    // Of nothing: every empty file has them.
    let empty = [
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ];
    if empty.contains(&text) || text.bytes().all(|b| b == b'0') {
        return Err("it is the hash of an empty file");
    }
    Ok((Kind::Hash, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(Kind, &str)], refused: usize) {
        let (lists, not_used) = load([("l", text)]);
        let got: Vec<(Kind, &str)> = lists.all().iter().map(|i| (i.kind, i.value.as_str())).collect();
        assert_eq!(got, expect, "{text}");
        assert_eq!(not_used.len(), refused, "{text}: {not_used:?}");
    }

    #[test]
    fn plain_lines_say_what_they_are() {
        use Kind::*;
        check(
            "# a feed\n203.0.113.9:443\n198.51.100.0/24 # botnet\n\nhxxp://evil[.]example/a?b=1\nEVIL(dot)example\n0.0.0.0 ads.example.com\n\
             update.ps1\nc:\\temp\\x.bin\nuser: Bob\na[at]b.example\nhttps://host.example/\n",
            &[
                (Address, "203.0.113.9"),
                (Network, "198.51.100.0/24"),
                (Url, "evil.example/a?b=1"),
                (Domain, "evil.example"),
                (Domain, "ads.example.com"),
                (File, "update.ps1"),
                (File, "c:/temp/x.bin"),
                (User, "bob"),
                (Email, "a@b.example"),
                (Domain, "host.example"),
            ],
            0,
        );
    }

    #[test]
    fn what_would_match_everybody_is_refused_with_the_reason() {
        check(
            "10.0.0.0/8\n127.0.0.1\n0.0.0.0/0\ngoogle.com\nwww.google.com\nd41d8cd98f00b204e9800998ecf8427e\nhello there\n",
            &[],
            7,
        );
        check(
            "10.1.2.3\nevil.s3.amazonaws.com\n",
            &[(Kind::Address, "10.1.2.3"), (Kind::Domain, "evil.s3.amazonaws.com")],
            0,
        );
        let (_, not_used) = load([("l", "ok.example\n10.0.0.0/8\n")]);
        assert_eq!((not_used[0].line, not_used[0].reason.contains("private")), (2, true));
    }

    #[test]
    fn tables_have_values_by_their_header() {
        use Kind::*;
        check(
            "type,indicator,comment\nip,203.0.113.1,x\ndomain,evil.example,\"a, b\"\nbtc,1abc,\n",
            &[(Address, "203.0.113.1"), (Domain, "evil.example")],
            1,
        );
        check(
            "name;ip;md5\nx;203.0.113.1;\ny;;d131dd02c5e6eec4d131dd02c5e6eec4\n",
            &[(Address, "203.0.113.1"), (Hash, "d131dd02c5e6eec4d131dd02c5e6eec4")],
            0,
        );
    }

    #[test]
    fn stix_and_misp_are_read_by_their_objects() {
        use Kind::*;
        check(
            r#"{"type":"bundle","objects":[{"type":"indicator","name":"n","pattern":"[ipv4-addr:value = '203.0.113.1' OR domain-name:value = 'evil.example']"},
               {"type":"indicator","pattern":"[file:hashes.'SHA-256' = 'ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789']"},
               {"type":"indicator","pattern":"[mutex:name = 'x']"}]}"#,
            &[
                (Address, "203.0.113.1"),
                (Domain, "evil.example"),
                (Hash, "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"),
            ],
            1,
        );
        check(
            r#"{"Event":{"info":"x","Attribute":[{"type":"ip-dst","value":"203.0.113.1"},{"type":"filename|md5","value":"a.exe|d131dd02c5e6eec4d131dd02c5e6eec4"},
               {"type":"mutex","value":"m"}],"Object":[{"name":"o","Attribute":[{"type":"hostname","value":"evil.example"}]}]}}"#,
            &[
                (Address, "203.0.113.1"),
                (File, "a.exe"),
                (Hash, "d131dd02c5e6eec4d131dd02c5e6eec4"),
                (Domain, "evil.example"),
            ],
            1,
        );
    }
}
