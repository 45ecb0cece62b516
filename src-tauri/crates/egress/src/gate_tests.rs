//! The gate against servers on loopback that do everything wrong: what is sent is what was recorded, and whatever comes
//! back, the caller gets a fault with a sentence and no key in it.

use crate::*;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The head of an answer that streams.
const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const KEY: &str = "sk-canary-0123456789abcdef";

#[derive(Default)]
struct Notebook {
    calls: Mutex<Vec<Record>>,
    ends: Mutex<Vec<Outcome>>,
    torn: AtomicBool,
    today: Mutex<u64>,
}

impl Recorder for Notebook {
    fn begin(&self, record: &Record) -> Result<u64, String> {
        if self.torn.load(Ordering::Relaxed) {
            return Err("disk full".into());
        }
        let mut calls = self.calls.lock().unwrap();
        calls.push(record.clone());
        Ok(calls.len() as u64)
    }

    fn end(&self, _: u64, outcome: &Outcome) -> Result<(), String> {
        self.ends.lock().unwrap().push(outcome.clone());
        Ok(())
    }

    fn sent_today(&self) -> Result<u64, String> {
        Ok(*self.today.lock().unwrap())
    }
}

/// A server that reads one request a connection and lets a script answer.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn new(script: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (hears, counts, script) = (heard.clone(), connections.clone(), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counts.fetch_add(1, Ordering::Relaxed);
                let (hears, script) = (hears.clone(), script.clone());
                std::thread::spawn(move || {
                    let mut stream = stream;
                    hears.lock().unwrap().push(request(&mut stream));
                    script(&mut stream);
                });
            }
        });
        Self { port, heard, connections }
    }

    fn saying(text: &'static str) -> Self {
        Self::new(move |s| drop(s.write_all(text.as_bytes())))
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }
}

/// Head and body of a request.
fn request(stream: &mut impl Read) -> String {
    let (mut bytes, mut one) = (Vec::new(), [0; 1]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut one).unwrap_or(0) == 1 {
        bytes.push(one[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|r| r.lines().next()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    String::from_utf8_lossy(&bytes).into_owned() + &String::from_utf8_lossy(&body)
}

fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_millis(400),
        idle: Duration::from_millis(300),
        total: Duration::from_secs(5),
        max_bytes: 200_000,
        max_line: 20_000,
    }
}

fn call(url: &str) -> Outgoing {
    let mut out = Outgoing::new(url, "/chat/completions", Method::Post, Purpose::Chat);
    out.body = Some(
        json!({"model": "m", "messages": [{"role": "user", "content": "what did jsmith do from 10.1.2.3"}]}),
    );
    out.secret = Some(Secret::bearer(KEY));
    out.limits = quick();
    out
}

fn never() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

fn gate(level: Level) -> (Gate, Arc<Notebook>) {
    let notebook = Arc::new(Notebook::default());
    let masker = Masker::new([3; 32], [(Kind::User, "jsmith".to_owned())], None).unwrap();
    let policy = Policy { level, endpoints: Vec::new() };
    (Gate::new(policy, notebook.clone()).with_masker(Arc::new(masker)), notebook)
}

/// The fault that a call ends with, whole or in its body.
fn fault(gate: &Gate, out: Outgoing) -> Fault {
    match gate.send(out, &never()) {
        Err(fault) => fault,
        Ok(mut reply) => loop {
            match reply.next() {
                Some(Ok(_)) => {}
                Some(Err(fault)) => break fault,
                None => panic!("the answer was whole"),
            }
        },
    }
}

#[test]
fn what_is_sent_is_what_was_previewed_and_recorded() {
    for (level, masked) in [(Level::LocalOnly, false), (Level::CloudMasked, true), (Level::CloudClear, false)]
    {
        let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        let (gate, notebook) = gate(level);
        let out = call(&server.url());
        let preview = gate.preview(&out).unwrap();
        assert_eq!(server.connections.load(Ordering::Relaxed), 0, "a preview connects nowhere");
        let reply = gate.send(out, &never()).unwrap();
        assert_eq!((reply.status, reply.all().unwrap()), (200, b"ok".to_vec()));
        let heard = server.heard.lock().unwrap()[0].clone();
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        let record = notebook.calls.lock().unwrap()[0].clone();
        assert_eq!(
            (body, &preview.payload, preview.bytes),
            (&*record.payload, &record.payload, body.len() as u64)
        );
        assert_eq!(body.contains("jsmith") || body.contains("10.1.2.3"), !masked, "{level:?}: {body}");
        assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains(&format!("authorization: bearer {KEY}")), "{head}");
        let kept = format!("{record:?} {:?} {:?}", notebook.ends.lock().unwrap(), call("x").secret);
        assert!(!kept.contains(KEY), "{kept}");
        assert_eq!(
            (record.headers, record.leaves, gate.state().bytes_sent),
            (vec!["authorization".to_owned()], false, 0)
        );
        let end = notebook.ends.lock().unwrap()[0].clone();
        assert_eq!(
            (end.how.as_str(), end.status, end.bytes_in, end.reply_sha256.len()),
            ("done", Some(200), 2, 64)
        );
    }
}

#[test]
fn an_answer_is_unmasked_however_it_is_cut() {
    let (gate, _) = gate(Level::CloudMasked);
    let preview = gate.preview(&call("http://127.0.0.1:1/v1")).unwrap();
    let sent: serde_json::Value = serde_json::from_str(&preview.payload).unwrap();
    let content = sent["messages"][0]["content"].as_str().unwrap();
    assert_eq!(gate.unmask(content), "what did jsmith do from 10.1.2.3");
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let (gate, notebook) = gate(Level::LocalOnly);
    notebook.torn.store(true, Ordering::Relaxed);
    assert_eq!(fault(&gate, call(&server.url())).kind, FaultKind::NotRecorded);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(server.connections.load(Ordering::Relaxed), 0);
}

#[test]
fn what_the_policy_refuses_connects_nowhere_and_is_written_down() {
    let (gate, notebook) = gate(Level::LocalOnly);
    let looked = Arc::new(AtomicUsize::new(0));
    let counts = looked.clone();
    let gate = gate.with_look_up(Arc::new(move |_, _| {
        counts.fetch_add(1, Ordering::Relaxed);
        Ok(Vec::new())
    }));
    let refused = fault(&gate, call("https://api.example.com/v1"));
    assert_eq!((refused.kind, looked.load(Ordering::Relaxed)), (FaultKind::Refused, 0), "{refused}");
    let ends = notebook.ends.lock().unwrap();
    assert_eq!((ends[0].how.as_str(), notebook.calls.lock().unwrap()[0].payload.as_str()), ("refused", ""));
}

#[test]
fn a_name_that_leads_elsewhere_is_not_connected_to() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let here = SocketAddr::from(([127, 0, 0, 1], server.port));
    let outside = SocketAddr::from(([93, 184, 216, 34], server.port));
    let endpoint = |whose| Allowed {
        url: format!("http://llm.corp.example:{}", server.port),
        whose,
        plain_http: true,
        always_masked: false,
        proxy: None,
    };
    let ask = |url: &str, whose, leads: Vec<SocketAddr>| {
        let notebook = Arc::new(Notebook::default());
        let policy = Policy { level: Level::CloudClear, endpoints: vec![endpoint(whose)] };
        let gate = Gate::new(policy, notebook).with_look_up(Arc::new(move |_, _| Ok(leads.clone())));
        gate.send(call(url), &never()).map(|r| r.status).map_err(|f| f.kind)
    };
    let named = format!("http://llm.corp.example:{}/v1", server.port);
    let local = format!("http://localhost:{}/v1", server.port);
    assert_eq!(ask(&named, Whose::OnPremises, vec![here]), Ok(200));
    assert_eq!(ask(&named, Whose::OnPremises, vec![outside]), Err(FaultKind::Lookup));
    assert_eq!(ask(&named, Whose::OnPremises, vec![here, outside]), Err(FaultKind::Lookup));
    assert_eq!(
        ask(&named, Whose::Cloud, vec![here]),
        Err(FaultKind::Lookup),
        "a cloud's name that leads to this machine"
    );
    assert_eq!(ask(&local, Whose::Cloud, vec![outside]), Err(FaultKind::Lookup));
    assert_eq!(ask(&local, Whose::Cloud, vec![here]), Ok(200));
    assert_eq!(server.connections.load(Ordering::Relaxed), 2);
}

#[test]
fn every_way_to_fail_is_a_fault_with_a_sentence_and_without_the_key() {
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let elsewhere = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let to = elsewhere.url();
    let redirect = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let forever = |text: &'static str, pause: u64| {
        move |s: &mut TcpStream| {
            let chunk = format!("{:x}\r\n{text}\r\n", text.len());
            if s.write_all(STREAM.as_bytes()).is_err() {
                return;
            }
            while s.write_all(chunk.as_bytes()).is_ok() {
                std::thread::sleep(Duration::from_millis(pause));
            }
        }
    };
    let cases: Vec<(&str, Server, FaultKind)> = vec![
        ("silence", Server::new(|_| std::thread::sleep(Duration::from_secs(10))), FaultKind::TimeOut),
        ("a drip", Server::new(forever("x", 700)), FaultKind::TimeOut),
        (
            "endless line",
            Server::new(forever("0123456789abcdef0123456789abcdef0123456789abcdef", 0)),
            FaultKind::TooLong,
        ),
        (
            "endless lines",
            Server::new(forever("data: {}\n\ndata: {}\n\ndata: {}\n\ndata: {}\n\n", 0)),
            FaultKind::TooLong,
        ),
        ("half", Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), FaultKind::CutOff),
        (
            "half a chunk",
            Server::saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"),
            FaultKind::CutOff,
        ),
        ("hung up", Server::new(|_| ()), FaultKind::CutOff),
        ("redirect", Server::new(move |s| drop(s.write_all(redirect.as_bytes()))), FaultKind::Redirect),
    ];
    for (what, server, want) in cases {
        let (gate, notebook) = gate(Level::LocalOnly);
        let started = Instant::now();
        let fault = fault(&gate, call(&server.url()));
        assert_eq!(fault.kind, want, "{what}: {fault}");
        assert!(fault.message.len() > 15 && !fault.message.contains(KEY), "{what}: {fault}");
        assert!(started.elapsed() < Duration::from_secs(5), "{what}");
        assert_eq!(notebook.ends.lock().unwrap()[0].how, "failed", "{what}");
    }
    assert_eq!(elsewhere.connections.load(Ordering::Relaxed), 0, "a redirect was followed");
    let (gate, _) = gate(Level::LocalOnly);
    assert_eq!(fault(&gate, call(&format!("http://127.0.0.1:{dead}"))).kind, FaultKind::Connect);
    let echo = Server::new(|s| {
        drop(s.write_all(format!("HTTP/1.1 302 Found\r\nLocation: /{KEY}\r\n\r\n").as_bytes()))
    });
    let said = fault(&gate, call(&echo.url())).message;
    assert!(!said.contains(KEY) && said.contains("[key]"), "{said}");
    let garbage = Server::saying("\u{1}\u{2}SSH-2.0-OpenSSH_9.2\r\n\r\n");
    assert!(matches!(fault(&gate, call(&garbage.url())).kind, FaultKind::Malformed | FaultKind::CutOff));
}

#[test]
fn a_call_stops_when_it_is_told_to_and_when_nobody_reads_on() {
    let server = Server::new(|_| std::thread::sleep(Duration::from_secs(20)));
    let (gate, notebook) = gate(Level::LocalOnly);
    let stop = never();
    let told = stop.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        told.store(true, Ordering::Relaxed);
    });
    let mut out = call(&server.url());
    out.limits = Limits::default();
    let started = Instant::now();
    assert_eq!(gate.send(out, &stop).unwrap_err().kind, FaultKind::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(notebook.ends.lock().unwrap()[0].how, "cancelled");
}

#[test]
fn a_question_and_a_day_have_a_bound() {
    let endpoint = Allowed {
        url: "http://10.255.255.1:9".into(),
        whose: Whose::OnPremises,
        plain_http: true,
        always_masked: false,
        proxy: None,
    };
    let notebook = Arc::new(Notebook::default());
    let gate = Gate::new(Policy { level: Level::LocalOnly, endpoints: vec![endpoint] }, notebook.clone())
        .with_allowance(Allowance { call: 1_000, question: 100, day: 1_000 });
    let refused = |gate: &Gate, out| gate.send(out, &never()).map(|_| ()).unwrap_err().kind;
    assert_eq!(refused(&gate, call("http://10.255.255.1:9")), FaultKind::Budget, "more than a question may");
    let gate = gate.with_allowance(Allowance { call: 1_000, question: 1_000, day: 1_000 });
    *notebook.today.lock().unwrap() = 950;
    assert_eq!(refused(&gate, call("http://10.255.255.1:9")), FaultKind::Budget, "more than a day may");
    let gate = gate.with_allowance(Allowance { call: 10, question: 1_000, day: 1_000 });
    assert_eq!(refused(&gate, call("http://10.255.255.1:9")), FaultKind::Refused, "more than a call may");
    assert!(gate.preview(&call("http://10.255.255.1:9")).is_err());
}

#[test]
fn nothing_is_hidden_in_the_address_or_the_headers() {
    let (gate, _) = gate(Level::LocalOnly);
    let with = |change: fn(&mut Outgoing)| {
        let mut out = call("http://127.0.0.1:1/v1");
        change(&mut out);
        gate.preview(&out).is_ok()
    };
    assert!(with(|_| ()));
    assert!(with(|o| o.headers.push(("x-team".into(), "blue".into()))));
    assert!(!with(|o| o.path = "/chat?user=jsmith".into()));
    assert!(!with(|o| o.path = "/../admin".into()));
    assert!(!with(|o| o.endpoint = "http://127.0.0.1:1/v1?x=y".into()));
    assert!(!with(|o| o.headers.push(("Host".into(), "evil.example".into()))));
    assert!(!with(|o| o.headers.push(("Authorization".into(), "x".into()))));
    assert!(!with(|o| o.headers.push(("Proxy-Authorization".into(), "x".into()))));
    assert!(!with(|o| o.headers.push(("x".into(), "a\r\nHost: evil.example".into()))));
    assert!(!with(|o| o.method = Method::Get));
}

#[test]
fn a_certificate_must_verify() {
    let made = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        rcgen::generate_simple_self_signed(names).unwrap()
    };
    let (good, other) = (made(&["llm.corp.example"]), made(&["other.example"]));
    let server = |certified: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certified.cert.der().clone()], key)
                .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tls = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut stream = rustls::StreamOwned::new(tls, stream);
                if !request(&mut stream).is_empty() {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    let _ = stream.flush();
                }
            }
        });
        port
    };
    let ask = |port: u16, ca: Option<String>| {
        let url = format!("https://llm.corp.example:{port}");
        let allowed = Allowed {
            url: url.clone(),
            whose: Whose::OnPremises,
            plain_http: false,
            always_masked: false,
            proxy: None,
        };
        let here = SocketAddr::from(([127, 0, 0, 1], port));
        let policy = Policy { level: Level::LocalOnly, endpoints: vec![allowed] };
        let gate = Gate::new(policy, Arc::new(Notebook::default()))
            .with_look_up(Arc::new(move |_, _| Ok(vec![here])));
        let mut out = call(&url);
        out.tls.ca_pem = ca.map(String::into_bytes);
        gate.send(out, &never()).map(|r| r.status).map_err(|f| (f.kind, f.message))
    };
    let port = server(&good);
    let unknown = ask(port, None).unwrap_err();
    assert_eq!(unknown.0, FaultKind::Tls, "{}", unknown.1);
    assert_eq!(ask(port, Some(good.cert.pem())), Ok(200));
    assert_eq!(ask(server(&other), Some(other.cert.pem())).unwrap_err().0, FaultKind::Tls, "another name");
    assert_eq!(ask(port, Some("no certificate".into())).unwrap_err().0, FaultKind::Tls);
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        plain.incoming().flatten().for_each(|mut s| drop(s.write_all(b"HTTP/1.1 400 Bad\r\n\r\n")))
    });
    assert_eq!(ask(port, Some(good.cert.pem())).unwrap_err().0, FaultKind::Tls, "no TLS there");
}
