//! Looking deeper at a card, and taking back what that added. What is looked for is [`crate::deeper`]'s.

use crate::deeper;
use crate::news::now_us;
use crate::session::Engine;
use crate::wire::{ApiError, Deeper, DeeperAsk};
use std::time::{Duration, Instant};
use timberline_model::Ctx;

/// How long it may look.
const TIME: Duration = Duration::from_secs(30);

/// Looks deeper at a card and keeps what was found on it.
///
/// # Errors
/// `no_case`; `not_found` for a card that is not there, or nothing to take back; what the case says.
pub fn look(engine: &Engine, ask: DeeperAsk) -> Result<Deeper, ApiError> {
    let open = engine.case()?;
    let findings = open.case.findings()?;
    let card = findings.iter().find(|f| f.id == ask.card).ok_or_else(|| {
        ApiError::not_found(format!("there is no card {}; `cards --all` lists them", ask.card))
    })?;
    let (said, rows) = if ask.undo {
        if !open.case.set_deeper(&card.id, None, 0)? {
            return Err(ApiError::not_found("nothing was found by looking deeper at this card"));
        }
        ("Took back what looking deeper had added to the card".to_owned(), Vec::new())
    } else {
        let ctx = Ctx { cancel: None, deadline: Instant::now().checked_add(TIME) };
        let sources = open.case.sources()?;
        let (rows, stopped) = deeper::look(open.events(), &sources, card, &findings, &ctx)?;
        let body = serde_json::to_string(&rows).map_err(|why| ApiError::failed(why.to_string()))?;
        open.case.set_deeper(&card.id, Some(&body), now_us())?;
        let mut said = match rows.len() {
            0 => "Looked deeper and found nothing more".to_owned(),
            1 => "Looked deeper and found one thing".to_owned(),
            n => format!("Looked deeper and found {n} things"),
        };
        if stopped {
            said.push_str(&format!("; stopped after {} s, so there may be more", TIME.as_secs()));
        }
        (said, rows)
    };
    open.forget_cards();
    engine.changed(&["cards"]);
    Ok(Deeper { card: ask.card, said, rows })
}
