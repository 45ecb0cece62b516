//! How long each payload takes to say that a message is none of its own: `cargo run --release --example claims_speed FILE`.
use std::time::Instant;
use timberline_formats::said::PAYLOADS;

fn main() {
    let Some(path) = std::env::args().nth(1) else { return };
    let Ok(text) = std::fs::read(path) else { return };
    let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).take(20_000).collect();
    let mut all: Vec<(f64, &str, usize)> = Vec::new();
    for payload in PAYLOADS {
        let mut best = f64::MAX;
        let mut claimed = 0;
        // The quickest of several passes is the one that nobody disturbed.
        for _ in 0..7 {
            let start = Instant::now();
            claimed = lines.iter().filter(|line| payload.claims(line)).count();
            best = best.min(start.elapsed().as_nanos() as f64 / lines.len() as f64);
        }
        all.push((best, payload.about().id, claimed));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ns, id, claimed) in &all {
        println!("{ns:8.1} ns  {id} ({claimed} claimed)");
    }
    println!("{:8.1} ns  all of {}", all.iter().map(|a| a.0).sum::<f64>(), all.len());
}
