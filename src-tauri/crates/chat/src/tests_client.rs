//! The client against recorded answers of a real server (`fixtures/llm`) and against a door that plays every trick.

use crate::door::{Clear, Door, Fault, FaultKind, Incoming, Letter, Purpose, Unmask};
use crate::protocol::{Finish, Heard, Message, Reply, Request, Role};
use crate::{Client, Kind, Trouble};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// One answer of a script.
#[derive(Clone)]
struct Played {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: Vec<Result<Vec<u8>, Fault>>,
}

impl Played {
    fn new(status: u16, kind: &str, body: &[u8], piece: usize) -> Self {
        let pieces = body.chunks(piece.max(1)).map(|c| Ok(c.to_vec())).collect();
        Self { status, headers: vec![("content-type".into(), kind.into())], pieces }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().as_bytes(), 7)
    }

    fn stream(body: &str) -> Self {
        Self::new(200, "text/event-stream", body.as_bytes(), 5)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

struct Coming {
    played: Played,
    at: usize,
}

impl Incoming for Coming {
    fn status(&self) -> u16 {
        self.played.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.played.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    fn next(&mut self) -> Option<Result<Vec<u8>, Fault>> {
        self.at += 1;
        self.played.pieces.get(self.at - 1).cloned()
    }

    fn unmask(&self) -> Box<dyn Unmask> {
        Box::new(Clear)
    }
}

/// Plays answers one after another and keeps what it was sent.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Played, Fault>>>,
    sent: Mutex<Vec<Letter>>,
}

impl Script {
    fn of(answers: Vec<Played>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().map(Ok).collect()), sent: Mutex::default() }
    }
}

impl Door for Script {
    fn send(&self, letter: Letter, _: &Arc<AtomicBool>) -> Result<Box<dyn Incoming>, Fault> {
        self.sent.lock().unwrap().push(letter);
        let next = self.answers.lock().unwrap().pop_front();
        let fault = Fault { kind: FaultKind::Connect, message: "127.0.0.1:9: connection refused".into() };
        next.unwrap_or(Err(fault)).map(|played| Box::new(Coming { played, at: 0 }) as Box<dyn Incoming>)
    }
}

fn recording(name: &str, piece: usize) -> Played {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/llm").join(name);
    let text = std::fs::read(path).unwrap();
    let is_stream = name.ends_with(".sse");
    let kind = if is_stream { "text/event-stream" } else { "application/json" };
    if !text.starts_with(b"HTTP/1.1 ") {
        return Played::new(200, kind, &text, piece);
    }
    let head = text.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4));
    let (end, body) =
        head.or_else(|| text.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2))).unwrap();
    let status = std::str::from_utf8(&text[9..12]).unwrap().parse().unwrap();
    let said = String::from_utf8_lossy(&text[..end]).to_lowercase();
    let kind = if said.contains("text/event-stream") { "text/event-stream" } else { "application/json" };
    Played::new(status, kind, &text[body..], piece)
}

const TOOLS: &[&str] = &["count_events", "top_values", "search_events"];

fn ask(answers: Vec<Played>) -> (Result<Reply, Trouble>, Vec<Heard>, usize) {
    let script = Script::of(answers);
    let client = Client::new(&script, Purpose::Chat, Arc::default()).with_pause(Box::new(|_, _| true));
    let mut heard = Vec::new();
    let request = Request {
        messages: vec![Message::new(Role::User, "hello")],
        stream: true,
        max_tokens: 64,
        ..Request::default()
    };
    let reply = client.complete(&request, TOOLS, &mut |h| heard.push(h));
    let sent = script.sent.lock().unwrap().len();
    (reply, heard, sent)
}

fn replay(name: &str) -> Result<Reply, Trouble> {
    let mut all: Vec<Result<Reply, Trouble>> = [1, 3, 17, 4096]
        .into_iter()
        .map(|piece| ask(vec![recording(name, piece), recording(name, piece)]).0)
        .collect();
    let first = all.remove(0);
    for other in all {
        assert_eq!(first, other, "{name} read in other pieces");
    }
    first
}

#[test]
fn an_answer_is_put_together_from_its_pieces() {
    let reply = replay("plain.sse").unwrap();
    assert!(reply.text.starts_with("Hello"), "{reply:?}");
    assert_eq!(reply.calls.len(), 0);
    let reply = replay("plain-with-usage.sse").unwrap();
    assert!(reply.usage.prompt > 0 && reply.usage.completion > 0, "{:?}", reply.usage);
    assert!(!replay("plain.json").unwrap().text.is_empty());
    let reply = replay("utf8.sse").unwrap();
    assert!(reply.text.chars().any(|c| c as u32 > 0x3000) && !reply.text.contains('\u{fffd}'), "{reply:?}");
    let reply = replay("json-schema.sse").unwrap();
    assert!(serde_json::from_str::<Value>(&reply.text).is_ok(), "{reply:?}");
}

#[test]
fn calls_are_put_together_by_index() {
    for name in ["tool-call.sse", "tool-call.json"] {
        let reply = replay(name).unwrap();
        let call = reply.calls.first().unwrap();
        assert_eq!((call.name.as_str(), reply.finish), ("top_values", Finish::Calls), "{name}");
        assert!(call.arguments.as_ref().unwrap().get("field").is_some(), "{name}: {call:?}");
    }
    let two = concat!(
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"top_values\",\"arguments\":\"{\\\"a\\\":\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"count_events\",\"arguments\":\"{}\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
    );
    let reply = ask(vec![Played::stream(two)]).0.unwrap();
    let calls: Vec<_> = reply.calls.iter().map(|c| (c.name.as_str(), c.arguments.clone().unwrap())).collect();
    assert_eq!(calls, [("top_values", json!({ "a": 1 })), ("count_events", json!({}))]);
    // Some servers leave the index out and send each call whole, or say "stop" though they call.
    let whole = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"top_values\",\"arguments\":{\"a\":1}}},{\"id\":\"b\",\"function\":{\"name\":\"count_events\",\"arguments\":\"\"}}]},\"finish_reason\":\"stop\"}]}\n\n";
    assert_eq!(ask(vec![Played::stream(whole)]).0.unwrap().calls.len(), 2);
    let text = json!({ "choices": [{ "message": { "content": "```json\n{\"name\":\"count_events\",\"arguments\":{}}\n```" }, "finish_reason": "stop" }] });
    let reply = ask(vec![Played::json(200, &text)]).0.unwrap();
    assert!(reply.calls_in_text && reply.calls.len() == 1);
}

#[test]
fn what_was_cut_by_its_length_is_never_run() {
    for name in ["tool-call-cut-by-length.sse", "json-schema-cut-by-length.sse", "cut-by-length.sse"] {
        let reply = replay(name).unwrap();
        assert_eq!((reply.finish, reply.calls.len()), (Finish::Length, 0), "{name}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_an_error_that_keeps_its_words() {
    let trouble = replay("error-inside-stream.sse").unwrap_err();
    assert!(trouble.message.contains("does not match the expected"), "{trouble}");
    let trouble = replay("server-died.sse").unwrap_err();
    assert_eq!(trouble.kind, Kind::Broken, "{trouble}");
    let half = "data: {\"choices\":[{\"delta\":{\"content\":\"There were\"}}]}\n\n";
    let (told, _, sent) = ask(vec![Played::stream(half), recording("plain.sse", 9)]);
    let trouble = told.unwrap_err();
    assert_eq!(
        (trouble.kind, trouble.text.as_str(), sent),
        (Kind::Broken, "There were", 1),
        "never twice on the screen"
    );
}

#[test]
fn reading_the_prompt_is_told() {
    let (reply, heard, _) = ask(vec![recording("prompt-progress.sse", 11)]);
    assert!(reply.is_ok());
    assert!(
        heard.iter().any(|h| matches!(h, Heard::Reading(done, total) if *total > 0 && done <= total)),
        "{heard:?}"
    );
}

#[test]
fn every_refusal_is_a_sentence_that_says_what_to_do() {
    let check = |played: Played, kind: Kind, words: &[&str]| {
        let (told, _, _) = ask(vec![played.clone(), played.clone(), played]);
        let trouble = told.unwrap_err();
        assert_eq!(trouble.kind, kind, "{trouble}");
        for word in words {
            assert!(trouble.message.contains(word), "{word} is not in: {trouble}");
        }
        assert!(
            !trouble.message.contains("sk-secret") && !trouble.message.chars().any(char::is_control),
            "{trouble}"
        );
    };
    let error = |m: &str| json!({ "error": { "message": m, "type": "x" } });
    check(Played::json(401, &error("Incorrect API key provided: sk-secret")), Kind::Key, &["key"]);
    check(Played::json(403, &error("no sk-secret here")), Kind::Key, &["key"]);
    check(recording("not-found.json", 9), Kind::NotFound, &["address", "model"]);
    check(
        Played::json(404, &json!({ "error": "model 'x' not found, try pulling it first" })),
        Kind::NotFound,
        &["pulling"],
    );
    check(
        recording("context-exceeded.json", 9),
        Kind::TooLong(Some((0, 0))).clone_of("context-exceeded.json"),
        &["longer"],
    );
    check(recording("bad-json.json", 9), Kind::Request, &["does not take"]);
    check(
        Played::json(400, &json!({ "error": "'response_format.type' must be 'json_schema' or 'text'" })),
        Kind::Request,
        &["response_format"],
    );
    check(
        Played::json(429, &error("slow down")).with("retry-after", "315360000"),
        Kind::Busy(Some(315_360_000)),
        &["10 years"],
    );
    check(Played::json(429, &error("slow down")), Kind::Busy(None), &["no more calls"]);
    check(Played::json(503, &error("Loading model")), Kind::Busy(None), &["starting", "Loading model"]);
    check(Played::json(500, &error("x")), Kind::Server, &["HTTP 500"]);
    check(
        Played::new(
            502,
            "text/html",
            b"<html><script>alert(1)</script><h1>Bad\x1b[31m Gateway</h1></html>",
            9,
        ),
        Kind::Server,
        &["Bad", "Gateway", "\\u{1b}"],
    );
    check(
        Played::new(302, "text/html", b"", 9).with("location", "https://evil.example/"),
        Kind::Broken,
        &["never followed"],
    );
    check(Played::new(200, "text/html", b"<html>A portal</html>", 9), Kind::Broken, &["no JSON"]);
    check(Played::json(200, &json!({ "choices": [] })), Kind::Broken, &["no message"]);
    check(Played::json(200, &json!([1, 2])), Kind::Broken, &[]);
}

impl Kind {
    /// The tokens that a recording names.
    fn clone_of(self, name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/llm").join(name);
        let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
        let body: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
        let number = |k: &str| body["error"][k].as_u64().unwrap();
        Self::TooLong(Some((number("n_prompt_tokens"), number("n_ctx"))))
    }
}

#[test]
fn it_tries_again_where_that_is_safe() {
    let busy = Played::json(429, &json!({})).with("retry-after", "1");
    let (told, heard, sent) = ask(vec![busy.clone(), busy.clone(), recording("plain.sse", 9)]);
    assert!(told.is_ok() && sent == 3 && heard.contains(&Heard::Waiting(1)));
    let (told, _, sent) = ask(vec![busy.clone(), busy.clone(), busy.clone(), recording("plain.sse", 9)]);
    assert!(told.is_err() && sent == 3, "three tries in all");
    let (told, _, sent) = ask(vec![Played::json(401, &json!({})), recording("plain.sse", 9)]);
    assert!(told.is_err() && sent == 1, "a rejected key is not tried again");
    let (told, _, sent) = ask(vec![Played::json(500, &json!({})), recording("plain.sse", 9)]);
    assert!(told.is_ok() && sent == 2);
    let script = Script::of(vec![busy.clone(), recording("plain.sse", 9)]);
    let client = Client::new(&script, Purpose::Chat, Arc::default()).with_pause(Box::new(|_, _| false));
    let trouble = client.complete(&Request::default(), &[], &mut |_| {}).unwrap_err();
    assert_eq!(trouble.kind, Kind::Cancelled, "stopped while waiting");
}

#[test]
fn broken_streams_never_hang_and_never_panic() {
    let text = |t: &str| format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": t } }] }));
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let check = |body: String, expect: Result<&str, Kind>| {
        let (told, _, _) = ask(vec![Played::stream(&body), Played::stream(&body)]);
        match (told, expect) {
            (Ok(reply), Ok(words)) => assert_eq!(reply.text, words, "{body}"),
            (Err(trouble), Err(kind)) => assert_eq!(trouble.kind, kind, "{body:.200}: {trouble}"),
            (told, _) => panic!("{body:.200}: {told:?}"),
        }
    };
    check(format!("{}{end}", text("a")), Ok("a"));
    check(
        format!("\u{feff}: hello\r\n\r\n{}{}", text("a").replace('\n', "\r\n"), end.replace('\n', "\r")),
        Ok("a"),
    );
    let two = format!(
        "data: {}{}\n\n{end}",
        json!({ "choices": [{ "delta": { "content": "a" } }] }),
        json!({ "choices": [{ "delta": { "content": "b" } }] })
    );
    check(two, Ok("ab"));
    check(format!("data: {{bad json}}\n\n{end}"), Err(Kind::Broken));
    check(
        format!("{}data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"st", text("a")),
        Err(Kind::Broken),
    );
    check(format!("data: {}\n\n", "x".repeat(2 << 20)), Err(Kind::Broken));
    check(String::new(), Err(Kind::Broken));
    check("data: [DONE]\n\n".into(), Err(Kind::Broken));
    check(
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":null,\"reasoning\":\"hm\"}}}}]}}\n\n{}{end}",
            text("a")
        ),
        Ok("a"),
    );
    check(
        format!("data: {{\"choices\":[]}}\n\ndata: {{\"choices\":\"x\"}}\n\ndata: 7\n\n{}{end}", text("a")),
        Ok("a"),
    );
    check(format!("{}{end}", text("\n").repeat(500)), Err(Kind::Broken));
    let mut endless = Played::stream("");
    endless.pieces = (0..20_000).map(|_| Ok(text(&"y".repeat(600)).into_bytes())).collect();
    let (told, _, _) = ask(vec![endless]);
    assert!(told.unwrap_err().message.contains("longer than"));
}

#[test]
fn faults_on_the_way_are_told_and_what_came_is_kept() {
    for (kind, expect) in [
        (FaultKind::TimeOut, Kind::TimeOut),
        (FaultKind::CutOff, Kind::Broken),
        (FaultKind::TooLong, Kind::Broken),
        (FaultKind::Cancelled, Kind::Cancelled),
        (FaultKind::Refused, Kind::Refused),
    ] {
        let mut played = Played::stream("data: {\"choices\":[{\"delta\":{\"content\":\"Half\"}}]}\n\n");
        played.pieces.push(Err(Fault { kind, message: "nothing came for 30 s".into() }));
        let trouble = ask(vec![played]).0.unwrap_err();
        assert_eq!((trouble.kind, trouble.text.as_str()), (expect, "Half"));
    }
    let trouble = ask(vec![]).0.unwrap_err();
    assert!(trouble.kind == Kind::Connect && trouble.message.contains("refused"), "{trouble}");
}

#[test]
fn a_pseudonym_is_put_back_in_words_and_in_calls() {
    struct Masked(Coming);
    struct Back(String);
    impl Unmask for Back {
        fn push(&mut self, text: &str) -> String {
            self.0.push_str(text);
            String::new()
        }
        fn finish(&mut self) -> String {
            std::mem::take(&mut self.0).replace("user-7", "mallory")
        }
    }
    impl Incoming for Masked {
        fn status(&self) -> u16 {
            self.0.status()
        }
        fn header(&self, name: &str) -> Option<String> {
            self.0.header(name)
        }
        fn next(&mut self) -> Option<Result<Vec<u8>, Fault>> {
            self.0.next()
        }
        fn unmask(&self) -> Box<dyn Unmask> {
            Box::new(Back(String::new()))
        }
    }
    struct Gate(Played);
    impl Door for Gate {
        fn send(&self, _: Letter, _: &Arc<AtomicBool>) -> Result<Box<dyn Incoming>, Fault> {
            Ok(Box::new(Masked(Coming { played: self.0.clone(), at: 0 })))
        }
    }
    let body = concat!(
        "data: {\"choices\":[{\"delta\":{\"content\":\"us\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"er-7 it is\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"count_events\",\"arguments\":\"{\\\"value\\\":\\\"user-7\\\"}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n"
    );
    let gate = Gate(Played::stream(body));
    let client = Client::new(&gate, Purpose::Chat, Arc::default());
    let mut heard = String::new();
    let reply = client
        .complete(&Request::default(), TOOLS, &mut |h| {
            if let Heard::Text(t) = h {
                heard.push_str(&t);
            }
        })
        .unwrap();
    assert_eq!((heard.as_str(), reply.text.as_str()), ("mallory it is", "mallory it is"));
    assert_eq!(reply.calls[0].arguments, Ok(json!({ "value": "mallory" })));
}

#[test]
fn models_and_the_context_are_asked_for() {
    let script = Script::of(vec![
        recording("models.json", 9),
        Played::json(200, &json!({ "default_generation_settings": { "n_ctx": 4096 } })),
        Played::json(404, &json!({})),
        Played::json(200, &json!({ "data": [{ "id": "m", "max_model_len": 32768 }] })),
    ]);
    let client = Client::new(&script, Purpose::Models, Arc::default());
    assert_eq!(client.models().unwrap().len(), 1);
    assert_eq!(client.context(), Some(4096));
    assert_eq!(client.context(), Some(32_768));
    let sent = script.sent.lock().unwrap();
    assert!(sent.iter().all(|l| l.body.is_none()));
}

#[test]
fn the_same_request_is_the_same_bytes() {
    let request = Request { model: "m".into(), stream: true, ..Request::default() };
    assert_eq!(request.body().to_string(), request.clone().body().to_string());
}
