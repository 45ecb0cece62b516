import { describe, expect, test } from "vitest";
import type { Marker, SourceRow, Timeline } from "$/api/wire";
import { linear } from "$/charts/scale";
import { bars, marks, worst } from "./bins";
import { begin, drag, grip, press } from "./brush";

const marker = (time_us: number, severity: Marker["card"]["severity"]): Marker => ({ time_us, card: { id: String(time_us), title: "t", severity } });
const x = (n: number) => n;
const source = (id: number) => ({ id, name: `s${id}`, path: `/p/s${id}` }) as SourceRow;
const timeline: Timeline = {
  start_us: 0,
  step_us: 10,
  series: [
    { value: "2", counts: [1, 2, 0] },
    { value: "1", counts: [10, 0, 5] },
  ],
  evidence: [
    { severity: "low", source: 1, counts: [2, 0, 1] },
    { severity: "critical", source: 2, counts: [1, 0, 0] },
  ],
  markers: [],
  total: 18,
  undated: 0,
};

describe("bars", () => {
  test("all is the sum of the sources, lanes in the case's order", () => {
    const b = bars(timeline, [source(1), source(2)], true);
    expect(b.all.counts).toEqual([11, 2, 5]);
    expect(b.lanes.map((l) => l.name)).toEqual(["s1", "s2"]);
    expect(b.lanes[1]?.evidence).toEqual([{ severity: "critical", counts: [1, 0, 0] }]);
  });
  test("evidence of a bar has the colour of the worst", () => {
    expect(worst(bars(timeline, [], false).all)).toEqual([
      { severity: "critical", counts: [3, 0, 0] },
      { severity: "low", counts: [0, 0, 1] },
    ]);
  });
  test("many sources share a lane, and no event is lost", () => {
    const many = { ...timeline, evidence: [], series: Array.from({ length: 9 }, (_, i) => ({ value: String(i), counts: [i + 1] })) };
    const b = bars(many, Array.from({ length: 9 }, (_, i) => source(i)), true);
    expect(b.lanes.length).toBe(6);
    expect(b.lanes.at(-1)?.name).toBe("4 more");
    expect(b.lanes.reduce((n, l) => n + (l.counts[0] ?? 0), 0)).toBe(45);
  });
});

describe("markers", () => {
  test("nearer than 12 px become one with the worst shape", () => {
    const m = marks([marker(100, "low"), marker(110, "critical"), marker(121, "info"), marker(200, "medium")], x, 1000);
    expect(m.map((k) => k.label)).toEqual(["Critical, 3 cards", "Medium"]);
    expect(m[0]?.x).toBe(110);
  });
  test("words that would run into the next are left out", () => {
    const m = marks([marker(100, "high"), marker(130, "high"), marker(990, "high")], x, 1000);
    expect(m.map((k) => [k.labelled, k.left])).toEqual([[true, true], [true, false], [true, true]]);
    expect(marks([marker(20, "high"), marker(40, "high")], x, 1000).map((k) => k.labelled)).toEqual([false, true]);
  });
});

describe("the brush", () => {
  const scale = linear(0, 1000, 0, 100);
  const domain = { from: 0, to: 1000 };
  const brush = { from: 200, to: 400 };
  test("is gripped at its ends and in its middle", () => {
    expect([20, 40, 30, 60].map((px) => grip(px, brush, scale))).toEqual(["from", "to", "inside", "none"]);
  });
  test("needs a move to be one", () => {
    const held = begin(50, null, scale);
    expect(drag(held, 51, scale, domain)).toBeNull();
    expect(drag(held, 30, scale, domain)).toEqual({ from: 300, to: 500 });
  });
  test("an end may be drawn across the other; the whole stays in the picture", () => {
    expect(drag(begin(20, brush, scale), 60, scale, domain)).toEqual({ from: 400, to: 600 });
    expect(drag(begin(30, brush, scale), 99, scale, domain)).toEqual({ from: 800, to: 1000 });
  });
  test("is worked with keys", () => {
    expect(press("ArrowRight", false, brush, domain, 50)).toEqual({ from: 250, to: 450 });
    expect(press("ArrowRight", true, brush, domain, 50)).toEqual({ from: 200, to: 450 });
    expect(press("ArrowLeft", true, { from: 200, to: 250 }, domain, 50)).toEqual({ from: 200, to: 250 });
    expect([press("+", false, brush, domain, 50), press("-", false, brush, domain, 50), press("Escape", false, brush, domain, 50), press("x", false, brush, domain, 50)]).toEqual(["in", "out", "none", null]);
  });
});
