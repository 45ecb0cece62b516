//! What crosses the bridge about what leaves the machine: the policy of a case, the audit records, the leak test.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// What left the machine, at a glance.
    pub struct EgressState {
        /// The policy of the open case in words ("Local only").
        policy: String,
        /// `local_only`, `cloud_masked` or `cloud_clear`.
        level: String,
        /// Bytes that left the machine for this case since it was made; without a case, since the program started.
        bytes_sent: u64,
        /// Bytes that went to programs on this machine since the program started; they are not in `bytes_sent`.
        bytes_local: u64,
        /// Calls made for this case, to programs on this machine too; without a case, since the program started.
        calls: u64,
        /// The newest audit record's hash; empty where there is none. Kept elsewhere, it proves that nothing was cut.
        head: String,
        /// When the leak test last ran.
        canary_us: Option<i64>,
        /// Whether it passed.
        canary_passed: Option<bool>,
    }

    /// How far a case's data may go.
    pub struct EgressPolicy {
        /// `local_only`, `cloud_masked` or `cloud_clear`.
        level: String,
        /// In words.
        title: String,
        /// To whom, beside programs on this machine.
        endpoints: Vec<EgressEndpoint>,
        /// Days after which the leak test runs by itself at the start; 0: never.
        canary_days: u32,
    }

    /// An endpoint that is allowed for a case.
    #[derive(PartialEq)]
    pub struct EgressEndpoint {
        /// Its base address; scheme, host and port count.
        url: String,
        /// `on_premises` (its name must lead into one's own network) or `cloud`.
        whose: String,
        /// Whether it may be spoken to without encryption.
        #[serde(default)] plain_http: bool,
        /// Whether it is masked under every policy: for a local program that itself sends things on.
        #[serde(default)] always_masked: bool,
        /// The proxy on the way to a cloud.
        #[serde(default)] proxy: Option<String>,
    }

    /// A new policy.
    pub struct EgressPolicySet {
        /// `local_only`, `cloud_masked` or `cloud_clear`.
        level: String,
        /// To whom; takes the place of the list.
        endpoints: Vec<EgressEndpoint>,
        /// Whether a person has read what it allows. Without, a policy that allows more is answered with the error
        /// `confirm`, whose message says what it allows.
        #[serde(default)] confirmed: bool,
        /// Days between leak tests; absent leaves it.
        #[serde(default)] canary_days: Option<u32>,
    }

    /// A body that would be sent somewhere.
    pub struct EgressPreviewAsk {
        /// The endpoint's base address.
        url: String,
        /// The path below it.
        #[serde(default)] path: String,
        /// The body in clear text: JSON, or any text, which is then taken as one string.
        body: String,
    }

    /// Exactly what would be sent.
    pub struct EgressPreview {
        /// Scheme, host and port.
        endpoint: String,
        /// Policy in words.
        policy: String,
        /// Whether it would leave the machine.
        leaves: bool,
        /// Whether it is masked.
        is_masked: bool,
        /// The payload, to the byte.
        payload: String,
        /// Its bytes.
        bytes: u64,
        /// What was masked.
        masked: Vec<MaskedCount>,
        /// The proxy on the way.
        proxy: Option<String>,
        /// Why it would be refused; then the rest is empty.
        refused: Option<String>,
    }

    /// How much of a kind was masked.
    pub struct MaskedCount {
        /// `user`, `host`, `domain`, `email`, `address`, `mac`, `secret`, `card`, `id`, `encoded`, `value`.
        kind: String,
        /// Places.
        count: u64,
    }

    /// Which audit records.
    pub struct AuditAsk {
        /// Those before this number; the newest where absent.
        #[serde(default)] before: Option<u64>,
        /// At most so many; 100 where absent.
        #[serde(default)] limit: Option<u32>,
    }

    /// Audit records, newest first.
    pub struct AuditPage {
        /// The records.
        rows: Vec<AuditRecord>,
        /// The newest record's hash; empty where there is none.
        head: String,
        /// How many there are in all.
        total: u64,
    }

    /// An audit record.
    pub struct AuditRecord {
        /// Its number, from 1.
        id: u64,
        /// When.
        at_us: i64,
        /// `call`, `outcome`, `policy`, `export`, `canary`.
        kind: String,
        /// One sentence.
        text: String,
        /// Endpoint: scheme, host and port.
        endpoint: String,
        /// The model that was named.
        model: String,
        /// The policy then, as it is kept.
        policy: String,
        /// `chat`, `test`, `models`, `report`, `canary`.
        purpose: String,
        /// What was masked.
        masked: Vec<MaskedCount>,
        /// Bytes out.
        bytes_out: u64,
        /// Whether they left the machine.
        leaves: bool,
        /// Of an outcome: the number of its call.
        call: Option<u64>,
        /// Of an outcome: `done`, `refused`, `failed`, `cancelled`.
        how: String,
        /// Of an outcome: bytes in.
        bytes_in: u64,
        /// Of an outcome: HTTP status.
        status: Option<u16>,
        /// Its hash.
        hash: String,
    }

    /// An audit record by number.
    pub struct AuditRef {
        /// The number.
        id: u64,
    }

    /// An audit record, whole.
    pub struct AuditDetail {
        /// The record.
        record: AuditRecord,
        /// The payload as it was sent; empty where there was none. Untrusted text.
        payload: String,
        /// The record as it is hashed: canonical JSON.
        body: String,
        /// The hash before it.
        previous: String,
    }

    /// Whether the chain holds.
    pub struct AuditVerdict {
        /// Whether every record is as it was written, in its place, and none is missing.
        intact: bool,
        /// Records.
        records: u64,
        /// The newest hash.
        head: String,
        /// What is wrong, in order; at most 100.
        faults: Vec<AuditFault>,
        /// In words, with what this check cannot see.
        text: String,
    }

    /// A place where the chain does not hold.
    pub struct AuditFault {
        /// The record's number.
        id: u64,
        /// What is wrong.
        text: String,
    }

    /// Where an auditor's export goes.
    pub struct AuditExportAsk {
        /// A file: `.jsonl` for the records as they are hashed, `.md` for reading.
        path: String,
    }

    /// An auditor's export.
    pub struct AuditExported {
        /// The file.
        path: String,
        /// Records in it.
        records: u64,
        /// The newest hash.
        head: String,
    }

    /// What leak tests found.
    pub struct CanaryReports {
        /// Newest first.
        rows: Vec<CanaryReport>,
        /// Whether it is time to run it again, by the days in the settings; never where they are 0.
        due: bool,
    }

    /// What a leak test found.
    pub struct CanaryReport {
        /// When it ran.
        at_us: i64,
        /// Whether nothing leaked and every path was driven.
        passed: bool,
        /// One sentence.
        text: String,
        /// Planted values, each in several codings.
        canaries: u32,
        /// For each path and policy.
        rows: Vec<CanaryRow>,
    }

    /// A path under a policy.
    pub struct CanaryRow {
        /// The path that can call a model ("chat", "test", ...).
        path: String,
        /// `local_only`, `cloud_masked`, `cloud_clear`.
        level: String,
        /// Requests that the recorder received.
        requests: u32,
        /// Bytes of their bodies.
        bytes: u64,
        /// Canaries found in them, by name and coding.
        found: Vec<String>,
        /// `pass`, `fail`, or `not_driven` where the path sent nothing though the policy allows it.
        verdict: String,
        /// Why.
        text: String,
    }
}
