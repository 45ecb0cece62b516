//! Incidents of new accounts and new rights, each with its look-alike.

use super::*;

impl Logs {
    /// A change of an account, as Windows says it.
    fn change(&mut self, time: i64, action: &str, actor: &str, target: &str, group: &str) -> &mut Self {
        let mut fields: Vec<(&str, Value)> = vec![
            ("event.category", "iam".into()),
            ("event.action", action.into()),
            ("event.outcome", "success".into()),
            ("user.name", actor.into()),
            ("user.target.name", target.into()),
            ("host.name", "dc-01".into()),
            ("event.dataset", "windows".into()),
        ];
        if !group.is_empty() {
            fields.push(("group.name", group.into()));
        }
        self.add(time, &fields)
    }

    /// The system speaks every day.
    fn days_of(&mut self, host: &str, days: i64) -> &mut Self {
        for day in 1..=days {
            self.add(march(day), &[("host.name", host.into()), ("event.dataset", "windows".into())]);
        }
        self
    }
}

#[test]
fn an_account_made_at_night_by_who_never_made_one_and_given_power_is_medium() {
    let mut logs = Logs::default();
    let night = march(10) + 3 * HOUR;
    logs.days_of("dc-01", 12).change(night, "added-user-account", "svc-web", "helpdesk7", "").change(
        night + MINUTE,
        "added-member-to-group",
        "svc-web",
        "helpdesk7",
        "Domain Admins",
    );
    let found = check(&logs, &["account_created medium", "privilege_change medium"]);
    assert_eq!(
        found[0].title,
        "svc-web made the account helpdesk7 on dc-01 at 03:00 and gave it Domain Admins, and none before in these logs"
    );
    assert_eq!(found[1].title, "svc-web put helpdesk7 into Domain Admins on dc-01 at 03:01");
    assert_eq!(
        (&found[1].attack[..], &found[0].attack[..]),
        (&["T1098.007".to_owned()][..], &["T1136.001".to_owned()][..])
    );
}

#[test]
fn accounts_and_groups_by_an_established_administrator_at_work_are_below_low() {
    let mut logs = Logs::default();
    logs.days_of("dc-01", 20);
    for day in [3, 5, 10, 12, 17] {
        let at = march(day) + 10 * HOUR;
        logs.change(at, "added-user-account", "it-anna", &format!("colleague{day}"), "");
        logs.change(at + MINUTE, "added-member-to-group", "it-anna", &format!("colleague{day}"), "Staff");
    }
    for day in [4, 11, 18] {
        logs.change(
            march(day) + 11 * HOUR,
            "added-member-to-group",
            "it-anna",
            "it-bert",
            "Backup Operators",
        );
    }
    let found = find(&logs);
    // The first ones come before she is known; from then on nothing is worth a card that is seen.
    assert!(found.iter().all(|f| f.severity <= Severity::Low), "{found:#?}");
    let late = march(9);
    for f in found.iter().filter(|f| f.first_ns >= Some(late)) {
        assert_eq!(f.severity, Severity::Info, "{}", f.title);
    }
}

#[test]
fn useradd_says_no_maker_and_a_daemons_account_is_nothing() {
    let useradd = |logs: &mut Logs, time: i64, name: &str, uid: &str, shell: &str| {
        logs.add(
            time,
            &[
                ("event.category", "iam".into()),
                ("event.action", "user_created".into()),
                ("event.outcome", "success".into()),
                ("event.dataset", "accounts".into()),
                ("user.name", name.into()),
                ("user.target.name", name.into()),
                ("user.id", uid.into()),
                ("useradd.shell", shell.into()),
                ("host.name", "web-02".into()),
            ],
        );
    };
    let mut logs = Logs::default();
    logs.days_of("web-02", 9);
    useradd(&mut logs, march(8) + 2 * HOUR, "postgres", "114", "/usr/sbin/nologin");
    useradd(&mut logs, march(9) + 2 * HOUR, "toor", "1002", "/bin/bash");
    let found = check(&logs, &["account_created low", "account_created info"]);
    assert_eq!(found[0].title, "Somebody made the account toor on web-02 at 02:00");
}

#[test]
fn a_cloud_policy_that_gives_everything_is_told_and_a_reading_one_is_not() {
    let call = |logs: &mut Logs, time: i64, action: &str, policy: &str| {
        logs.add(
            time,
            &[
                ("event.category", "iam".into()),
                ("event.action", action.into()),
                ("event.outcome", "success".into()),
                ("event.dataset", "aws.cloudtrail".into()),
                ("user.name", "deploy".into()),
                ("user.target.name", "backdoor".into()),
                ("source.ip", "203.0.113.9".into()),
                ("requestParameters.policyArn", policy.into()),
            ],
        );
    };
    let mut logs = Logs::default();
    call(&mut logs, march(9) + 11 * HOUR, "AttachUserPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    check(&logs, &[]);
    call(&mut logs, march(10) + 11 * HOUR, "AttachUserPolicy", "arn:aws:iam::aws:policy/AdministratorAccess");
    call(&mut logs, march(10) + 11 * HOUR + MINUTE, "CreateAccessKey", "");
    let found = check(&logs, &["privilege_change low"]);
    assert!(
        found[0].title.starts_with("deploy gave backdoor AdministratorAccess at 11:00"),
        "{}",
        found[0].title
    );
    assert_eq!(found[0].attack, ["T1098.001", "T1098.003"]);
}

#[test]
fn sudo_of_an_account_that_never_used_it_and_sudo_that_was_refused() {
    let mut logs = Logs::default();
    let sudo = |logs: &mut Logs, time: i64, user: &str, outcome: &str, reason: &str| {
        logs.add(
            time,
            &[
                ("event.category", "authentication".into()),
                ("event.action", "sudo".into()),
                ("event.outcome", outcome.into()),
                ("event.reason", reason.into()),
                ("user.name", user.into()),
                ("user.effective.name", "root".into()),
                ("process.command_line", "/bin/bash".into()),
                ("host.name", "web-02".into()),
            ],
        );
    };
    logs.evenings(10, 2, "www", "10.1.1.1").evenings(10, 2, "anna", "10.1.1.2");
    for day in 1..=10 {
        sudo(&mut logs, march(day) + 22 * HOUR + 20 * MINUTE, "anna", "success", "");
    }
    sudo(&mut logs, march(10) + 22 * HOUR + 30 * MINUTE, "www", "success", "");
    sudo(&mut logs, march(9) + 22 * HOUR + 30 * MINUTE, "guest", "failure", "user NOT in sudoers");
    let found = check(&logs, &["privilege_change low", "privilege_change low"]);
    assert!(
        found[0].title.starts_with("www used sudo for the first time on web-02 at 22:30"),
        "{}",
        found[0].title
    );
    assert_eq!(found[1].title, "sudo was refused to guest, 1 time: it is not in sudoers");
}

#[test]
fn special_privileges_of_an_account_that_never_had_them() {
    let mut logs = Logs::default();
    let special = |logs: &mut Logs, time: i64, user: &str| {
        logs.add(
            time,
            &[
                ("event.category", "iam".into()),
                ("event.action", "logged-in-special".into()),
                ("user.name", user.into()),
                ("host.name", "ws-07".into()),
            ],
        );
    };
    logs.evenings(10, 2, "carl", "10.1.1.1").evenings(10, 2, "admin1", "10.1.1.2");
    for day in 1..=10 {
        special(&mut logs, march(day) + 22 * HOUR + 10 * MINUTE, "admin1");
        special(&mut logs, march(day) + 22 * HOUR + 10 * MINUTE, "WS-07$");
    }
    check(&logs, &[]);
    special(&mut logs, march(10) + 22 * HOUR + 15 * MINUTE, "carl");
    let found = check(&logs, &["privilege_change low"]);
    assert!(found[0].title.starts_with("carl used special privileges for the first time on ws-07"));
}
