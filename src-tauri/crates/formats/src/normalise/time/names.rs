//! Names of months, weekdays and zones, in the languages and with the abbreviations that logs use.
//!
//! English is looked up by its first letters, as nearly every log is in it; the others in a table. A localised
//! name counts only where a number follows, which the shapes see to.

use super::shapes::Said;

/// The month whose English name (three letters or whole) stands at the start, and the name's length.
#[must_use]
pub fn month_name(b: &[u8]) -> Option<(u32, usize)> {
    const WHOLE: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let key = [b.first()? | 32, b.get(1)? | 32, b.get(2)? | 32];
    let month = match &key {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    };
    let whole = WHOLE[month as usize - 1];
    let run = b.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let named = (run == 3 && b.get(3).is_none_or(u8::is_ascii))
        || (run == whole.len() && b[..run].eq_ignore_ascii_case(whole))
        || (run == 4 && month == 9 && b[3] | 32 == b't');
    named.then_some((month, run))
}

/// Months by their names in other languages, in small letters, without a dot: French, German, Spanish, Italian,
/// Portuguese, Dutch, the Scandinavian ones, Polish, Czech, Russian and Turkish. A name that is English too is
/// not here; names that mean different months in two languages are left out.
const MONTHS: &[(u32, &[&str])] = &[
    (
        1,
        &[
            "janv",
            "janvier",
            "januar",
            "jänner",
            "jän",
            "ene",
            "enero",
            "gen",
            "gennaio",
            "janeiro",
            "januari",
            "stycznia",
            "styczeń",
            "sty",
            "led",
            "ledna",
            "янв",
            "января",
            "oca",
            "ocak",
        ],
    ),
    (
        2,
        &[
            "févr",
            "fév",
            "février",
            "februar",
            "febrero",
            "febbraio",
            "fev",
            "fevereiro",
            "februari",
            "lut",
            "lutego",
            "úno",
            "února",
            "фев",
            "февр",
            "февраля",
            "şub",
            "şubat",
        ],
    ),
    (
        3,
        &[
            "mars",
            "märz",
            "mär",
            "mrz",
            "marzo",
            "março",
            "mrt",
            "maart",
            "marca",
            "bře",
            "března",
            "мар",
            "марта",
            "mart",
        ],
    ),
    (
        4,
        &[
            "avr",
            "avril",
            "abr",
            "abril",
            "aprile",
            "kwi",
            "kwietnia",
            "dub",
            "dubna",
            "апр",
            "апреля",
            "nis",
            "nisan",
        ],
    ),
    (
        5,
        &[
            "mai", "mayo", "mag", "maggio", "maio", "mei", "maj", "maja", "kvě", "května", "мая", "май",
            "mayıs",
        ],
    ),
    (
        6,
        &[
            "juin", "juni", "junio", "giu", "giugno", "junho", "cze", "czerwca", "čvn", "июн", "июня", "haz",
            "haziran",
        ],
    ),
    (
        7,
        &[
            "juil", "juillet", "juli", "julio", "lug", "luglio", "julho", "lip", "lipca", "čvc", "июл",
            "июля", "tem", "temmuz",
        ],
    ),
    (
        8,
        &[
            "août",
            "aout",
            "ago",
            "agosto",
            "augustus",
            "augusti",
            "sie",
            "sierpnia",
            "srp",
            "srpna",
            "авг",
            "августа",
            "ağu",
            "ağustos",
        ],
    ),
    (
        9,
        &[
            "septembre",
            "septiembre",
            "set",
            "settembre",
            "setembro",
            "wrz",
            "września",
            "zář",
            "září",
            "сен",
            "сент",
            "сентября",
            "eyl",
            "eylül",
        ],
    ),
    (
        10,
        &[
            "octobre",
            "okt",
            "oktober",
            "octubre",
            "ott",
            "ottobre",
            "out",
            "outubro",
            "paź",
            "października",
            "říj",
            "října",
            "окт",
            "октября",
            "eki",
            "ekim",
        ],
    ),
    (
        11,
        &[
            "novembre",
            "noviembre",
            "novembro",
            "lis",
            "listopada",
            "listopadu",
            "ноя",
            "нояб",
            "ноября",
            "kas",
            "kasım",
        ],
    ),
    (
        12,
        &[
            "déc",
            "décembre",
            "dez",
            "dezember",
            "dic",
            "diciembre",
            "dicembre",
            "dezembro",
            "desember",
            "des",
            "gru",
            "grudnia",
            "pro",
            "prosince",
            "дек",
            "декабря",
            "ara",
            "aralık",
        ],
    ),
];

/// The month whose name in any of the languages that are known stands at the start, and the length of the name
/// with a dot behind it.
#[must_use]
pub fn month_in_any_language(b: &[u8]) -> Option<(u32, usize)> {
    if let Some((month, n)) = month_name(b) {
        return Some((month, n + usize::from(b.get(n) == Some(&b'.'))));
    }
    let run = word(b);
    if !(3..=20).contains(&run) {
        return None;
    }
    let lower = std::str::from_utf8(&b[..run]).ok()?.to_lowercase();
    let (month, _) = MONTHS.iter().find(|(_, names)| names.contains(&lower.as_str()))?;
    Some((*month, run + usize::from(b.get(run) == Some(&b'.'))))
}

/// The length of the word at the start: ASCII letters and everything beyond ASCII.
fn word(b: &[u8]) -> usize {
    b.iter().take(24).take_while(|c| c.is_ascii_alphabetic() || !c.is_ascii()).count()
}

/// Abbreviated and whole names of weekdays in other languages, in small letters, without a dot.
const WEEKDAYS: &[&str] = &[
    "lun",
    "mar",
    "mer",
    "jeu",
    "ven",
    "sam",
    "dim",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "mié",
    "mie",
    "jue",
    "vie",
    "sáb",
    "sab",
    "dom",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "gio",
    "seg",
    "ter",
    "qua",
    "qui",
    "sex",
    "ma",
    "wo",
    "vr",
    "za",
    "zo",
    "mån",
    "tis",
    "ons",
    "tor",
    "tors",
    "fre",
    "lör",
    "sön",
    "man",
    "tir",
    "lør",
    "søn",
    "пн",
    "вт",
    "ср",
    "чт",
    "пт",
    "сб",
    "вс",
    "pon",
    "wto",
    "śro",
    "czw",
    "pią",
    "sob",
    "nie",
];

/// The length of the weekday's English name (three letters or whole) at the start, with a dot behind it.
#[must_use]
pub fn english_weekday(b: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 7] =
        [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
    let run = word(b);
    let fits = |name: &[u8]| {
        let usual = run == 3 || run == name.len() || (run == 4 && name[0] == b't');
        usual && run <= name.len() && b[..run].eq_ignore_ascii_case(&name[..run])
    };
    NAMES.iter().any(|n| fits(n)).then(|| run + usize::from(b.get(run) == Some(&b'.')))
}

/// As [`english_weekday`], in other languages too.
#[must_use]
pub fn weekday(b: &[u8]) -> Option<usize> {
    if let Some(n) = english_weekday(b) {
        return Some(n);
    }
    let run = word(b);
    if !(2..=16).contains(&run) {
        return None;
    }
    let lower = std::str::from_utf8(&b[..run]).ok()?.to_lowercase();
    WEEKDAYS.contains(&lower.as_str()).then(|| run + usize::from(b.get(run) == Some(&b'.')))
}

/// An abbreviation of a zone that different countries use for different offsets, and the reading that is taken
/// where the source's own zone does not use it.
#[derive(Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// The abbreviation.
    pub name: &'static str,
    /// Seconds east of UTC.
    pub seconds: i32,
    /// Whose time that is.
    pub whose: &'static str,
}

static AMBIGUOUS: [Ambiguous; 6] = [
    Ambiguous { name: "CST", seconds: -6 * 3600, whose: "US Central" },
    Ambiguous { name: "IST", seconds: 5 * 3600 + 1800, whose: "India" },
    Ambiguous { name: "BST", seconds: 3600, whose: "British Summer" },
    Ambiguous { name: "AST", seconds: -4 * 3600, whose: "Atlantic" },
    Ambiguous { name: "GST", seconds: 4 * 3600, whose: "Gulf" },
    Ambiguous { name: "WST", seconds: 8 * 3600, whose: "Western Australian" },
];

/// Zone abbreviations that are understood, with the reading that is taken.
#[must_use]
pub fn named_zone(name: &[u8]) -> Option<Said> {
    let minutes = |m: i32| Some(Said::Offset(m * 60));
    let hours = |h: i32| minutes(h * 60);
    match name {
        b"UTC" | b"GMT" | b"UT" | b"WET" | b"Z" | b"UCT" => hours(0),
        b"WEST" | b"CET" | b"MEZ" | b"MET" | b"WAT" => hours(1),
        b"CEST" | b"MESZ" | b"MEST" | b"EET" | b"SAST" | b"CAT" => hours(2),
        b"EEST" | b"MSK" | b"IDT" | b"EAT" | b"TRT" | b"FET" => hours(3),
        b"IRST" => minutes(210),
        b"MSD" | b"SAMT" | b"AZT" | b"GET" => hours(4),
        b"AFT" => minutes(270),
        b"PKT" | b"YEKT" | b"UZT" => hours(5),
        b"NPT" => minutes(345),
        b"OMST" => hours(6),
        b"ICT" | b"WIB" | b"KRAT" | b"NOVT" => hours(7),
        b"SGT" | b"HKT" | b"AWST" | b"MYT" | b"PHT" | b"WITA" | b"IRKT" => hours(8),
        b"JST" | b"KST" | b"YAKT" => hours(9),
        b"ACST" => minutes(570),
        b"AEST" | b"VLAT" | b"CHST" => hours(10),
        b"ACDT" => minutes(630),
        b"AEDT" | b"MAGT" => hours(11),
        b"NZST" | b"PETT" => hours(12),
        b"NZDT" => hours(13),
        b"NDT" => minutes(-150),
        b"ADT" | b"ART" | b"BRT" | b"CLST" | b"UYT" => hours(-3),
        b"NST" => minutes(-210),
        b"EDT" | b"CLT" | b"VET" => hours(-4),
        b"EST" | b"CDT" | b"COT" | b"PET" => hours(-5),
        b"MDT" => hours(-6),
        b"MST" | b"PDT" => hours(-7),
        b"PST" | b"AKDT" => hours(-8),
        b"AKST" => hours(-9),
        b"HST" => hours(-10),
        other => AMBIGUOUS.iter().find(|a| a.name.as_bytes() == other).map(Said::Guess),
    }
}

/// The length of an IANA zone name (`Europe/Berlin`) at the start; that there is such a zone is not looked up.
#[must_use]
pub fn place(b: &[u8]) -> Option<usize> {
    const AREAS: [&[u8]; 12] = [
        b"Africa/",
        b"America/",
        b"Antarctica/",
        b"Arctic/",
        b"Asia/",
        b"Atlantic/",
        b"Australia/",
        b"Europe/",
        b"Indian/",
        b"Pacific/",
        b"Etc/",
        b"US/",
    ];
    if !AREAS.iter().any(|area| b.starts_with(area)) {
        return None;
    }
    let more = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'_' | b'-' | b'+');
    Some(b.iter().take(64).take_while(|c| more(c)).count())
}
