//! The chat's loop: a planner says which tool to call, the tool is called, its result goes back, until there is an
//! answer or the budget is used up. It knows nothing about logs: tools come from the engine.
//!
//! Owns [`Tool`], what a tool may do ([`Effect`]), and the [`Budget`]. Not here: wire types of model endpoints and
//! streaming (they come with the client), keys, windows.

mod agent;
mod tool;

pub use agent::{Agent, Budget, End, Move, Planner, Step, Turn};
pub use tool::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready, run_now};
