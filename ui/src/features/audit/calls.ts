/** Audit records as a person reads them: a call and its outcome are one line. */
import type { AuditRecord } from "$/api/wire";

export interface Call {
  record: AuditRecord;
  /** Null where it is not a call, or nothing was recorded of how it went. */
  outcome: AuditRecord | null;
}

/** Each outcome joins its call; one whose call is not among the rows stands alone. */
export function calls(rows: readonly AuditRecord[]): Call[] {
  const known = new Set(rows.filter((r) => r.kind === "call").map((r) => r.id));
  const outcomes = new Map(rows.filter((r) => r.kind === "outcome" && r.call !== null).map((r) => [r.call, r]));
  return rows
    .filter((r) => !(r.kind === "outcome" && r.call !== null && known.has(r.call)))
    .map((record) => ({ record, outcome: record.kind === "call" ? (outcomes.get(record.id) ?? null) : null }));
}
