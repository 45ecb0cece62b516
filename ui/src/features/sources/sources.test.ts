import { describe, expect, it } from "vitest";
import { below, coverageWords, givenZone, nothingRead } from "./account";
import { offsetWords, readOffset, writeOffset } from "./clock";

describe("a clock's offset", () => {
  it("is read as the engine reads it", () => {
    expect(readOffset("+90m")).toBe(5_400_000_000);
    expect(readOffset("-2h")).toBe(-7_200_000_000);
    expect(readOffset("1d 2h 3m 4s 5ms")).toBe(93_784_005_000);
    expect(readOffset("-0")).toBe(0);
    for (const odd of ["", "soon", "90", "+", "1m2h", "1h1h", "2 weeks", "40000d"]) expect(readOffset(odd), odd).toBeNull();
  });
  it("is written so that it reads the same", () => {
    for (const text of ["+1h30m", "-2h", "+1d2h3m4s5ms", "-250ms", "0"]) expect(writeOffset(readOffset(text) ?? NaN)).toBe(text);
  });
  it("is said in words", () => {
    expect(offsetWords("+1h30m")).toBe("+1 h 30 min");
    expect(offsetWords("-45s")).toBe("-45 s");
    expect(offsetWords("0")).toBe("");
  });
});

describe("what came of a source", () => {
  const source = { coverage: 1, decoded_bytes: 1000, problems: 0, events: 5, state: "complete" as const };
  it("says what the coverage figure counts", () => {
    expect(coverageWords(source)).toMatch(/^Every byte/);
    expect(coverageWords({ ...source, coverage: 0.9, problems: 2 })).toBe("90 % of its bytes are in events, blank lines or headings; 100 B are in none (2 problems)");
    expect(coverageWords({ ...source, coverage: 0, events: 0, state: "failed" })).toBe("Nothing of it was understood");
    expect(coverageWords({ ...source, decoded_bytes: 0, events: 0 })).toBe("There is nothing in it");
  });
  it("gives the reason and something to try where nothing was read", () => {
    const said = nothingRead({ bytes: 9, why: "w" }, [{ kind: "no_events", message: "no event" }, { kind: "password", message: "it is encrypted" }]);
    expect(said.reason).toBe("it is encrypted");
    expect(said.attempt).toMatch(/password/);
    expect(nothingRead({ bytes: 0, why: "the file is empty" }, []).attempt).toMatch(/cleared or rotated/);
    expect(nothingRead({ bytes: 9, why: "why" }, [])).toMatchObject({ reason: "why" });
  });
  it("names a zone only where it was given", () => {
    expect(givenZone({ zone: "Asia/Tokyo, given" })).toBe("Asia/Tokyo");
    expect(givenZone({ zone: "UTC, assumed: the log names no zone" })).toBe("");
  });
  it("shows its set, its packing and unusual characters", () => {
    expect(below({ set: "access.log, 3 of 5", packing: ["zip", "gzip"], encoding: "UTF-16 LE" })).toBe("access.log, 3 of 5 · in zip, gzip · UTF-16 LE");
    expect(below({ set: null, packing: [], encoding: "UTF-8" })).toBe("");
  });
});
