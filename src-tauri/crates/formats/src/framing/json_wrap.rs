//! Objects that only wrap a list of records: `{"Records": [...]}`, a search's `{"hits": {"hits": [...]}}`, a collector's
//! `{"resourceLogs": [{"resource": ..., "scopeLogs": [{"logRecords": [...]}]}]}`. Their elements are the records; what
//! stands around them and belongs to each of them is kept as their surroundings ([`Around`]).

use super::json_scan::{Scan, Step};
use memchr::memchr2;

/// Keys whose array of objects is the file's records, when nothing but [`BESIDE`] stands before them.
const RECORDS: &[&[u8]] = &[
    b"Records",
    b"records",
    b"value",
    b"Events",
    b"events",
    b"logs",
    b"Logs",
    b"entries",
    b"items",
    b"results",
    b"data",
    b"rows",
    b"alerts",
    b"logEvents",
    b"hits",
    b"resources",
    b"entities",
    b"Findings",
    b"findings",
    b"authlogs",
    b"activities",
    b"affected_items",
    b"detections",
    b"incidents",
    b"messages",
    b"auditEvents",
    b"audit_events",
    b"log_entries",
];
/// Keys whose array holds records, or objects that wrap records themselves.
const CHAINS: &[&[u8]] = &[
    b"resourceLogs",
    b"scopeLogs",
    b"instrumentationLibraryLogs",
    b"result",
    b"streams",
    b"resource_logs",
    b"scope_logs",
];
/// As [`RECORDS`], inside the elements of such an array only.
const CHAINED: &[&[u8]] = &[b"logRecords", b"log_records", b"values"];
/// Keys whose object holds the wrapper.
const NESTS: &[&[u8]] = &[b"hits", b"response", b"data", b"_embedded"];
/// Keys that may stand before (or after) a wrapped array and say nothing of its records.
const BESIDE: &[&[u8]] = &[
    b"count",
    b"total",
    b"took",
    b"timed_out",
    b"_shards",
    b"max_score",
    b"_scroll_id",
    b"pit_id",
    b"nextToken",
    b"next_token",
    b"NextToken",
    b"next",
    b"nextLink",
    b"cursor",
    b"next_cursor",
    b"page",
    b"pagination",
    b"pagingInfo",
    b"paging",
    b"meta",
    b"links",
    b"_links",
    b"size",
    b"offset",
    b"limit",
    b"start",
    b"status",
    b"stat",
    b"success",
    b"errors",
    b"result_info",
    b"resultType",
    b"chunk_size",
    b"next_stream_position",
    b"has_more",
    b"kind",
    b"etag",
    b"apiVersion",
    b"metadata",
    b"nextPageToken",
    b"response_metadata",
    b"ok",
    b"totalCount",
    b"total_count",
    b"total_items",
    b"num_found",
    b"num_available",
    b"messageType",
    b"subscriptionFilters",
    b"total_affected_items",
    b"failed_items",
    b"total_failed_items",
    b"schemaUrl",
    b"schema_url",
    b"preview",
    b"init_offset",
    b"fields",
    b"highlighted",
    b"log_type",
    b"action",
    b"facets",
    b"approximate_unaggregated",
];
/// Keys that say something of each record.
const AROUND: &[&[u8]] = &[
    b"owner",
    b"logGroup",
    b"logStream",
    b"resource",
    b"scope",
    b"instrumentationLibrary",
    b"stream",
    b"node_key",
];
/// The longest text around records that is kept, in bytes.
const LONGEST_AROUND: usize = 16 << 10;
/// How deep wrappers may lie in each other.
const DEEPEST: usize = 4;

/// What stands around the records of a list and belongs to each: objects, the outermost first.
#[derive(Clone, Debug, Default)]
pub struct Around {
    levels: Vec<String>,
}

impl Around {
    /// Nothing.
    pub const NONE: Self = Self { levels: Vec::new() };

    /// The objects, the innermost first.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.levels.iter().rev().map(String::as_str).filter(|t| !t.is_empty())
    }

    pub(super) fn enter(&mut self, level: String) {
        self.levels.push(level);
    }

    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
    }
}

/// What is entered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inside {
    /// An array of records.
    Array,
    /// An array whose elements may be wrappers.
    Chain,
    /// An object that wraps an array.
    Wrapper,
}

/// A way to the records.
#[derive(Debug, Default)]
pub struct Entry {
    /// How many bytes lead there.
    pub len: usize,
    /// What is entered, the outermost first.
    pub inside: Vec<Inside>,
    /// For each wrapper what it says of its records.
    pub around: Vec<String>,
}

/// Whether an object with this first key may be a wrapper.
#[must_use]
pub fn may_lead(key: &[u8]) -> bool {
    [RECORDS, CHAINS, CHAINED, NESTS, BESIDE, AROUND].iter().any(|keys| keys.contains(&key))
        || key.starts_with(b"@odata.")
}

/// Where the array of records begins in an object, or behind the bracket of one (`member`: at one of its members).
#[must_use]
pub fn entry(bytes: &[u8], chained: bool, member: bool) -> Option<Entry> {
    let mut entry = Entry::default();
    if !member {
        if bytes.first() != Some(&b'{') {
            return None;
        }
        entry.len = 1;
    }
    object(bytes, chained, !member, 0, &mut entry)?;
    Some(entry)
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes[at.min(bytes.len())..].iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Goes on at `entry.len`, behind an object's bracket or a comma in it.
fn object(bytes: &[u8], chained: bool, opens: bool, depth: usize, entry: &mut Entry) -> Option<()> {
    if depth >= DEEPEST {
        return None;
    }
    let mut at = entry.len;
    let mut kept = String::new();
    loop {
        at = blanks(bytes, at);
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let len = memchr2(b'"', b'\\', &bytes[at + 1..])?;
        let (begin, key) = (at, &bytes[at + 1..at + 1 + len]);
        at = blanks(bytes, at + len + 2);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = blanks(bytes, at + 1);
        let first = *bytes.get(at)?;
        if first == b'[' {
            let element = *bytes.get(blanks(bytes, at + 1))?;
            let chain = CHAINS.contains(&key);
            let enters = match element {
                b'{' => RECORDS.contains(&key) || chain || chained && CHAINED.contains(&key),
                b'[' => chained && key == b"values",
                b']' => key == b"Records" || chained && CHAINED.contains(&key) || chain && key != b"result",
                _ => false,
            };
            if enters {
                if opens {
                    entry.inside.push(Inside::Wrapper);
                    entry.around.push(kept);
                }
                entry.inside.push(if chain { Inside::Chain } else { Inside::Array });
                entry.len = at + 1;
                return Some(());
            }
        }
        if first == b'{' && NESTS.contains(&key) {
            let mut deeper = Entry { len: at + 1, ..Entry::default() };
            if object(bytes, chained, true, depth + 1, &mut deeper).is_some() {
                if opens {
                    entry.inside.push(Inside::Wrapper);
                    entry.around.push(kept);
                }
                entry.len = deeper.len;
                entry.inside.append(&mut deeper.inside);
                entry.around.append(&mut deeper.around);
                return Some(());
            }
        }
        let around = AROUND.contains(&key);
        if !(around || BESIDE.contains(&key) || key.starts_with(b"@odata.")) {
            return None;
        }
        let mut scan = Scan::value();
        let Step::Done(len) = scan.run(&bytes[at..]) else { return None };
        at += len;
        if around && kept.len() + (at - begin) < LONGEST_AROUND {
            kept.insert_str(0, if kept.is_empty() { "{" } else { "" });
            if kept.ends_with('}') {
                kept.pop();
                kept.push(',');
            }
            kept.push_str(&String::from_utf8_lossy(&bytes[begin..at]));
            kept.push('}');
        }
        at = blanks(bytes, at);
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, chained: bool) -> Option<(String, Vec<Inside>, Vec<String>)> {
        entry(text.as_bytes(), chained, false).map(|e| (text[..e.len].to_owned(), e.inside, e.around))
    }

    #[test]
    fn only_a_wrapper_is_entered() {
        use Inside::{Array, Chain, Wrapper};
        for (text, inside) in [
            (r#"{"Records": ["#, vec![Wrapper, Array]),
            (r#"{"@odata.context":"x","count":2,"value":["#, vec![Wrapper, Array]),
            (
                r#"{"took":1,"_shards":{"total":1},"hits":{"total":{"value":1},"hits":["#,
                vec![Wrapper, Wrapper, Array],
            ),
            (r#"{"kind":"EventList","metadata":{},"items":["#, vec![Wrapper, Array]),
            (r#"{"resourceLogs":["#, vec![Wrapper, Chain]),
        ] {
            let whole = format!("{text}{{");
            assert_eq!(found(&whole, false).map(|f| (f.0, f.1)), Some((text.to_owned(), inside)), "{text}");
        }
        for text in [
            r#"{"id":1,"Records":[{}]}"#,
            r#"{"value":[1]}"#,
            r#"{"value":{"a":1}}"#,
            r#"{"values":[["1","x"]]}"#,
            r#"{"data":{"a":[{"#,
            r#"{"value""#,
            "{",
            "{}",
        ] {
            assert_eq!(found(text, false), None, "{text}");
        }
    }

    #[test]
    fn what_stands_around_is_kept() {
        let text = r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"#;
        let (_, _, around) = found(text, false).unwrap();
        assert_eq!(around, [r#"{"owner":"1","logGroup":"g"}"#]);
        let text = r#"{"stream":{"app":"x"},"values":[["#;
        assert_eq!(found(text, true).unwrap().2, [r#"{"stream":{"app":"x"}}"#]);
    }
}
