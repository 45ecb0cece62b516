//! What PHP says, wherever it says it: `PHP Warning:  text in /x.php on line 3`.

use crate::said::Said;
use memchr::memmem;
use timberline_model::known;

/// Reads a message that begins with `PHP Warning:  `; false for others.
pub fn message(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"PHP ") else { return false };
    let kinds: [(&[u8], &str); 12] = [
        (b"Fatal error: ", "critical"),
        (b"Parse error: ", "critical"),
        (b"Recoverable fatal error: ", "error"),
        (b"Catchable fatal error: ", "error"),
        (b"Core Error: ", "critical"),
        (b"Compile Error: ", "critical"),
        (b"Warning: ", "warning"),
        (b"Core Warning: ", "warning"),
        (b"Deprecated: ", "info"),
        (b"Notice: ", "notice"),
        (b"Strict Standards: ", "info"),
        (b"Strict standards: ", "info"),
    ];
    let Some((kind, level, rest)) = kinds.iter().find_map(|(k, l)| Some((*k, *l, rest.strip_prefix(*k)?)))
    else {
        // The lines of a trace: `PHP Stack trace:`, `PHP   1. {main}() /x.php:0`.
        return rest.starts_with(b"Stack trace:") || rest.starts_with(b"  ");
    };
    // PHP's own level says more than the server's, and stands in its own field where the server's came first.
    said.fields.text(known::LOG_LEVEL, level);
    said.set("php.level", kind.strip_suffix(b": ").unwrap_or(kind));
    let first = rest.split(|c| *c == b'\n').next().unwrap_or(rest);
    let text = match memmem::rfind(first, b" on line ") {
        Some(at) => {
            let head = &first[..at];
            said.set_number("php.line", first[at + 9..].trim_ascii());
            match memmem::rfind(head, b" in ") {
                Some(at) => {
                    said.fields.bytes(known::FILE_PATH, &head[at + 4..]);
                    &head[..at]
                }
                None => head,
            }
        }
        None => first,
    };
    said.set("php.message", text.trim_ascii());
    true
}
