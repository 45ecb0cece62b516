import { beforeEach, expect, test, vi } from "vitest";
import { Live } from "./live.svelte";

type Ear = (payload: unknown) => void;
const host = vi.hoisted(() => ({
  ears: new Map<string, Ear>(),
  calls: [] as { cmd: string; payload: Record<string, unknown>; answer: (v: unknown) => void; fail: (v: unknown) => void }[],
}));
vi.mock("$/platform", () => ({
  platform: {
    kind: "bridge",
    call: (cmd: string, payload: Record<string, unknown>) => new Promise((answer, fail) => host.calls.push({ cmd, payload, answer, fail })),
    listen: (event: string, hear: Ear) => {
      host.ears.set(event, hear);
      return () => undefined;
    },
  },
}));
const settle = async () => {
  for (let i = 0; i < 6; i += 1) await Promise.resolve();
};
const names = () => host.calls.map((c) => c.cmd);
const preview = (more: object) => ({ profile: "small", endpoint: "127.0.0.1:8080", policy: "Local only", payload: "{}", refused: null, masked: [], ...more });
beforeEach(() => host.calls.splice(0));

test("nothing is sent to an endpoint whose payload the analyst has not seen, until he says so", async () => {
  const live = new Live();
  void live.ask("who failed?", null, true, () => false);
  await settle();
  expect(names()).toEqual(["chat_preview"]);
  host.calls[0]?.answer(preview({}));
  await settle();
  expect(names()).toEqual(["chat_preview"]);
  expect(live.held?.question).toBe("who failed?");
  expect(live.busy).toBe(false);
  void live.release();
  await settle();
  expect(names()).toEqual(["chat_preview", "chat_ask"]);
  expect(host.calls[1]?.payload["question"]).toBe("who failed?");
});

test("a known endpoint is asked at once, and a refusal of the gate is shown instead of asked", async () => {
  const live = new Live();
  void live.ask("a", null, true, () => true);
  await settle();
  host.calls[0]?.answer(preview({}));
  await settle();
  expect(names()).toEqual(["chat_preview", "chat_ask"]);
  const other = new Live();
  void other.ask("b", null, true, () => true);
  await settle();
  host.calls[2]?.answer(preview({ refused: "the policy is local only", payload: "" }));
  await settle();
  expect(other.held?.preview.refused).toContain("local only");
  expect(names().length).toBe(3);
});

test("what comes is kept as it comes, and a restart drops the words but not the steps", async () => {
  const live = new Live();
  const stop = live.listen();
  void live.ask("c", null, false, () => true);
  await settle();
  const hear = (payload: object) => host.ears.get("chat_progress")?.(payload);
  hear({ stage: "reading", done: 10, total: 40 });
  expect([live.done, live.total]).toEqual([10, 40]);
  hear({ stage: "step", step: { text: "counted" } });
  hear({ stage: "text", text: "There " });
  hear({ stage: "text", text: "were" });
  expect(live.text).toBe("There were");
  hear({ stage: "restart" });
  expect(live.text).toBe("");
  expect(live.steps.length).toBe(1);
  stop();
});

test("Stop reaches the engine while the answer is still on its way, and the answer is kept", async () => {
  const live = new Live();
  void live.ask("d", null, false, () => true);
  await settle();
  void live.stop();
  void live.stop();
  await settle();
  expect(names()).toEqual(["chat_ask", "chat_stop"]);
  expect(live.stopping).toBe(true);
  host.calls[0]?.answer({ id: 3, ended: "stopped" });
  await settle();
  expect(live.fresh.map((t) => t.id)).toEqual([3]);
  expect(live.busy).toBe(false);
});

test("a stop before anything was sent sends nothing", async () => {
  const live = new Live();
  void live.ask("e", null, true, () => true);
  await settle();
  void live.stop();
  host.calls[0]?.answer(preview({}));
  await settle();
  expect(names()).toEqual(["chat_preview", "chat_stop"]);
  expect(live.busy).toBe(false);
});
