//! The gate of the open case: its policy from the case, the mask made of the case's own names, and records kept in the
//! case. Deciding, masking and sending are the gate's; what is sent is the chat's.

use crate::session::{Engine, OpenCase, lock};
use crate::wire::ApiError;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};
use timberline_egress::record::{GENESIS, canonical, link};
use timberline_egress::{
    Allowed, Endpoint, Gate, Keeper, Kind, Level, Masker, Outcome, Policy, Record, Recorder, Whose,
    random_key,
};
use timberline_model::value::MULTI;
use timberline_model::{Answer, Ctx, Filter, Metric, Plan, Query, Source, Value as FieldValue};
use timberline_store::{Case, NewAudit};

/// The note of a case that holds its policy.
pub(crate) const POLICY_NOTE: &str = "egress-policy";
/// The note of a case that holds the key of its stand-ins.
const KEY_NOTE: &str = "mask-key";
/// Different values of a field that are masked by name; a case with more is not sent anywhere masked.
const VALUES_MAX: u32 = 200_000;
/// Calls that belong to no case (trying out an endpoint) are recorded in this case file of the data folder.
const OWN_CASE: &str = "calls.timberline";
/// A day, in microseconds.
const DAY_US: i64 = 86_400_000_000;

/// Now, in microseconds since 1970 UTC.
pub(crate) fn now_us() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// Keeps a record as the newest of a case's chain; it is on the disk when this comes back.
///
/// # Errors
/// When the case cannot be written.
pub(crate) fn add_record(case: &Case, kind: &str, sent: u64, mut said: Value) -> Result<u64, ApiError> {
    let at_us = now_us();
    let new = NewAudit { at_us, kind: kind.to_owned(), sent };
    let id = case.add_audit(&new, |id, previous| {
        if let Some(map) = said.as_object_mut() {
            map.insert("id".into(), id.into());
            map.insert("at_us".into(), at_us.into());
            map.insert("kind".into(), kind.into());
            map.insert("sent".into(), sent.into());
        }
        let (body, previous) = (canonical(&said), previous.unwrap_or(GENESIS).to_owned());
        let hash = link(&previous, &body);
        (body, previous, hash)
    })?;
    Ok(id)
}

/// Writes what the gate tells into a case.
struct Custody {
    open: Arc<OpenCase>,
    engine: Engine,
}

impl Recorder for Custody {
    fn begin(&self, record: &Record) -> Result<u64, String> {
        let said = serde_json::to_value(record).map_err(|why| why.to_string())?;
        let sent = if record.leaves { record.bytes_out } else { 0 };
        let id = add_record(&self.open.case, "call", sent, said).map_err(|why| why.message)?;
        self.engine.changed(&["egress"]);
        Ok(id)
    }

    fn end(&self, call: u64, outcome: &Outcome) -> Result<(), String> {
        let mut said = serde_json::to_value(outcome).map_err(|why| why.to_string())?;
        if let Some(map) = said.as_object_mut() {
            map.insert("call".into(), call.into());
        }
        add_record(&self.open.case, "outcome", 0, said).map_err(|why| why.message)?;
        self.engine.changed(&["egress"]);
        Ok(())
    }

    fn sent_today(&self) -> Result<u64, String> {
        self.open.case.audit_sent(now_us() - DAY_US).map(|(bytes, _)| bytes).map_err(|why| why.to_string())
    }
}

/// Keeps what stands for what in a case, which may be closed by then.
struct Names(Weak<OpenCase>);

impl Keeper for Names {
    fn load(&self) -> Result<Vec<(Kind, String, String)>, String> {
        let open = self.0.upgrade().ok_or("the case was closed")?;
        let rows = open.case.stand_ins().map_err(|why| why.to_string())?;
        Ok(rows
            .into_iter()
            .map(|(value, kind, s)| (Kind::named(&kind).unwrap_or(Kind::Value), value, s))
            .collect())
    }

    fn keep(&self, new: &[(Kind, String, String)]) -> Result<(), String> {
        let open = self.0.upgrade().ok_or("the case was closed")?;
        let rows: Vec<(String, String, String)> =
            new.iter().map(|(kind, value, s)| (value.clone(), kind.word().to_owned(), s.clone())).collect();
        open.case.add_stand_ins(&rows).map_err(|why| why.to_string())
    }
}

/// The policy of a case; the strictest where none was set. One that cannot be read is no policy but an error.
///
/// # Errors
/// When the case cannot be read.
pub(crate) fn policy_of(case: &Case) -> Result<Policy, ApiError> {
    match case.note(POLICY_NOTE)? {
        None => Ok(Policy::default()),
        Some(text) => serde_json::from_str(&text).map_err(|_| {
            ApiError::failed("the case's policy cannot be read; set it again, until then nothing is sent")
        }),
    }
}

impl Engine {
    /// The gate of the open case. Cheap, except where the policy masks and the case's names were not gathered yet.
    ///
    /// # Errors
    /// `no_case`; when the case cannot be read, or has more names than can be masked.
    pub fn gate(&self) -> Result<Gate, ApiError> {
        let open = self.case()?;
        let policy = policy_of(&open.case)?;
        self.gate_over(open, policy)
    }

    /// A gate over a case, with a policy of one's own: for the leak test.
    pub(crate) fn gate_over(&self, open: Arc<OpenCase>, policy: Policy) -> Result<Gate, ApiError> {
        let masks = policy.level == Level::CloudMasked || policy.endpoints.iter().any(|e| e.always_masked);
        let masker = if masks { Some(masker_of(&open)?) } else { None };
        let custody = Custody { open, engine: self.clone() };
        let gate = Gate::new(policy, Arc::new(custody)).with_ledger(self.shared.ledger.clone());
        Ok(match masker {
            Some(masker) => gate.with_masker(masker),
            None => gate,
        })
    }

    /// The gate for trying out an endpoint. With a case open it is the case's, with its policy; without one the endpoint
    /// alone is allowed, since the user named it, and the call is recorded in the data folder.
    ///
    /// # Errors
    /// When the record cannot be opened.
    pub fn gate_for(&self, url: &str) -> Result<Gate, ApiError> {
        if self.case().is_ok() {
            return self.gate();
        }
        let path = self.shared.dirs.data.join(OWN_CASE);
        std::fs::create_dir_all(&self.shared.dirs.data)
            .map_err(|why| ApiError::failed(format!("the data folder cannot be made: {why}")))?;
        let case = if path.exists() { Case::open(&path)? } else { Case::create(&path)? };
        let open = Arc::new(OpenCase::new(case, Path::new(&path)));
        // Written as http, it is a machine of one's own network, and its name must lead there.
        let encrypted = Endpoint::parse(url).is_ok_and(|e| e.is_encrypted());
        let whose = if encrypted { Whose::Cloud } else { Whose::OnPremises };
        let endpoint =
            Allowed { url: url.to_owned(), whose, plain_http: !encrypted, always_masked: false, proxy: None };
        self.gate_over(open, Policy { level: Level::CloudClear, endpoints: vec![endpoint] })
    }
}

/// The mask of a case, kept while its sources stay the same.
fn masker_of(open: &Arc<OpenCase>) -> Result<Arc<Masker>, ApiError> {
    let sources: Vec<Source> = open.case.sources()?;
    let mut kept = lock(&open.masker);
    if let Some((of, masker)) = &*kept
        && *of == sources
    {
        return Ok(masker.clone());
    }
    let key = key_of(&open.case)?;
    let names = Arc::new(Names(Arc::downgrade(open)));
    let masker = Masker::new(key, values_of(open)?, Some(names)).map_err(ApiError::failed)?;
    let masker = Arc::new(masker);
    *kept = Some((sources, masker.clone()));
    Ok(masker)
}

/// The key of a case's stand-ins, made when first needed.
fn key_of(case: &Case) -> Result<[u8; 32], ApiError> {
    if let Some(text) = case.note(KEY_NOTE)? {
        let mut key = [0; 32];
        let whole = text.len() == 64 && text.is_ascii();
        for (n, byte) in key.iter_mut().enumerate() {
            let digits = text.get(n * 2..n * 2 + 2).filter(|_| whole);
            *byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or_else(|| {
                ApiError::failed("the key of the case's stand-ins is damaged; nothing was sent")
            })?;
        }
        return Ok(key);
    }
    let key = random_key().map_err(ApiError::failed)?;
    let text: String = key.iter().map(|b| format!("{b:02x}")).collect();
    case.set_note(KEY_NOTE, &text)?;
    Ok(key)
}

/// What a field's values are, where they name someone or something.
fn kind_of(field: &str) -> Option<Kind> {
    let lower = field.to_lowercase();
    let parts: Vec<&str> = lower.split('.').collect();
    let last = parts.last().copied().unwrap_or_default();
    let has = |word: &str| parts.contains(&word);
    let ends = |words: &[&str]| words.iter().any(|w| last.ends_with(w));
    if last.contains("email") {
        return Some(Kind::Email);
    }
    if last == "ip" || ends(&["ipaddress", "_ip", "clientip", "srcip", "dstip"]) {
        return Some(Kind::Address);
    }
    if last == "mac" || last == "mac_address" {
        return Some(Kind::Mac);
    }
    if ends(&[
        "username",
        "accountname",
        "user_name",
        "samaccountname",
        "userprincipalname",
        "account_name",
        "subject_name",
    ]) || (last == "name" && (has("user") || has("effective") || has("target") && has("user")))
        || (has("user") && matches!(last, "full_name" | "user" | "hash"))
        || matches!(
            last,
            "user" | "login" | "suser" | "duser" | "principal" | "logname" | "ruser" | "acct" | "auid_name"
        )
    {
        return Some(Kind::User);
    }
    if matches!(last, "domain" | "registered_domain" | "fqdn")
        || lower == "dns.question.name"
        || ends(&["domainname", "domain_name"])
    {
        return Some(Kind::Domain);
    }
    if ends(&[
        "hostname",
        "computer",
        "computername",
        "workstation",
        "workstationname",
        "host_name",
        "devicename",
    ]) || (last == "name" && (has("host") || has("agent") || has("observer") || has("device")))
        || matches!(last, "address" | "host" | "shost" | "dhost" | "dvchost")
    {
        return Some(Kind::Host);
    }
    if matches!(
        lower.as_str(),
        "organization.name" | "cloud.account.id" | "cloud.account.name" | "cloud.project.id"
    ) || ends(&["usersid", "subjectusersid"])
        || (last == "id" && has("user"))
    {
        return Some(Kind::Value);
    }
    None
}

/// What a value is in truth: a field of names may hold addresses.
fn by_shape(kind: Kind, value: &str) -> Kind {
    if value.parse::<IpAddr>().is_ok() {
        Kind::Address
    } else if value.contains('@') && value.contains('.') {
        Kind::Email
    } else if kind == Kind::Domain && !value.contains('.') {
        Kind::Host
    } else {
        kind
    }
}

/// The case's own names and addresses.
fn values_of(open: &OpenCase) -> Result<Vec<(Kind, String)>, ApiError> {
    let odd = || ApiError::failed("the case's names cannot be gathered, so nothing is sent");
    let events = open.events();
    let Answer::Fields(fields) = events.run(&Query::over(Filter::All, Plan::Fields), &Ctx::default())? else {
        return Err(odd());
    };
    let mut found = Vec::new();
    for field in fields {
        let Some(kind) = kind_of(&field.name) else { continue };
        if field.distinct > u64::from(VALUES_MAX) {
            return Err(ApiError::failed(format!(
                "{} has {} different values, more than the {VALUES_MAX} that can be masked by name; nothing is sent",
                field.name, field.distinct
            )));
        }
        let plan = Plan::Top { by: vec![field.name.clone()], metric: Metric::Count, limit: VALUES_MAX };
        let Answer::Top(top) = events.run(&Query::over(Filter::All, plan), &Ctx::default())? else {
            return Err(odd());
        };
        for row in top {
            let Some(FieldValue::Text(text)) = row.values.into_iter().next() else { continue };
            for value in text.split(MULTI) {
                // `CORP\bob`, `bob@corp.example`: its parts are names too.
                for part in value.split(['\\', '/', '@']).filter(|part| part.len() < value.len()) {
                    let kind = if value.ends_with(part) && value.contains('@') { Kind::Domain } else { kind };
                    found.push((by_shape(kind, part), part.to_owned()));
                }
                found.push((by_shape(kind, value), value.to_owned()));
            }
        }
    }
    Ok(found)
}

/// A person's decision about what may leave, as a record.
pub(crate) fn policy_record(before: &Policy, after: &Policy) -> Value {
    json!({ "before": before, "after": after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_name_someone_are_known_by_their_names() {
        for (field, want) in [
            ("user.name", Some(Kind::User)),
            ("user.target.name", Some(Kind::User)),
            ("winlog.event_data.TargetUserName", Some(Kind::User)),
            ("host.name", Some(Kind::Host)),
            ("host.hostname", Some(Kind::Host)),
            ("source.ip", Some(Kind::Address)),
            ("winlog.event_data.IpAddress", Some(Kind::Address)),
            ("user.domain", Some(Kind::Domain)),
            ("dns.question.name", Some(Kind::Domain)),
            ("source.address", Some(Kind::Host)),
            ("user.email", Some(Kind::Email)),
            ("event.action", None),
            ("url.path", None),
            ("process.name", None),
            ("user_agent.name", None),
            ("message", None),
        ] {
            assert_eq!(kind_of(field), want, "{field}");
        }
        assert_eq!(by_shape(Kind::Host, "10.0.0.1"), Kind::Address);
        assert_eq!(by_shape(Kind::Domain, "CORP"), Kind::Host);
    }
}
