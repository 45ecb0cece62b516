//! What Timberline knows: detectors, as a list, and titles; and how counts are said in words.

use crate::session::Engine;
use crate::wire::{ApiError, Known, KnownList, Nothing};

/// The detectors that Timberline runs.
///
/// # Errors
/// None.
pub fn detectors(_: &Engine, _: Nothing) -> Result<KnownList, ApiError> {
    let rows = timberline_detect::DETECTORS.iter().map(|detector| {
        let about = detector.about();
        Known {
            id: about.id.to_owned(),
            title: about.title.to_owned(),
            about: about.meaning.to_owned(),
            attack: about.attack.iter().map(|id| (*id).to_owned()).collect(),
        }
    });
    Ok(KnownList { rows: rows.collect() })
}

/// A format's title by its id; "Not read" for a source that no format took.
#[must_use]
pub fn format_title(id: &str) -> &str {
    let known = timberline_formats::sniff::by_id(id).map(|f| f.about());
    match known {
        Some(about) => about.title,
        None if id.is_empty() => "Not read",
        None => id,
    }
}

/// A detector's title by its id.
#[must_use]
pub fn detector_title(id: &str) -> &str {
    timberline_detect::DETECTORS
        .iter()
        .map(|d| d.about())
        .find(|about| about.id == id)
        .map_or(id, |about| about.title)
}

/// A number with commas: `1,204,331`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 event`, `2,000 events`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_words() {
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(0, "event"), "0 events");
        assert_eq!(counted(1_204_331, "event"), "1,204,331 events");
        assert_eq!(grouped(999), "999");
    }
}
