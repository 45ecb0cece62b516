//! Reading the host out of a URL, strictly: whatever two readers could read differently is refused. Whether a place is
//! allowed is the gate's decision, not this module's.

use std::net::IpAddr;

/// Where an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this machine, by its address or as `localhost`.
    Loopback,
    /// Anywhere else, as far as can be known without asking anyone.
    Elsewhere,
}

/// A place that something could be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    encrypted: bool,
}

impl Endpoint {
    /// Reads a URL with the scheme `http` or `https`.
    ///
    /// # Errors
    /// Why it is no endpoint, as a sentence.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        // Control characters, spaces, backslashes and anything beyond ASCII are read differently by different clients.
        if url.chars().any(|c| !c.is_ascii_graphic() || c == '\\') {
            return Err("an endpoint may hold only plain characters, without spaces or backslashes");
        }
        let (scheme, rest) = url.split_once("://").ok_or("an endpoint begins with http:// or https://")?;
        let encrypted = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err("an endpoint begins with http:// or https://"),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        if authority.contains('@') {
            return Err("an endpoint may not hold a user name or a password");
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (inside, after) = rest.split_once(']').ok_or("the address in brackets does not end")?;
                if inside.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err("what stands in brackets is no IPv6 address");
                }
                let port = match after {
                    "" => None,
                    _ => Some(
                        after
                            .strip_prefix(':')
                            .ok_or("after an address in brackets only a port may follow")?,
                    ),
                };
                (inside, port)
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(plain) {
            return Err("the endpoint names no host");
        }
        let port = match port {
            None if encrypted => 443,
            None => 80,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| "the port is above 65535")?
            }
            Some(_) => return Err("the port is no number"),
        };
        // `2130706433`, `0x7f.1` and `127.1` are addresses to some readers and names to others.
        let last = host.rsplit('.').next().unwrap_or("");
        let numeric = last.starts_with(|c: char| c.is_ascii_digit());
        if numeric && !host.contains(':') && host.parse::<std::net::Ipv4Addr>().is_err() {
            return Err("an address is written with four decimal numbers, as in 127.0.0.1");
        }
        Ok(Self { host: host.to_ascii_lowercase(), port, encrypted })
    }

    /// The host as written, in lower case, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection would be encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Scheme, host and port, as it is shown and recorded.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        let brackets = self.host.contains(':');
        let (open, close) = if brackets { ("[", "]") } else { ("", "") };
        format!("{scheme}://{open}{}{close}:{}", self.host, self.port)
    }

    /// Where it is. "Any address" (`0.0.0.0`, `::`) reaches this machine on some systems and is refused all the same.
    #[must_use]
    pub fn place(&self) -> Place {
        let loopback = match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost",
        };
        if loopback { Place::Loopback } else { Place::Elsewhere }
    }
}

/// Whether an address belongs to an inside: private, unique local, shared (RFC 6598) or loopback.
#[must_use]
pub fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(a) => {
            let [first, second, ..] = a.octets();
            a.is_private() || a.is_loopback() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(a) => a.is_unique_local() || a.is_loopback(),
    }
}
