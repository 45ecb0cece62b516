import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "./route.svelte";
import { Selection } from "./selection.svelte";

let selection: Selection;
beforeEach(() => (selection = new Selection()));

describe("the selection", () => {
  test("is all of time until something is chosen", () => {
    expect(selection.asked).toEqual({ query: "", from_us: null, to_us: null });
    expect(selection.touches(null, null)).toBe(true);
  });
  test("what is brushed goes before what is shown", () => {
    selection.zoom({ from: 0, to: 100 });
    selection.pick({ from: 10.5, to: 20.2 });
    expect(selection.bounds).toEqual({ from_us: 10, to_us: 21 });
    selection.zoomOut();
    expect(selection.range).toEqual({ from: 0, to: 100 });
    selection.zoomOut();
    expect(selection.range).toBeNull();
  });
  test("zooming out goes back the way it came", () => {
    selection.zoom({ from: 0, to: 100 });
    selection.pick({ from: 10, to: 50 });
    selection.zoomIn();
    expect(selection.view).toEqual({ from: 10, to: 50 });
    expect(selection.brush).toBeNull();
    selection.zoomOut();
    expect(selection.view).toEqual({ from: 0, to: 100 });
  });
  test("an empty brush is none", () => {
    selection.pick({ from: 5, to: 5 });
    expect(selection.brush).toBeNull();
  });
  test("cards touch it by their ends", () => {
    selection.pick({ from: 10, to: 20 });
    expect(selection.touches(5, 10)).toBe(true);
    expect(selection.touches(20, 30)).toBe(false);
    expect(selection.touches(12, null)).toBe(true);
    expect(selection.touches(null, null)).toBe(false);
  });
  test("opening rows keeps the timeline where it can", () => {
    selection.zoom({ from: 0, to: 100 });
    selection.event = 7;
    selection.open("a : 1", 10, 20);
    expect(selection.view).toEqual({ from: 0, to: 100 });
    expect(selection.brush).toEqual({ from: 10, to: 20 });
    expect(selection.event).toBeNull();
    selection.open("a : 1", 90, 200);
    expect(selection.view).toBeNull();
    selection.open("b : 2");
    expect(selection.asked).toEqual({ query: "b : 2", from_us: null, to_us: null });
  });
});

test("addresses name views and cards, and nothing else", () => {
  expect(parse("#/card/0a1b")).toEqual({ view: "card", card: "0a1b" });
  expect(parse("#/explore").view).toBe("explore");
  for (const hash of ["", "#/", "#/card", "#/nowhere"]) expect(parse(hash)).toEqual({ view: "overview", card: null });
});
