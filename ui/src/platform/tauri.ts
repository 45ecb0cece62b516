/** The real window: the only file that imports from @tauri-apps. */
import { invoke } from "@tauri-apps/api/core";
import { listen as hear } from "@tauri-apps/api/event";
import type { Platform } from "./types";

export const tauri: Platform = {
  kind: "tauri",
  call: (cmd, payload) => invoke("rpc", { cmd, payload }),
  listen(event, on) {
    // The host registers the listener later than we ask; a stop before then waits for it.
    const stopped = hear(event, (message) => on(message.payload));
    return () => void stopped.then((stop) => stop());
  },
};
