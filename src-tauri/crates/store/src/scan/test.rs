//! A condition on one value, made ready once a query: it must agree with `Filter::matches` in all.

use crate::segment::directory::{Kind, ZONE_BYTES, Zone};
use foldhash::fast::RandomState;
use ipnet::IpNet;
use std::collections::HashSet;
use timberline_model::filter::{compare, in_net, match_value};
use timberline_model::value::MULTI;
use timberline_model::{Op, Pattern, Value};

/// A condition on one value.
#[derive(Debug)]
pub(crate) enum Test {
    Match {
        pattern: Pattern,
        /// The number that it names, where it has no star and reads as one.
        number: Option<f64>,
        /// The literal beginning, in ASCII lower case.
        head: Vec<u8>,
    },
    In {
        /// Texts in ASCII lower case.
        texts: HashSet<String, RandomState>,
        /// Those that read as numbers. No other one can match a number, whose text always reads as one.
        numbers: Vec<f64>,
    },
    Cidr(IpNet),
    Compare {
        op: Op,
        value: Value,
    },
}

impl Test {
    pub(crate) fn pattern(pattern: &Pattern) -> Self {
        let head = pattern.written().first().map(|p| p.to_ascii_lowercase().into_bytes()).unwrap_or_default();
        let number = pattern.as_exact().and_then(|t| t.parse().ok());
        Self::Match { pattern: pattern.clone(), number, head }
    }

    pub(crate) fn one_of(values: &[String]) -> Self {
        Self::In {
            texts: values.iter().map(|v| v.to_ascii_lowercase()).collect(),
            numbers: values.iter().filter_map(|v| v.parse().ok()).collect(),
        }
    }

    /// Whether a text satisfies it.
    pub(crate) fn text(&self, text: &str) -> bool {
        match self {
            Self::Match { pattern, .. } => pattern.is_match_any(text),
            Self::In { texts, .. } => {
                let one = |t: &str| {
                    if t.bytes().any(|b| b.is_ascii_uppercase()) {
                        texts.contains(&t.to_ascii_lowercase())
                    } else {
                        texts.contains(t)
                    }
                };
                if text.contains(MULTI) { text.split(MULTI).any(one) } else { one(text) }
            }
            Self::Cidr(net) => text.split(MULTI).any(|t| in_net(net, t)),
            Self::Compare { op, value } => compare(&Value::Text(text.to_owned()), *op, value),
        }
    }

    /// Whether any value satisfies it.
    pub(crate) fn value(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Text(text)) => self.text(text),
            (_, Value::Int(n)) => self.int(*n),
            (_, Value::Float(x)) => self.float(*x),
        }
    }

    /// Whether a whole number satisfies it.
    pub(crate) fn int(&self, n: i64) -> bool {
        match self {
            Self::Match { number: Some(x), .. } => *x == n as f64,
            Self::Match { pattern, .. } => match_value(pattern, &Value::Int(n)),
            Self::In { numbers, .. } => numbers.contains(&(n as f64)),
            Self::Cidr(_) => false,
            Self::Compare { op, value: Value::Int(m) } => op.holds(n.cmp(m)),
            Self::Compare { op, value } => compare(&Value::Int(n), *op, value),
        }
    }

    /// Whether a number satisfies it.
    pub(crate) fn float(&self, x: f64) -> bool {
        match self {
            Self::Match { pattern, .. } => match_value(pattern, &Value::Float(x)),
            Self::In { numbers, .. } => numbers.contains(&x),
            Self::Cidr(_) => false,
            Self::Compare { op, value } => compare(&Value::Float(x), *op, value),
        }
    }

    /// Whether, by its bounds, a column may hold a value that satisfies it.
    pub(crate) fn may_hold(&self, kind: Kind, zone: &Zone) -> bool {
        let (least, most) = match zone {
            Zone::Open => return true,
            Zone::Texts(least, most) => {
                return match self {
                    Self::Match { head, .. } => {
                        let head = &head[..head.len().min(ZONE_BYTES)];
                        // All texts with this beginning lie between it and the last text that has it.
                        head <= &**most && (head >= &**least || least.starts_with(head))
                    }
                    Self::In { texts, .. } => {
                        texts.len() > 32
                            || texts.iter().any(|t| {
                                let head = &t.as_bytes()[..t.len().min(ZONE_BYTES)];
                                head <= &**most && head >= &**least
                            })
                    }
                    _ => true,
                };
            }
            Zone::Ints(least, most) => {
                if let Self::Compare { op, value: Value::Int(m) } = self {
                    return match op {
                        Op::Lt => least < m,
                        Op::Le => least <= m,
                        Op::Gt => most > m,
                        Op::Ge => most >= m,
                    };
                }
                (*least as f64, *most as f64)
            }
            Zone::Floats(least, most) => (*least, *most),
        };
        match self {
            Self::Match { number: Some(x), .. } => (least..=most).contains(x),
            Self::In { numbers, .. } => numbers.iter().any(|x| (least..=most).contains(x)),
            Self::Cidr(_) => !matches!(kind, Kind::Int | Kind::Float),
            _ => true,
        }
    }
}
