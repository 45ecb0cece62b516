//! Who connected to whom.

use super::{GROUPS_MAX, ROWS_MAX, Work, with_counts};
use crate::planner::hands::Scope;
use crate::planner::known::{FROM, TO};
use crate::planner::{say, subjects};
use crate::wire::ApiError;
use timberline_model::{Filter, Metric, TopRow};

impl Work<'_, '_> {
    /// What something connected to or, `inward`, what connected to it. Logins to hosts count as connections too:
    /// they are told apart.
    pub(super) fn connections(&mut self) -> Result<(), ApiError> {
        let inward = self.reading.inward;
        let (own, peer) = if inward { (TO, "source.ip") } else { (FROM, "destination.ip") };
        let things: Vec<_> = self.reading.conditions.iter().filter(|c| c.thing).cloned().collect();
        let name = things.iter().map(|c| say::plain(&c.value)).collect::<Vec<_>>().join(" and ");
        let subject = subjects::by_id(subjects::CONNECTIONS).map_or(Filter::All, |s| (s.filter)());
        let scope = Scope::new(self.reading.range, subject.and(self.reading.things()));
        // "Other" systems: it is not its own.
        let own_value = things.iter().find(|c| own.iter().any(|f| c.on(f))).map(|c| c.value.clone());
        let others = match &own_value {
            Some(value) => scope.and(Filter::is(peer, value).negate()),
            None => scope.clone(),
        };
        let what = if inward { format!("connections to {name}") } else { format!("connections from {name}") };
        let rows =
            self.hands.top(&format!("{what} by {peer}"), &others, &[peer], Metric::Count, GROUPS_MAX)?;
        let total: u64 = rows.iter().map(|r| r.count).sum();
        let logged = self.logged_in(inward, &things)?;
        let systems = say::counted(rows.len() as u64, "system", "systems");
        let mut text = if rows.is_empty() {
            if inward {
                format!("Nothing connected to {name}{}", self.in_range())
            } else {
                format!("{name} connected to no other system{}", self.in_range())
            }
        } else {
            let often = rows.first().map_or_else(String::new, |r| {
                format!(
                    "{} ({})",
                    r.values.first().map(super::said).unwrap_or_default(),
                    say::counted(r.count, "connection", "connections")
                )
            });
            let lead = if inward {
                format!("{systems} connected to {name}")
            } else {
                format!("{name} connected to {systems}")
            };
            let next = if rows.len() > 1 {
                format!(", then {}", with_counts(rows.get(1..).unwrap_or(&[]), 2))
            } else {
                String::new()
            };
            format!(
                "{lead}{} with {}, most often {often}{next}",
                self.in_range(),
                say::counted(total, "connection", "connections")
            )
        };
        let columns = [peer, "connections", "first", "last"];
        self.out.columns = columns.iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = rows.iter().take(ROWS_MAX as usize).map(|r| self.ranked_row(r)).collect();
        if rows.len() > ROWS_MAX as usize {
            self.out.notes.push(format!("the first {ROWS_MAX} of {systems} are listed"));
        }
        self.cite(total, &others)?;
        if let Some((field, hosts, login_scope)) = logged {
            let n: u64 = hosts.iter().map(|r| r.count).sum();
            let verb = if inward {
                "successful logins to it came from"
            } else {
                "it also logged in successfully on"
            };
            text.push_str(&format!("; {verb} {}", with_counts(&hosts, 4)));
            if rows.is_empty() {
                self.ranked_columns(&[&field], "successful logins");
                self.out.rows = hosts.iter().map(|r| self.ranked_row(r)).collect();
            }
            self.cite(n, &login_scope)?;
        }
        self.out.answer = text;
        if !inward && let Some(first) = rows.first().and_then(|r| r.values.first()) {
            self.out.next.push(format!("What connected to {}?", super::said(first)));
        }
        if !inward {
            self.out.next.push(format!("Which ports did {name} connect to?"));
        }
        Ok(())
    }

    /// Hosts that it logged in on (or, inward, addresses that logged in on it).
    fn logged_in(
        &mut self,
        inward: bool,
        things: &[crate::planner::conditions::Condition],
    ) -> Result<Option<(String, Vec<TopRow>, Scope)>, ApiError> {
        if !self.known.logins {
            return Ok(None);
        }
        let field = if inward { "source.ip" } else { "host.name" };
        let values: Vec<Filter> = things
            .iter()
            .map(|c| {
                if inward {
                    Filter::Or(vec![Filter::is("host.name", &c.value), Filter::is("host.ip", &c.value)])
                } else {
                    Filter::Or(vec![Filter::is("source.ip", &c.value), Filter::is("user.name", &c.value)])
                }
            })
            .collect();
        let subject = subjects::by_id(subjects::SUCCEEDED).map_or(Filter::All, |s| (s.filter)());
        let scope = Scope::new(self.reading.range, subject.and(Filter::Or(values)));
        let rows = self.hands.top("successful logins by host", &scope, &[field], Metric::Count, 20)?;
        Ok((!rows.is_empty()).then(|| (field.to_owned(), rows, scope)))
    }
}
