//! Whether the questions that are proposed are ones that the planner understands, over logs of many products.

use super::*;
use crate::planner::tests::{ask, sound};
use crate::reading::import;
use crate::session::OpenCase;
use crate::wire::ImportStart;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Events of the kinds that templates ask about and of which the fixtures have none or too few: fields, and how many.
const MADE: &[(&str, usize)] = &[
    (r#""event.code":"4720","user.name":"mia","winlog.channel":"Security""#, 1),
    (r#""event.code":"4732","user.name":"mia","group.name":"Administrators","winlog.channel":"Security""#, 1),
    (r#""event.code":"4698","user.name":"mia","winlog.channel":"Security""#, 1),
    (r#""event.code":"4724","user.name":"mia","winlog.channel":"Security""#, 1),
    (r#""event.code":"4740","user.name":"mia","winlog.channel":"Security""#, 1),
    (r#""event.code":"4648","user.name":"mia","winlog.channel":"Security""#, 1),
    (
        r#""event.code":"1116","host.name":"ws1","winlog.channel":"Microsoft-Windows-Windows Defender/Operational""#,
        1,
    ),
    (
        r#""event.code":"4624","event.category":"authentication","event.outcome":"success","user.name":"mia","winlog.channel":"Security""#,
        60,
    ),
    (
        r#""process.command_line":"powershell.exe -enc SQBFAFgA","process.executable":"C:\\Windows\\powershell.exe","process.parent.executable":"C:\\Windows\\explorer.exe","user.name":"mia""#,
        12,
    ),
    (
        r#""event.category":"authentication","event.action":"ssh_invalid_user","event.outcome":"failure","user.name":"oracle2","source.ip":"203.0.113.77""#,
        5,
    ),
    (
        r#""event.category":"web","http.request.method":"PROPFIND","http.response.status_code":200,"http.response.body.bytes":5000000,"url.path":"/a","source.ip":"192.0.2.44""#,
        60,
    ),
    (r#""dns.question.name":"a.example.org","dns.question.type":"TXT","source.ip":"192.0.2.44""#, 60),
    (
        r#""event.category":"network","zeek.connection.state":"S0","source.ip":"192.0.2.44","destination.ip":"192.0.2.45","destination.port":445""#,
        25,
    ),
    (r#""url.domain":"files.example.org","source.bytes":4000,"source.ip":"192.0.2.44""#, 12),
    (
        r#""cloud.provider":"aws","cloud.region":"eu-west-1","event.action":"StopLogging","user.name":"mia""#,
        25,
    ),
    (r#""email.from.address":"mia@example.org","log.logger":"smtp""#, 6),
];

/// As lines; those of Zeek alone or all others, for a file is of one format.
fn made(zeek: bool) -> String {
    let lines = MADE
        .iter()
        .filter(|(f, _)| f.contains("zeek.") == zeek)
        .flat_map(|(fields, n)| std::iter::repeat_n(fields, *n))
        .enumerate();
    let line = |(n, fields): (usize, &&str)| {
        let (minute, second) = (n / 60 % 60, n % 60);
        format!(
            "{{\"@timestamp\":\"2026-03-10T10:{minute:02}:{second:02}Z\",\"ecs.version\":\"8.0.0\",{fields}}}\n"
        )
    };
    lines.map(line).collect()
}

fn load(folder: &Path) -> (OpenCase, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("case.timberline");
    let open = OpenCase::new(timberline_store::Case::create(&path).unwrap(), &path);
    let (more, zeek) = (dir.path().join("made.ndjson"), dir.path().join("zeek.ndjson"));
    std::fs::write(&more, made(false)).unwrap();
    std::fs::write(&zeek, made(true)).unwrap();
    let ask = ImportStart {
        paths: [folder, &more, &zeek].iter().map(|p| p.to_string_lossy().into_owned()).collect(),
        year: Some(2026),
        ..ImportStart::default()
    };
    import(&open, &ask, &AtomicBool::new(false), &mut |_| {}).unwrap();
    (open, dir)
}

#[test]
fn the_planner_understands_and_answers_every_question_that_is_proposed() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/formats");
    let (open, _dir) = load(&fixtures);
    let view = View::of(&open).unwrap();
    let known = Known::of(&view).unwrap();
    let all = candidates(&known, &Fresh::default()).unwrap();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for candidate in &all {
        if candidate.kind.finding == "template" {
            seen.insert(candidate.kind.question.clone());
        }
        if scope_of(&known, &candidate.question).unwrap().is_none() {
            if candidate.card.is_none() {
                wrong.push(format!("{}: not understood: {}", candidate.kind, candidate.question));
            }
            continue;
        }
        let turn = ask(&view, &candidate.question, None).turn;
        if turn.unanswered.is_some() || turn.understood.contains("not used:") {
            wrong.push(format!(
                "{}: {}: {} | {}",
                candidate.kind, candidate.question, turn.understood, turn.answer
            ));
        } else if candidate.kind.finding == "template" {
            // What made it worth asking is there, so an answer of nothing would be to another question.
            if turn.answer.starts_with("No") || turn.rows.is_empty() && turn.chips.is_empty() {
                wrong.push(format!(
                    "{}: finds nothing: {}: {} | {}",
                    candidate.kind, candidate.question, turn.understood, turn.answer
                ));
            }
            sound(&view, &turn);
        }
    }
    let unseen: Vec<&str> =
        templates::TEMPLATES.iter().map(|t| t.id).filter(|id| !seen.contains(*id)).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}\nnever seen: {unseen:?}",
        wrong.len(),
        all.len(),
        wrong.join("\n")
    );
    assert!(unseen.is_empty(), "no fixture has events for {unseen:?}");
}
