/** What the timeline draws, from what the engine counted. Pure. */
import type { Marker, Severity, SourceRow, Timeline } from "$/api/wire";
import { bySeverity, SEVERITIES, SEVERITY_WORD } from "$/text/words";

/** Lanes that have a row of their own; the rest share one. */
export const MOST_LANES = 6;

export interface Lane {
  key: string;
  name: string;
  counts: number[];
  /** Evidence in this lane, a count a bar for each severity that occurs. */
  evidence: { severity: Severity; counts: number[] }[];
  greatest: number;
}

export interface Bars {
  n: number;
  all: Lane;
  lanes: Lane[];
}

const sum = (lists: readonly (readonly number[])[], n: number): number[] =>
  Array.from({ length: n }, (_, i) => lists.reduce((total, counts) => total + (counts[i] ?? 0), 0));

function lane(key: string, name: string, counts: number[], evidence: Lane["evidence"]): Lane {
  return { key, name, counts, evidence, greatest: Math.max(0, ...counts) };
}

/** The evidence of some sources by severity, worst first; each event of it counts for its worst card only. */
function evidenceOf(timeline: Timeline, keep: (source: number | null) => boolean, n: number): Lane["evidence"] {
  return SEVERITIES.flatMap((severity) => {
    const mine = timeline.evidence.filter((e) => e.severity === severity && keep(e.source));
    return mine.length ? [{ severity, counts: sum(mine.map((e) => e.counts), n) }] : [];
  });
}

/** The bars of all events and of each source, the greatest sources first in the case's order. */
export function bars(timeline: Timeline, sources: readonly SourceRow[], bySource: boolean): Bars {
  const n = Math.max(0, ...timeline.series.map((s) => s.counts.length));
  const all = lane("all", "All", sum(timeline.series.map((s) => s.counts), n), evidenceOf(timeline, () => true, n));
  if (!bySource) return { n, all, lanes: [] };
  const named = timeline.series
    .filter((s) => s.value !== null)
    .map((s) => {
      const source = sources.find((r) => String(r.id) === s.value || r.name === s.value || r.path === s.value);
      return { id: source?.id ?? -1, name: source?.name ?? s.value ?? "", counts: s.counts };
    });
  const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const kept =
    named.length <= MOST_LANES ? named : named.toSorted((a, b) => total(b.counts) - total(a.counts)).slice(0, MOST_LANES - 1);
  const rest = named.filter((s) => !kept.includes(s));
  const lanes = kept
    .toSorted((a, b) => a.id - b.id)
    .map((s) => lane(`s${s.id}${s.name}`, s.name, s.counts, evidenceOf(timeline, (id) => id === s.id, n)));
  if (rest.length) {
    const ids = new Set(rest.map((s) => s.id));
    lanes.push(
      lane("rest", `${rest.length} more`, sum(rest.map((s) => s.counts), n), evidenceOf(timeline, (id) => id !== null && ids.has(id), n)),
    );
  }
  return { n, all, lanes };
}

/** Markers nearer than 12 px become one, with the worst shape. */
export interface Mark {
  x: number;
  severity: Severity;
  cards: Marker[];
  label: string;
  /** Whether there is room for its words. */
  labelled: boolean;
  /** The words stand at its left: there is no room at the right. */
  left: boolean;
}

const APART_PX = 12;
const CHARACTER_PX = 6.4;

/** Merges the markers and decides which labels fit. */
export function marks(markers: readonly Marker[], x: (us: number) => number, right_px: number): Mark[] {
  const out: Mark[] = [];
  let last_px = Number.NEGATIVE_INFINITY;
  for (const marker of markers.toSorted((a, b) => a.time_us - b.time_us)) {
    const at = x(marker.time_us);
    const before = out.at(-1);
    if (before && at - last_px < APART_PX) {
      before.cards.push(marker);
      if (bySeverity(marker.card.severity, before.severity) < 0) {
        before.severity = marker.card.severity;
        before.x = at;
      }
    } else {
      out.push({ x: at, severity: marker.card.severity, cards: [marker], label: "", labelled: true, left: false });
    }
    last_px = at;
  }
  // Merging moves a mark to its worst card, so two marks may have come nearer than their words are long.
  out.forEach((mark) => {
    mark.label = SEVERITY_WORD[mark.severity] + (mark.cards.length > 1 ? `, ${mark.cards.length} cards` : "");
  });
  out.forEach((mark, i) => {
    const words_px = 12 + mark.label.length * CHARACTER_PX;
    const next = out[i + 1]?.x ?? right_px + 8;
    const before = out[i - 1];
    const free = before ? before.x + (before.labelled && !before.left ? 12 + before.label.length * CHARACTER_PX : 8) : 0;
    mark.left = mark.x + words_px >= next - 8 && mark.x - words_px > free + 8;
    mark.labelled = mark.left || mark.x + words_px < next - 8;
  });
  return out;
}

/** The severity of the worst evidence in each bar, and how much evidence there is: bars for `All`. */
export function worst(lane: Lane): { severity: Severity; counts: number[] }[] {
  const total = sum(lane.evidence.map((e) => e.counts), lane.counts.length);
  return lane.evidence.map((e, k) => ({
    severity: e.severity,
    counts: e.counts.map((c, i) => (c > 0 && lane.evidence.slice(0, k).every((w) => !w.counts[i]) ? (total[i] ?? 0) : 0)),
  }));
}
