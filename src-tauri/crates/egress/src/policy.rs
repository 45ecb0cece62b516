//! How far a case's data may go, and to whom. Only decides; what an address is made of is `endpoint`'s, looking it up
//! is the client's.

use crate::endpoint::{Endpoint, Place, is_inside};
use crate::fault::Refusal;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How far a case's data may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// To programs on this machine, and to hosts of one's own network that the user named.
    #[default]
    LocalOnly,
    /// Also to the private clouds that the user named, with names, addresses and secrets replaced.
    CloudMasked,
    /// Also to the private clouds that the user named, as it is.
    CloudClear,
}

impl Level {
    /// All of them, strictest first.
    pub const ALL: [Self; 3] = [Self::LocalOnly, Self::CloudMasked, Self::CloudClear];

    /// As it is shown.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LocalOnly => "Local only",
            Self::CloudMasked => "Private cloud, masked",
            Self::CloudClear => "Private cloud, clear",
        }
    }

    /// As it is kept.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LocalOnly => "local_only",
            Self::CloudMasked => "cloud_masked",
            Self::CloudClear => "cloud_clear",
        }
    }
}

/// Whose a host is, as the user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// One's own, in one's own network: its name must lead to an inside address.
    OnPremises,
    /// A private cloud's.
    Cloud,
}

/// An endpoint that the user allowed for this case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// Its base address; scheme, host and port count.
    pub url: String,
    /// Whose it is.
    pub whose: Whose,
    /// Whether it may be spoken to without encryption.
    #[serde(default)]
    pub plain_http: bool,
    /// Whether it is masked under every policy: for a local program that itself sends things on.
    #[serde(default)]
    pub always_masked: bool,
    /// The proxy on the way to it; only for a cloud.
    #[serde(default)]
    pub proxy: Option<String>,
}

/// What holds for a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How far.
    pub level: Level,
    /// To whom, beside loopback.
    #[serde(default)]
    pub endpoints: Vec<Allowed>,
}

/// What was decided about a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub endpoint: Endpoint,
    pub masked: bool,
    /// Through this, where one is configured.
    pub proxy: Option<Endpoint>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Loopback,
    OnPremises,
    Cloud,
}

impl Way {
    /// Whether it leaves this machine.
    pub fn leaves(&self) -> bool {
        self.kind != Kind::Loopback
    }

    /// Whether one may connect to an address that a name led to. Asked of every address, right before connecting, and
    /// only these addresses are connected to.
    pub fn may_connect(&self, host: &str, address: IpAddr) -> Result<(), String> {
        let address = address.to_canonical();
        let nowhere = address.is_unspecified() || address.is_multicast() || is_link_local(address);
        let (fits, want) = match self.kind {
            Kind::Loopback => (address.is_loopback(), "this machine"),
            Kind::OnPremises => (is_inside(address) && !nowhere, "one's own network"),
            // A cloud's name that leads to this machine is a trick to reach what listens here.
            Kind::Cloud => (!address.is_loopback() && !nowhere, "another machine"),
        };
        if fits {
            return Ok(());
        }
        Err(format!("{host} leads to {address}, which is not {want}; nothing was sent"))
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => a.is_link_local() || a.is_broadcast(),
        IpAddr::V6(a) => a.is_unicast_link_local(),
    }
}

impl Policy {
    /// Decides about a URL. A name is not looked up here: what it leads to is checked when connecting.
    pub(crate) fn decide(&self, url: &str) -> Result<Way, Refusal> {
        let endpoint = Endpoint::parse(url).map_err(|why| Refusal(why.to_owned()))?;
        let named = self.endpoints.iter().find(|a| Endpoint::parse(&a.url).is_ok_and(|e| e == endpoint));
        let always = named.is_some_and(|a| a.always_masked);
        let masked = self.level == Level::CloudMasked || always;
        if endpoint.place() == Place::Loopback {
            return Ok(Way { endpoint, masked, proxy: None, kind: Kind::Loopback });
        }
        let (host, title) = (endpoint.host().to_owned(), self.level.title());
        let Some(named) = named else {
            let why = match self.level {
                Level::LocalOnly => format!("the policy is \"{title}\", and {host} is not this machine"),
                _ => {
                    format!("the policy is \"{title}\", and {} is not among its endpoints", endpoint.origin())
                }
            };
            return Err(Refusal(why));
        };
        let kind = match (named.whose, self.level) {
            (Whose::OnPremises, _) => Kind::OnPremises,
            (Whose::Cloud, Level::LocalOnly) => {
                return Err(Refusal(format!("the policy is \"{title}\", and {host} is a cloud's")));
            }
            (Whose::Cloud, _) => Kind::Cloud,
        };
        if !endpoint.is_encrypted() && !named.plain_http {
            return Err(Refusal(format!(
                "{host} would be spoken to without encryption; use https, or allow plain HTTP for it by name"
            )));
        }
        let proxy = match (&named.proxy, kind) {
            (Some(url), Kind::Cloud) => {
                Some(Endpoint::parse(url).map_err(|why| Refusal(format!("the proxy: {why}")))?)
            }
            _ => None,
        };
        // As written it may already be an address: then no look-up comes between.
        let way = Way { endpoint, masked, proxy, kind };
        if let Ok(address) = host.parse::<IpAddr>() {
            way.may_connect(&host, address).map_err(Refusal)?;
        }
        Ok(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str, whose: Whose, plain_http: bool) -> Allowed {
        Allowed { url: url.to_owned(), whose, plain_http, always_masked: false, proxy: None }
    }

    fn policy(level: Level) -> Policy {
        let endpoints = vec![
            allowed("https://llm.corp.example/v1", Whose::OnPremises, false),
            allowed("http://10.2.3.4:8080", Whose::OnPremises, true),
            allowed("http://gpu.corp.example:8000", Whose::OnPremises, false),
            allowed("http://8.8.8.8:8000", Whose::OnPremises, true),
            allowed("https://models.cloud.example/v1", Whose::Cloud, false),
        ];
        Policy { level, endpoints }
    }

    #[test]
    fn each_policy_allows_what_it_names_and_masks_what_it_says() {
        // The URL; local only; masked; clear: `-` refused, `c` clear, `m` masked.
        for (url, want) in [
            ("http://127.0.0.1:8080/v1", "cmc"),
            ("https://llm.corp.example/v1/chat", "cmc"),
            ("https://LLM.corp.example:443", "cmc"),
            ("http://10.2.3.4:8080/v1", "cmc"),
            ("https://models.cloud.example", "-mc"),
            // Another port, another scheme, a name below, no plain HTTP, an outside address called one's own.
            ("https://models.cloud.example:8443", "---"),
            ("http://models.cloud.example", "---"),
            ("https://x.models.cloud.example", "---"),
            ("http://10.2.3.5:8080/v1", "---"),
            ("http://gpu.corp.example:8000", "---"),
            ("http://8.8.8.8:8000", "---"),
            ("https://api.example.com", "---"),
        ] {
            let got: String = Level::ALL
                .iter()
                .map(|level| match policy(*level).decide(url) {
                    Err(_) => '-',
                    Ok(way) if way.masked => 'm',
                    Ok(_) => 'c',
                })
                .collect();
            assert_eq!(got, want, "{url}");
        }
    }

    #[test]
    fn a_name_may_lead_only_where_its_owner_lives() {
        let lead = |url: &str, to: &str| {
            let way = policy(Level::CloudClear).decide(url).unwrap();
            way.may_connect("name", to.parse().unwrap()).is_ok()
        };
        for (url, to, want) in [
            ("http://localhost:1", "127.0.0.1", true),
            ("http://localhost:1", "::1", true),
            ("http://localhost:1", "93.184.216.34", false),
            ("http://localhost:1", "10.0.0.1", false),
            ("https://llm.corp.example", "10.9.9.9", true),
            ("https://llm.corp.example", "fd12::1", true),
            ("https://llm.corp.example", "93.184.216.34", false),
            ("https://llm.corp.example", "169.254.169.254", false),
            ("https://llm.corp.example", "::ffff:93.184.216.34", false),
            ("https://models.cloud.example", "93.184.216.34", true),
            ("https://models.cloud.example", "10.0.0.7", true),
            ("https://models.cloud.example", "127.0.0.1", false),
            ("https://models.cloud.example", "::ffff:127.0.0.1", false),
            ("https://models.cloud.example", "169.254.169.254", false),
            ("https://models.cloud.example", "0.0.0.0", false),
        ] {
            assert_eq!(lead(url, to), want, "{url} -> {to}");
        }
    }
}
