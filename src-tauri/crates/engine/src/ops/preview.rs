//! What a question would send, before anything is sent.

use crate::asking::Asking;
use crate::endpoints;
use crate::ops::{chat, models};
use crate::planner::View;
use crate::session::Engine;
use crate::wire::{ApiError, ChatAsk, ChatPreview, MaskedKind};
use std::sync::Arc;

/// What a question would send: nothing where the built-in planner answers.
///
/// # Errors
/// `no_case`; `not_found` for a model profile that does not exist; what the case and the keyring say.
pub fn preview(engine: &Engine, ask: ChatAsk) -> Result<ChatPreview, ApiError> {
    let open = engine.case()?;
    let nothing = |policy: &str, text: &str| ChatPreview {
        local: true,
        policy: policy.to_owned(),
        text: text.to_owned(),
        ..ChatPreview::default()
    };
    let Some(profile) = models::chosen(engine, ask.model.as_deref())? else {
        let policy = crate::way_out::policy_of(&open.case)?.level.title();
        return Ok(nothing(policy, "The built-in planner answers on this machine; nothing is sent"));
    };
    chat::check_question(&ask)?;
    let door = endpoints::door(engine, &profile, "preview")?;
    let view = View::of(&open)?;
    let earlier = chat::kept(&open.case)?;
    let examples = crate::worked::load(&engine.shared.dirs.data);
    let asking = Asking {
        view: &view,
        ask: &ask,
        earlier: &earlier,
        door: &door,
        manner: endpoints::manner(&profile),
        time: chat::time_of(&profile),
        cancel: Arc::default(),
        examples: &examples,
    };
    let Some((body, left_out)) = asking.first_body()? else {
        let text = "The built-in planner does not understand the question and this model only words answers; nothing is sent";
        return Ok(nothing(door.policy(), text));
    };
    let parsed = timberline_egress::Endpoint::parse(&profile.url);
    let local = parsed.as_ref().is_ok_and(|e| e.place() == timberline_egress::Place::Loopback);
    let mut out = ChatPreview {
        profile: profile.name.clone(),
        endpoint: parsed.map(|e| format!("{}:{}", e.host(), e.port())).unwrap_or_default(),
        local,
        policy: door.policy().to_owned(),
        left_out,
        ..ChatPreview::default()
    };
    match door.preview(body) {
        Ok(seen) => {
            out.bytes = seen.bytes;
            out.tokens = seen.bytes.div_ceil(4);
            out.payload = seen.payload;
            out.masked =
                seen.masked.into_iter().map(|m| MaskedKind { kind: m.kind, count: m.count }).collect();
            let places: u64 = out.masked.iter().map(|m| m.count).sum();
            let how = if seen.is_masked {
                format!("masked in {places} places")
            } else {
                "in clear text".to_owned()
            };
            let whither = if seen.leaves { "leave this machine" } else { "go to a program on this machine" };
            out.text = format!(
                "{} bytes, about {} tokens, {how}, would {whither} with the first call",
                out.bytes, out.tokens
            );
        }
        Err(why) => {
            out.text = format!("Nothing would be sent: {why}");
            out.refused = Some(why);
        }
    }
    Ok(out)
}
