//! Products that log JSON: how their records are known, and what their names mean in ECS. One file a product (or a
//! family that shares its names) and one line in [`PRODUCTS`]. The language of the maps is [`super::json_map`]'s; names that
//! mean the same in every log are [`super::json_names`]'.

use super::json_map::{Condition, Map, Say, conditions};
use super::json_numbers::Numbering;
use super::json_reader::Reader;
use super::json_records::read;
use super::json_sniff::{self, Tally};
use super::json_values::{End, Url};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use std::sync::OnceLock;
use timberline_model::Sink;

mod aws;
mod azure;
mod carriers;
mod cloudtrail;
mod code_hosts;
mod databases;
mod edr;
mod elastic_stack;
mod gcp;
mod google_workspace;
mod hosts;
mod identity;
mod kubernetes;
mod loggers;
mod microsoft;
mod okta;
mod saas;
mod self_hosted;
mod suricata;
mod web;

/// What is known of a product's JSON.
pub struct JsonProduct {
    /// The format's id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What writes it, and what is made of it.
    pub about: &'static str,
    /// `event.dataset`, where the map gives no other.
    pub dataset: &'static str,
    /// Conditions by one of which a record is known.
    pub signs: &'static [&'static str],
    /// What its names mean.
    pub map: &'static str,
    /// It carries what others write: its map goes after theirs, and its message is read as if it stood alone.
    pub carrier: bool,
    /// Whether well-known names that the map does not name are guessed at.
    pub guess: bool,
    /// Whether the message may be a program's that [`crate::said`] knows.
    pub speaks: bool,
    /// What no map can say, before it and after it.
    pub first: Option<fn(&mut Say<'_>)>,
    /// As `first`, after the map.
    pub finish: Option<fn(&mut Say<'_>)>,
}

/// What most products have in common.
pub const PLAIN: JsonProduct = JsonProduct {
    id: "",
    title: "",
    about: "",
    dataset: "",
    signs: &[],
    map: "",
    carrier: false,
    guess: true,
    speaks: false,
    first: None,
    finish: None,
};

/// Every product; of two that fit a record the first counts, so the more special stand first.
pub const PRODUCTS: &[JsonProduct] = &[
    suricata::EVE,
    cloudtrail::CLOUDTRAIL,
    aws::GUARDDUTY,
    aws::SECURITY_HUB,
    aws::WAF,
    aws::VPC_FLOW,
    aws::RESOLVER,
    aws::CLOUDWATCH,
    azure::ACTIVITY,
    azure::SIGNIN,
    azure::AUDIT,
    azure::FRONT_DOOR,
    azure::FIREWALL,
    azure::NSG_FLOW,
    azure::PLATFORM,
    microsoft::O365,
    microsoft::DEFENDER_ALERT,
    microsoft::DEFENDER_EVENTS,
    gcp::AUDIT,
    gcp::VPC_FLOW,
    gcp::FIREWALL,
    gcp::DNS,
    gcp::ENTRY,
    google_workspace::ACTIVITIES,
    okta::SYSTEM,
    code_hosts::GITHUB_AUDIT,
    code_hosts::GITHUB_EVENTS,
    code_hosts::GITLAB,
    code_hosts::ATLASSIAN,
    saas::SLACK,
    saas::ZOOM,
    saas::BOX,
    saas::ONEPASSWORD,
    identity::PING_ONE,
    identity::FORGEROCK,
    identity::AUTH0,
    identity::DUO,
    identity::KEYCLOAK,
    identity::AUTHENTIK,
    identity::AUTHELIA,
    identity::ONELOGIN,
    identity::TELEPORT,
    identity::CYBERARK,
    kubernetes::AUDIT,
    kubernetes::FALCO,
    kubernetes::HUBBLE,
    kubernetes::TETRAGON,
    edr::CROWDSTRIKE,
    edr::CROWDSTRIKE_FDR,
    edr::SENTINELONE,
    edr::CARBON_BLACK,
    edr::SOPHOS,
    edr::CISCO_AMP,
    edr::TRELLIX,
    edr::TREND_ALERT,
    edr::TREND_AUDIT,
    edr::TREND_DETECTION,
    edr::OCSF,
    hosts::OSQUERY,
    hosts::WAZUH,
    hosts::JOURNALD,
    databases::MONGODB,
    databases::MONGODB_AUDIT,
    databases::MYSQL_AUDIT,
    databases::POSTGRES,
    databases::COCKROACH,
    elastic_stack::AUDIT,
    elastic_stack::SERVER,
    elastic_stack::KIBANA,
    elastic_stack::LOGSTASH,
    self_hosted::MODSECURITY,
    self_hosted::SNORT,
    self_hosted::NEXTCLOUD,
    self_hosted::VAULT,
    self_hosted::HARBOR,
    self_hosted::SFTPGO,
    self_hosted::APPS,
    web::CADDY,
    web::TRAEFIK,
    web::NGINX,
    web::ENVOY,
    web::CLOUDFLARE_AUDIT,
    web::CLOUDFLARE_HTTP,
    loggers::BUNYAN,
    loggers::PINO,
    loggers::SERILOG,
    loggers::JAVA,
    loggers::MONOLOG,
    loggers::TRACING,
    loggers::LEVELLED,
    carriers::DOCKER,
    carriers::SPLUNK,
    carriers::LOKI,
    carriers::GELF,
    carriers::OTLP,
    carriers::ECS,
    carriers::SHIPPED,
];

/// Shippers that put the record into an object of their own: the object, and what stands beside it.
const WRAPPERS: &[(&str, &str)] = &[
    ("_source.", "_index"),
    ("_source.", "_id & _score"),
    ("result.", "preview"),
    ("result.", "offset & lastrow"),
    ("detail.", "detail-type & account"),
    ("event.", "sourcetype & !event.kind"),
    ("json.", "@timestamp & ecs.version"),
    ("json.", "@timestamp & agent.type"),
    ("payload.", "schema.type"),
    ("payload.", "timestamp & type = application/json & payload.timestamp"),
    ("message.", "message.timestamp & message.gl2_message_id"),
    ("log_processed.", "stream"),
];

/// All maps and signs, made ready once.
pub struct Ready {
    /// The numbers of their names and fields.
    pub numbers: Numbering,
    /// For each product, at its place in [`PRODUCTS`], its signs and its map.
    pub products: Vec<(Vec<Vec<Condition>>, Map)>,
    /// Objects that only wrap a record, with what must stand beside them.
    pub wrappers: Vec<(&'static str, Vec<Condition>)>,
    /// The fields of an address on the web.
    pub url: Url,
    /// The ends of connections, by name.
    pub ends: Vec<(&'static str, End)>,
}

/// All maps and signs. A test reads every one of them, so none is left out here for being wrong.
pub fn ready() -> &'static Ready {
    static READY: OnceLock<Ready> = OnceLock::new();
    READY.get_or_init(|| {
        let mut numbers = Numbering::default();
        let products = PRODUCTS
            .iter()
            .map(|product| {
                let signs = product.signs.iter().filter_map(|s| conditions(s, &mut numbers).ok()).collect();
                (signs, Map::new(product.map, &mut numbers).unwrap_or_default())
            })
            .collect();
        let wrappers = WRAPPERS
            .iter()
            .filter_map(|(prefix, beside)| Some((*prefix, conditions(beside, &mut numbers).ok()?)))
            .collect();
        let url = Url::new(&mut numbers);
        let ends =
            ["source", "destination", "client", "server"].map(|n| (n, End::new(n, &mut numbers))).into();
        Ready { numbers, products, wrappers, url, ends }
    })
}

impl Format for JsonProduct {
    fn about(&self) -> About {
        About { id: self.id, title: self.title, about: self.about }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(at) = self.place() else { return Confidence::none() };
        json_sniff::with(head, |tally| self.score(at, tally)).unwrap_or_else(Confidence::none)
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut reader = self.place().map(Reader::of).unwrap_or_default();
        read(input, ctx, out, &mut reader)
    }
}

impl JsonProduct {
    fn place(&self) -> Option<usize> {
        PRODUCTS.iter().position(|p| p.id == self.id)
    }

    fn score(&self, at: usize, tally: &Tally) -> Confidence {
        let ours = tally.of(at);
        if ours == 0 || ours * 2 < tally.records {
            return Confidence::none();
        }
        let share = ours as f64 / tally.records as f64;
        // What was carried says more than who carried it.
        let (low, more) = if self.carrier { (0.81, 0.08) } else { (0.75, 0.2) };
        Confidence {
            score: (low + more * share) * tally.part(),
            why: format!("{ours} of the first {} records have the names of {}", tally.records, self.title),
        }
    }
}

#[cfg(test)]
mod tests;
