//! Any text: lines that begin with a time, joined with the lines that belong to them (stack traces), and as a last
//! resort text without any time, a line an event, undated. What such lines say is [`super::app_text`]'s.

use super::app_text::{clock, family, uncoloured, written};
use super::records::first_lines;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::Sink;

/// The format.
pub struct PlainText;

impl Format for PlainText {
    fn about(&self) -> About {
        About {
            id: "plain_text",
            title: "Text, a time at the beginning of the line",
            about: "Application logs of any kind, stack traces included: level, logger, thread, pairs, and where the words \
                    leave no doubt user, address and outcome. Text without times is read too, a line an undated event.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        if head.bytes.is_empty() {
            return Confidence { score: 0.1, why: "the file is empty".into() };
        }
        let lines = first_lines(head, 200);
        let all = lines.len();
        let mut room = Vec::new();
        let mut good = 0;
        for line in &lines {
            let line = uncoloured(line, &mut room);
            good += usize::from(written(line).or_else(|| clock(line)).is_some());
        }
        if all == 0 {
            return Confidence { score: 0.1, why: "only blank lines".into() };
        }
        if good == 0 {
            return Confidence {
                score: 0.1,
                why: "text in which no time was found; every line is an undated event".into(),
            };
        }
        // One record may have a hundred lines of stack trace; a single time in a long text proves little.
        let share = good as f64 / all as f64;
        let score = if good > 1 || all < 4 { 0.2 + 0.3 * share } else { 0.15 };
        Confidence { score, why: format!("{good} of the first {all} lines begin with a time") }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        family::read(input, ctx, out, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{row, rows};
    use serde_json::{Value, json};

    fn check(line: &str, time: &str, message: &str, level: Value) {
        let row = row(&PlainText, line);
        assert_eq!(row["@timestamp"], time, "{line}");
        assert_eq!(row["message"], message, "{line}");
        assert_eq!(row.get("log.level").unwrap_or(&Value::Null), &level, "{line}");
    }

    #[test]
    fn times_levels_and_messages_are_found() {
        check(
            "2015-10-18 18:01:47,978 INFO [main] org.x: Created",
            "2015-10-18T18:01:47.978Z",
            "Created",
            json!("info"),
        );
        check("[2016-12-19 17:01:53,614] TRACE x", "2016-12-19T17:01:53.614Z", "x", json!("trace"));
        check(
            "[Wed Oct 11 14:32:52.5 2000] [core:error] [pid 7] x",
            "2000-10-11T14:32:52.500Z",
            "[core:error] [pid 7] x",
            json!(null),
        );
        check("E0517 15:04:22.619632 19 a.cc:253] x", "2026-05-17T15:04:22.619632Z", "x", json!("error"));
        check("17/06/09 20:10:40 WARN x.Y: z", "2017-06-09T20:10:40Z", "z", json!("warning"));
        check("1697048351.000001 execve(1)", "2023-10-11T18:19:11.000001Z", "execve(1)", json!(null));
        check(
            "web-1  | 2024-04-25T05:32:35Z * x",
            "2024-04-25T05:32:35Z",
            "web-1  | 2024-04-25T05:32:35Z * x",
            json!(null),
        );
        check(
            "\x1b[32m2024-04-25T05:32:35Z\x1b[0m \x1b[33mWARN\x1b[0m a::b: \x1b[1mx\x1b[0m y",
            "2024-04-25T05:32:35Z",
            "x y",
            json!("warning"),
        );
        check(
            "Jan 01, 2026 12:00:01 AM org.a.B start\nSEVERE: it broke",
            "2026-01-01T00:00:01Z",
            "it broke",
            json!("critical"),
        );
    }

    #[test]
    fn a_login_in_free_words_is_one() {
        let row = row(&PlainText, "2026-01-01 00:00:00 [auth] Login failed for user 'bob' from 192.0.2.7");
        let got = ["event.category", "event.outcome", "user.name", "source.ip"].map(|f| row[f].as_str());
        assert_eq!(got, ["authentication", "failure", "bob", "192.0.2.7"].map(Some));
    }

    #[test]
    fn pairs_become_fields() {
        let row = row(
            &PlainText,
            "2026-01-01 00:00:00 login user=bob ip=203.0.113.9 ms=17 note=\"two words\" a==b http://x/?q=1 zip=01",
        );
        assert_eq!(row["text.user"], "bob");
        assert_eq!(row["text.ms"], 17);
        assert_eq!(row["text.note"], "two words");
        assert_eq!(row["text.zip"], "01");
        assert!(row.get("text.q").is_none() && row.get("text.a").is_none());
        assert_eq!((&row["user.name"], &row["source.ip"]), (&json!("bob"), &json!("203.0.113.9")));
    }

    #[test]
    fn traces_are_joined_and_text_without_time_is_not() {
        let text = "intro\n2026-01-01 00:00:00 ERROR x\njava.lang.XError: y\n\tat a.b(C.java:1)\n\n2026-01-01 00:00:01 INFO z\n";
        let got = rows(&PlainText, text.as_bytes());
        assert_eq!(got.iter().map(|r| &r["line"]).collect::<Vec<_>>(), [1, 2, 6]);
        assert_eq!(got[0]["@timestamp"], Value::Null);
        let error =
            ["error.type", "error.message", "error.stack_trace", "message"].map(|f| got[1][f].as_str());
        assert_eq!(
            error,
            ["java.lang.XError", "y", "java.lang.XError: y\n\tat a.b(C.java:1)", "x"].map(Some)
        );
        let got = rows(&PlainText, b"Hello\n  World\n\nGoodbye");
        assert_eq!(got.len(), 3);
        assert!(rows(&PlainText, b"").is_empty());
    }
}
