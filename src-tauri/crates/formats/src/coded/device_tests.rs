//! The fixtures of network and security devices, as snapshots: detected as what they are, every line an event.

use crate::Head;
use crate::sniff;
use crate::testing::{fixtures, rows};

const IDS: &[&str] = &[
    "cisco_asa",
    "cisco_ios",
    "cisco_meraki",
    "cisco_umbrella",
    "cef",
    "leef",
    "fortinet",
    "sophos_xg",
    "sophos_utm",
    "panos",
    "checkpoint",
    "juniper_junos",
    "pensando_dfw",
    "snort_full",
    "ossec_alerts",
    "ids_alert",
    "snort_csv",
    "suricata_lines",
    "p0f",
    "cisco_ise",
    "mikrotik",
    "sonicwall",
    "watchguard",
    "barracuda",
    "f5_bigip",
    "netscaler",
    "zscaler",
    "forcepoint",
    "vmware_nsx",
    "aruba",
    "huawei_vrp",
    "pulse_secure",
    "tac_plus",
    "duo_authproxy",
    "symantec_ep",
    "device_pairs",
];

#[test]
fn device_fixtures_read_as_they_should() {
    for id in IDS {
        for path in fixtures(id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, sure) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            assert_eq!(format.about().id, *id, "{name}: {}", sure.why);
            let rows = rows(format, &bytes);
            assert!(rows.iter().all(|r| r.get("problem").is_none()), "{id}/{name}: {rows:?}");
            let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
            insta::assert_snapshot!(format!("{id}-{name}"), lines.join("\n"));
        }
    }
}

/// A number from a seed, the same on every machine.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

#[test]
fn damaged_messages_end_in_an_event_or_a_problem() {
    let mut seed = 7;
    for id in IDS {
        for path in fixtures(id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, _) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            for _ in 0..120 {
                let mut damaged = bytes.clone();
                for _ in 0..=next(&mut seed) % 6 {
                    let at = next(&mut seed) % damaged.len();
                    match next(&mut seed) % 5 {
                        0 => damaged.truncate(at.max(1)),
                        1 => damaged[at] = b" :=,\"|[]()\\/-\n\0\xff"[next(&mut seed) % 16],
                        2 => drop(damaged.drain(at..(at + next(&mut seed) % 12).min(damaged.len()))),
                        3 => damaged.insert(at, b"%{<\"'=:;.0"[next(&mut seed) % 10]),
                        _ => damaged[at] ^= 1 << (next(&mut seed) % 8),
                    }
                    if damaged.is_empty() {
                        damaged.push(b'x');
                    }
                }
                // `rows` checks that every byte is accounted for.
                rows(format, &damaged);
            }
        }
    }
}
