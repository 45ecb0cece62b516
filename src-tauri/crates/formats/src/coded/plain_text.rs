//! Being written.

use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::Sink;

/// The format.
pub struct PlainText;

impl Format for PlainText {
    fn about(&self) -> About {
        About { id: "plain_text", title: "PlainText", about: "" }
    }

    fn sniff(&self, _head: &Head<'_>) -> Confidence {
        Confidence::none()
    }

    fn parse(
        &self,
        _input: &mut dyn Read,
        _ctx: &ParseContext,
        _out: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        Ok(())
    }
}
