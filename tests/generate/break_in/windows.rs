//! The Security log of the administrators' workstation and of the domain controller.

use super::{
    ADM_WS_01, JUMP_01, SPRAY_HIT, SPRAY_ROUNDS, SPRAYED, STAFF, UNTIL, WEB_02, spray_start, spray_success,
};
use crate::log::{at, march};
use crate::rng::Rng;
use crate::winxml::{Logon, SecurityLog};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const DC: &str = "DC-01.corp.example";
const ADM: &str = "ADM-WS-01.corp.example";
const DOMAIN: &str = "CORP";
const WRONG: &str = "0xc000006a";

pub fn write() -> SecurityLog {
    let mut log = SecurityLog::new(UNTIL);
    routine(&mut log);
    people(&mut log);
    attack(&mut log);
    log
}

fn hundreds(rng: &mut Rng) -> i64 {
    rng.range(0, 10_000_000) * 100
}

fn routine(log: &mut SecurityLog) {
    let mut rng = Rng::new(41);
    // Workstations and servers renew what they hold.
    let mut time = march(1);
    while time < UNTIL {
        for (_, octet) in STAFF.iter().take(10) {
            if rng.chance(55) {
                let (source, user) = (format!("10.20.2.{octet}"), format!("WS-{octet}$"));
                let at = time + rng.range(0, 3_600) * SECOND + hundreds(&mut rng);
                let port = 49_152 + rng.below(16_000);
                log.success(
                    at,
                    &Logon { computer: DC, user: &user, domain: DOMAIN, source: &source, kind: 3, port },
                );
                log.logoff(at + rng.range(5, 40) * SECOND, DC, &user, DOMAIN);
            }
        }
        time += HOUR;
    }
    // The jump host's inventory, twice a day, on both.
    for day in 1..=10 {
        for hour in [6, 14] {
            for computer in [DC, ADM] {
                let time = at(day, hour, 40, 0) + rng.range(0, 240) * SECOND + hundreds(&mut rng);
                let logon = Logon {
                    computer,
                    user: "svc-inventory",
                    domain: DOMAIN,
                    source: JUMP_01,
                    kind: 3,
                    port: 50_112,
                };
                log.success(time, &logon);
                log.privileges(time + 1_000_000, computer, "svc-inventory", DOMAIN);
                log.logoff(time + 9 * SECOND, computer, "svc-inventory", DOMAIN);
            }
        }
    }
}

fn people(log: &mut SecurityLog) {
    let mut rng = Rng::new(42);
    for day in 1..=10 {
        if [1, 7, 8].contains(&day) {
            continue;
        }
        for (user, octet) in STAFF {
            let source = format!("10.20.2.{octet}");
            for _ in 0..14 + rng.below(10) {
                let time = march(day)
                    + 7 * HOUR
                    + 25 * MINUTE
                    + rng.range(0, 600 * 60) * SECOND
                    + hundreds(&mut rng);
                let port = 49_152 + rng.below(16_000);
                let logon = Logon { computer: DC, user, domain: DOMAIN, source: &source, kind: 3, port };
                if rng.chance(3) {
                    log.failure(time - 8 * SECOND, &logon, WRONG);
                }
                log.success(time, &logon);
                log.logoff(time + rng.range(10, 3_000) * SECOND, DC, user, DOMAIN);
            }
        }
        // The administrators at their own workstation.
        for user in ["helpdesk", "Administrator"] {
            for _ in 0..3 {
                let time = march(day) + 8 * HOUR + rng.range(0, 540 * 60) * SECOND + hundreds(&mut rng);
                let logon = Logon { computer: ADM, user, domain: DOMAIN, source: "", kind: 2, port: 0 };
                log.success(time, &logon);
                log.privileges(time + 1_000_000, ADM, user, DOMAIN);
            }
            let time = march(day) + 9 * HOUR + rng.range(0, 480 * 60) * SECOND + hundreds(&mut rng);
            let logon = Logon {
                computer: DC,
                user,
                domain: DOMAIN,
                source: ADM_WS_01,
                kind: 3,
                port: 50_300 + rng.below(900),
            };
            log.success(time, &logon);
        }
    }
}

fn attack(log: &mut SecurityLog) {
    let mut rng = Rng::new(43);
    let mut n = 0;
    for _ in 0..SPRAY_ROUNDS {
        for user in SPRAYED {
            let time = spray_start() + n * 24 * SECOND + hundreds(&mut rng) % SECOND;
            let port = 40_000 + n as u64 * 3;
            let logon = Logon { computer: ADM, user, domain: DOMAIN, source: WEB_02, kind: 3, port };
            let why = if ["svc-sql", "svc-print"].contains(&user) { "0xc0000064" } else { WRONG };
            log.failure(time, &logon, why);
            n += 1;
        }
    }
    let logon =
        Logon { computer: ADM, user: SPRAY_HIT, domain: DOMAIN, source: WEB_02, kind: 3, port: 40_999 };
    log.success(spray_success(), &logon);
    log.privileges(spray_success() + 2_000_000, ADM, SPRAY_HIT, DOMAIN);
    log.logoff(spray_success() + 212 * SECOND, ADM, SPRAY_HIT, DOMAIN);
}
