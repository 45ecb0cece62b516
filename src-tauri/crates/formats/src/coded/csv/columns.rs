//! What each column of a table is, from its name, from what its values look like, from the product that writes
//! such a table, and from what the analyst said of it; and the reading of rows by that.

use super::dialect::Table;
use super::mapping::{Mapping, Said};
use super::products::{self, Product};
use super::rules::{self, Extras};
use super::split::Cells;
use super::values::{Kind, bracketed_time, kind};
use crate::ParseContext;
use crate::coded::flatten::{Leaf, Leaves, flatten_bytes, give};
use crate::coded::named_values::{
    self, CLOCKS, DATES, Means, OTHER_TIMES, TIMES, ZONES, key, meaning, plain, safe_name,
};
use crate::normalise::time::numbers::Count;
use timberline_model::{FieldId, Fields, Sink, Stamp};

/// One column, ready to be read.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name as it stands in the table (or `column3`).
    pub name: String,
    /// What it is taken for.
    pub means: Means,
    /// Whether its values gave that away, not its name.
    pub by_values: bool,
    key: String,
    own: Option<FieldId>,
    to: Option<FieldId>,
}

/// Columns that together hold a time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TimeFrom {
    /// They, in the order of their words.
    parts: Vec<usize>,
    /// What a number in it counts, where its name says so.
    count: Option<Count>,
    /// The zone that the name states: ` UTC`.
    zone: String,
    /// Times of day without a date.
    clock: bool,
    /// Whether its name says that it is a time: one that is not understood is a problem.
    named: bool,
}

/// The time of a row.
#[derive(Debug, Default)]
pub struct Time {
    /// It, when it was understood.
    pub stamp: Option<Stamp>,
    /// What it said otherwise.
    pub bad: Option<String>,
}

/// All columns.
#[derive(Debug)]
pub struct Columns {
    /// Each of them.
    pub list: Vec<Column>,
    times: Vec<TimeFrom>,
    zone: Option<usize>,
    /// The product that writes such a table.
    pub product: Option<&'static Product>,
    extras: Extras,
    scratch: Vec<u8>,
    path: String,
}

impl Columns {
    /// Of this table, as the analyst said where something was said.
    pub fn of(table: &Table, mapping: Option<&Mapping>, out: &mut dyn Sink) -> Self {
        let mut names: Vec<String> = match &table.names {
            Some(names) => names.clone(),
            None => Vec::new(),
        };
        for n in names.len()..table.columns.max(names.len()) {
            names.push(format!("column{}", n + 1));
        }
        let keys: Vec<String> = names.iter().map(|n| key(n)).collect();
        let product = table.names.as_ref().and_then(|_| products::of(&keys));
        let looks: Vec<Look> = (0..names.len()).map(|n| Look::of(table, n)).collect();
        let mut list: Vec<Column> = Vec::with_capacity(names.len());
        let mut taken: Vec<FieldId> = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let said = mapping.and_then(|m| m.of(name));
            let (means, by_values) = match said {
                Some(Said::Field(_) | Said::Keep | Said::Time(_)) => (Means::Keep, false),
                Some(Said::Ignore) => (Means::Nothing, false),
                Some(Said::Means(means)) => (*means, false),
                None => match product.and_then(|p| p.means(&keys[n])) {
                    Some(means) => (means, false),
                    None => guess(&keys[n], looks[n], table, &list),
                },
            };
            let own_name = unique(&own_name(name, n), &list);
            let own = if means == Means::Nothing { None } else { out.field(&own_name) };
            let to = match said {
                Some(Said::Field(field)) => out.field(field),
                _ => named_values::field(means, out),
            };
            // The first of two columns of the same meaning has the field.
            let (means, to) = match to {
                Some(to) if taken.contains(&to) && !matches!(said, Some(Said::Field(_))) => {
                    (Means::Keep, None)
                }
                other => (means, other),
            };
            taken.extend(to);
            let key = keys[n].clone();
            list.push(Column { name: name.clone(), key, means, by_values, own, to });
        }
        let times = times(&names, &keys, &looks, mapping, product, table);
        let zone = keys.iter().position(|k| ZONES.contains(&k.as_str()));
        let extras = Extras::new(product, out);
        Self { list, times, zone, product, extras, scratch: Vec::new(), path: String::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The columns that the time is taken from first, by their places; empty where there is none.
    pub fn time_columns(&self) -> &[usize] {
        self.times.first().map_or(&[], |t| t.parts.as_slice())
    }

    /// Writes the cells of a row as fields and finds its time.
    pub fn read(
        &mut self,
        row: &[u8],
        cells: &Cells,
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Time {
        for n in 0..self.list.len().min(cells.len()) {
            let Some(text) = cells.get(row, n).map(<[u8]>::trim_ascii) else { continue };
            if matches!(text, b"" | b"-" | b"NULL" | b"null" | b"(null)" | b"\\N") {
                continue;
            }
            let column = &self.list[n];
            match column.means {
                // Named values of a Windows event are the product's rule's.
                Means::Json(_) if rules::is_event_data(text) => {}
                Means::Json(prefix) if matches!(text[0], b'{' | b'[') => {
                    let prefix = if prefix.is_empty() { &column.name } else { prefix };
                    let mut leaves = Below { prefix, fields, out };
                    if flatten_bytes(text, &mut self.path, &mut leaves).is_err()
                        && let Some(own) = column.own
                    {
                        fields.bytes(own, text);
                    }
                }
                Means::Pairs(between) => pairs(&column.name, between, text, fields, out),
                _ => column.give(text, fields),
            }
        }
        if let Some(product) = self.product {
            let get = |name: &str| {
                let n = self.list.iter().position(|c| c.key == name)?;
                cells.get(row, n).map(<[u8]>::trim_ascii)
            };
            self.extras.add(product, &get, fields, out);
        }
        self.time(row, cells, ctx)
    }

    fn time(&mut self, row: &[u8], cells: &Cells, ctx: &ParseContext) -> Time {
        let cell = |n: usize| {
            cells
                .get(row, n)
                .map(<[u8]>::trim_ascii)
                .filter(|c| !matches!(*c, b"" | b"-" | b"NULL" | b"null"))
        };
        let mut bad: Option<&[u8]> = None;
        for from in &self.times {
            let Some(first) = from.parts.first().and_then(|n| cell(*n)) else { continue };
            let zone = match self.zone.and_then(cell) {
                Some(zone) if from.zone.is_empty() => Some(zone),
                _ => Some(from.zone.as_bytes()).filter(|z| !z.is_empty()),
            };
            let joined = from.parts.len() > 1;
            self.scratch.clear();
            if joined {
                for part in &from.parts {
                    let Some(text) = cell(*part) else { continue };
                    if !self.scratch.is_empty() {
                        self.scratch.push(b' ');
                    }
                    self.scratch.extend_from_slice(text);
                }
            } else {
                self.scratch.extend_from_slice(bracketed_time(first).unwrap_or(first));
            }
            let stamp = if from.clock {
                match ctx.clock_only(&self.scratch) {
                    Some((stamp, len)) if len == self.scratch.len() => {
                        // Understood, and undated until somebody says the date.
                        return Time { stamp, bad: None };
                    }
                    _ => None,
                }
            } else {
                ctx.value(from.count, &self.scratch, zone)
            };
            match stamp {
                Some(stamp) => return Time { stamp: Some(stamp), bad: None },
                None if from.named => bad = bad.or(Some(first)),
                None => {}
            }
        }
        let bad = bad.map(|b| String::from_utf8_lossy(&b[..b.len().min(60)]).into_owned());
        Time { stamp: None, bad }
    }
}

impl Column {
    /// One cell as fields.
    fn give(&self, text: &[u8], fields: &mut Fields) {
        named_values::give(self.means, self.own, self.to, text, fields);
    }
}

/// Flattened JSON below a name.
struct Below<'a> {
    prefix: &'a str,
    fields: &'a mut Fields,
    out: &'a mut dyn Sink,
}

impl Leaves for Below<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
        let name = if path.is_empty() { self.prefix.to_owned() } else { format!("{}.{path}", self.prefix) };
        let Some(id) = self.out.field(&name) else { return };
        if listed && self.fields.has(id) {
            return;
        }
        give(self.fields, id, value);
    }
}

/// `User: bob ¦ SrcIP: 192.0.2.1` below a name.
fn pairs(prefix: &str, between: &str, text: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let text = String::from_utf8_lossy(text);
    for pair in text.split(between).take(64) {
        let Some((name, value)) = pair.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.len() > 60 || value.is_empty() || value == "-" {
            continue;
        }
        if let Some(id) = out.field(&format!("{prefix}.{name}")) {
            plain(id, value.as_bytes(), fields);
        }
        rules::pair(name, value, fields);
    }
}

/// What the values of a column look like.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    filled: usize,
    time: usize,
    date: usize,
    clock: usize,
    count: usize,
    address: usize,
    number: usize,
    json: usize,
    /// Blanks in a value: a sentence, not a name.
    worded: usize,
}

impl Look {
    fn of(table: &Table, n: usize) -> Self {
        let mut look = Self::default();
        for value in table.rows.iter().filter_map(|r| r.get(n)).filter(|v| !v.is_empty() && *v != "-") {
            look.filled += 1;
            look.worded += usize::from(value.contains(' '));
            *match kind(value.as_bytes()) {
                Kind::Time => &mut look.time,
                Kind::Date => &mut look.date,
                Kind::Clock => &mut look.clock,
                Kind::Count => &mut look.count,
                Kind::Address => &mut look.address,
                Kind::Number => &mut look.number,
                Kind::Json => &mut look.json,
                Kind::Text => continue,
            } += 1;
        }
        look
    }

    /// Whether so many of the values are of a kind: nine of ten.
    fn mostly(self, n: usize) -> bool {
        n > 0 && n * 10 >= self.filled * 9
    }
}

/// What a column is by its name, where its values do not speak against that, or by its values.
fn guess(key: &str, look: Look, table: &Table, before: &[Column]) -> (Means, bool) {
    let known = look.filled > 0;
    let names = table.names.is_some();
    if let Some(means) = meaning(key) {
        let fits = match means {
            // `source` and `client` may be anything: an address, or a name without blanks beside a destination.
            Means::Source | Means::Destination => match key {
                "source" | "client" | "ip" | "quelle" | "ziel" | "destination" => {
                    !known || look.address * 2 >= look.filled || (key == "destination" && look.worded == 0)
                }
                "src" | "dst" | "sa" | "da" => look.worded == 0,
                _ => true,
            },
            Means::SourcePort | Means::DestinationPort if matches!(key, "sp" | "dp" | "port") => {
                look.number * 10 >= look.filled * 9
            }
            // The number of a row is no event's.
            Means::Code if key == "id" => false,
            Means::User => key != "userid" || look.number * 2 < look.filled.max(1),
            Means::To("event.action") => look.number * 2 < look.filled.max(1),
            Means::Domain => look.worded == 0 && look.number == 0 && key != "domain",
            Means::Message if matches!(key, "text" | "info" | "details" | "desc") => {
                !before.iter().any(|c| c.means == Means::Message)
            }
            Means::Level if key == "priority" => look.number == 0,
            _ => true,
        };
        if fits {
            return (means, false);
        }
    }
    if look.mostly(look.json) {
        return (Means::Json(""), true);
    }
    if !names && look.mostly(look.address) {
        let has = |means: Means| before.iter().any(|c| c.means == means);
        if !has(Means::Source) {
            return (Means::Source, true);
        }
        if !has(Means::Destination) {
            return (Means::Destination, true);
        }
    }
    (Means::Keep, false)
}

/// Where the time stands, the best first.
fn times(
    names: &[String],
    keys: &[String],
    looks: &[Look],
    mapping: Option<&Mapping>,
    product: Option<&'static Product>,
    table: &Table,
) -> Vec<TimeFrom> {
    let one = |n: usize, named: bool| TimeFrom {
        parts: vec![n],
        count: Count::named(&names[n]),
        zone: stated_zone(&names[n]),
        clock: looks[n].mostly(looks[n].clock),
        named,
    };
    let mut found: Vec<TimeFrom> = Vec::new();
    if let Some(mapping) = mapping {
        let said: Vec<usize> =
            (0..names.len()).filter(|n| matches!(mapping.of(&names[*n]), Some(Said::Time(_)))).collect();
        if let Some(first) = said.first() {
            let count = said.iter().find_map(|n| match mapping.of(&names[*n]) {
                Some(Said::Time(count)) => *count,
                _ => None,
            });
            let clock = said.len() == 1 && looks[*first].mostly(looks[*first].clock);
            return vec![TimeFrom {
                zone: stated_zone(&names[*first]),
                count,
                clock,
                named: true,
                parts: said,
            }];
        }
    }
    let timed = |n: usize| {
        let look = looks[n];
        // Without a name only the values vouch for it, those of nearly all rows.
        let enough = table.names.is_some() || (look.time + look.count) * 10 >= table.rows.len() * 9;
        enough && look.time + look.count > 0 && (look.time + look.count) * 2 >= look.filled
    };
    if let Some(product) = product {
        for wanted in product.times {
            found.extend(keys.iter().position(|k| k == wanted).map(|n| one(n, true)));
        }
    }
    found.extend(parts(names, keys, looks));
    let other = |k: &str| OTHER_TIMES.iter().any(|o| k.contains(o));
    for wanted in TIMES {
        let place = keys.iter().position(|k| k == wanted).filter(|n| timed(*n));
        found.extend(place.map(|n| one(n, true)));
    }
    let about_time = |k: &str| k.contains("time") || k.contains("date") || k.ends_with("utc");
    let names_one = |n: usize| table.names.is_some() && about_time(&keys[n]);
    found.extend((0..keys.len()).filter(|n| timed(*n) && !other(&keys[*n])).map(|n| one(n, names_one(n))));
    found.extend((0..keys.len()).filter(|n| timed(*n) && other(&keys[*n])).map(|n| one(n, names_one(n))));
    // Dates alone, then times of day alone; names whose values were not seen to be times come last.
    let dated = |n: &usize| looks[*n].mostly(looks[*n].date) && !other(&keys[*n]);
    found.extend((0..keys.len()).filter(dated).map(|n| one(n, names_one(n))));
    found.extend((0..keys.len()).filter(|n| looks[*n].mostly(looks[*n].clock)).map(|n| one(n, names_one(n))));
    for wanted in TIMES {
        let number = |n: usize| looks[n].mostly(looks[n].number) && Count::named(&names[n]).is_none();
        let place = keys.iter().position(|k| k == wanted).filter(|n| !number(*n));
        found.extend(place.map(|n| one(n, true)));
    }
    let counted = (0..keys.len()).filter(|n| Count::named(&names[*n]).is_some());
    found.extend(counted.map(|n| one(n, true)));
    let mut unique: Vec<TimeFrom> = Vec::new();
    for from in found {
        if !unique.iter().any(|u| u.parts == from.parts) && unique.len() < 12 {
            unique.push(from);
        }
    }
    unique
}

/// A date and a time of day in two columns; or a month's name, a day and a time of day in three.
fn parts(names: &[String], keys: &[String], looks: &[Look]) -> Option<TimeFrom> {
    let at = |wanted: &[&str]| keys.iter().position(|k| wanted.contains(&k.as_str()));
    let joined = |parts: Vec<usize>| {
        let zone = parts.iter().map(|n| stated_zone(&names[*n])).find(|z| !z.is_empty()).unwrap_or_default();
        Some(TimeFrom { parts, count: None, zone, clock: false, named: true })
    };
    let clockish = |n: usize| {
        looks[n].filled == 0 || looks[n].clock * 2 >= looks[n].filled || looks[n].number == looks[n].filled
    };
    let dateish = |n: usize| looks[n].time == 0 && looks[n].count == 0;
    if let (Some(month), Some(day), Some(time)) = (at(&["month"]), at(&["day", "date"]), at(CLOCKS))
        && looks[month].number == 0
        && clockish(time)
    {
        return joined(vec![month, day, time]);
    }
    if let Some(date) = at(DATES).filter(|n| dateish(*n))
        && let Some(time) = at(CLOCKS).filter(|n| *n != date && clockish(*n))
    {
        return joined(vec![date, time]);
    }
    // By their looks alone: side by side.
    let pair =
        (1..keys.len()).find(|n| looks[n - 1].mostly(looks[n - 1].date) && looks[*n].mostly(looks[*n].clock));
    pair.and_then(|n| joined(vec![n - 1, n]))
}

/// The zone that a column's name states, as it may follow a time: `Time (UTC)`, `utc_time`, `Date (+02:00)`.
fn stated_zone(name: &str) -> String {
    let lower = name.to_lowercase();
    if let Some(inside) =
        name.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside)
    {
        let inside = inside.trim();
        let offset =
            inside.strip_prefix("UTC").or_else(|| inside.strip_prefix("GMT")).unwrap_or(inside).trim();
        if offset.starts_with(['+', '-']) && offset.len() >= 3 {
            return format!(" {offset}");
        }
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let says = words.iter().any(|w| matches!(*w, "utc" | "gmt" | "zulu"))
        || lower.ends_with("utc")
        || lower.starts_with("utc");
    if says { " UTC".to_owned() } else { String::new() }
}

/// The name of a column's own field.
fn own_name(name: &str, n: usize) -> String {
    let short: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    match short.trim() {
        "" => format!("column{}", n + 1),
        short => safe_name("csv", short).into_owned(),
    }
}

/// Two columns of the same name are two fields.
fn unique(name: &str, before: &[Column]) -> String {
    let same = before.iter().filter(|c| own_name(&c.name, 0) == name).count();
    if same == 0 { name.to_owned() } else { format!("{name}_{}", same + 1) }
}
