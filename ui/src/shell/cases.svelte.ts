/** Opening, making and closing a case, by dialog or by drop. */
import { call } from "$/api/call";
import { asCallError } from "$/api/errors";
import { forget } from "$/api/query.svelte";
import { importing } from "$/features/importing/import.svelte";
import { review } from "$/features/importing/review.svelte";
import { route } from "./route.svelte";

class Cases {
  error = $state("");

  async #try(run: () => Promise<void>) {
    this.error = "";
    try {
      await run();
    } catch (thrown) {
      this.error = asCallError(thrown).message;
    }
  }
  /** Another case is open, or none: nothing of the one before stays on screen. */
  #entered() {
    forget();
    if (!importing.running) importing.dismiss();
  }
  open(path: string) {
    return this.#try(async () => {
      await call("case_open", { path });
      this.#entered();
      route.go("overview");
    });
  }
  pickCase() {
    return this.#try(async () => {
      const { path } = await call("host_pick_case", {});
      if (path) await this.open(path);
    });
  }
  newCase() {
    return this.#try(async () => {
      const { path } = await call("host_save_case", {});
      if (!path) return;
      await call("case_new", { path });
      this.#entered();
      route.go("sources");
    });
  }
  close() {
    return this.#try(async () => {
      await call("case_close", {});
      this.#entered();
      route.go("overview");
    });
  }
  pickFiles(hasCase: boolean) {
    return this.#try(async () => this.read((await call("host_pick_files", {})).paths, hasCase));
  }
  pickFolder(hasCase: boolean) {
    return this.#try(async () => this.read((await call("host_pick_folder", {})).paths, hasCase));
  }
  /** Reads files into the open case, or into a new one. */
  async read(paths: string[], hasCase: boolean) {
    if (paths.length === 0) return;
    await review.begin(paths, hasCase);
    if (hasCase && !importing.error) route.go("sources");
  }
}

export const cases = new Cases();
