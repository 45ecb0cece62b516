//! The gate: the only crate that may open a connection. Owns the policy and the decision about an endpoint, the mask
//! over what leaves, the client, the limits, and the form of the record of each call.
//!
//! Everything passes [`Gate::send`], in this order: policy, mask, allowance, record, look-up, connection. Where records
//! and pseudonyms are kept is the engine's, through [`Recorder`] and [`Keeper`]; what is sent, and what an answer means,
//! is the chat's. The outside is blocking; nobody sees the runtime.

pub mod canary;
mod client;
mod endpoint;
mod fault;
mod gate;
#[cfg(test)]
mod gate_tests;
mod ledger;
pub mod mask;
mod outgoing;
mod policy;
pub mod record;
mod reply;
mod tls;

pub use endpoint::{Endpoint, Place, is_inside};
pub use fault::{Fault, FaultKind, Refusal};
pub use gate::{Allowance, Gate, LookUp, State};
pub use ledger::Ledger;
pub use mask::{Keeper, Kind, MARKERS, Masker, Unmasker};
pub use outgoing::{Limits, Masked, Method, Outgoing, Preview, Purpose, Secret, Tls};
pub use policy::{Allowed, Level, Policy, Whose};
pub use record::{Outcome, Record, Recorder};
pub use reply::Reply;
pub use tls::random_key;
