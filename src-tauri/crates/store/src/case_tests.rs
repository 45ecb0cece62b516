//! What a case must survive: kills, damage, other programs' files, another import at the same time.

use crate::parity::{Dice, end, write};
use crate::{Case, CaseError, Feedback, FeedbackChange, FeedbackRule, NewSource, SCHEMA};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use timberline_model::*;

const CHILD: &str = "TIMBERLINE_STORE_TEST_CHILD";

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("case.timberline");
    (dir, path)
}

fn source(path: &str) -> NewSource {
    NewSource { path: path.into(), format: "test".into(), zone: "UTC".into(), ..NewSource::default() }
}

/// One event with nothing but a time and a raw record.
fn push(sink: &mut dyn Sink, row: u64) -> Flow {
    let raw = format!("line {row} of a log with some words in it");
    let time = Some(Stamp::stated(row as i64 * 1_000_000));
    let fields = Fields::default();
    sink.event(&Record {
        time,
        offset: row * 64,
        line: row + 1,
        raw: raw.as_bytes(),
        bytes: raw.len() as u64,
        fields: &fields,
    })
}

fn count(case: &Case) -> u64 {
    let store: &dyn EventStore = case;
    store.count(TimeRange::ALL, Filter::All, &Ctx::default()).unwrap()
}

fn raw_lines_are_whole(case: &Case, events: u64) {
    let store: &dyn EventStore = case;
    let source = case.sources().unwrap()[0].id;
    let ids: Vec<EventId> =
        [0, events / 2, events - 1].iter().map(|n| EventId::new(source, *n as u32)).collect();
    for event in store.get(&ids, &Ctx::default()).unwrap() {
        let row = u64::from(event.id.ordinal());
        assert_eq!(event.raw, Some(format!("line {row} of a log with some words in it").into_bytes()));
        assert_eq!((event.line, event.offset), (row + 1, row * 64));
    }
}

#[test]
fn a_dropped_import_leaves_whole_segments_and_says_so() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let mut writer = case.begin_source_by(&source("a.log"), 100).unwrap();
    (0..1050).for_each(|row| assert_eq!(push(&mut writer, row), Flow::Continue));
    drop(writer);
    let left = &case.sources().unwrap()[0];
    assert_eq!((left.state, left.events), (SourceState::Incomplete, 1000));
    assert_eq!(count(&case), 1000);
    drop(case);
    let case = Case::open(&path).unwrap();
    assert_eq!(count(&case), 1000);
    raw_lines_are_whole(&case, 1000);
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_imports_for_ever() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let case = Case::open(Path::new(&path)).unwrap();
    let mut writer = case.begin_source_by(&source("killed.log"), 500).unwrap();
    let mut row = 0;
    while push(&mut writer, row) == Flow::Continue {
        row += 1;
    }
}

#[test]
fn a_killed_import_leaves_a_case_that_opens_and_can_go_on() {
    for wait_ms in [0, 30, 90] {
        let (_dir, path) = place();
        drop(Case::create(&path).unwrap());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "case_tests::child_that_imports_for_ever", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let case = Case::open(&path).unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        while case.sources().unwrap().first().is_none_or(|s| s.events == 0) {
            assert!(Instant::now() < patience, "the child does not import");
            std::thread::sleep(Duration::from_millis(5));
        }
        // Readers go on while another process imports; a second import is told to wait.
        assert!(count(&case) >= 500);
        let second = case.begin_source(&source("second.log"));
        assert!(matches!(second, Err(CaseError::Store(StoreError::Busy(_)))));
        drop(second);
        std::thread::sleep(Duration::from_millis(wait_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(case);

        let case = Case::open(&path).unwrap();
        let left = case.sources().unwrap().remove(0);
        assert_eq!(left.state, SourceState::Incomplete);
        assert!(left.events > 0 && left.events.is_multiple_of(500));
        assert_eq!(count(&case), left.events, "the counts are those of the segments");
        raw_lines_are_whole(&case, left.events);
        let check: String =
            case.read(|db| Ok(db.query_row("PRAGMA quick_check", [], |r| r.get(0))?)).unwrap();
        assert_eq!(check, "ok");

        case.remove_source(left.id).unwrap();
        let mut again = case.begin_source_by(&source("killed.log"), 500).unwrap();
        assert!(again.id() > left.id, "numbers are not used twice");
        (0..750).for_each(|row| assert_eq!(push(&mut again, row), Flow::Continue));
        assert_eq!(again.finish(end()).unwrap().state, SourceState::Complete);
        assert_eq!(count(&case), 750, "no doubles");
    }
}

#[test]
fn removing_a_source_takes_its_events_and_gives_the_room_back() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let mut dice = Dice::new(5);
    let kept = write(&case, "kept.log", 300, 100, &mut dice).len() as u64;
    let before = std::fs::metadata(&path).unwrap().len();
    write(&case, "gone.log", 3000, 1000, &mut dice);
    let full = std::fs::metadata(&path).unwrap().len();
    assert_eq!(count(&case), kept + 3000);
    case.remove_source(2).unwrap();
    assert_eq!(count(&case), kept);
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after < before + (full - before) / 4, "{before} before, {full} with it, {after} without");
    assert!(matches!(case.remove_source(2), Err(CaseError::NoSource(2))));
    let left: i64 =
        case.read(|db| Ok(db.query_row("SELECT count(*) FROM chunk", [], |r| r.get(0))?)).unwrap();
    let mine: i64 = case
        .read(|db| {
            Ok(db.query_row(
                "SELECT count(*) FROM chunk WHERE id >> 16 IN (SELECT id FROM segment)",
                [],
                |r| r.get(0),
            )?)
        })
        .unwrap();
    assert_eq!(left, mine, "no chunk is left without its segment");
}

#[test]
fn one_import_at_a_time() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let writer = case.begin_source(&source("a")).unwrap();
    for busy in [case.begin_source(&source("b")).err(), case.remove_source(1).err()] {
        let told = busy.unwrap().to_string();
        assert!(told.contains("importing into this case"), "{told}");
    }
    drop(writer);
    drop(case.begin_source(&source("b")).unwrap());
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .filter(|f| { f.as_ref().unwrap().file_name().to_string_lossy().contains("lock") })
            .count(),
        0,
        "the lock file goes with the lock"
    );
}

#[test]
fn what_is_not_a_case_is_told_and_left_alone() {
    let (dir, path) = place();
    assert!(matches!(Case::open(&path), Err(CaseError::Missing { .. })));
    assert!(!path.exists(), "opening makes nothing");
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(Case::open(&path), Err(CaseError::NotACase { .. })));
    std::fs::write(&path, "a text that is longer than a header of a database".repeat(9)).unwrap();
    assert!(matches!(Case::open(&path), Err(CaseError::NotACase { .. })));
    assert!(matches!(Case::create(&path), Err(CaseError::Exists { .. })));
    assert!(matches!(Case::open(dir.path()), Err(CaseError::NotACase { .. })));

    let other = dir.path().join("other.sqlite");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let told = Case::open(&other).err().unwrap();
    assert!(told.to_string().contains("another program"), "{told}");

    let newer = dir.path().join("newer.timberline");
    drop(Case::create(&newer).unwrap());
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
    let told = Case::open(&newer).err().unwrap();
    assert!(
        matches!(told, CaseError::NewerSchema { found, known, .. } if (found, known) == (SCHEMA + 1, SCHEMA))
    );
    assert!(told.to_string().contains("newer Timberline"), "{told}");
}

#[test]
fn a_lost_wal_loses_rows_but_not_the_case() {
    let (dir, path) = place();
    let case = Case::create(&path).unwrap();
    case.set_note("name", "kept").unwrap();
    // A copy of the file without its WAL: what a careless hand or a crash of the disk leaves.
    let copy = dir.path().join("copy.timberline");
    std::fs::copy(&path, &copy).unwrap();
    let copy = Case::open(&copy).unwrap();
    assert_eq!(copy.note("name").unwrap(), None);
    assert_eq!(count(&copy), 0);
}

#[test]
fn damage_in_any_chunk_is_told_and_never_a_panic() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    write(&case, "a.log", 400, 200, &mut Dice::new(3));
    drop(case);
    let db = Connection::open(&path).unwrap();
    let ids: Vec<i64> = {
        let mut ask = db.prepare("SELECT id FROM chunk").unwrap();
        ask.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let all =
        Plan::Page { from: PageFrom::Start, reverse: false, limit: 500, columns: Columns::All, raw: true };
    let mut told = 0;
    for id in &ids {
        let whole: Vec<u8> =
            db.query_row("SELECT data FROM chunk WHERE id = ?1", [id], |r| r.get(0)).unwrap();
        for bad in
            [Some([&whole[..whole.len() / 2], b"\x00"].concat()), Some(vec![]), Some(vec![0xff; 40]), None]
        {
            match &bad {
                Some(bad) => db.execute("UPDATE chunk SET data = ?2 WHERE id = ?1", (id, bad)).unwrap(),
                None => db.execute("DELETE FROM chunk WHERE id = ?1", [id]).unwrap(),
            };
            let case = Case::open(&path).unwrap();
            let answer = case.run(&Query::over(Filter::All, all.clone()), &Ctx::default());
            assert!(matches!(answer, Err(StoreError::Corrupt(_))), "chunk {id}: {answer:?}");
            let _ = case.run(&Query::over(Filter::All, Plan::Fields), &Ctx::default());
            told += 1;
        }
        db.execute("INSERT OR REPLACE INTO chunk (id, data) VALUES (?1, ?2)", (id, &whole)).unwrap();
    }
    assert!(told > 80);
    db.execute("UPDATE segment SET directory = x'00ff' WHERE id = 1", []).unwrap();
    let case = Case::open(&path).unwrap();
    let answer = case.run(&Query::over(Filter::All, Plan::Count), &Ctx::default());
    assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{answer:?}");
}

#[test]
fn problems_are_kept_up_to_a_number_and_all_counted() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let mut writer = case.begin_source_by(&source("bad.log"), 100).unwrap();
    for line in 0..10_050u64 {
        let excerpt = [b"\xff<script>".to_vec(), vec![b'x'; 5000]].concat();
        writer.problem(ProblemKind::Malformed, line, line * 10, 7, "no time in it", &excerpt);
    }
    push(&mut writer, 0);
    writer.filler(3);
    assert_eq!(writer.counts(), (1, 10_050));
    let source = writer.finish(end()).unwrap();
    assert_eq!((source.problems, source.problem_bytes, source.filler_bytes), (10_050, 70_350, 3));
    let (page, kept) = case.problems(Some(source.id), 9_990, 100).unwrap();
    assert_eq!((page.len(), kept), (10, 10_000));
    assert_eq!((page[0].line, page[0].kind), (9_990, ProblemKind::Malformed));
    assert_eq!(page[0].excerpt.chars().count(), 200);
    assert!(page[0].excerpt.starts_with("\u{fffd}<script>x"));
    assert_eq!(case.problems(None, 0, 3).unwrap().0.len(), 3);
    assert_eq!(case.problems(Some(99), 0, 3).unwrap(), (vec![], 0));
}

#[test]
fn a_flood_of_field_names_is_one_problem() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let mut writer = case.begin_source(&source("keys.json")).unwrap();
    let mut fields = Fields::default();
    for row in 0..5_000u64 {
        fields.clear();
        if let Some(id) = writer.field(&format!("key{row}")) {
            fields.int(id, 1);
        }
        writer.event(&Record { time: None, offset: row, line: row, raw: b"x", bytes: 1, fields: &fields });
    }
    let source = writer.finish(end()).unwrap();
    assert_eq!((source.events, source.problems), (5_000, 1));
    assert_eq!(case.problems(None, 0, 9).unwrap().0[0].kind, ProblemKind::Limit);
    let store: &dyn EventStore = &case;
    let filter = Filter::is("key7", "1");
    assert_eq!(store.count(TimeRange::ALL, filter, &Ctx::default()).unwrap(), 1);
}

#[test]
fn a_full_disk_stops_the_import_and_keeps_the_case() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    // A page limit is how SQLite's own tests fill a disk; it holds for the connection that sets it, so the
    // writer is given one by a case that is nearly full: a trigger that fails does the same to a transaction.
    case.write(|tx| {
        tx.execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON segment WHEN NEW.first_ordinal >= 300
             BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
        )?;
        Ok(())
    })
    .unwrap();
    let mut writer = case.begin_source_by(&source("a.log"), 100).unwrap();
    let stopped = (0..1_000_000).find(|row| push(&mut writer, *row) == Flow::Stop);
    assert!(stopped.is_some(), "the format is told to stop");
    assert!(writer.finish(end()).unwrap_err().to_string().contains("disk is full"));
    let left = &case.sources().unwrap()[0];
    assert_eq!((left.state, left.events, count(&case)), (SourceState::Incomplete, 300, 300));
}

#[test]
fn what_people_write_is_kept() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    case.set_note("zone", "UTC").unwrap();
    case.set_note("zone", "Europe/Berlin").unwrap();
    assert_eq!(case.add_turn("{\"q\":1}").unwrap(), 1);
    assert_eq!(case.add_turn("{\"q\":2}").unwrap(), 2);
    for (status, reason, at_us) in
        [(Status::Confirmed, "", 5), (Status::FalsePositive, "a scanner of ours", 6)]
    {
        let verdict =
            Feedback { card: "card".into(), status, reason: reason.into(), at_us, kind: String::new() };
        let change = FeedbackChange { verdict: Some(verdict), ..FeedbackChange::default() };
        case.act_on_card(("card", "x", "said"), &change, at_us).unwrap();
    }
    drop(case);
    let case = Case::open(&path).unwrap();
    assert_eq!(
        (case.note("zone").unwrap().as_deref(), case.note("x").unwrap()),
        (Some("Europe/Berlin"), None)
    );
    assert_eq!(case.turns().unwrap(), [(1, "{\"q\":1}".to_owned()), (2, "{\"q\":2}".to_owned())]);
    let kept = case.feedback().unwrap();
    assert_eq!((kept.len(), kept[0].status, kept[0].at_us), (1, Status::FalsePositive, 6));
    assert_eq!(kept[0].reason, "a scanner of ours");
}

#[test]
fn acts_on_cards_are_taken_back_one_by_one() {
    let (_dir, path) = place();
    let case = Case::create(&path).unwrap();
    let verdict = |status, at_us| {
        Some(Feedback { card: "a".into(), status, reason: "r".into(), at_us, kind: "k".into() })
    };
    let rule = FeedbackRule {
        id: 0,
        card: "a".into(),
        status: Status::Muted,
        reason: "ours".into(),
        scope: "{}".into(),
        at_us: 2,
        expires_us: Some(9),
    };
    let first = FeedbackChange { verdict: verdict(Status::Confirmed, 1), ..FeedbackChange::default() };
    case.act_on_card(("a", "confirm", "one"), &first, 1).unwrap();
    let second = FeedbackChange { rule: Some(rule.clone()), ..FeedbackChange::default() };
    case.act_on_card(("a", "mute", "two"), &second, 2).unwrap();
    let kept = case.feedback_rules().unwrap();
    assert_eq!(kept, [FeedbackRule { id: kept[0].id, ..rule.clone() }]);
    let third = FeedbackChange { verdict: verdict(Status::Open, 3), rule: None, without: vec![kept[0].id] };
    case.act_on_card(("a", "reset", "three"), &third, 3).unwrap();
    assert!(case.feedback_rules().unwrap().is_empty());
    let undo = || {
        let acts = case.feedback_acts().unwrap();
        let last = acts.iter().rev().find(|a| !a.undone).unwrap().clone();
        case.undo_act(&last).unwrap();
        last.said
    };
    assert_eq!(undo(), "three");
    assert_eq!(
        (case.feedback_rules().unwrap().len(), case.feedback().unwrap()[0].status),
        (1, Status::Confirmed)
    );
    assert_eq!(undo(), "two");
    assert!(case.feedback_rules().unwrap().is_empty());
    assert_eq!(undo(), "one");
    assert!(case.feedback().unwrap().is_empty());
    assert!(case.feedback_acts().unwrap().iter().all(|a| a.undone));
}

#[test]
fn a_case_of_the_first_schema_opens_and_its_clocks_are_right() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.timberline");
    drop(Case::create(&path).unwrap());
    let old = Connection::open(&path).unwrap();
    for later in ["clock_offset_ns", "encoding", "packing", "archive_sha256", "rotated_set"] {
        old.execute_batch(&format!("ALTER TABLE source DROP COLUMN {later}")).unwrap();
    }
    old.execute_batch(
        "DROP TABLE deeper; DROP TABLE prompt_act; DROP TABLE mark; DROP TABLE effect; DROP TABLE audit; DROP TABLE stand_in;
         DROP TABLE feedback_rule; DROP TABLE feedback_act;
         ALTER TABLE feedback DROP COLUMN kind;
         INSERT INTO feedback (card, status, reason, at_us) VALUES ('c', 'muted', 'old', 7);",
    )
    .unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute_batch(
        "INSERT INTO source (path, format, confidence, why, bytes, zone, state, first_ns)
         VALUES ('a.log', 'syslog', 1, '', 1, 'UTC', 'complete', 5)",
    )
    .unwrap();
    drop(old);
    let case = Case::open(&path).unwrap();
    let source = &case.sources().unwrap()[0];
    assert_eq!((case.schema(), source.clock_offset_ns, source.first_ns), (SCHEMA, 0, Some(5)));
    assert_eq!(case.feedback().unwrap()[0].reason, "old");
}
