//! The case's threat model: what is protected and what is feared, understood from the analyst's words by a table, and how well
//! a prompt fits it. Kept in the case; shown back as what was understood.

use super::kind::Kind;
use super::threat_table::{ASSETS, Asset, FEARS, Fear};
use crate::error::usage;
use crate::session::OpenCase;
use crate::wire::{ApiError, ThreatModel, ThreatModelSet, ThreatWord};
use serde::{Deserialize, Serialize};

/// The key of the case's note that holds it.
const NOTE: &str = "threat_model";
/// The longest text, in bytes.
const TEXT_MAX: usize = 2_000;

/// What the analyst stated, as it is kept in the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stated {
    text: String,
    assets: Vec<String>,
    fears: Vec<String>,
}

/// The threat model as ranking uses it.
#[derive(Clone, Default)]
pub struct Threats {
    assets: Vec<&'static Asset>,
    fears: Vec<&'static Fear>,
}

/// How well a prompt fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// 0 to 1.
    pub factor: f64,
    /// Why, in words.
    pub why: String,
}

/// Where nothing of the threat model speaks for a prompt.
const UNFIT: f64 = 0.6;
/// Where only the asset does.
const ASSET_FITS: f64 = 0.8;
/// Where only the fear does.
const FEAR_FITS: f64 = 0.92;

impl Threats {
    /// Of the open case.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn of(open: &OpenCase) -> Result<Self, ApiError> {
        Ok(Self::from(&stated(open)?))
    }

    /// Of words alone.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self::from(&Stated { text: text.to_owned(), ..Stated::default() })
    }

    fn from(stated: &Stated) -> Self {
        let read = read(&stated.text);
        let named = |id: &str, said: &[(&'static str, String)], chosen: &[String]| {
            said.iter().any(|(s, _)| *s == id) || chosen.iter().any(|c| c == id)
        };
        Self {
            assets: ASSETS.iter().filter(|a| named(a.id, &read.assets, &stated.assets)).collect(),
            fears: FEARS.iter().filter(|f| named(f.id, &read.fears, &stated.fears)).collect(),
        }
    }

    /// Whether anything is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.fears.is_empty()
    }

    /// How well a prompt of this kind, of a card with these techniques, fits.
    #[must_use]
    pub fn fit(&self, kind: &Kind, techniques: &[String]) -> Fit {
        if self.is_empty() {
            return Fit { factor: 1.0, why: "none is stated".to_owned() };
        }
        let asset = self.assets.iter().find(|a| a.logs.contains(&kind.log.as_str()));
        let fear = self.fears.iter().find(|f| f.is_about(kind, techniques));
        let (factor, why) = match (asset, fear) {
            (Some(a), Some(f)) => (1.0, format!("fits the fear of {} and the asset: {}", f.title, a.title)),
            (None, Some(f)) if self.assets.is_empty() => (1.0, format!("fits the fear of {}", f.title)),
            (None, Some(f)) => (FEAR_FITS, format!("fits the fear of {}", f.title)),
            (Some(a), None) if self.fears.is_empty() => (1.0, format!("fits the asset: {}", a.title)),
            (Some(a), None) => (ASSET_FITS, format!("fits the asset: {}", a.title)),
            (None, None) => (UNFIT, "nothing of the threat model speaks for it".to_owned()),
        };
        Fit { factor, why }
    }
}

impl Fear {
    fn is_about(&self, kind: &Kind, techniques: &[String]) -> bool {
        let of_card = !super::kind::ORIGINS.iter().any(|(origin, _)| *origin == kind.finding);
        of_card && self.detectors.iter().any(|d| kind.finding.contains(d))
            || techniques.iter().any(|t| self.techniques.iter().any(|f| t.starts_with(f)))
            || self.questions.contains(&kind.question.as_str())
    }
}

/// What words say.
#[derive(Debug, Default)]
struct Read {
    assets: Vec<(&'static str, String)>,
    fears: Vec<(&'static str, String)>,
    unknown: Vec<String>,
}

/// Words that say nothing here.
const QUIET: &[&str] = &[
    "a",
    "an",
    "the",
    "our",
    "my",
    "we",
    "i",
    "of",
    "and",
    "or",
    "for",
    "with",
    "to",
    "in",
    "on",
    "at",
    "by",
    "from",
    "is",
    "are",
    "it",
    "its",
    "that",
    "this",
    "some",
    "fear",
    "fears",
    "feared",
    "worry",
    "worried",
    "about",
    "afraid",
    "risk",
    "risks",
    "threat",
    "threats",
    "asset",
    "assets",
    "protect",
    "protected",
    "protects",
    "internet-facing",
    "internet",
    "facing",
    "public",
    "exposed",
    "main",
    "most",
    "mainly",
    "also",
    "has",
    "have",
    "be",
    "being",
    "could",
    "may",
    "might",
    "someone",
    "attack",
    "attacker",
    "attackers",
    "attacks",
    "server",
    "servers",
    "host",
    "hosts",
    "linux",
    "small",
    "company",
    "office",
    "concern",
    "concerns",
    "case",
    "system",
    "systems",
    "through",
    "via",
    "against",
    "but",
];
const NOT: &[&str] = &["no", "not", "without", "never", "except"];

/// Reads the words of a threat model by the tables.
fn read(text: &str) -> Read {
    let low = text.to_lowercase();
    let mut words: Vec<(String, bool)> = low
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '(' | ')' | '"' | '\'' | '/' | '!' | '?')
        })
        .filter(|w| !w.is_empty())
        .map(|w| (w.to_owned(), false))
        .collect();
    let mut out = Read::default();
    // Longer phrases first, so that "key theft" is not a mere "key".
    let mut phrases: Vec<(&'static str, &'static str, bool)> = Vec::new();
    phrases.extend(ASSETS.iter().flat_map(|a| a.words.iter().map(move |w| (*w, a.id, true))));
    phrases.extend(FEARS.iter().flat_map(|f| f.words.iter().map(move |w| (*w, f.id, false))));
    phrases.sort_by_key(|(w, ..)| std::cmp::Reverse(w.split(' ').count()));
    for (phrase, id, is_asset) in phrases {
        let parts: Vec<&str> = phrase.split(' ').collect();
        for at in 0..words.len() {
            let Some(here) = words.get(at..at + parts.len()) else { break };
            if here.iter().any(|(_, used)| *used) || !here.iter().zip(&parts).all(|((w, _), p)| is_word(w, p))
            {
                continue;
            }
            let said = here.iter().map(|(w, _)| w.as_str()).collect::<Vec<_>>().join(" ");
            let denied = (1..=3).any(|back| {
                at.checked_sub(back)
                    .and_then(|n| words.get(n))
                    .is_some_and(|(w, _)| NOT.contains(&w.as_str()))
            });
            for (_, used) in words.iter_mut().skip(at).take(parts.len()) {
                *used = true;
            }
            let list = if is_asset { &mut out.assets } else { &mut out.fears };
            if !denied && !list.iter().any(|(known, _)| *known == id) {
                list.push((id, said));
            }
        }
    }
    let quiet = |w: &str| QUIET.contains(&w) || NOT.contains(&w) || w.len() < 2;
    out.unknown = words.into_iter().filter(|(w, used)| !used && !quiet(w)).map(|(w, _)| w).take(20).collect();
    out
}

fn is_word(word: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == pattern,
    }
}

fn stated(open: &OpenCase) -> Result<Stated, ApiError> {
    let note = open.case.note(NOTE)?.unwrap_or_default();
    // A note of a later version that cannot be read is as none.
    Ok(serde_json::from_str(&note).unwrap_or_default())
}

/// The case's threat model, as it was understood.
///
/// # Errors
/// When the case cannot be read.
pub fn get(open: &OpenCase) -> Result<ThreatModel, ApiError> {
    Ok(wire(&stated(open)?))
}

/// Keeps a threat model in the case.
///
/// # Errors
/// `usage` for one that is too long or a choice that does not exist; when the case cannot be written.
pub fn set(open: &OpenCase, ask: ThreatModelSet) -> Result<ThreatModel, ApiError> {
    if ask.text.len() > TEXT_MAX {
        return Err(usage("the threat model is too long; a few words do"));
    }
    let unknown_asset = ask.assets.iter().find(|id| !ASSETS.iter().any(|a| a.id == **id));
    let unknown_fear = ask.fears.iter().find(|id| !FEARS.iter().any(|f| f.id == **id));
    if let Some(id) = unknown_asset.or(unknown_fear) {
        return Err(usage(&format!("there is no kind of asset or fear '{id}'")));
    }
    let kept = Stated { text: ask.text.trim().to_owned(), assets: ask.assets, fears: ask.fears };
    let json = serde_json::to_string(&kept).map_err(|why| ApiError::failed(why.to_string()))?;
    open.case.set_note(NOTE, &json)?;
    Ok(wire(&kept))
}

fn wire(stated: &Stated) -> ThreatModel {
    let read = read(&stated.text);
    let word = |id: &str, title: &str, said: &str| ThreatWord {
        id: id.to_owned(),
        title: title.to_owned(),
        said: said.to_owned(),
    };
    let said = |id: &str, list: &[(&'static str, String)], chosen: &[String]| {
        let by_words = list.iter().find(|(known, _)| *known == id).map(|(_, said)| said.clone());
        by_words.or_else(|| chosen.iter().any(|c| c == id).then(String::new))
    };
    let assets: Vec<ThreatWord> = ASSETS
        .iter()
        .filter_map(|a| said(a.id, &read.assets, &stated.assets).map(|s| word(a.id, a.title, &s)))
        .collect();
    let fears: Vec<ThreatWord> = FEARS
        .iter()
        .filter_map(|f| said(f.id, &read.fears, &stated.fears).map(|s| word(f.id, f.title, &s)))
        .collect();
    let titles = |list: &[ThreatWord]| list.iter().map(|w| w.title.as_str()).collect::<Vec<_>>().join(", ");
    let mut understood = match (assets.is_empty(), fears.is_empty()) {
        (true, true) if stated.text.is_empty() => "No threat model is stated".to_owned(),
        (true, true) => "Nothing of it was understood".to_owned(),
        (false, true) => format!("To protect: {}", titles(&assets)),
        (true, false) => format!("Feared: {}", titles(&fears)),
        (false, false) => format!("To protect: {}. Feared: {}", titles(&assets), titles(&fears)),
    };
    if !read.unknown.is_empty() {
        let shown: Vec<String> =
            read.unknown.iter().take(6).map(|w| format!("'{}'", crate::planner::say::plain(w))).collect();
        understood.push_str(&format!(". Not understood: {}", shown.join(", ")));
    }
    ThreatModel {
        text: stated.text.clone(),
        assets,
        fears,
        unknown: read.unknown,
        understood,
        asset_choices: ASSETS.iter().map(|a| word(a.id, a.title, "")).collect(),
        fear_choices: FEARS.iter().map(|f| word(f.id, f.title, "")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, assets: &[&str], fears: &[&str]) {
        let read = read(text);
        let mut found: Vec<&str> = read.assets.iter().map(|(id, _)| *id).collect();
        found.sort_unstable();
        assert_eq!(found, assets, "{text}");
        let mut found: Vec<&str> = read.fears.iter().map(|(id, _)| *id).collect();
        found.sort_unstable();
        assert_eq!(found, fears, "{text}");
    }

    #[test]
    fn a_few_words_say_what_is_protected_and_feared() {
        check("internet-facing bastion; fear: stolen keys", &["bastion"], &["stolen_keys"]);
        check("Web shop, fear of web shells and data theft", &["web_shop"], &["data_theft", "web_shell"]);
        check(
            "two domain controllers and some workstations; ransomware",
            &["domain_controller", "workstations"],
            &["ransomware"],
        );
        check(
            "AWS account; insider; misuse of admin rights",
            &["cloud_account"],
            &["admin_misuse", "insider"],
        );
        check("we are not afraid of ransomware but of an outage", &[], &["outage"]);
        check("", &[], &[]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let model = wire(&Stated { text: "bastion, zeppelin".to_owned(), ..Stated::default() });
        assert_eq!(model.unknown, ["zeppelin"]);
        assert!(model.understood.contains("bastion") && model.understood.contains("zeppelin"));
    }

    #[test]
    fn a_prompt_that_fits_fear_and_asset_stands_above_one_that_fits_neither() {
        let threats = Threats::of_text("internet-facing bastion; fear: stolen keys");
        let fits = threats.fit(&Kind::new("ssh", "auth_new_source", "login_patterns"), &[]);
        let half = threats.fit(&Kind::new("ssh", "template", "busiest"), &[]);
        let not = threats.fit(&Kind::new("web", "template", "web_404"), &[]);
        assert!(fits.factor > half.factor && half.factor > not.factor, "{fits:?} {half:?} {not:?}");
        assert_eq!(Threats::default().fit(&Kind::new("web", "template", "web_404"), &[]).factor, 1.0);
    }
}
