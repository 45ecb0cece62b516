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
