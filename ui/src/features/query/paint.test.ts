import { expect, test } from "vitest";
import { paint } from "./paint";

const kinds = (text: string, at: number | null = null) =>
  paint(text, at).filter((p) => p.kind !== "space").map((p) => `${p.kind} ${p.text}`);

test("names, operators and values part", () => {
  expect(kinds('host.name : "web 02" and not port >= 22')).toEqual(["name host.name", "op :", 'value "web 02"', "op and", "op not", "name port", "op >=", "value 22"]);
  expect(kinds("user : (root or admin)")).toEqual(["name user", "op :", "op (", "value root", "op or", "value admin", "op )"]);
});
test("no letter is lost, whatever is typed", () => {
  for (const text of ['a : "unclosed', "((", ':::"', "a\tb\u00e9 :x", ""]) expect(paint(text, null).map((p) => p.text).join("")).toBe(text);
});
test("the mistake is underlined, also at the end", () => {
  expect(kinds("a : b c", 6)).toContain("bad c");
  expect(paint("a :", 3).at(-1)).toEqual({ text: "  ", kind: "bad" });
});
