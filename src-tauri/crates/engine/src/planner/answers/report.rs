//! The incident told for a report, the cards of one kind of attack, and the reasons of a card.

use super::{ROWS_MAX, Work};
use crate::planner::hands::Scope;
use crate::planner::say;
use crate::planner::topics::{self, Topic};
use crate::wire::ApiError;
use timberline_model::{EventId, Filter, Finding, Severity, TimeRange, kql};

/// The most cards that a report tells of.
const TOLD: usize = 8;

impl Work<'_, '_> {
    /// A chip and citations for a card's evidence.
    pub(super) fn cite_card(&mut self, card: &Finding) -> Result<(), ApiError> {
        let filter = kql::parse(&card.query).unwrap_or_else(|_| Filter::Ids(card.evidence.clone()));
        let shown: Vec<EventId> = card.evidence.iter().take(20).copied().collect();
        let label = say::counted(card.evidence_count, "row", "rows");
        let mut chip = self.hands.chip(label, &Scope::new(TimeRange::ALL, filter))?;
        chip.events = shown.iter().map(|id| id.0).collect();
        let room = 20usize.saturating_sub(self.out.citations.len());
        self.out.citations.extend(chip.events.iter().take(room));
        self.out.chips.push(chip);
        Ok(())
    }

    /// The cards that tell the story: confirmed ones, else those that are not faint; in order of time.
    fn story_cards(&mut self) -> Result<(Vec<Finding>, bool), ApiError> {
        let scope = Scope::new(self.reading.range, self.reading.things());
        let cards = self.cards_of(&scope)?;
        let confirmed: Vec<Finding> =
            cards.iter().filter(|c| self.known.view.confirmed.contains(&c.id)).cloned().collect();
        let sure = !confirmed.is_empty();
        let mut told = if sure {
            confirmed
        } else {
            let strong: Vec<Finding> =
                cards.iter().filter(|c| c.severity >= Severity::Medium).cloned().collect();
            if strong.is_empty() { cards } else { strong }
        };
        told.truncate(TOLD);
        told.sort_by(|p, q| p.first_ns.cmp(&q.first_ns).then_with(|| p.id.cmp(&q.id)));
        Ok((told, sure))
    }

    /// What happened, to whom, and what to do: from the cards, each with its rows.
    pub(super) fn report(&mut self) -> Result<(), ApiError> {
        let (cards, sure) = self.story_cards()?;
        if cards.is_empty() {
            return self.unusual();
        }
        let from = cards.iter().filter_map(|c| c.first_ns).min();
        let to = cards.iter().filter_map(|c| c.last_ns).max();
        let basis = if sure { "confirmed cards" } else { "cards that no one has confirmed yet" };
        let mut text = format!(
            "From {} to {}, by {} ({basis}). Timeline: ",
            self.time(from),
            self.time(to),
            say::counted(cards.len() as u64, "card", "cards")
        );
        let lines: Vec<String> = cards
            .iter()
            .map(|c| format!("{} {} ({})", self.time(c.first_ns), say::plain(&c.title), c.severity.word()))
            .collect();
        text.push_str(&lines.join("; "));
        let mut named: Vec<(String, String)> = Vec::new();
        for entity in cards.iter().flat_map(|c| c.entities.iter().take(4)) {
            let pair = (entity.field.clone(), entity.value.clone());
            if !named.contains(&pair) {
                named.push(pair);
            }
        }
        let of = |field: &str| -> Vec<String> {
            named.iter().filter(|(f, _)| f.starts_with(field)).map(|(_, v)| say::plain(v)).take(8).collect()
        };
        let mut touched = Vec::new();
        for (field, what) in [
            ("user.", "accounts"),
            ("host.", "systems"),
            ("source.", "sources"),
            ("destination.ip", "destinations"),
        ] {
            let values = of(field);
            if !values.is_empty() {
                touched.push(format!("{what} {}", say::listed(&values)));
            }
        }
        if !touched.is_empty() {
            text.push_str(&format!(". Touched: {}", touched.join("; ")));
        }
        let advice = self.advice(&of("user."), &of("source."), &of("host."), &of("destination.ip"));
        text.push_str(&format!(". To check and decide: {}", advice.join("; ")));
        let innocent: Vec<String> = cards
            .iter()
            .filter(|c| !c.innocent.is_empty())
            .take(2)
            .map(|c| say::plain(&c.innocent))
            .collect();
        if !innocent.is_empty() {
            text.push_str(&format!(". What else it may be: {}", innocent.join("; ")));
        }
        self.out.notes.push(
            "made from the cards alone; the report page has the same with evidence, marks and comments"
                .to_owned(),
        );
        self.out.answer = text;
        self.card_rows(&cards);
        for card in cards.iter().take(5) {
            self.cite_card(card)?;
        }
        Ok(())
    }

    /// What follows from who is named; nothing is done by itself.
    fn advice(
        &self,
        users: &[String],
        sources: &[String],
        hosts: &[String],
        peers: &[String],
    ) -> Vec<String> {
        let mut out = Vec::new();
        if !users.is_empty() {
            out.push(format!("the credentials of {}", say::listed(users)));
        }
        if !hosts.is_empty() {
            out.push(format!("isolating or imaging {}", say::listed(hosts)));
        }
        let inside = |ip: &&String| ip.parse::<std::net::Ipv4Addr>().is_ok_and(|a| a.is_private());
        let inner: Vec<String> = sources.iter().filter(inside).cloned().collect();
        let outer: Vec<String> = sources.iter().chain(peers).filter(|ip| !inside(ip)).cloned().collect();
        if !outer.is_empty() {
            out.push(format!("blocking {}", say::listed(&outer)));
        }
        if !inner.is_empty() {
            out.push(format!("what else {} reached", say::listed(&inner)));
        }
        out
    }

    /// Rows of cards.
    pub(super) fn card_rows(&mut self, cards: &[Finding]) {
        self.out.columns =
            ["severity", "card", "first", "last", "evidence"].iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = cards
            .iter()
            .take(ROWS_MAX as usize)
            .map(|c| {
                vec![
                    c.severity.word().into(),
                    c.title.clone().into(),
                    self.cell_time(c.first_ns),
                    self.cell_time(c.last_ns),
                    c.evidence_count.into(),
                ]
            })
            .collect();
    }

    /// The cards of one kind of attack, those that name the things first.
    pub(super) fn topic(&mut self, topic: &'static Topic) -> Result<(), ApiError> {
        let things = Scope::new(self.reading.range, self.reading.things());
        let named: Vec<Finding> = self.cards_of(&things)?.into_iter().filter(|c| topic.fits(c)).collect();
        let wanted = self.qualified();
        let conditions = std::mem::take(&mut self.reading.conditions);
        let all: Vec<Finding> = self
            .cards_of(&Scope::new(self.reading.range, Filter::All))?
            .into_iter()
            .filter(|c| topic.fits(c))
            .collect();
        let widened = named.is_empty() && !all.is_empty() && conditions.iter().any(|c| c.thing);
        self.reading.conditions = conditions;
        let cards = if widened { all } else { named };
        if cards.is_empty() {
            let span = self.hands.span("all events", &Scope::new(self.reading.range, Filter::All))?;
            self.out.answer = format!(
                "No card is about {}{wanted}{}, among {}; the detectors look for some forms of it only, so that is no proof that there was none",
                topic.name,
                self.in_range(),
                say::counted(span.events, "event", "events")
            );
            return self.cite(span.events, &Scope::new(self.reading.range, Filter::All));
        }
        let lead = if widened {
            format!("No card about {} names{wanted}; without that, ", topic.name)
        } else {
            String::new()
        };
        let many = say::counted(cards.len() as u64, "card is", "cards are");
        let list: Vec<String> = cards
            .iter()
            .take(3)
            .map(|c| {
                format!(
                    "{} ({}, from {} to {})",
                    say::plain(&c.title),
                    c.severity.word(),
                    self.time(c.first_ns),
                    self.time(c.last_ns)
                )
            })
            .collect();
        self.out.answer =
            format!("{lead}{many} about {}{}: {}", topic.name, self.in_range(), list.join("; "));
        self.card_rows(&cards);
        self.out.next.extend(cards.first().into_iter().flat_map(|c| c.questions.iter().take(2).cloned()));
        for card in cards.iter().take(3) {
            self.cite_card(card)?;
        }
        Ok(())
    }

    /// The reasons of the best card that the question before was about.
    pub(super) fn why(&mut self) -> Result<(), ApiError> {
        let scope = Scope::new(self.reading.range, self.reading.things());
        let topic = self.reading.topic.as_deref().and_then(topics::by_id);
        let cards: Vec<Finding> =
            self.cards_of(&scope)?.into_iter().filter(|c| topic.is_none_or(|t| t.fits(c))).collect();
        let Some(card) = cards.first().cloned() else {
            self.refuse(
                "No card is about this, so there are no reasons to give; ask what the rows are instead"
                    .to_owned(),
            );
            return Ok(());
        };
        let reasons: Vec<String> = card
            .parts
            .iter()
            .take(4)
            .map(|p| format!("{}: {} (expected {})", p.name, shown(&p.observed), shown(&p.expected)))
            .collect();
        self.out.answer = format!(
            "{} ({}), because of {}",
            say::plain(&card.title),
            card.severity.word(),
            say::listed(&reasons)
        );
        if !card.innocent.is_empty() {
            self.out.answer.push_str(&format!(". What else it may be: {}", say::plain(&card.innocent)));
        }
        self.out.columns =
            ["reason", "observed", "expected", "adds"].iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = card
            .parts
            .iter()
            .map(|p| {
                vec![
                    p.name.clone().into(),
                    shown(&p.observed).into(),
                    shown(&p.expected).into(),
                    p.weight.into(),
                ]
            })
            .collect();
        self.cite_card(&card)
    }
}

/// A part's figure as text.
fn shown<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => say::plain(&text),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
