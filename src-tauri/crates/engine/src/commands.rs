//! THE list of commands. The router, the TypeScript types and the list of `docs` are all made from it:
//! a command that is not here does not exist, one that is here and has no body does not compile.
//! Bodies are in `ops/`; this file decides only what there is.

use crate::session::Engine;
use crate::wire::*;

/// A command as the list names it.
pub struct About {
    /// Its name, noun first.
    pub name: &'static str,
    /// TypeScript name of the request.
    pub request: fn() -> String,
    /// TypeScript name of the answer.
    pub answer: fn() -> String,
    /// What it does.
    pub about: &'static str,
    /// Caches of the window that its answer belongs to: asked again when one of these changes.
    pub tags: &'static [&'static str],
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident($request:ty) -> $answer:ty, $body:path, [$($tag:literal),*];)+) => {
        /// Every command.
        pub const COMMANDS: &[About] = &[$(About {
            name: stringify!($name),
            request: <$request as ts_rs::TS>::name_stub,
            answer: <$answer as ts_rs::TS>::name_stub,
            about: concat!($($doc),*),
            tags: &[$($tag),*],
        }),+];

        /// Runs a command by name.
        ///
        /// # Errors
        /// `usage` for an unknown name or arguments that do not fit, else what the command says.
        pub fn dispatch(engine: &Engine, name: &str, payload: serde_json::Value) -> Result<serde_json::Value, ApiError> {
            match name {
                $(stringify!($name) => {
                    let request: $request = crate::error::arguments(payload)?;
                    let answer: $answer = $body(engine, request)?;
                    crate::error::answer(&answer)
                })+
                other => Err(crate::error::usage(&format!("there is no command '{other}'"))),
            }
        }
    };
}
