//! What Sysmon's events mean, on Windows and (in the same words) on Linux.

use super::windows_codes as codes;
use super::windows_events::{Key, key};
use super::windows_meaning::{CONFIGURATION, ENDS, FILE, NETWORK, PROCESS, Say};
use timberline_model::{FieldId, known};

pub fn explain(say: &mut Say<'_>, code: u32) {
    say.module("sysmon");
    // Sysmon writes as SYSTEM whoever did it.
    say.user_from_system = false;
    let (category, kinds) = match code {
        1 => (PROCESS, "start"),
        2 => (FILE, "change"),
        3 => (NETWORK, "start\u{1e}connection\u{1e}protocol"),
        4 => (PROCESS, "change"),
        5 => (PROCESS, "end"),
        6 => ("driver", "start"),
        7 | 8 => (PROCESS, "change"),
        9 | 10 => (PROCESS, "access"),
        11 | 17 | 29 => (FILE, "creation"),
        12..=14 => ("configuration\u{1e}registry", "change"),
        15 | 18 => (FILE, "access"),
        16 => (CONFIGURATION, "change"),
        19..=21 => (CONFIGURATION, "creation"),
        22 => (NETWORK, "connection\u{1e}protocol\u{1e}info"),
        23 | 26 => (FILE, "deletion"),
        24 | 25 => (PROCESS, "change"),
        27 => (FILE, "creation\u{1e}denied"),
        28 => (FILE, "deletion\u{1e}denied"),
        255 => (PROCESS, "error"),
        _ => (PROCESS, "info"),
    };
    say.is(category, codes::task("Microsoft-Windows-Sysmon", code).unwrap_or_default(), kinds);
    say.image(key::Image);
    say.number(key::ProcessId, known::PROCESS_PID);
    say.lower(key::ProcessGuid, say.ids.entity);
    // Events 8 and 10 call the process that acts the source.
    say.image(key::SourceImage);
    say.number(key::SourceProcessId, known::PROCESS_PID);
    say.lower(key::SourceProcessGUID, say.ids.entity);
    say.lower(key::SourceProcessGuid, say.ids.entity);
    say.account(key::User);
    say.account(key::SourceUser);
    match code {
        1 => {
            if let Some(line) = say.get(key::CommandLine) {
                say.command_line(line);
            }
            say.copy(key::CurrentDirectory, known::PROCESS_WORKING_DIRECTORY);
            say.parent(key::ParentImage);
            say.number(key::ParentProcessId, known::PROCESS_PARENT_PID);
            say.lower(key::ParentProcessGuid, say.ids.parent_entity);
            say.copy(key::ParentCommandLine, say.ids.parent_command);
            let ids = say.ids;
            program(
                say,
                [
                    ids.original_file_name,
                    ids.pe_company,
                    ids.pe_description,
                    ids.pe_product,
                    ids.pe_file_version,
                ],
            );
            hashes(say, key::Hashes, [ids.hash_md5, ids.hash_sha1, ids.hash_sha256, ids.imphash]);
        }
        3 => connection(say),
        6 | 7 => {
            if let Some(path) = say.get(key::ImageLoaded) {
                say.file(path);
            }
            let ids = say.ids;
            program(
                say,
                [
                    ids.file_original_name,
                    ids.file_company,
                    ids.file_description,
                    ids.file_product,
                    ids.file_version,
                ],
            );
            file_hashes(say, key::Hashes);
            say.copy(key::Signature, ids.file_signer);
            say.copy(key::SignatureStatus, ids.file_signature);
            say.copy(key::Signed, ids.file_signed);
        }
        9 => say.copy(key::Device, say.ids.file_path),
        2 | 11 | 15 | 23 | 26..=29 => {
            if let Some(path) = say.get(key::TargetFilename) {
                say.file(path);
            }
            file_hashes(say, key::Hashes);
            file_hashes(say, key::Hash);
        }
        12..=14 => {
            if let Some(path) = say.get(key::TargetObject) {
                say.registry(path);
            }
            say.copy(key::Details, say.ids.registry_data);
        }
        17 | 18 => say.copy(key::PipeName, say.ids.file_name),
        22 => dns(say),
        24 => file_hashes(say, key::Hashes),
        _ => {}
    }
}

fn program(say: &mut Say<'_>, ids: [Option<FieldId>; 5]) {
    let keys = [key::OriginalFileName, key::Company, key::Description, key::Product, key::FileVersion];
    for (key, id) in keys.into_iter().zip(ids) {
        say.copy(key, id);
    }
}

fn file_hashes(say: &mut Say<'_>, key: Key) {
    let ids = say.ids;
    hashes(say, key, [ids.file_md5, ids.file_sha1, ids.file_sha256, ids.file_imphash]);
}

/// `SHA1=...,MD5=...,SHA256=...,IMPHASH=...`.
fn hashes(say: &mut Say<'_>, key: Key, ids: [Option<FieldId>; 4]) {
    let Some(all) = say.get(key) else { return };
    for part in all.split(',') {
        let Some((name, hash)) = part.split_once('=') else { continue };
        let at = match name.trim() {
            "MD5" => 0,
            "SHA1" => 1,
            "SHA256" => 2,
            "IMPHASH" => 3,
            _ => continue,
        };
        let hash = hash.trim().to_ascii_lowercase();
        if hash.bytes().any(|b| b != b'0') {
            say.text(ids[at], &hash);
            say.mention_hash(&hash);
        }
    }
}

fn connection(say: &mut Say<'_>) {
    let (source, destination) = ENDS;
    say.end(source, key::SourceIp, key::SourcePort);
    say.end(destination, key::DestinationIp, key::DestinationPort);
    say.copy(key::SourceHostname, say.ids.source_domain);
    say.copy(key::DestinationHostname, say.ids.destination_domain);
    if let Some(protocol) = say.get(key::Protocol) {
        say.text(known::NETWORK_TRANSPORT, &protocol.to_ascii_lowercase());
    }
    say.copy(key::DestinationPortName, known::NETWORK_PROTOCOL);
    let way = match say.get(key::Initiated) {
        Some("true") => "egress",
        Some("false") => "ingress",
        _ => "",
    };
    say.text(say.ids.network_direction, way);
    let version = match say.get(key::SourceIp) {
        Some(ip) if ip.contains(':') => "ipv6",
        Some(_) => "ipv4",
        None => "",
    };
    say.text(say.ids.network_type, version);
}

/// `type:  5 host;::ffff:192.0.2.9;`: names with the number of their type, addresses without.
fn dns(say: &mut Say<'_>) {
    say.copy(key::QueryName, known::DNS_QUESTION_NAME);
    say.text(known::NETWORK_PROTOCOL, "dns");
    if let Some(status) = say.get(key::QueryStatus) {
        say.text(say.ids.dns_status, codes::dns_status(status).unwrap_or(status));
    }
    let Some(results) = say.get(key::QueryResults) else { return };
    let answers = || results.split(';').map(str::trim).filter(|a| !a.is_empty()).map(answer);
    if answers().next().is_none() {
        return;
    }
    say.fields.list(known::DNS_ANSWERS, answers().map(|(data, _)| data));
    if let Some(id) = say.ids.dns_types {
        say.fields.list(id, answers().map(|(_, kind)| kind));
    }
    let addresses = || answers().filter(|(_, kind)| matches!(*kind, "A" | "AAAA")).map(|(data, _)| data);
    if let (Some(id), true) = (say.ids.resolved, addresses().next().is_some()) {
        say.fields.list(id, addresses());
    }
    addresses().for_each(|ip| say.mention_ip(ip));
}

/// One answer and the name of its type.
fn answer(text: &str) -> (&str, &str) {
    if let Some(rest) = text.strip_prefix("type:") {
        let rest = rest.trim_start();
        let (number, data) = rest.split_once(' ').unwrap_or((rest, ""));
        return (data.trim(), codes::dns_type(number).unwrap_or(number));
    }
    match text.strip_prefix("::ffff:") {
        Some(v4) if v4.contains('.') => (v4, "A"),
        _ => (text, if text.contains(':') { "AAAA" } else { "A" }),
    }
}
