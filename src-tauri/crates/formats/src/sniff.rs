//! Which format a source is in, with what confidence, and why. Content decides, names only break ties.

use crate::{Confidence, Format, Head, formats};

/// The best format for this beginning, or `None` when no format claims it.
#[must_use]
pub fn sniff(head: &Head<'_>) -> Option<(&'static dyn Format, Confidence)> {
    let mut best: Option<(&'static dyn Format, Confidence)> = None;
    for format in formats() {
        let confidence = format.sniff(head);
        if confidence.score > best.as_ref().map_or(0.0, |(_, c)| c.score) {
            best = Some((format, confidence));
        }
    }
    best
}

/// Every format that claims this beginning, surest first; the order of the list breaks ties.
#[must_use]
pub fn ranked(head: &Head<'_>) -> Vec<(&'static dyn Format, Confidence)> {
    let mut claims: Vec<_> =
        formats().into_iter().map(|f| (f, f.sniff(head))).filter(|(_, c)| c.score > 0.0).collect();
    claims.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    claims
}

/// The format with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Format> {
    formats().into_iter().find(|f| f.about().id == id)
}
