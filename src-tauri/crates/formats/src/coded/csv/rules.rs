//! What follows from several columns of a well-known program's table together: outcomes, users, the sentences of
//! Windows' security events.

use super::products::{Product, Rule};
use crate::coded::windows_events::{Ids, Values, explain};
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::outcome;
use timberline_model::{FieldId, Fields, Sink, known};

/// Fields beyond the columns'.
#[derive(Debug, Default)]
pub struct Extras {
    logon_type: Option<FieldId>,
    label: Option<FieldId>,
    workstation: Option<FieldId>,
    windows: Option<Ids>,
}

/// Whether a text is the named values of a Windows event, as EvtxECmd writes them.
pub fn is_event_data(text: &[u8]) -> bool {
    text.starts_with(b"{") && memchr::memmem::find(text, b"\"@Name\"").is_some()
}

impl Extras {
    /// For a product.
    pub fn new(product: Option<&Product>, out: &mut dyn Sink) -> Self {
        if product.is_none() {
            return Self::default();
        }
        Self {
            logon_type: Some(known::WINLOG_LOGON_TYPE),
            label: out.field("event.label"),
            workstation: out.field("source.domain"),
            windows: Some(Ids::new(out)),
        }
    }

    /// Adds what the product's name and its columns together say; `get` gives a cell by its column's key.
    pub fn add<'c>(
        &self,
        product: &Product,
        get: &dyn Fn(&str) -> Option<&'c [u8]>,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) {
        fields.text(known::EVENT_DATASET, product.dataset);
        for (field, text) in [
            (known::EVENT_CATEGORY, product.category),
            (known::EVENT_KIND, product.kind),
            (known::EVENT_ACTION, product.action),
        ] {
            if !text.is_empty() {
                fields.text(field, text);
            }
        }
        let filled = |name: &str| get(name).filter(|c| !c.is_empty());
        match product.rule {
            Rule::None => {}
            Rule::NoErrorIsSuccess(column) => {
                let failed = filled(column).is_some();
                fields.text(known::EVENT_OUTCOME, if failed { "failure" } else { "success" });
            }
            Rule::CloudTrail => {
                let failed = filled("errorcode").is_some();
                fields.text(known::EVENT_OUTCOME, if failed { "failure" } else { "success" });
                if let Some(identity) = filled("useridentity") {
                    athena(identity, fields);
                }
            }
            Rule::Procmon => {
                if let Some(result) = filled("result") {
                    fields
                        .text(known::EVENT_OUTCOME, if result == b"SUCCESS" { "success" } else { "failure" });
                }
                let action = filled("operation").unwrap_or_default();
                let category = if action.starts_with(b"Reg") {
                    "registry"
                } else if action.starts_with(b"TCP") || action.starts_with(b"UDP") {
                    "network"
                } else if action.starts_with(b"Process")
                    || action.starts_with(b"Thread")
                    || action == b"Load Image"
                {
                    "process"
                } else {
                    "file"
                };
                fields.text(known::EVENT_CATEGORY, category);
            }
            Rule::Enabled => {}
            Rule::Label => {
                if let (Some(label), Some(text)) = (self.label, filled("label")) {
                    fields.bytes(label, text);
                }
            }
            Rule::Viewer => {
                let message = filled("column6").unwrap_or_default();
                fields.bytes(known::MESSAGE, message);
                self.windows(get, message, fields);
            }
            Rule::Windows => {
                let message = filled("message").unwrap_or_default();
                if let Some(payload) = filled("payload").filter(|p| is_event_data(p)) {
                    self.event_data(payload, get, fields, out);
                }
                self.windows(get, message, fields);
            }
        }
    }

    /// The named values of a Windows event: each as `winlog.event_data.*`, and what they mean together.
    fn event_data<'c>(
        &self,
        payload: &[u8],
        get: &dyn Fn(&str) -> Option<&'c [u8]>,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(payload) else { return };
        let data = json.get("EventData").and_then(|e| e.get("Data"));
        let list = match data {
            Some(serde_json::Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return,
        };
        let mut values = Values::default();
        for item in list.iter().take(512) {
            let text = |name: &str| item.get(name).and_then(serde_json::Value::as_str);
            let (Some(name), Some(value)) = (text("@Name"), text("#text")) else { continue };
            values.add(name, value);
            if let Some(id) = out.field(&format!("winlog.event_data.{name}")) {
                fields.text(id, value);
            }
        }
        let cell = |name: &str| String::from_utf8_lossy(get(name).unwrap_or_default()).into_owned();
        if let (Some(ids), Ok(code)) = (&self.windows, cell("eventid").parse()) {
            explain(&cell("provider"), &cell("channel"), code, &values, ids, fields);
        }
    }

    /// What Windows' keywords and the sentences of its security events say (in English).
    fn windows<'c>(&self, get: &dyn Fn(&str) -> Option<&'c [u8]>, message: &[u8], fields: &mut Fields) {
        for name in ["keywordsdisplaynames", "keywords", "entrytype"] {
            if let Some(words) = get(name) {
                let lower = words.to_ascii_lowercase();
                let has = |w: &[u8]| memchr::memmem::find(&lower, w).is_some();
                if has(b"audit failure") || has(b"failureaudit") || words == b"0x8010000000000000" {
                    fields.text(known::EVENT_OUTCOME, "failure");
                } else if has(b"audit success") || has(b"successaudit") || words == b"0x8020000000000000" {
                    fields.text(known::EVENT_OUTCOME, "success");
                }
            }
        }
        let code = fields.get_text(known::EVENT_CODE).and_then(|c| c.parse::<u32>().ok());
        if matches!(code, Some(4624 | 4625 | 4634 | 4647 | 4648 | 4768 | 4769 | 4771 | 4776)) {
            fields.text(known::EVENT_CATEGORY, "authentication");
        }
        let text = String::from_utf8_lossy(&message[..message.len().min(8 << 10)]);
        let mut section = "";
        let mut account = None;
        for line in text.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let (indented, name, value) = (name.starts_with(['\t', ' ']), name.trim(), value.trim());
            if !indented && value.is_empty() {
                section = name;
                continue;
            }
            if value.is_empty() || value == "-" {
                continue;
            }
            match (section, name) {
                ("New Logon" | "Account For Which Logon Failed" | "Account Information", "Account Name") => {
                    account = Some(value.to_owned());
                }
                ("Subject", "Account Name") if account.is_none() && !matches!(code, Some(4624 | 4625)) => {
                    account = Some(value.to_owned());
                }
                (_, "Source Network Address" | "Client Address") => {
                    SOURCE.host(fields, value.strip_prefix("::ffff:").unwrap_or(value).as_bytes());
                }
                (_, "Source Port" | "Client Port") => SOURCE.port(fields, value.as_bytes()),
                (_, "Workstation Name") => {
                    if let Some(id) = self.workstation {
                        fields.text(id, value);
                    }
                }
                (_, "Logon Type") => {
                    if let (Some(id), Some(n)) = (self.logon_type, whole(value.as_bytes())) {
                        fields.int(id, n);
                    }
                }
                (_, "Failure Reason") => fields.text(known::EVENT_REASON, value),
                _ => {}
            }
        }
        if let Some(account) = account {
            fields.text(known::USER_NAME, &account);
        }
    }
}

/// `{type=IAMUser, principalid=AIDA, arn=arn:aws:iam::1:user/bob, accountid=1, username=bob, ...}`.
fn athena(text: &[u8], fields: &mut Fields) {
    let text = String::from_utf8_lossy(text);
    let inside = text.trim_start_matches('{').trim_end_matches('}');
    let get = |name: &str| {
        let value = inside.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?;
        (!value.is_empty() && value != "null").then_some(value)
    };
    let user = get("username").or_else(|| get("arn").and_then(|arn| arn.rsplit('/').next()));
    if let Some(user) = user.or_else(|| get("invokedby")) {
        fields.text(known::USER_NAME, user);
    }
    if let Some(account) = get("accountid") {
        fields.text(known::CLOUD_ACCOUNT_ID, account);
    }
}

/// What Hayabusa's short names in its details mean.
pub fn pair(name: &str, value: &str, fields: &mut Fields) {
    match name {
        "SrcIP" | "SrcIp" | "IpAddress" => SOURCE.host(fields, value.as_bytes()),
        "TgtUser" | "User" | "TargetUserName" => {
            let user = value.rsplit('\\').next().unwrap_or(value);
            fields.text(known::USER_NAME, user);
        }
        "Cmdline" | "CommandLine" => fields.text(known::PROCESS_COMMAND_LINE, value),
        "Proc" | "Image" | "NewProcessName" => fields.text(known::PROCESS_EXECUTABLE, value),
        "PID" | "ProcessId" => {
            if let Some(pid) = whole(value.as_bytes()) {
                fields.int(known::PROCESS_PID, pid);
            }
        }
        "ParentImage" => fields.text(known::PROCESS_PARENT_EXECUTABLE, value),
        "Type" | "LogonType" => {
            if let Some(n) = whole(value.split(' ').next().unwrap_or_default().as_bytes()) {
                fields.int(known::WINLOG_LOGON_TYPE, n);
            }
        }
        "Status" | "Outcome" => {
            if let Some(said) = outcome::of(value.as_bytes()) {
                fields.text(known::EVENT_OUTCOME, said);
            }
        }
        _ => {}
    }
}
