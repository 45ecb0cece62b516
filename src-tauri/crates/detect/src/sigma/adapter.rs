//! From a rule's text to a [`Rule`], by way of the crate `rsigma-parser`: the only file that knows it. What cannot be
//! expressed is said by id and reason, never left out in silence.

use super::pattern::{Order, Part, Test, TimePart, Wild};
use super::{Expr, Leaf, Level, Likeness, LogSource, Rule, Want, correlate, encode};
use rsigma_parser::ast::{
    ConditionExpr, Detection, DetectionItem, FieldSpec, Modifier, Quantifier, SelectorPattern, SigmaRule,
};
use rsigma_parser::value::{SigmaString, SigmaValue, SpecialChar, StringPart};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The longest text of rules that is parsed, in bytes; the parser refuses conditions of more than 64 KiB itself.
const LONGEST: usize = 4 << 20;
/// How deep conditions may nest once identifiers are put in.
const DEEPEST: usize = 64;
/// A rule may have so many tests in all.
const MOST_TESTS: usize = 200_000;

/// A rule (or a file of rules) that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotUsed {
    /// The file.
    pub path: String,
    /// The rule's id; empty where it could not be read.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Why, in words.
    pub reason: String,
}

/// What came of files of rules.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Rules ready to run, in order of id.
    pub rules: Vec<Rule>,
    /// Rules over what others find.
    pub correlations: Vec<correlate::Correlation>,
    /// What is not used.
    pub not_used: Vec<NotUsed>,
}

/// Loads rules from texts, each with the path that it came from. A text may hold several rules. Of rules with one id
/// the first is used.
#[must_use]
pub fn load<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Loaded {
    let mut loaded = Loaded::default();
    for (path, text) in texts {
        one_text(path, text, &mut loaded);
    }
    loaded.rules.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.path.cmp(&b.path)));
    let mut last = String::new();
    let doubled = &mut loaded.not_used;
    loaded.rules.retain(|rule| {
        let new = rule.id != last;
        if new {
            last.clone_from(&rule.id);
        } else {
            doubled.push(NotUsed {
                path: rule.path.clone(),
                id: rule.id.clone(),
                title: rule.title.clone(),
                reason: "a rule with the same id was loaded before".to_owned(),
            });
        }
        new
    });
    loaded.not_used.sort();
    loaded
}

fn one_text(path: &str, text: &str, loaded: &mut Loaded) {
    let mut refuse = |id: &str, title: &str, reason: String| {
        loaded.not_used.push(NotUsed {
            path: path.to_owned(),
            id: id.to_owned(),
            title: title.to_owned(),
            reason,
        });
    };
    if text.len() > LONGEST {
        refuse("", "", format!("the file has more than {} MiB", LONGEST >> 20));
        return;
    }
    let text = lower_operators(text);
    let collection = match rsigma_parser::parse_sigma_yaml(&text) {
        Ok(collection) => collection,
        Err(why) => {
            refuse("", "", format!("it cannot be read: {why}"));
            return;
        }
    };
    for why in &collection.errors {
        refuse("", "", format!("it cannot be read: {why}"));
    }
    for filter in &collection.filters {
        refuse(
            filter.id.as_deref().unwrap_or_default(),
            &filter.title,
            "filters of other rules are not applied".into(),
        );
    }
    for rule in &collection.rules {
        match rules_of(rule, path) {
            Ok(mut rules) => loaded.rules.append(&mut rules),
            Err(reason) => {
                refuse(rule.id.as_deref().unwrap_or_default(), &rule.title, reason);
            }
        }
    }
    for rule in &collection.correlations {
        match correlate::Correlation::of(rule, path) {
            Ok(correlation) => loaded.correlations.push(correlation),
            Err(reason) => refuse(rule.id.as_deref().unwrap_or_default(), &rule.title, reason),
        }
    }
}

/// `AND`, `OR` and `NOT` of conditions in lower case: rules write them so too, and the parser wants it.
fn lower_operators(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.trim_start().strip_prefix("condition:") {
            Some(condition) if !condition.contains(['\'', '"']) => {
                out.push_str(&line[..line.len() - condition.len()]);
                let mut rest = condition;
                while let Some(at) = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')) {
                    out.push_str(&lower_word(&rest[..at]));
                    let len = rest[at..].chars().next().map_or(1, char::len_utf8);
                    out.push_str(&rest[at..at + len]);
                    rest = &rest[at + len..];
                }
                out.push_str(&lower_word(rest));
            }
            _ => out.push_str(line),
        }
    }
    out
}

fn lower_word(word: &str) -> String {
    match word {
        "AND" | "OR" | "NOT" | "OF" | "ALL" | "THEM" | "And" | "Or" | "Not" => word.to_ascii_lowercase(),
        _ => word.to_owned(),
    }
}

/// A rule for each of its conditions.
fn rules_of(rule: &SigmaRule, path: &str) -> Result<Vec<Rule>, String> {
    let detections: BTreeMap<&str, &Detection> =
        rule.detection.named.iter().map(|(name, d)| (name.as_str(), d)).collect();
    if rule.detection.timeframe.is_some() {
        return Err("it has a timeframe, which only correlation rules have now".to_owned());
    }
    let id = rule.id.clone().unwrap_or_else(|| made_id(&rule.title));
    let conditions = &rule.detection.conditions;
    if conditions.is_empty() {
        return Err("it has no condition".to_owned());
    }
    let mut out = Vec::new();
    for (nth, condition) in conditions.iter().enumerate() {
        let mut tests = 0;
        let expr = condition_of(condition, &detections, &mut tests, 0)?;
        let many = conditions.len() > 1;
        out.push(Rule {
            id: if many { format!("{id}-{}", nth + 1) } else { id.clone() },
            name: rule.name.clone().unwrap_or_default(),
            title: rule.title.clone(),
            level: level_of(rule.level),
            author: rule.author.clone().unwrap_or_default(),
            description: rule.description.clone().unwrap_or_default().trim().to_owned(),
            references: rule.references.clone(),
            falsepositives: rule.falsepositives.clone(),
            attack: techniques(&rule.tags),
            path: path.to_owned(),
            logsource: source_of(&rule.logsource),
            expr,
        });
    }
    Ok(out)
}

/// A level of ours.
pub(super) fn level_of(level: Option<rsigma_parser::ast::Level>) -> Level {
    use rsigma_parser::ast::Level as Theirs;
    match level {
        Some(Theirs::Informational) => Level::Informational,
        Some(Theirs::Low) => Level::Low,
        None | Some(Theirs::Medium) => Level::Medium,
        Some(Theirs::High) => Level::High,
        Some(Theirs::Critical) => Level::Critical,
    }
}

fn source_of(source: &rsigma_parser::ast::LogSource) -> LogSource {
    let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_lowercase();
    LogSource {
        product: lower(&source.product),
        category: lower(&source.category),
        service: lower(&source.service),
    }
}

/// `attack.t1059.001` as `T1059.001`.
pub(super) fn techniques(tags: &[String]) -> Vec<String> {
    let mut found: Vec<String> = tags
        .iter()
        .filter_map(|tag| tag.to_lowercase().strip_prefix("attack.").map(str::to_uppercase))
        .filter(|t| t.starts_with('T') && t[1..].starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// An id for a rule that has none: of its title, so that it stays the same.
pub(super) fn made_id(title: &str) -> String {
    let hash = Sha256::digest(title.as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn condition_of(
    condition: &ConditionExpr,
    detections: &BTreeMap<&str, &Detection>,
    tests: &mut usize,
    depth: usize,
) -> Result<Expr, String> {
    if depth > DEEPEST {
        return Err(format!("its condition nests deeper than {DEEPEST}"));
    }
    let mut all = |list: &[ConditionExpr]| -> Result<Vec<Expr>, String> {
        list.iter().map(|c| condition_of(c, detections, tests, depth + 1)).collect()
    };
    Ok(match condition {
        ConditionExpr::And(list) => Expr::And(all(list)?),
        ConditionExpr::Or(list) => Expr::Or(all(list)?),
        ConditionExpr::Not(inner) => Expr::Not(Box::new(condition_of(inner, detections, tests, depth + 1)?)),
        ConditionExpr::Identifier(name) => match detections.get(name.as_str()) {
            Some(detection) => detection_of(detection, tests, depth + 1)?,
            None => return Err(format!("its condition names {name}, which it does not have")),
        },
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen = detections.iter().filter(|(name, _)| match pattern {
                // What begins with an underscore is not meant by `them`.
                SelectorPattern::Them => !name.starts_with('_'),
                SelectorPattern::Pattern(pattern) => glob(pattern, name),
            });
            let parts: Vec<Expr> =
                chosen.map(|(_, d)| detection_of(d, tests, depth + 1)).collect::<Result<_, _>>()?;
            if parts.is_empty() {
                return Err(format!("nothing in it is called {pattern}"));
            }
            match quantifier {
                Quantifier::Any => Expr::Or(parts),
                Quantifier::All => Expr::And(parts),
                Quantifier::Count(n) => Expr::AtLeast(*n, parts),
            }
        }
    })
}

/// `selection_*` and the like.
fn glob(pattern: &str, name: &str) -> bool {
    let parts: Vec<Part> = pattern
        .split_inclusive('*')
        .flat_map(|piece| match piece.strip_suffix('*') {
            Some(text) => vec![Part::Text(text.to_owned()), Part::Any],
            None => vec![Part::Text(piece.to_owned())],
        })
        .collect();
    Wild::new(&parts, true).matches(name)
}

fn detection_of(detection: &Detection, tests: &mut usize, depth: usize) -> Result<Expr, String> {
    if depth > DEEPEST {
        return Err(format!("its selections nest deeper than {DEEPEST}"));
    }
    Ok(match detection {
        Detection::AllOf(items) => {
            Expr::And(items.iter().map(|i| item_of(i, tests)).collect::<Result<_, _>>()?)
        }
        Detection::AnyOf(list) => {
            Expr::Or(list.iter().map(|d| detection_of(d, tests, depth + 1)).collect::<Result<_, _>>()?)
        }
        Detection::And(list) => {
            Expr::And(list.iter().map(|d| detection_of(d, tests, depth + 1)).collect::<Result<_, _>>()?)
        }
        Detection::Keywords(values) => {
            let item = DetectionItem { field: FieldSpec::new(None, Vec::new()), values: values.clone() };
            item_of(&item, tests)?
        }
        Detection::Conditional { named, condition } => {
            let named: BTreeMap<&str, &Detection> = named.iter().map(|(n, d)| (n.as_str(), d)).collect();
            condition_of(condition, &named, tests, depth + 1)?
        }
        Detection::ArrayMatch { field, .. } => {
            return Err(format!("it looks into the list {field}, element by element"));
        }
    })
}

/// How a text is anchored.
#[derive(Clone, Copy, PartialEq)]
struct Ends {
    open_start: bool,
    open_end: bool,
}

fn item_of(item: &DetectionItem, tests: &mut usize) -> Result<Expr, String> {
    let has = |m: Modifier| item.field.has_modifier(m);
    let field = item.field.name.clone();
    if has(Modifier::Expand) {
        return Err("it has placeholders, which need values of your own (expand)".to_owned());
    }
    if has(Modifier::Exists) {
        let there = matches!(item.values.first(), Some(SigmaValue::Bool(true)))
            || matches!(item.values.first(), Some(SigmaValue::String(s)) if s.original.eq_ignore_ascii_case("true"));
        return Ok(Expr::Leaf(Leaf { field, want: if there { Want::There } else { Want::Missing } }));
    }
    if has(Modifier::FieldRef) {
        let like = match () {
            () if has(Modifier::StartsWith) => Likeness::Begins,
            () if has(Modifier::EndsWith) => Likeness::Ends,
            () if has(Modifier::Contains) => Likeness::Holds,
            () => Likeness::Whole,
        };
        let refs = item.values.iter().filter_map(|v| match v {
            SigmaValue::String(s) => Some(s.original.clone()),
            _ => None,
        });
        let refs: Vec<Expr> = refs
            .map(|other| Expr::Leaf(Leaf { field: field.clone(), want: Want::Same(other, like) }))
            .collect();
        let joined = if has(Modifier::All) { Expr::And(refs) } else { Expr::Or(refs) };
        return Ok(if has(Modifier::Neq) { Expr::Not(Box::new(joined)) } else { joined });
    }
    // A keyword may stand anywhere in a text.
    let ends = Ends {
        open_start: has(Modifier::Contains) || has(Modifier::EndsWith) || field.is_none(),
        open_end: has(Modifier::Contains) || has(Modifier::StartsWith) || field.is_none(),
    };
    let (mut any, mut null) = (Vec::new(), false);
    for value in &item.values {
        if *value == SigmaValue::Null {
            null = true;
        } else {
            any.extend(value_tests(value, &item.field, ends)?);
        }
        *tests += 1;
        if *tests + any.len() > MOST_TESTS {
            return Err(format!("it has more than {MOST_TESTS} values"));
        }
    }
    let missing = || Expr::Leaf(Leaf { field: field.clone(), want: Want::Missing });
    let tested = if has(Modifier::All) {
        // Each value is a test of its own, and of its variants one is enough.
        let each = item.values.iter().filter(|v| **v != SigmaValue::Null).map(|v| {
            let variants = value_tests(v, &item.field, ends)?;
            Ok(Expr::Leaf(Leaf { field: field.clone(), want: Want::Any(variants) }))
        });
        Expr::And(each.collect::<Result<Vec<_>, String>>()?)
    } else {
        Expr::Leaf(Leaf { field: field.clone(), want: Want::Any(any) })
    };
    let expr = match (null, item.values.len()) {
        (false, _) => tested,
        (true, 1) => missing(),
        (true, _) => Expr::Or(vec![tested, missing()]),
    };
    Ok(if has(Modifier::Neq) { Expr::Not(Box::new(expr)) } else { expr })
}

/// The tests that a value comes to: several where a modifier makes variants of it; one is enough.
fn value_tests(value: &SigmaValue, field: &FieldSpec, ends: Ends) -> Result<Vec<Test>, String> {
    let has = |m: Modifier| field.has_modifier(m);
    let number = |v: &SigmaValue| match v {
        SigmaValue::Integer(n) => Some(*n as f64),
        SigmaValue::Float(x) => Some(*x),
        SigmaValue::String(s) => s.original.trim().parse().ok(),
        SigmaValue::Bool(_) | SigmaValue::Null => None,
    };
    let orders = [
        (Modifier::Lt, Order::Less),
        (Modifier::Lte, Order::AtMost),
        (Modifier::Gt, Order::Greater),
        (Modifier::Gte, Order::AtLeast),
    ];
    if let Some((_, order)) = orders.iter().find(|(m, _)| has(*m)) {
        let n = number(value).ok_or_else(|| format!("{value} is no number to compare with"))?;
        return Ok(vec![Test::Number(*order, n)]);
    }
    let parts = [
        (Modifier::Minute, TimePart::Minute),
        (Modifier::Hour, TimePart::Hour),
        (Modifier::Day, TimePart::Day),
        (Modifier::Week, TimePart::Week),
        (Modifier::Month, TimePart::Month),
        (Modifier::Year, TimePart::Year),
    ];
    if let Some((_, part)) = parts.iter().find(|(m, _)| has(*m)) {
        let n = number(value).ok_or_else(|| format!("{value} is no part of a time"))?;
        return Ok(vec![Test::Time(*part, n as i64)]);
    }
    let text = match value {
        SigmaValue::String(s) => s,
        SigmaValue::Integer(_) | SigmaValue::Float(_) | SigmaValue::Bool(_) => {
            return Ok(vec![wild(&[Part::Text(value.to_string())], ends, has(Modifier::Cased))]);
        }
        SigmaValue::Null => return Ok(Vec::new()),
    };
    if has(Modifier::Re) {
        let test = Test::regex(
            &text.original,
            has(Modifier::IgnoreCase),
            has(Modifier::Multiline),
            has(Modifier::DotAll),
        );
        return Ok(vec![test.map_err(|why| format!("its regular expression cannot be used: {why}"))?]);
    }
    if has(Modifier::Cidr) {
        return Ok(vec![Test::cidr(&text.original)?]);
    }
    encoded(text, field, ends)
}

fn encoded(text: &SigmaString, field: &FieldSpec, ends: Ends) -> Result<Vec<Test>, String> {
    let mut cased = field.has_modifier(Modifier::Cased);
    let mut values: Vec<Vec<Part>> = vec![parts_of(text)];
    // Modifiers apply in the order in which they are written.
    for modifier in &field.modifiers {
        let bytes = |parts: &[Part]| -> Result<Vec<u8>, String> {
            match parts {
                [] => Ok(Vec::new()),
                [Part::Text(t)] => Ok(t.as_bytes().to_vec()),
                _ => Err("a value to be encoded has wildcards".to_owned()),
            }
        };
        let each =
            |values: &[Vec<Part>], how: &dyn Fn(&[u8]) -> Vec<String>| -> Result<Vec<Vec<Part>>, String> {
                let mut out = Vec::new();
                for value in values {
                    out.extend(how(&bytes(value)?).into_iter().map(|t| vec![Part::Text(t)]));
                }
                Ok(out)
            };
        values = match modifier {
            Modifier::WindAsh => values.iter().flat_map(|v| dashed(v)).collect(),
            // Bytes of UTF-16 are kept as characters of the same number: only Base64 comes after it.
            Modifier::Wide => each(&values, &|b| vec![latin1(&encode::utf16le(&raw(b)))])?,
            Modifier::Utf16be => each(&values, &|b| vec![latin1(&encode::utf16be(&raw(b)))])?,
            Modifier::Utf16 => each(&values, &|b| vec![latin1(&encode::utf16(&raw(b)))])?,
            Modifier::Base64 => {
                cased = true;
                each(&values, &|b| vec![encode::base64(&raw(b))])?
            }
            Modifier::Base64Offset => {
                cased = true;
                each(&values, &|b| encode::base64_offsets(&raw(b)))?
            }
            _ => values,
        };
    }
    Ok(values.iter().map(|v| wild(v, ends, cased)).collect())
}

/// Characters up to U+00FF back to the bytes that [`latin1`] made them of; other text as it is.
fn raw(utf8: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(utf8);
    if text.contains('\0') {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
    } else {
        utf8.to_vec()
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

fn parts_of(text: &SigmaString) -> Vec<Part> {
    text.parts
        .iter()
        .map(|p| match p {
            StringPart::Plain(t) => Part::Text(t.clone()),
            StringPart::Special(SpecialChar::WildcardMulti) => Part::Any,
            StringPart::Special(SpecialChar::WildcardSingle) => Part::One,
        })
        .collect()
}

/// Each variant of the dashes in the texts of a value.
fn dashed(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut all: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        let variants = match part {
            Part::Text(t) => encode::dashes(t).into_iter().map(Part::Text).collect(),
            other => vec![other.clone()],
        };
        all = all
            .iter()
            .flat_map(|so_far| {
                variants.iter().map(move |v| [so_far.as_slice(), std::slice::from_ref(v)].concat())
            })
            .collect();
    }
    all
}

fn wild(parts: &[Part], ends: Ends, cased: bool) -> Test {
    let mut anchored = Vec::with_capacity(parts.len() + 2);
    if ends.open_start {
        anchored.push(Part::Any);
    }
    anchored.extend_from_slice(parts);
    if ends.open_end {
        anchored.push(Part::Any);
    }
    Test::Wild(Wild::new(&anchored, cased))
}
