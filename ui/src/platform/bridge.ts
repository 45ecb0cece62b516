/**
 * A browser that a test drives. The test puts `window.__timberlineBridge` in place before the page
 * loads: `call` runs a command of the real engine over stdio, and the test pushes the engine's events
 * into `window.__timberlineEvent`.
 */
import type { Platform } from "./types";

type Answer = { ok: unknown } | { error: unknown };

declare global {
  interface Window {
    __timberlineBridge?: (cmd: string, payload: unknown) => Promise<Answer>;
    __timberlineEvent?: (event: string, payload: unknown) => void;
  }
}

/** The bridge of this page, if a test has put one there. */
export function bridge(page: Window): Platform | null {
  const send = page.__timberlineBridge;
  if (!send) return null;
  const ears = new Map<string, Set<(payload: unknown) => void>>();
  page.__timberlineEvent = (event, payload) => ears.get(event)?.forEach((on) => on(payload));
  return {
    kind: "bridge",
    async call(cmd, payload) {
      const answer = await send(cmd, payload ?? {});
      if ("error" in answer) throw answer.error;
      return answer.ok;
    },
    listen(event, on) {
      const set = ears.get(event) ?? new Set();
      ears.set(event, set.add(on));
      return () => void set.delete(on);
    },
  };
}
