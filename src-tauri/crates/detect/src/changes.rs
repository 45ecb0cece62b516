//! Changes of accounts and of what they may do: made, deleted, put into groups, given policies or credentials. Windows, Linux' tools,
//! audit records and clouds say it each in their words; here they are five kinds. Changes are few, so they are kept as rows.

use crate::accounts::{Power, power_of_group, power_of_policy};
use crate::rows::Row;
use crate::{DetectError, Seen};
use rustc_hash::FxHashMap;
use timberline_model::time::DAY;
use timberline_model::{EventId, Filter, NO_TIME};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An account was made.
    Made,
    /// An account was deleted.
    Deleted,
    /// An account was put into a group or role.
    Joined,
    /// A policy or role was given to an account, a group or a role.
    Policy,
    /// A password, key or other credential was made for an account.
    Credential,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub time: i64,
    /// Which event.
    pub id: EventId,
    /// What.
    pub kind: Kind,
    /// As the log says it.
    pub action: String,
    /// By whom; empty where the log does not say.
    pub actor: String,
    /// To whom; empty where the log does not say.
    pub target: String,
    /// The group, role or policy.
    pub what: String,
    /// What that gives.
    pub power: Power,
    /// On which system.
    pub host: String,
    /// From which address.
    pub source: String,
    /// Which kind of log.
    pub dataset: String,
    /// Whether the new account is one of the system: it cannot log in.
    pub system: bool,
    /// The target's number (SID, uid).
    pub target_id: String,
    /// Whether it comes about by itself: a domain's administrators become those of a system that joins it.
    pub routine: bool,
}

const FIELDS: [&str; 17] = [
    "event.action",
    "event.type",
    "event.outcome",
    "user.name",
    "user.target.name",
    "group.name",
    "group.id",
    "host.name",
    "source.ip",
    "requestParameters.policyArn",
    "requestParameters.roleName",
    "event.dataset",
    "useradd.shell",
    "user.id",
    "user.target.id",
    "user.roles",
    "requestParameters.policyName",
];

/// What is said when an account is made, in lower case: Windows and audit, shadow's tools, AWS, Entra ID, Okta, Google.
const MADE: [&str; 12] = [
    "added-user-account",
    "user_created",
    "useradd",
    "user_added",
    "createuser",
    "add user",
    "add user.",
    "create user",
    "user.lifecycle.create",
    "create_user",
    "google.iam.admin.v1.createserviceaccount",
    "user.create",
];
const DELETED: [&str; 8] = [
    "deleted-user-account",
    "user_deleted",
    "userdel",
    "deleteuser",
    "delete user",
    "delete user.",
    "user.lifecycle.delete.completed",
    "google.iam.admin.v1.deleteserviceaccount",
];
const JOINED: [&str; 8] = [
    "added-member-to-group",
    "user_added_to_group",
    "addusertogroup",
    "add member to role",
    "add member to role.",
    "add eligible member to role",
    "group.user_membership.add",
    "assigned-user-role-to",
];
const POLICY: [&str; 16] = [
    "attachuserpolicy",
    "attachrolepolicy",
    "attachgrouppolicy",
    "putuserpolicy",
    "putrolepolicy",
    "putgrouppolicy",
    "updateassumerolepolicy",
    "createpolicyversion",
    "setiampolicy",
    "google.iam.admin.v1.setiampolicy",
    "microsoft.authorization/roleassignments/write",
    "create role assignment",
    "user.account.privilege.grant",
    "assign_role",
    "grant_admin_privilege",
    "add app role assignment to service principal.",
];
const CREDENTIAL: [&str; 6] = [
    "createaccesskey",
    "createloginprofile",
    "updateloginprofile",
    "google.iam.admin.v1.createserviceaccountkey",
    "add service principal credentials.",
    "update application – certificates and secrets management ",
];

/// Changes that came about: what the log says failed is none.
fn filter() -> Filter {
    let words: Vec<&str> =
        MADE.iter().chain(&DELETED).chain(&JOINED).chain(&POLICY).chain(&CREDENTIAL).copied().collect();
    let made = Filter::is("event.category", "iam")
        .and(Filter::is("event.type", "user"))
        .and(Filter::is("event.type", "creation"));
    Filter::Or(vec![Filter::any_of("event.action", &words), made])
        .and(Filter::is("event.outcome", "failure").negate())
}

fn kind_of(action: &str, types: &str) -> Option<Kind> {
    let is = |list: &[&str]| list.contains(&action);
    let made = || {
        let has = |t: &str| types.split(timberline_model::value::MULTI).any(|x| x == t);
        has("user") && has("creation") && !has("admin")
    };
    match () {
        () if is(&MADE) || made() => Some(Kind::Made),
        () if is(&DELETED) => Some(Kind::Deleted),
        () if is(&JOINED) => Some(Kind::Joined),
        () if is(&POLICY) => Some(Kind::Policy),
        () if is(&CREDENTIAL) => Some(Kind::Credential),
        () => None,
    }
}

/// Names of domain-wide SIDs. Source: Microsoft, "Security identifiers".
fn well_known(sid: &str) -> Option<&'static str> {
    if !sid.starts_with("S-1-5-21-") {
        return None;
    }
    Some(match sid.rsplit('-').next()? {
        "500" => "Administrator",
        "501" => "Guest",
        "512" => "Domain Admins",
        "513" => "Domain Users",
        "519" => "Enterprise Admins",
        _ => return None,
    })
}

/// The first of several values.
fn first(text: &str) -> &str {
    text.split(timberline_model::value::MULTI).next().unwrap_or_default()
}

fn change(row: &Row) -> Option<Change> {
    let kind = kind_of(&row.text(0).to_ascii_lowercase(), row.text(1))?;
    let (mut actor, target) = (first(row.text(3)), first(row.text(4)));
    // Linux' tools name the account that is changed, and nobody who did it.
    let tool = row.text(11) == "accounts" || row.text(0).starts_with("user_");
    if tool && actor.eq_ignore_ascii_case(target) {
        actor = "";
    }
    if matches!(actor, "-" | "?") {
        actor = "";
    }
    let role = [row.text(10), row.text(15)].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    let policy = [row.text(9), row.text(16)].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    let (what, power) = match kind {
        Kind::Joined => {
            let group = if row.text(5).is_empty() { role } else { row.text(5) };
            (first(group), power_of_group(first(group), row.text(6)))
        }
        Kind::Policy => {
            // What is in a policy of one's own is not said by its name.
            let power = match power_of_policy(policy) {
                Power::None if !policy.contains(":aws:policy/") => Power::Some,
                power => power,
            };
            (first(policy), power)
        }
        _ => ("", Power::None),
    };
    let target = match kind {
        Kind::Policy if target.is_empty() => role,
        _ => target,
    };
    let shell = row.text(12);
    let number: Option<u32> = if tool { row.text(13).parse().ok() } else { None };
    Some(Change {
        time: row.time,
        id: row.id,
        kind,
        action: row.text(0).to_owned(),
        actor: actor.to_owned(),
        target: target.to_owned(),
        what: what.to_owned(),
        power,
        host: first(row.text(7)).to_owned(),
        source: first(row.text(8)).to_owned(),
        dataset: row.text(11).to_owned(),
        system: shell.ends_with("nologin") || shell.ends_with("/false") || number.is_some_and(|n| n < 1_000),
        target_id: row.text(14).to_owned(),
        routine: false,
    })
}

/// All changes of a case, in time order.
#[derive(Default)]
pub struct Changes {
    /// The changes.
    pub rows: Vec<Change>,
}

impl Changes {
    /// Gathers them.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(seen: &Seen<'_>) -> Result<Self, DetectError> {
        let rows = seen.rows(&filter(), &FIELDS)?;
        let mut rows: Vec<Change> = rows.iter().filter(|r| r.time != NO_TIME).filter_map(change).collect();
        // Windows often names a member by its SID alone; when the account was made both were named.
        let names: FxHashMap<String, String> = rows
            .iter()
            .filter(|c| {
                c.target_id.starts_with("S-1-") && !c.target.starts_with("S-1-") && !c.target.is_empty()
            })
            .map(|c| (c.target_id.clone(), c.target.clone()))
            .collect();
        for row in rows.iter_mut().filter(|r| r.target.starts_with("S-1-")) {
            if let Some(name) = names.get(&row.target) {
                row.target.clone_from(name);
            } else if let Some(name) = well_known(&row.target) {
                name.clone_into(&mut row.target);
                row.routine = name == "Domain Admins" && row.power == Power::All;
            }
        }
        Ok(Self { rows })
    }

    /// What an author did of one kind before a moment: how often, and on how many days other than that one.
    #[must_use]
    pub fn before(&self, change: &Change) -> (u64, u64) {
        let mut days: Vec<i64> = self
            .rows
            .iter()
            .filter(|c| {
                c.kind == change.kind
                    && c.actor.eq_ignore_ascii_case(&change.actor)
                    && c.time < change.time - DAY / 2
            })
            .map(|c| c.time.div_euclid(DAY))
            .collect();
        let n = days.len() as u64;
        days.dedup();
        (n, days.len() as u64)
    }

    /// Changes of an account within a time.
    pub fn of_target<'c>(
        &'c self,
        target: &'c str,
        id: &'c str,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = &'c Change> {
        self.rows.iter().filter(move |c| {
            let same = !target.is_empty() && c.target.eq_ignore_ascii_case(target)
                || !id.is_empty() && (c.target_id == id || c.target == id);
            same && c.time >= from && c.time <= to
        })
    }
}

/// For how long the logs of a change's system (or of its kind of log) go back before it.
///
/// # Errors
/// See [`timberline_model::StoreError`].
pub fn known_for(seen: &Seen<'_>, change: &Change) -> Result<i64, DetectError> {
    let same = if change.host.is_empty() {
        Filter::is("event.dataset", &change.dataset)
    } else {
        Filter::is("host.name", &change.host)
    };
    let span = seen.events.span(seen.range, same, seen.ctx)?;
    Ok(span.first_ns.map_or(0, |first| change.time - first))
}

/// The query of some changes: their words, their author where one is named, and a time.
#[must_use]
pub fn query_of(changes: &[&Change]) -> Filter {
    let mut actions: Vec<&str> = changes.iter().map(|c| c.action.as_str()).collect();
    actions.sort_unstable();
    actions.dedup();
    let first = changes.iter().map(|c| c.time).min().unwrap_or(0);
    let last = changes.iter().map(|c| c.time).max().unwrap_or(0);
    let (from_ns, to_ns) = crate::draft::whole_seconds(first, last);
    let mut filter =
        crate::draft::one_of("event.action", &actions).and(Filter::is("event.outcome", "failure").negate());
    let same = |of: fn(&Change) -> &str| {
        let mut texts: Vec<&str> = changes.iter().map(|c| of(c)).collect();
        texts.sort_unstable();
        texts.dedup();
        match &texts[..] {
            [one] if !one.is_empty() => Some((*one).to_owned()),
            _ => None,
        }
    };
    if let Some(actor) = same(|c| &c.actor) {
        filter = filter.and(Filter::is("user.name", &actor));
    }
    if let Some(host) = same(|c| &c.host) {
        filter = filter.and(Filter::is("host.name", &host));
    }
    filter.and(crate::draft::during(from_ns, to_ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_logs_are_five_kinds() {
        for (action, types, expect) in [
            ("added-user-account", "user\u{1e}creation", Some(Kind::Made)),
            ("something new", "user\u{1e}creation", Some(Kind::Made)),
            ("user-audit-policy-created", "user\u{1e}creation\u{1e}admin", None),
            ("attachuserpolicy", "", Some(Kind::Policy)),
            ("added-member-to-group", "group\u{1e}change", Some(Kind::Joined)),
            ("createaccesskey", "user\u{1e}change", Some(Kind::Credential)),
            ("listusers", "access", None),
        ] {
            assert_eq!(kind_of(action, types), expect, "{action}");
        }
    }
}
