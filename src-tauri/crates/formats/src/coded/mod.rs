//! The formats that are written in Rust, one file (or folder) each. A new one is a file here, a line in
//! [`FORMATS`], a fixture and a snapshot. What all share (time, severity, framing) is not here.

use crate::{Format, said};

pub mod access_log;
#[cfg(test)]
mod app_tests;
pub mod app_text;
pub mod auditd;
pub mod blocks;
pub mod carried;
#[cfg(test)]
pub(crate) mod check;
pub mod csv;
#[cfg(test)]
mod device_tests;
pub mod evtx;
#[cfg(test)]
mod fixture_tests;
pub mod flatten;
pub mod journald_export;
pub mod json_doc;
pub mod json_guess;
pub mod json_lines;
pub mod json_map;
pub mod json_mend;
pub mod json_names;
pub mod json_numbers;
pub mod json_prefixed;
pub mod json_products;
pub mod json_reader;
pub mod json_records;
pub mod json_say;
pub mod json_sniff;
pub mod json_values;
pub mod log4j_xml;
pub mod named_values;
pub mod nmap;
pub mod plain_text;
pub mod records;
pub mod syslog;
pub mod web;
mod windows_codes;
pub mod windows_events;
pub mod windows_json;
mod windows_meaning;
mod windows_powershell;
mod windows_products;
mod windows_security;
mod windows_services;
mod windows_sysmon;
mod windows_values;
pub mod windows_xml;
pub mod xml_records;
pub mod xml_values;
pub mod zeek;
pub mod zeek_json;
pub mod zeek_tsv;

/// Every other coded format; the order breaks ties of confidence, so the more special stand first.
pub const FORMATS: &[&dyn Format] = &[
    // JsonProduct: see json_products::PRODUCTS.
    &zeek_tsv::ZeekTsv,
    &zeek_json::ZeekJson,
    &evtx::Evtx,
    &evtx::legacy::Evt,
    &windows_xml::WindowsXml,
    &windows_json::WindowsJson,
    &nmap::Nmap,
    &log4j_xml::Log4jXml,
    &web::w3c::W3c,
    &web::modsec_audit::ModSecAudit,
    &web::windows_services::WindowsDhcp,
    &web::windows_services::WindowsNps,
    &web::windows_services::IisNative,
    &web::records::Records(&crate::said::windows_dns::WindowsDns),
    &web::aws::AwsElb,
    &web::aws::AwsS3Access,
    &web::aws::AwsVpcFlow,
    &carried::Carried(&crate::said::haproxy::HaProxy),
    &carried::Carried(&crate::said::proxies::Squid),
    &carried::Carried(&crate::said::proxies::ThreeProxy),
    &carried::Carried(&crate::said::proxies::Privoxy),
    &carried::Carried(&crate::said::proxies::Dante),
    &carried::Carried(&crate::said::proxies::Proxifier),
    &carried::Carried(&crate::said::envoy::Envoy),
    &carried::Carried(&crate::said::envoy::CoreDns),
    &web::records::Records(&crate::said::nginx::NginxError),
    &web::records::Records(&crate::said::apache::ApacheError),
    &web::records::Records(&crate::said::php::Php),
    &web::records::Records(&crate::said::php::LighttpdError),
    &access_log::AccessLog,
    &carried::Carried(&said::cisco::asa::Asa),
    &carried::Carried(&said::cisco::ios::Ios),
    &carried::Carried(&said::cisco::meraki::Meraki),
    &carried::Carried(&said::cisco::umbrella::Umbrella),
    &carried::Carried(&said::sophos::Sfos),
    &carried::Carried(&said::sophos::Utm),
    &carried::Carried(&said::fortinet::Fortinet),
    &carried::Carried(&said::panos::PanOs),
    &carried::Carried(&said::checkpoint::CheckPoint),
    &carried::Carried(&said::juniper::Junos),
    &carried::Carried(&said::pensando::Pensando),
    &blocks::SNORT,
    &blocks::OSSEC,
    &carried::Carried(&said::ids::alert::Alert),
    &carried::Carried(&said::ids::alert::AlertCsv),
    &carried::Carried(&said::ids::suricata::Lines),
    &carried::Carried(&said::ids::suricata::P0f),
    &carried::Carried(&said::devices::ise::Ise),
    &carried::Carried(&said::devices::mikrotik::MikroTik),
    &carried::Carried(&said::devices::sonicwall::SonicWall),
    &carried::Carried(&said::devices::watchguard::WatchGuard),
    &carried::Carried(&said::devices::barracuda::Barracuda),
    &carried::Carried(&said::devices::f5::BigIp),
    &carried::Carried(&said::devices::citrix::NetScaler),
    &carried::Carried(&said::devices::zscaler::Zscaler),
    &carried::Carried(&said::devices::zscaler::Forcepoint),
    &carried::Carried(&said::devices::nsx::Nsx),
    &carried::Carried(&said::devices::aruba::Aruba),
    &carried::Carried(&said::devices::huawei::Huawei),
    &carried::Carried(&said::devices::pulse::Pulse),
    &carried::Carried(&said::devices::radius::TacPlus),
    &carried::Carried(&said::devices::radius::DuoProxy),
    &carried::Carried(&said::devices::symantec::Symantec),
    &carried::Carried(&said::cef::Cef),
    &carried::Carried(&said::leef::Leef),
    &auditd::Auditd,
    &carried::Carried(&said::postfix::Postfix),
    &carried::Carried(&said::dovecot::Dovecot),
    &carried::Carried(&said::exim::Exim),
    &carried::Carried(&said::netfilter::Netfilter),
    &carried::Carried(&said::pf::Filterlog),
    &carried::Carried(&said::pf::Tcpdump),
    &carried::Carried(&said::ftp::Vsftpd),
    &carried::Carried(&said::ftp::Proftpd),
    &carried::Carried(&said::ftp::Xferlog),
    &carried::Carried(&said::dns::Named),
    &carried::Carried(&said::dns::Dnsmasq),
    &carried::Carried(&said::dns::Resolvers),
    &carried::Carried(&said::vpn::Openvpn),
    &carried::Carried(&said::vpn::Ike),
    &carried::Carried(&said::vpn::Tunnels),
    &carried::Carried(&said::voip::Asterisk),
    &carried::Carried(&said::voip::Freeswitch),
    &carried::Carried(&said::voip::Murmur),
    &carried::Carried(&said::voip::Xmpp),
    &carried::Carried(&said::guards::Fail2ban),
    &carried::Carried(&said::guards::MAILCOW),
    &carried::Carried(&said::guards::Scans),
    &carried::Carried(&said::ssh_other::Cowrie),
    &carried::Carried(&said::ssh_other::ENDLESSH),
    &carried::Carried(&said::directory::Radius),
    &carried::Carried(&said::directory::Samba),
    &carried::Carried(&said::panels::Webmail),
    &carried::Carried(&said::panels::PanelFiles),
    &carried::Guessed(&said::devices::generic::Generic),
    &syslog::Syslog,
    &csv::Csv,
    &journald_export::JournalExport,
    &json_prefixed::JsonPrefixed,
    &xml_records::XmlRecords,
    &json_lines::JsonLines,
    &app_text::family::JAVA,
    &app_text::family::PYTHON,
    &app_text::family::GO,
    &app_text::family::PHP,
    &app_text::family::DOTNET,
    &app_text::family::RUBY,
    &app_text::family::NODE,
    &app_text::family::RUST,
    &plain_text::PlainText,
];
