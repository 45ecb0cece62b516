//! Any JSON: one object a line, arrays, values one after another, pretty-printed or not. Names that many logs
//! use for the same thing (`src_ip`, `msg`, `lvl`) also get their ECS name; ECS names pass as they are. What a
//! certain product means by its names is [`super::json_products`]'.

use super::json_reader::Reader;
use super::json_records::{Look, look, read};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::Sink;

/// Any JSON.
pub struct JsonLines;

impl Format for JsonLines {
    fn about(&self) -> About {
        About {
            id: "json",
            title: "JSON (lines, arrays, concatenated)",
            about: "Any program that logs JSON: one object a line, arrays, pretty-printed or one after another; \
                    well-known names also get their ECS name",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(look) = look(head) else { return Confidence::none() };
        score(&look, 0.8)
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        read(input, ctx, out, &mut Reader::default())
    }
}

/// How sure JSON is, at most `top`.
fn score(look: &Look, top: f64) -> Confidence {
    if look.values == 0 {
        return if look.cut && look.bad == 0 {
            Confidence { score: top * 0.7, why: "the beginning of one large JSON value".into() }
        } else {
            Confidence::none()
        };
    }
    let part = look.part();
    if part < 0.3 {
        return Confidence::none();
    }
    let why = if look.bad == 0 {
        format!("the first {} records are JSON", look.values)
    } else {
        format!("{} JSON records, {:.0} % of the bytes at the beginning", look.values, part * 100.0)
    };
    Confidence { score: top * part, why }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
