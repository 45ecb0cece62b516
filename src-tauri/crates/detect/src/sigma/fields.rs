//! Which columns of a case hold what a rule calls a field. Names of Sigma's taxonomy stand in a table; what is not in it is
//! looked for by its own name: among the named values of Windows events, then at the end of any column's name, since
//! logs keep their own fields under a product's prefix.

use super::LogSource;
use rustc_hash::FxHashMap;

/// Marks a name as a column of ours, not a rule's: log sources are written with these.
pub const OURS: &str = "ours:";

/// The columns of a case.
#[derive(Debug, Default)]
pub struct Columns {
    names: Vec<String>,
    by_name: FxHashMap<String, usize>,
    /// By the last part of the name and, of names of several parts, by the last two.
    by_end: FxHashMap<String, Vec<usize>>,
}

impl Columns {
    /// Of these names.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let mut columns = Self { names, ..Self::default() };
        for (at, name) in columns.names.iter().enumerate() {
            let lower = name.to_ascii_lowercase();
            let parts: Vec<&str> = lower.split('.').collect();
            for take in 1..=parts.len().min(4) {
                let end = parts[parts.len() - take..].join(".");
                columns.by_end.entry(end).or_default().push(at);
            }
            // Windows writes some names with blanks ("Threat Name"), rules never do.
            columns.by_name.insert(lower.replace(' ', ""), at);
        }
        columns
    }

    /// The name of a column.
    #[must_use]
    pub fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", |n| n)
    }

    /// All names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_ascii_lowercase().replace(' ', "")).copied()
    }

    /// The columns that may hold a rule's field, none twice.
    #[must_use]
    pub fn of(&self, field: &str, source: &LogSource) -> Vec<usize> {
        if let Some(ours) = field.strip_prefix(OURS) {
            return self.find(ours).into_iter().collect();
        }
        let mut found: Vec<usize> = known(field, source).iter().filter_map(|n| self.find(n)).collect();
        let plain: String = field.chars().filter(|c| *c != ' ').collect();
        if source.product == "windows" {
            for prefix in ["winlog.event_data.", "winlog.user_data.", "winlog."] {
                found.extend(self.find(&format!("{prefix}{plain}")));
            }
        } else {
            found.extend(self.find(field));
        }
        if found.is_empty()
            && let Some(more) = self.by_end.get(&plain.to_ascii_lowercase())
        {
            found.extend(more);
        }
        let mut seen = Vec::new();
        found.retain(|at| {
            let new = !seen.contains(at);
            seen.push(*at);
            new
        });
        found
    }
}

/// What we call a field of Sigma's taxonomy; several where logs differ.
fn known(field: &str, source: &LogSource) -> &'static [&'static str] {
    let lower = field.to_ascii_lowercase();
    let windows: &[&str] = match lower.as_str() {
        "eventid" => &["event.code"],
        "channel" => &["winlog.channel"],
        "provider_name" | "source" => &["event.provider", "winlog.provider_name"],
        "computer" | "computername" | "hostname" | "workstation" => {
            &["host.name", "winlog.computer_name", "winlog.event_data.ComputerName"]
        }
        "image" | "newprocessname" => {
            &["winlog.event_data.Image", "winlog.event_data.NewProcessName", "process.executable"]
        }
        "parentimage" | "parentprocessname" => &[
            "winlog.event_data.ParentImage",
            "winlog.event_data.ParentProcessName",
            "process.parent.executable",
        ],
        "commandline" | "processcommandline" => &["winlog.event_data.CommandLine", "process.command_line"],
        "parentcommandline" => &["winlog.event_data.ParentCommandLine", "process.parent.command_line"],
        "currentdirectory" => &["winlog.event_data.CurrentDirectory", "process.working_directory"],
        "user" => &["winlog.event_data.User", "winlog.event_data.SubjectUserName"],
        "logonid" => &["winlog.event_data.LogonId", "winlog.event_data.SubjectLogonId"],
        "integritylevel" => &["winlog.event_data.IntegrityLevel", "winlog.event_data.MandatoryLabel"],
        "queryname" => &["winlog.event_data.QueryName", "dns.question.name"],
        "destinationhostname" => &["winlog.event_data.DestinationHostname", "destination.domain"],
        "destinationip" => {
            &["winlog.event_data.DestinationIp", "winlog.event_data.DestAddress", "destination.ip"]
        }
        "destinationport" => {
            &["winlog.event_data.DestinationPort", "winlog.event_data.DestPort", "destination.port"]
        }
        "sourceip" | "ipaddress" => {
            &["winlog.event_data.SourceIp", "winlog.event_data.IpAddress", "source.ip"]
        }
        "sourceport" | "ipport" => {
            &["winlog.event_data.SourcePort", "winlog.event_data.IpPort", "source.port"]
        }
        "hashes" => &["winlog.event_data.Hashes", "winlog.event_data.Hash"],
        "imphash" => &["winlog.event_data.Imphash", "process.pe.imphash", "winlog.event_data.Hashes"],
        "md5" | "sha1" | "sha256" => &["winlog.event_data.Hashes"],
        "threatname" | "threat name" | "signature" => &[
            "winlog.event_data.ThreatName",
            "winlog.event_data.Threat Name",
            "winlog.event_data.Threat_Name",
        ],
        _ => &[],
    };
    if source.product == "windows" || source.category == "antivirus" {
        return windows;
    }
    match lower.as_str() {
        "image" | "exe" => &["process.executable"],
        "parentimage" => &["process.parent.executable"],
        "commandline" | "proctitle" => &["process.command_line"],
        "parentcommandline" => &["process.parent.command_line"],
        "currentdirectory" | "cwd" => &["process.working_directory"],
        "targetfilename" | "name" => &["file.path"],
        "logonid" => &["auditd.session", "user.id"],
        "c-uri" | "uri" | "url" | "cs-uri" | "request_uri" => &["url.original", "url.full", "url.path"],
        "cs-uri-query" | "c-uri-query" => &["url.query", "url.original"],
        "cs-uri-stem" | "c-uri-stem" | "uri_path" => &["url.path"],
        "c-uri-extension" | "cs-uri-extension" => &["url.extension"],
        "cs-host" | "r-dns" | "host" | "c-dns" | "cs-host-name" => &["url.domain", "destination.domain"],
        "cs-method" | "method" | "request_method" => &["http.request.method"],
        "sc-status" | "status" | "status_code" => &["http.response.status_code"],
        "c-useragent" | "cs-user-agent" | "user_agent" | "useragent" => &["user_agent.original"],
        "cs-referer" | "cs-referrer" | "referer" | "referrer" => &["http.request.referrer"],
        "cs-username" | "cs-user" => &["user.name"],
        "cs-version" => &["http.version"],
        "cs-cookie" | "cookie" => &["http.request.cookie", "http.request.headers.cookie"],
        "cs-bytes" => &["http.request.bytes", "http.request.body.bytes"],
        "sc-bytes" => &["http.response.bytes", "http.response.body.bytes"],
        "c-ip" | "client_ip" | "src_ip" | "srcip" | "source.ip" | "sourceip" | "id.orig_h" | "source_ip"
        | "ipaddress" => &["source.ip"],
        "dst_ip" | "destip" | "dest_ip" | "destinationip" | "s-ip" | "id.resp_h" | "r-ip" => {
            &["destination.ip"]
        }
        "src_port" | "sourceport" | "id.orig_p" => &["source.port"],
        "dst_port" | "dest_port" | "destinationport" | "s-port" | "id.resp_p" => &["destination.port"],
        "destinationhostname" => &["destination.domain"],
        "action" if source.category == "firewall" => &["event.action", "event.outcome"],
        "query" | "record" | "queryname" => &["dns.question.name"],
        "record_type" | "qtype_name" => &["dns.question.type"],
        "answer" | "answers" => &["dns.answers.data"],
        "rcode_name" => &["dns.response_code"],
        "user" | "username" => &["user.name"],
        "computer" | "hostname" | "computername" => &["host.name"],
        "eventsource" => &["event.provider"],
        "eventname" => &["event.action"],
        "operationname" | "operationnamevalue" | "operation" => &["event.action"],
        "eventtype" if source.product == "okta" => &["event.action"],
        "sourceipaddress" => &["source.address", "source.ip"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_table_by_own_name_and_by_their_end() {
        let columns = Columns::new(
            [
                "event.code",
                "winlog.event_data.Image",
                "winlog.event_data.NewProcessName",
                "process.executable",
                "winlog.event_data.Threat Name",
                "aws.cloudtrail.requestParameters.userName",
                "url.path",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        let check = |field: &str, product: &str, expect: &[&str]| {
            let source = LogSource { product: product.to_owned(), ..LogSource::default() };
            let names: Vec<&str> =
                columns.of(field, &source).into_iter().map(|at| columns.name(at)).collect();
            assert_eq!(names, expect, "{field}");
        };
        check("EventID", "windows", &["event.code"]);
        check(
            "Image",
            "windows",
            &["winlog.event_data.Image", "winlog.event_data.NewProcessName", "process.executable"],
        );
        check("ThreatName", "windows", &["winlog.event_data.Threat Name"]);
        check("Image", "linux", &["process.executable"]);
        check("requestParameters.userName", "aws", &["aws.cloudtrail.requestParameters.userName"]);
        check("ours:url.path", "aws", &["url.path"]);
        check("nothing", "aws", &[]);
    }
}
