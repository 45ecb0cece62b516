//! Incidents that show with what the analyst gave beside the logs: lists, and where addresses lie.

use super::*;
use crate::given::{Place, Places};
use crate::lists;

/// A GeoIP file of three networks.
struct Map;

impl Places for Map {
    fn of(&self, address: &str) -> Option<Place> {
        let (country, name, at) = match address.rsplit_once('.')?.0 {
            "203.0.113" => ("DE", "Berlin", (52.52, 13.40)),
            "198.51.100" => ("JP", "Tokyo", (35.68, 139.77)),
            "192.0.2" => ("PL", "Frankfurt an der Oder", (52.35, 14.55)),
            _ => return None,
        };
        Some(Place { country: country.into(), name: name.into(), at: Some(at), radius_km: 20.0 })
    }
    fn about(&self) -> String {
        "a map for tests".into()
    }
}

fn mapped() -> Given<'static> {
    Given { places: Some(&Map), ..Given::default() }
}

#[test]
fn from_berlin_to_tokyo_in_ten_minutes_is_impossible_travel() {
    let mut logs = Logs::default();
    logs.evenings(9, 3, "anna", "203.0.113.5");
    logs.login(march(9) + 22 * HOUR + 30 * MINUTE, "success", "anna", "198.51.100.77");
    let found = find_given(&logs, &mapped());
    let travel =
        found.iter().find(|f| f.detector == "auth_impossible_travel").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(
        travel.title,
        "anna logged in from Berlin (DE) at 22:20 and from Tokyo (JP) 10 min later, 8,881 km apart"
    );
    assert_eq!(format!("{} {}", travel.detector, travel.severity.word()), "auth_impossible_travel medium");
    assert_eq!(travel.evidence_count, 2);
}

#[test]
fn a_flight_a_neighbouring_town_and_a_split_vpn_are_possible() {
    let mut logs = Logs::default();
    logs.evenings(9, 3, "anna", "203.0.113.5");
    // Twelve hours to Tokyo; across the river in ten minutes.
    logs.login(march(10) + 11 * HOUR, "success", "anna", "198.51.100.77");
    for day in 1..=9 {
        logs.login(march(day) + 22 * HOUR + 40 * MINUTE, "success", "anna", "192.0.2.9");
    }
    let found = find_given(&logs, &mapped());
    assert!(found.iter().all(|f| f.detector != "auth_impossible_travel"), "{found:#?}");
    let mut logs = Logs::default();
    for n in 0..20 {
        let source = if n % 2 == 0 { "203.0.113.5" } else { "198.51.100.77" };
        logs.login(march(1) + n * 10 * MINUTE, "success", "split", source);
    }
    let found = find_given(&logs, &mapped());
    assert!(found.iter().all(|f| f.severity <= Severity::Low), "{found:#?}");
}

#[test]
fn values_of_a_list_are_told_with_where_they_stand() {
    let mut logs = Logs::default();
    for day in 1..=4 {
        logs.conn(march(day), "10.1.1.5", "203.0.113.9", 443, "SF");
        logs.conn(march(day), "10.1.1.5", "10.1.1.6", 443, "SF");
        logs.add(march(day) + HOUR, &[("dns.question.name", "cdn.Evil.example".into())]);
        logs.add(march(day) + HOUR, &[("url.original", "http://evil.example/x".into())]);
        logs.add(march(day) + HOUR, &[("dns.question.name", "notevil.example".into())]);
    }
    logs.login(march(2), "success", "anna", "198.51.100.7");
    let (lists, refused) = lists::load([(
        "feeds/bad.txt",
        "203.0.113.9\nevil[.]example\n198.51.100.0/24\nneverseen.example\n10.0.0.0/8\n",
    )]);
    assert_eq!(refused.len(), 1);
    let found = find_given(&logs, &Given { lists: Some(&lists), ..Given::default() });
    let got: Vec<String> =
        found.iter().map(|f| format!("{} {}: {}", f.detector, f.severity.word(), f.title)).collect();
    assert_eq!(
        got,
        [
            "list_match medium: The domain evil.example of the list bad.txt is in 8 events (dns.question.name, url.original)",
            "list_match medium: The address 203.0.113.9 of the list bad.txt is in 4 events (destination.ip)",
            "list_match medium: The network 198.51.100.0/24 of the list bad.txt is in 1 event (source.ip)",
        ]
    );
    // Nothing of the list, no card.
    let (lists, _) = lists::load([("other.txt", "192.0.2.99\n")]);
    assert_eq!(find_given(&logs, &Given { lists: Some(&lists), ..Given::default() }), []);
}

#[test]
fn many_values_of_lists_share_a_card_beyond_the_first() {
    let mut logs = Logs::default();
    let mut text = String::new();
    for n in 1..=60 {
        logs.conn(march(1) + n * MINUTE, &format!("203.0.113.{n}"), "10.1.1.6", 443, "REJ");
        text.push_str(&format!("203.0.113.{n}\n"));
    }
    let (lists, _) = lists::load([("bad.txt", text.as_str())]);
    let found = find_given(&logs, &Given { lists: Some(&lists), ..Given::default() });
    let cards: Vec<&Finding> = found.iter().filter(|f| f.detector == "list_match").collect();
    assert_eq!(cards.len(), 21);
    assert!(cards.iter().any(|c| c.title == "40 more values of 1 list in 40 events"), "{cards:#?}");
}
