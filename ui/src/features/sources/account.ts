/** What came of a source, in words: how much of it was understood, and what to try where nothing was read. */
import type { Problem, SourceRow } from "$/api/wire";
import { bytes } from "$/text/bytes";
import { counted, percent } from "$/text/number";

type Counted = Pick<SourceRow, "coverage" | "decoded_bytes" | "problems" | "events" | "state">;

/** The coverage figure with what it counts. */
export function coverageWords(source: Counted): string {
  if (source.decoded_bytes === 0 && source.state === "complete") return "There is nothing in it";
  if (source.state === "failed" || (source.coverage === 0 && source.events === 0)) return "Nothing of it was understood";
  if (source.coverage >= 1) return "Every byte is in an event, or is a blank line or a heading";
  const rest = bytes(Math.max(1, Math.round(source.decoded_bytes * (1 - source.coverage))));
  return `${percent(source.coverage)} of its bytes are in events, blank lines or headings; ${rest} are in none${source.problems > 0 ? ` (${counted(source.problems, "problem")})` : ""}`;
}

const TRY: Partial<Record<Problem["kind"], string>> = {
  unknown_format: "Read it again as a format that you know it to be, or make a format of its lines",
  unreadable: "See that the file is there and that you may read it, then read it again",
  encoding: "Add the file again, and choose its characters in the review before it is read",
  password: "Add the archive again; its password is asked for before it is read",
  limit: "Unpack it yourself and add what is in it",
  truncated: "Look for a whole copy of the file where it was collected",
  changed: "Copy the file and add the copy; it was being written while it was read",
  refused: "Copy what it stands for to an ordinary file and add that",
  malformed: "Read it again as another format, or make a format of its lines",
  bad_time: "Read it again with the date or the zone that its times lack",
};

/** Why nothing was read of a source, and what to try. */
export function nothingRead(source: Pick<SourceRow, "bytes" | "why">, problems: readonly Pick<Problem, "kind" | "message">[]): { reason: string; attempt: string } {
  // What is said of a kind of trouble says more than that there are no events.
  const first = problems.find((p) => p.kind !== "no_events" && p.kind !== "assumed") ?? problems[0];
  const reason = first?.message ?? source.why;
  if (source.bytes === 0) return { reason, attempt: "Look where the file was collected: an empty log may be one that was cleared or rotated" };
  return { reason, attempt: (first && TRY[first.kind]) ?? "Read it again as another format, or make a format of its lines" };
}

/** The zone that the analyst gave, as the rule tells it; empty where it was found out. */
export function givenZone(source: Pick<SourceRow, "zone">): string {
  return /^(\S+), given$/.exec(source.zone)?.[1] ?? "";
}

/** What stands below the name: its rotated set, what it was packed in, unusual characters. */
export function below(source: Pick<SourceRow, "set" | "packing" | "encoding">): string {
  const parts = [source.set ?? "", source.packing.length > 0 ? `in ${source.packing.join(", ")}` : ""];
  if (source.encoding !== "" && !/^(UTF-8|ASCII)$/i.test(source.encoding)) parts.push(source.encoding);
  return parts.filter((p) => p !== "").join(" · ");
}
