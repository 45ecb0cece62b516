//! What was odd about a source's times, counted while it is read and said once at its end.

use super::names::Ambiguous;
use super::numbers::leap_seconds;
use std::cell::{Cell, RefCell};
use timberline_model::time::rfc3339;

/// Counts of odd times, each with an example.
#[derive(Debug, Default)]
pub struct Oddities {
    early: Cell<(u64, i64)>,
    late: Cell<(u64, i64)>,
    outside: RefCell<(u64, String)>,
    guessed: RefCell<Vec<&'static Ambiguous>>,
    /// Seconds since 1970 of the last TAI64N label.
    tai: Cell<Option<i64>>,
}

impl Oddities {
    /// A time from long ago, or from after the file's own date.
    #[cold]
    pub fn unlikely(&self, ns: i64, early: bool) {
        let kind = if early { &self.early } else { &self.late };
        let (n, example) = kind.get();
        kind.set((n + 1, if n == 0 { ns } else { example }));
    }

    /// A time that does not fit between 1677 and 2262.
    #[cold]
    pub fn outside(&self, text: &[u8]) {
        let mut kept = self.outside.borrow_mut();
        kept.0 += 1;
        if kept.0 == 1 {
            kept.1 = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
        }
    }

    /// A zone's abbreviation that has several meanings.
    pub fn guessed(&self, zone: &'static Ambiguous) {
        let mut kept = self.guessed.borrow_mut();
        if !kept.contains(&zone) {
            kept.push(zone);
        }
    }

    /// A TAI64N label.
    pub fn tai(&self, seconds: i64) {
        self.tai.set(Some(seconds));
    }

    /// All of it in words.
    pub fn remarks(&self) -> Vec<String> {
        let mut said = Vec::new();
        let (n, example) = self.early.get();
        if n > 0 {
            said.push(format!(
                "{} before 1990 (such as {}), kept as written: was that clock ever set?",
                times(n, "lies", "lie"),
                rfc3339(example)
            ));
        }
        let (n, example) = self.late.get();
        if n > 0 {
            said.push(format!(
                "{} after the file's own date (such as {}), kept as written",
                times(n, "lies", "lie"),
                rfc3339(example)
            ));
        }
        let outside = self.outside.borrow();
        if outside.0 > 0 {
            said.push(format!(
                "{} outside of the years 1677 to 2262 (such as \"{}\"); such events are undated",
                times(outside.0, "lies", "lie"),
                outside.1
            ));
        }
        for zone in self.guessed.borrow().iter() {
            let (sign, minutes) = (if zone.seconds < 0 { '-' } else { '+' }, zone.seconds.abs() / 60);
            said.push(format!(
                "times in {} were read as {} time (UTC{sign}{:02}:{:02}); others use the same letters: give the zone where that is wrong",
                zone.name,
                zone.whose,
                minutes / 60,
                minutes % 60
            ));
        }
        if let Some(seconds) = self.tai.get() {
            said.push(format!(
                "TAI64N labels were read as daemontools writes them, without leap seconds; a writer that counts them \
                 (s6) is read {} s late: set the source's clock offset then",
                leap_seconds(seconds)
            ));
        }
        said
    }
}

fn times(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 time {one}") } else { format!("{n} times {many}") }
}
