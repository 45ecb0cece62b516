/** The brush's arithmetic: what a pointer or a key does to the selected span. Pure. */
import type { Scale } from "$/charts/scale";
import type { Span } from "$/shell/selection.svelte";

/** Which part of the brush is under the pointer. */
export type Grip = "from" | "to" | "inside" | "none";

const GRIP_PX = 6;
const DRAG_PX = 3;

export function grip(px: number, brush: Span | null, x: Scale): Grip {
  if (!brush) return "none";
  const [from, to] = [x(brush.from), x(brush.to)];
  // The end first: of a brush that is a hair wide it is the end that one wants to pull.
  if (Math.abs(px - to) <= GRIP_PX) return "to";
  if (Math.abs(px - from) <= GRIP_PX) return "from";
  return px > from && px < to ? "inside" : "none";
}

/** A drag under way. */
export interface Drag {
  kind: "new" | "from" | "to" | "inside";
  start_px: number;
  /** The brush when the drag began. */
  was: Span | null;
  moved: boolean;
}

export function begin(px: number, brush: Span | null, x: Scale): Drag {
  const kind = grip(px, brush, x);
  return { kind: kind === "none" ? "new" : kind, start_px: px, was: brush, moved: false };
}

/** The span that the drag selects now; null while it is not far enough to be one. */
export function drag(held: Drag, px: number, x: Scale, domain: Span): Span | null {
  if (!held.moved && Math.abs(px - held.start_px) < DRAG_PX) return null;
  held.moved = true;
  const inside = (us: number) => Math.min(domain.to, Math.max(domain.from, us));
  const here = inside(x.invert(px));
  if (held.kind === "new" || !held.was) {
    const there = inside(x.invert(held.start_px));
    return { from: Math.min(here, there), to: Math.max(here, there) };
  }
  if (held.kind === "inside") {
    const by = x.invert(px) - x.invert(held.start_px);
    const size = held.was.to - held.was.from;
    const from = Math.min(Math.max(domain.from, held.was.from + by), Math.max(domain.from, domain.to - size));
    return { from, to: from + size };
  }
  const fixed = held.kind === "from" ? held.was.to : held.was.from;
  return { from: Math.min(here, fixed), to: Math.max(here, fixed) };
}

/** What a key does: a new span, a zoom, `none` to let go, or null if the key is not ours. */
export function press(key: string, shift: boolean, brush: Span | null, domain: Span, step: number): Span | "in" | "out" | "none" | null {
  const by = key === "ArrowRight" ? step : key === "ArrowLeft" ? -step : 0;
  if (by !== 0) {
    if (!brush) {
      const middle = (domain.from + domain.to) / 2;
      return { from: middle, to: Math.min(domain.to, middle + step) };
    }
    if (shift) return { from: brush.from, to: Math.min(domain.to, Math.max(brush.from + step, brush.to + by)) };
    const size = brush.to - brush.from;
    const from = Math.min(Math.max(domain.from, brush.from + by), domain.to - size);
    return { from, to: from + size };
  }
  if (key === "Home" && brush) return { from: domain.from, to: brush.to };
  if (key === "End" && brush) return { from: brush.from, to: domain.to };
  if (key === "+" || key === "Enter") return brush ? "in" : null;
  if (key === "-") return "out";
  return key === "Escape" && brush ? "none" : null;
}
