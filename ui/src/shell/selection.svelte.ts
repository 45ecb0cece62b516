/**
 * The one selection: what the analyst looks at. The timeline, the table, the cards and the chat all
 * read this object and none keeps a range, a query or an event of its own.
 */

/** A span of time in microseconds; `to` is not included. */
export interface Span {
  from: number;
  to: number;
}

export class Selection {
  /** KQL as run; empty is every event. */
  query = $state("");
  /** What the timeline shows; null is all of the case. */
  view = $state.raw<Span | null>(null);
  /** What is brushed in it. */
  brush = $state.raw<Span | null>(null);
  /** The event whose detail is open. */
  event = $state<number | null>(null);
  /** Bars of the timeline are cut by source, or not at all. */
  lanes = $state<"source" | "none">("source");

  /** Ranges to go back to with zoom out. */
  #wider: (Span | null)[] = [];

  /** The range that holds: what is brushed, or what is shown, or all of time. */
  get range(): Span | null {
    return this.brush ?? this.view;
  }

  /** The range as commands take it. */
  get bounds(): { from_us: number | null; to_us: number | null } {
    return { from_us: this.range?.from ?? null, to_us: this.range?.to ?? null };
  }

  /** Query and range as commands take them. */
  get asked(): { query: string; from_us: number | null; to_us: number | null } {
    return { query: this.query, ...this.bounds };
  }

  /** Whether a card or a source with these ends touches the brush; without a brush all do. */
  touches(first: number | null, last: number | null): boolean {
    if (!this.brush) return true;
    if (first === null) return false;
    return first < this.brush.to && (last ?? first) >= this.brush.from;
  }

  /** Brushes a span; null takes the brush away. */
  pick(span: Span | null) {
    this.brush = span && span.to > span.from ? { from: Math.floor(span.from), to: Math.ceil(span.to) } : null;
  }

  /** Shows only this span. */
  zoom(span: Span | null) {
    if (span && span.to <= span.from) return;
    this.#wider.push(this.view);
    this.view = span && { from: Math.floor(span.from), to: Math.ceil(span.to) };
    this.brush = null;
  }

  /** Shows what is brushed. */
  zoomIn() {
    if (this.brush) this.zoom(this.brush);
  }

  /** First drops the brush, then goes back to what was shown before, at last to all. */
  zoomOut() {
    if (this.brush) this.brush = null;
    else this.view = this.#wider.pop() ?? null;
  }

  /** Opens rows: a query and a range, from a figure anywhere. The timeline keeps what it shows if the range lies in it. */
  open(query: string, from: number | null = null, to: number | null = null) {
    this.query = query;
    this.event = null;
    if (from === null || to === null || to <= from) {
      this.brush = null;
      if (from === null && to === null) this.zoomAll();
      return;
    }
    const inside = !this.view || (from >= this.view.from && to <= this.view.to);
    if (!inside) this.zoomAll();
    this.pick({ from, to });
  }

  /** Shows all of the case. */
  zoomAll() {
    this.#wider = [];
    this.view = null;
    this.brush = null;
  }

  /** Back to the start: another case. */
  clear() {
    this.query = "";
    this.event = null;
    this.zoomAll();
  }
}

export const selection = new Selection();
