//! Snort's full alerts: name, class, time with both ends, and the packet's headers, a line each.

use super::{Block, lines};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE};
use crate::said::ids::{alert, place, snort_time};
use crate::said::table::{self, To};
use crate::said::{Payload, Said};
use memchr::memmem;

pub(super) struct Full;

impl Block for Full {
    fn about(&self) -> About {
        About {
            id: "snort_full",
            title: "Snort alerts (full)",
            about: "Snort's alerts over several lines each, with the headers of the packet.",
        }
    }

    fn begins(&self, line: &[u8]) -> bool {
        line.starts_with(b"[**] [")
    }

    fn read(&self, block: &[u8], said: &mut Said<'_>) {
        // Name and class are one line in the short form.
        let mut head = Vec::with_capacity(256);
        for line in lines(block) {
            if line.starts_with(b"[**]") || line.starts_with(b"[Class") || line.starts_with(b"[Prio") {
                head.extend_from_slice(line);
                head.push(b' ');
            } else if let Some((time, len)) = snort_time(line, said.ctx) {
                said.time = said.time.or(Some(time));
                ends(line[len..].trim_ascii(), said);
            } else if memmem::find(line, b" -> ").is_some() {
                ends(line, said);
            } else if let Some(at) = memmem::find(line, b" TTL:") {
                table::put(To::Transport, &line[..at], said);
            } else if let Some(url) = line.strip_prefix(b"[Xref => ") {
                said.set("rule.reference", url.split(|c| *c == b']').next().unwrap_or_default());
            }
        }
        alert::Alert.read(b"", &head, said);
    }
}

/// `192.0.2.1:5 -> 198.51.100.2:80`; hardware addresses may stand there instead.
fn ends(b: &[u8], said: &mut Said<'_>) {
    let Some(arrow) = memmem::find(b, b" -> ") else { return };
    let (source, target) = (b[..arrow].trim_ascii(), b[arrow + 4..].trim_ascii());
    let target = target.split(|c| *c == b' ').next().unwrap_or_default();
    if b.windows(6).any(|w| w == b" type:") {
        said.set("source.mac", source);
        said.set("destination.mac", target);
        return;
    }
    place(&SOURCE, source, true, said.fields);
    place(&DESTINATION, target, true, said.fields);
}
