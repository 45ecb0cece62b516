//! The command line as its user sees it: shapes, exit codes, words.

use crate::logs::{Desk, access_log, auth_log};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn stderr(out: &std::process::Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

#[test]
fn exit_codes_say_done_failed_and_wrong_usage() {
    let desk = Desk::new();
    let case = desk.case().display().to_string();
    let check = |args: &[&str], code: i32, words: &str| {
        let out = desk.run(args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", stderr(&out));
        assert!(stderr(&out).contains(words), "{args:?}: {}", stderr(&out));
    };
    check(&["no-such-command"], 2, "no-such-command");
    check(&["count", &case], 1, "there is no case");
    check(&["case", "new", &case, "--key", "keyring"], 1, "only --key none");
    check(&["case", "new", &case], 0, "not encrypted");
    check(&["case", "new", &case], 1, "there already");
    check(&["import", &case, "/nonexistent/x.log"], 1, "no file or folder");
    check(&["import", &case, "/", "--format", "nonsense"], 2, "there is no format 'nonsense'");
    check(&["import", &case, "/", "--since", "yesterday"], 2, "--since yesterday is no time");
    check(&["count", &case, "source.ip : ("], 2, "^");
    check(&["source", "remove", &case, "9"], 1, "no source 9");
    check(&["feedback", &case, "0000", "mute"], 1, "no card 0000");
    check(&["feedback", &case, "0000", "mute", "--scope", "host"], 1, "no card 0000");
    check(&["feedbacks", &case, "--undo"], 1, "no verdict is left");
    check(&["feedbacks", &case, "--remove", "3"], 1, "no rule 3");
    check(&["events", &case, "--zone", "Mars/Olympus"], 2, "there is no zone");
    for later in ["sql", "compare", "report"] {
        check(&[later, &case, "--whatever"], 2, "is not in this version");
    }
}

#[test]
fn a_wrong_path_makes_no_case() {
    let desk = Desk::new();
    let out = desk.run(["import", &desk.case().display().to_string(), "/nonexistent/x.log"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(!desk.case().exists());
}

#[test]
fn a_query_mistake_has_a_caret_under_its_place() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(5))]);
    let out = desk.run(["count", &desk.case().display().to_string(), "source.ip : 1.2.3.4 and ("]);
    let said = stderr(&out);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.get(1), Some(&"  source.ip : 1.2.3.4 and ("), "{said}");
    assert!(
        lines.get(2).is_some_and(|l| l.trim() == "^" && l.len() >= "  source.ip : 1.2.3.4 and ".len()),
        "{said}"
    );
}

#[test]
fn counts_and_pages_agree_with_the_log() {
    let desk = Desk::new();
    let log = access_log(20_000);
    let rows = desk.import(&[&desk.put("access.log", &log)]);
    assert_eq!(rows[0]["events"], 20_000);
    assert_eq!(rows.last().unwrap()["total"]["events"], 20_000);
    let want = log.lines().filter(|l| l.contains("\" 404 ")).count();
    assert_eq!(desk.json("count", &["http.response.status_code : 404"])["count"], want);
    let all = desk.lines("events", &["--fields", "raw"]);
    assert_eq!(all.len(), 20_000, "without --limit, JSON gives all");
    for (n, (event, line)) in all.iter().zip(log.lines()).enumerate() {
        assert_eq!(event["raw"], line);
        assert_eq!(event["line"], n + 1);
    }
    let back = desk.lines("events", &["--reverse", "--limit", "3"]);
    let ids: Vec<_> = all.iter().rev().take(3).map(|e| e["id"].clone()).collect();
    assert_eq!(back.iter().map(|e| e["id"].clone()).collect::<Vec<_>>(), ids);
    let after = desk.lines("events", &["--after", &all[9_999]["id"].to_string(), "--limit", "1"]);
    assert_eq!(after[0]["id"], all[10_000]["id"]);
    let named = desk.lines("events", &["--limit", "1", "--fields", "source.ip,no.such.field"]);
    assert_eq!(named[0]["source.ip"], "192.0.2.1");
    assert!(
        named[0].get("no.such.field").is_none()
            && named[0].get("raw").is_none()
            && named[0].get("url.path").is_none()
    );
}

#[test]
fn timelines_count_every_event_once() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(9_000))]);
    for args in [&["--bins", "50"][..], &["--every", "5m"], &[], &["--by", "http.response.status_code"]] {
        let timeline = desk.json("timeline", args);
        let series = timeline["series"].as_array().unwrap();
        let sum: u64 = series
            .iter()
            .flat_map(|s| s["counts"].as_array().unwrap())
            .filter_map(serde_json::Value::as_u64)
            .sum();
        assert_eq!(sum, 9_000, "{args:?}");
    }
    assert_eq!(desk.json("timeline", &["--bins", "50"])["series"][0]["counts"].as_array().unwrap().len(), 50);
    let five = desk.json("timeline", &["--every", "5m"]);
    assert_eq!((&five["start"], &five["step_seconds"]), (&"2026-03-10T00:00:00Z".into(), &300.into()));
    assert_eq!(five["series"][0]["counts"][0], 30);
    let top = desk.json("top", &["source.ip", "http.response.status_code : 404", "--limit", "2"]);
    assert_eq!(top.as_array().unwrap().len(), 2);
    let sums = desk.json("top", &["source.ip", "--by-sum", "http.response.body.bytes", "--limit", "1"]);
    let want: u64 = (0..9_000).filter(|n| n % 5 == 4).map(|n| 100 + n).sum();
    assert_eq!((&sums[0]["value"], &sums[0]["sum"]), (&"192.0.2.5".into(), &want.into()));
}

#[test]
fn two_imports_of_the_same_files_give_the_same_events_and_cards() {
    let (one, two) = (Desk::new(), Desk::new());
    for desk in [&one, &two] {
        desk.put("logs/access.log", access_log(3_000));
        desk.put("logs/auth.log", auth_log(200));
        let out =
            desk.command(["import", "a.timberline", "logs"]).current_dir(desk.dir.path()).output().unwrap();
        assert!(out.status.success(), "{}", stderr(&out));
    }
    for command in ["events", "cards", "fields", "problems"] {
        let text = |desk: &Desk| desk.text([command, &desk.case().display().to_string(), "--json"]);
        assert_eq!(text(&one), text(&two), "{command}");
    }
    assert!(one.lines("events", &[]).len() == 3_000 + 225);
    assert!(
        !one.json("cards", &[]).as_array().unwrap().is_empty(),
        "two hundred guesses and a success are a card"
    );
}

#[test]
fn importing_twice_makes_no_doubles() {
    let desk = Desk::new();
    let log = desk.put("auth.log", auth_log(50));
    let first = desk.import(&[&log]);
    let again =
        desk.run(["import", &desk.case().display().to_string(), &log.display().to_string(), "--json"]);
    assert!(stderr(&again).contains("already read"), "{}", stderr(&again));
    assert_eq!(desk.lines("sources", &[]).len(), 1);
    assert_eq!(desk.json("count", &[])["count"], first[0]["events"]);
    // The same file by another name of the same place is the same file.
    let other_way = desk.path("data/../auth.log");
    std::fs::create_dir_all(desk.path("data")).unwrap();
    desk.import(&[&other_way]);
    assert_eq!(desk.lines("sources", &[]).len(), 1);
    // Other content under the same path is another source, and a problem says so.
    desk.put("auth.log", auth_log(51));
    desk.import(&[&log]);
    assert_eq!(desk.lines("sources", &[]).len(), 2);
    let problems = desk.lines("problems", &["--source", "2"]);
    assert!(
        problems
            .iter()
            .any(|p| p["kind"] == "assumed" && p["message"].as_str().unwrap().contains("source 1"))
    );
}

#[test]
fn a_source_can_be_taken_back() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(700)), &desk.put("auth.log", auth_log(200))]);
    assert!(!desk.json("cards", &[]).as_array().unwrap().is_empty());
    desk.text(["source", "remove", &desk.case().display().to_string(), "2"]);
    assert_eq!(desk.json("count", &[])["count"], 700);
    assert_eq!(desk.json("cards", &[]), serde_json::json!([]), "its cards went with it");
}

#[test]
fn what_cannot_be_read_is_said_and_kept() {
    let desk = Desk::new();
    desk.put("logs/access.log", access_log(10));
    desk.put("logs/empty.log", "");
    desk.put(
        "logs/noise.bin",
        (0..4_096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<u8>>(),
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", desk.path("logs/link.log")).unwrap();
    let rows = desk.import(&[&desk.path("logs")]);
    assert_eq!(rows.last().unwrap()["total"]["events"], desk.json("count", &[])["count"]);
    let problems = desk.lines("problems", &[]);
    let about = |name: &str| {
        let source = rows.iter().find(|r| r["path"].as_str().is_some_and(|p| p.ends_with(name)));
        let id = source.map(|r| r["source"].clone()).unwrap_or_default();
        problems.iter().filter(|p| p["source"] == id).count()
    };
    assert!(about("empty.log") > 0, "{problems:?}");
    #[cfg(unix)]
    assert!(about("link.log") > 0, "{problems:?}");
    let nothing = desk.run([
        "import",
        &desk.case().display().to_string(),
        &desk.path("logs/link.log").display().to_string(),
    ]);
    assert_eq!(nothing.status.code(), Some(1), "nothing at all could be read");
}

#[test]
fn log_text_cannot_steer_the_terminal() {
    let desk = Desk::new();
    let evil = "192.0.2.1 - - [10/Mar/2026:00:00:00 +0000] \"GET /\x1b[2J\x1b]0;owned\x07 HTTP/1.1\" 200 1 \"-\" \"\u{202e}agent\"\n";
    desk.import(&[&desk.put("ev\u{1b}il.log", evil)]);
    let case = desk.case().display().to_string();
    for args in [
        vec!["events", &case],
        vec!["events", &case, "--fields", "url.path,user_agent.original,raw,log.file.path"],
        vec!["top", &case, "url.path"],
        vec!["sources", &case],
        vec!["problems", &case],
        vec!["timeline", &case, "--by", "url.path"],
        vec!["fields", &case],
    ] {
        let text = desk.text(&args);
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(bad, None, "{args:?}: {text:?}");
    }
    assert!(desk.text(["events", &case]).contains("\\x1b[2J"), "it is shown, not hidden");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(50_000))]);
    let mut child = desk
        .command(["events", &desk.case().display().to_string(), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"id\":"));
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{}", stderr(&out));
}

#[test]
fn verdicts_are_kept_and_previews_change_nothing() {
    let desk = Desk::new();
    desk.import(&[&desk.put("auth.log", auth_log(200))]);
    let card = desk.json("cards", &[])[0]["id"].as_str().unwrap().to_owned();
    let effect = desk.json("feedback", &[&card, "false-positive", "--preview"]);
    assert_eq!((&effect["preview"], &effect["hides_cards"]), (&true.into(), &1.into()));
    assert_eq!(desk.json("cards", &[])[0]["status"], "open");
    desk.json("feedback", &[&card, "false-positive", "--reason", "a drill"]);
    assert!(desk.json("cards", &[]).as_array().unwrap().iter().all(|c| c["id"] != card.as_str()));
    let all = desk.json("cards", &["--all"]);
    let judged = all.as_array().unwrap().iter().find(|c| c["id"] == card.as_str()).unwrap();
    assert_eq!(judged["status"], "false_positive");
    // Detectors run again; the verdict stays.
    desk.json("detect", &[]);
    assert!(desk.json("cards", &[]).as_array().unwrap().iter().all(|c| c["id"] != card.as_str()));
    desk.json("feedback", &[&card, "reset"]);
    assert_eq!(desk.json("cards", &[])[0]["id"], card.as_str());
    desk.json("feedback", &[&card, "confirm"]);
    assert_eq!(desk.json("cards", &[])[0]["status"], "confirmed");
}

#[test]
fn similar_cards_are_muted_by_scope_listed_and_brought_back() {
    let desk = Desk::new();
    desk.import(&[&desk.put("auth.log", auth_log(200))]);
    let case = desk.case().display().to_string();
    let before = desk.json("cards", &[]);
    let card = before[0]["id"].as_str().unwrap().to_owned();
    for wrong in [
        &["--scope", "host"][..],
        &["--scope", "host=nowhere"],
        &["--expires", "never"],
        &["--expires", "2001-01-01"],
    ] {
        let out = desk.run([&["feedback", &case, &card, "mute"], wrong].concat());
        assert_eq!(out.status.code(), Some(2), "{wrong:?}: {}", stderr(&out));
    }
    let scoped =
        [card.as_str(), "mute", "--scope", "host=web1", "--expires", "90d", "--reason", "our scanner"];
    let preview = desk.json("feedback", &[&scoped[..], &["--preview"]].concat());
    let hides = preview["hides"].as_array().unwrap();
    assert!(hides.iter().any(|c| c["id"] == card.as_str() && !c["title"].as_str().unwrap().is_empty()));
    assert_eq!(desk.json("cards", &[]), before, "a preview changes nothing");
    let told = desk.text([&["feedback", &case], &scoped[..]].concat());
    assert!(told.contains("on host web1") && told.contains("until 20"), "{told}");
    assert_eq!(
        desk.json("cards", &[]).as_array().unwrap().len(),
        before.as_array().unwrap().len() - hides.len()
    );
    let list = desk.json("feedbacks", &[]);
    assert_eq!(
        (&list["rules"][0]["reason"], &list["rules"][0]["hides_cards"]),
        (&"our scanner".into(), &preview["hides_cards"])
    );
    assert!(desk.text(["feedbacks", &case]).contains("our scanner"));
    let id = list["rules"][0]["id"].to_string();
    desk.json("feedbacks", &["--remove", &id]);
    assert_eq!(desk.json("cards", &[]), before);
    desk.json("feedbacks", &["--undo"]);
    assert_ne!(desk.json("cards", &[]), before);
    desk.json("feedbacks", &["--undo"]);
    assert_eq!(desk.json("cards", &[]), before);
    let deeper = desk.text(["deeper", &case, &card]);
    assert!(deeper.contains("is seen first"), "{deeper}");
    assert!(desk.text(["cards", &case]).contains("found by looking deeper"));
    desk.text(["deeper", &case, &card, "--undo"]);
    assert_eq!(desk.json("cards", &[]), before);
    // What was learned is there, and gone when wiped.
    desk.json("feedback", &[&card, "false-positive"]);
    assert!(desk.text(["verdicts"]).contains("cards of"), "{}", desk.text(["verdicts"]));
    assert!(desk.path("data/verdicts.json").is_file());
    assert!(desk.text(["verdicts", "wipe"]).contains("Nothing was learned"));
}

#[test]
fn times_are_shown_in_the_zone_asked_for() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(1))]);
    assert_eq!(desk.lines("events", &[])[0]["@timestamp"], "2026-03-10T00:00:00Z");
    let madrid = desk.lines("events", &["--zone", "Europe/Madrid"]);
    assert_eq!(madrid[0]["@timestamp"], "2026-03-10T01:00:00+01:00");
}

#[test]
fn a_case_in_the_folder_of_its_logs_is_not_read() {
    let desk = Desk::new();
    desk.put("access.log", access_log(10));
    let rows = desk.import(&[desk.dir.path()]);
    let paths: Vec<&str> = rows.iter().filter_map(|r| r["path"].as_str()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
}

#[test]
fn a_wrong_clock_can_be_set_right_and_back_again() {
    let desk = Desk::new();
    desk.import(&[&desk.put("access.log", access_log(100)), &desk.put("auth.log", auth_log(200))]);
    let case = desk.case().display().to_string();
    let before = desk.lines("events", &[]);
    let cards = desk.json("cards", &[]);
    let moved: Value =
        serde_json::from_str(&desk.text(["source", "offset", &case, "1", "-90s", "--json"])).unwrap();
    assert_eq!(moved["clock_offset_seconds"], -90.0);
    let after = desk.lines("events", &["source : 1"]);
    assert_eq!(after[0]["@timestamp"], "2026-03-09T23:58:30Z");
    assert_eq!(after[0]["timberline.clock_offset_seconds"], -90);
    assert_eq!(moved["first"], after[0]["@timestamp"]);
    let count = |query: &str| desk.json("count", &[query])["count"].as_u64().unwrap();
    assert_eq!(
        count("source : 1 and @timestamp < \"2026-03-10T00:00:00Z\""),
        9,
        "queries see the moved times"
    );
    assert_eq!(count("timberline.clock_offset_seconds : *"), 100);
    desk.text(["source", "offset", &case, "2", "+1h2m3s"]);
    assert_ne!(desk.json("cards", &[]), cards, "the detectors ran again");
    desk.text(["source", "offset", &case, "1", "0"]);
    desk.text(["source", "offset", &case, "2", "0"]);
    assert_eq!((desk.lines("events", &[]), desk.json("cards", &[])), (before, cards));
    let wrong = desk.run(["source", "offset", &case, "1", "soon"]);
    assert!(wrong.status.code() == Some(2) && stderr(&wrong).contains("+1h2m3s"), "{}", stderr(&wrong));
    assert_eq!(desk.run(["source", "offset", &case, "9", "1s"]).status.code(), Some(1));
}

#[test]
fn characters_are_read_as_the_analyst_says() {
    let desk = Desk::new();
    let log = desk.path("cyrillic.log");
    // "вход" in KOI8-R, which is good windows-1251 too, with other letters.
    let line: &[u8] = b"2026-03-10 09:00:00 INFO \xd7\xc8\xcf\xc4 bob\n";
    std::fs::write(&log, line.repeat(3)).unwrap();
    let case = desk.path("said.timberline").display().to_string();
    let log = log.display().to_string();
    let wrong = desk.run(["import", &case, &log, "--encoding", "ebcdic"]);
    assert!(wrong.status.code() == Some(2) && stderr(&wrong).contains("windows-1252"));
    desk.text(["import", &case, &log, "--encoding", "koi8-r"]);
    let events = desk.text(["events", &case, "--json"]);
    assert_eq!(events.lines().filter(|l| l.contains("вход bob")).count(), 3, "{events}");
    assert!(desk.text(["import", &case, &log, "--encoding", "koi8-r", "--preview"]).contains("вход"));
}

#[test]
fn times_of_day_get_their_date_from_the_analyst() {
    let desk = Desk::new();
    let log = desk.put("app.log", "23:59:59.5 INFO last\n00:00:01 WARN first\n");
    let read = desk.import(&[&log]);
    assert_eq!(read[0]["undated"], 2, "nothing is borrowed");
    let said = desk.lines("problems", &[]);
    assert!(said.iter().any(|p| p["message"].as_str().unwrap().contains("--date")), "{said:?}");
    let case = desk.path("dated.timberline").display().to_string();
    let log = log.display().to_string();
    assert_eq!(desk.run(["import", &case, &log, "--date", "tomorrow"]).status.code(), Some(2));
    desk.text(["import", &case, &log, "--date", "2026-03-09"]);
    let events = desk.text(["events", &case, "--json"]);
    let times: Vec<Value> =
        events.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["@timestamp"].clone()).collect();
    assert_eq!(times, ["2026-03-09T23:59:59.500Z", "2026-03-10T00:00:01Z"]);
}

#[test]
fn what_columns_mean_can_be_said_and_is_remembered() {
    let desk = Desk::new();
    let text =
        "When,Where,Who,Note\n2026-03-10 02:13:04,192.0.2.1,bob,x\n2026-03-10 02:13:05,192.0.2.2,ann,y\n";
    let log = desk.put("a.csv", text).display().to_string();
    let guessed = desk.text(["table", &log]);
    assert!(guessed.contains("\"Note\" = \"keep\"  # x"), "{guessed}");
    let map = desk.put(
        "map.toml",
        guessed
            .replace("\"Where\" = \"keep\"", "\"Where\" = \"source.ip\"")
            .replace("\"Who\" = \"keep\"", "\"Who\" = \"user.name\""),
    );
    let (case, map) = (desk.case().display().to_string(), map.display().to_string());
    desk.text(["import", &case, &log, "--map", &map]);
    assert_eq!(desk.json("count", &["user.name : bob and source.ip : 192.0.2.1"])["count"], 1);
    // Without it a new case guesses again, until it is kept.
    let read = |case: &str| {
        desk.text(["import", case, &log]);
        let events = desk.text(["events", case, "--json"]);
        serde_json::from_str::<Value>(events.lines().next().unwrap()).unwrap()
    };
    assert!(read(&desk.path("b.timberline").display().to_string()).get("user.name").is_none());
    desk.text(["table", &log, "--keep", &map]);
    assert_eq!(read(&desk.path("c.timberline").display().to_string())["user.name"], "bob");
    let wrong = desk.put("wrong.toml", "[columns]\nWho = \"two words\"").display().to_string();
    let out = desk.run(["import", &case, &log, "--map", &wrong]);
    assert!(out.status.code() == Some(2) && stderr(&out).contains("is no field"), "{}", stderr(&out));
}

#[test]
fn a_source_can_be_read_again_in_another_zone() {
    let desk = Desk::new();
    let log = desk.put("app.log", "2026-07-10 12:00:00 INFO one\n2026-07-10 12:00:01 INFO two\n");
    desk.import(&[&log]);
    let case = desk.case().display().to_string();
    desk.text(["source", "offset", &case, "1", "+1s"]);
    desk.text(["source", "zone", &case, "1", "Europe/Berlin"]);
    let sources = desk.lines("sources", &[]);
    assert_eq!((sources.len(), &sources[0]["zone"]), (1, &Value::from("Europe/Berlin, given")));
    let events = desk.lines("events", &[]);
    assert_eq!(events[0]["@timestamp"], "2026-07-10T10:00:01Z", "and the clock stays set");
    assert!(desk.lines("problems", &[]).is_empty(), "{:?}", desk.lines("problems", &[]));
    desk.put("app.log", "other");
    let id = sources[0]["source"].to_string();
    let out = desk.run(["source", "zone", &case, &id, "UTC"]);
    assert!(out.status.code() == Some(1) && stderr(&out).contains("other content"), "{}", stderr(&out));
}

/// A rule and a log that it is about, made for this test; the archive is opened as logs are.
#[test]
fn sigma_rules_make_cards_and_say_what_is_not_used() {
    let desk = Desk::new();
    let log = desk.put("web.log", access_log(300));
    desk.import(&[&log]);
    let rule = "title: Page 7 was asked for\nid: 00000000-0000-4000-8000-000000000001\nauthor: Timberline\nlevel: high\nlogsource:\n    category: webserver\ndetection:\n    s:\n        cs-uri-stem: /page/7\n    condition: s\n";
    desk.put("rules/one.yml", rule);
    desk.put(
        "rules/two.yml",
        rule.replace("000001", "000002").replace("cs-uri-stem:", "cs-uri-stem|expand:"),
    );
    let rules = desk.path("rules").display().to_string();
    let said = desk.json("detect", &["--sigma", &rules]);
    assert_eq!(said["rules"]["hit"], 1, "{said}");
    assert_eq!(said["rules"]["not_used"].as_array().unwrap().len(), 1);
    assert!(said["rules"]["not_used"][0]["reason"].as_str().unwrap().contains("placeholders"));
    let cards = desk.json("cards", &["--all"]);
    let card = cards.as_array().unwrap().iter().find(|c| !c["rule"].is_null()).unwrap();
    assert_eq!(card["rule"]["author"], "Timberline");
    assert_eq!((card["severity"].as_str(), card["evidence_count"].as_u64()), (Some("high"), Some(1)));
    // What is imported later meets the rules too.
    let more = desk.put("more.log", access_log(600));
    desk.import(&[&more]);
    let cards = desk.json("cards", &["--all"]);
    let card = cards.as_array().unwrap().iter().find(|c| !c["rule"].is_null()).unwrap();
    assert_eq!(card["evidence_count"], 2);
}
