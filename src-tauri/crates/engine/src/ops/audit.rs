//! The audit records of the open case: a list, one whole, whether the chain holds, an export for an auditor. Records are
//! written by `way_out`.

use crate::error::usage;
use crate::ops::egress::counted;
use crate::planner::say;
use crate::session::Engine;
use crate::way_out::add_record;
use crate::wire::{
    ApiError, AuditAsk, AuditDetail, AuditExportAsk, AuditExported, AuditFault, AuditPage, AuditRecord,
    AuditRef, AuditVerdict, Nothing,
};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use timberline_egress::Masked;
use timberline_egress::record::{Check, GENESIS, Kept};
use timberline_model::time::rfc3339;
use timberline_store::{AuditRow, Case};

/// Records read at once.
const BATCH: u32 = 500;
/// Faults that are told one by one.
const FAULTS: usize = 100;
/// What no check of a chain alone can see.
const LIMIT: &str = "This check sees any change, removal, reordering or cut within the case. Whoever may write the case file and \
                     knows how it is made could write the whole chain anew: that is seen only by comparing the newest hash with \
                     a copy that was kept elsewhere";

/// Audit records, newest first.
///
/// # Errors
/// `no_case`; when the case cannot be read.
pub fn list(engine: &Engine, ask: AuditAsk) -> Result<AuditPage, ApiError> {
    let open = engine.case()?;
    let rows = open.case.audit_before(ask.before, ask.limit.unwrap_or(100).clamp(1, 1_000))?;
    let head = open.case.audit_head()?;
    Ok(AuditPage {
        rows: rows.iter().map(record).collect(),
        total: head.as_ref().map_or(0, |(id, _)| *id),
        head: head.map(|(_, hash)| hash).unwrap_or_default(),
    })
}

/// One record, whole.
///
/// # Errors
/// `no_case`; `not_found`.
pub fn get(engine: &Engine, ask: AuditRef) -> Result<AuditDetail, ApiError> {
    let open = engine.case()?;
    let row = open.case.audit_after(ask.id.saturating_sub(1), 1)?.into_iter().find(|r| r.id == ask.id);
    let row = row.ok_or_else(|| ApiError::not_found(format!("there is no audit record {}", ask.id)))?;
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let payload = body["payload"].as_str().unwrap_or_default().to_owned();
    Ok(AuditDetail { record: record(&row), payload, previous: row.previous, body: row.body })
}

/// A record for people; what cannot be read of it is empty.
fn record(row: &AuditRow) -> AuditRecord {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let masked: Vec<Masked> = serde_json::from_value(body["masked"].clone()).unwrap_or_default();
    AuditRecord {
        id: row.id,
        at_us: row.at_us,
        text: sentence(row, &body),
        endpoint: text("endpoint"),
        model: text("model"),
        policy: text("policy"),
        purpose: text("purpose"),
        masked: counted(masked),
        bytes_out: body["bytes_out"].as_u64().unwrap_or(0),
        leaves: body["leaves"].as_bool().unwrap_or(false),
        call: body["call"].as_u64(),
        how: text("how"),
        bytes_in: body["bytes_in"].as_u64().unwrap_or(0),
        status: body["status"].as_u64().and_then(|s| u16::try_from(s).ok()),
        hash: row.hash.clone(),
        kind: row.kind.clone(),
    }
}

fn sentence(row: &AuditRow, body: &Value) -> String {
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    match row.kind.as_str() {
        "call" => {
            let masked: u64 =
                body["masked"].as_array().into_iter().flatten().filter_map(|m| m["count"].as_u64()).sum();
            let bytes = body["bytes_out"].as_u64().unwrap_or(0);
            let to = if body["leaves"].as_bool() == Some(true) { "leave for" } else { "to this machine's" };
            let how = if body["is_masked"].as_bool() == Some(true) {
                format!("masked, {} values", say::number(masked))
            } else {
                "clear".to_owned()
            };
            format!("{}: {} bytes {to} {} ({how})", text("purpose"), say::number(bytes), text("endpoint"))
        }
        "outcome" => {
            let status = body["status"].as_u64().map_or_else(String::new, |s| format!(", status {s}"));
            let why = if text("why").is_empty() { String::new() } else { format!(": {}", text("why")) };
            let bytes = say::number(body["bytes_in"].as_u64().unwrap_or(0));
            format!("call {} {}{status}, {bytes} bytes back{why}", body["call"], text("how"))
        }
        "policy" => {
            let level = |when: &str| body[when]["level"].as_str().unwrap_or_default().to_owned();
            let ends = body["after"]["endpoints"].as_array().map_or(0, Vec::len);
            format!("policy {} -> {}, {ends} endpoints", level("before"), level("after"))
        }
        "export" => format!("records exported: {} of them", body["records"]),
        "canary" => format!("leak test: {}", text("text")),
        other => other.to_owned(),
    }
}

/// Goes through the whole chain.
///
/// # Errors
/// `no_case`; when the case cannot be read.
pub fn verify(engine: &Engine, _: Nothing) -> Result<AuditVerdict, ApiError> {
    verified(&engine.case()?.case)
}

pub(crate) fn verified(case: &Case) -> Result<AuditVerdict, ApiError> {
    let mut check = Check::default();
    loop {
        let rows = case.audit_after(check.last, BATCH)?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            check.next(&Kept {
                id: row.id,
                at_us: row.at_us,
                kind: &row.kind,
                sent: row.sent,
                body: &row.body,
                previous: &row.previous,
                hash: &row.hash,
            });
        }
    }
    let head = case.audit_head()?;
    check.end(head.as_ref().map(|(id, hash)| (*id, hash.as_str())));
    let wrong = check.faults.len() as u64;
    let text = match (wrong, check.records) {
        (0, 0) => format!("There are no records: nothing was sent. {LIMIT}"),
        (0, n) => {
            format!("{} records are as they were written, in order and complete. {LIMIT}", say::number(n))
        }
        (n, _) => format!("The chain is broken in {} places. {LIMIT}", say::number(n)),
    };
    Ok(AuditVerdict {
        intact: wrong == 0,
        records: check.records,
        head: if check.records == 0 { String::new() } else { check.hash },
        faults: check.faults.into_iter().take(FAULTS).map(|(id, text)| AuditFault { id, text }).collect(),
        text,
    })
}

/// Writes the records into a file, for an auditor, and records that.
///
/// # Errors
/// `no_case`; `usage` for another ending than `.jsonl` and `.md`, or a file that is there; what the system says.
pub fn export(engine: &Engine, ask: AuditExportAsk) -> Result<AuditExported, ApiError> {
    let open = engine.case()?;
    let path = Path::new(&ask.path);
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    if !matches!(ending.as_str(), "jsonl" | "md") {
        return Err(usage(
            "an export is a .jsonl file (the records as they are hashed) or an .md file (for reading)",
        ));
    }
    let verdict = verified(&open.case)?;
    let failed = |why: std::io::Error| ApiError::failed(format!("{}: {why}", path.display()));
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|why| {
        if why.kind() == std::io::ErrorKind::AlreadyExists {
            usage(&format!("{} is there already", path.display()))
        } else {
            failed(why)
        }
    })?;
    let mut out = std::io::BufWriter::new(made);
    let write = |out: &mut std::io::BufWriter<std::fs::File>| -> Result<(), ApiError> {
        if ending == "md" {
            out.write_all(opening(&open.name(), &verdict).as_bytes()).map_err(failed)?;
        }
        let mut last = 0;
        loop {
            let rows = open.case.audit_after(last, BATCH)?;
            let Some(newest) = rows.last() else { break };
            last = newest.id;
            for row in &rows {
                let text = if ending == "md" { section(row) } else { line(row) };
                out.write_all(text.as_bytes()).map_err(failed)?;
            }
        }
        out.flush().map_err(failed)
    };
    if let Err(why) = write(&mut out) {
        drop(out);
        // Half an export is none.
        let _ = std::fs::remove_file(path);
        return Err(why);
    }
    let said = json!({ "records": verdict.records, "head": verdict.head, "file": ending });
    add_record(&open.case, "export", 0, said)?;
    engine.changed(&["egress"]);
    Ok(AuditExported { path: ask.path, records: verdict.records, head: verdict.head })
}

/// A record for a program: what was hashed, as a text, and both hashes.
fn line(row: &AuditRow) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    format!("{}\n", json!({ "record": body, "hashed": row.body, "previous": row.previous, "hash": row.hash }))
}

fn opening(name: &str, verdict: &AuditVerdict) -> String {
    let faults: String =
        verdict.faults.iter().map(|f| format!("- record {}: {}\n", f.id, quoted(&f.text))).collect();
    format!(
        "# What left the machine: {}\n\n{}\n\n- Records: {}\n- Newest hash: `{}`\n- Each hash is SHA-256 over the hash \
         before it, a line feed, and the record as canonical JSON (keys sorted, no spaces); the first follows `{GENESIS}`.\n{faults}\n",
        quoted(name),
        verdict.text,
        verdict.records,
        verdict.head,
    )
}

/// Text out of a record can be anything: nothing of it becomes a heading, a link or a picture.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace('`', "'").replace('<', "&lt;").replace(['[', ']', '!', '#', '*', '|'], " ")
}

fn section(row: &AuditRow) -> String {
    let told = record(row);
    let at = rfc3339(row.at_us.saturating_mul(1_000));
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let payload = body["payload"].as_str().unwrap_or_default();
    let mut out =
        format!("## {} {} {}\n\n{}\n\n- hash `{}`\n", row.id, at, row.kind, quoted(&told.text), row.hash);
    if !told.endpoint.is_empty() {
        out.push_str(&format!(
            "- endpoint {}, model {}, policy {}, purpose {}\n",
            quoted(&told.endpoint),
            quoted(&told.model),
            quoted(&told.policy),
            quoted(&told.purpose)
        ));
    }
    let counts: Vec<String> = told.masked.iter().map(|m| format!("{} {}", m.count, m.kind)).collect();
    if !counts.is_empty() {
        out.push_str(&format!("- masked: {}\n", counts.join(", ")));
    }
    if !payload.is_empty() {
        // Indented, so that nothing in it can end the block.
        out.push_str("\nSent:\n\n");
        for text in payload.lines() {
            let shown: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            out.push_str(&format!("    {shown}\n"));
        }
    }
    out.push('\n');
    out
}
