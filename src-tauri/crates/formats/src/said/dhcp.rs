//! What DHCP servers and clients and NetworkManager say: who got which address.

use super::shape::{Line, Lines, Told, by_name_only};
use crate::About;

/// ISC's server and clients, Kea, dhcpcd.
pub const DHCP: Told = Told {
    about: About {
        id: "dhcp",
        title: "ISC DHCP and Kea",
        about: "Leases: which address went to which hardware and host.",
    },
    programs: &[
        "dhcpd",
        "dhclient",
        "dhcpcd",
        "kea",
        "kea-dhcp4",
        "kea-dhcp6",
        "udhcpd",
        "udhcpc",
        "dhcrelay",
        "systemd-networkd",
    ],
    lines: &LINES,
    claims: |m| {
        m.starts_with(b"DHCPACK on ")
            || m.starts_with(b"DHCPREQUEST for ")
            || m.starts_with(b"DHCPDISCOVER from ")
            || m.starts_with(b"DHCPOFFER on ")
    },
};

static LINES: Lines = Lines::new(&[
    Line::new(
        "network",
        "dhcp_discover",
        "DHCPDISCOVER from {source.mac?} ({source.domain}) via {dhcp.interface}: {reason}",
    ),
    Line::new(
        "network",
        "dhcp_discover",
        "DHCPDISCOVER from {source.mac?} ({source.domain}) via {dhcp.interface}",
    ),
    Line::new("network", "dhcp_discover", "DHCPDISCOVER from {source.mac?} via {dhcp.interface}"),
    Line::new(
        "network",
        "dhcp_offer",
        "DHCPOFFER on {dhcp.address?} to {source.mac?} ({source.domain}) via {dhcp.interface}",
    ),
    Line::new("network", "dhcp_offer", "DHCPOFFER on {dhcp.address?} to {source.mac?} via {dhcp.interface}"),
    Line::new(
        "network",
        "dhcp_request",
        "DHCPREQUEST for {dhcp.address?} ({*}) from {source.mac?} ({source.domain}) via {dhcp.interface}",
    ),
    Line::new(
        "network",
        "dhcp_request",
        "DHCPREQUEST for {dhcp.address?} ({*}) from {source.mac?} via {dhcp.interface}",
    ),
    Line::new(
        "network",
        "dhcp_request",
        "DHCPREQUEST for {dhcp.address?} from {source.mac?} ({source.domain}) via {dhcp.interface}",
    ),
    Line::new(
        "network",
        "dhcp_request",
        "DHCPREQUEST for {dhcp.address?} from {source.mac?} via {dhcp.interface}",
    ),
    Line::new(
        "network",
        "dhcp_ack",
        "DHCPACK on {dhcp.address?} to {source.mac?} ({source.domain}) via {dhcp.interface}",
    ),
    Line::new("network", "dhcp_ack", "DHCPACK on {dhcp.address?} to {source.mac?} via {dhcp.interface}"),
    Line::new("network", "dhcp_ack", "DHCPACK to {dhcp.address?} ({source.mac}) via {dhcp.interface}"),
    Line::new("network", "dhcp_nak", "DHCPNAK on {dhcp.address?} to {source.mac?} via {dhcp.interface}")
        .bad(),
    Line::new("network", "dhcp_inform", "DHCPINFORM from {dhcp.address?} via {dhcp.interface}"),
    Line::new(
        "network",
        "dhcp_release",
        "DHCPRELEASE of {dhcp.address?} from {source.mac?} ({source.domain}) via {dhcp.interface} {*}",
    ),
    Line::new(
        "network",
        "dhcp_release",
        "DHCPRELEASE of {dhcp.address?} from {source.mac?} via {dhcp.interface} {*}",
    ),
    Line::new("network", "dhcp_decline", "DHCPDECLINE of {dhcp.address?} from {source.mac?} {*}"),
    // A client's side.
    Line::new("network", "dhcp_discover", "DHCPDISCOVER on {dhcp.interface?} to {server} port {*}"),
    Line::new("network", "dhcp_request", "DHCPREQUEST on {dhcp.interface?} to {server} port {*}"),
    Line::new(
        "network",
        "dhcp_request",
        "DHCPREQUEST of {dhcp.address?} on {dhcp.interface?} to {server} port {*}",
    ),
    Line::new("network", "dhcp_offer", "DHCPOFFER from {server}"),
    Line::new("network", "dhcp_offer", "DHCPOFFER of {dhcp.address?} from {server}"),
    Line::new("network", "dhcp_ack", "DHCPACK from {server}{*}"),
    Line::new("network", "dhcp_ack", "DHCPACK of {dhcp.address?} from {server}{*}"),
    Line::new("network", "dhcp_bound", "bound to {dhcp.address?} -- renewal in {*}"),
    Line::new("network", "dhcp_bound", "{dhcp.interface?}: leased {dhcp.address?} for {*}"),
    Line::new("network", "dhcp_bound", "{dhcp.interface?}: DHCPv4 address {dhcp.address?} {*}"),
    // Kea, with and without its own time in front.
    Line::new(
        "network",
        "dhcp_ack",
        "{*}DHCP4_LEASE_ALLOC [hwtype=1 {source.mac}], {*}: lease {dhcp.address?} has been allocated{*}",
    ),
    Line::new(
        "network",
        "dhcp_offer",
        "{*}DHCP4_LEASE_ADVERT [hwtype=1 {source.mac}], {*}: lease {dhcp.address?} will be advertised{*}",
    ),
    Line::new(
        "network",
        "dhcp_offer",
        "{*}DHCP4_LEASE_OFFER [hwtype=1 {source.mac}], {*}: lease {dhcp.address?} will be offered{*}",
    ),
    Line::new(
        "network",
        "dhcp_release",
        "{*}DHCP4_RELEASE [hwtype=1 {source.mac}], {*}: address {dhcp.address?} was released{*}",
    ),
]);

/// NetworkManager and what brings interfaces up.
pub const NETWORK_MANAGER: Told = Told {
    about: About {
        id: "networkmanager",
        title: "NetworkManager",
        about: "Interfaces and addresses that came and went.",
    },
    programs: &["networkmanager", "wpa_supplicant", "hostapd", "ifup", "ifdown"],
    lines: &NM_LINES,
    claims: by_name_only,
};

static NM_LINES: Lines = Lines::new(&[
    Line::new(
        "network",
        "interface_changed",
        "<{log.level}>  [{*}] device ({observer.ingress.interface.name}): {reason}",
    ),
    Line::new(
        "network",
        "dhcp_bound",
        "<{log.level}>  [{*}] dhcp4 ({observer.ingress.interface.name}):   address {dhcp.address?}",
    ),
    Line::new(
        "network",
        "dhcp_bound",
        "<{log.level}>  [{*}] dhcp4 ({observer.ingress.interface.name}): state changed new lease, address={dhcp.address?}",
    ),
    Line::new("network", "", "<{log.level}> {*}"),
    Line::new(
        "network",
        "wifi_authenticated",
        "{dhcp.interface?}: STA {source.mac?} IEEE 802.11: authenticated{*}",
    )
    .good(),
    Line::new(
        "network",
        "wifi_associated",
        "{dhcp.interface?}: STA {source.mac?} IEEE 802.11: associated{*}",
    )
    .good(),
    Line::new("network", "wifi_left", "{dhcp.interface?}: STA {source.mac?} IEEE 802.11: disassociated{*}"),
    Line::new("network", "wifi_left", "{dhcp.interface?}: STA {source.mac?} IEEE 802.11: deauthenticated{*}"),
    Line::new(
        "authentication",
        "wifi_login",
        "{dhcp.interface?}: STA {source.mac?} WPA: pairwise key handshake completed{*}",
    )
    .good(),
    Line::new(
        "authentication",
        "wifi_login",
        "{dhcp.interface?}: AP-STA-POSSIBLE-PSK-MISMATCH {source.mac?}",
    )
    .bad(),
]);
