/** Which host this page runs in, found once at the start. */
import { bridge } from "./bridge";
import { tauri } from "./tauri";
import type { Platform } from "./types";

export type { Platform } from "./types";

const none: Platform = {
  kind: "none",
  call: () =>
    Promise.reject({ code: "failed", message: "This page has no engine: open it in the Timberline window", detail: "" }),
  listen: () => () => undefined,
};

export const platform: Platform =
  "__TAURI_INTERNALS__" in window ? tauri : (bridge(window) ?? none);
