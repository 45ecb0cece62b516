//! Mail log lines of Postfix: a message received and sent, a refused one, a failed login.

use crate::log::{Log, syslog_time};
use crate::rng::Rng;
use timberline_model::time::SECOND;

fn id(rng: &mut Rng) -> String {
    format!("{:010X}", rng.below(0xff_ffff_ffff))
}

pub fn delivered(log: &mut Log, time: i64, from: &str, to: &str, client: &str, rng: &mut Rng) {
    let (id, pid, size) = (id(rng), 2_000 + rng.below(900), 1_200 + rng.below(90_000));
    let mut push = |after: i64, program: &str, text: String| {
        let time = time + after * SECOND;
        log.push(time, format!("{} mail-01 postfix/{program}[{pid}]: {text}", syslog_time(time)));
    };
    push(0, "smtpd", format!("{id}: client={client}"));
    push(0, "cleanup", format!("{id}: message-id=<{id}@mail.example>"));
    push(0, "qmgr", format!("{id}: from=<{from}>, size={size}, nrcpt=1 (queue active)"));
    push(
        1,
        "smtp",
        format!(
            "{id}: to=<{to}>, relay=mx.example[192.0.2.25]:25, delay=1.1, delays=0.1/0/0.4/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {id})"
        ),
    );
    push(1, "qmgr", format!("{id}: removed"));
}

pub fn refused(log: &mut Log, time: i64, source: &str, rng: &mut Rng) {
    let pid = 2_000 + rng.below(900);
    log.push(
        time,
        format!(
            "{} mail-01 postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[{source}]: 554 5.7.1 <info@office.example>: Relay access denied; from=<x{}@spam.example> to=<info@office.example> proto=ESMTP helo=<host{}.example>",
            syslog_time(time), rng.below(900), rng.below(90)
        ),
    );
}

pub fn login_failed(log: &mut Log, time: i64, user: &str, source: &str, rng: &mut Rng) {
    let pid = 2_000 + rng.below(900);
    log.push(
        time,
        format!(
            "{} mail-01 postfix/submission/smtpd[{pid}]: warning: unknown[{source}]: SASL PLAIN authentication failed: authentication failure, sasl_username={user}@office.example",
            syslog_time(time)
        ),
    );
}
