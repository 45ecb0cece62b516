//! How each source of an import is to be read: what was said for all of them, and what for single ones.

use crate::error::usage;
use crate::wire::{ApiError, ImportStart, PreviewAsk, SourceChoice};
use crate::zone::DisplayZone;
use std::sync::Arc;
use timberline_formats::coded::csv::{Mapping, Mappings};
use timberline_formats::open::{Limits, ReadOptions};
use timberline_model::time::{DAY, parse_rfc3339};

/// What the user said about an import, checked.
#[derive(Clone, Debug)]
pub struct Choices {
    all: ReadOptions,
    single: Vec<SourceChoice>,
}

impl Choices {
    /// What an import was asked with.
    ///
    /// # Errors
    /// `usage` for a format, zone or encoding that Timberline does not know.
    pub fn of(ask: &ImportStart) -> Result<Self, ApiError> {
        let ns = |us: Option<i64>| us.map(|t| t.saturating_mul(1_000));
        let all = ReadOptions {
            format: ask.format.clone(),
            zone: ask.zone.clone(),
            year: ask.year,
            date: day_of(ask.date.as_deref())?,
            since_ns: ns(ask.since_us),
            until_ns: ns(ask.until_us),
            encoding: None,
            password: ask.password.as_ref().map(|p| p.0.clone()),
            mappings: mappings_of(ask)?,
            limits: Limits { ratio: ask.max_ratio.unwrap_or(Limits::default().ratio), ..Limits::default() },
        };
        known(ask.format.as_deref(), ask.zone.as_deref(), None)?;
        for choice in &ask.sources {
            known(choice.format.as_deref(), choice.zone.as_deref(), choice.encoding.as_deref())?;
            day_of(choice.date.as_deref())?;
        }
        Ok(Self { all, single: ask.sources.clone() })
    }

    /// The same for a preview.
    ///
    /// # Errors
    /// As [`Choices::of`].
    pub fn of_preview(ask: &PreviewAsk) -> Result<Self, ApiError> {
        Self::of(&ImportStart {
            format: ask.format.clone(),
            zone: ask.zone.clone(),
            year: ask.year,
            date: ask.date.clone(),
            password: ask.password.clone(),
            sources: ask.sources.clone(),
            max_ratio: ask.max_ratio,
            mapping: ask.mapping.clone(),
            tables: ask.tables.clone(),
            ..ImportStart::default()
        })
    }

    /// Whether a range of time was asked for.
    #[must_use]
    pub fn bounded(&self) -> bool {
        self.all.since_ns.is_some() || self.all.until_ns.is_some()
    }

    /// How the source with this path is to be read.
    #[must_use]
    pub fn for_source(&self, path: &str) -> ReadOptions {
        let mut options = self.all.clone();
        for choice in self.fitting(path) {
            options.format = choice.format.clone().or(options.format);
            options.zone = choice.zone.clone().or(options.zone);
            options.year = choice.year.or(options.year);
            options.date = day_of(choice.date.as_deref()).ok().flatten().or(options.date);
            options.encoding = choice.encoding.clone().or(options.encoding);
            options.password = choice.password.as_ref().map(|p| p.0.clone()).or(options.password);
        }
        options
    }

    /// Whether the source with this path is to be left out.
    #[must_use]
    pub fn skipped(&self, path: &str) -> bool {
        self.fitting(path).last().is_some_and(|choice| choice.skip)
    }

    /// Whether a file is to be left out with all that is in it.
    #[must_use]
    pub fn left_out(&self, file: &str) -> bool {
        let inside = |c: &SourceChoice| !c.skip && c.path.len() > file.len() && holds(file, &c.path);
        self.skipped(file) && !self.single.iter().any(inside)
    }

    /// The choices that hold for a source, the closest last.
    fn fitting(&self, path: &str) -> Vec<&SourceChoice> {
        let mut fitting: Vec<&SourceChoice> = self.single.iter().filter(|c| holds(&c.path, path)).collect();
        fitting.sort_by_key(|choice| choice.path.len());
        fitting
    }
}

/// What was said of tables: with this import, then before.
fn mappings_of(ask: &ImportStart) -> Result<Arc<Mappings>, ApiError> {
    let Some(text) = &ask.mapping else { return Ok(ask.tables.clone()) };
    let mapping = Mapping::parse(text).map_err(|why| usage(&why))?;
    let mut list = vec![mapping];
    list.extend(ask.tables.list.iter().cloned());
    Ok(Arc::new(Mappings { list }))
}

/// Whether a choice for one path holds for another: the same, or one that lies in that folder or archive.
fn holds(choice: &str, path: &str) -> bool {
    path.strip_prefix(choice).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(['!', '/', '\\']) || choice.ends_with(['!', '/', '\\'])
    })
}

/// `2026-03-10` in days since 1970.
fn day_of(date: Option<&str>) -> Result<Option<i64>, ApiError> {
    let Some(date) = date else { return Ok(None) };
    match parse_rfc3339(date).filter(|_| date.trim().len() == 10) {
        Some(ns) => Ok(Some(ns.div_euclid(DAY))),
        None => Err(usage(&format!("'{date}' is no date; give one such as 2026-03-10"))),
    }
}

fn known(format: Option<&str>, zone: Option<&str>, encoding: Option<&str>) -> Result<(), ApiError> {
    if let Some(format) = format
        && !timberline_formats::formats().iter().any(|f| f.about().id == format)
    {
        let ids: Vec<&str> = timberline_formats::formats().iter().map(|f| f.about().id).collect();
        return Err(usage(&format!("there is no format '{format}'; there are {}", ids.join(", "))));
    }
    if let Some(zone) = zone {
        DisplayZone::named(zone)?;
    }
    if let Some(label) = encoding
        && !timberline_formats::open::knows_encoding(label)
    {
        return Err(usage(&format!(
            "there is no encoding '{label}'; give one such as utf-8, utf-16le, windows-1252, iso-8859-2 or shift_jis"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(path: &str, year: i32, skip: bool) -> SourceChoice {
        SourceChoice { path: path.to_owned(), year: Some(year), skip, ..SourceChoice::default() }
    }

    #[test]
    fn the_closest_choice_holds_and_the_others_fill_its_gaps() {
        let ask = ImportStart {
            zone: Some("Europe/Madrid".to_owned()),
            sources: vec![
                choice("/a/x.zip!in", 2003, true),
                choice("/a/x.zip", 2001, false),
                choice("/a", 2002, false),
            ],
            ..ImportStart::default()
        };
        let choices = Choices::of(&ask).unwrap();
        let check = |path: &str, year: Option<i32>, skipped: bool| {
            let options = choices.for_source(path);
            assert_eq!((options.year, options.zone.as_deref()), (year, Some("Europe/Madrid")), "{path}");
            assert_eq!(choices.skipped(path), skipped, "{path}");
        };
        check("/a/b.log", Some(2002), false);
        check("/a/x.zip!b.log", Some(2001), false);
        check("/a/x.zip!in/b.log", Some(2003), true);
        check("/a/x.zip!inner.log", Some(2001), false);
        check("/ab.log", None, false);
        let one =
            |skip: bool, path: &str| SourceChoice { path: path.to_owned(), skip, ..SourceChoice::default() };
        let sources = vec![one(true, "/x.zip"), one(false, "/x.zip!a.log")];
        let choices = Choices::of(&ImportStart { sources, ..ImportStart::default() }).unwrap();
        assert!(
            !choices.left_out("/x.zip")
                && choices.skipped("/x.zip!b.log")
                && !choices.skipped("/x.zip!a.log")
        );
    }

    #[test]
    fn what_is_not_known_is_said() {
        let check = |choice: SourceChoice, expect: &str| {
            let why =
                Choices::of(&ImportStart { sources: vec![choice], ..ImportStart::default() }).unwrap_err();
            assert!(why.code == "usage" && why.message.contains(expect), "{why}");
        };
        check(SourceChoice { format: Some("cobol".into()), ..SourceChoice::default() }, "syslog");
        check(SourceChoice { zone: Some("Mars".into()), ..SourceChoice::default() }, "Mars");
        check(SourceChoice { date: Some("10 March".into()), ..SourceChoice::default() }, "2026-03-10");
        check(SourceChoice { encoding: Some("ebcdic".into()), ..SourceChoice::default() }, "windows-1252");
    }

    #[test]
    fn passwords_are_not_shown() {
        let ask =
            ImportStart { password: Some(crate::wire::Password::new("hunter2")), ..ImportStart::default() };
        let said =
            format!("{ask:?} {:?} {}", Choices::of(&ask).unwrap(), serde_json::to_string(&ask).unwrap());
        assert!(!said.contains("hunter2"), "{said}");
    }
}
