//! An answer as it comes: raw bytes, piece by piece. Bounds are kept by the client; meaning is the caller's.

use crate::fault::{Fault, FaultKind};
use crate::mask::Unmasker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

/// An answer. Dropping it ends the connection.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case; cookies are left out.
    pub headers: Vec<(String, String)>,
    pub(crate) pieces: Receiver<Result<Vec<u8>, Fault>>,
    pub(crate) ended: bool,
    pub(crate) gone: Arc<AtomicBool>,
    pub(crate) unmasker: Unmasker,
}

impl Reply {
    /// The next bytes of the body as they came over the line; nothing at its end. After a fault there is nothing more.
    #[allow(clippy::should_implement_trait, reason = "an iterator would invite collecting without bounds")]
    pub fn next(&mut self) -> Option<Result<Vec<u8>, Fault>> {
        if self.ended {
            return None;
        }
        match self.pieces.recv() {
            Ok(Ok(bytes)) if bytes.is_empty() => {
                self.ended = true;
                None
            }
            Ok(Ok(bytes)) => Some(Ok(bytes)),
            Ok(Err(fault)) => {
                self.ended = true;
                Some(Err(fault))
            }
            Err(_) => {
                self.ended = true;
                Some(Err(Fault::new(FaultKind::CutOff, "the answer ended before its end")))
            }
        }
    }

    /// The whole body; its size is bounded by the limits that were given.
    ///
    /// # Errors
    /// Why it is not whole.
    pub fn all(mut self) -> Result<Vec<u8>, Fault> {
        let mut all = Vec::new();
        while let Some(piece) = self.next() {
            all.extend(piece?);
        }
        Ok(all)
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Puts back, in texts out of this answer, what stands for what; one for each text that comes in pieces. Does
    /// nothing where nothing was masked.
    #[must_use]
    pub fn unmasker(&self) -> Unmasker {
        self.unmasker.clone()
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}
