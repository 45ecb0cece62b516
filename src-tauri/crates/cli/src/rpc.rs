//! `timberline rpc`: the window's commands as JSON lines, for tests. In: `{"id":1,"cmd":"case_state",
//! "payload":{}}`; out: `{"id":1,"ok":...}` or `{"id":1,"error":...}`, and events as they come.

use crate::Failed;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use timberline_engine::commands::dispatch;
use timberline_engine::error::usage;
use timberline_engine::{Dirs, Engine};

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    id: Value,
    cmd: String,
    #[serde(default)]
    payload: Value,
}

/// One line, whole: threads of the engine write between the answers.
fn send(line: &Value) -> io::Result<()> {
    let mut text = line.to_string();
    text.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn answer(engine: &Engine, asked: Result<Call, serde_json::Error>) -> Value {
    match asked {
        Ok(call) => match dispatch(engine, &call.cmd, call.payload) {
            Ok(answer) => json!({ "id": call.id, "ok": answer }),
            Err(why) => json!({ "id": call.id, "error": why }),
        },
        Err(why) => json!({ "id": null, "error": usage(&format!("not a call: {why}")) }),
    }
}

/// Answers until stdin ends, in the order of the calls; only a stop goes before what it is to stop. A job that runs at
/// the end is waited for, unless nobody reads stdout any more.
pub fn serve() -> Result<(), Failed> {
    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    let emit = move |event: &str, payload: Value| {
        if send(&json!({ "event": event, "payload": payload })).is_err() {
            seen.store(true, Ordering::Relaxed);
        }
    };
    let engine = Engine::new(Dirs::usual(), Box::new(emit));
    let (calls, queue) = mpsc::channel::<Result<Call, serde_json::Error>>();
    std::thread::scope(|scope| -> io::Result<()> {
        let engine = &engine;
        let work = scope.spawn(move || queue.into_iter().try_for_each(|asked| send(&answer(engine, asked))));
        for line in io::stdin().lock().lines() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let asked = serde_json::from_str::<Call>(&line);
            if asked.as_ref().is_ok_and(|call| call.cmd == "chat_stop") {
                send(&answer(engine, asked))?;
            } else if calls.send(asked).is_err() {
                break;
            }
        }
        drop(calls);
        work.join().unwrap_or(Ok(()))
    })?;
    while engine.busy() {
        if gone.load(Ordering::Relaxed) {
            engine.cancel_jobs();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
