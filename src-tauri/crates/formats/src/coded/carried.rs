//! Files in which nearly every message is one product's, in syslog lines or alone on its line: a firewall's log as
//! its syslog server writes it. They are read as syslog is, by the same code, and called what they are. What the
//! product says is [`crate::said`]'s.

use super::syslog::{self, header, other};
use crate::said::{self, Payload};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::Sink;

/// A payload as a format of its own.
pub struct Carried(pub &'static dyn Payload);

/// A payload that knows its messages by common words alone: what knows them by name is preferred.
pub struct Guessed(pub &'static dyn Payload);

impl Format for Guessed {
    fn about(&self) -> About {
        self.0.about()
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let sure = Carried(self.0).sniff(head);
        if sure.score > 0.0 { Confidence { score: 0.9 + (sure.score - 0.955), ..sure } } else { sure }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        syslog::read(input, ctx, out, Some(self.0))
    }
}

/// The share of lines that must be the product's.
const MOST: f64 = 0.6;

impl Format for Carried {
    fn about(&self) -> About {
        self.0.about()
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let (mut all, mut good) = (0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').take(400) {
            let line = line.trim_ascii_end();
            if all >= 100 || line.is_empty() || matches!(line[0], b' ' | b'\t' | b'#') {
                continue;
            }
            all += 1;
            let good_line = match header::parse(line, &ctx) {
                // What the product's own programs say is the product's, whatever it is.
                Some(header) => said::speaks(self.0, header.program) || self.0.claims(header.message),
                None => {
                    self.0.claims(line)
                        || other::stamped(line, &ctx).is_some_and(|(_, rest)| {
                            let (program, _, message) = header::loose(rest);
                            said::speaks(self.0, program) || self.0.claims(message)
                        })
                }
            };
            good += u32::from(good_line);
        }
        let share = f64::from(good) / f64::from(all.max(1));
        if share < MOST {
            return Confidence::none();
        }
        let why = format!("{good} of the first {all} lines are messages of {}", self.0.about().title);
        Confidence { score: 0.955 + 0.03 * share, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        syslog::read(input, ctx, out, Some(self.0))
    }

    fn look_ahead(&self, input: &mut dyn Read, ctx: &ParseContext) -> Result<(), ReadError> {
        syslog::times(input, ctx, Some(self.0))
    }
}
