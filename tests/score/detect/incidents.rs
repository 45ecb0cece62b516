//! `fixtures/incidents`: recall, precision and the rank of the true story.

use super::desk::Desk;
use super::story::{Told, compare, files, incidents, truth};

/// The incidents there are.
pub fn names() -> Vec<String> {
    let entries = std::fs::read_dir(incidents()).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

pub fn tell(incident: &str) -> Told {
    let truth = truth(incident);
    let desk = Desk::with(&files(incident, &truth));
    compare(&truth, &desk.cards())
}

/// As a table; with `show`, what is missing or wrong and the first cards below it.
pub fn markdown(show: bool) -> String {
    let mut out = String::from(
        "| incident | told | left alone | of the first ten, of no story | rank of the story | whole story within |\n|---|---|---|---|---|---|\n",
    );
    for incident in names() {
        let told = tell(&incident);
        let found = told.flags.iter().flatten().count();
        let within =
            told.flags.iter().copied().collect::<Option<Vec<usize>>>().and_then(|all| all.into_iter().max());
        let number = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        out.push_str(&format!(
            "| {incident} | {found}/{} | {}/{} | {}/{} | {} | {} |\n",
            told.flags.len(),
            told.innocents - told.accused.len(),
            told.innocents,
            told.unrelated.len(),
            told.of_ten,
            number(told.first),
            number(within),
        ));
        if show {
            eprintln!("== {incident}");
            for (word, lines) in [
                ("MISSING", &told.missing),
                ("ACCUSED", &told.accused),
                ("ABOVE", &told.above),
                ("UNRELATED", &told.unrelated),
            ] {
                lines.iter().for_each(|line| eprintln!("  {word}: {line}"));
            }
            told.cards.iter().take(14).enumerate().for_each(|(n, c)| eprintln!("  {:>2} {c}", n + 1));
        }
    }
    out
}
