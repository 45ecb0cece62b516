/** Rows of a query by number, fetched a page at a time as they come on screen. */
import { SvelteMap } from "svelte/reactivity";
import { call } from "$/api/call";
import { asCallError } from "$/api/errors";
import type { EventRow } from "$/api/wire";

export const PAGE = 200;
/** Pages kept: some 10,000 rows. */
const KEEP = 50;
/** Pages asked for at once: of those that a long drag of the scroll bar passed, only the last are wanted. */
const AT_ONCE = 2;

export interface Asked {
  query: string;
  from_us: number | null;
  to_us: number | null;
}

export class Pages {
  readonly #asked: Asked;
  readonly #columns: string[];
  readonly #pages = new SvelteMap<number, EventRow[]>();
  #wanted: number[] = [];
  #running = 0;
  /** Pages on their way. */
  #flying = new Set<number>();
  error = $state("");

  constructor(asked: Asked, columns: string[]) {
    this.#asked = asked;
    this.#columns = columns;
  }

  /** The row with this number, if it is here. */
  row(n: number): EventRow | undefined {
    return this.#pages.get(Math.floor(n / PAGE))?.[n % PAGE];
  }

  /** The number of an event's row among those that are here. */
  find(id: number): number {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((r) => r.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** These rows are on screen. */
  show(first: number, end: number) {
    const wanted: number[] = [];
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      if (!this.#pages.has(page) && !this.#flying.has(page)) wanted.push(page);
    }
    this.#wanted = wanted;
    this.#go();
  }

  again() {
    this.error = "";
    this.#go();
  }

  #go() {
    // After a failure nothing more is asked until somebody says so.
    while (this.#running < AT_ONCE && this.error === "") {
      const page = this.#wanted.shift();
      if (page === undefined) return;
      this.#running += 1;
      this.#flying.add(page);
      void this.#fetch(page).finally(() => {
        this.#running -= 1;
        this.#flying.delete(page);
        this.#go();
      });
    }
  }

  async #fetch(page: number) {
    try {
      const got = await call("events_page", { ...this.#asked, offset: page * PAGE, limit: PAGE, columns: this.#columns });
      this.#pages.set(page, got.rows);
      if (this.#pages.size > KEEP) {
        const farthest = [...this.#pages.keys()].toSorted((a, b) => Math.abs(b - page) - Math.abs(a - page))[0];
        if (farthest !== undefined) this.#pages.delete(farthest);
      }
    } catch (thrown) {
      this.error = asCallError(thrown).message;
      this.#wanted = [...this.#wanted, page];
    }
  }
}
