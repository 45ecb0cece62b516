//! For the leak test: values that belong to nobody, the codings they are planted in, and a recorder on loopback that
//! answers as a model would. What is driven against it is the engine's.

use base64::Engine as _;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A planted value.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// What it is.
    pub name: &'static str,
    /// It.
    pub value: &'static str,
}

/// What is planted: none of it is anybody's.
pub const CANARIES: &[Canary] = &[
    Canary { name: "user", value: "zorawaquillfeather" },
    Canary { name: "host", value: "qxvault77-hq" },
    Canary { name: "domain", value: "kestrelbank.corp" },
    Canary { name: "e-mail", value: "zora.quill@kestrelbank.de" },
    Canary { name: "inside address", value: "10.199.77.13" },
    Canary { name: "outside address", value: "185.199.77.13" },
    Canary { name: "password", value: "Kanarien!Vogel9" },
    Canary { name: "AWS key", value: "AKIAQ7CANARY3VOGEL9Z" },
    Canary { name: "GitHub token", value: "ghp_Kanari3nVogelKanari3nVogelKanari3n0" },
    Canary { name: "card", value: "4539578763621486" },
    Canary { name: "IBAN", value: "DE89370400440532013000" },
];

/// A planted spelling: the canary's name, the coding, and the text.
#[derive(Clone, Debug)]
pub struct Form {
    /// Which canary.
    pub name: &'static str,
    /// `plain`, `upper`, `base64`, `UTF-16 base64`, `hex`, `percent`, `apart`.
    pub coding: &'static str,
    /// The text.
    pub text: String,
}

/// Every canary in every coding. Those that carry no name of the case (passwords and keys) are planted where logs carry
/// them, in plain: no one can find `a2V5` who is told neither the key nor its place.
#[must_use]
pub fn forms() -> Vec<Form> {
    let mut forms = Vec::new();
    for canary in CANARIES {
        let (name, value) = (canary.name, canary.value);
        let mut add = |coding: &'static str, text: String| forms.push(Form { name, coding, text });
        add("plain", value.to_owned());
        let named = matches!(name, "user" | "host" | "domain" | "inside address" | "outside address");
        if named {
            let wide: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
            add("base64", base64::engine::general_purpose::STANDARD.encode(value));
            add("UTF-16 base64", base64::engine::general_purpose::STANDARD.encode(wide));
            add("hex", value.bytes().map(|b| format!("{b:02x}")).collect());
            add("percent", value.bytes().map(|b| format!("%{b:02X}")).collect());
        }
        if matches!(name, "user" | "host" | "domain") {
            add("upper", value.to_uppercase());
        }
        if name == "user" {
            let letters: Vec<String> = value.chars().map(|c| c.to_string()).collect();
            add("apart", letters.join("."));
        }
    }
    forms
}

/// Which planted forms are in a body: in its bytes, or in any of its strings after JSON's escapes are read, those inside
/// of strings too. `name (coding)`, each once.
#[must_use]
pub fn found(body: &str) -> Vec<String> {
    fn strings(value: &Value, depth: u8, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
                if depth < 3
                    && let Ok(inner) = serde_json::from_str::<Value>(text)
                {
                    strings(&inner, depth + 1, out);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| strings(item, depth, out)),
            Value::Object(map) => map.iter().for_each(|(key, item)| {
                out.push_str(key);
                out.push('\n');
                strings(item, depth, out);
            }),
            other => out.push_str(&format!("{other}\n")),
        }
    }
    let mut said = String::from(body);
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        strings(&value, 0, &mut said);
    }
    let lower = said.to_lowercase();
    let mut found: Vec<String> = forms()
        .into_iter()
        .filter(|form| match form.coding {
            "base64" | "UTF-16 base64" => said.contains(form.text.trim_end_matches('=')),
            _ => lower.contains(&form.text.to_lowercase()),
        })
        .map(|form| format!("{} ({})", form.name, form.coding))
        .collect();
    found.dedup();
    found
}

/// A recorder on loopback: keeps every body, and answers so that whoever asks goes on asking.
pub struct Ear {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    closed: Arc<AtomicBool>,
}

/// Bodies longer than this are cut: the gate sends none.
const LONGEST: usize = 16 << 20;

impl Ear {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn open() -> Result<Self, String> {
        let failed = |why: std::io::Error| format!("no recorder can listen on this machine: {why}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let (heard, closed) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (hears, ends) = (heard.clone(), closed.clone());
        let run = move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                let hears = hears.clone();
                let _ = std::thread::Builder::new().name("ear".into()).spawn(move || serve(stream, &hears));
            }
        };
        std::thread::Builder::new().name("ear".into()).spawn(run).map_err(failed)?;
        Ok(Self { port, heard, closed })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it received since this was last asked: the body of each request, or its path where it has none.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the thread, so that it sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let (mut head, mut one) = (Vec::new(), [0; 1]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 65_536 {
        match stream.read(&mut one) {
            Ok(1) => head.push(one[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let lower = head.to_lowercase();
    let length =
        lower.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let mut body = vec![0; usize::min(length.unwrap_or(0), LONGEST)];
    if stream.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let first = head.lines().next().unwrap_or_default().to_owned();
    let kept = if body.is_empty() { first } else { body.clone() };
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    let _ = stream.write_all(answer(&body).as_bytes());
}

fn answer(body: &str) -> String {
    let asked: Value = serde_json::from_str(body).unwrap_or_default();
    let plain = |value: &Value| {
        let text = value.to_string();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )
    };
    if asked.get("messages").is_none() {
        return plain(&json!({"object": "list", "data": [{"id": "leak-test", "object": "model"}]}));
    }
    let message = message(&asked);
    let finish = if message.get("tool_calls").is_some() { "tool_calls" } else { "stop" };
    if asked["stream"] != true {
        let choice = json!({"index": 0, "message": message, "finish_reason": finish});
        return plain(
            &json!({"id": "1", "object": "chat.completion", "model": "leak-test", "choices": [choice]}),
        );
    }
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        format!(
            "data: {}\n\n",
            json!({"object": "chat.completion.chunk", "model": "leak-test", "choices": [choice]})
        )
    };
    let events = chunk(message, None) + &chunk(json!({}), Some(finish)) + "data: [DONE]\n\n";
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{events}",
        events.len()
    )
}

/// A call of a tool while none was called, so that results are sent too; then words. Where a schema is asked for, the
/// smallest value that fits it.
fn message(asked: &Value) -> Value {
    let called = asked["messages"].as_array().into_iter().flatten().any(|m| m["role"] == "tool");
    if let (false, Some(tools)) = (called, asked["tools"].as_array()) {
        let calls: Vec<Value> = tools
            .iter()
            .take(4)
            .enumerate()
            .map(|(n, tool)| {
                let arguments = smallest(&tool["function"]["parameters"], 0).to_string();
                let function = json!({"name": tool["function"]["name"], "arguments": arguments});
                json!({"index": n, "id": format!("call{n}"), "type": "function", "function": function})
            })
            .collect();
        return json!({"role": "assistant", "content": null, "tool_calls": calls});
    }
    let schema = &asked["response_format"]["json_schema"]["schema"];
    let content =
        if schema.is_object() { smallest(schema, 0).to_string() } else { "Nothing to add.".to_owned() };
    json!({"role": "assistant", "content": content})
}

fn smallest(schema: &Value, depth: u8) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    for any in ["anyOf", "oneOf"] {
        if let Some(first) = schema[any].as_array().and_then(|values| values.first()) {
            return smallest(first, depth + 1);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "object" => {
            let wanted = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let of = |name: &str| (name.to_owned(), smallest(&schema["properties"][name], depth + 1));
            Value::Object(wanted.map(of).collect())
        }
        "array" => json!([]),
        "string" => json!("user.name"),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_value_is_found_in_every_coding_and_under_escapes() {
        assert!(forms().len() > CANARIES.len() * 2);
        for form in forms() {
            let want = format!("{} ({})", form.name, form.coding);
            let nested =
                json!({"messages": [{"content": json!({"text": form.text}).to_string()}]}).to_string();
            for body in [form.text.clone(), nested] {
                assert!(found(&body).contains(&want), "{want} in {body}");
            }
        }
        assert!(found("{\"a\":\"\\u007aorawaquillfeather\"}").contains(&"user (plain)".to_owned()));
        assert_eq!(found("{\"a\":\"nothing of it\"}"), Vec::<String>::new());
    }

    #[test]
    fn the_mask_lets_none_of_them_through() {
        use crate::{Kind, Masker};
        let values = CANARIES.iter().filter_map(|c| {
            let kind = match c.name {
                "user" => Kind::User,
                "host" => Kind::Host,
                "domain" => Kind::Domain,
                "inside address" | "outside address" => Kind::Address,
                _ => return None,
            };
            Some((kind, c.value.to_owned()))
        });
        let masker = Masker::new([9; 32], values, None).unwrap();
        for form in forms() {
            let text = match form.name {
                "password" => format!("login with password={}", form.text),
                _ => format!("seen {} twice", form.text),
            };
            let body = json!({"messages": [{"role": "tool", "content": json!({"raw": text}).to_string()}]});
            let masked = masker.mask_body(&body).unwrap().0.to_string();
            assert_eq!(found(&masked), Vec::<String>::new(), "{} {}: {masked}", form.name, form.coding);
        }
    }
}
