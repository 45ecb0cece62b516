//! arpwatch: which hardware answers for which address, and when that changes.

use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::said::{Payload, Said};
use timberline_model::known;

/// arpwatch.
pub struct ArpWatch;

impl Payload for ArpWatch {
    fn about(&self) -> About {
        About { id: "arpwatch", title: "arpwatch", about: "New and changed stations of a network." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["arpwatch"]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        const WORDS: &[(&str, &str, bool)] = &[
            ("new station ", "new-station", false),
            ("new activity ", "new-activity", false),
            ("changed ethernet address ", "changed-ethernet-address", true),
            ("flip flop ", "flip-flop", true),
            ("reused old ethernet address ", "reused-old-ethernet-address", false),
            ("suppressed DECnet flip flop ", "flip-flop", false),
            ("bogon ", "bogon", true),
            ("ethernet broadcast ", "ethernet-broadcast", true),
            ("ethernet mismatch ", "ethernet-mismatch", true),
        ];
        let found = WORDS.iter().find_map(|(word, action, odd)| {
            message.strip_prefix(word.as_bytes()).map(|rest| (rest, *action, *odd))
        });
        let Some((rest, action, odd)) = found else { return false };
        said.is("arpwatch", if odd { "intrusion_detection" } else { "network" }, action);
        let mut words = rest.split(|c| *c == b' ').filter(|w| !w.is_empty());
        let address = words.next().unwrap_or_default();
        if is_ip(address) {
            SOURCE.host(said.fields, address);
        }
        if let Some(mac) = words.next().filter(|m| m.contains(&b':')) {
            said.set("source.mac", mac);
        }
        if let Some(old) = words.next().filter(|o| o.starts_with(b"(")) {
            said.set("arpwatch.old_mac", old[1..].strip_suffix(b")").unwrap_or(&old[1..]));
        }
        if odd {
            said.fields.text(known::LOG_LEVEL, "warning");
        }
        true
    }
}
