import { render } from "@testing-library/svelte";
import { flushSync, tick } from "svelte";
import { beforeEach, expect, test, vi } from "vitest";
import Probe from "../../tests/Probe.svelte";

type Hear = (payload: unknown) => void;
const host = vi.hoisted(() => ({
  ears: new Map<string, Hear>(),
  calls: [] as { cmd: string; payload: unknown; answer: (v: unknown) => void; fail: (v: unknown) => void }[],
}));
vi.mock("$/platform", () => ({
  platform: {
    kind: "bridge",
    call: (cmd: string, payload: unknown) => new Promise((answer, fail) => host.calls.push({ cmd, payload, answer, fail })),
    listen: (event: string, hear: Hear) => {
      host.ears.set(event, hear);
      return () => undefined;
    },
  },
}));

const settle = async () => {
  await tick();
  await Promise.resolve();
  await tick();
  flushSync();
};
beforeEach(() => host.calls.splice(0));

test("an equal question is asked once, and an answer of an earlier question does not overwrite a later one", async () => {
  const { rerender, container } = render(Probe, { query: "a" });
  render(Probe, { query: "a" });
  await settle();
  expect(host.calls.length).toBe(1);
  await rerender({ query: "b" });
  await settle();
  expect(host.calls.length).toBe(2);
  host.calls[1]?.answer({ count: 2 });
  await settle();
  host.calls[0]?.answer({ count: 1 });
  await settle();
  expect(container.textContent).toContain("2");
});

test("what was there stays on screen while the next answer is on its way", async () => {
  const { rerender, container } = render(Probe, { query: "old" });
  await settle();
  host.calls[0]?.answer({ count: 41 });
  await settle();
  await rerender({ query: "new" });
  await settle();
  expect(container.textContent).toBe("41 old");
  host.calls[1]?.answer({ count: 42 });
  await settle();
  expect(container.textContent).toBe("42");
});

test("a change asks again for what carries its tags, and for nothing else", async () => {
  const { container } = render(Probe, { query: "tagged" });
  await settle();
  host.calls[0]?.answer({ count: 1 });
  await settle();
  host.ears.get("changed")?.({ tags: ["chat"] });
  await settle();
  expect(host.calls.length).toBe(1);
  host.ears.get("changed")?.({ tags: ["events"] });
  await settle();
  const asked = host.calls.filter((c) => (c.payload as { query: string }).query === "tagged");
  expect(asked.length).toBe(2);
  asked[1]?.answer({ count: 9 });
  await settle();
  expect(container.textContent).toBe("9");
});

test("an error has its code and its words", async () => {
  const { container } = render(Probe, { query: "bad (" });
  await settle();
  host.calls.at(-1)?.fail({ code: "bad_query", message: "Expected a value", detail: "" });
  await settle();
  expect(container.textContent).toBe("bad_query Expected a value");
});
