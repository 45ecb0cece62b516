/** The import that runs now: started from a drop, a dialog or the sample, told by `progress` events. */
import { call } from "$/api/call";
import { asCallError } from "$/api/errors";
import { forget } from "$/api/query.svelte";
import type { ImportStart, Progress, SourceRow } from "$/api/wire";
import { platform } from "$/platform";

const OVER = ["done", "cancelled", "failed"];

class Import {
  /** The latest word of the job; null when there is none to show. */
  progress = $state.raw<Progress | null>(null);
  /** Files are held over the window. */
  over = $state(false);
  /** What could not be started. */
  error = $state("");
  /** Between a drop and the first progress. */
  starting = $state(false);
  #events_s = 0;

  get running(): boolean {
    return this.starting || (this.progress !== null && !OVER.includes(this.progress.stage));
  }
  get over_and_done(): boolean {
    return this.progress !== null && OVER.includes(this.progress.stage);
  }
  /** Events a second, over the whole job. */
  get rate(): number {
    return this.#events_s;
  }
  /** Seconds that are left, by bytes; null while nobody can know. */
  get left_s(): number | null {
    const p = this.progress;
    if (!p || p.stage !== "reading" || p.bytes_done <= 0 || p.seconds < 0.5) return null;
    return ((p.bytes - p.bytes_done) / p.bytes_done) * p.seconds;
  }

  hear(progress: Progress) {
    this.starting = false;
    this.progress = progress;
    if (progress.seconds > 0) this.#events_s = progress.events / progress.seconds;
  }

  /** Reads files and folders into the open case; without one a case is made. */
  async start(paths: string[], hasCase: boolean, chosen: Partial<ImportStart> = {}) {
    if (paths.length === 0) return;
    await this.#begin(async () => {
      // An empty path leaves the choice of the file to the engine.
      if (!hasCase) {
        await call("case_new", { path: "" });
        forget();
      }
      await call("import_start", { paths, ...chosen });
    });
  }
  async sample() {
    await this.#begin(async () => {
      await call("case_sample", {});
      forget();
    });
  }
  async #begin(run: () => Promise<void>) {
    this.error = "";
    this.starting = true;
    try {
      await run();
    } catch (thrown) {
      this.error = asCallError(thrown).message;
    }
    this.starting = false;
  }
  async cancel() {
    const job = this.progress?.job;
    if (job === undefined) return;
    try {
      await call("job_cancel", { job });
    } catch (thrown) {
      this.error = asCallError(thrown).message;
    }
  }
  dismiss() {
    this.progress = null;
    this.error = "";
  }
  /** The sources that this job read. */
  get sources(): SourceRow[] {
    return this.progress?.sources ?? [];
  }
}

export const importing = new Import();

platform.listen("progress", (payload) => importing.hear(payload as Progress));
platform.listen("drag", (payload) => {
  importing.over = Boolean((payload as { over?: boolean } | null)?.over);
});
