/** Names of the closed sets that the engine sends, as they stand on screen. */
import type { Severity } from "$/api/wire";

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

export const SEVERITY_WORD: Record<Severity, string> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
  info: "Info",
};

/** Negative if `a` is worse. */
export function bySeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** `bad_time` as `bad time`. */
export function plainWords(id: string): string {
  return id.replaceAll("_", " ");
}
