//! The verbs, one file an area: each function is the body of a command of [`crate::commands`] or the
//! part of one that the command line calls with finer arguments. Nothing here knows who asks.

pub mod audit;
pub mod canary;
pub mod cases;
pub mod chat;
pub mod clock;
pub mod deeper;
pub mod drafts;
pub mod egress;
pub mod entities;
pub mod events;
pub mod examples;
pub mod feedback;
pub mod findings;
pub mod formats;
pub mod imports;
pub mod known;
pub mod kql;
pub mod memory;
pub mod models;
pub mod news;
pub mod playbooks;
pub mod preview;
pub mod prompts;
pub mod settings;
pub mod summary;
pub mod tables;
pub mod timeline;
