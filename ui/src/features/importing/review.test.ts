import { describe, expect, it } from "vitest";
import { shownColumns } from "./review";
import { origin } from "./review.svelte";

describe("the columns of a preview", () => {
  it("are those that an analyst looks for first, the message last", () => {
    expect(shownColumns(["message", "a.b", "user.name", "event.outcome"])).toEqual(["event.outcome", "user.name", "a.b", "message"]);
    expect(shownColumns(["a", "b", "c", "d", "e", "f", "g"])).toHaveLength(6);
  });
});

describe("where a source came from", () => {
  it("is the dropped path that holds it, the longest", () => {
    expect(origin("/d/a.zip!x/b.log", ["/d", "/d/a.zip"])).toBe("/d/a.zip");
    expect(origin("/d/b.log", ["/d/"])).toBe("/d/");
    expect(origin("/dd/b.log", ["/d"])).toBeUndefined();
  });
});
