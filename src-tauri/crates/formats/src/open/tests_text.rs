//! Encodings: marked, unmarked, guessed, mixed and broken; line ends of old Macs; zeros of crashed writers.

use super::tests::{file, read};
use super::text::{Decode, Kind, Notes, Text};
use super::*;
use crate::testing::Keeping;
use std::io::Read;

fn words(bytes: &[u8]) -> String {
    Text::of(bytes, None).words()
}

/// Reads a file; gives the messages of its events, what was remarked, and the encoding.
fn messages(bytes: &[u8], options: &ReadOptions) -> (Vec<String>, Vec<String>, String) {
    let (_dir, path) = file("x.log", bytes);
    let opened = probe(&path, options).unwrap();
    let mut sink = Keeping::default();
    let reading = opened.read(&mut sink, &mut |_| Flow::Continue).unwrap();
    assert_eq!(sink.bytes, reading.decoded_bytes, "every byte is accounted for");
    let text = |row: &serde_json::Value| row["message"].as_str().unwrap_or_default().to_owned();
    let (said, events): (Vec<_>, Vec<_>) = sink.rows.iter().partition(|row| row.get("problem").is_some());
    let said = said
        .iter()
        .filter(|row| !text(row).contains("names no"))
        .map(|row| format!("{} line {}: {}", row["problem"].as_str().unwrap(), row["line"], text(row)));
    (events.into_iter().map(text).collect(), said.collect(), reading.encoding)
}

fn log(texts: &[&str]) -> String {
    texts.iter().enumerate().map(|(n, text)| format!("2026-03-10 02:13:{n:02} {text}\r\n")).collect()
}

#[test]
fn utf_16_and_32_become_utf_8_whatever_the_block_size() {
    let text = log(&["Grüße 🙂", "zwei"]).repeat(300);
    let utf_16 = |swap: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|c| if swap { c.to_be_bytes() } else { c.to_le_bytes() }).collect()
    };
    let utf_32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let check = |mark: &[u8], body: &[u8], expect: &str| {
        let bytes = [mark, body].concat();
        assert_eq!(words(&bytes), expect);
        for size in [9, 1000, 100_000] {
            let notes = Notes::default();
            let mut decode = Decode::new(bytes.as_slice(), Text::of(&bytes, None), &notes);
            let (mut out, mut block) = (Vec::new(), vec![0; size]);
            loop {
                match decode.read(&mut block).unwrap() {
                    0 => break,
                    n => out.extend_from_slice(&block[..n]),
                }
            }
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(notes.bad.get(), 0);
        }
    };
    check(&[], &utf_16(false), "UTF-16 LE, without a byte order mark");
    check(&[], &utf_16(true), "UTF-16 BE, without a byte order mark");
    check(&[0xff, 0xfe], &utf_16(false), "UTF-16 LE");
    check(&[0xfe, 0xff], &utf_16(true), "UTF-16 BE");
    check(&[0xff, 0xfe, 0, 0], &utf_32, "UTF-32 LE");
    check(&[0xef, 0xbb, 0xbf], text.as_bytes(), "UTF-8, with a byte order mark");
    check(&[], text.as_bytes(), "UTF-8");
    let cyrillic: Vec<u8> = log(&["Ошибка входа пользователя", "Вход выполнен"])
        .repeat(9)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(words(&cyrillic), "UTF-16 LE, without a byte order mark");
    assert_eq!(Text::of(&[0u8; 64], None).kind, Kind::Binary);
    let broken = [0xff, 0xfe, b'a', 0, 0x00, 0xd8, b'b', 0];
    let (notes, mut out) = (Notes::default(), String::new());
    Decode::new(broken.as_slice(), Text::of(&broken, None), &notes).read_to_string(&mut out).unwrap();
    assert_eq!((out.as_str(), notes.bad.get()), ("a\u{fffd}b", 1));
}

#[test]
fn code_pages_are_guessed_by_their_words_and_said() {
    let check = |label: &str, texts: &[&str], expect: &str| {
        let text = log(texts);
        let (bytes, _, errors) = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(&text);
        assert!(!errors);
        let (events, said, encoding) = messages(&bytes, &ReadOptions::default());
        assert_eq!(events, texts, "{label}");
        assert_eq!(encoding, format!("{expect}, guessed"), "{label}");
        assert!(said.iter().any(|s| s.starts_with("assumed") && s.contains(expect)), "{said:?}");
    };
    let german = [
        "Anmeldung für Benutzer Jörg fehlgeschlagen",
        "Größe der Datei überschritten",
        "schließe Verbindung",
    ];
    check("windows-1252", &german, "windows-1252");
    check(
        "iso-8859-1",
        &["l'accès a été refusé à l'utilisateur René", "échec de la création"],
        "windows-1252",
    );
    check(
        "windows-1251",
        &["Ошибка входа пользователя Иван", "Вход выполнен успешно", "Соединение закрыто"],
        "windows-1251",
    );
    check(
        "koi8-r",
        &["Ошибка входа пользователя Иван", "Вход выполнен успешно", "Соединение закрыто"],
        "KOI8-U",
    );
    check(
        "windows-1250",
        &["Přihlášení uživatele selhalo", "Žádost byla zamítnuta", "Připojení ukončeno"],
        "windows-1250",
    );
    check("shift_jis", &["ログインに失敗しました", "接続を切断しました", "ユーザー認証エラー"], "Shift_JIS");
    check("gbk", &["用户登录失败", "连接已断开", "身份验证错误，请重试"], "GBK");
    check("euc-kr", &["사용자 로그인 실패", "연결이 끊어졌습니다", "인증 오류"], "EUC-KR");
    check("windows-1253", &["Αποτυχία σύνδεσης χρήστη", "Η σύνδεση έκλεισε"], "windows-1253");
}

#[test]
fn an_encoding_can_be_chosen() {
    let (bytes, ..) = encoding_rs::WINDOWS_1250.encode("2026-03-10 02:13:04 \u{17e}\n");
    let options = ReadOptions { encoding: Some("windows-1250".to_owned()), ..ReadOptions::default() };
    let (events, said, encoding) = messages(&bytes, &options);
    assert_eq!((events, encoding.as_str()), (vec!["ž".to_owned()], "windows-1250, chosen by hand"));
    assert!(said.is_empty(), "{said:?}");
    assert!(knows_encoding("utf-16le") && knows_encoding("latin1") && !knows_encoding("ebcdic"));
}

#[test]
fn a_few_bad_bytes_leave_a_log_utf_8_and_are_told_with_their_place() {
    let mut bytes = log(&["Grüße", "ok \u{1}", "schön"]).into_bytes();
    let at = bytes.iter().position(|b| *b == 1).unwrap();
    bytes.splice(at..=at, [0xff, 0xc0, 0x80]);
    let (events, said, encoding) = messages(&bytes, &ReadOptions::default());
    assert_eq!((events.len(), encoding.as_str()), (3, "UTF-8"));
    assert_eq!(events[0], "Grüße");
    assert!(said.iter().all(|s| s.starts_with("encoding line 2: ")), "{said:?}");
    // The bad bytes come after much that is good, and after much that is ASCII.
    for start in ["ä\n", "a\n"] {
        let text = format!("2026-03-10 02:13:04 {start}").repeat(20_000);
        let mut bytes = text.into_bytes();
        let line = bytes.len() / 2;
        let line = line - bytes[..line].iter().rev().position(|b| *b == b'\n').unwrap();
        bytes.splice(line + 20..line + 20, *b"\xfe\xff\xfe");
        let (events, said, encoding) = messages(&bytes, &ReadOptions::default());
        assert_eq!((events.len(), encoding.as_str()), (20_000, "UTF-8"));
        assert!(said[0].starts_with("encoding line 10001: "), "{said:?}");
    }
}

#[test]
fn a_code_page_that_shows_late_and_lines_of_several_writers_are_read() {
    let plain = log(&["alles in Ordnung"]).repeat(20_000);
    let (late, ..) = encoding_rs::WINDOWS_1252.encode("2026-03-10 02:14:00 schön für Jörg\r\n");
    let utf_8 = "2026-03-10 02:14:01 schön für Jörg\r\n";
    let bytes = [plain.as_bytes(), &late, utf_8.as_bytes(), &late].concat();
    let (events, said, encoding) = messages(&bytes, &ReadOptions::default());
    assert_eq!(encoding, "windows-1252, guessed");
    assert!(events[20_000..].iter().all(|m| m == "schön für Jörg"), "{:?}", &events[20_000..]);
    assert!(said.iter().any(|s| s.contains("1 lines of it are UTF-8")), "{said:?}");
}

#[test]
fn lines_of_old_macs_end_in_cr_alone() {
    let (events, ..) = messages(b"2026-03-10 02:13:04 a\r2026-03-10 02:13:05 b\r", &ReadOptions::default());
    assert_eq!(events, ["a", "b"]);
    let (events, ..) =
        messages(b"2026-03-10 02:13:04 a\r\n2026-03-10 02:13:05 b\r\n", &ReadOptions::default());
    assert_eq!(events, ["a", "b"]);
}

#[test]
fn zeros_of_crashed_writers_are_passed_over_and_offsets_stay_true() {
    let gap = "\0".repeat(4096);
    let text = format!("2026-03-10 02:13:04 one\n2026-03-10 02:13:05 t{gap}2026-03-10 02:13:06 three\n");
    let (_dir, path) = file("x.log", text.as_bytes());
    let opened = probe(&path, &ReadOptions::default()).unwrap();
    let mut sink = crate::testing::Counting::default();
    let reading = opened.read(&mut sink, &mut |_| Flow::Continue).unwrap();
    assert_eq!((sink.events, reading.decoded_bytes), (3, text.len() as u64));
    assert_eq!(sink.bytes(), reading.decoded_bytes);
    assert!(sink.said.iter().any(|(_, m)| m.starts_with("4095 zero bytes in 1 gap")), "{:?}", sink.said);
    let (events, ..) = messages(text.as_bytes(), &ReadOptions::default());
    assert_eq!(events, ["one", "t", "three"]);
    let sparse = [vec![0; 3 << 20], text.clone().into_bytes()].concat();
    let (_dir, path) = file("x.log", &sparse);
    let (sink, reading) = read(&path, &ReadOptions::default());
    assert_eq!((sink.events, reading.decoded_bytes), (3, sparse.len() as u64));
    for zeros in [100, 3 << 20] {
        let (_dir, path) = file("x.log", &vec![0; zeros]);
        let refusal = probe(&path, &ReadOptions::default()).unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.message.as_str()),
            (ProblemKind::NoEvents, "zero bytes and nothing else")
        );
    }
}
