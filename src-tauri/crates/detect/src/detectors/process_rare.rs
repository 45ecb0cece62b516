//! Rare processes: programs (by name and kind of folder) and pairs of parent and child that hardly ever start, over all systems, where
//! something else speaks against them too: a folder that anyone can write to, a parent that should start no shell, the name
//! of a system program elsewhere. Rarity alone is no card: on any system most programs are rare. Where programs seen once
//! are usual anyhow (Good-Turing), rarity counts for nothing.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, one_of, part, spark,
    strength, whole_seconds, with_query,
};
use crate::programs::{Parent, Place, base_of, is_core, is_installer, is_shell, parent_of, place_of};
use crate::table::{NONE, Names, flags_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR, SECOND};
use timberline_model::{Filter, NO_TIME, kql};

pub(super) struct RareProcess;

/// How often something started, where first, and on how many systems (up to two: one or more).
#[derive(Clone, Copy)]
struct Starts {
    n: u64,
    first_ns: i64,
    host: u32,
    many_hosts: bool,
}

/// All starts of a case, counted.
#[derive(Default)]
struct Counted {
    names: Names,
    hosts: Names,
    programs: FxHashMap<(u32, u8), Starts>,
    pairs: FxHashMap<(u32, u32), Starts>,
    by_host: FxHashMap<u32, u64>,
    total: u64,
    span: Option<(i64, i64)>,
}

/// One thing to tell.
struct Candidate {
    name: u32,
    place: Place,
    parent: Option<u32>,
    starts: Starts,
    rare: bool,
    parts: Vec<(&'static str, String, &'static str, f64)>,
    technique: Option<&'static str>,
}

impl Candidate {
    fn weight(&self) -> f64 {
        self.parts.iter().map(|p| p.3).sum::<f64>() + if self.rare { RARE } else { 0.0 }
    }
}

/// What rarity itself weighs.
const RARE: f64 = 0.14;

impl Detector for RareProcess {
    fn about(&self) -> About {
        About {
            id: "process_rare",
            title: "Rare process",
            stage: Stage::Execution,
            meaning: "A program that hardly ever starts on any system ran from a folder that anyone can write to, was started by a \
                      program for documents, a browser, a server or a service, or bears the name of a system program that lies \
                      elsewhere; or such a parent started a shell.",
            innocent: "Installers and updates run from temporary folders; administrators have tools of their own.",
            attack: &["T1059", "T1204.002", "T1505.003", "T1036.005"],
            references: &["Elastic: rare process by host, unusual parent and child", "SANS: Hunt evil"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let counted = gather(seen)?;
        if counted.total == 0 {
            return Ok(Verdict::Skipped(
                "no event says that a process started (event.category : process with process.name)".into(),
            ));
        }
        let mut found = candidates(&counted, knobs);
        found.sort_by_key(|c| (c.starts.host, c.starts.first_ns, c.name, c.parent));
        let mut groups: Vec<Vec<&Candidate>> = Vec::new();
        for candidate in &found {
            let near = |g: &&mut Vec<&Candidate>| {
                g.last().is_some_and(|l| {
                    l.starts.host == candidate.starts.host
                        && candidate.starts.first_ns - l.starts.first_ns <= HOUR
                })
            };
            match groups.last_mut().filter(near) {
                Some(group) => group.push(candidate),
                None => groups.push(vec![candidate]),
            }
        }
        let best = |g: &Vec<&Candidate>| g.iter().map(|c| c.weight()).fold(0.0, f64::max);
        groups.sort_by(|a, b| {
            best(b).total_cmp(&best(a)).then_with(|| {
                let first = |g: &Vec<&Candidate>| g.first().map(|c| (c.starts.first_ns, c.name));
                first(a).cmp(&first(b))
            })
        });
        groups.truncate(knobs.process_cards.max(0.0) as usize);
        let mut drafts = Vec::new();
        for group in &groups {
            seen.ctx.check()?;
            drafts.extend(card(seen, &counted, group, knobs)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Starts of processes.
fn starts() -> Filter {
    Filter::is("event.category", "process")
        .and(Filter::Or(vec![
            Filter::is("event.type", "start"),
            Filter::any_of("event.action", &["executed", "exec", "execve", "process_started", "ran-command"]),
        ]))
        .and(Filter::exists("process.name"))
}

fn gather(seen: &Seen<'_>) -> Result<Counted, DetectError> {
    let mut counted = Counted::default();
    let fields = ["process.name", "process.executable", "process.parent.name", "host.name"];
    seen.events.scan(seen.range, &starts(), &fields, seen.ctx, &mut |batch| {
        let rows = batch.ids.len();
        let name = counted.names.codes(batch.columns.first(), rows);
        let place = flags_of(batch.columns.get(1), rows, |t| place_of(t) as u8);
        let parent = counted.names.codes(batch.columns.get(2), rows);
        let host = counted.hosts.codes(batch.columns.get(3), rows);
        for (row, time) in batch.times.iter().enumerate() {
            let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
            let (name, host) = (at(&name), at(&host));
            if name == NONE || *time == NO_TIME {
                continue;
            }
            let one = Starts { n: 0, first_ns: *time, host, many_hosts: false };
            let note = |starts: &mut Starts| {
                starts.n += 1;
                starts.many_hosts |= starts.host != host;
                if *time < starts.first_ns {
                    starts.first_ns = *time;
                }
            };
            note(counted.programs.entry((name, place.get(row).copied().unwrap_or(0))).or_insert(one));
            if at(&parent) != NONE {
                note(counted.pairs.entry((at(&parent), name)).or_insert(one));
            }
            *counted.by_host.entry(host).or_default() += 1;
            counted.total += 1;
            let (first, last) = counted.span.unwrap_or((*time, *time));
            counted.span = Some((first.min(*time), last.max(*time)));
        }
        true
    })?;
    seen.ctx.check()?;
    Ok(counted)
}

fn place(code: u8) -> Place {
    [Place::System, Place::Installed, Place::User, Place::Writable, Place::Elsewhere]
        .into_iter()
        .find(|p| *p as u8 == code)
        .unwrap_or(Place::Unknown)
}

/// Whether rarity says anything: enough starts, over a day at least, and few programs that start once.
fn rarity_counts(counted: &Counted, knobs: &Knobs) -> bool {
    let once = counted.programs.values().filter(|s| s.n == 1).count() as f64;
    let span = counted.span.map_or(0, |(a, b)| b - a);
    counted.total as f64 >= knobs.process_events
        && once / counted.total.max(1) as f64 <= knobs.process_chance
        && span >= DAY
}

fn candidates(counted: &Counted, knobs: &Knobs) -> Vec<Candidate> {
    let rarity = rarity_counts(counted, knobs);
    let is_rare = |s: &Starts| s.n as f64 <= knobs.process_rare && !s.many_hosts;
    let mut found: FxHashMap<(u32, u32), Candidate> = FxHashMap::default();
    for (&(name, code), starts) in &counted.programs {
        let (text, place) = (counted.names.text(name), place(code));
        if !is_rare(starts) || is_installer(text) {
            continue;
        }
        let mut parts = Vec::new();
        let mut technique = None;
        if is_core(text) && !matches!(place, Place::Unknown | Place::System) {
            parts.push((
                "A system program's name in another folder",
                text.to_owned(),
                "the system's folder",
                0.26,
            ));
            technique = Some("T1036.005");
        }
        if rarity {
            match place {
                Place::Writable => {
                    parts.push((
                        "In a folder that anyone can write to",
                        "writable".to_owned(),
                        "protected",
                        0.16,
                    ));
                }
                Place::User => parts.push(("In a user's folder", "a user's".to_owned(), "protected", 0.10)),
                _ => {}
            }
        }
        if !parts.is_empty() {
            found.insert(
                (name, NONE),
                Candidate { name, place, parent: None, starts: *starts, rare: rarity, parts, technique },
            );
        }
    }
    for (&(parent, child), starts) in &counted.pairs {
        let (above, below) = (counted.names.text(parent), counted.names.text(child));
        let (kind, shell) = (parent_of(above), is_shell(below));
        if kind == Parent::Other || !is_rare(starts) || is_installer(below) {
            continue;
        }
        // A shell under a server or a document needs no baseline; anything else must be rare where rarity says something.
        let by_itself = matches!(kind, Parent::Server | Parent::Office);
        if !shell || !(by_itself || rarity) {
            continue;
        }
        let weight = match kind {
            Parent::Server | Parent::Office => 0.26,
            Parent::Browser => 0.18,
            _ => 0.12,
        };
        let technique = match kind {
            Parent::Server => "T1505.003",
            Parent::Office => "T1204.002",
            _ => "T1059",
        };
        let parts = vec![(
            match kind {
                Parent::Server => "A server started a shell",
                Parent::Office => "A program for documents started a shell",
                Parent::Browser => "A browser or mail program started a shell",
                _ => "A service started a shell",
            },
            format!("{above} started {below}"),
            "never",
            weight,
        )];
        found.insert(
            (child, parent),
            Candidate {
                name: child,
                place: Place::Unknown,
                parent: Some(parent),
                starts: *starts,
                rare: rarity,
                parts,
                technique: Some(technique),
            },
        );
    }
    let mut found: Vec<Candidate> = found.into_values().collect();
    found.retain(|c| c.weight() >= 0.24);
    found
}

fn card(
    seen: &Seen<'_>,
    counted: &Counted,
    group: &[&Candidate],
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let Some(lead) = group.iter().reduce(|a, b| if b.weight() > a.weight() { b } else { a }) else {
        return Ok(None);
    };
    let name = |code: u32| counted.names.text(code);
    let host = counted.hosts.text(lead.starts.host);
    let from = group.iter().map(|c| c.starts.first_ns).min().unwrap_or(0);
    let here = if host.is_empty() { Filter::All } else { Filter::is("host.name", host) };
    let near = starts().and(here.clone()).and(during(from, from.saturating_add(DAY)));
    let mut either: Vec<Filter> = Vec::new();
    let mut plain: Vec<&str> = group.iter().filter(|c| c.parent.is_none()).map(|c| name(c.name)).collect();
    plain.sort_unstable();
    plain.dedup();
    if !plain.is_empty() {
        // A name is rare in one kind of folder: the same name elsewhere is another program.
        let rows = seen.rows(
            &near.clone().and(one_of("process.name", &plain)),
            &["process.name", "process.executable"],
        )?;
        let rare = |r: &&crate::rows::Row| {
            group.iter().any(|c| {
                c.parent.is_none()
                    && name(c.name).eq_ignore_ascii_case(r.text(0))
                    && place_of(r.text(1)) == c.place
            })
        };
        let mut paths: Vec<&str> = rows.iter().filter(rare).map(|r| r.text(1)).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.retain(|p| !p.is_empty());
        either.push(if paths.is_empty() {
            one_of("process.name", &plain)
        } else {
            one_of("process.executable", &paths)
        });
    }
    let mut pairs: Vec<(&str, &str)> =
        group.iter().filter_map(|c| Some((name(c.parent?), name(c.name)))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    for (above, below) in &pairs {
        either.push(Filter::is("process.parent.name", above).and(Filter::is("process.name", below)));
    }
    let one = if either.len() == 1 { either.remove(0) } else { Filter::Or(either) };
    let base = starts().and(one.clone()).and(here);
    let near = near.and(one);
    let fields =
        ["process.name", "process.executable", "user.name", "process.command_line", "process.parent.name"];
    let rows = seen.rows(&near, &fields)?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
    let (from_ns, to_ns) = whole_seconds(first.time, last.time);
    let filter = base.and(during(from_ns, to_ns));
    let is_lead = |r: &&crate::rows::Row| {
        r.text(0).eq_ignore_ascii_case(name(lead.name))
            && lead.parent.is_none_or(|p| r.text(4).eq_ignore_ascii_case(name(p)))
    };
    let shown = rows.iter().find(is_lead).unwrap_or(first);

    let programs: Vec<&str> = {
        let mut seen_names = FxHashSet::default();
        group.iter().map(|c| name(c.name)).filter(|n| seen_names.insert(n.to_ascii_lowercase())).collect()
    };
    let mut entities = Vec::new();
    if !host.is_empty() {
        entities.push(entity("host.name", host));
    }
    entities.extend(programs.iter().take(20).map(|n| entity("process.name", n)));
    let mut users: Vec<&str> = rows.iter().map(|r| r.text(2)).filter(|u| !u.is_empty()).collect();
    users.sort_unstable();
    users.dedup();
    entities.extend(users.iter().take(3).map(|u| entity("user.name", u)));
    let mut draft = Draft::new("process_rare", Shape::Fact, entities, first.time, last.time);
    let where_ = if host.is_empty() { String::new() } else { format!(" on {host}") };
    let what = match lead.parent {
        Some(parent) => format!("{} started {}", name(parent), name(lead.name)),
        None => {
            let path = shown.text(1);
            format!("{} ran", if path.is_empty() { name(lead.name) } else { path })
        }
    };
    let more = match programs.len() {
        0 | 1 => String::new(),
        n => format!(", and {}", counted_more(n as u64 - 1)),
    };
    draft.finding.title = format!("{what}{where_} at {}{more}", clock(shown.time));
    draft.finding.query = kql::render(&filter);
    let (mine, rest): (Vec<_>, Vec<_>) = rows.iter().partition(is_lead);
    draft.evidence(mine.into_iter().chain(rest).map(|r| r.id));
    let mut attack: Vec<String> = group.iter().filter_map(|c| c.technique).map(str::to_owned).collect();
    attack.sort();
    attack.dedup();
    draft.finding.attack = attack;

    let span = counted.span.map_or(0, |(a, b)| b - a);
    let on_host = counted.by_host.get(&lead.starts.host).copied().unwrap_or(0);
    let words = format!(
        "{} of {} programs, {} here; {}",
        counted_starts(counted.total),
        count(counted.programs.len() as u64),
        count(on_host),
        strength(span)
    );
    let mut all: Vec<f64> = counted.programs.values().map(|s| s.n as f64).collect();
    all.sort_by(f64::total_cmp);
    let usual = crate::stats::median(&all).unwrap_or(0.0);
    draft.part(with_query(
        part(
            if lead.parent.is_some() {
                "Starts of this pair, over all systems"
            } else {
                "Starts, over all systems"
            },
            (lead.starts.n.into(), usual.into(), knobs.process_rare.into()),
            "starts",
            if lead.rare { words } else { format!("{words}, too weak to count") },
            if lead.rare { RARE } else { 0.0 },
        ),
        &filter,
    ));
    for (title, observed, expected, weight) in &lead.parts {
        draft.part(part(
            *title,
            (observed.clone().into(), (*expected).into(), "".into()),
            "",
            "by its name",
            *weight,
        ));
    }
    if programs.len() > 1 {
        draft.part(part(
            "Other such programs within the hour",
            ((programs.len() as u64 - 1).into(), 0u64.into(), 1u64.into()),
            "programs",
            "none needed",
            0.04 + 0.06 * log_scale(programs.len() as f64, 1.0, 10.0),
        ));
    }
    let parent = base_of(shown.text(4));
    if is_installer(&parent) {
        draft.part(part(
            "Started by an installer or update",
            (parent.as_str().into(), "".into(), "installer".into()),
            "",
            "by its name",
            -0.14,
        ));
    }
    if draft.finding.score < 0.2 {
        return Ok(None);
    }
    draft.finding.innocent = format!(
        "An installer, an update or an administrator's own tool. It was started by {}{}. It would come again: {} in {} of logs.",
        if parent.is_empty() { "a program that is not named" } else { parent.as_str() },
        users.first().map_or_else(String::new, |u| format!(" for {u}")),
        counted_starts(lead.starts.n),
        length(span)
    );
    let pad = HOUR;
    draft.finding.spark = Some(spark(
        rows.iter().map(|r| (r.time, 1)),
        (first.time - pad, last.time + pad + SECOND),
        30,
        "starts",
    ));
    draft.ask(format!("What happened around {}?", moment(shown.time)));
    if !host.is_empty() {
        draft.ask(format!("What do we know about {host}?"));
    }
    if let Some(user) = users.first() {
        draft.ask(format!("What else did {user} do?"));
    }
    draft.ask("Is there anything suspicious?".into());
    Ok(Some(draft))
}

fn counted_more(n: u64) -> String {
    counted(n, "more rare program", "more rare programs")
}

fn counted_starts(n: u64) -> String {
    counted(n, "start", "starts")
}
