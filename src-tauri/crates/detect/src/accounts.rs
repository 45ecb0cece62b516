//! What names of accounts and groups say by themselves: machine accounts, groups that give power. Names are compared without
//! letter case; Windows' groups are also known by their numbers, since their names are translated.

/// Whether an account belongs to a machine or to the system itself, not to a person or a job of one.
#[must_use]
pub fn is_machine(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let lower = lower.rsplit('\\').next().unwrap_or(&lower);
    lower.ends_with('$')
        || lower.is_empty()
        || matches!(
            lower,
            "system"
                | "local service"
                | "network service"
                | "anonymous logon"
                | "localsystem"
                | "s-1-5-18"
                | "s-1-5-19"
                | "s-1-5-20"
        )
        || is_numbered(lower, "dwm-")
        || is_numbered(lower, "umfd-")
        || lower.starts_with("healthmailbox")
}

fn is_numbered(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()))
}

/// How much power a group, role or policy gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// None that is known.
    None,
    /// Some: backups, remote desktop, printing, one service.
    Some,
    /// All of a system, a domain or a cloud account.
    All,
}

/// The power of a group or role by its name or its SID.
#[must_use]
pub fn power_of_group(name: &str, sid: &str) -> Power {
    // Well-known SIDs. Source: Microsoft, "Security identifiers".
    match sid {
        "S-1-5-32-544" => return Power::All,
        "S-1-5-32-548" | "S-1-5-32-549" | "S-1-5-32-550" | "S-1-5-32-551" | "S-1-5-32-555"
        | "S-1-5-32-578" | "S-1-5-32-580" => return Power::Some,
        _ => {}
    }
    if sid.starts_with("S-1-5-21-") {
        match sid.rsplit('-').next() {
            Some("512" | "518" | "519") => return Power::All,
            Some("517" | "520" | "526" | "527") => return Power::Some,
            _ => {}
        }
    }
    let lower = name.to_ascii_lowercase();
    let lower = lower.rsplit(['\\', '/']).next().unwrap_or(&lower).trim();
    match lower {
        "administrators"
        | "administratoren"
        | "administrateurs"
        | "administradores"
        | "amministratori"
        | "domain admins"
        | "enterprise admins"
        | "schema admins"
        | "sudo"
        | "wheel"
        | "root"
        | "admin"
        | "admins"
        | "global administrator"
        | "company administrator"
        | "privileged role administrator"
        | "privileged authentication administrator"
        | "user access administrator"
        | "owner"
        | "roles/owner"
        | "super admin"
        | "super administrator"
        | "_seed_admin_role"
        | "cluster-admin"
        | "system:masters"
        | "sysadmin" => Power::All,
        "account operators"
        | "backup operators"
        | "server operators"
        | "print operators"
        | "dnsadmins"
        | "group policy creator owners"
        | "remote desktop users"
        | "remote management users"
        | "hyper-v administrators"
        | "docker"
        | "lxd"
        | "disk"
        | "shadow"
        | "adm"
        | "libvirt"
        | "kvm"
        | "application administrator"
        | "cloud application administrator"
        | "exchange administrator"
        | "sharepoint administrator"
        | "user administrator"
        | "security administrator"
        | "contributor"
        | "editor"
        | "organization management"
        | "db_owner"
        | "securityadmin" => Power::Some,
        _ if lower.contains("admin") => Power::Some,
        _ => Power::None,
    }
}

/// The power of a cloud policy by its name or address ("arn:aws:iam::aws:policy/AdministratorAccess").
#[must_use]
pub fn power_of_policy(policy: &str) -> Power {
    let name = policy.rsplit('/').next().unwrap_or(policy).to_ascii_lowercase();
    match name.as_str() {
        "administratoraccess" | "iamfullaccess" | "poweruseraccess" | "owner" => Power::All,
        n if n.ends_with("fullaccess") || n.contains("admin") => Power::Some,
        _ => Power::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_no_people() {
        for (name, expect) in [
            ("WS-01$", true),
            ("SYSTEM", true),
            ("NT AUTHORITY\\NETWORK SERVICE", true),
            ("DWM-2", true),
            ("dwm-anna", false),
            ("svc-backup", false),
            ("systemd-anna", false),
        ] {
            assert_eq!(is_machine(name), expect, "{name}");
        }
    }

    #[test]
    fn power_is_known_by_name_and_by_number() {
        assert_eq!(power_of_group("Administrateurs", ""), Power::All);
        assert_eq!(power_of_group("Администраторы", "S-1-5-32-544"), Power::All);
        assert_eq!(power_of_group("Domänen-Admins", "S-1-5-21-1-2-3-512"), Power::All);
        assert_eq!(power_of_group("CORP\\Domain Admins", ""), Power::All);
        assert_eq!(power_of_group("docker", ""), Power::Some);
        assert_eq!(power_of_group("sql-admins", ""), Power::Some);
        assert_eq!(power_of_group("Users", "S-1-5-32-545"), Power::None);
        assert_eq!(power_of_policy("arn:aws:iam::aws:policy/AdministratorAccess"), Power::All);
        assert_eq!(power_of_policy("AmazonS3FullAccess"), Power::Some);
        assert_eq!(power_of_policy("ReadOnlyAccess"), Power::None);
    }
}
