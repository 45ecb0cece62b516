//! The thresholds of every detector in one table: name, unit, default, and where the default comes from.
//! A case or a user may keep other values; a missing one means the default.

use serde::{Deserialize, Serialize};

/// One threshold, described.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// Its name, as in [`Knobs`].
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The value that is shipped.
    pub default: f64,
    /// What it decides.
    pub about: &'static str,
    /// Where the default comes from.
    pub source: &'static str,
}

macro_rules! knobs {
    ($($name:ident = $default:literal, $unit:literal, $about:literal, $source:literal;)+) => {
        /// The thresholds in force.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Knobs { $(#[doc = $about] pub $name: f64,)+ }

        impl Default for Knobs {
            fn default() -> Self { Self { $($name: $default),+ } }
        }

        impl Knobs {
            /// The value of a knob by name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<f64> {
                match name { $(stringify!($name) => Some(self.$name),)+ _ => None }
            }
        }

        /// Every knob there is.
        pub const KNOBS: &[Knob] = &[$(Knob {
            name: stringify!($name), unit: $unit, default: $default, about: $about, source: $source,
        }),+];
    };
}

knobs! {
    guess_window_s = 3600.0, "s", "Window in which failed logins of one address are counted",
        "Timesketch's look-back for brute force, 3600 s; the 5 to 30 s of streaming agents miss sparse exported logs";
    guess_failures = 20.0, "failures", "Failed logins of one address in the window that make guessing",
        "Timesketch brute force analyser, at least 20 failures";
    guess_own_cards = 3.0, "addresses", "Guessing addresses that get a card each before they are rolled up in one",
        "Ours: an internet-facing sshd has thousands";
    guess_outlier_ratio = 10.0, "times", "How far above the usual guesser an address must be for a card of its own",
        "Ours: one order of magnitude";
    campaign_gap_s = 21600.0, "s", "Silence after which failures of one address are another campaign",
        "Ours: six hours, shorter than a night's pause";
    success_failures = 20.0, "failures", "Failed logins in the window before a success",
        "Timesketch brute force analyser, at least 20 failures";
    success_earlier_max = 1.0, "successes", "Earlier successes in the window that still allow a card",
        "Timesketch brute force analyser: at most one success (SSH), two (Windows)";
    success_follow_s = 3600.0, "s", "How long after the success what the account did is looked at",
        "Ours: as long as the look-back";
    session_long_s = 300.0, "s", "Session that is long for a guessed password",
        "Timesketch brute force analyser, 300 s (SSH)";
    spray_window_s = 3600.0, "s", "Window in which accounts tried by one address are counted",
        "Timesketch's look-back; Elastic and Hayabusa take 5 minutes on live streams";
    spray_users = 5.0, "accounts", "Different accounts that one address fails for",
        "Elastic Okta spray and Hayabusa 4648, at least 5";
    spray_failures = 15.0, "failures", "Failed logins that make a spray together with the accounts",
        "Elastic Okta spray, at least 15 attempts";
    spray_per_user = 8.0, "failures", "Most failures that the middle account may have for a spray",
        "Elastic Okta spray, 2 to 8 an account";
    spray_success_ratio = 0.25, "ratio", "Successes for each failure above which the address is a shared office",
        "Splunk password spray, success to failure below 0.25";
    spray_own_cards = 5.0, "addresses", "Spraying addresses that get a card each before only the telling ones do",
        "Ours: an internet-facing sshd has hundreds";
    history_logins = 15.0, "logins", "Earlier logins that make an account established",
        "Ours: about two logins a day over a week";
    history_days = 3.0, "days", "Days that the earlier logins must span",
        "Ours: below it a weekday has no neighbour; 14 to 21 days rarely exist in an export";
    new_source_chance = 0.05, "chance", "Chance of a new network by the account's own habit, above which it is no surprise",
        "Good-Turing estimate of unseen mass (networks seen once, over logins); 5 percent is ours";
    new_source_crowd = 3.0, "accounts", "Accounts for which one address is new, told in one card",
        "Ours";
    new_source_cards = 20.0, "cards", "New sources that are told at most, the most surprising ones",
        "Ours: a renumbered network is new for everybody";
    unknown_users = 5.0, "accounts", "Accounts that do not exist, tried by one address in an hour",
        "Hayabusa user guessing takes more than 3 in 5 minutes of a live stream; people mistype one or two";
    distributed_accounts = 15.0, "accounts", "Accounts that fail in a stretch below which nothing is a distributed spray",
        "Splunk takes more than 30 in 2 minutes at a large provider; exported logs are smaller";
    distributed_sources = 15.0, "addresses", "Addresses that fail in a stretch below which nothing is a distributed spray",
        "Splunk takes more than 30 in 2 minutes at a large provider; exported logs are smaller";
    distributed_deviations = 6.0, "deviations", "Robust deviations above the median, of accounts and of addresses",
        "Splunk takes 3 sigma; counts of an internet-facing system have heavy tails";
    distributed_per_source = 3.0, "failures", "Most failures that the middle address may have in a stretch",
        "Ours: whoever spreads a spray over many addresses does it to stay below such limits";
    success_burst_logins = 60.0, "logins", "Successful logins in an hour below which nothing is a burst",
        "Ours; Elastic's job score has no absolute floor, sparse logs need one";
    success_burst_habit = 1.5, "times", "Times the greatest hour of other days",
        "Ours: what comes every night is not new";
    success_burst_hours = 72.0, "h", "Hours that the logs must span for a baseline of successes",
        "Ours: three days, so that a night job has come twice";
    odd_hour_logins = 20.0, "logins", "Logins on other days that make an account's hours known",
        "Ours: about four a day over a working week";
    odd_hour_days = 5.0, "days", "Days with logins that make an account's hours known",
        "Ours: a working week";
    odd_hour_active = 14.0, "h", "Hours of the day that an account uses, above which it has no usual hours",
        "Timesketch's browser analyser looks for 3 to 12 active hours a day";
    odd_hour_chance = 0.03, "chance", "Chance of a new hour by the account's own habit, above which it is no surprise",
        "Good-Turing estimate of unseen mass (hours used on one day only, over days and hours); 3 percent is ours";
    odd_hour_cards = 10.0, "cards", "Unusual hours that are told at most, the most surprising ones",
        "Ours: a new shift is new for everybody";
    rare_user_logins = 100.0, "logins", "Successful logins of others that make an account rare by comparison",
        "Ours: with fewer, most accounts are rare";
    rare_user_chance = 0.02, "chance", "Chance that a login is of an account seen once, above which rare accounts are usual",
        "Good-Turing estimate of unseen mass (accounts seen once, over logins); 2 percent is ours";
    rare_user_desktop_logins = 15.0, "logins", "Remote desktop logins that make another account's rare",
        "Ours; Elastic asks a lower score (50) of rare remote desktop users than of others (75)";
    rare_user_cards = 5.0, "cards", "Rare accounts that are told at most",
        "Ours";
    creator_days = 3.0, "days", "Days of logs before a change by which its author is known or not",
        "Sentinel asks for 14 days without; an export rarely has them, so the card says how many there were";
    account_bulk = 5.0, "accounts", "Accounts made by one author within an hour that are one card",
        "Ours: a school year begins";
    sudo_logins = 15.0, "logins", "Logins without sudo that make its first use by an account worth a card",
        "Ours: about two logins a day over a week";
    travel_km = 500.0, "km", "Distance below which nobody travels too fast",
        "Ours: GeoIP files are wrong by as much";
    travel_kmh = 1000.0, "km/h", "Speed that nobody travels at",
        "An airliner's 900 km/h, with room";
    travel_window_s = 900.0, "s", "Time within which logins from two countries are one person in two places",
        "Elastic Microsoft 365 impossible travel, 15 minutes";
    process_events = 200.0, "processes", "Started processes below which nothing is rare",
        "Ours: with fewer, most programs are rare";
    process_rare = 3.0, "starts", "Starts of a program, over all systems, that still are rare",
        "Ours";
    process_chance = 0.05, "chance", "Chance that a start is of a program seen once, above which rare programs are usual",
        "Good-Turing estimate of unseen mass (programs seen once, over starts); 5 percent is ours";
    process_cards = 10.0, "cards", "Rare processes that are told at most",
        "Ours";
    list_cards = 20.0, "values", "Values of lists that get a card each before the rest share one",
        "Ours";
    burst_failures = 50.0, "failures", "Failed logins in an hour below which nothing is a burst",
        "Ours; Elastic's job score has no absolute floor, sparse logs need one";
    burst_deviations = 6.0, "deviations", "Robust deviations above the hour's median",
        "Ours: stricter than the 3 sigma of Splunk, since failure counts have heavy tails";
    burst_ratio = 3.0, "times", "Times the hour's median",
        "Ours; DFIR-Companion takes 5 times its peers";
    burst_hours = 24.0, "h", "Hours that the logs must span for a baseline",
        "Ours: a day and a night";
    burst_covered = 0.8, "share", "Share of a burst told by other cards from which it is lowered",
        "Ours";
    fanout_hosts = 15.0, "systems", "Different systems contacted in an hour below which nothing is a fan-out",
        "Splunk lateral fan-out, more than 10; Elastic network sweep, 100 in 9 minutes";
    fanout_deviations = 6.0, "deviations", "Robust deviations above the host's own median",
        "Splunk takes 3 sigma; hourly counts have heavy tails";
    fanout_ratio = 2.0, "times", "Times the greatest hour that the host had on other days",
        "Ours: what comes every Sunday is not new";
    fanout_new_share = 0.5, "share", "Share of the systems that the host never contacted before",
        "Ours";
    fanout_history_hours = 12.0, "h", "Active hours before, for a baseline of the host's own; else its peers are the baseline",
        "Ours";
    fanout_sweep_hosts = 10.0, "systems", "Systems on one administration port that make a sweep",
        "Elastic network sweep takes 100 on ports 21, 22, 23, 25, 139, 445, 3389, 5985, 5986; exported logs are smaller";
    volume_hours = 24.0, "h", "Hours that a log must span for a baseline of its volume",
        "Ours: a day and a night";
    volume_deviations = 8.0, "deviations", "Robust deviations of an hour's events, messages or errors from the median",
        "Ours: counts of events have heavier tails than failures";
    volume_ratio = 5.0, "times", "Times the median, up or down",
        "DFIR-Companion, 5 times the own median";
    volume_floor = 500.0, "events", "Events in an hour below which no volume is told",
        "Ours";
    volume_habit = 4.0, "stretches", "Such stretches of one log above which they are its habit",
        "Ours";
    gap_minutes = 30.0, "min", "Silence below which there is no gap",
        "Chainsaw and DFIR-Companion, 30 minutes";
    gap_density = 20.0, "times", "Times the usual distance of two events of the log",
        "DFIR-Companion takes 4 times the local interval; 20 for logs in bursts is ours";
    gap_own_ratio = 2.0, "times", "Times the longest silence that the log has otherwise",
        "Ours: a log that pauses each night has no gap";
    gap_events = 200.0, "events", "Events that a log must have for its silence to mean something",
        "Ours";
    hole_most = 5.0, "holes", "Holes in one channel's numbers above which the file is a selection",
        "Ours";
    hole_records = 100.0, "records", "Records that a channel of a file must have for a hole to mean something",
        "Ours";
    clock_back_s = 3900.0, "s", "Step back in a file that is in order of time",
        "Ours: more than the hour that a zone falls back";
    clock_step_s = 300.0, "s", "Change of a clock below which it is a correction",
        "Kerberos allows clocks to differ by 5 minutes";
    clock_rows = 100.0, "events", "Events that a file must have for its order to mean something",
        "Ours";
    template_messages = 500.0, "messages", "Messages that a program must have written for a baseline of their kinds",
        "Ours";
    template_hours = 24.0, "h", "Hours that they must span",
        "Ours: a day and a night";
    template_unseen = 0.01, "share", "Chance of a kind never seen before, above which a new kind is no news",
        "Good-Turing estimate of unseen mass; 1 percent is ours";
    template_late = 5.0, "kinds", "New kinds in the later half above which the vocabulary is not settled",
        "Ours";
    template_burst = 100.0, "messages", "Messages of one kind in an hour below which nothing is a burst",
        "Ours";
    error_floor = 20.0, "errors", "Errors of an application below which nothing is a burst",
        "Elastic takes 50 rows of an error log in 10 minutes; exported logs are smaller";
    scan_ports = 50.0, "ports", "Ports of one system tried without success in an hour that make a port scan",
        "Elastic takes 250 with flows of at most two packets; 50 where the log says that they failed is ours";
    scan_ports_unknown = 250.0, "ports", "The same, where the log does not say what became of the tries",
        "Elastic potential port scan, 250";
    sweep_systems = 50.0, "systems", "Systems tried on one port in an hour that make a sweep",
        "Elastic network sweep takes 100 in 9 minutes; exported logs are smaller";
    sweep_failed = 0.5, "share", "Share of them that did not answer",
        "Ours: who reaches what answers is a client";
    beacon_score = 0.8, "score", "RITA's score from which calls are a beacon",
        "RITA v5 grades 0.5, 0.7 and 0.9; a card for each 0.5 would be hundreds";
    beacon_calls = 20.0, "calls", "Calls at different seconds below which nothing is said",
        "RITA takes 4, on whole days of traffic; ours for exports";
    beacon_hours = 2.0, "h", "Hours from the first call to the last below which nothing is said",
        "Ours: RITA looks at days; minutes of anything look even";
    beacon_rare = 0.02, "share", "Share of the hosts inside up to which a place is rare",
        "RITA v5, prevalence of at most 2 percent (or a single host)";
    long_hours = 4.0, "h", "Time connected that is long",
        "RITA v5: base 1 h, low 4 h, medium 8 h, high 12 h";
    strobe_a_day = 86400.0, "connections", "Connections of one pair in a day that are a strobe",
        "RITA v5, 86,400 in 24 h";
    tunnel_names = 100.0, "names", "Different names below one registered domain",
        "RITA v5: base 100, then 500, 800, 1,000";
    tunnel_letters = 16.0, "letters", "Mean length of what stands before the domain",
        "Ours; Splunk takes mean and two deviations of all queries";
    tunnel_entropy = 3.0, "bits", "Mean entropy of it, in bits a letter",
        "Ours: words in names have about 2.5";
    tunnel_missing = 40.0, "domains", "Different domains that do not exist, asked for by one host in an hour",
        "Elastic takes 50 failures of one source and reply code";
    exfil_megabytes = 100.0, "MB", "Sent to one place in a day below which nothing is told",
        "Ours; Splunk takes 1.07 GB in two minutes";
    exfil_deviations = 6.0, "deviations", "Robust deviations above what the host sends outside in a day",
        "Ours, as for bursts";
    exfil_ratio = 2.0, "times", "Times the fullest other day of the host",
        "Ours: what comes every Sunday is not new";
    exfil_asymmetry = 2.0, "times", "Bytes sent for each byte received",
        "Ours: an upload sends more than it receives";
    probe_errors = 100.0, "requests", "Requests for what is not there or forbidden by one address in 10 minutes",
        "Elastic takes 500 in 10 minutes on live servers; exported logs are smaller";
    probe_urls = 50.0, "URLs", "Different URLs among them",
        "Elastic takes 250";
    probe_known = 5.0, "paths", "Different paths that only scanners ask for",
        "Ours";
    probe_attacks = 3.0, "requests", "Requests with an attack in the URL",
        "Ours: one may be a customer with a strange name";
    server_errors = 20.0, "responses", "Server errors of one site in an hour below which nothing is a burst",
        "Elastic takes 10 for one client in 10 minutes; of all clients is ours";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_struct_agree_and_say_where_they_come_from() {
        let knobs = Knobs::default();
        for knob in KNOBS {
            assert_eq!(knobs.get(knob.name), Some(knob.default), "{}", knob.name);
            assert!(!knob.source.is_empty() && !knob.unit.is_empty() && !knob.about.is_empty());
        }
    }

    #[test]
    fn a_missing_knob_is_the_default_and_a_misspelt_one_is_refused() {
        let knobs: Knobs = serde_json::from_str(r#"{"guess_failures": 7}"#).unwrap();
        assert_eq!(knobs, Knobs { guess_failures: 7.0, ..Knobs::default() });
        assert!(serde_json::from_str::<Knobs>(r#"{"guess_failure": 7}"#).is_err());
    }
}
