//! The gate itself: policy, mask, budget and record, in this order, before the client may open a connection. Nothing
//! here knows what a payload means.

use crate::client::{self, Job};
use crate::endpoint::Endpoint;
use crate::fault::{Fault, FaultKind, Refusal};
use crate::ledger::Ledger;
use crate::mask::{Masker, Unmasker};
use crate::outgoing::{Masked, Method, Outgoing, Preview};
use crate::policy::{Policy, Way};
use crate::record::{Outcome, Record, Recorder};
use crate::reply::Reply;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How many bytes may leave the machine. What goes to loopback is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// In one call, loopback included.
    pub call: u64,
    /// For one question.
    pub question: u64,
    /// In 24 hours.
    pub day: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { call: 4 * 1024 * 1024, question: 8 * 1024 * 1024, day: 256 * 1024 * 1024 }
    }
}

/// Looks a name up. The system's, except in tests; what it says is checked against the policy all the same.
pub type LookUp = dyn Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync;

/// The gate at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes that left the machine.
    pub bytes_sent: u64,
    /// Bytes that went to programs on this machine.
    pub bytes_local: u64,
    /// Calls made.
    pub calls: u64,
}

/// Stands between the application and the network.
pub struct Gate {
    policy: Policy,
    masker: Option<Arc<Masker>>,
    recorder: Arc<dyn Recorder>,
    allowance: Allowance,
    ledger: Arc<Ledger>,
    look_up: Arc<LookUp>,
}

/// Headers that belong to the connection or to the key, never to a caller.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "cookie",
    "authorization",
    "accept-encoding",
    "forwarded",
];

/// A call that was decided, masked and written out, and not sent.
struct Ready {
    way: Way,
    url: String,
    payload: String,
    masked: Vec<Masked>,
}

impl Gate {
    /// With a policy, and someone who writes down.
    #[must_use]
    pub fn new(policy: Policy, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            policy,
            masker: None,
            recorder,
            allowance: Allowance::default(),
            ledger: Arc::default(),
            look_up: Arc::new(|host, port| {
                use std::net::ToSocketAddrs as _;
                (host, port).to_socket_addrs().map(Iterator::collect)
            }),
        }
    }

    /// With a mask; without one nothing passes where the policy asks for it.
    #[must_use]
    pub fn with_masker(mut self, masker: Arc<Masker>) -> Self {
        self.masker = Some(masker);
        self
    }

    /// With other bounds.
    #[must_use]
    pub fn with_allowance(mut self, allowance: Allowance) -> Self {
        self.allowance = allowance;
        self
    }

    /// With the counts of another gate, which both go on with.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<Ledger>) -> Self {
        self.ledger = ledger;
        self
    }

    /// With another way to look names up: for tests. What it answers is checked as any answer is.
    #[must_use]
    pub fn with_look_up(mut self, look_up: Arc<LookUp>) -> Self {
        self.look_up = look_up;
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was sent, in numbers.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            bytes_sent: self.ledger.bytes_sent(),
            bytes_local: self.ledger.bytes_local(),
            calls: self.ledger.calls(),
        }
    }

    /// Whether a URL may be sent to at all, and whether that would be masked. Nothing is looked up.
    ///
    /// # Errors
    /// Why not.
    pub fn allows(&self, url: &str) -> Result<bool, Refusal> {
        self.policy.decide(url).map(|way| way.masked)
    }

    /// Puts back what stands for what in a whole text.
    #[must_use]
    pub fn unmask(&self, text: &str) -> String {
        let mut unmasker = self.unmasker(true);
        unmasker.push(text) + &unmasker.finish()
    }

    fn unmasker(&self, masked: bool) -> Unmasker {
        match &self.masker {
            Some(masker) if masked => masker.unmasker(),
            _ => Unmasker::default(),
        }
    }

    /// Exactly what would be sent. Sends nothing, looks nothing up, records nothing.
    ///
    /// # Errors
    /// Why it would be refused.
    pub fn preview(&self, out: &Outgoing) -> Result<Preview, Refusal> {
        let ready = self.ready(out)?;
        Ok(Preview {
            endpoint: ready.way.endpoint.origin(),
            path: path_of(&ready.url).to_owned(),
            bytes: ready.payload.len() as u64,
            payload: ready.payload,
            is_masked: ready.way.masked,
            masked: ready.masked,
            policy: self.policy.level.title().to_owned(),
            leaves: ready.way.leaves(),
            proxy: ready.way.proxy.as_ref().map(Endpoint::origin),
        })
    }

    fn ready(&self, out: &Outgoing) -> Result<Ready, Refusal> {
        let way = self.policy.decide(&out.endpoint)?;
        let url = whole_url(&out.endpoint, &out.path)?;
        for (name, value) in &out.headers {
            check_header(name, value)?;
        }
        let (mut payload, mut masked) = (String::new(), Vec::new());
        match (&out.body, out.method) {
            (Some(_), Method::Get) => return Err(Refusal("a request without a body was given one".into())),
            (Some(body), Method::Post) if way.masked => {
                let masker = self.masker.as_ref().ok_or_else(|| {
                    Refusal("the policy asks for masking, and there is no mask for this case".into())
                })?;
                let (body, counts) = masker.mask_body(body).map_err(Refusal)?;
                payload = body.to_string();
                masked = counts;
            }
            (Some(body), Method::Post) => payload = body.to_string(),
            (None, _) => {}
        }
        if payload.len() as u64 > self.allowance.call {
            return Err(Refusal(format!(
                "this call would send {} bytes; one call may send {}",
                payload.len(),
                self.allowance.call
            )));
        }
        Ok(Ready { way, url, payload, masked })
    }

    /// Sends, once policy, mask, budget and record allow it. Blocks until the head of the answer is there; the rest
    /// comes from the reply. `cancel` stops it at any time, and so does dropping the reply.
    ///
    /// # Errors
    /// Why there is no answer. A status of 400 or 500 is an answer.
    pub fn send(&self, out: Outgoing, cancel: &Arc<AtomicBool>) -> Result<Reply, Fault> {
        let ready = match self.ready(&out) {
            Ok(ready) => ready,
            Err(refusal) => return Err(self.refused(&out, FaultKind::Refused, refusal.0)),
        };
        let record = self.record(&out, &ready);
        let bytes = record.bytes_out;
        if ready.way.leaves()
            && let Err(why) = self.within_allowance(&out.question, bytes)
        {
            return Err(self.refused(&out, FaultKind::Budget, why));
        }
        let call = self.recorder.begin(&record).map_err(|why| {
            Fault::new(
                FaultKind::NotRecorded,
                format!("the call cannot be written down, so it was not made: {why}"),
            )
        })?;
        if ready.way.leaves() {
            self.ledger.note_question(&out.question, bytes);
        }
        let unmasker = self.unmasker(ready.way.masked);
        let leaves = ready.way.leaves();
        let job = Job {
            way: ready.way,
            url: ready.url,
            method: out.method,
            headers: out.headers,
            secret: out.secret,
            body: out.body.map(|_| ready.payload),
            limits: out.limits,
            tls: out.tls,
            look_up: self.look_up.clone(),
            cancel: cancel.clone(),
            recorder: self.recorder.clone(),
            call,
            on_connect: {
                let ledger = self.ledger.clone();
                Box::new(move || ledger.note(bytes, leaves))
            },
        };
        client::run(job, unmasker)
    }

    /// Writes down a refusal; that it cannot be written down does not make it less of one.
    fn refused(&self, out: &Outgoing, kind: FaultKind, why: String) -> Fault {
        let endpoint = Endpoint::parse(&out.endpoint).map_or_else(|_| String::new(), |e| e.origin());
        let record = Record {
            endpoint,
            path: format!("{} {}", method_word(out.method), out.path.chars().take(200).collect::<String>()),
            model: String::new(),
            policy: self.policy.level.word().to_owned(),
            purpose: out.purpose,
            leaves: false,
            proxy: None,
            is_masked: false,
            masked: Vec::new(),
            headers: Vec::new(),
            bytes_out: 0,
            payload: String::new(),
        };
        if let Ok(call) = self.recorder.begin(&record) {
            let outcome = Outcome { how: "refused".into(), why: why.clone(), ..Outcome::default() };
            let _ = self.recorder.end(call, &outcome);
        }
        Fault::new(kind, why)
    }

    fn record(&self, out: &Outgoing, ready: &Ready) -> Record {
        let mut headers: Vec<String> =
            out.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        headers.extend(out.secret.iter().map(|s| s.name().to_ascii_lowercase()));
        headers.sort();
        let head: usize = out.headers.iter().map(|(n, v)| n.len() + v.len() + 4).sum();
        let path = path_of(&ready.url).to_owned();
        let named = out.body.as_ref().and_then(|b| b.get("model")).and_then(Value::as_str);
        Record {
            endpoint: ready.way.endpoint.origin(),
            path: format!("{} {path}", method_word(out.method)),
            model: named.unwrap_or_default().chars().take(200).collect(),
            policy: self.policy.level.word().to_owned(),
            purpose: out.purpose,
            leaves: ready.way.leaves(),
            proxy: ready.way.proxy.as_ref().map(Endpoint::origin),
            is_masked: ready.way.masked,
            masked: ready.masked.clone(),
            headers,
            bytes_out: (path.len() + head + ready.payload.len()) as u64,
            payload: ready.payload.clone(),
        }
    }

    fn within_allowance(&self, question: &str, bytes: u64) -> Result<(), String> {
        let before = self.ledger.sent_for(question);
        if before.saturating_add(bytes) > self.allowance.question {
            return Err(format!(
                "this question has sent {before} bytes, and may send {}; nothing more was sent",
                self.allowance.question
            ));
        }
        let today = self
            .recorder
            .sent_today()
            .map_err(|why| format!("what was sent today cannot be read, so nothing was sent: {why}"))?;
        if today.saturating_add(bytes) > self.allowance.day {
            return Err(format!(
                "{today} bytes were sent in 24 hours, and {} may be; nothing was sent",
                self.allowance.day
            ));
        }
        Ok(())
    }
}

fn method_word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
    }
}

/// What follows scheme, host and port; at least `/`.
fn path_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or("/", |at| &url[after + at..])
}

/// Base and path as one address. Both are data that a query could be hidden in, so there is none.
fn whole_url(base: &str, path: &str) -> Result<String, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~' | ':');
    if base.contains(['?', '#']) {
        return Err(Refusal("an endpoint may not hold a query".into()));
    }
    if !path.chars().all(plain) || path.split('/').any(|part| part == ".." || part == ".") {
        return Err(Refusal("what is asked of the endpoint is no plain path".into()));
    }
    let base = base.trim_end_matches('/');
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    Ok(format!("{base}{slash}{path}"))
}

fn check_header(name: &str, value: &str) -> Result<(), Refusal> {
    let lower = name.to_ascii_lowercase();
    let token = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !token || OURS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(Refusal(format!("the header {lower:?} cannot be given")));
    }
    if !value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Err(Refusal(format!("the header {lower:?} has a value with other than plain characters")));
    }
    Ok(())
}
