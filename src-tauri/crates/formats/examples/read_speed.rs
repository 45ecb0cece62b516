//! Reads files through a sink that only counts, and prints how fast: `cargo run --release --example read_speed FILE...`

use std::time::Instant;
use timberline_formats::open::{ReadOptions, probe};
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink};

#[derive(Default)]
struct Counting {
    events: u64,
    problems: u64,
    names: FieldNames,
}

impl Sink for Counting {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, _: &Record<'_>) -> Flow {
        self.events += 1;
        Flow::Continue
    }

    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        self.problems += 1;
        Flow::Continue
    }

    fn filler(&mut self, _: u64) {}
}

fn main() {
    for path in std::env::args().skip(1) {
        let start = Instant::now();
        let opened = match probe(path.as_ref(), &ReadOptions::default()) {
            Ok(opened) => opened,
            Err(refusal) => {
                println!("{path}: {}", refusal.message);
                continue;
            }
        };
        let probed = start.elapsed().as_secs_f64();
        let mut sink = Counting::default();
        match opened.read(&mut sink, &mut |_| Flow::Continue) {
            Ok(reading) => {
                let all = start.elapsed().as_secs_f64();
                println!(
                    "{path}: {} events, {} problems as {}, {:.2} s of which {probed:.2} s to probe, {:.0} MB/s",
                    sink.events,
                    sink.problems,
                    opened.format.about().id,
                    all,
                    reading.decoded_bytes as f64 / 1e6 / all
                );
            }
            Err(why) => println!("{path}: {why}"),
        }
    }
}
