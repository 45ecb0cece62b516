//! Which cards a verdict holds for: the words that an analyst writes (`value`, `subnet=10.0.0.0/8,host=web-01`), the check against
//! a card, and until when. A scope is careful: a card about many hosts or users is meant only when all of them are named.

use crate::error::usage;
use crate::ops::known::detector_title;
use crate::wire::ApiError;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use timberline_model::time::{SECOND, days_from_civil, days_in_month, parse_rfc3339, rfc3339};
use timberline_model::{Entity, Finding};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// The longest expiry: a hundred years.
const LONGEST_US: i64 = 36_525 * DAY_US;
/// The longest text of a scope.
const TEXT_MAX: usize = 1_000;

/// Which cards. Kinds of conditions must all hold; of several values of one kind one must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Only this card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Cards of this detector, or of this rule: `sigma:ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detector: Option<String>,
    /// Cards about one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Entity>,
    /// Cards whose acting addresses all lie in these nets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// Cards whose hosts are all named here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Cards whose acting users are all named here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
}

/// What makes cards of one kind: the detector, or the rule of a rule's card.
#[must_use]
pub fn key(finding: &Finding) -> String {
    match &finding.rule {
        Some(rule) => format!("sigma:{}", rule.id),
        None => finding.detector.clone(),
    }
}

const HOST: &[&str] = &["host", "hostname", "observer", "agent"];
const USER: &[&str] = &["user"];

/// Values of fields with such a part in their name: those of who acted, else all.
fn of_fields<'a>(finding: &'a Finding, parts: &[&str]) -> Vec<&'a str> {
    let named = |e: &&Entity| {
        e.field.split('.').any(|part| parts.contains(&part)) && e.value.parse::<IpAddr>().is_err()
    };
    acting(finding.entities.iter().filter(named).collect())
}

fn addresses(finding: &Finding) -> Vec<&str> {
    acting(finding.entities.iter().filter(|e| e.value.parse::<IpAddr>().is_ok()).collect())
}

fn acting(entities: Vec<&Entity>) -> Vec<&str> {
    let passive = |e: &&&Entity| {
        e.field.split('.').any(|part| matches!(part, "destination" | "server" | "target" | "dst"))
    };
    let active: Vec<&str> = entities.iter().filter(|e| !passive(e)).map(|e| e.value.as_str()).collect();
    if active.is_empty() { entities.iter().map(|e| e.value.as_str()).collect() } else { active }
}

/// Hosts that a card is about; addresses where it names none.
fn hosts(finding: &Finding) -> Vec<&str> {
    let named = of_fields(finding, HOST);
    if named.is_empty() { addresses(finding) } else { named }
}

/// Whether two names are one host: alike but for case, or one is the first label of the other.
fn one_host(a: &str, b: &str) -> bool {
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let address = |name: &str| name.parse::<IpAddr>().is_ok();
    a.eq_ignore_ascii_case(b)
        || (a.contains('.') != b.contains('.') && !address(a) && !address(b) && short(a) == short(b))
}

fn all<'a>(of_card: &[&'a str], named: impl Fn(&'a str) -> bool) -> bool {
    !of_card.is_empty() && of_card.iter().all(|v| named(v))
}

impl Scope {
    /// From what the analyst wrote on a card; nothing means the card alone.
    ///
    /// # Errors
    /// `usage` for words that are no scope, or a scope that does not hold for the card itself.
    pub fn parse(text: &str, finding: &Finding) -> Result<Self, ApiError> {
        if text.trim().is_empty() {
            return Ok(Self { card: Some(finding.id.clone()), ..Self::default() });
        }
        if text.len() > TEXT_MAX {
            return Err(usage("the scope is too long"));
        }
        let mut scope = Self::default();
        for piece in text.split(',').map(str::trim) {
            let (word, value) =
                piece.split_once('=').map_or((piece, None), |(w, v)| (w.trim(), Some(v.trim())));
            match (word, value.filter(|v| !v.is_empty())) {
                ("detector", None) => scope.detector = Some(key(finding)),
                ("value", value) => {
                    scope.detector = Some(key(finding));
                    scope.values.extend(about(finding, value)?);
                }
                ("subnet", Some(net)) => {
                    let net = net
                        .parse::<IpNet>()
                        .or_else(|_| net.parse::<IpAddr>().map(IpNet::from))
                        .map_err(|_| usage(&format!("'{net}' is no subnet; write it as 10.20.0.0/16")))?;
                    scope.subnets.push(net.trunc().to_string());
                }
                ("host", Some(name)) => scope.hosts.push(name.to_owned()),
                ("user", Some(name)) => scope.users.push(name.to_owned()),
                _ => {
                    return Err(usage(&format!(
                        "'{piece}' is no scope; there are value, subnet=CIDR, host=NAME, user=NAME and detector, with commas between those that must all hold"
                    )));
                }
            }
        }
        scope.must_hold(finding)?;
        Ok(scope)
    }

    fn must_hold(&self, finding: &Finding) -> Result<(), ApiError> {
        let refuse = |what: &str, has: &[&str]| {
            let has: Vec<&str> = has.iter().take(8).copied().collect();
            let has = if has.is_empty() {
                "it names none".to_owned()
            } else {
                format!("it is about {}", has.join(", "))
            };
            Err(usage(&format!("the scope does not hold for this card itself: {what}, and {has}")))
        };
        if !self.subnets.is_empty() && !self.subnet_holds(finding) {
            return refuse("not all its acting addresses lie in the subnet", &addresses(finding));
        }
        if !self.hosts.is_empty() && !self.host_holds(finding) {
            return refuse("not all its hosts are named", &hosts(finding));
        }
        if !self.users.is_empty() && !self.user_holds(finding) {
            return refuse("not all its acting users are named", &of_fields(finding, USER));
        }
        Ok(())
    }

    fn subnet_holds(&self, finding: &Finding) -> bool {
        let nets: Vec<IpNet> = self.subnets.iter().filter_map(|n| n.parse().ok()).collect();
        all(&addresses(finding), |a| a.parse::<IpAddr>().is_ok_and(|a| nets.iter().any(|n| n.contains(&a))))
    }

    fn host_holds(&self, finding: &Finding) -> bool {
        all(&hosts(finding), |h| self.hosts.iter().any(|named| one_host(named, h)))
    }

    fn user_holds(&self, finding: &Finding) -> bool {
        all(&of_fields(finding, USER), |u| self.users.iter().any(|named| named.eq_ignore_ascii_case(u)))
    }

    /// Whether it means this card. An empty scope means none.
    #[must_use]
    pub fn holds(&self, finding: &Finding) -> bool {
        let nothing = self.card.is_none()
            && self.detector.is_none()
            && self.values.is_empty()
            && self.subnets.is_empty()
            && self.hosts.is_empty()
            && self.users.is_empty();
        !nothing
            && self.card.as_ref().is_none_or(|id| *id == finding.id)
            && self.detector.as_ref().is_none_or(|d| *d == key(finding))
            && (self.values.is_empty() || self.values.iter().any(|v| finding.entities.contains(v)))
            && (self.subnets.is_empty() || self.subnet_holds(finding))
            && (self.hosts.is_empty() || self.host_holds(finding))
            && (self.users.is_empty() || self.user_holds(finding))
    }

    /// In words, with the name of the rule where it is for one: `cards of "Brute force" about source.ip 203.0.113.24`.
    #[must_use]
    pub fn words(&self, rule: Option<&str>) -> String {
        if let Some(card) = &self.card {
            return format!("card {card} only");
        }
        let mut said = match &self.detector {
            Some(d) if d.starts_with("sigma:") => {
                format!("cards of the rule \"{}\"", rule.unwrap_or_else(|| d.trim_start_matches("sigma:")))
            }
            Some(d) => format!("cards of \"{}\"", detector_title(d)),
            None => "cards of every detector".to_owned(),
        };
        let values: Vec<String> = self.values.iter().map(|v| format!("{} {}", v.field, v.value)).collect();
        for (before, list) in [
            (" about ", &values),
            (" from ", &self.subnets),
            (" on host ", &self.hosts),
            (" by user ", &self.users),
        ] {
            if !list.is_empty() {
                said.push_str(before);
                said.push_str(&list.join(" or "));
            }
        }
        said
    }
}

/// What `value` means on a card: its first entity; with a value, those of its entities that have it.
fn about(finding: &Finding, value: Option<&str>) -> Result<Vec<Entity>, ApiError> {
    let found: Vec<Entity> = match value {
        None => finding.entities.first().cloned().into_iter().collect(),
        Some(value) => finding.entities.iter().filter(|e| e.value == value).cloned().collect(),
    };
    if found.is_empty() {
        let has: Vec<&str> = finding.entities.iter().take(8).map(|e| e.value.as_str()).collect();
        return Err(usage(&match (value, has.is_empty()) {
            (_, true) => "the card is about no value; take another scope".to_owned(),
            (value, _) => format!(
                "the card is not about '{}'; it is about {}",
                value.unwrap_or_default(),
                has.join(", ")
            ),
        }));
    }
    Ok(found)
}

/// Until when: `12h`, `90d`, `6w` from now, the end (UTC) of a day `2026-12-31`, or a time of RFC 3339. Microseconds since 1970 UTC.
///
/// # Errors
/// `usage` for other words and for what has passed.
pub fn expires(text: &str, now_us: i64) -> Result<Option<i64>, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        usage(&format!(
            "'{text}' is no expiry; write 12h, 90d, 6w, a day such as 2026-12-31, or a time of RFC 3339"
        ))
    };
    let at = if let Some(unit) = text.chars().last().filter(|c| matches!(c, 'h' | 'd' | 'w')) {
        let n: i64 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
        let one = match unit {
            'h' => HOUR_US,
            'd' => DAY_US,
            _ => 7 * DAY_US,
        };
        let length = n.checked_mul(one).filter(|l| *l > 0).ok_or_else(wrong)?;
        now_us.saturating_add(length)
    } else if let Some(end) = day_end(text) {
        end
    } else {
        parse_rfc3339(text).map(|ns| ns.div_euclid(1_000)).ok_or_else(wrong)?
    };
    if at <= now_us {
        return Err(usage(&format!("{text} has passed; the verdict would hold for no time")));
    }
    if at - now_us > LONGEST_US {
        return Err(usage(
            "that is more than a hundred years; leave the expiry out for a verdict without end",
        ));
    }
    Ok(Some(at))
}

fn day_end(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year: i64 = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
    let month: u32 = parts.next()?.parse().ok()?;
    let day: u32 = parts.next()?.parse().ok()?;
    let fits =
        parts.next().is_none() && (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    fits.then(|| (days_from_civil(year, month, day) + 1) * DAY_US)
}

/// A time of an expiry for people, to the minute.
#[must_use]
pub fn until_words(us: i64) -> String {
    let text = rfc3339(us.saturating_mul(1_000).div_euclid(60 * SECOND).saturating_mul(60 * SECOND));
    let (day, time) = (text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default());
    format!("{day} {time} UTC")
}
