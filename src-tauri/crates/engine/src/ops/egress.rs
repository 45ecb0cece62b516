//! What may leave and what has left: the policy of the case, its state for the status bar, and what would be sent. The
//! records are `audit`'s; the gate decides.

use crate::error::usage;
use crate::ops::canary;
use crate::session::Engine;
use crate::way_out::{self, POLICY_NOTE, policy_of};
use crate::wire::{
    ApiError, EgressEndpoint, EgressPolicy, EgressPolicySet, EgressPreview, EgressPreviewAsk, EgressState,
    MaskedCount, Nothing,
};
use timberline_egress::{Allowed, Endpoint, Level, Masked, Method, Outgoing, Policy, Purpose, Whose};

/// Endpoints that a case may allow.
const ENDPOINTS_MAX: usize = 50;

/// What left the machine, at a glance.
///
/// # Errors
/// When the open case cannot be read.
pub fn state(engine: &Engine, _: Nothing) -> Result<EgressState, ApiError> {
    let ledger = &engine.shared.ledger;
    let last = canary::last(engine);
    let (canary_us, canary_passed) = (last.as_ref().map(|r| r.at_us), last.as_ref().map(|r| r.passed));
    let Ok(open) = engine.case() else {
        let level = Level::LocalOnly;
        return Ok(EgressState {
            policy: level.title().to_owned(),
            level: level.word().to_owned(),
            bytes_sent: ledger.bytes_sent(),
            bytes_local: ledger.bytes_local(),
            calls: ledger.calls(),
            head: String::new(),
            canary_us,
            canary_passed,
        });
    };
    let level = policy_of(&open.case)?.level;
    let (bytes_sent, _) = open.case.audit_sent(0)?;
    Ok(EgressState {
        policy: level.title().to_owned(),
        level: level.word().to_owned(),
        bytes_sent,
        bytes_local: ledger.bytes_local(),
        calls: open.case.audit_count("call")?,
        head: open.case.audit_head()?.map(|(_, hash)| hash).unwrap_or_default(),
        canary_us,
        canary_passed,
    })
}

/// The policy of the open case.
///
/// # Errors
/// `no_case`; when it cannot be read.
pub fn policy(engine: &Engine, _: Nothing) -> Result<EgressPolicy, ApiError> {
    let open = engine.case()?;
    Ok(told(&policy_of(&open.case)?, canary::days(engine)))
}

fn told(policy: &Policy, canary_days: u32) -> EgressPolicy {
    let endpoints = policy.endpoints.iter().map(|e| EgressEndpoint {
        url: e.url.clone(),
        whose: if e.whose == Whose::Cloud { "cloud" } else { "on_premises" }.to_owned(),
        plain_http: e.plain_http,
        always_masked: e.always_masked,
        proxy: e.proxy.clone(),
    });
    EgressPolicy {
        level: policy.level.word().to_owned(),
        title: policy.level.title().to_owned(),
        endpoints: endpoints.collect(),
        canary_days,
    }
}

/// Sets the policy of the open case, and records the change. One that allows more needs a person who has read what.
///
/// # Errors
/// `no_case`; `usage` for a policy that cannot be; `confirm`, with what it allows, where that was not confirmed.
pub fn set_policy(engine: &Engine, ask: EgressPolicySet) -> Result<EgressPolicy, ApiError> {
    let open = engine.case()?;
    let before = policy_of(&open.case).unwrap_or_default();
    let after = read(&ask)?;
    let more = widened(&before, &after);
    if !more.is_empty() && !ask.confirmed {
        let sentence = format!("{}. Confirm to allow it", more.join("; "));
        return Err(ApiError::new("confirm", sentence));
    }
    if before != after {
        // Written down first: a change that is not in the record does not hold.
        way_out::add_record(&open.case, "policy", 0, way_out::policy_record(&before, &after))?;
        let text = serde_json::to_string(&after).map_err(|why| ApiError::failed(why.to_string()))?;
        open.case.set_note(POLICY_NOTE, &text)?;
    }
    if let Some(days) = ask.canary_days {
        engine.change_settings(|settings| settings.canary_days = days.min(3_650))?;
    }
    engine.changed(&["egress", "settings"]);
    Ok(told(&after, canary::days(engine)))
}

fn read(ask: &EgressPolicySet) -> Result<Policy, ApiError> {
    let level = Level::ALL
        .into_iter()
        .find(|level| level.word() == ask.level)
        .ok_or_else(|| usage("the policy is local_only, cloud_masked or cloud_clear"))?;
    if ask.endpoints.len() > ENDPOINTS_MAX {
        return Err(usage("a case may allow at most 50 endpoints"));
    }
    let mut endpoints = Vec::new();
    for endpoint in &ask.endpoints {
        let url = endpoint.url.trim();
        Endpoint::parse(url).map_err(|why| usage(&format!("{url}: {why}")))?;
        let whose = match endpoint.whose.as_str() {
            "on_premises" => Whose::OnPremises,
            "cloud" => Whose::Cloud,
            _ => return Err(usage("an endpoint is on_premises or cloud")),
        };
        let proxy = endpoint.proxy.as_deref().map(str::trim).filter(|p| !p.is_empty());
        if let Some(proxy) = proxy {
            Endpoint::parse(proxy).map_err(|why| usage(&format!("the proxy {proxy}: {why}")))?;
            if whose != Whose::Cloud {
                return Err(usage("a proxy is for a cloud's endpoint"));
            }
        }
        endpoints.push(Allowed {
            url: url.to_owned(),
            whose,
            plain_http: endpoint.plain_http,
            always_masked: endpoint.always_masked,
            proxy: proxy.map(str::to_owned),
        });
    }
    Ok(Policy { level, endpoints })
}

/// What a policy allows that the one before did not, in sentences.
fn widened(before: &Policy, after: &Policy) -> Vec<String> {
    let rank = |level: Level| Level::ALL.iter().position(|l| *l == level).unwrap_or(0);
    let mut more = Vec::new();
    if rank(after.level) > rank(before.level) {
        more.push(match after.level {
            Level::CloudMasked => {
                "Names, addresses and secrets are replaced, the rest of what is asked and found leaves the \
                                   machine for the clouds that are named"
                    .to_owned()
            }
            _ => "What is asked and found leaves the machine as it is, for the clouds that are named"
                .to_owned(),
        });
    }
    for endpoint in after.endpoints.iter().filter(|e| !before.endpoints.contains(e)) {
        let masked = after.level == Level::CloudMasked || endpoint.always_masked;
        let how = if masked { "masked" } else { "in clear text" };
        let plain = if endpoint.plain_http { ", without encryption on the way" } else { "" };
        let through =
            endpoint.proxy.as_ref().map_or_else(String::new, |p| format!(", through the proxy {p}"));
        more.push(match endpoint.whose {
            Whose::OnPremises => {
                format!("{} of your own network may receive data of this case {how}{plain}", endpoint.url)
            }
            Whose::Cloud => {
                format!("{} in a cloud may receive data of this case {how}{plain}{through}", endpoint.url)
            }
        });
    }
    more
}

/// Exactly what would be sent to an endpoint. Sends and records nothing.
///
/// # Errors
/// `no_case`; when the case cannot be read.
pub fn preview(engine: &Engine, ask: EgressPreviewAsk) -> Result<EgressPreview, ApiError> {
    let gate = engine.gate()?;
    let path = if ask.path.is_empty() { "/chat/completions" } else { &ask.path };
    let mut out = Outgoing::new(&ask.url, path, Method::Post, Purpose::Chat);
    out.body = Some(serde_json::from_str(&ask.body).unwrap_or(serde_json::Value::String(ask.body)));
    let refused = |why: String| EgressPreview {
        endpoint: ask.url.clone(),
        policy: gate.policy().level.title().to_owned(),
        leaves: false,
        is_masked: false,
        payload: String::new(),
        bytes: 0,
        masked: Vec::new(),
        proxy: None,
        refused: Some(why),
    };
    Ok(match gate.preview(&out) {
        Err(why) => refused(why.0),
        Ok(preview) => EgressPreview {
            endpoint: preview.endpoint,
            policy: preview.policy,
            leaves: preview.leaves,
            is_masked: preview.is_masked,
            payload: preview.payload,
            bytes: preview.bytes,
            masked: counted(preview.masked),
            proxy: preview.proxy,
            refused: None,
        },
    })
}

pub(crate) fn counted(masked: Vec<Masked>) -> Vec<MaskedCount> {
    masked.into_iter().map(|m| MaskedCount { kind: m.kind, count: m.count }).collect()
}
