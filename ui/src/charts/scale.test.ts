import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "$/text/time";
import { barsPath, linear, roundUp, timeTicks } from "./scale";

describe("scales", () => {
  test("go there and back", () => {
    const x = linear(100, 200, 10, 110);
    expect(x(150)).toBe(60);
    expect(x.invert(60)).toBe(150);
  });
  test("of nothing do not divide by it", () => {
    const x = linear(5, 5, 0, 100);
    expect(x(5)).toBe(0);
    expect(x.invert(50)).toBe(5);
  });
  test("end at a round figure", () => {
    expect([0, 1, 3, 7, 93, 147, 1474, 2001].map(roundUp)).toEqual([1, 1, 3, 8, 100, 150, 1500, 3000]);
  });
});

describe("ticks", () => {
  const from = Date.UTC(2026, 2, 9, 12) * 1000;
  test("are round on the zone's clock and far enough apart", () => {
    for (const zone of ["UTC", "Asia/Kathmandu"]) {
      for (const span of [5 * SECOND, 10 * MINUTE, 21 * HOUR, 9 * DAY, 400 * DAY]) {
        const ticks = timeTicks(from, from + span, 900, zone);
        expect(ticks.length, `${span} in ${zone}`).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(14);
      }
    }
    expect(timeTicks(from, from + 21 * HOUR, 900, "UTC").map((t) => t.label)).toContain("Tue 10 Mar");
    expect(timeTicks(from, from + 21 * HOUR, 900, "Asia/Kathmandu").map((t) => t.label)).toContain("18:00");
  });
  test("of a range without width are none", () => {
    expect(timeTicks(from, from, 900, "UTC")).toEqual([]);
  });
});

test("bars that are not empty are seen", () => {
  const path = barsPath([0, 1, 1000], (i) => i * 10, (n) => n / 100, 60, 1, 2);
  expect(path).toBe("M10.0 58.0h9.0v2.0h-9.0zM20.0 50.0h9.0v10.0h-9.0z");
});
