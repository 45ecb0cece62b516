//! What kernels say: crashes, memory that ran out, devices, packets, WireGuard. The filter's packets are
//! [`super::netfilter`]'s, audit records [`super::audit`]'s.

use super::shape::{Line, Lines};
use super::{Payload, Said, audit, netfilter, pf};
use crate::About;
use memchr::memchr;

/// Linux' and BSD's kernels.
pub struct Kernel;

impl Payload for Kernel {
    fn about(&self) -> About {
        About {
            id: "kernel",
            title: "Kernel messages",
            about: "Crashes, memory, devices, packets and WireGuard.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["kernel", "unix", "genunix", "vmunix", "vmkernel"]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = without_uptime(message);
        netfilter::read(text, said)
            || audit::in_kernel(text, said)
            || pf::ipfw(text, said)
            || LINES.read("kernel", text, said)
    }
}

/// `[50028442.088484] text`
fn without_uptime(message: &[u8]) -> &[u8] {
    let Some(inside) = message.strip_prefix(b"[") else { return message };
    match memchr(b']', &inside[..inside.len().min(24)]) {
        Some(close) if inside[..close].trim_ascii().iter().all(|c| c.is_ascii_digit() || *c == b'.') => {
            inside[close + 1..].trim_ascii_start()
        }
        _ => message,
    }
}

static LINES: Lines = Lines::new(&[
    Line::new(
        "process",
        "process_crashed",
        "{kernel.crashed.name}[{kernel.crashed.pid#}]: segfault at {kernel.crashed.address?} ip {*} sp {*} error {*} in {kernel.crashed.library}[{*}",
    ),
    Line::new(
        "process",
        "process_crashed",
        "{kernel.crashed.name}[{kernel.crashed.pid#}]: segfault at {kernel.crashed.address?} {*}",
    ),
    Line::new("process", "process_crashed", "traps: {kernel.crashed.name}[{kernel.crashed.pid#}] {reason}"),
    Line::new("process", "out_of_memory", "Out of memory: Killed process {kernel.killed.pid#} ({kernel.killed.name}) {*}"),
    Line::new("process", "out_of_memory", "Out of memory: Kill process {kernel.killed.pid#} ({kernel.killed.name}) {*}"),
    Line::new(
        "process",
        "out_of_memory",
        "Memory cgroup out of memory: Killed process {kernel.killed.pid#} ({kernel.killed.name}) {*}",
    ),
    Line::new("process", "out_of_memory", "Killed process {kernel.killed.pid#} ({kernel.killed.name}) {*}"),
    Line::new("process", "out_of_memory", "{kernel.invoker} invoked oom-killer: {*}"),
    Line::new(
        "host",
        "usb_device_found",
        "usb {usb.port}: New USB device found, idVendor={usb.vendor_id}, idProduct={usb.product_id}, {*}",
    ),
    Line::new(
        "host",
        "usb_device_found",
        "usb {usb.port}: New USB device found, idVendor={usb.vendor_id}, idProduct={usb.product_id}",
    ),
    Line::new("host", "usb_device_found", "usb {usb.port}: new {usb.speed} USB device number {usb.number#} using {*}"),
    Line::new("host", "usb_device_named", "usb {usb.port}: Product: {usb.product}"),
    Line::new("host", "usb_device_named", "usb {usb.port}: Manufacturer: {usb.manufacturer}"),
    Line::new("host", "usb_device_named", "usb {usb.port}: SerialNumber: {usb.serial}"),
    Line::new("host", "usb_device_removed", "usb {usb.port}: USB disconnect, {*}"),
    Line::new("host", "usb_storage_found", "usb-storage {usb.port}: USB Mass Storage device detected"),
    Line::new("network", "promiscuous_on", "device {observer.ingress.interface.name} entered promiscuous mode"),
    Line::new("network", "promiscuous_off", "device {observer.ingress.interface.name} left promiscuous mode"),
    Line::new("network", "promiscuous_on", "{observer.ingress.interface.name?}: entered promiscuous mode"),
    Line::new("network", "promiscuous_off", "{observer.ingress.interface.name?}: left promiscuous mode"),
    Line::new("network", "syn_flood", "TCP: {*}ossible SYN flooding on port {destination.port#}. {*}"),
    Line::new("network", "syn_flood", "possible SYN flooding on port {destination.port#}. {*}"),
    Line::new("network", "martian_source", "martian source {destination} from {source}, on dev {observer.ingress.interface.name}"),
    Line::new("network", "martian_source", "IPv4: martian source {destination} from {source}, on dev {observer.ingress.interface.name}"),
    Line::new("network", "table_full", "nf_conntrack: {*}table full, dropping packet{*}"),
    Line::new("driver", "module_loaded", "{kernel.module?}: loading out-of-tree module taints kernel."),
    Line::new("driver", "module_loaded", "{kernel.module?}: module verification failed: {reason}"),
    Line::failed("wireguard_handshake", "wireguard: {wireguard.interface?}: Invalid handshake initiation from {peer}"),
    Line::failed("wireguard_handshake", "wireguard: {wireguard.interface?}: Invalid handshake response from {peer}"),
    Line::failed("wireguard_handshake", "wireguard: {wireguard.interface?}: Invalid MAC of handshake, dropping packet from {peer}"),
    Line::new(
        "network",
        "wireguard_unallowed_source",
        "wireguard: {wireguard.interface?}: Packet has unallowed src IP ({wireguard.inner.ip}) from peer {wireguard.peer#} ({peer})",
    )
    .bad(),
    Line::new(
        "network",
        "wireguard_handshake_received",
        "wireguard: {wireguard.interface?}: Receiving handshake initiation from peer {wireguard.peer#} ({peer})",
    ),
    Line::new(
        "network",
        "wireguard_handshake_sent",
        "wireguard: {wireguard.interface?}: Sending handshake initiation to peer {wireguard.peer#} ({server})",
    ),
    Line::new(
        "network",
        "wireguard_handshake_timeout",
        "wireguard: {wireguard.interface?}: Handshake for peer {wireguard.peer#} ({server}) did not complete after {*}",
    ),
    Line::new("network", "", "wireguard: {wireguard.interface?}: {*}"),
]);
