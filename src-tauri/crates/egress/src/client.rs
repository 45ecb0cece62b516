//! The one place that opens a connection: a thread for each call, which looks the name up, lets the policy check every
//! address, connects to these addresses and to no others, and hands the answer over in pieces, within its limits.
//!
//! Redirects are never followed, no proxy is taken from the environment, nothing is unpacked, there are no cookies. What
//! may be sent at all was decided before.

use crate::endpoint::Endpoint;
use crate::fault::{Fault, FaultKind};
use crate::gate::LookUp;
use crate::mask::Unmasker;
use crate::outgoing::{Limits, Method, Secret, Tls};
use crate::policy::Way;
use crate::record::{Outcome, Recorder, hex};
use crate::reply::{Head, Reply};
use crate::tls;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

/// How often a waiting call looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(25);
/// Headers of an answer that are handed over; more is no answer of a model.
const HEADERS: usize = 64;

/// A call that was allowed and written down.
pub(crate) struct Job {
    pub way: Way,
    pub url: String,
    pub method: Method,
    pub headers: Vec<(String, String)>,
    pub secret: Option<Secret>,
    pub body: Option<String>,
    pub limits: Limits,
    pub tls: Tls,
    pub look_up: Arc<LookUp>,
    pub cancel: Arc<AtomicBool>,
    pub recorder: Arc<dyn Recorder>,
    pub call: u64,
    /// Called once, right before the request is handed to the connection.
    pub on_connect: Box<dyn FnOnce() + Send>,
}

/// Makes the call on a thread of its own; comes back with the head of the answer.
pub(crate) fn run(job: Job, unmasker: Unmasker) -> Result<Reply, Fault> {
    let gone = Arc::new(AtomicBool::new(false));
    let (head_to, head_from) = channel();
    let (piece_to, pieces) = sync_channel(16);
    let watch = gone.clone();
    let (recorder, call) = (job.recorder.clone(), job.call);
    let started = std::thread::Builder::new().name("gate".to_owned()).spawn(move || {
        let recorder = job.recorder.clone();
        let mut call = Call {
            started: Instant::now(),
            job,
            gone: watch,
            outcome: Outcome::default(),
            hash: Sha256::new(),
        };
        let scrub = call.job.secret.clone();
        let ended = call.make(|head| head_to.send(head).is_ok(), &piece_to);
        // A key may come back in an endpoint's own words.
        let ended = ended.map_err(|mut fault| {
            if let Some(secret) = &scrub {
                fault.message = secret.scrub(&fault.message);
            }
            fault
        });
        let number = call.job.call;
        let outcome = call.outcome(&ended);
        let written = recorder.end(number, &outcome);
        let last = match (ended, written) {
            (Err(fault), _) => Err(fault),
            (Ok(()), Err(why)) => Err(Fault::new(
                FaultKind::NotRecorded,
                format!("how the call ended cannot be written down: {why}"),
            )),
            (Ok(()), Ok(())) => Ok(Vec::new()),
        };
        let _ = piece_to.send(last);
    });
    if let Err(why) = started {
        let outcome = Outcome { how: "failed".into(), why: why.to_string(), ..Outcome::default() };
        let _ = recorder.end(call, &outcome);
        return Err(Fault::new(
            FaultKind::Connect,
            format!("the system gives no thread for the call: {why}"),
        ));
    }
    match head_from.recv() {
        Ok(head) => {
            Ok(Reply { status: head.status, headers: head.headers, pieces, ended: false, gone, unmasker })
        }
        // The thread is done without a head: its fault is the only piece.
        Err(_) => match pieces.recv() {
            Ok(Err(fault)) => Err(fault),
            _ => Err(Fault::new(FaultKind::CutOff, "the call ended without an answer")),
        },
    }
}

struct Call {
    started: Instant,
    job: Job,
    gone: Arc<AtomicBool>,
    outcome: Outcome,
    hash: Sha256,
}

/// Allows what was checked before, and nothing else.
struct Pinned {
    host: String,
    addresses: Vec<SocketAddr>,
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let found = name.as_str().eq_ignore_ascii_case(&self.host).then(|| self.addresses.clone());
        Box::pin(async move {
            let found = found.ok_or("the gate did not check this name")?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Call {
    fn outcome(&mut self, ended: &Result<(), Fault>) -> Outcome {
        let mut outcome = std::mem::take(&mut self.outcome);
        outcome.milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if outcome.bytes_in > 0 {
            outcome.reply_sha256 = hex(&std::mem::take(&mut self.hash).finalize());
        }
        outcome.how = match ended {
            Ok(()) => "done",
            Err(fault) if fault.kind == FaultKind::Cancelled => "cancelled",
            Err(fault) if fault.kind == FaultKind::Lookup => "refused",
            Err(_) => "failed",
        }
        .to_owned();
        if let Err(fault) = ended {
            outcome.why.clone_from(&fault.message);
        }
        outcome
    }

    fn make(
        &mut self,
        head_to: impl FnOnce(Head) -> bool,
        pieces: &SyncSender<Result<Vec<u8>, Fault>>,
    ) -> Result<(), Fault> {
        let near = self.job.way.proxy.clone().unwrap_or_else(|| self.job.way.endpoint.clone());
        let addresses = self.look_up(&near)?;
        self.outcome.address = addresses.first().map(|a| a.ip().to_string());
        let client = self.client(&near, addresses)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| Fault::new(FaultKind::Connect, format!("no connection can be made: {why}")))?;
        runtime.block_on(self.talk(client, head_to, pieces))
    }

    fn stopped(&self) -> bool {
        self.job.cancel.load(Ordering::Relaxed) || self.gone.load(Ordering::Relaxed)
    }

    /// The addresses of a host, all checked. A name that leads to a good and to a bad address is refused as a whole.
    fn look_up(&self, near: &Endpoint) -> Result<Vec<SocketAddr>, Fault> {
        let (host, port) = (near.host().to_owned(), near.port());
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let (to, from) = channel();
        let (ask, asked) = (self.job.look_up.clone(), host.clone());
        let thread = std::thread::Builder::new().name("gate-lookup".to_owned());
        let _ = thread.spawn(move || to.send(ask(&asked, port)));
        let until = Instant::now() + self.job.limits.connect;
        let found = loop {
            if self.stopped() {
                return Err(cancelled());
            }
            match from.recv_timeout(LOOK) {
                Ok(found) => break found,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => {
                    return Err(Fault::new(
                        FaultKind::TimeOut,
                        format!("the name {host} was not found in time"),
                    ));
                }
            }
        };
        let found = found.map_err(|why| {
            Fault::new(FaultKind::Connect, format!("the name {host} is not known here: {why}"))
        })?;
        if found.is_empty() {
            return Err(Fault::new(FaultKind::Connect, format!("the name {host} leads nowhere")));
        }
        // A proxy that the user named may be anywhere; the way's own rule is for the endpoint.
        for address in found.iter().filter(|_| self.job.way.proxy.is_none()) {
            self.job
                .way
                .may_connect(&host, address.ip())
                .map_err(|why| Fault::new(FaultKind::Lookup, why))?;
        }
        Ok(found)
    }

    fn client(&self, near: &Endpoint, addresses: Vec<SocketAddr>) -> Result<reqwest::Client, Fault> {
        let limits = &self.job.limits;
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .dns_resolver(Pinned { host: near.host().to_owned(), addresses })
            .user_agent("timberline")
            .tls_backend_preconfigured(tls::config(&self.job.tls)?);
        if self.job.way.proxy.is_some() {
            let proxy = reqwest::Proxy::all(near.origin())
                .map_err(|_| Fault::new(FaultKind::Connect, "the proxy's address is not understood"))?;
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|why| {
            Fault::new(FaultKind::Connect, format!("no connection can be made: {}", chain(&why)))
        })
    }

    fn request(&mut self, client: &reqwest::Client) -> Result<reqwest::RequestBuilder, Fault> {
        let mut request = match self.job.method {
            Method::Get => client.get(&self.job.url),
            Method::Post => client.post(&self.job.url),
        };
        for (name, value) in &self.job.headers {
            request = request.header(name, value);
        }
        if let Some(secret) = &self.job.secret {
            // The library says nothing of the value; neither do we.
            let mut value = reqwest::header::HeaderValue::from_str(&secret.line())
                .map_err(|_| Fault::new(FaultKind::Refused, "the key has characters that cannot be sent"))?;
            value.set_sensitive(true);
            request = request.header(secret.name(), value);
        }
        if let Some(body) = self.job.body.take() {
            request = request.header("content-type", "application/json").body(body);
        }
        Ok(request)
    }

    async fn talk(
        &mut self,
        client: reqwest::Client,
        head_to: impl FnOnce(Head) -> bool,
        pieces: &SyncSender<Result<Vec<u8>, Fault>>,
    ) -> Result<(), Fault> {
        let limits = self.job.limits;
        let request = self.request(&client)?;
        let on_connect = std::mem::replace(&mut self.job.on_connect, Box::new(|| {}));
        on_connect();
        let whole = limits.connect.saturating_add(limits.first_byte);
        let answer = self.waited(request.send(), whole, "the endpoint did not begin to answer").await?;
        let mut answer = answer.map_err(|why| self.fault(&why))?;
        let status = answer.status().as_u16();
        self.outcome.status = Some(status);
        if answer.status().is_redirection() {
            let to = answer.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or("nowhere");
            let to: String = to.chars().filter(|c| !c.is_control()).take(200).collect();
            let why = format!("the endpoint leads on to {to} (status {status}); that is never followed");
            return Err(Fault::new(FaultKind::Redirect, why));
        }
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str() != "set-cookie")
            .take(HEADERS)
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let streams = headers.iter().any(|(n, v)| n == "content-type" && v.starts_with("text/event-stream"));
        if !head_to(Head { status, headers }) {
            return Err(cancelled());
        }
        let (mut line, mut expected_nothing_more) = (0_u64, false);
        while !expected_nothing_more {
            let piece = self.waited(answer.chunk(), limits.idle, "the answer stopped coming").await?;
            let Some(bytes) = piece.map_err(|why| self.fault(&why))? else {
                expected_nothing_more = true;
                continue;
            };
            self.outcome.bytes_in += bytes.len() as u64;
            self.hash.update(&bytes);
            if self.outcome.bytes_in > limits.max_bytes {
                let why = format!("the answer is longer than {} bytes and was cut", limits.max_bytes);
                return Err(Fault::new(FaultKind::TooLong, why));
            }
            if streams {
                line = longest_line(line, &bytes, limits.max_line)?;
            }
            if !bytes.is_empty() && pieces.send(Ok(bytes.to_vec())).is_err() {
                return Err(cancelled());
            }
        }
        Ok(())
    }

    /// Waits for something, within a stage's time and the whole's, and looks whether it was stopped.
    async fn waited<T>(
        &self,
        what: impl Future<Output = T>,
        stage: Duration,
        late: &str,
    ) -> Result<T, Fault> {
        let mut what = std::pin::pin!(what);
        let stage_ends = Instant::now() + stage;
        let ends = self.started + self.job.limits.total;
        loop {
            if self.stopped() {
                return Err(cancelled());
            }
            let now = Instant::now();
            if now >= ends {
                let whole = self.job.limits.total.as_secs_f64();
                return Err(Fault::new(
                    FaultKind::TimeOut,
                    format!("the call took longer than {whole} s in all"),
                ));
            }
            if now >= stage_ends {
                let why = format!("{late} within {} s", stage.as_secs_f64());
                return Err(Fault::new(FaultKind::TimeOut, why));
            }
            let next = LOOK.min(ends - now).min(stage_ends - now);
            if let Ok(done) = tokio::time::timeout(next, what.as_mut()).await {
                return Ok(done);
            }
        }
    }

    /// What the library says, in our words.
    fn fault(&self, why: &reqwest::Error) -> Fault {
        let at = self.job.way.endpoint.origin();
        let said = chain(why);
        if let Some(trust) = tls::trouble(why) {
            return Fault::new(FaultKind::Tls, format!("{at} cannot be trusted: {trust}; nothing was sent"));
        }
        if why.is_timeout() {
            let stage = if why.is_connect() { "no connection" } else { "no answer" };
            return Fault::new(FaultKind::TimeOut, format!("{stage} from {at} in time"));
        }
        if why.is_connect() {
            return Fault::new(FaultKind::Connect, format!("no connection to {at}: {said}"));
        }
        if self.outcome.status.is_some() {
            return Fault::new(FaultKind::CutOff, format!("the answer from {at} was cut off: {said}"));
        }
        let kind = if said.contains("invalid HTTP") || said.contains("parse") {
            FaultKind::Malformed
        } else {
            FaultKind::CutOff
        };
        Fault::new(kind, format!("{at} gave no answer: {said}"))
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "it was stopped")
}

/// How long the line is that a piece ends in.
fn longest_line(before: u64, bytes: &[u8], most: u64) -> Result<u64, Fault> {
    let mut line = before;
    for part in bytes.split_inclusive(|b| *b == b'\n' || *b == b'\r') {
        line += part.len() as u64;
        if line > most {
            let why = format!("a line of the answer is longer than {most} bytes; it was cut");
            return Err(Fault::new(FaultKind::TooLong, why));
        }
        if part.ends_with(b"\n") || part.ends_with(b"\r") {
            line = 0;
        }
    }
    Ok(line)
}

/// The innermost of what an error says, which is the one that helps; never a URL.
fn chain(why: &dyn std::error::Error) -> String {
    let mut inner = why;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string().chars().filter(|c| !c.is_control()).take(300).collect()
}
