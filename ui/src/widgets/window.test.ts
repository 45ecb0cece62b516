import { describe, expect, test } from "vitest";
import { heightOf, scrollTo, TALLEST_PX, windowAt } from "./window";

const [ROW, VIEW] = [24, 480];

describe("the window on a long table", () => {
  test("of few rows is plain", () => {
    expect(heightOf(100, ROW)).toBe(2400);
    expect(windowAt(240, 100, ROW, VIEW, 2)).toEqual({ first: 8, end: 32, top_px: 192 });
  });
  test("never makes an element that WebKit would cap", () => {
    expect(heightOf(20_000_000, ROW)).toBe(TALLEST_PX);
    expect(TALLEST_PX).toBeLessThan(33_554_426);
  });
  test("reaches the first and the last of 20 million rows", () => {
    const rows = 20_000_000;
    expect(windowAt(0, rows, ROW, VIEW).first).toBe(0);
    const last = windowAt(heightOf(rows, ROW) - VIEW, rows, ROW, VIEW);
    expect(last.end).toBe(rows);
    // The last row ends where the element ends.
    expect(last.top_px + (last.end - last.first) * ROW).toBeCloseTo(heightOf(rows, ROW), 3);
  });
  test("draws a view's worth of rows and little more", () => {
    for (const scroll of [0, 1, 777, 1_000_000, 15_999_000, 16_000_000]) {
      const w = windowAt(scroll, 20_000_000, ROW, VIEW);
      expect(w.end - w.first).toBeLessThanOrEqual(VIEW / ROW + 18);
      expect(w.end).toBeGreaterThan(w.first);
    }
  });
  test("of no rows is empty", () => {
    expect(windowAt(0, 0, ROW, VIEW)).toEqual({ first: 0, end: 0, top_px: 0 });
  });
  test("moves no more than it must to show a row", () => {
    expect(scrollTo(3, 0, 100, ROW, VIEW)).toBe(0);
    expect(scrollTo(20, 0, 100, ROW, VIEW)).toBe(24);
    expect(scrollTo(0, 240, 100, ROW, VIEW)).toBe(0);
    const rows = 20_000_000;
    for (const row of [1_234_567, rows - 1]) {
      const w = windowAt(scrollTo(row, 0, rows, ROW, VIEW), rows, ROW, VIEW);
      expect(row).toBeGreaterThanOrEqual(w.first);
      expect(row).toBeLessThan(w.end);
    }
  });
});
