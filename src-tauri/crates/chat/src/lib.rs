//! The chat's loop and its client: a planner (a model, or a script) says which tool to call, the tool is called, its
//! result goes back, until there is an answer or the budget is used up. It knows nothing about logs: tools and words
//! come from the engine.
//!
//! Owns [`Tool`], what a tool may do ([`Effect`]), the [`Budget`], the OpenAI-compatible protocol, streaming, retries.
//! Not here: sockets, policies and masking (the gate's, behind [`Door`]), keys, windows.

mod agent;
mod calls;
mod client;
mod door;
mod protocol;
mod retry;
mod sse;
mod talk;
mod tool;

pub use agent::{Agent, Budget, End, Move, Planner, Step, Turn};
pub use calls::Call;
pub use client::{Client, Kind, Pause, Trouble, is_hidden, visible};
pub use door::{Clear, Door, Fault, FaultKind, Incoming, Letter, Purpose, Unmask};
pub use protocol::{Finish, Gather, Heard, Message, Reply, Request, Role, Usage};
pub use sse::{Event, LINE_MAX, LineTooLong, Sse};
pub use talk::{Manner, Opening, Protocol, Spent, Talk};
pub use tool::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready, run_now};

#[cfg(test)]
mod tests_client;
