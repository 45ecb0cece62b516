/**
 * What a drop would read, before it is read. A drop in which every file is plainly one thing is read at once; one that asks
 * for something (a format, a password, a date) waits here, with its first rows as they would be read.
 */
import { SvelteMap } from "svelte/reactivity";
import { call } from "$/api/call";
import { asCallError } from "$/api/errors";
import type { Preview, PreviewSource, SourceChoice } from "$/api/wire";
import { importing } from "./import.svelte";

const KEY = "timberline.look-first";

/** What the user may say of a source; what is absent is found out. */
export type Said = Partial<Pick<SourceChoice, "format" | "zone" | "year" | "date" | "encoding" | "skip">>;

/** Whether a source cannot be read well without an answer; an assumed zone or year is no reason to wait. */
export function waits(source: PreviewSource): boolean {
  return source.format === "" || source.asks.some((ask) => ask === "format" || ask === "password" || ask === "date");
}

/** The dropped path that a source came from. */
export function origin(path: string, dropped: readonly string[]): string | undefined {
  const under = (top: string) => path === top || path.startsWith(`${top.replace(/[\\/]+$/, "")}/`) || path.startsWith(`${top}!`) || path.startsWith(`${top}\\`);
  return dropped.filter(under).sort((a, b) => b.length - a.length)[0];
}

class Review {
  preview = $state.raw<Preview | null>(null);
  loading = $state(false);
  error = $state("");
  /** The source whose rows are shown. */
  picked = $state("");
  /** Lines of passwords, for all archives; gone when the review is. */
  password = $state("");
  /** Look at every drop before it is read. */
  always = $state(localStorage.getItem(KEY) === "yes");
  said = new SvelteMap<string, Said>();
  #paths: string[] = [];
  #has_case = false;
  #turn = 0;

  get open(): boolean {
    return this.preview !== null;
  }
  get source(): PreviewSource | null {
    return this.preview?.sources.find((s) => s.path === this.picked) ?? null;
  }
  skips(source: PreviewSource): boolean {
    return this.said.get(source.path)?.skip ?? false;
  }
  /** How many files would be read now. */
  get ready(): number {
    const p = this.preview;
    if (!p) return 0;
    return p.sources.filter((s) => s.format !== "" && !this.skips(s)).length + Math.max(0, p.total - p.sources.length);
  }

  /** Looks at files and folders; reads them at once where nothing is to be asked, else shows what would be read. */
  async begin(paths: string[], hasCase: boolean, look = this.always) {
    if (paths.length === 0) return;
    this.close();
    this.#paths = paths;
    this.#has_case = hasCase;
    const turn = ++this.#turn;
    importing.starting = true;
    importing.error = "";
    try {
      const preview = await call("import_preview", this.#ask(paths));
      if (turn !== this.#turn) return;
      const waiting = preview.sources.find(waits);
      if (look || (waiting && preview.sources.length > 0)) {
        this.preview = preview;
        this.picked = (waiting ?? preview.sources[0])?.path ?? "";
        importing.starting = false;
        return;
      }
      await importing.start(paths, hasCase);
    } catch (thrown) {
      importing.error = asCallError(thrown).message;
    }
    importing.starting = false;
  }

  /** Keeps an answer and looks again at what it changes. */
  async say(path: string, said: Said) {
    this.said.set(path, { ...this.said.get(path), ...said });
    if (said.skip === undefined) await this.again(path);
  }
  async unlock(password: string) {
    this.password = this.password === "" ? password : `${this.password}\n${password}`;
    await this.again(this.picked);
  }

  /** Looks again at what came from the same dropped path. */
  async again(path: string) {
    const top = origin(path, this.#paths);
    if (!this.preview || top === undefined) return;
    const turn = ++this.#turn;
    this.loading = true;
    this.error = "";
    try {
      const fresh = await call("import_preview", this.#ask([top]));
      if (turn !== this.#turn || !this.preview) return;
      // What came from the same dropped path is replaced, in its place.
      const at = this.preview.sources.findIndex((s) => origin(s.path, this.#paths) === top);
      const rest = this.preview.sources.filter((s) => origin(s.path, this.#paths) !== top);
      rest.splice(Math.max(0, at), 0, ...fresh.sources);
      this.preview = { ...this.preview, sources: rest, total: this.preview.total - this.preview.sources.length + rest.length };
      if (!this.source) this.picked = fresh.sources[0]?.path ?? rest[0]?.path ?? "";
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCallError(thrown).message;
    }
    if (turn === this.#turn) this.loading = false;
  }

  #choices(): SourceChoice[] {
    return [...this.said].map(([path, said]) => ({ path, format: null, zone: null, year: null, date: null, encoding: null, password: null, skip: false, ...said }));
  }
  #ask(paths: string[]) {
    const none = { format: null, zone: null, year: null, date: null, max_ratio: null, mapping: null };
    return { ...none, paths, password: this.password || null, sources: this.#choices(), rows: null, limit: null };
  }

  /** Reads what is shown, as it is shown. */
  async read() {
    const [paths, has_case, choices, password] = [this.#paths, this.#has_case, this.#choices(), this.password];
    this.close();
    await importing.start(paths, has_case, { sources: choices, password: password || null });
  }
  look(always: boolean) {
    this.always = always;
    localStorage.setItem(KEY, always ? "yes" : "no");
  }
  close() {
    this.#turn += 1;
    this.preview = null;
    this.loading = false;
    this.error = "";
    this.password = "";
    this.said.clear();
  }
}

export const review = new Review();
