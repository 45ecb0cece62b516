//! How things ended: the words that logs use, as `success` and `failure`.

/// The outcome that a word or short phrase means; `None` for others.
#[must_use]
pub fn of(text: &[u8]) -> Option<&'static str> {
    if text.len() > 24 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    Some(match lower.as_slice() {
        b"success" | b"successful" | b"succeeded" | b"ok" | b"pass" | b"passed" | b"allow" | b"allowed"
        | b"accept" | b"accepted" | b"true" | b"granted" | b"permitted" | b"permit" | b"audit success"
        | b"audit_success" | b"completed" => "success",
        b"failure" | b"fail" | b"failed" | b"unsuccessful" | b"deny" | b"denied" | b"reject"
        | b"rejected" | b"error" | b"block" | b"blocked" | b"drop" | b"dropped" | b"false" | b"refused"
        | b"audit failure" | b"audit_failure" => "failure",
        _ => return None,
    })
}
