//! What PowerShell's events mean, of the classic log and of the operational one.

use super::windows_events::key;
use super::windows_meaning::{PROCESS, Say};
use timberline_model::known;

pub fn explain(say: &mut Say<'_>, code: u32) {
    say.module("powershell");
    let kinds = match code {
        400 | 600 | 4105 | 40961 | 53504 => "start",
        403 | 4106 | 40962 => "end",
        _ => "info",
    };
    say.is(PROCESS, "", kinds);
    match code {
        400 | 403 | 600 => {
            context(say, key::param3);
            if code == 600 {
                say.copy(key::param1, say.ids.ps_provider);
                say.copy(key::param2, say.ids.ps_provider_state);
            }
        }
        800 => {
            context(say, key::param2);
            say.copy(key::param1, say.ids.ps_command_value);
        }
        4103 => {
            context(say, key::ContextInfo);
        }
        4104 => {
            say.copy(key::ScriptBlockId, say.ids.script_id);
            say.copy(key::ScriptBlockText, say.ids.script_text);
            say.number(key::MessageNumber, say.ids.ps_sequence);
            say.number(key::MessageTotal, say.ids.ps_total);
            if let Some(path) = say.get(key::Path) {
                say.file(path);
            }
        }
        4105 | 4106 => {
            say.copy(key::ScriptBlockId, say.ids.script_id);
            say.copy(key::RunspaceId, say.ids.ps_runspace);
        }
        _ => {}
    }
}

/// Lines of `name=value` or (4103) `Name = value`.
fn context(say: &mut Say<'_>, key: super::windows_events::Key) {
    let Some(text) = say.get(key) else { return };
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            continue;
        }
        let ids = say.ids;
        let id = match name {
            "NewEngineState" => ids.ps_new_state,
            "PreviousEngineState" => ids.ps_previous_state,
            "EngineVersion" | "Engine Version" => ids.ps_engine,
            "HostVersion" | "Host Version" => ids.ps_host_version,
            "HostName" | "Host Name" => ids.title,
            "HostId" | "Host ID" => ids.entity,
            "RunspaceId" | "Runspace ID" => ids.ps_runspace,
            "PipelineId" | "Pipeline ID" => ids.ps_pipeline,
            "CommandName" | "Command Name" => ids.ps_command,
            "CommandType" | "Command Type" => ids.ps_command_type,
            "CommandPath" | "Command Path" => ids.ps_command_path,
            "CommandLine" => ids.ps_command_value,
            "ShellId" | "Shell ID" => ids.ps_shell,
            "ProviderName" => ids.ps_provider,
            "NewProviderState" => ids.ps_provider_state,
            "SequenceNumber" | "Sequence Number" => {
                if let (Some(id), Ok(n)) = (ids.sequence, value.parse()) {
                    say.fields.int(id, n);
                }
                continue;
            }
            "DetailSequence" | "DetailTotal" => {
                let id = if name == "DetailTotal" { ids.ps_total } else { ids.ps_sequence };
                if let (Some(id), Ok(n)) = (id, value.parse()) {
                    say.fields.int(id, n);
                }
                continue;
            }
            "HostApplication" | "Host Application" => {
                say.command_line(value);
                continue;
            }
            "ScriptName" | "Script Name" => {
                say.file(value);
                continue;
            }
            "UserId" | "User" => {
                say.account_named(value);
                continue;
            }
            "Connected User" => {
                let (domain, user) = value.split_once('\\').unwrap_or(("", value));
                say.text(ids.ps_user, user);
                say.text(ids.ps_user_domain, domain);
                continue;
            }
            _ => continue,
        };
        say.text(id, value);
    }
    if let Some(name) = say.fields.get_text(known::PROCESS_COMMAND_LINE).and_then(program_of) {
        say.text(known::PROCESS_NAME, &name);
    }
}

/// The program that a command line begins with.
fn program_of(line: &str) -> Option<String> {
    let first = match line.strip_prefix('"') {
        Some(rest) => rest.split('"').next()?,
        None => line.split(' ').next()?,
    };
    let name = super::windows_meaning::base_name(first);
    name.to_ascii_lowercase().ends_with(".exe").then(|| name.to_owned())
}
