//! Questions that were once answered wrongly on real logs, each on a small log made here: what is said about a
//! number, a side of a connection, a "not" or an unknown word must never be passed over.

use super::tests::{ask, memory, sound};
use timberline_model::Value;
use timberline_model::reference::{MemoryStore, event};

const MINUTE: i64 = 60_000_000_000;

fn requests() -> MemoryStore {
    // Address, path, status, bytes.
    let all: &[(&str, &str, i64, i64)] = &[
        ("192.0.2.1", "/", 200, 10),
        ("192.0.2.1", "/", 200, 10),
        ("192.0.2.1", "/", 200, 10),
        ("192.0.2.1", "/gone", 404, 1),
        ("192.0.2.2", "/gone", 404, 1),
        ("192.0.2.2", "/old", 301, 0),
        ("192.0.2.2", "/big", 200, 5_000),
        ("192.0.2.3", "/login", 500, 3),
    ];
    MemoryStore::new(
        all.iter()
            .enumerate()
            .map(|(n, (ip, path, status, bytes))| {
                event(
                    1,
                    n as u32,
                    Some(n as i64 * MINUTE),
                    &[
                        ("event.category", "web".into()),
                        ("event.outcome", if *status < 400 { "success" } else { "failure" }.into()),
                        ("source.ip", (*ip).into()),
                        ("url.path", (*path).into()),
                        ("http.request.method", if *path == "/login" { "POST" } else { "GET" }.into()),
                        ("http.response.status_code", Value::Int(*status)),
                        ("http.response.body.bytes", Value::Int(*bytes)),
                    ],
                )
            })
            .collect(),
    )
}

fn connections() -> MemoryStore {
    let all: &[(&str, &str, i64, i64)] = &[
        ("10.0.0.1", "10.0.0.9", 100, 1),
        ("10.0.0.1", "10.0.0.8", 100, 1),
        ("10.0.0.2", "10.0.0.9", 50, 900),
        ("10.0.0.2", "10.0.0.9", 40, 900),
        ("10.0.0.2", "10.0.0.9", 1, 900),
    ];
    MemoryStore::new(
        all.iter()
            .enumerate()
            .map(|(n, (from, to, sent, got))| {
                event(
                    1,
                    n as u32,
                    Some(n as i64 * MINUTE),
                    &[
                        ("event.category", "network".into()),
                        ("source.ip", (*from).into()),
                        ("destination.ip", (*to).into()),
                        ("destination.port", Value::Int(404 + n as i64)),
                        ("source.bytes", Value::Int(*sent)),
                        ("destination.bytes", Value::Int(*got)),
                    ],
                )
            })
            .collect(),
    )
}

/// The first row of the answer begins with these cells.
fn first_row(store: &MemoryStore, question: &str, cells: &[serde_json::Value]) {
    let view = memory(store);
    let turn = ask(&view, question, None).turn;
    let row =
        turn.rows.first().unwrap_or_else(|| panic!("{question}: {} / {}", turn.understood, turn.answer));
    assert_eq!(row.get(..cells.len()), Some(cells), "{question}: {} / {}", turn.understood, turn.answer);
    sound(&view, &turn);
}

fn says(store: &MemoryStore, question: &str, text: &str) {
    let view = memory(store);
    let turn = ask(&view, question, None).turn;
    assert!(turn.unanswered.is_none(), "{question}: {}", turn.answer);
    assert!(turn.answer.contains(text), "{question}: {} / {}", turn.understood, turn.answer);
    sound(&view, &turn);
}

fn asks_back(store: &MemoryStore, question: &str) {
    let turn = ask(&memory(store), question, None).turn;
    assert!(turn.unanswered.is_some(), "{question}: {} / {}", turn.understood, turn.answer);
}

#[test]
fn a_status_code_is_never_passed_over() {
    let store = requests();
    for question in [
        "Which paths returned 404 most often?",
        "paths with 404s",
        "which pages gave a 404 most",
        "Which paths were not found most often?",
        "Which paths gave most 4xx?",
    ] {
        first_row(&store, question, &["/gone".into(), 2.into()]);
    }
    says(&store, "How many requests were redirected?", "was 1 ");
    says(&store, "How many server errors were there?", "was 1 ");
    says(&store, "When was the first 404?", "00:03:00");
    says(&store, "requests with status code >= 400", "were 3 ");
    says(&store, "how many requests were larger than 1000 bytes?", "was 1 ");
}

#[test]
fn what_is_left_out_is_left_out() {
    let store = requests();
    says(&store, "How many requests did not return 200?", "were 4 ");
    says(&store, "How many requests were not from 192.0.2.1?", "were 4 ");
    says(&store, "requests except from 192.0.2.1", "were 4 ");
    says(&store, "How many requests were not successful?", "were 3 ");
    asks_back(&store, "Which addresses never came back?");
}

#[test]
fn what_is_not_understood_is_asked_back() {
    let store = requests();
    asks_back(&store, "Which countries did the requests come from?");
    asks_back(&store, "What is the average response time?");
    asks_back(&store, "How many requests took more than 7 seconds?");
    asks_back(&store, "requests by planet");
    asks_back(&store, "How many bots visited the site?");
    asks_back(&store, "bytes per hour");
    first_row(&store, "which IPs requested more than 3 pages?", &["192.0.2.1".into(), 4.into()]);
    says(&store, "How many distinct paths were requested?", "5 different");
}

#[test]
fn who_sends_and_who_receives_are_told_apart() {
    let store = connections();
    let cells = |ip: &str, n: i64| [serde_json::Value::from(ip), serde_json::Value::from(n)];
    for question in ["Which host sent the most bytes?", "who sent the most data?", "top senders by bytes"] {
        first_row(&store, question, &cells("10.0.0.1", 200));
    }
    first_row(&store, "Which host received the most bytes?", &cells("10.0.0.9", 191));
    first_row(&store, "Which client downloaded the most data?", &cells("10.0.0.2", 2_700));
    first_row(&store, "Which host made the most connections?", &cells("10.0.0.2", 3));
    first_row(&store, "Which host was contacted most often?", &cells("10.0.0.9", 4));
    first_row(&store, "Which destination received most data from 10.0.0.2?", &cells("10.0.0.9", 91));
    says(&store, "How many bytes did 10.0.0.1 send?", "200 bytes");
    says(&store, "how many connections to port 404 were there?", "was 1 ");
}

#[test]
fn the_counted_noun_is_no_group() {
    let call = |n: u32, user: &str, action: &str| {
        event(
            1,
            n,
            Some(i64::from(n) * MINUTE),
            &[("user.name", user.into()), ("event.action", action.into()), ("cloud.provider", "aws".into())],
        )
    };
    let store = MemoryStore::new(vec![
        call(0, "ann", "A"),
        call(1, "ann", "B"),
        call(2, "ann", "C"),
        call(3, "bob", "D"),
        call(4, "bob", "D"),
    ]);
    for question in
        ["Which users made the most calls?", "who made the most API calls?", "users by number of calls"]
    {
        first_row(&store, question, &["ann".into(), 3.into()]);
    }
    first_row(&store, "Which actions were called most often?", &["D".into(), 2.into()]);
    first_row(&store, "calls by user and action", &["bob".into(), "D".into(), 2.into()]);
}
