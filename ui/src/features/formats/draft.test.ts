import { describe, expect, it } from "vitest";
import { groupsOf, pieces } from "./draft";

describe("a record in pieces", () => {
  it("is whole again when they are joined, and inner groups cut outer ones", () => {
    const row = { text: "10:00 bob in", groups: [{ name: "all", from: 0, to: 12 }, { name: "user", from: 6, to: 9 }] };
    const cut = pieces(row);
    expect(cut.map((p) => p.text).join("")).toBe(row.text);
    expect(cut).toEqual([{ text: "10:00 ", group: "all" }, { text: "bob", group: "user" }, { text: " in", group: "all" }]);
  });
  it("ignores places beyond the text", () => {
    expect(pieces({ text: "ab", groups: [{ name: "x", from: 1, to: 9 }] })).toEqual([{ text: "ab", group: "" }]);
    expect(pieces({ text: "", groups: [] })).toEqual([]);
  });
});

describe("groups of a pattern", () => {
  it("are found in both spellings, each once", () => {
    expect(groupsOf("^(?<time>x) (?P<user.name>y)|(?<time>z)(?:no)(?!<no>)")).toEqual(["time", "user.name"]);
  });
});
