//! Model endpoints: profiles in the settings, their keys in the keyring of the machine, and who answers. What is
//! said to an endpoint is `endpoints`' and passes the gate.

use crate::endpoints::{self, GateDoor};
use crate::error::usage;
use crate::ops::chat::Running;
use crate::secrets;
use crate::session::{Engine, lock};
use crate::wire::{ApiError, ModelChoose, ModelProfile, ModelRef, ModelReport, ModelSave, Models, Nothing};

/// The note of a case that holds its choice.
const CHOICE_NOTE: &str = "model";
/// The name that means that no model answers.
pub const PLANNER: &str = "planner";
/// Most profiles.
const PROFILES_MAX: usize = 50;

/// Under which name the keyring has an endpoint's key.
pub(crate) fn key_name(profile: &str) -> String {
    format!("model:{profile}")
}

/// The profiles, the default, and who answers now.
///
/// # Errors
/// None.
pub fn list(engine: &Engine, _: Nothing) -> Result<Models, ApiError> {
    let (rows, default) = {
        let settings = lock(&engine.shared.settings);
        (settings.models.clone(), settings.model.clone())
    };
    let case = engine.case().ok().and_then(|open| open.case.note(CHOICE_NOTE).ok().flatten());
    let case = case.filter(|name| !name.is_empty());
    let answering = case.clone().or_else(|| default.clone()).unwrap_or_else(|| PLANNER.to_owned());
    let answering = if rows.iter().any(|p| p.name == answering) { answering } else { PLANNER.to_owned() };
    Ok(Models { rows, default, case, answering })
}

/// The profile that is to answer; `None` for the built-in planner.
///
/// # Errors
/// `not_found` for a name that no profile has.
pub(crate) fn chosen(engine: &Engine, asked: Option<&str>) -> Result<Option<ModelProfile>, ApiError> {
    let models = list(engine, Nothing {})?;
    let name = asked.unwrap_or(&models.answering);
    if name == PLANNER {
        return Ok(None);
    }
    find(models.rows, name).map(Some)
}

fn find(rows: Vec<ModelProfile>, name: &str) -> Result<ModelProfile, ApiError> {
    let names: Vec<String> = rows.iter().map(|p| p.name.clone()).collect();
    rows.into_iter().find(|p| p.name == name).ok_or_else(|| {
        let there = if names.is_empty() {
            "none is set up; `timberline models add` does that".to_owned()
        } else {
            format!("there are {} and {PLANNER}", names.join(", "))
        };
        ApiError::not_found(format!("there is no model profile '{name}'; {there}"))
    })
}

/// Keeps a profile and, where one is given, its key in the keyring.
///
/// # Errors
/// `usage` for a name or an address that cannot be; `no_keyring` and `keyring_locked` for a key that cannot be kept,
/// and then nothing is kept.
pub fn save(engine: &Engine, ask: ModelSave) -> Result<Models, ApiError> {
    let mut profile = checked(ask.profile)?;
    let earlier = list(engine, Nothing {})?.rows.into_iter().find(|p| p.name == profile.name);
    profile.has_key = earlier.as_ref().is_some_and(|p| p.has_key);
    // What a test found holds for the place that was tested.
    profile.report =
        earlier.filter(|p| p.url == profile.url && p.model == profile.model).and_then(|p| p.report);
    if let Some(key) = &ask.key {
        let key = key.reveal().trim();
        if key.is_empty() {
            secrets::delete(&key_name(&profile.name))?;
        } else {
            secrets::set(&key_name(&profile.name), key)?;
        }
        profile.has_key = !key.is_empty();
    }
    keep(engine, profile, ask.default)?;
    list(engine, Nothing {})
}

fn keep(engine: &Engine, profile: ModelProfile, default: bool) -> Result<(), ApiError> {
    let full = {
        let settings = lock(&engine.shared.settings);
        settings.models.len() >= PROFILES_MAX && !settings.models.iter().any(|p| p.name == profile.name)
    };
    if full {
        return Err(usage("there are too many model profiles; remove one first"));
    }
    engine.change_settings(|settings| {
        settings.models.retain(|p| p.name != profile.name);
        if default {
            settings.model = Some(profile.name.clone());
        }
        settings.models.push(profile);
        settings.models.sort_by(|a, b| a.name.cmp(&b.name));
    })
}

/// A profile as it may be kept, or what is wrong with it.
fn checked(mut profile: ModelProfile) -> Result<ModelProfile, ApiError> {
    profile.name = profile.name.trim().to_owned();
    profile.url = profile.url.trim().trim_end_matches('/').to_owned();
    profile.model = profile.model.trim().to_owned();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ':' | '/');
    if profile.name.is_empty() || profile.name.len() > 60 || !profile.name.chars().all(plain) {
        return Err(usage("a model profile has a name of letters, digits, spaces and - _ . : /"));
    }
    if profile.name == PLANNER {
        return Err(usage("'planner' is the built-in planner; take another name"));
    }
    if let Err(why) = timberline_egress::Endpoint::parse(&profile.url) {
        return Err(usage(&format!("the address of the endpoint cannot be used: {why}")));
    }
    if !["", "auto", "tools", "schema", "words"].contains(&profile.protocol.as_str()) {
        return Err(usage("the protocol is auto, tools, schema or words"));
    }
    for (name, value) in &profile.headers {
        let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fine = !name.is_empty() && name.chars().all(token) && !value.chars().any(char::is_control);
        if !fine {
            return Err(usage(&format!(
                "'{}' is no header that can be sent",
                crate::planner::say::plain(name)
            )));
        }
        if SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(usage(&format!(
                "the header {name} carries a secret: give it as the key, which goes to the keyring, and name the \
                 header as the key's"
            )));
        }
    }
    if !profile.key_header.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(usage("the key's header is a name such as api-key"));
    }
    Ok(profile)
}

/// Headers that would put a key in the settings.
const SECRET_HEADERS: &[&str] =
    &["authorization", "api-key", "x-api-key", "proxy-authorization", "cookie", "x-goog-api-key"];

/// Forgets a profile and its key.
///
/// # Errors
/// `not_found`; what the keyring says, and then nothing is forgotten.
pub fn remove(engine: &Engine, ask: ModelRef) -> Result<Models, ApiError> {
    let profile = find(list(engine, Nothing {})?.rows, &ask.name)?;
    if profile.has_key {
        secrets::delete(&key_name(&profile.name))?;
    }
    engine.change_settings(|settings| {
        settings.models.retain(|p| p.name != profile.name);
        if settings.model.as_deref() == Some(&profile.name) {
            settings.model = None;
        }
    })?;
    list(engine, Nothing {})
}

/// Chooses who answers.
///
/// # Errors
/// `not_found` for a name that no profile has; `no_case` where the choice is for the open case and none is.
pub fn choose(engine: &Engine, ask: ModelChoose) -> Result<Models, ApiError> {
    if let Some(name) = ask.name.as_deref().filter(|name| *name != PLANNER) {
        find(list(engine, Nothing {})?.rows, name)?;
    }
    if ask.case_only {
        engine.case()?.case.set_note(CHOICE_NOTE, ask.name.as_deref().unwrap_or(""))?;
        engine.changed(&["case"]);
    } else {
        let name = ask.name.filter(|name| name != PLANNER);
        engine.change_settings(|settings| settings.model = name)?;
    }
    list(engine, Nothing {})
}

/// Tries an endpoint with real calls, and keeps what was found.
///
/// # Errors
/// `not_found`; that the settings cannot be written. An endpoint that does not work is a report, no error.
pub fn test(engine: &Engine, ask: ModelRef) -> Result<ModelReport, ApiError> {
    let mut profile = find(list(engine, Nothing {})?.rows, &ask.name)?;
    let door = GateDoor::new(engine.gate_for(&profile.url)?, &profile, "test")?;
    let running = Running::begin(engine)?;
    let mut report = endpoints::probe(&door, &profile, &running.cancel);
    report.text = door.scrub(&report.text);
    profile.report = Some(report.clone());
    keep(engine, profile, false)?;
    Ok(report)
}
