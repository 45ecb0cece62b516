/** The house rules of the window, kept by reading its files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((f) => /\.(svelte|ts|css)$/.test(f) && !f.startsWith("api/generated"))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), "utf8") }));
const code = files.filter((f) => /\.(svelte|ts)$/.test(f.path) && !f.path.endsWith(".test.ts"));

/** The rooms that a file imports from: `import type` of the wire's words is free to all. */
function imports(text: string): string[] {
  return [...text.matchAll(/import\s+(type\s+)?([^;]*?)\s*from\s+"([^"]+)"/g)]
    .filter(([, type, , from]) => !(type && from?.startsWith("$/api/wire")))
    .map(([, , , from]) => from ?? "");
}
const offenders = (wrong: (f: { path: string; text: string }) => boolean) => files.filter(wrong).map((f) => f.path);

describe("words from logs are never markup", () => {
  test("there is no {@html}, innerHTML or eval", () => {
    expect(offenders((f) => /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/.test(f.text))).toEqual([]);
  });
  test("no href or src is made from data", () => {
    expect(offenders((f) => f.path.endsWith(".svelte") && /\s(href|src|srcdoc|action)=\{/.test(f.text))).toEqual([]);
  });
});

describe("walls", () => {
  test("only platform/tauri.ts imports from @tauri-apps", () => {
    expect(offenders((f) => f.text.includes('"@tauri-apps/'))).toEqual(["platform/tauri.ts"]);
  });
  test("widgets, charts and text know no data, no host and no feature", () => {
    const wrong = code.filter((f) => /^(widgets|charts|text|design)\//.test(f.path) && imports(f.text).some((i) => /^\$\/(api|features|platform|shell)\b/.test(i)));
    expect(wrong.map((f) => f.path)).toEqual([]);
  });
  test("a feature does not import from another", () => {
    const wrong = code.filter((f) => {
      const mine = /^features\/([^/]+)\//.exec(f.path)?.[1];
      return mine !== undefined && imports(f.text).some((i) => i.startsWith("$/features/") && !i.startsWith(`$/features/${mine}/`));
    });
    expect(wrong.map((f) => f.path)).toEqual([]);
  });
  test("nothing is fetched but through the host", () => {
    expect(offenders((f) => /(?<!#)\bfetch\(|XMLHttpRequest|new WebSocket|EventSource\(|sendBeacon|https?:\/\//.test(f.text))).toEqual([]);
  });
});

describe("sizes and names", () => {
  test("no file over 400 lines", () => {
    expect(code.filter((f) => f.text.split("\n").length > 400).map((f) => f.path)).toEqual([]);
  });
  test("no junk drawers", () => {
    expect(files.map((f) => f.path).filter((p) => /(^|\/)(utils?|helpers?|misc|common|manager)(\/|\.)/i.test(p))).toEqual([]);
  });
  test("colours come from tokens", () => {
    const wrong = files.filter((f) => f.path.endsWith(".svelte") && /#[0-9a-f]{3,8}\b(?!")|rgba?\(|hsla?\(|oklch\(/i.test(f.text.replace(/#\/\w+/g, "").replace(/\{#\w+/g, "")));
    expect(wrong.map((f) => f.path)).toEqual([]);
  });
});
