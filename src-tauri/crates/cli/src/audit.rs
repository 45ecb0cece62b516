//! What may leave and what has left, on the command line: the policy of a case, its audit records, what would be sent.

use crate::args::{AuditCommand, PolicyArgs};
use crate::print::{self, Out, Table, safe};
use crate::{Failed, opened};
use std::path::Path;
use timberline_engine::Engine;
use timberline_engine::wire::{
    ApiError, AuditAsk, AuditExportAsk, AuditRef, EgressEndpoint, EgressPolicySet, EgressPreviewAsk,
    MaskedCount, Nothing,
};
use timberline_engine::zone::DisplayZone;
use timberline_engine::{leak_test, ops};

/// `audit`: without a verb, what left the machine at a glance.
pub fn audit(case: &Path, command: Option<AuditCommand>, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    match command {
        None => glance(&engine, out),
        Some(AuditCommand::Verify) => verify(&engine, out),
        Some(AuditCommand::List { limit, record, show }) => match record {
            Some(id) => one(&engine, id, out),
            None => list(&engine, limit, &DisplayZone::named(&show.zone)?, out),
        },
        Some(AuditCommand::Export { file }) => {
            let done = ops::audit::export(&engine, AuditExportAsk { path: file.display().to_string() })?;
            if out.json {
                return Ok(out.json(&done)?);
            }
            Ok(out.line(&format!(
                "Wrote {} records to {}; newest hash {}",
                done.records,
                safe(&done.path),
                done.head
            ))?)
        }
        Some(AuditCommand::Canary) => canary(&engine, out),
        Some(AuditCommand::Policy(args)) => policy(&engine, args, out),
        Some(AuditCommand::Preview { url, text }) => preview(&engine, url, text, out),
    }
}

fn glance(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let state = ops::egress::state(engine, Nothing {})?;
    if out.json {
        return Ok(out.json(&state)?);
    }
    out.line(&format!("Policy: {}", state.policy))?;
    out.line(&format!("{} left this machine; {} calls", print::bytes(state.bytes_sent), state.calls))?;
    if !state.head.is_empty() {
        out.line(&format!("Newest hash: {}", state.head))?;
    }
    Ok(())
}

fn verify(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let verdict = ops::audit::verify(engine, Nothing {})?;
    if out.json {
        out.json(&verdict)?;
    } else {
        out.line(&safe(&verdict.text))?;
        if !verdict.head.is_empty() {
            out.line(&format!("Newest hash: {}", verdict.head))?;
        }
        for fault in &verdict.faults {
            out.line(&format!("  record {}: {}", fault.id, safe(&fault.text)))?;
        }
    }
    if verdict.intact {
        return Ok(());
    }
    Err(ApiError::failed("the audit records are not as they were written").into())
}

fn list(engine: &Engine, limit: u32, zone: &DisplayZone, out: &mut Out) -> Result<(), Failed> {
    let page = ops::audit::list(engine, AuditAsk { before: None, limit: Some(limit) })?;
    if out.json {
        return Ok(out.json(&page)?);
    }
    let mut table = Table::new(&[">No", "Time", "What", "Said", "Masked"]);
    for row in &page.rows {
        let at = zone.show(row.at_us.saturating_mul(1_000));
        table.row([
            row.id.to_string(),
            at,
            row.kind.clone(),
            print::cut(&row.text, 120),
            counts(&row.masked),
        ]);
    }
    out.table(&table)?;
    Ok(out.line(&format!("{} of {} records", page.rows.len(), page.total))?)
}

fn counts(masked: &[MaskedCount]) -> String {
    masked.iter().map(|m| format!("{} {}", m.count, m.kind)).collect::<Vec<_>>().join(", ")
}

fn one(engine: &Engine, id: u64, out: &mut Out) -> Result<(), Failed> {
    let detail = ops::audit::get(engine, AuditRef { id })?;
    if out.json {
        return Ok(out.json(&detail)?);
    }
    out.line(&safe(&detail.record.text))?;
    out.line(&format!("hash {} after {}", detail.record.hash, detail.previous))?;
    for line in detail.payload.lines() {
        out.line(&format!("  {}", safe(line)))?;
    }
    Ok(())
}

fn canary(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let report = leak_test::run(engine, Nothing {})?;
    if out.json {
        out.json(&report)?;
    } else {
        let mut table = Table::new(&["Path", "Policy", ">Requests", ">Bytes", "Verdict", "Why"]);
        for row in &report.rows {
            let (requests, bytes) = (row.requests.to_string(), row.bytes.to_string());
            table.row([&row.path, &row.level, &requests, &bytes, &row.verdict, &row.text]);
        }
        out.table(&table)?;
        for row in report.rows.iter().filter(|r| r.verdict == "fail") {
            out.line(&format!("{} under {}: {}", row.path, row.level, safe(&row.found.join(", "))))?;
        }
        out.line(&report.text)?;
    }
    if report.passed {
        return Ok(());
    }
    Err(ApiError::failed("the leak test did not pass").into())
}

fn policy(engine: &Engine, args: PolicyArgs, out: &mut Out) -> Result<(), Failed> {
    let now = ops::egress::policy(engine, Nothing {})?;
    let none = args.level.is_none()
        && args.on_premises.is_empty()
        && args.cloud.is_empty()
        && args.forget.is_empty();
    let policy = if none {
        now
    } else {
        let mut endpoints = now.endpoints;
        endpoints.retain(|e| !args.forget.contains(&e.url));
        let named = |url: &String, whose: &str| EgressEndpoint {
            url: url.clone(),
            whose: whose.to_owned(),
            plain_http: args.plain_http,
            always_masked: args.always_masked,
            proxy: args.proxy.clone().filter(|_| whose == "cloud"),
        };
        for (urls, whose) in [(&args.on_premises, "on_premises"), (&args.cloud, "cloud")] {
            for url in urls {
                endpoints.retain(|e| e.url != *url);
                endpoints.push(named(url, whose));
            }
        }
        let level = args.level.unwrap_or(now.level).replace('-', "_");
        let ask = EgressPolicySet { level, endpoints, confirmed: args.yes, canary_days: None };
        ops::egress::set_policy(engine, ask).map_err(|why| {
            if why.code == "confirm" {
                Failed::Usage(format!("{} with --yes", why.message))
            } else {
                why.into()
            }
        })?
    };
    if out.json {
        return Ok(out.json(&policy)?);
    }
    out.line(&policy.title)?;
    for e in &policy.endpoints {
        let whose = if e.whose == "cloud" { "a cloud's" } else { "of your own network" };
        let more = [(e.plain_http, ", plain HTTP"), (e.always_masked, ", always masked")];
        let more: String = more.iter().filter(|(is, _)| *is).map(|(_, text)| *text).collect();
        let proxy = e.proxy.as_ref().map_or_else(String::new, |p| format!(", through {p}"));
        out.line(&format!("  {} ({whose}{more}{proxy})", safe(&e.url)))?;
    }
    Ok(())
}

fn preview(engine: &Engine, url: String, text: String, out: &mut Out) -> Result<(), Failed> {
    let preview = ops::egress::preview(engine, EgressPreviewAsk { url, path: String::new(), body: text })?;
    if out.json {
        return Ok(out.json(&preview)?);
    }
    if let Some(why) = &preview.refused {
        return Err(ApiError::failed(format!("nothing would be sent: {why}")).into());
    }
    let leaves = if preview.leaves { "would leave this machine for" } else { "would go to this machine's" };
    out.line(&format!("{} bytes {leaves} {} ({})", preview.bytes, preview.endpoint, preview.policy))?;
    if preview.is_masked {
        out.line(&format!("Masked: {}", counts(&preview.masked)))?;
    }
    Ok(out.line(&safe(&preview.payload))?)
}
