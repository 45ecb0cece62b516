//! What a tool is. A tool can read and can move the view; there is no effect for writing, deleting or reaching out,
//! so none can be declared.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// A future that can be handed about.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The most that a tool may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Reads the case.
    Reads,
    /// Changes what the window shows.
    MovesView,
}

/// What a tool is, for whoever chooses among them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolAbout {
    /// Its name, a verb or a noun in snake case.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// JSON schema of its arguments.
    pub arguments: Value,
    /// The most that it may do.
    pub effect: Effect,
}

/// Why a tool gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The arguments do not fit; the sentence goes back to whoever chose them.
    #[error("{0}")]
    Arguments(String),
    /// It did not work.
    #[error("{0}")]
    Failed(String),
    /// It was stopped.
    #[error("cancelled")]
    Cancelled,
}

/// One thing that the chat can do; `C` is what it does it on.
pub trait Tool<C>: Send + Sync {
    /// What it is.
    fn about(&self) -> ToolAbout;
    /// Does it.
    fn call<'a>(&'a self, arguments: Value, on: &'a C) -> BoxFuture<'a, Result<Value, ToolError>>;
}

/// A future of something that is there already, for tools that do their work at once.
#[must_use]
pub fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread until a future is done.
pub fn run_now<T>(mut future: BoxFuture<'_, T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
