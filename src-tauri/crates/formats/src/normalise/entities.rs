//! Addresses, ports and names as other code expects them: an address field holds an address, nothing else.

use std::net::{Ipv4Addr, Ipv6Addr};
use timberline_model::{FieldId, Fields, known};

/// Whether a text is an IPv4 or IPv6 address, without port, brackets or zone.
#[must_use]
#[inline]
pub fn is_ip(text: &[u8]) -> bool {
    match text.first() {
        Some(b'0'..=b'9') if is_ipv4(text) => true,
        Some(b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':') if memchr::memchr(b':', text).is_some() => {
            std::str::from_utf8(text).is_ok_and(|t| t.parse::<Ipv6Addr>().is_ok())
        }
        _ => false,
    }
}

#[inline]
fn is_ipv4(text: &[u8]) -> bool {
    if text.len() > 15 || text.len() < 7 {
        return false;
    }
    let (mut dots, mut value, mut digits) = (0, 0u32, 0);
    for c in text {
        match c {
            b'0'..=b'9' => {
                value = value * 10 + u32::from(c - b'0');
                digits += 1;
                if value > 255 || digits > 3 {
                    return false;
                }
            }
            b'.' if digits > 0 => {
                dots += 1;
                value = 0;
                digits = 0;
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0
}

/// Which fields one end of a connection goes to.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The address or name as written.
    pub address: FieldId,
    /// The address when it is one.
    pub ip: FieldId,
    /// The port.
    pub port: FieldId,
}

/// Where something came from.
pub const SOURCE: End =
    End { address: known::SOURCE_ADDRESS, ip: known::SOURCE_IP, port: known::SOURCE_PORT };
/// Where something went.
pub const DESTINATION: End =
    End { address: known::DESTINATION_ADDRESS, ip: known::DESTINATION_IP, port: known::DESTINATION_PORT };

impl End {
    /// Writes an address or a host name: as `*.address`, and as `*.ip` when it is an address. IPv4 inside IPv6
    /// (`::ffff:192.0.2.1`) is written as IPv4, brackets and an interface (`fe80::1%eth0`) are left off.
    pub fn host(&self, fields: &mut Fields, text: &[u8]) {
        if text.is_empty() || text == b"-" {
            return;
        }
        fields.bytes(self.address, text);
        if is_ipv4(text) {
            if let Ok(text) = std::str::from_utf8(text) {
                self.ipv4(fields, text);
            }
            return;
        }
        let mut core = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
        if let Some(at) = memchr::memchr(b'%', core) {
            core = &core[..at];
        }
        if memchr::memchr(b':', core).is_none() {
            return;
        }
        let Some(ip) = std::str::from_utf8(core).ok().and_then(|t| t.parse::<Ipv6Addr>().ok()) else {
            return;
        };
        match ip.to_ipv4_mapped() {
            Some(v4) => fields.text(self.ip, &v4.to_string()),
            None => fields.text(self.ip, &ip.to_string()),
        }
    }

    /// Leading zeros (`010.1.1.1`) would make two names of one address.
    fn ipv4(&self, fields: &mut Fields, text: &str) {
        match text.parse::<Ipv4Addr>() {
            Ok(_) => fields.text(self.ip, text),
            Err(_) => {
                let parts: Vec<String> = text
                    .split('.')
                    .map(|p| p.parse::<u8>().map_or_else(|_| p.to_owned(), |n| n.to_string()))
                    .collect();
                fields.text(self.ip, &parts.join("."));
            }
        }
    }

    /// Writes a port when it is one.
    pub fn port(&self, fields: &mut Fields, text: &[u8]) {
        if let Some(port) = whole(text).filter(|p| (0..=65_535).contains(p)) {
            fields.int(self.port, port);
        }
    }
}

/// A whole number without sign, of at most 18 digits.
#[must_use]
#[inline]
pub fn whole(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let mut n = 0i64;
    for c in text {
        let digit = c.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + i64::from(digit);
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_addresses() {
        for good in ["192.0.2.1", "2001:db8::1", "::1", "::ffff:192.0.2.1"] {
            assert!(is_ip(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "-",
            "192.0.2",
            "192.0.2.256",
            "1.2.3.4.5",
            "host",
            "cafe",
            "12:34:56",
            "1.2.3.4:80",
            "fe80::1%eth0",
        ] {
            assert!(!is_ip(bad.as_bytes()), "{bad}");
        }
        let mut fields = Fields::default();
        SOURCE.host(&mut fields, b"[::ffff:192.0.2.9]");
        assert_eq!(fields.get_text(known::SOURCE_IP), Some("192.0.2.9"));
        assert_eq!(fields.get_text(known::SOURCE_ADDRESS), Some("[::ffff:192.0.2.9]"));
    }
}
