//! Names of the net: which part of a name somebody registered, and which names are nobody's outside. A small rule instead of the
//! whole public suffix list: the last two labels, three below a country's usual second levels and below hosts that give names away.
//! The whole list would be 250 kB that ages; what it would add are rare suffixes, where a name counts as one label shorter.

/// Second levels that countries use as suffixes (`co.uk`, `com.br`).
const SECOND_LEVELS: [&str; 26] = [
    "ac", "adm", "asn", "co", "com", "edu", "gob", "gouv", "gov", "govt", "id", "idf", "info", "ltd", "me",
    "mil", "ne", "net", "nhs", "nom", "or", "org", "plc", "police", "res", "sch",
];

/// Domains below which every name belongs to somebody else: dynamic names, hosting and content networks. Source: the private
/// part of the public suffix list, its most frequent ones.
const GIVEN_AWAY: [&str; 34] = [
    "akamaiedge.net",
    "akamaihd.net",
    "amazonaws.com",
    "appspot.com",
    "azureedge.net",
    "azurewebsites.net",
    "blogspot.com",
    "cloudapp.azure.com",
    "cloudapp.net",
    "cloudfront.net",
    "core.windows.net",
    "ddns.net",
    "duckdns.org",
    "dyndns.org",
    "fastly.net",
    "firebaseapp.com",
    "github.io",
    "gitlab.io",
    "googleusercontent.com",
    "herokuapp.com",
    "hopto.org",
    "netlify.app",
    "ngrok.io",
    "ngrok-free.app",
    "no-ip.org",
    "pages.dev",
    "sytes.net",
    "trafficmanager.net",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "wordpress.com",
    "workers.dev",
    "zapto.org",
];

/// Splits a name into what stands before the registered domain, and that domain; `None` of names that nobody registers:
/// reverse zones, local names, single labels, addresses.
#[must_use]
pub fn split(name: &str) -> Option<(&str, &str)> {
    let name = name.trim_end_matches('.');
    if is_local(name) || name.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    let (last, second, third) = (dots.next()?, dots.next(), dots.next());
    let Some(second) = second else { return Some(("", name)) };
    let tld = name.get(last + 1..)?;
    let middle = name.get(second + 1..last)?;
    let two = name.get(second + 1..)?;
    let lower = |text: &str| text.to_ascii_lowercase();
    let three = tld.len() == 2 && SECOND_LEVELS.contains(&lower(middle).as_str())
        || GIVEN_AWAY.contains(&lower(two).as_str());
    let four = third
        .and_then(|t| name.get(t + 1..))
        .is_some_and(|three| three.len() > two.len() && GIVEN_AWAY.contains(&lower(three).as_str()));
    let start = match (four, three, third) {
        (true, ..) => {
            let third = third?;
            name.get(..third)?.rfind('.').map_or(0, |at| at + 1)
        }
        (false, true, Some(third)) => third + 1,
        (false, true, None) => 0,
        _ => second + 1,
    };
    let domain = name.get(start..)?;
    Some((name.get(..start.saturating_sub(1))?, domain))
}

/// Whether a name is of the inside by its ending, of a reverse zone, or of discovery by multicast.
#[must_use]
pub fn is_local(name: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "arpa",
        "local",
        "lan",
        "internal",
        "intranet",
        "corp",
        "home",
        "localdomain",
        "localhost",
        "private",
        "test",
        "invalid",
        "onion",
        "workgroup",
    ];
    let name = name.trim_end_matches('.');
    match name.rsplit_once('.') {
        None => true,
        Some((_, ending)) => ENDINGS.iter().any(|e| ending.eq_ignore_ascii_case(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_registered_is_found() {
        for (name, expect) in [
            ("a.b.example.org", Some(("a.b", "example.org"))),
            ("example.org.", Some(("", "example.org"))),
            ("x.shop.co.uk", Some(("x", "shop.co.uk"))),
            ("shop.co.uk", Some(("", "shop.co.uk"))),
            ("d1234.cloudfront.net", Some(("", "d1234.cloudfront.net"))),
            ("a.vm1.cloudapp.azure.com", Some(("a", "vm1.cloudapp.azure.com"))),
            ("1.0.20.10.in-addr.arpa", None),
            ("printer.local", None),
            ("fileserver", None),
            ("10.1.2.3", None),
        ] {
            assert_eq!(split(name), expect, "{name}");
        }
    }
}
