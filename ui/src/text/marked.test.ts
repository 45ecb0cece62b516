import { expect, test } from "vitest";
import { marked, markOf } from "./marked";

const mark = (from: number, to: number, kind = "unsupported") => ({ from, to, kind, why: "" });
const flat = (text: string, marks: ReturnType<typeof mark>[]) => marked(text, marks).map((p) => p.map((x) => (x.mark ? `[${x.text}]` : x.text)).join(""));

test("the answer is cut where it is marked, and every letter of it stays", () => {
  const text = "There were 4,711 failures from 203.0.113.9";
  expect(flat(text, [mark(11, 16), mark(31, 42, "contradicted")])).toEqual(["There were [4,711] failures from [203.0.113.9]"]);
});

test("a mark over a line break holds in both paragraphs", () => {
  expect(flat("one two\nthree", [mark(4, 13)])).toEqual(["one [two]", "[three]"]);
});

test("marks that cannot be are left out, the words never", () => {
  expect(flat("abc", [mark(2, 9), mark(1, 1), mark(-1, 2)])).toEqual(["abc"]);
  expect(flat("abcdef", [mark(0, 4), mark(2, 6)])).toEqual(["[abcd]ef"]);
});

test("letters outside the first plane do not move a mark", () => {
  expect(flat("\u{1F600} 42 rows", [mark(3, 5)])).toEqual(["\u{1F600} [42] rows"]);
});

test("each kind has its own sign, and an unknown one is doubtful", () => {
  const signs = ["unsupported", "contradicted", "no_such_event"].map((k) => markOf(k).sign);
  expect(new Set(signs).size).toBe(3);
  expect(markOf("later").words).toBe("doubtful");
});
