//! The pairs of an audit record. Values that a user can choose stand in quotes or, where they hold anything odd, in hex, so
//! none can forge a pair; only old records have free text between them.

use crate::normalise::text;
use memchr::{memchr, memrchr};

/// A name and its value.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub name: &'a [u8],
    /// Without its quotes.
    pub value: &'a [u8],
    quoted: bool,
}

impl Pair<'_> {
    /// The value, decoded where its name says that it may be in hex.
    pub fn text(&self) -> Vec<u8> {
        let may = matches!(
            self.name,
            b"comm"
                | b"exe"
                | b"cwd"
                | b"name"
                | b"acct"
                | b"cmd"
                | b"proctitle"
                | b"data"
                | b"key"
                | b"path"
                | b"grp"
                | b"dir"
                | b"vm"
                | b"invalid_context"
                | b"watch"
                | b"file"
                | b"device"
                | b"new-disk"
                | b"old-disk"
                | b"exe_path"
                | b"profile"
                | b"hostname"
        );
        if may { self.decoded() } else { self.value.to_vec() }
    }

    /// The value, out of hex where it stands in it: an argument of a command.
    pub fn decoded(&self) -> Vec<u8> {
        if !self.quoted
            && self.value.len() > 1
            && let Some(bytes) = unhex(self.value)
        {
            return bytes;
        }
        self.value.to_vec()
    }
}

/// Bytes of an even number of hex digits.
pub fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
    text.chunks_exact(2).map(|two| Some(digit(two[0])? << 4 | digit(two[1])?)).collect()
}

/// At most so many pairs of one record.
const MOST: usize = 1024;

/// All pairs of a record's body; those that auditd added for people (behind a byte 0x1d) stand in capitals.
pub fn each<'a>(body: &'a [u8], out: &mut Vec<Pair<'a>>) {
    let mut rest = body;
    if let Some(at) = text::place(&rest[..rest.len().min(64)], b"avc:  ") {
        // `avc:  denied  { read } for  pid=...`
        let verdict = &rest[at + 6..];
        let end = memchr(b' ', verdict).unwrap_or(verdict.len());
        if let (Some(open), Some(close)) = (memchr(b'{', verdict), memchr(b'}', verdict))
            && open < close
            && end < open
        {
            out.push(Pair { name: &verdict[..end], value: b"1", quoted: false });
            out.push(Pair {
                name: b"permission",
                value: verdict[open + 1..close].trim_ascii(),
                quoted: false,
            });
            rest = &verdict[close + 1..];
        }
    }
    let mut last_op = false;
    let mut before: Option<&'a [u8]> = None;
    while out.len() < MOST {
        rest = skip(rest);
        if rest.is_empty() {
            return;
        }
        let end = rest.iter().position(|c| matches!(c, b' ' | b'=' | 0x1d | b'\n')).unwrap_or(rest.len());
        if rest.get(end) != Some(&b'=') {
            // A bare word: it goes on an `op` of several words, or says which of two the next pair is (`old auid=`).
            let word = &rest[..end];
            if last_op && let Some(op) = out.last_mut() {
                let from = op.value.as_ptr() as usize - body.as_ptr() as usize;
                let to = body.len() - rest.len() + end;
                op.value = body.get(from..to).unwrap_or(op.value);
            }
            before = matches!(word, b"old" | b"new").then_some(word);
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        }
        let name = rest[..end].strip_prefix(b"(").unwrap_or(&rest[..end]);
        let name = match (before.take(), name) {
            (Some(b"old"), b"auid") => b"old-auid".as_slice(),
            (Some(b"old"), b"ses") => b"old-ses",
            _ => name,
        };
        rest = &rest[end + 1..];
        let (value, quoted, used) = match rest.first() {
            Some(b'"') => {
                let close = memchr(b'"', &rest[1..]).map_or(rest.len(), |n| n + 1);
                (&rest[1..close.max(1).min(rest.len())], true, close + 1)
            }
            Some(b'\'') if name == b"msg" => {
                // The message of a program holds pairs of its own, up to the last quote before what auditd added.
                let reach = memchr(0x1d, rest).unwrap_or(rest.len());
                let close = memrchr(b'\'', &rest[1..reach]).map_or(reach, |n| n + 1);
                each(&rest[1..close.max(1)], out);
                last_op = false;
                rest = rest.get(close + 1..).unwrap_or_default();
                continue;
            }
            _ => {
                let end = rest.iter().position(|c| matches!(c, b' ' | 0x1d | b'\n')).unwrap_or(rest.len());
                let value = &rest[..end];
                // `(hostname=192.0.2.1, addr=192.0.2.1, terminal=ssh res=success)`
                let value = value.strip_suffix(b")").filter(|v| memchr(b'(', v).is_none()).unwrap_or(value);
                (value.strip_suffix(b",").unwrap_or(value), false, end)
            }
        };
        out.push(Pair { name, value, quoted });
        last_op = name == b"op" && !quoted;
        rest = rest.get(used..).unwrap_or_default();
    }
}

fn skip(b: &[u8]) -> &[u8] {
    let n = b.iter().take_while(|c| matches!(c, b' ' | b',' | 0x1d | b'\n' | b'\r')).count();
    &b[n..]
}
