//! What Windows events mean in ECS words, as Winlogbeat's own mappings have them: which provider's explanation
//! applies, and the words that all explanations share. The providers are in files of their own:
//! [`super::windows_security`], [`super::windows_sysmon`], [`super::windows_powershell`],
//! [`super::windows_services`] (of the system) and [`super::windows_products`].
//!
//! One thing is said otherwise than Winlogbeat does: an outcome makes an event of the category `authentication`
//! a login, and a login is counted once. So a logoff, a ticket for a service and other things that come with a
//! login have none; whether the audited action succeeded is in `winlog.keywords`.

use super::windows_codes as codes;
use super::windows_events::{Facts, Ids, Key, Values, key};
use super::{windows_powershell, windows_products, windows_security, windows_services, windows_sysmon};
use crate::ParseContext;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip};
use timberline_model::value::MULTI;
use timberline_model::{FieldId, Fields, Sink, known};

/// Categories that several explanations give; an event may be of two.
pub const AUTHENTICATION: &str = "authentication";
/// Sessions that begin or end by a login.
pub const LOGIN_SESSION: &str = "authentication\u{1e}session";
/// Accounts and rights.
pub const IAM: &str = "iam";
/// Changes of how the system guards itself.
pub const IAM_CONFIGURATION: &str = "iam\u{1e}configuration";
/// Settings.
pub const CONFIGURATION: &str = "configuration";
/// Processes.
pub const PROCESS: &str = "process";
/// Sessions.
pub const SESSION: &str = "session";
/// Connections.
pub const NETWORK: &str = "network";
/// Files.
pub const FILE: &str = "file";
/// The registry.
pub const REGISTRY: &str = "registry";

/// Names, addresses and hashes that an event mentions in any role.
#[derive(Debug, Default)]
pub struct Related {
    users: String,
    ips: String,
    hashes: String,
}

impl Related {
    /// Forgets them.
    pub fn clear(&mut self) {
        self.users.clear();
        self.ips.clear();
        self.hashes.clear();
    }

    fn add(list: &mut String, value: &str) {
        if value.is_empty() || value == "-" || list.split(MULTI).any(|known| known == value) {
            return;
        }
        if !list.is_empty() {
            list.push(MULTI);
        }
        list.push_str(value);
    }

    /// Gives them to their fields.
    pub fn give(&self, fields: &mut Fields, ids: &Ids) {
        let lists =
            [(&self.users, ids.related_user), (&self.ips, ids.related_ip), (&self.hashes, ids.related_hash)];
        for (list, id) in lists {
            if let (false, Some(id)) = (list.is_empty(), id) {
                fields.text(id, list);
            }
        }
    }
}

/// One event that is being explained.
pub struct Say<'a> {
    /// Who wrote it, where, as which number.
    pub facts: &'a Facts,
    /// Its values.
    pub values: &'a Values,
    /// What it means.
    pub fields: &'a mut Fields,
    /// Numbers of fields.
    pub ids: &'a Ids,
    /// What it mentions.
    pub related: &'a mut Related,
    /// `event` or `alert`.
    pub kind: &'static str,
    /// Whether the account that the event was written under is the one that acted.
    pub user_from_system: bool,
}

/// Adds what an event means.
pub fn explain(say: &mut Say<'_>, ctx: &ParseContext, out: &mut dyn Sink) {
    let Some(code) = say.facts.code else { return };
    let facts = say.facts;
    let provider = facts.provider.as_str();
    match provider {
        "Microsoft-Windows-Security-Auditing" => windows_security::explain(say, code),
        "Microsoft-Windows-Sysmon" | "Linux-Sysmon" => windows_sysmon::explain(say, code),
        "Microsoft-Windows-PowerShell" | "PowerShellCore" | "PowerShell" => {
            windows_powershell::explain(say, code)
        }
        "Microsoft-Windows-Eventlog" | "Microsoft-Windows-EventLog" if facts.channel == "Security" => {
            windows_security::explain(say, code);
        }
        // Old systems' and forwarders' names for it.
        "Security" | "Microsoft-Windows-Security" | "" if facts.channel == "Security" => {
            windows_security::explain(say, code);
        }
        _ => {
            if !windows_services::explain(say, code) && !windows_products::explain(say, code, ctx, out) {
                say.plain_names();
            }
        }
    }
}

impl<'a> Say<'a> {
    /// What kind of event it is.
    pub fn is(&mut self, category: &str, action: &str, kinds: &str) {
        self.fields.text(known::EVENT_CATEGORY, category);
        if !action.is_empty() {
            self.fields.text(known::EVENT_ACTION, action);
        }
        if let (Some(id), false) = (self.ids.event_type, kinds.is_empty()) {
            self.fields.text(id, kinds);
        }
    }

    /// Which of Winlogbeat's modules would have read it.
    pub fn module(&mut self, name: &str) {
        self.text(self.ids.module, name);
    }

    /// Whether what was tried came about.
    pub fn outcome(&mut self, success: bool) {
        self.fields.text(known::EVENT_OUTCOME, if success { "success" } else { "failure" });
    }

    /// A value by its key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&'a str> {
        self.values.get(key)
    }

    /// Gives a field a text.
    pub fn text(&mut self, id: impl Into<Option<FieldId>>, text: &str) {
        if let (Some(id), false) = (id.into(), text.is_empty()) {
            self.fields.text(id, text);
        }
    }

    /// Gives a field one of the event's values.
    pub fn copy(&mut self, key: Key, id: impl Into<Option<FieldId>>) {
        if let (Some(id), Some(value)) = (id.into(), self.values.get(key)) {
            self.fields.text(id, value);
        }
    }

    /// Gives a field one of the event's values as a number, if it is one.
    pub fn number(&mut self, key: Key, id: impl Into<Option<FieldId>>) {
        if let (Some(id), Some(n)) = (id.into(), self.values.get(key).and_then(codes::number)) {
            self.fields.int(id, n);
        }
    }

    /// Gives a field one of the event's values in small letters: GUIDs are written in both ways.
    pub fn lower(&mut self, key: Key, id: impl Into<Option<FieldId>>) {
        if let (Some(id), Some(value)) = (id.into(), self.values.get(key)) {
            self.fields.text(id, &value.to_ascii_lowercase());
        }
    }

    /// An account is mentioned.
    pub fn mention(&mut self, key: Key) {
        if let Some(name) = self.values.get(key) {
            Related::add(&mut self.related.users, name);
        }
    }

    /// An account by its name is mentioned.
    pub fn mention_name(&mut self, name: &str) {
        Related::add(&mut self.related.users, name);
    }

    /// A hash is mentioned.
    pub fn mention_hash(&mut self, hash: &str) {
        Related::add(&mut self.related.hashes, hash);
    }

    /// An address is mentioned.
    pub fn mention_ip(&mut self, ip: &str) {
        if is_ip(ip.as_bytes()) {
            Related::add(&mut self.related.ips, ip);
        }
    }

    /// The account that acts is the subject.
    pub fn subject(&mut self) {
        self.copy(key::SubjectUserName, known::USER_NAME);
        self.copy(key::SubjectDomainName, known::USER_DOMAIN);
        self.copy(key::SubjectUserSid, known::USER_ID);
        self.mention(key::SubjectUserName);
    }

    /// The account that acts is the target.
    pub fn target_acts(&mut self) {
        self.copy(key::TargetUserName, known::USER_NAME);
        self.copy(key::TargetDomainName, known::USER_DOMAIN);
        self.copy(key::TargetUserSid, known::USER_ID);
        self.mention(key::TargetUserName);
    }

    /// The account that something is done to.
    pub fn target(&mut self) {
        self.copy(key::TargetUserName, known::USER_TARGET_NAME);
        self.copy(key::TargetDomainName, self.ids.target_domain);
        self.copy(key::TargetSid, self.ids.target_id);
        self.copy(key::TargetUserSid, self.ids.target_id);
        self.mention(key::TargetUserName);
    }

    /// `DOMAIN\name` in two; `name@domain` stays whole.
    pub fn account(&mut self, key: Key) {
        if let Some(value) = self.values.get(key) {
            self.account_named(value);
        }
    }

    /// The same for a name that is no value of its own.
    pub fn account_named(&mut self, value: &str) {
        match value.split_once('\\') {
            Some((domain, user)) => {
                self.text(known::USER_NAME, user);
                self.text(known::USER_DOMAIN, domain);
                Related::add(&mut self.related.users, user);
            }
            None => {
                self.text(known::USER_NAME, value);
                Related::add(&mut self.related.users, value);
            }
        }
    }

    /// An account that is a name or a SID.
    pub fn account_or_sid(&mut self, key: Key) {
        match self.values.get(key) {
            Some(sid) if sid.starts_with("S-1-") => self.fields.text(known::USER_ID, sid),
            Some(_) => self.account(key),
            None => {}
        }
    }

    /// An end of a connection: host (address or name) and port.
    pub fn end(&mut self, end: End, host: Key, port: Key) {
        if let Some(value) = self.values.get(host) {
            self.end_named(end, value);
        }
        if let Some(value) = self.values.get(port).filter(|v| *v != "0") {
            end.port(self.fields, value.as_bytes());
        }
    }

    /// The same for a host that is no value of its own; the machine itself (`LOCAL`) is none.
    pub fn end_named(&mut self, end: End, host: &str) {
        let host = host.trim_start_matches('\\');
        if host.is_empty() || host.eq_ignore_ascii_case("local") || host == "-" {
            return;
        }
        end.host(self.fields, host.as_bytes());
        if let Some(ip) = self.fields.get_text(end.ip) {
            Related::add(&mut self.related.ips, ip);
        }
    }

    /// Where a request came from, `address:port` or address alone.
    pub fn source_with_port(&mut self, value: &str) {
        let (host, port) = match value.strip_prefix('[').and_then(|v| v.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match value.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') => (host, Some(port)),
                _ => (value, None),
            },
        };
        self.end_named(SOURCE, host);
        if let Some(port) = port {
            SOURCE.port(self.fields, port.as_bytes());
        }
    }

    /// Where something came from, as audited events name it.
    pub fn source(&mut self) {
        self.end(SOURCE, key::IpAddress, key::IpPort);
    }

    /// A process by the path of its program.
    pub fn image(&mut self, key: Key) {
        if let Some(path) = self.values.get(key) {
            self.text(known::PROCESS_EXECUTABLE, path);
            self.text(known::PROCESS_NAME, base_name(path));
        }
    }

    /// The process that began it.
    pub fn parent(&mut self, key: Key) {
        if let Some(path) = self.values.get(key) {
            self.text(known::PROCESS_PARENT_EXECUTABLE, path);
            self.text(known::PROCESS_PARENT_NAME, base_name(path));
        }
    }

    /// A command line, whole and in its parts.
    pub fn command_line(&mut self, line: &str) {
        self.text(known::PROCESS_COMMAND_LINE, line);
        let (Some(args), Some(count)) = (self.ids.args, self.ids.args_count) else { return };
        let parts = split_command_line(line);
        self.fields.int(count, parts.len() as i64);
        self.fields.list(args, parts.iter().map(String::as_str));
    }

    /// A file by its path: whole, folder, name, extension.
    pub fn file(&mut self, path: &str) {
        self.text(self.ids.file_path, path);
        let name = base_name(path);
        if name.len() < path.len() {
            self.text(self.ids.file_directory, path[..path.len() - name.len()].trim_end_matches(['\\', '/']));
        }
        self.text(self.ids.file_name, name);
        if let Some((stem, extension)) = name.rsplit_once('.')
            && !stem.is_empty()
            && extension.len() <= 16
            && !extension.contains([':', ' '])
        {
            self.text(self.ids.file_extension, &extension.to_ascii_lowercase());
        }
    }

    /// A key or value of the registry by its path.
    pub fn registry(&mut self, path: &str) {
        self.text(self.ids.registry_path, path);
        let path = path.trim_start_matches('\\');
        let Some((hive, rest)) = path.split_once('\\') else { return };
        let short = match hive.to_ascii_uppercase().as_str() {
            "HKEY_LOCAL_MACHINE" => "HKLM",
            "HKEY_USERS" => "HKU",
            "HKEY_CURRENT_USER" => "HKCU",
            "HKEY_CLASSES_ROOT" => "HKCR",
            "HKEY_CURRENT_CONFIG" => "HKCC",
            _ => hive,
        };
        self.text(self.ids.registry_hive, short);
        self.text(self.ids.registry_key, rest);
        if let Some((_, value)) = rest.rsplit_once('\\') {
            self.text(self.ids.registry_value, value);
        }
    }

    /// How a logon was made.
    pub fn logon_type(&mut self) {
        if let Some(value) = self.values.get(key::LogonType) {
            self.text(known::WINLOG_LOGON_TYPE, codes::logon_type(value));
        }
    }

    /// Whether a status says success; else the reason is noted.
    pub fn status(&mut self, key: Key) -> Option<bool> {
        let value = self.values.get(key)?;
        let zero = value.trim_start_matches("0x").bytes().all(|b| b == b'0');
        if !zero {
            self.text(known::EVENT_REASON, codes::reason(value).unwrap_or(value));
        }
        Some(zero)
    }

    /// For events that nothing here knows: names that mean the same wherever they stand.
    fn plain_names(&mut self) {
        self.subject();
        for key in [key::TargetUserName, key::UserName, key::User, key::AccountName] {
            if !self.fields.has(known::USER_NAME) {
                self.account_or_sid(key);
            }
        }
        for key in [key::IpAddress, key::ClientIP, key::ClientAddress, key::IPString, key::SourceIp] {
            if let Some(value) = self.values.get(key)
                && !self.fields.has(known::SOURCE_ADDRESS)
            {
                self.source_with_port(value);
            }
        }
        self.image(key::Image);
        self.image(key::ProcessName);
        if let Some(line) = self.values.get(key::CommandLine) {
            self.command_line(line);
        }
    }
}

/// The last part of a path, whichever way its slashes lean.
#[must_use]
pub fn base_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// The parts of a command line by the rules of `CommandLineToArgvW`: blanks part, quotes hold together,
/// backslashes are themselves unless a quote follows them.
#[must_use]
pub fn split_command_line(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = line.trim_start().chars().peekable();
    while rest.peek().is_some() && parts.len() < 1_000 {
        let (mut part, mut quoted, mut slashes) = (String::new(), false, 0usize);
        while let Some(c) = rest.next_if(|c| quoted || !c.is_whitespace()) {
            match c {
                '\\' => slashes += 1,
                '"' => {
                    part.extend(std::iter::repeat_n('\\', slashes / 2));
                    if slashes % 2 == 1 {
                        part.push('"');
                    } else if quoted && rest.peek() == Some(&'"') {
                        part.push('"');
                        rest.next();
                    } else {
                        quoted = !quoted;
                    }
                    slashes = 0;
                }
                other => {
                    part.extend(std::iter::repeat_n('\\', slashes));
                    slashes = 0;
                    part.push(other);
                }
            }
        }
        part.extend(std::iter::repeat_n('\\', slashes));
        parts.push(part);
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
    }
    parts
}

/// Ends of connections for the explanations.
pub const ENDS: (End, End) = (SOURCE, DESTINATION);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_part_as_windows_parts_them() {
        let check = |line: &str, expect: &[&str]| assert_eq!(split_command_line(line), expect, "{line}");
        check(r#""C:\Program Files\a.exe" -x "b c" d"#, &[r"C:\Program Files\a.exe", "-x", "b c", "d"]);
        check(r"  cmd.exe  /c   dir ", &["cmd.exe", "/c", "dir"]);
        check(r#"a "b\"c" d\\"e f""#, &["a", "b\"c", r"d\e f"]);
        check(r#"a """ "#, &["a", "\" "]);
        check(r"C:\a\ b", &[r"C:\a\", "b"]);
        check("", &[]);
    }
}
