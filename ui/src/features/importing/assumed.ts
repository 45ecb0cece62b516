/** What was assumed to read a source, in one line. */
import type { SourceRow } from "$/api/wire";

export function assumptions(source: Pick<SourceRow, "zone" | "year_rule">): string {
  const parts: string[] = [];
  // The zone comes with its rule; one that the log states is nothing assumed.
  if (source.zone && /assum/i.test(source.zone)) parts.push(source.zone);
  if (source.year_rule) parts.push(source.year_rule);
  return parts.join("; ") || "nothing assumed";
}
