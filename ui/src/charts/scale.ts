/** From figures to pixels: scales, round steps, ticks. Pure, so that it can be tested without a window. */
import { clock, clockSeconds, DAY, day, dayYear, HOUR, MINUTE, SECOND, wall, weekdayDay } from "$/text/time";

/** A straight line from a domain to pixels, and back. */
export interface Scale {
  (value: number): number;
  invert(px: number): number;
}

/** Maps `from`..`to` on `a`..`b`; a domain without width maps on `a`. */
export function linear(from: number, to: number, a: number, b: number): Scale {
  const k = to === from ? 0 : (b - a) / (to - from);
  const scale = ((value: number) => a + (value - from) * k) as Scale;
  scale.invert = (px) => (k === 0 ? from : from + (px - a) / k);
  return scale;
}

/** The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not under `max`; at least 1. */
export function roundUp(max: number): number {
  if (!(max > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(max));
  for (const m of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) {
    const nice = m * power;
    if (nice >= max && (nice >= 10 || Number.isInteger(nice))) return nice;
  }
  return 10 * power;
}

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 180, 365].map((n) => n * DAY),
];

export interface Tick {
  us: number;
  label: string;
  /** A new day, where the ticks are finer than days. */
  day: boolean;
}

/** Ticks on round wall-clock times of the zone, at least `gap_px` apart. */
export function timeTicks(from: number, to: number, width_px: number, zone: string, gap_px = 76): Tick[] {
  if (!(to > from) || width_px < gap_px) return [];
  const least = ((to - from) / width_px) * gap_px;
  const size = STEPS.find((s) => s >= least) ?? Math.ceil(least / (365 * DAY)) * 365 * DAY;
  const w = wall(from, zone);
  const shift = Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) * 1000 + w.micro - from;
  const ticks: Tick[] = [];
  for (let t = Math.ceil((from + shift) / size) * size - shift; t < to; t += size) {
    const at = wall(t, zone);
    const midnight = at.hour === 0 && at.minute === 0 && at.second === 0;
    const label =
      size >= 30 * DAY ? dayYear(t, zone)
      : size >= DAY ? day(t, zone)
      : midnight ? weekdayDay(t, zone)
      : size < MINUTE ? clockSeconds(t, zone)
      : clock(t, zone);
    ticks.push({ us: t, label, day: midnight && size < DAY });
  }
  return ticks;
}

/** The words at the left end of a time axis: `Mon 9 Mar, 12:00`. */
export function startLabel(from: number, to: number, zone: string): string {
  if (to - from > 60 * DAY) return dayYear(from, zone);
  const time = to - from < 10 * MINUTE ? clockSeconds(from, zone) : clock(from, zone);
  return `${weekdayDay(from, zone)}, ${time}`;
}

/** The bars as one SVG path, feet at `foot`; `least_px` for bars that are not empty. */
export function barsPath(
  counts: readonly number[],
  x: (i: number) => number,
  height: (n: number) => number,
  foot: number,
  gap_px = 1,
  least_px = 1,
): string {
  let path = "";
  for (let i = 0; i < counts.length; i += 1) {
    const n = counts[i] ?? 0;
    if (n <= 0) continue;
    const left = x(i);
    const right = x(i + 1);
    const wide = Math.max(1, right - left - (right - left > 3 ? gap_px : 0));
    const h = Math.max(least_px, height(n));
    path += `M${left.toFixed(1)} ${(foot - h).toFixed(1)}h${wide.toFixed(1)}v${h.toFixed(1)}h${(-wide).toFixed(1)}z`;
  }
  return path;
}

/**
 * Which bars stand out: those that reach the line (the threshold, or else what is usual). Where none does,
 * it is their sum that stood out, and all of them are shown so.
 */
export function standingOut(counts: readonly number[], threshold: number | null, baseline: number | null): number[] {
  const line = threshold ?? baseline;
  const odd = counts.map((n) => (line !== null && n > 0 && n >= line && n > (baseline ?? 0) ? n : 0));
  return odd.some((n) => n > 0) ? odd : [...counts];
}
