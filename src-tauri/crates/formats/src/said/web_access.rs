//! Access lines that a web server sends through syslog, a container or a journal. How such a line is read is
//! [`crate::coded::access_log`]'s.

use super::{Payload, Said};
use crate::About;
use crate::coded::access_log::{Reader, looks_like_one};
use timberline_model::known;

/// Web servers.
pub struct WebAccess;

impl Payload for WebAccess {
    fn about(&self) -> About {
        About {
            id: "web_access",
            title: "Web server",
            about: "Access lines of web servers in messages of any carrier.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "nginx",
            "apache",
            "apache2",
            "httpd",
            "lighttpd",
            "openresty",
            "caddy",
            "traefik",
            "uwsgi",
            "gunicorn",
            "uvicorn",
            "varnishncsa",
            "litespeed",
            "nginx-access",
            "apache-access",
            "access_log",
            "ingress-nginx",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        looks_like_one(message)
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut reader = Reader::default();
        let found = if program.is_empty() {
            reader.own_shape(message, said.ctx, said.fields, said.out)
        } else {
            reader.line(message, said.ctx, said.fields, said.out)
        };
        let Some(found) = found else { return false };
        said.fields.text(known::EVENT_DATASET, "web_access");
        said.time = found.time.or(said.time);
        true
    }
}
