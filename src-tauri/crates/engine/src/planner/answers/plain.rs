//! Counts, rankings, lists, firsts and lasts, and counts over time: the plain questions.

use super::{GROUPS_MAX, ROWS_MAX, Work, cell, row_filter, said, with_counts};
use crate::planner::fields::nouns;
use crate::planner::hands::Scope;
use crate::planner::reading::Want;
use crate::planner::{say, subjects};
use crate::wire::ApiError;
use timberline_model::{Event, Filter, Metric, TopRow};

impl Work<'_, '_> {
    /// How many.
    pub(super) fn count(&mut self) -> Result<(), ApiError> {
        let scope = self.scope();
        let what = self.what();
        let span = self.hands.span(&what, &scope)?;
        let n = span.events;
        let verb = if n == 1 { "was" } else { "were" };
        self.out.answer = match n {
            0 => format!("There were no {what}{}{}", self.in_range(), self.gone()),
            _ => format!(
                "There {verb} {}{}, from {} to {}",
                self.counted(n),
                self.in_range(),
                self.time(span.first_ns),
                self.time(span.last_ns)
            ),
        };
        if self.reading.share {
            // Of all of the same kind in the same time: all logins for failed ones, all requests for some.
            let login = self.reading.about().lacking == "logins";
            let kind = if login { subjects::by_id(subjects::LOGINS) } else { self.reading.subject() };
            let plain = matches!(
                self.reading.subject.as_deref(),
                Some("failures" | "successes" | "blocked" | "errors")
            );
            let (whole, many) =
                kind.filter(|_| !plain).map_or((Filter::All, "events"), |s| ((s.filter)(), s.many));
            let all = self.hands.count(many, &Scope::new(self.reading.range, whole))?;
            self.out.answer.push_str(&format!(
                "; that is {} of {} {many}",
                say::share(n, all),
                say::number(all)
            ));
        }
        self.cite(n, &scope)?;
        if n > 1
            && let Some(field) = self.group()
        {
            let rows = self.hands.top(&format!("{what} by {field}"), &scope, &[&field], Metric::Count, 10)?;
            self.also_by(&field, &rows);
        }
        if self.reading.want == Want::Count {
            // A count's row is the count; what it is made of stands in the sentence and the steps.
            self.out.columns = vec!["count".to_owned()];
            self.out.rows = vec![vec![n.into()]];
        }
        Ok(())
    }

    /// ` (x does not occur in these logs)`, where that is why there are none.
    fn gone(&self) -> String {
        match self.reading.conditions.iter().find(|c| c.absent) {
            Some(c) if c.thing => format!(" ({} does not occur in these logs)", say::plain(&c.value)),
            _ => String::new(),
        }
    }

    /// Adds the greatest values of a field as rows and to the sentence.
    fn also_by(&mut self, field: &str, rows: &[TopRow]) {
        let Some(first) = rows.first() else { return };
        let (one, many) = nouns(field);
        if rows.len() == 1 {
            self.out.answer.push_str(&format!("; the {one} is {}", said_first(first)));
        } else {
            self.out.answer.push_str(&format!("; the {many} with most: {}", with_counts(rows, 3)));
        }
        let what = self.reading.about().many.to_owned();
        self.ranked_columns(&[field], &what);
        self.out.rows = rows.iter().map(|r| self.ranked_row(r)).collect();
    }

    /// How many different values.
    pub(super) fn distinct(&mut self) -> Result<(), ApiError> {
        let Some(field) = self.group() else { return self.count() };
        let scope = self.scope();
        let what = self.what();
        let mut rows =
            self.hands.top(&format!("{what} by {field}"), &scope, &[&field], Metric::Count, GROUPS_MAX)?;
        if let Some(least) = self.reading.at_least {
            rows.retain(|r| r.count >= least);
        }
        let n = rows.len() as u64;
        let (one, many) = nouns(&field);
        let total: u64 = rows.iter().map(|r| r.count).sum();
        let more = if n >= u64::from(GROUPS_MAX) { "More than " } else { "" };
        let with = self
            .reading
            .at_least
            .map_or_else(String::new, |k| format!(" with at least {} each", say::number(k)));
        self.out.answer = match n {
            0 => format!("There were no {many} among the {what}{}", self.in_range()),
            _ => format!(
                "{more}{} ({field}){with} in {}{}; most often {}",
                say::counted(n, &format!("different {one}"), &format!("different {many}")),
                self.counted(total),
                self.in_range(),
                with_counts(&rows, 3)
            ),
        };
        self.ranked_columns(&[&field], &what);
        self.out.rows = rows.iter().take(ROWS_MAX as usize).map(|r| self.ranked_row(r)).collect();
        self.cite(total, &scope.and(Filter::exists(&field)))
    }

    /// The greatest, the least, or all values of a field.
    pub(super) fn top(&mut self) -> Result<(), ApiError> {
        let Some(first_field) = self.group() else { return self.count() };
        let mut fields = vec![first_field];
        fields.extend(self.reading.groups.get(1).cloned());
        let by: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (scope, what) = (self.scope(), self.what());
        let limit = self.reading.limit.unwrap_or(ROWS_MAX);
        let total = self.hands.peek(&scope)?;
        let named = format!("{what} by {}", by.join(" and "));
        let rare = self.reading.want == Want::Rare && by.len() == 1 && self.reading.per_distinct.is_none();
        if let Some(of) = self.reading.per_distinct.clone() {
            return self.top_by_distinct(&by, &of);
        }
        let mut rows = if rare {
            self.hands.rare(&named, &scope, by[0], limit)?
        } else {
            self.hands.top(&named, &scope, &by, Metric::Count, limit)?
        };
        if let Some(least) = self.reading.at_least {
            rows.retain(|r| r.count >= least);
        }
        let (one, many) = if by.len() == 1 {
            nouns(by[0])
        } else {
            ("pair".to_owned(), format!("pairs of {}", by.join(" and ")))
        };
        let Some(best) = rows.first() else {
            let why = if total == 0 {
                format!("There were no {what}{}{}", self.in_range(), self.gone())
            } else if let Some(k) = self.reading.at_least {
                format!("No {one} had at least {} {what}{}", say::number(k), self.in_range())
            } else {
                format!("None of the {} has a {one} ({})", self.counted(total), by.join(", "))
            };
            self.out.answer = why;
            return self.cite(total, &scope);
        };
        let ties = rows.iter().filter(|r| r.count == best.count).count();
        let whole = if rows.len() < limit as usize {
            format!("{} {}", say::number(rows.len() as u64), if rows.len() == 1 { &one } else { &many })
        } else {
            String::new()
        };
        let name = said_first(best);
        self.out.answer = if self.reading.want == Want::Values || self.reading.at_least.is_some() {
            let intro = if whole.is_empty() {
                format!("The first {} {many}", rows.len())
            } else {
                say::capital(&whole)
            };
            let at_least = self
                .reading
                .at_least
                .map_or_else(String::new, |k| format!(" with at least {} each", say::number(k)));
            format!(
                "{intro}{at_least} in {}{}: {}{}",
                self.counted(total),
                self.in_range(),
                with_counts(&rows, 5),
                if rows.len() > 5 { " and others" } else { "" }
            )
        } else if rare {
            format!(
                "The rarest {one} among {}{} is {name} with {}; next {}",
                self.counted(total),
                self.in_range(),
                say::number(best.count),
                with_counts(rows.get(1..).unwrap_or(&[]), 4)
            )
        } else if ties > 1 {
            format!(
                "{} share the first place with {} each of {}{}",
                with_counts(&rows, ties.min(3)),
                say::number(best.count),
                self.counted(total),
                self.in_range()
            )
        } else {
            let next = if rows.len() > 1 {
                format!("; next {}", with_counts(rows.get(1..).unwrap_or(&[]), 2))
            } else {
                String::new()
            };
            let lead = if by.len() > 1 || crate::planner::conditions::is_thing(by[0]) {
                format!("{name} had the most {what}")
            } else {
                format!("{name} is the {one} with the most {what}")
            };
            format!(
                "{lead}: {} of {} ({}){}, from {} to {}{next}",
                say::number(best.count),
                say::number(total),
                say::share(best.count, total),
                self.in_range(),
                self.time(best.first_ns),
                self.time(best.last_ns)
            )
        };
        let cited = scope.and(row_filter(&by, best));
        self.cite(best.count, &cited)?;
        self.cite(total, &scope)?;
        self.ranked_columns(&by, &what);
        self.out.rows = rows.iter().map(|r| self.ranked_row(r)).collect();
        if matches!(by[0], "source.ip" | "user.name" | "destination.ip" | "host.name") {
            self.out.next.push(format!("Tell me about {name}"));
            if by[0] == "source.ip" && self.known.logins {
                self.out.next.push(format!("Did {name} ever log in successfully?"));
            }
        }
        Ok(())
    }

    /// Who had the most different values of a field.
    fn top_by_distinct(&mut self, by: &[&str], of: &str) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let limit = self.reading.limit.unwrap_or(ROWS_MAX);
        let named = format!("different values of {of} in {what} by {}", by.join(" and "));
        let metric = Metric::Distinct(of.to_owned());
        let mut rows = self.hands.top(&named, &scope, by, metric, limit)?;
        if let Some(least) = self.reading.at_least {
            rows.retain(|r| r.metric >= least as f64);
        }
        let many = nouns(of).1;
        let shown = |r: &TopRow| format!("{} ({})", said_first(r), say::number(r.metric as u64));
        let Some(best) = rows.first() else {
            self.out.answer = format!("There were no {what}{}{}", self.in_range(), self.gone());
            return self.cite(0, &scope);
        };
        let next: Vec<String> = rows.iter().skip(1).take(2).map(shown).collect();
        let next = if next.is_empty() { String::new() } else { format!("; next {}", say::listed(&next)) };
        self.out.answer = format!(
            "{} had the most different {many}: {} in {}{}{next}",
            said_first(best),
            say::number(best.metric as u64),
            say::counted(best.count, "event", "events"),
            self.in_range()
        );
        let cited = scope.and(row_filter(by, best));
        self.cite(best.count, &cited)?;
        self.out.columns = by.iter().map(|f| (*f).to_owned()).collect();
        self.out.columns.extend([
            format!("different {many}"),
            what.clone(),
            "first".to_owned(),
            "last".to_owned(),
        ]);
        self.out.rows = rows
            .iter()
            .map(|r| {
                let mut row: Vec<serde_json::Value> = r.values.iter().map(cell).collect();
                row.extend([
                    (r.metric as u64).into(),
                    r.count.into(),
                    self.cell_time(r.first_ns),
                    self.cell_time(r.last_ns),
                ]);
                row
            })
            .collect();
        Ok(())
    }

    /// The events themselves.
    pub(super) fn list(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let limit = self.reading.limit.unwrap_or(ROWS_MAX);
        let span = self.hands.span(&what, &scope)?;
        if span.events == 0 {
            self.out.answer = format!("There were no {what}{}{}", self.in_range(), self.gone());
            return self.cite(0, &scope);
        }
        let events = self.hands.events(&what, &scope, false, limit)?;
        let first = if span.events > events.len() as u64 {
            format!("; the first {} are listed", events.len())
        } else {
            String::new()
        };
        self.out.answer = format!(
            "{}{}, from {} to {}{first}",
            say::capital(&self.counted(span.events)),
            self.in_range(),
            self.time(span.first_ns),
            self.time(span.last_ns)
        );
        self.event_rows(&events);
        self.cite(span.events, &scope)
    }

    /// Rows of events: time, then the fields that tell most.
    pub(super) fn event_rows(&mut self, events: &[Event]) {
        const TELLING: &[&str] = &[
            "rule.name",
            "host.name",
            "user.name",
            "user.target.name",
            "requestParameters.userName",
            "group.name",
            "source.ip",
            "destination.ip",
            "destination.port",
            "event.action",
            "event.outcome",
            "http.request.method",
            "http.response.status_code",
            "url.path",
            "dns.question.name",
            "process.name",
            "process.command_line",
            "event.code",
            "log.level",
            "message",
        ];
        let shown: Vec<&str> =
            TELLING.iter().copied().filter(|f| events.iter().any(|e| e.get(f).is_some())).take(7).collect();
        self.out.columns = ["@timestamp"].iter().chain(&shown).map(|c| (*c).to_owned()).collect();
        self.out.rows = events
            .iter()
            .map(|e| {
                std::iter::once(self.cell_time(e.time_ns))
                    .chain(shown.iter().map(|f| e.get(f).map_or(serde_json::Value::Null, cell)))
                    .collect()
            })
            .collect();
    }

    /// The first or the last event.
    pub(super) fn end(&mut self, last: bool) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let dated = scope.and(Filter::exists("@timestamp"));
        let events = self.hands.events(
            &format!("the {} of {what}", if last { "last" } else { "first" }),
            &dated,
            last,
            self.reading.limit.unwrap_or(1),
        )?;
        let Some(event) = events.first() else {
            self.out.answer = format!("There were no {what}{}{}", self.in_range(), self.gone());
            return self.cite(0, &scope);
        };
        let about: Vec<String> = [
            ("user.name", "for"),
            ("source.ip", "from"),
            ("host.name", "on"),
            ("destination.ip", "to"),
            ("url.path", "of"),
            ("process.command_line", "of"),
        ]
        .iter()
        .filter(|(f, _)| !self.reading.conditions.iter().any(|c| c.on(f)))
        .filter_map(|(f, p)| event.get(f).map(|v| format!("{p} {}", said(v))))
        .collect();
        let which = if last { "last" } else { "first" };
        let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
        let n = self.hands.count(&what, &scope)?;
        self.out.answer = format!(
            "The {which} {}{} was at {}{about}{}; there were {} in all",
            self.reading.about().one,
            self.qualified(),
            self.time(event.time_ns),
            self.in_range(),
            say::number(n)
        );
        self.out.citations = events.iter().take(20).map(|e| e.id.0).collect();
        let ids = Filter::Ids(events.iter().map(|e| e.id).collect());
        self.cite(events.len() as u64, &Scope::new(timberline_model::TimeRange::ALL, ids))?;
        self.cite(n, &scope)?;
        self.event_rows(&events);
        Ok(())
    }

    /// From when to when, and when most.
    pub(super) fn when(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let span = self.hands.span(&what, &scope)?;
        if span.events == 0 {
            self.out.answer = format!("There were no {what}{}{}", self.in_range(), self.gone());
            return self.cite(0, &scope);
        }
        self.timeline()?;
        let busiest = std::mem::take(&mut self.out.answer);
        let n = self.counted(span.events);
        self.out.answer = match span.events {
            1 => format!("There was {n}{}, at {}", self.in_range(), self.time(span.first_ns)),
            _ => format!(
                "There were {n}{}, the first at {} and the last at {}. {busiest}",
                self.in_range(),
                self.time(span.first_ns),
                self.time(span.last_ns)
            ),
        };
        if span.events <= u64::from(ROWS_MAX) {
            let events = self.hands.events(&what, &scope, false, ROWS_MAX)?;
            self.event_rows(&events);
        }
        Ok(())
    }

    /// Whether there are any.
    pub(super) fn exists(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let span = self.hands.span(&what, &scope)?;
        let zone = self.in_range();
        if span.events == 0 {
            self.out.answer = format!("No: there were no {what}{zone}{}", self.gone());
            if self.reading.subject.as_deref() == Some(subjects::SUCCEEDED) {
                self.reading.subject = Some(subjects::FAILED.to_owned());
                let failed = self.scope();
                let what = self.what();
                let n = self.hands.count(&what, &failed)?;
                self.out.answer.push_str(&format!("; there were {}", self.counted(n)));
                self.reading.subject = Some(subjects::SUCCEEDED.to_owned());
                if n > 0 {
                    self.cite(n, &failed)?;
                }
            }
            return self.cite(0, &scope);
        }
        self.out.answer = format!(
            "Yes: {}{zone}, the first at {} and the last at {}",
            self.counted(span.events),
            self.time(span.first_ns),
            self.time(span.last_ns)
        );
        if self.reading.subject.as_deref() == Some(subjects::LOGINS) {
            let good = scope.and(Filter::is("event.outcome", "success"));
            let ok = self.hands.count(&format!("successes among {what}"), &good)?;
            self.out.answer.push_str(&format!("; {} of them successful", say::number(ok)));
            if ok > 0 {
                self.cite(ok, &good)?;
            }
        }
        self.cite(span.events, &scope)?;
        if span.events <= u64::from(ROWS_MAX) {
            let events = self.hands.events(&what, &scope, false, ROWS_MAX)?;
            self.event_rows(&events);
        }
        let fields = ["source.ip", "user.name", "host.name", "event.action", "destination.ip", "url.path"];
        let open =
            fields.iter().find(|f| self.known.has(f) && !self.reading.conditions.iter().any(|c| c.on(f)));
        if let Some(field) = open {
            let rows = self.hands.top(&format!("{what} by {field}"), &scope, &[field], Metric::Count, 10)?;
            if self.out.rows.is_empty() {
                self.also_by(field, &rows);
            } else if !rows.is_empty() {
                self.out.answer.push_str(&format!("; {}: {}", nouns(field).1, with_counts(&rows, 3)));
            }
        }
        Ok(())
    }

    /// Numbers of a subject, with its greatest values; the events themselves where they are few and each is a deed.
    pub(super) fn summary(&mut self) -> Result<(), ApiError> {
        self.count()?;
        let deed = self.reading.groups.is_empty()
            && self.reading.subject().is_none_or(|s| {
                !matches!(s.id, subjects::REQUESTS | subjects::CONNECTIONS | subjects::DNS)
                    && s.lacking != "logins"
            });
        let scope = self.scope();
        if deed && !self.reading.conditions.is_empty() | self.reading.subject.is_some() {
            let n = self.hands.peek(&scope)?;
            if (1..=u64::from(ROWS_MAX)).contains(&n) {
                let what = self.what();
                let events = self.hands.events(&what, &scope, false, ROWS_MAX)?;
                self.event_rows(&events);
            }
        }
        if self.reading.subject.as_deref() == Some(subjects::LOGINS) {
            let scope = self.scope();
            let what = self.what();
            let ok = self.hands.count(
                &format!("successes among {what}"),
                &scope.and(Filter::is("event.outcome", "success")),
            )?;
            let all = self.hands.peek(&scope)?;
            self.out.answer.push_str(&format!(
                "; {} succeeded and {} failed",
                say::number(ok),
                say::number(all.saturating_sub(ok))
            ));
        }
        Ok(())
    }
}

fn said_first(row: &TopRow) -> String {
    row.values.iter().map(said).collect::<Vec<_>>().join(" / ")
}
