/**
 * Answers of the engine, kept by question. A view names the question that it needs now; while the
 * answer is on its way the last one stays on screen, and a `changed` event asks again for whatever
 * carries its tags and is still looked at.
 */
import { onDestroy } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { platform } from "$/platform";
import { type Answer, type Ask, call, type Command } from "./call";
import { asCallError, type CallError } from "./errors";
import { TAGS } from "./generated/commands";

/** Answers kept that nobody looks at any more. */
const KEEP = 120;

class Entry {
  data = $state.raw<unknown>(undefined);
  error = $state.raw<CallError | null>(null);
  loading = $state(false);
  watchers = 0;
  stale = true;
  /** Which asking is the latest; older answers are dropped. */
  turn = 0;
  constructor(
    readonly cmd: Command,
    readonly ask: unknown,
  ) {}

  async refresh() {
    const turn = ++this.turn;
    this.stale = false;
    this.loading = true;
    try {
      const data = await call(this.cmd, this.ask as never);
      if (turn !== this.turn) return;
      this.data = data;
      this.error = null;
    } catch (thrown) {
      if (turn !== this.turn) return;
      this.error = asCallError(thrown);
      this.stale = true;
    } finally {
      if (turn === this.turn) this.loading = false;
    }
  }
}

const entries = new Map<string, Entry>();
/** Counts up whenever something may be stale, so that effects look again. */
const epoch = new SvelteMap<string, number>();

function entry(cmd: Command, ask: unknown): Entry {
  const key = `${cmd} ${JSON.stringify(ask)}`;
  let found = entries.get(key);
  if (found) {
    // Put it at the end: the map's order is the order of last use.
    entries.delete(key);
  } else {
    found = new Entry(cmd, ask);
  }
  entries.set(key, found);
  if (entries.size > KEEP) {
    for (const [old, e] of entries) {
      if (entries.size <= KEEP) break;
      if (e.watchers === 0 && e !== found) entries.delete(old);
    }
  }
  return found;
}

/** Marks every answer with one of these tags stale; those on screen are asked for again. */
export function invalidate(tags: readonly string[]) {
  for (const [key, e] of entries) {
    // The host's own commands have no tags: their answers are used once.
    const mine: readonly string[] = e.cmd in TAGS ? TAGS[e.cmd as keyof typeof TAGS] : [];
    if (!mine.some((tag) => tags.includes(tag))) continue;
    if (e.watchers > 0) void e.refresh();
    else entries.delete(key);
  }
  for (const tag of tags) epoch.set(tag, (epoch.get(tag) ?? 0) + 1);
}

/** Forgets everything: another case was opened. */
export function forget() {
  for (const [key, e] of entries) {
    if (e.watchers > 0) {
      e.data = undefined;
      void e.refresh();
    } else entries.delete(key);
  }
}

/** How often answers with this tag became stale; read it in an effect that keeps answers of its own. */
export function epochOf(tag: string): number {
  return epoch.get(tag) ?? 0;
}

/** A question on screen. */
export interface Query<T> {
  /** The latest answer, of this question or, while it loads, of the one before. */
  readonly data: T | undefined;
  readonly error: CallError | null;
  readonly loading: boolean;
  /** True when `data` answers an earlier question. */
  readonly old: boolean;
  again(): void;
}

/** Asks `cmd` with what `ask` gives, again whenever that changes; `null` asks nothing. */
export function query<C extends Command>(cmd: C, ask: () => Ask<C> | null): Query<Answer<C>> {
  let current = $state.raw<Entry | null>(null);
  let last = $state.raw<Answer<C> | undefined>(undefined);
  // The key, not the object, decides: a view may build an equal object at every render.
  const key = $derived(JSON.stringify(ask()));
  let held: Entry | null = null;
  const release = () => {
    if (held) held.watchers -= 1;
    held = null;
  };
  $effect.pre(() => {
    const parsed = JSON.parse(key) as Ask<C> | null;
    release();
    if (parsed === null) {
      current = null;
      last = undefined;
      return;
    }
    held = entry(cmd, parsed);
    held.watchers += 1;
    if (held.stale) void held.refresh();
    current = held;
  });
  $effect.pre(() => {
    if (current?.data !== undefined) last = current.data as Answer<C>;
    else if (current?.error && !current.loading) last = undefined;
  });
  onDestroy(release);
  return {
    get data() {
      return (current?.data as Answer<C> | undefined) ?? last;
    },
    get error() {
      return current?.error ?? null;
    },
    get loading() {
      return current?.loading ?? false;
    },
    get old() {
      return current !== null && current.data === undefined && last !== undefined;
    },
    again() {
      if (current) void current.refresh();
    },
  };
}

platform.listen("changed", (payload) => {
  const tags = (payload as { tags?: string[] } | null)?.tags;
  if (Array.isArray(tags)) invalidate(tags);
});
