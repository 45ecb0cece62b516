import { describe, expect, it } from "vitest";
import { FIELD, fieldFault, kindOf, toKeep } from "./columns";

describe("the columns of a table", () => {
  const columns = [{ name: "when", said: "time", examples: [] }, { name: "who", said: "keep", examples: [] }];
  const said = new Map([["who", " user.name "]]);
  it("are kept where they were changed, so that the rest is still found out", () => {
    expect(toKeep(columns, said, false)).toEqual([{ name: "who", said: "user.name" }]);
    expect(toKeep(columns, new Map(), false)).toEqual([]);
  });
  it("are kept as they stand where something was said before", () => {
    expect(toKeep(columns, said, true)).toEqual([{ name: "when", said: "time" }, { name: "who", said: "user.name" }]);
  });
  it("are a field by any other word", () => {
    expect(kindOf("source.ip")).toBe(FIELD);
    expect(kindOf("time:filetime")).toBe("time:filetime");
    expect(kindOf("time:hfstime")).toBe("time:hfstime");
    expect(fieldFault("")).not.toBe("");
    expect(fieldFault("a field")).not.toBe("");
    expect(fieldFault("source.ip")).toBe("");
  });
});
