//! What programs of Microsoft and others write into Windows' logs: SQL Server, Exchange, IIS, OpenSSH, installers
//! and crashes.

use super::windows_events::key;
use super::windows_meaning::{AUTHENTICATION, CONFIGURATION, ENDS, PROCESS, Say, base_name};
use crate::ParseContext;
use crate::said::{self, Said};
use timberline_model::{Sink, known};

/// Explains an event; false when it is none that is known here.
pub fn explain(say: &mut Say<'_>, code: u32, ctx: &ParseContext, out: &mut dyn Sink) -> bool {
    let provider = say.facts.provider.as_str();
    match provider {
        "OpenSSH" => openssh(say, ctx, out),
        "MSSQLSERVER" => sql_server(say, code),
        _ if provider.starts_with("MSSQL$") || provider.starts_with("SQLServer") => sql_server(say, code),
        "MSExchange CmdletLogs" => exchange(say, code),
        "Microsoft-Windows-IIS-Logging" => iis(say),
        "Microsoft-Windows-IIS-Configuration" => {
            say.is(CONFIGURATION, "web-server-settings-changed", "change");
            true
        }
        "MsiInstaller" => installer(say, code),
        "Application Error" | "Application Hang" => crash(say, code),
        "Microsoft-Windows-Security-Mitigations" => {
            say.is("intrusion_detection", "exploit-mitigated", "info");
            say.image(key::ProcessPathNamed);
            true
        }
        _ => false,
    }
}

/// Its messages are those of the server elsewhere.
fn openssh(say: &mut Say<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> bool {
    say.user_from_system = false;
    let (process, payload) = (say.get(key::ProcessSmall), say.get(key::PayloadSmall));
    let (process, payload) = match (process, payload) {
        (Some(process), Some(payload)) => (process, payload),
        // The file form: `sshd: Accepted password for ...`
        (None, None) => match say.get(key::param1).and_then(|text| text.split_once(": ")) {
            Some(parts) => parts,
            None => return false,
        },
        _ => return false,
    };
    say.text(known::PROCESS_NAME, process);
    say.text(known::MESSAGE, payload);
    let names = said::Names::new(out);
    let mut told = Said { fields: say.fields, names: &names, ctx, out, time: None };
    said::message(process.as_bytes(), payload.as_bytes(), &mut told);
    true
}

fn sql_server(say: &mut Say<'_>, code: u32) -> bool {
    say.user_from_system = false;
    match code {
        18_450..=18_470 | 17_806 | 17_828 => {
            let success = matches!(code, 18_453..=18_455);
            say.is(AUTHENTICATION, if success { "logged-in" } else { "logon-failed" }, "start");
            say.outcome(success);
            // The values are the name, the reason and the client; of some events one of them is missing.
            for key in [key::param1, key::param2, key::param3, key::param4] {
                let Some(value) = say.get(key) else { continue };
                if let Some(client) = client(value) {
                    say.end_named(ENDS.0, client);
                } else if let Some(reason) = value.strip_prefix("Reason: ") {
                    say.text(known::EVENT_REASON, reason);
                } else if key == key::param1 && !matches!(code, 17_806 | 17_828) {
                    say.account_named(value);
                }
            }
        }
        15_457 => {
            say.is(CONFIGURATION, "settings-changed", "change");
        }
        33_205 => audit(say),
        _ => return false,
    }
    true
}

/// ` [CLIENT: 192.0.2.1]`
fn client(text: &str) -> Option<&str> {
    let at = text.rfind("[CLIENT: ")?;
    let rest = &text[at + 9..];
    let host = rest.split(']').next()?;
    // `<local machine>` and named pipes have no address.
    (!host.starts_with('<')).then_some(host)
}

/// An entry of SQL Server's own audit: lines of `name:value`.
fn audit(say: &mut Say<'_>) {
    let Some(text) = say.get(key::param1) else { return };
    let line = |name: &str| {
        let value = text.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))?;
        let value = value.trim();
        (!value.is_empty()).then_some(value)
    };
    let action = line("action_id").unwrap_or("");
    let login = matches!(action, "LGIS" | "LGIF");
    say.is(
        if login { "authentication\u{1e}database" } else { "database" },
        match action {
            "LGIS" => "logged-in",
            "LGIF" => "logon-failed",
            "LGO" => "logged-out",
            "" => "audited",
            other => other,
        },
        if login { "start" } else { "info" },
    );
    if let Some(succeeded) = line("succeeded") {
        say.outcome(succeeded.eq_ignore_ascii_case("true"));
    }
    for name in ["server_principal_name", "session_server_principal_name"] {
        if let Some(user) = line(name) {
            say.account_named(user);
            break;
        }
    }
    if let Some(target) = line("target_server_principal_name") {
        say.text(known::USER_TARGET_NAME, target);
        say.mention_name(target);
    }
    if let Some(ip) = line("client_ip").filter(|ip| *ip != "local machine") {
        say.end_named(ENDS.0, ip);
    }
    if let Some(name) = line("database_name") {
        say.text(say.ids.sql_database, name);
    }
    if let Some(statement) = line("statement") {
        say.text(say.ids.sql_statement, statement);
    }
}

/// A cmdlet of the Exchange Management Shell: name, arguments, who.
fn exchange(say: &mut Say<'_>, code: u32) -> bool {
    let Some(cmdlet) = say.get(key::param1) else { return false };
    say.is("configuration\u{1e}email", cmdlet, "admin\u{1e}change");
    say.outcome(code == 1);
    say.user_from_system = false;
    say.text(say.ids.ps_command, cmdlet);
    if let Some(arguments) = say.get(key::param2) {
        say.text(known::PROCESS_COMMAND_LINE, &format!("{cmdlet} {arguments}"));
    }
    if let Some(user) = say.get(key::param3) {
        // `example.com/Users/Administrator`
        say.text(known::USER_NAME, base_name(user));
        say.mention_name(base_name(user));
    }
    if let Some(sid) = say.get(key::param4).filter(|v| v.starts_with("S-1-")) {
        say.text(known::USER_ID, sid);
    }
    true
}

/// Requests that IIS writes as events, with the names of its log files.
fn iis(say: &mut Say<'_>) -> bool {
    if say.get(key::CsMethod).is_none() {
        return false;
    }
    say.is("web", "", "access");
    say.user_from_system = false;
    if let Some(ip) = say.get(key::ClientIpIis) {
        say.end_named(ENDS.0, ip);
    }
    if let Some(ip) = say.get(key::ServerIp) {
        say.end_named(ENDS.1, ip);
    }
    say.number(key::ServerPort, known::DESTINATION_PORT);
    say.account(key::CsUsername);
    say.copy(key::CsMethod, known::HTTP_METHOD);
    say.number(key::ScStatus, known::HTTP_STATUS);
    if let Some(n) = say.get(key::ScStatus).and_then(|v| v.parse::<i64>().ok()) {
        say.outcome(n < 400);
    }
    say.number(key::ScBytes, known::HTTP_RESPONSE_BYTES);
    say.number(key::CsBytes, known::HTTP_REQUEST_BYTES);
    say.copy(key::CsUriStem, known::URL_PATH);
    say.copy(key::CsUriQuery, known::URL_QUERY);
    if let Some(path) = say.get(key::CsUriStem) {
        match say.get(key::CsUriQuery) {
            Some(query) => say.text(known::URL_ORIGINAL, &format!("{path}?{query}")),
            None => say.text(known::URL_ORIGINAL, path),
        }
    }
    say.copy(key::CsHost, known::URL_DOMAIN);
    if let Some(agent) = say.get(key::CsUserAgent) {
        say.text(known::USER_AGENT, &agent.replace('+', " "));
    }
    say.copy(key::CsReferer, known::HTTP_REFERRER);
    if let Some(version) = say.get(key::CsVersion) {
        say.text(known::HTTP_VERSION, version.trim_start_matches("HTTP/"));
    }
    true
}

fn installer(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        1033 | 1040 | 11_707 => ("package-installed", "installation"),
        1034 | 11_724 => ("package-removed", "deletion"),
        1042 => ("installation-ended", "end"),
        _ => return false,
    };
    say.is("package", action, kind);
    if code != 1040 && code != 1042 {
        let name = say.get(key::param1).map(|name| name.trim_start_matches("Product: "));
        if let Some(name) = name {
            say.text(say.ids.package_name, name.split(" -- ").next().unwrap_or(name));
        }
    }
    true
}

fn crash(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 1000 | 1002) {
        return false;
    }
    say.is(PROCESS, if code == 1000 { "application-crashed" } else { "application-hung" }, "end\u{1e}error");
    say.copy(key::AppName, known::PROCESS_NAME);
    say.copy(key::AppPath, known::PROCESS_EXECUTABLE);
    say.copy(key::param1, known::PROCESS_NAME);
    if let Some(path) = say.get(key::param11).filter(|v| v.contains('\\')) {
        say.text(known::PROCESS_EXECUTABLE, path);
    }
    true
}
