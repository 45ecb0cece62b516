/** Which fields are worth a facet. */
import type { FieldRow } from "$/api/wire";

/** In the order in which an analyst asks: where, what, who, to whom. */
const WANTED = [
  "source",
  "host.name",
  "event.category",
  "event.action",
  "event.outcome",
  "user.name",
  "source.ip",
  "destination.ip",
  "destination.port",
  "http.request.method",
  "http.response.status_code",
  "event.code",
  "network.protocol",
  "process.name",
  "dns.question.name",
  "event.provider",
  "log.level",
];
const MOST = 9;

/** The wanted fields that the case has; without any, those that most events have and that repeat. */
export function facetFields(fields: readonly FieldRow[], sources: number): string[] {
  const by = new Map(fields.map((f) => [f.name, f]));
  const out = WANTED.filter((name) => (name === "source" ? sources > 1 : (by.get(name)?.events ?? 0) > 0));
  if (out.length < 4) {
    const more = fields
      .filter((f) => !out.includes(f.name) && f.distinct > 1 && f.distinct <= Math.max(12, f.events / 4) && f.name !== "source" && !f.name.startsWith("@"))
      .toSorted((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1))
      .map((f) => f.name);
    out.push(...more);
  }
  return out.slice(0, MOST);
}
