//! The mark that Cisco's devices begin a message with: `%FACILITY-SEVERITY-CODE:`.

use crate::normalise::severity;
use crate::normalise::text;
use crate::said::Said;
use timberline_model::known;

/// A mark taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// `ASA`, `SEC_LOGIN`, `EARL-SW2_DFC1`.
    pub facility: &'a [u8],
    /// 0 to 7, as syslog counts.
    pub severity: u8,
    /// `302013`, `LOGIN_FAILED`.
    pub code: &'a [u8],
    /// What follows the colon.
    pub text: &'a [u8],
}

/// The mark at the very beginning of a message.
#[must_use]
pub fn mark(b: &[u8]) -> Option<Mark<'_>> {
    let mut rest = b.strip_prefix(b"%")?;
    // NX-OS names the virtual device first: `%$ VDC-1 %$ %ETHPORT-5-IF_UP`.
    if let Some(device) = rest.strip_prefix(b"$ ") {
        let end = text::place(&device[..device.len().min(80)], b"%$ ")?;
        rest = device[end + 3..].strip_prefix(b"%")?;
    }
    let reach = &rest[..rest.len().min(96)];
    let end = reach
        .iter()
        .position(|c| !c.is_ascii_alphanumeric() && !matches!(c, b'_' | b'-' | b'.' | b'/'))
        .unwrap_or(reach.len());
    let tag = &reach[..end];
    if !tag.first()?.is_ascii_uppercase() {
        return None;
    }
    let at = tag.windows(3).position(|w| w[0] == b'-' && matches!(w[1], b'0'..=b'7') && w[2] == b'-')?;
    let (facility, code) = (&tag[..at], &tag[at + 3..]);
    if code.is_empty() {
        return None;
    }
    let facility = facility.strip_suffix(b"-").unwrap_or(facility);
    let text = rest[end..].trim_ascii_start();
    let text = text.strip_prefix(b":").unwrap_or(text).trim_ascii_start();
    Some(Mark { facility, severity: tag[at + 1] - b'0', code, text })
}

impl Mark<'_> {
    /// Code and severity as fields; the mark's severity is the device's, so the level is its.
    pub fn write(&self, said: &mut Said<'_>) {
        said.fields.bytes(known::EVENT_CODE, self.code);
        said.fields.int(known::EVENT_SEVERITY, i64::from(self.severity));
        said.fields.text(known::LOG_LEVEL, severity::SYSLOG[usize::from(self.severity)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_apart() {
        let check = |text: &str, expect: Option<(&str, u8, &str, &str)>| {
            let seen = mark(text.as_bytes());
            let seen = seen.map(|m| (m.facility, m.severity, m.code, m.text));
            let expect = expect.map(|(f, s, c, t)| (f.as_bytes(), s, c.as_bytes(), t.as_bytes()));
            assert_eq!(seen, expect, "{text}");
        };
        check("%ASA-6-302013: Built", Some(("ASA", 6, "302013", "Built")));
        check("%ASA-session-5-106100: x", Some(("ASA-session", 5, "106100", "x")));
        check("%FTD--6-430003: x", Some(("FTD", 6, "430003", "x")));
        check("%EARL-SW2_DFC1-1-PARITY: x", Some(("EARL-SW2_DFC1", 1, "PARITY", "x")));
        check("%$ VDC-1 %$ %ETHPORT-5-IF_UP: x", Some(("ETHPORT", 5, "IF_UP", "x")));
        check("%SYS-5-RESTART:", Some(("SYS", 5, "RESTART", "")));
        check("% of it-5-all", None);
        check("%ASA-9-1: x", None);
        check("%a-5-b: x", None);
        check("%", None);
    }
}
