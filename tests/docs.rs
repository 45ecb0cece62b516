//! The pages of `docs/` that are made from the code: `docs/formats.md` and `docs/detectors.md`.
//! `TIMBERLINE_BLESS=1` writes them, otherwise they are compared.

use std::fmt::Write as _;
use std::path::Path;

/// Compares a page with what the code says, or writes it.
fn page(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("TIMBERLINE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, text, "docs/{name} is not current: run TIMBERLINE_BLESS=1 cargo nextest run docs");
}

#[test]
fn the_page_of_formats_is_current() {
    let mut text = String::from(
        "# Formats\n\nMade from the code by `tests/docs.rs`. A format is chosen by content; `--format ID` chooses it by hand. \
         What no format claims is refused with a problem, never skipped in silence.\n\n| id | title | what it is |\n|---|---|---|\n",
    );
    for format in timberline_formats::FORMATS.iter() {
        let about = format.about();
        writeln!(text, "| `{}` | {} | {} |", about.id, about.title, about.about).unwrap();
    }
    // What the scorer printed last: `cargo run -p timberline-formats --example score -- --markdown`.
    let figures =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/score/figures.md"));
    text.push_str("\n## How well\n\n");
    text.push_str(figures.unwrap_or_default().trim_end());
    text.push('\n');
    page("formats.md", &text);
}

#[test]
fn the_page_of_detectors_is_current() {
    let mut text = String::from(
        "# Detectors\n\nMade from the code by `tests/docs.rs`. A score is the sum of the parts that a card shows; critical from 0.9, high \
         from 0.75, medium from 0.5, low from 0.25.\n",
    );
    for detector in timberline_detect::DETECTORS {
        let about = detector.about();
        write!(text, "\n## {}\n\n`{}` · {}\n\n", about.title, about.id, about.attack.join(", ")).unwrap();
        writeln!(text, "{}\n\n**What else it may be.** {}", about.meaning, about.innocent).unwrap();
        writeln!(text, "\n**From.** {}", about.references.join("; ")).unwrap();
    }
    text.push_str("\n## Thresholds\n\n| name | default | unit | what it decides | where the default comes from |\n|---|---|---|---|---|\n");
    for knob in timberline_detect::KNOBS {
        writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            knob.name, knob.default, knob.unit, knob.about, knob.source
        )
        .unwrap();
    }
    // What the scorer printed last: `./dev score detect`.
    let figures =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/score/figures_detect.md"));
    text.push_str("\n## How well\n\n");
    text.push_str(figures.unwrap_or_default().trim_end());
    text.push('\n');
    page("detectors.md", &text);
}
