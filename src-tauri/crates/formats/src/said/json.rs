//! JSON as a message: what a program logs in JSON, carried in syslog lines (`{...}`, `@cee: {...}`) or in a format of one's own.
//! Whose JSON it is and what it means is [`crate::coded::json_reader`]'s.

use super::{Payload, Said};
use crate::About;
use crate::framing::json::Around;

/// JSON in a message.
pub struct Json;

/// CEE's mark in front of JSON in syslog.
const COOKIE: &[u8] = b"@cee:";

fn value(message: &[u8]) -> Option<&[u8]> {
    let text = message.trim_ascii();
    let text = text.strip_prefix(COOKIE).map_or(text, <[u8]>::trim_ascii_start);
    (text.len() > 6 && text.starts_with(b"{") && text.ends_with(b"}")).then_some(text)
}

impl Payload for Json {
    fn about(&self) -> About {
        About {
            id: "json_message",
            title: "JSON in a message",
            about: "What programs log as JSON, in the lines of others",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        value(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(json) = value(message) else { return false };
        // A reader that is at work already has found JSON inside JSON deeper than it looks.
        let Ok(mut reader) = said.names.json.try_borrow_mut() else { return false };
        let reader = reader.get_or_insert_with(Box::default);
        let Ok(told) = reader.read_into(json, &Around::NONE, said.ctx, said.out, said.fields) else {
            return false;
        };
        said.time = told.time;
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::coded::check::parse;
    use crate::coded::syslog::Syslog;

    fn check(line: &str, expect: &[(&str, &str)]) {
        let keep = parse(&Syslog, line.as_bytes());
        assert_eq!((keep.events.len(), keep.problems.len()), (1, 0), "{line} {:?}", keep.problems);
        for (name, value) in expect {
            let got = keep.events[0].get(name);
            assert_eq!(got.as_deref(), Some(*value), "{name} of {line}: {:?}", keep.events[0].fields);
        }
    }

    #[test]
    fn json_in_syslog_is_read_as_what_it_is() {
        check(
            r#"<134>1 2026-03-10T02:13:04Z web1 authelia 9 - - {"level":"error","method":"POST","msg":"Unsuccessful 1FA authentication attempt by user 'eve'","path":"/api/firstfactor","remote_ip":"203.0.113.9","time":"2026-03-10T02:13:04Z"}"#,
            &[
                ("event.outcome", "failure"),
                ("user.name", "eve"),
                ("source.ip", "203.0.113.9"),
                ("host.name", "web1"),
                ("process.name", "authelia"),
                ("message", "Unsuccessful 1FA authentication attempt by user 'eve'"),
            ],
        );
        check(
            r#"Mar 10 02:13:04 web1 app[7]: @cee: {"msg":"login failed","user":"eve","src_ip":"2001:db8::1"}"#,
            &[
                ("user.name", "eve"),
                ("source.ip", "2001:db8::1"),
                ("message", "login failed"),
                ("process.pid", "7"),
            ],
        );
    }

    #[test]
    fn what_is_cut_off_stays_a_message() {
        check(
            r#"Mar 10 02:13:04 web1 app[7]: {"msg":"login failed","user":"ev}"#,
            &[("message", r#"{"msg":"login failed","user":"ev}"#), ("event.dataset", "syslog")],
        );
    }
}
