//! Server-sent events out of bytes, as the HTML standard has them: any mix of CR, LF and CRLF, comments, a byte order
//! mark, several `data:` lines to one event. A line has a greatest length; what is in an event is not looked at.

/// The longest line, in bytes.
pub const LINE_MAX: usize = 1024 * 1024;

/// A line that does not end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint sent a line of more than {LINE_MAX} bytes, which is no answer (from byte {at} on)")]
pub struct LineTooLong {
    /// Where the line begins in the stream.
    pub at: u64,
}

/// One thing out of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The joined `data:` lines of an event, and the byte at which its first line began.
    Data(String, u64),
    /// A comment: the endpoint is alive.
    Comment,
}

/// Takes a stream apart.
#[derive(Default)]
pub struct Sse {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_cr: bool,
    read: u64,
    line_at: u64,
    data_at: u64,
    begun: bool,
}

impl Sse {
    /// More bytes; gives what they complete.
    ///
    /// # Errors
    /// When a line does not end.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, LineTooLong> {
        let mut out = Vec::new();
        for &byte in bytes {
            self.read += 1;
            let follows_cr = std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if follows_cr => self.line_at = self.read,
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    self.end_line(&mut out);
                    self.line_at = self.read;
                }
                _ if self.line.len() >= LINE_MAX => return Err(LineTooLong { at: self.line_at }),
                _ => self.line.push(byte),
            }
        }
        Ok(out)
    }

    /// The stream is over: an event that was not closed by an empty line is given all the same, as servers that die
    /// leave it, and whoever reads it sees whether it is whole.
    pub fn finish(&mut self) -> Vec<Event> {
        let mut out = Vec::new();
        if !self.line.is_empty() {
            self.end_line(&mut out);
        }
        self.end_event(&mut out);
        out
    }

    fn end_line(&mut self, out: &mut Vec<Event>) {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            self.end_event(out);
        } else if line.starts_with(b":") {
            out.push(Event::Comment);
        } else if let Some(rest) = line.strip_prefix(b"data") {
            let value = match rest {
                [] => Some(rest),
                [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
                _ => None,
            };
            if let Some(value) = value {
                if self.has_data {
                    self.data.push(b'\n');
                } else {
                    self.data_at = self.line_at;
                }
                self.has_data = true;
                // Many short lines of one event add up as one long line does.
                let room = LINE_MAX.saturating_sub(self.data.len());
                self.data.extend_from_slice(value.get(..room).unwrap_or(value));
            }
        }
    }

    fn end_event(&mut self, out: &mut Vec<Event>) {
        if std::mem::take(&mut self.has_data) {
            let data = std::mem::take(&mut self.data);
            out.push(Event::Data(String::from_utf8_lossy(&data).into_owned(), self.data_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], piece: usize) -> Vec<String> {
        let mut sse = Sse::default();
        let mut events: Vec<Event> = Vec::new();
        for part in text.chunks(piece) {
            events.extend(sse.push(part).unwrap());
        }
        events.extend(sse.finish());
        let data = |e: Event| match e {
            Event::Data(text, _) => Some(text),
            Event::Comment => None,
        };
        events.into_iter().filter_map(data).collect()
    }

    fn check(text: &str, expect: &[&str]) {
        for piece in 1..=text.len().max(1) {
            assert_eq!(read(text.as_bytes(), piece), expect, "{text:?} in pieces of {piece}");
        }
    }

    #[test]
    fn streams_are_taken_apart_wherever_they_are_cut() {
        check("data: a\n\ndata: b\n\n", &["a", "b"]);
        check("data:a\r\n\r\ndata: b\r\rdata: c\n\r\n", &["a", "b", "c"]);
        check("\u{feff}data: a\n\n", &["a"]);
        check(": keep-alive\n\n:\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n", &["a"]);
        check("data: one\ndata: two\n\n", &["one\ntwo"]);
        check("data\n\n", &[""]);
        check("database: no\n\n", &[]);
        check("data:  two spaces\n\n", &[" two spaces"]);
        check("data: péché 日本\n\n", &["péché 日本"]);
        check("data: cut", &["cut"]);
        check("", &[]);
    }

    #[test]
    fn a_half_character_is_shown_as_one_and_not_lost_with_the_rest() {
        assert_eq!(read(b"data: a\xe6\x97\n\n", 3), ["a\u{fffd}"]);
    }

    #[test]
    fn a_line_without_an_end_is_given_up() {
        let mut sse = Sse::default();
        sse.push(b"data: ok\n\n").unwrap();
        let endless = vec![b'x'; LINE_MAX + 1];
        assert_eq!(sse.push(&endless), Err(LineTooLong { at: 10 }));
        let mut sse = Sse::default();
        for _ in 0..40 {
            sse.push(&[b"data: ".as_slice(), &vec![b'y'; 100_000], b"\n"].concat()).unwrap();
        }
        let total: usize =
            sse.finish().iter().map(|e| if let Event::Data(d, _) = e { d.len() } else { 0 }).sum();
        assert!(total <= LINE_MAX + 40, "{total}");
    }
}
