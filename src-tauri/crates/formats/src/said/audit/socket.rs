//! The address of a socket as audit writes it: the bytes of `struct sockaddr` in hex.

use super::{Said, unhex};
use crate::normalise::entities::{DESTINATION, End, SOURCE};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Writes the end of the connection that a call was about.
pub fn write(saddr: &[u8], call: &str, said: &mut Said<'_>) {
    let Some(bytes) = unhex(saddr) else {
        // auditd's enriched form says it in words: `{ saddr_fam=inet laddr=192.0.2.1 lport=22 }`.
        return;
    };
    let byte = |n: usize| bytes.get(n).copied().unwrap_or(0);
    // The family is in the byte order of the machine, which is small end first wherever this is met.
    match u16::from_le_bytes([byte(0), byte(1)]) {
        1 => {
            let path = bytes.get(2..).unwrap_or_default();
            // An abstract name begins with a zero byte.
            let path = path.strip_prefix(&[0]).unwrap_or(path);
            let end = path.iter().position(|c| *c == 0).unwrap_or(path.len());
            said.set("auditd.data.socket_path", &path[..end]);
            said.set("auditd.data.socket_family", b"unix");
        }
        2 if bytes.len() >= 8 => {
            let ip = Ipv4Addr::new(byte(4), byte(5), byte(6), byte(7)).to_string();
            said.set("auditd.data.socket_family", b"ipv4");
            ends(call, &ip, u16::from_be_bytes([byte(2), byte(3)]), said);
        }
        10 if bytes.len() >= 24 => {
            let mut octets = [0u8; 16];
            octets.copy_from_slice(&bytes[8..24]);
            said.set("auditd.data.socket_family", b"ipv6");
            ends(call, &Ipv6Addr::from(octets).to_string(), u16::from_be_bytes([byte(2), byte(3)]), said);
        }
        16 => said.set("auditd.data.socket_family", b"netlink"),
        _ => {}
    }
}

fn ends(call: &str, ip: &str, port: u16, said: &mut Said<'_>) {
    let (end, direction): (&End, &str) = match call {
        "accept" | "accept4" | "recvfrom" | "recvmsg" | "recvmmsg" => (&SOURCE, "ingress"),
        "bind" | "listen" => {
            said.set("auditd.data.bound_address", ip.as_bytes());
            said.set_number("auditd.data.bound_port", port.to_string().as_bytes());
            return;
        }
        _ => (&DESTINATION, "egress"),
    };
    end.host(said.fields, ip.as_bytes());
    if port > 0 {
        said.fields.int(end.port, i64::from(port));
    }
    said.set("network.direction", direction.as_bytes());
}
