import { expect, test } from "vitest";
import type { AuditRecord } from "$/api/wire";
import { calls } from "./calls";

const record = (id: number, kind: string, call: number | null = null) => ({ id, kind, call }) as AuditRecord;

test("a call and its outcome are one line, and nothing is left out", () => {
  const lines = calls([record(5, "outcome", 2), record(4, "policy"), record(3, "call"), record(2, "call"), record(1, "outcome", 0)]);
  expect(lines.map((l) => [l.record.id, l.outcome?.id ?? null])).toEqual([[4, null], [3, null], [2, 5], [1, null]]);
});
