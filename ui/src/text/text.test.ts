import { describe, expect, test } from "vitest";
import { bytes, byteWords } from "./bytes";
import * as kql from "./kql";
import { repairLanguage, usableLocale } from "./locale";
import { count, counted, measure, percent } from "./number";
import { lastPart } from "./path";
import { clockExact, DAY, dayClock, duration, HOUR, knownZone, range, read, SECOND, stamp, step, typed, wall, whole } from "./time";

const us = (iso: string) => Date.parse(iso) * 1000;

describe("times", () => {
  test("are shown in the zone of the case", () => {
    const t = us("2026-03-10T02:13:04.518Z");
    expect(whole(t, "UTC")).toBe("10 Mar 2026 02:13:04.518");
    expect(whole(t, "Europe/Berlin")).toBe("10 Mar 2026 03:13:04.518");
    expect(whole(t, "America/New_York")).toBe("9 Mar 2026 22:13:04.518");
    expect(dayClock(t, "Asia/Kolkata")).toBe("10 Mar 07:43");
  });
  test("keep microseconds where milliseconds do not say it all", () => {
    expect(clockExact(us("2026-03-10T02:13:04Z") + 518_003, "UTC")).toBe("02:13:04.518003");
    expect(clockExact(us("2026-03-10T02:13:04Z"), "UTC")).toBe("02:13:04.000");
  });
  test("before 1970 do not run backwards", () => {
    expect(whole(-1, "UTC")).toBe("31 Dec 1969 23:59:59.999999");
    expect(whole(-1, "Europe/London")).toBe("1 Jan 1970 00:59:59.999999");
  });
  test("in a zone that nobody knows fall back to UTC", () => {
    expect(knownZone("Mars/Olympus")).toBe(false);
    expect(wall(0, "Mars/Olympus").hour).toBe(0);
  });
  test("of the engine in answers are shown like all others", () => {
    expect(stamp("2026-03-10T02:13:04.518003Z", "Europe/Berlin")).toBe("10 Mar 2026 03:13:04");
    for (const other of ["2026-03-10", "web-02", "2026-03-10T02:13:04Z and more"]) expect(stamp(other, "UTC")).toBeNull();
  });
  test("midnight is 00, not 24", () => {
    expect(dayClock(us("2026-03-09T23:00:00Z"), "Europe/Berlin")).toBe("10 Mar 00:00");
  });
  test("ranges say a day once, and years where they differ", () => {
    expect(range(us("2026-03-10T01:40:00Z"), us("2026-03-10T03:30:00Z"), "UTC")).toBe("10 Mar 01:40 – 03:30");
    expect(range(us("2026-03-09T12:00:00Z"), us("2026-03-10T09:30:00Z"), "UTC")).toBe("9 Mar 12:00 – 10 Mar 09:30");
    expect(range(us("2025-12-31T12:00:00Z"), us("2026-01-01T09:30:00Z"), "UTC")).toBe("31 Dec 2025 12:00 – 1 Jan 2026 09:30");
    expect(range(us("2026-03-10T01:40:00Z"), us("2026-03-10T01:40:09Z"), "UTC")).toBe("10 Mar 01:40:00 – 01:40:09");
  });
  test("durations are as long as they need to be", () => {
    const said = [15_000, 5_900_000, 75 * SECOND, 38 * 60 * SECOND + 34 * SECOND, 2 * HOUR + 300 * SECOND, 9 * DAY + 3 * HOUR, 59_960_000, 3_599_600_000];
    expect(said.map(duration)).toEqual(["15 ms", "5.9 s", "1 min 15 s", "38 min 34 s", "2 h 05 min", "9 days 3 h", "1 min", "1 h"]);
  });
  test("steps of a chart", () => {
    expect([SECOND, 600 * SECOND, HOUR, DAY, 7 * DAY, 500].map(step)).toEqual(["1 s", "10 min", "1 h", "1 day", "7 days", "500 us"]);
  });
  test("that are typed are read back in the zone, also across a clock change", () => {
    for (const zone of ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]) {
      for (const iso of ["2026-03-10T02:13:04Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-11-01T12:00:00Z"]) {
        expect(read(typed(us(iso), zone), zone), `${iso} in ${zone}`).toBe(us(iso));
      }
    }
    expect(read("2026-03-10", "UTC")).toBe(us("2026-03-10T00:00:00Z"));
    expect(read("2026-03-10 02:13:04.5", "UTC")).toBe(us("2026-03-10T02:13:04.5Z"));
    for (const bad of ["", "now", "2026-13-01", "2026-03-10 25:00", "10.3.2026"]) expect(read(bad, "UTC")).toBeNull();
  });
});

describe("figures", () => {
  test("have separators and units", () => {
    expect(count(1_204_331)).toBe("1,204,331");
    expect([0, 1, 2].map((n) => counted(n, "event"))).toEqual(["0 events", "1 event", "2 events"]);
    expect(measure(28.5512)).toBe("28.55");
    expect([0, 912, 14_200, 999_600, 1_840_000_000, 52_000_000].map(bytes)).toEqual(["0 B", "912 B", "14.2 kB", "1.00 MB", "1.84 GB", "52.0 MB"]);
    expect([0, 1, 14_200].map(byteWords)).toEqual(["0 bytes", "1 byte", "14.2 kB"]);
  });
  test("a share is not whole before it is", () => {
    expect([1, 0.99999, 0.62, 0, Number.NaN].map(percent)).toEqual(["100 %", "99.9 %", "62 %", "0 %", "0 %"]);
  });
});

describe("the language", () => {
  test("C is none, and is repaired before anything formats", () => {
    expect(usableLocale(["C", "POSIX", "c.utf-8", undefined, "de-AT"])).toBe("de-AT");
    expect(usableLocale(["C"])).toBe("en");
    const nav = { language: "C", languages: ["C"] } as unknown as Navigator;
    repairLanguage(nav);
    expect(() => new Intl.NumberFormat(nav.language)).not.toThrow();
  });
});

describe("the pieces of KQL that a click writes", () => {
  test("quote what is in them", () => {
    expect(kql.is("user.name", 'a"b\\c')).toBe('user.name : "a\\"b\\\\c"');
    expect(kql.is("source.port", 22)).toBe("source.port : 22");
  });
  test("are added with and, brackets around an or", () => {
    expect(kql.and("", "a : 1")).toBe("a : 1");
    expect(kql.and("b : 2", "a : 1")).toBe("b : 2 and a : 1");
    expect(kql.and("b : 2 or c : 3", "a : 1")).toBe("(b : 2 or c : 3) and a : 1");
    expect(kql.and("(b : 2 or c : 3)", "a : 1")).toBe("(b : 2 or c : 3) and a : 1");
    expect(kql.and('b : "this or that"', "a : 1")).toBe('b : "this or that" and a : 1');
    expect(kql.and("a : 1", "a : 1")).toBe("a : 1");
  });
  test("are found and taken out again", () => {
    const query = 'a : "x and y" and b : (1 or 2) and not c : 3';
    expect(kql.split(query)).toEqual(['a : "x and y"', "b : (1 or 2)", "not c : 3"]);
    expect(kql.without(query, "b : (1 or 2)")).toBe('a : "x and y" and not c : 3');
    expect(kql.contains("a : 1 or b : 2", "a : 1")).toBe(false);
  });
});

test("paths end in a name", () => {
  expect(["/a/b.log", "C:\\logs\\x.evtx", "plain", "/dir/"].map(lastPart)).toEqual(["b.log", "x.evtx", "plain", "dir"]);
});
