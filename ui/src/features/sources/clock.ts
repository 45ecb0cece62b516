/** How far a source's clock was wrong, as it is typed and as it is shown. The engine takes the same words. */
import { duration } from "$/text/time";

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]] as const;
/** As in the engine: no clock is wrong by more than a hundred years. */
const MOST_MS = 36_525 * 86_400_000;

/** Microseconds of `+90m`, `-2h`, `+1h2m3s`, `250 ms`, `0`; null for what is none. */
export function readOffset(text: string): number | null {
  const m = /^([+-]?)(.+)$/.exec(text.replaceAll(/\s+/g, ""));
  if (!m) return null;
  const [, sign, rest] = m as unknown as [string, string, string];
  if (rest === "0") return 0;
  const parts = [...rest.matchAll(/(\d+)(ms|[dhms])/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join("") !== rest) return null;
  let total = 0;
  let least = Infinity;
  for (const [, digits, unit] of parts) {
    const length = UNITS.find(([name]) => name === unit)?.[1] ?? 0;
    // The greater before the smaller, each once.
    if (length >= least) return null;
    least = length;
    total += Number(digits) * length;
  }
  if (total > MOST_MS) return null;
  return (sign === "-" ? -total : total) * 1000 || 0;
}

/** `+1h30m`: what the engine reads. */
export function writeOffset(us: number): string {
  let left = Math.round(Math.abs(us) / 1000);
  if (left === 0) return "0";
  let out = us < 0 ? "-" : "+";
  for (const [unit, ms] of UNITS) {
    if (left < ms) continue;
    out += `${Math.floor(left / ms)}${unit}`;
    left %= ms;
  }
  return out;
}

/** `+1 h 30 min`, for people; empty for a clock that is not moved. */
export function offsetWords(text: string): string {
  const us = readOffset(text);
  if (us === null) return text;
  return us === 0 ? "" : `${us < 0 ? "-" : "+"}${duration(us).replace(/\.0 s$/, " s")}`;
}
