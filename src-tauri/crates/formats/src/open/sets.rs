//! Rotated sets: the files that one log was cut into (`access.log`, `access.log.1`, `access.log.2.gz`; `syslog-20240101`;
//! `app.2024-01-02.log`). They are read oldest first, and what one of them does not say of its years the others do.

use super::source::Opened;
use rustc_hash::FxHashMap;

/// A set, as positions in the list that was asked about, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct RotatedSet {
    /// The name of the log that was cut.
    pub name: String,
    /// Its files.
    pub members: Vec<usize>,
}

/// How old a file of a set is, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// Cut on a date, and there in parts that are numbered upwards.
    Date(String, u32),
    /// So many cuts ago.
    Back(std::cmp::Reverse<u32>),
    /// Still written to.
    Now,
}

/// What packers add to a name.
const PACKED: &[&str] = &[".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".lz", ".Z"];

/// Folder, name without number or date, and format.
type Family<'s> = (&'s str, String, &'s str);

/// The sets among these sources: of one folder, of one name but for number or date, and of one format.
#[must_use]
pub fn rotated_sets(sources: &[&Opened]) -> Vec<RotatedSet> {
    let named: Vec<_> =
        sources.iter().map(|o| (o.path.as_str(), o.format.about().id, o.first_stated_ns())).collect();
    sets(&named)
}

fn sets(sources: &[(&str, &str, Option<i64>)]) -> Vec<RotatedSet> {
    let mut groups: FxHashMap<Family<'_>, Vec<(Age, usize)>> = FxHashMap::default();
    for (n, (path, format, _)) in sources.iter().enumerate() {
        let (folder, name) = path.split_at(path.rfind(['/', '\\', '!']).map_or(0, |at| at + 1));
        let (log, age) = cut(name);
        groups.entry((folder, log, format)).or_default().push((age, n));
    }
    let mut sets: Vec<RotatedSet> = Vec::new();
    for ((_, name, _), mut members) in groups {
        if members.len() < 2 || members.iter().all(|(age, _)| *age == Age::Now) {
            continue;
        }
        members.sort();
        let times: Option<Vec<i64>> = members.iter().map(|(_, n)| sources[*n].2).collect();
        if times.is_some_and(|t| !t.is_sorted()) {
            // Some programs number upwards: what stands in the files decides.
            members.sort_by_key(|(_, n)| sources[*n].2);
        }
        sets.push(RotatedSet { name, members: members.into_iter().map(|(_, n)| n).collect() });
    }
    sets.sort_by_key(|set| set.members.iter().min().copied());
    sets
}

/// The log that a file of this name was cut from, and how old it is.
fn cut(name: &str) -> (String, Age) {
    let mut stem = name;
    while let Some(rest) =
        PACKED.iter().find_map(|end| stem.strip_suffix(end)).filter(|rest| !rest.is_empty())
    {
        stem = rest;
    }
    if let Some((at, len, digits)) = date(stem) {
        let (before, after) = (&stem[..at], &stem[at + len..]);
        let (part, after) = numbered(after);
        let before = before.trim_end_matches(['.', '-', '_', '@']);
        let log = if before.is_empty() {
            after.trim_start_matches(['.', '-', '_']).to_owned()
        } else {
            format!("{before}{after}")
        };
        return (log, Age::Date(digits, part));
    }
    for old in [".old", ".bak", ".prev", ".previous"] {
        if let Some(log) = stem.strip_suffix(old).filter(|log| !log.is_empty()) {
            return (log.to_owned(), Age::Back(std::cmp::Reverse(1)));
        }
    }
    let back = |log: String, number: &str| {
        let number = number.parse().ok().filter(|_| number.len() <= 4 && !log.is_empty())?;
        // The last part of an address counts nothing.
        let address = log.rsplit('.').next().is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
        (!address).then_some((log, Age::Back(std::cmp::Reverse(number))))
    };
    let mut parts = stem.rsplitn(3, '.');
    let found = match (parts.next(), parts.next(), parts.next()) {
        (Some(last), Some(middle), rest) if is_number(last) => {
            back(rest.map_or_else(|| middle.to_owned(), |r| format!("{r}.{middle}")), last)
        }
        (Some(ending), Some(middle), Some(rest)) if is_number(middle) => {
            back(rest.to_owned(), middle).map(|(_, age)| (format!("{rest}.{ending}"), age))
        }
        _ => None,
    };
    found.unwrap_or_else(|| (stem.to_owned(), Age::Now))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number in front of the ending (`.1.log`), and what is left.
fn numbered(after: &str) -> (u32, String) {
    let rest = after.trim_start_matches(['.', '-', '_']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest.get(..digits).and_then(|d| d.parse().ok()) {
        Some(part) if digits <= 4 => (part, rest[digits..].to_owned()),
        _ => (0, after.to_owned()),
    }
}

/// A date, time or count of seconds in a name: where, how long, and its digits, which sort as the times do.
fn date(name: &str) -> Option<(usize, usize, String)> {
    let b = name.as_bytes();
    (0..b.len()).find_map(|at| {
        let fresh = b[at].is_ascii_digit() && (at == 0 || !b[at - 1].is_ascii_digit());
        if !fresh {
            return None;
        }
        let len = date_at(&b[at..], &name[..at])?;
        let digits: String = name[at..at + len].chars().filter(char::is_ascii_digit).collect();
        Some((at, len, digits))
    })
}

/// How long the date is that stands here.
fn date_at(b: &[u8], before: &str) -> Option<usize> {
    let two = |at: usize| -> Option<u32> {
        let pair = b.get(at..at + 2)?;
        pair.iter()
            .all(u8::is_ascii_digit)
            .then(|| u32::from(pair[0] - b'0') * 10 + u32::from(pair[1] - b'0'))
    };
    let run = b.iter().take_while(|c| c.is_ascii_digit()).count();
    let day = |month: usize, day: usize| {
        Some((1..=12).contains(&two(month)?) && (1..=31).contains(&two(day)?)).filter(|fits| *fits)
    };
    let year = |at: usize| Some((19..=21).contains(&two(at)?)).filter(|fits| *fits);
    match run {
        // 2024-01-02, with hours, minutes and seconds behind it or not.
        4 if matches!(b.get(4), Some(b'-' | b'_' | b'.')) && b.get(4) == b.get(7) => {
            year(0)?;
            day(5, 8)?;
            let mut len = 10;
            while matches!(b.get(len), Some(b'-' | b'_' | b'T' | b':' | b'.' | b'h' | b'H'))
                && two(len + 1).is_some_and(|n| n < 60)
                && !b.get(len + 3).is_some_and(u8::is_ascii_digit)
                && len < 19
            {
                len += 3;
            }
            Some(len)
        }
        8 | 10 | 12 | 14 if year(0).is_some() && day(4, 6).is_some() => Some(run),
        // Seconds since 1970, of this century.
        10 if b[0] == b'1' => Some(run),
        // What IIS writes: u_ex240102, by the hour u_ex24010203.
        6 | 8 if before.ends_with("ex") || before.ends_with("ex_") => {
            day(2, 4)?;
            Some(run)
        }
        // What Zeek writes: conn.10:00:00-11:00:00.
        2 if b.get(2) == Some(&b':') => {
            let clock = |at: usize| two(at).is_some() && two(at + 3).is_some() && two(at + 6).is_some();
            (clock(0) && b.get(8) == Some(&b'-') && clock(9)).then_some(17)
        }
        _ => None,
    }
}

/// Tells the files of a set, oldest first, of each other: each gets its place in the set, and those that name no years are
/// anchored so that none lands behind a newer one.
pub fn join(name: &str, members: &mut [&mut Opened]) {
    let count = members.len();
    for (n, opened) in members.iter_mut().enumerate() {
        opened.set = Some(format!("{name}, {} of {count}", n + 1));
    }
    if members.iter().any(|o| o.year_given()) {
        // The given year is that of the oldest; the others go on from there.
        let mut before = None;
        for opened in members.iter_mut() {
            before = opened.follow(before).or(before);
        }
        return;
    }
    let mut after = None;
    for opened in members.iter_mut().rev() {
        after = opened.precede(after).or(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_log_are_found_and_put_in_order_of_time() {
        let check = |names: &[&str], expect: &[(&str, &[&str])]| {
            let paths: Vec<String> = names.iter().map(|n| format!("/logs/{n}")).collect();
            let list: Vec<_> = paths.iter().map(|p| (p.as_str(), "syslog", None)).collect();
            let got: Vec<(String, Vec<&str>)> = sets(&list)
                .into_iter()
                .map(|set| (set.name, set.members.into_iter().map(|n| names[n]).collect()))
                .collect();
            let expect: Vec<(String, Vec<&str>)> =
                expect.iter().map(|(name, members)| ((*name).to_owned(), members.to_vec())).collect();
            assert_eq!(got, expect);
        };
        check(
            &["access.log", "access.log.1", "access.log.10.gz", "access.log.2.gz", "other.log"],
            &[("access.log", &["access.log.10.gz", "access.log.2.gz", "access.log.1", "access.log"])],
        );
        check(
            &["syslog", "syslog-20240102.gz", "syslog-20240101.gz"],
            &[("syslog", &["syslog-20240101.gz", "syslog-20240102.gz", "syslog"])],
        );
        check(
            &["app.2024-01-02.1.log", "app.2024-01-02.0.log", "app.2024-01-01.3.log.gz", "app.log"],
            &[(
                "app.log",
                &["app.2024-01-01.3.log.gz", "app.2024-01-02.0.log", "app.2024-01-02.1.log", "app.log"],
            )],
        );
        check(
            &["server.log.2016-12-19-18", "server.log.2016-12-19-16", "controller.log.2016-12-19-17"],
            &[("server.log", &["server.log.2016-12-19-16", "server.log.2016-12-19-18"])],
        );
        check(&["u_ex240103.log", "u_ex240102.log"], &[("u_ex.log", &["u_ex240102.log", "u_ex240103.log"])]);
        check(
            &[
                "conn.11:00:00-12:00:00.log.gz",
                "conn.10:00:00-11:00:00.log.gz",
                "dns.10:00:00-11:00:00.log.gz",
            ],
            &[("conn.log", &["conn.10:00:00-11:00:00.log.gz", "conn.11:00:00-12:00:00.log.gz"])],
        );
        check(&["messages.old", "messages"], &[("messages", &["messages.old", "messages"])]);
        check(&["maillog-1704067200", "maillog"], &[("maillog", &["maillog-1704067200", "maillog"])]);
        check(&["app.1.log", "app.log"], &[("app.log", &["app.1.log", "app.log"])]);
        check(&["192.168.1.1.log", "192.168.1.2.log", "10.0.0.1", "10.0.0.2"], &[]);
        check(&["a.log", "b.log", "report-1.csv", "report-2.csv"], &[]);
    }

    #[test]
    fn times_decide_where_programs_number_upwards_and_other_formats_and_folders_are_others() {
        let upwards =
            [("/l/a.log.1", "x", Some(10)), ("/l/a.log.2", "x", Some(20)), ("/l/a.log", "x", Some(30))];
        assert_eq!(sets(&upwards)[0].members, [0, 1, 2]);
        assert_eq!(sets(&[("/l/a.log.1", "x", None), ("/l/a.log", "y", None)]), []);
        assert_eq!(sets(&[("/k/a.log.1", "x", None), ("/l/a.log", "x", None)]), []);
    }
}
