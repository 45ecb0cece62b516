//! What the analyst gives beside the logs, remembered with the case so that later imports meet it too: lists of values, a GeoIP file,
//! and the zones that people's hours are judged in. Files are read here; what is made of them is the detectors'.

use crate::error::usage;
use crate::session::OpenCase;
use crate::wire::ApiError;
use crate::zone::DisplayZone;
use maxminddb::Reader;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use timberline_detect::Given;
use timberline_detect::given::{Place, Places, Zone, Zones};
use timberline_detect::lists::{self, Lists, NotUsed};

/// The keys of the notes that say where lists and the GeoIP file are.
const LISTS: &str = "lists";
const GEOIP: &str = "geoip";
/// The longest list, in bytes.
const LONGEST: u64 = 256 << 20;
/// The largest GeoIP file, in bytes: those of towns have 70 MB.
const LARGEST: u64 = 2 << 30;

/// What was given, read.
#[derive(Default)]
pub struct Loaded {
    /// Values to look for.
    pub lists: Lists,
    /// What lists say that is not looked for.
    pub not_used: Vec<NotUsed>,
    /// Files of lists that were read.
    pub files: usize,
    places: Option<GeoFile>,
    zones: Zones,
}

impl Loaded {
    /// As detectors take it.
    #[must_use]
    pub fn given(&self) -> Given<'_> {
        Given {
            zones: self.zones.clone(),
            places: self.places.as_ref().map(|p| p as &dyn Places),
            lists: (!self.lists.is_empty()).then_some(&self.lists),
        }
    }
}

/// Remembers lists (more of them) and a GeoIP file (in the place of the one before). Each is read once to see that it can be.
///
/// # Errors
/// `not_found` for a file that does not exist; `usage` for a GeoIP file that is none; what the case says.
pub fn remember(open: &OpenCase, lists: &[PathBuf], geoip: Option<&Path>) -> Result<(), ApiError> {
    let whole = |path: &Path| {
        path.canonicalize()
            .map(|p| p.display().to_string())
            .map_err(|_| ApiError::not_found(format!("there is no file {}", path.display())))
    };
    if let Some(path) = geoip {
        let path = whole(path)?;
        GeoFile::open(Path::new(&path))?;
        open.case.set_note(GEOIP, &path)?;
    }
    if !lists.is_empty() {
        let mut all = noted(open, LISTS)?;
        for path in lists {
            let path = whole(path)?;
            if !all.contains(&path) {
                all.push(path);
            }
        }
        open.case.set_note(LISTS, &all.join("\n"))?;
    }
    Ok(())
}

fn noted(open: &OpenCase, key: &str) -> Result<Vec<String>, ApiError> {
    let note = open.case.note(key)?.unwrap_or_default();
    Ok(note.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect())
}

/// Reads what the case remembers; a file that is gone or cannot be read is listed and is no reason to find nothing.
///
/// # Errors
/// What the case says.
pub fn load(open: &OpenCase) -> Result<Loaded, ApiError> {
    let mut loaded = Loaded { zones: zones(open)?, ..Loaded::default() };
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in noted(open, LISTS)? {
        match text(Path::new(&path)) {
            Ok(text) => texts.push((path, text)),
            Err(reason) => loaded.not_used.push(NotUsed { list: path, line: 0, text: String::new(), reason }),
        }
    }
    loaded.files = texts.len();
    let (lists, mut not_used) = lists::load(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    loaded.lists = lists;
    loaded.not_used.append(&mut not_used);
    for path in noted(open, GEOIP)? {
        match GeoFile::open(Path::new(&path)) {
            Ok(file) => loaded.places = Some(file),
            Err(why) => {
                let reason = why.message;
                loaded.not_used.push(NotUsed { list: path, line: 0, text: String::new(), reason });
            }
        }
    }
    Ok(loaded)
}

fn text(path: &Path) -> Result<String, String> {
    let size = path.metadata().map_err(|_| "the file is gone".to_owned())?.len();
    if size > LONGEST {
        return Err(format!("the list has more than {} MiB", LONGEST >> 20));
    }
    let bytes = std::fs::read(path).map_err(|why| format!("it cannot be read: {why}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The zone of each source that was read in one, else the case's own where it is not UTC.
fn zones(open: &OpenCase) -> Result<Zones, ApiError> {
    let named = |name: &str, why: &str| {
        let zone = DisplayZone::named(name).ok()?;
        Some(Zone { words: format!("{name}, {why}"), zone: zone.time_zone().clone() })
    };
    let case = open.zone();
    let mut zones = Zones::of_case((case != "UTC").then(|| named(&case, "the case's zone")).flatten());
    for source in open.case.sources()? {
        // As `ParseContext::zone_text` words it.
        let given = source.zone.strip_suffix(", given").or_else(|| {
            let (_, rest) = source.zone.split_once('(')?;
            rest.strip_suffix(" was given and not needed)")
        });
        if let Some(zone) = given.and_then(|name| named(name, "the zone given for the source")) {
            zones.set(source.id, zone);
        }
    }
    Ok(zones)
}

/// A GeoIP file in MaxMind's format, whoever made it.
struct GeoFile {
    reader: Reader<Vec<u8>>,
    name: String,
}

/// What is used of a record; makers differ in what they fill in, and some write texts where others have tables.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    country: Option<Country<'a>>,
    #[serde(borrow)]
    registered_country: Option<Country<'a>>,
    #[serde(borrow)]
    city: Option<Named<'a>>,
    location: Option<Location>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Country<'a> {
    Table {
        iso_code: Option<&'a str>,
        #[serde(borrow)]
        names: Option<Names<'a>>,
    },
    Text(&'a str),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Named<'a> {
    Table {
        #[serde(borrow)]
        names: Option<Names<'a>>,
    },
    Text(&'a str),
}

#[derive(Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

#[derive(Deserialize)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
    accuracy_radius: Option<u16>,
}

impl GeoFile {
    fn open(path: &Path) -> Result<Self, ApiError> {
        let no = |why: &str| usage(&format!("{} is no GeoIP file (.mmdb): {why}", path.display()));
        let size = path.metadata().map_err(|_| no("it cannot be read"))?.len();
        if size > LARGEST {
            return Err(no("it is too large"));
        }
        let reader = Reader::open_readfile(path).map_err(|why| no(&why.to_string()))?;
        // Whole days since 1970 are enough to say how old it is.
        let built = timberline_model::time::rfc3339(
            i64::try_from(reader.metadata().build_epoch)
                .unwrap_or(0)
                .saturating_mul(timberline_model::time::SECOND),
        );
        let name =
            format!("{}, built {}", reader.metadata().database_type, built.get(..10).unwrap_or_default());
        Ok(Self { reader, name })
    }
}

impl Places for GeoFile {
    fn of(&self, address: &str) -> Option<Place> {
        let ip: IpAddr = address.parse::<IpAddr>().ok()?.to_canonical();
        let record: Record<'_> = self.reader.lookup(ip).ok()?.decode().ok()??;
        let (mut country, mut name) = (String::new(), String::new());
        match record.country.or(record.registered_country) {
            Some(Country::Table { iso_code, names }) => {
                iso_code.unwrap_or_default().clone_into(&mut country);
                names.and_then(|n| n.en).unwrap_or_default().clone_into(&mut name);
            }
            Some(Country::Text(code)) => code.clone_into(&mut country),
            None => {}
        }
        if let Some(Named::Table { names: Some(Names { en: Some(city) }) } | Named::Text(city)) = record.city
        {
            city.clone_into(&mut name);
        }
        let location = record.location;
        let at = location.as_ref().and_then(|l| Some((l.latitude?, l.longitude?)));
        let radius_km = location.and_then(|l| l.accuracy_radius).map_or(50.0, f64::from);
        (!country.is_empty() || at.is_some()).then_some(Place { country, name, at, radius_km })
    }

    fn about(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest file: one network with one record. Source: MaxMind DB file format specification 2.0.
    fn mmdb(network: [u8; 3], record: &[u8]) -> Vec<u8> {
        let nodes = 24u32;
        let mut out = Vec::new();
        let bits = network.iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1));
        for (at, bit) in bits.enumerate() {
            let next = if at + 1 == nodes as usize { nodes + 16 } else { at as u32 + 1 };
            let (left, right) = if bit == 0 { (next, nodes) } else { (nodes, next) };
            out.extend(left.to_be_bytes()[1..].iter().chain(&right.to_be_bytes()[1..]));
        }
        out.extend([0; 16]);
        out.extend(record);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        out.extend(map(&[
            ("binary_format_major_version", number(5, 2)),
            ("binary_format_minor_version", number(5, 0)),
            ("build_epoch", vec![0x04, 0x02, 0x69, 0xa0, 0x00, 0x00]),
            ("database_type", string("Test-City")),
            ("description", map(&[])),
            ("ip_version", number(5, 4)),
            ("languages", vec![0x00, 0x04]),
            ("node_count", number(6, nodes as u8)),
            ("record_size", number(5, 24)),
        ]));
        out
    }

    fn string(text: &str) -> Vec<u8> {
        assert!(text.len() < 29);
        [&[2 << 5 | text.len() as u8][..], text.as_bytes()].concat()
    }

    fn number(kind: u8, n: u8) -> Vec<u8> {
        vec![kind << 5 | 1, n]
    }

    fn double(x: f64) -> Vec<u8> {
        [&[3 << 5 | 8][..], &x.to_be_bytes()].concat()
    }

    fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut out = vec![7 << 5 | entries.len() as u8];
        for (key, value) in entries {
            out.extend(string(key));
            out.extend(value);
        }
        out
    }

    fn berlin() -> Vec<u8> {
        map(&[
            ("city", map(&[("names", map(&[("en", string("Berlin"))]))])),
            ("country", map(&[("iso_code", string("DE"))])),
            (
                "location",
                map(&[
                    ("accuracy_radius", number(5, 20)),
                    ("latitude", double(52.52)),
                    ("longitude", double(13.4)),
                ]),
            ),
        ])
    }

    #[test]
    fn a_geoip_file_says_where_addresses_lie() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.mmdb");
        std::fs::write(&path, mmdb([203, 0, 113], &berlin())).unwrap();
        let file = GeoFile::open(&path).unwrap();
        let place =
            Place { country: "DE".into(), name: "Berlin".into(), at: Some((52.52, 13.4)), radius_km: 20.0 };
        assert_eq!(file.of("203.0.113.77"), Some(place.clone()));
        assert_eq!(file.of("::ffff:203.0.113.77"), Some(place));
        assert_eq!(file.of("203.0.114.1"), None);
        assert_eq!(file.of("not an address"), None);
        assert!(file.about().starts_with("Test-City, built 20"), "{}", file.about());
        // A file of countries alone, with the code as a text.
        std::fs::write(&path, mmdb([203, 0, 113], &map(&[("country", string("JP"))]))).unwrap();
        let place = GeoFile::open(&path).unwrap().of("203.0.113.1").unwrap();
        assert_eq!((place.country.as_str(), place.at), ("JP", None));
        // What is no such file is refused with its path.
        std::fs::write(&path, b"hello").unwrap();
        let why = GeoFile::open(&path).err().map(|e| e.message).unwrap_or_default();
        assert!(why.contains("city.mmdb is no GeoIP file"), "{why}");
    }
}
