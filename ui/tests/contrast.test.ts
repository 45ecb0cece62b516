/** Contrast of the tokens in both themes, computed: 4.5:1 for words, 3:1 for marks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

type Colour = number[];
const css = readFileSync(join(import.meta.dirname, "../src/design/tokens.css"), "utf8");
const tokens = new Map<string, [Colour, Colour]>();
for (const m of css.matchAll(/--([\w-]+):\s*light-dark\(oklch\(([^)]+)\),\s*oklch\(([^)]+)\)\)/g)) {
  const read = (text: string) => text.trim().split(/[\s/]+/).map(Number);
  tokens.set(m[1] ?? "", [read(m[2] ?? ""), read(m[3] ?? "")]);
}

/** OKLCH to linear sRGB, cut to the gamut (Ottosson's matrices). */
function linear([L = 0, C = 0, h = 0]: Colour): number[] {
  const a = C * Math.cos((h * Math.PI) / 180);
  const b = C * Math.sin((h * Math.PI) / 180);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((v) => Math.min(1, Math.max(0, v)));
}
function luminance(colour: Colour): number {
  const [r = 0, g = 0, b = 0] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ratio(a: Colour, b: Colour): number {
  const [x = 0, y = 0] = [luminance(a), luminance(b)].toSorted((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}
function failures(ink: string, ground: string, floor: number): string[] {
  const [a, b] = [tokens.get(ink), tokens.get(ground)];
  if (!a || !b) return [`${ink} or ${ground} is not a token`];
  return (["light", "dark"] as const).flatMap((theme, k) => {
    const r = ratio(a[k as 0 | 1], b[k as 0 | 1]);
    return r < floor ? [`${theme}: ${ink} on ${ground} is ${r.toFixed(2)}`] : [];
  });
}
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const SURFACES = ["bg-app", "bg-view", "bg-raised", "bg-sunken", "bg-hover", "bg-selected"];

describe("contrast", () => {
  test("the arithmetic knows black on white", () => {
    expect(ratio([0, 0, 0], [1, 0, 0])).toBeCloseTo(21, 1);
  });
  test("words are 4.5:1 on every surface", () => {
    const inks = ["ink-1", "ink-2", "ink-3", "accent", ...SEVERITIES.map((s) => `sev-${s}`)];
    expect(SURFACES.flatMap((ground) => inks.flatMap((ink) => failures(ink, ground, 4.5)))).toEqual([]);
    expect([...failures("ink-on-accent", "accent", 4.5), ...failures("accent", "accent-quiet", 4.5), ...failures("ink-1", "accent-quiet", 4.5), ...failures("ink-2", "accent-quiet", 4.5)]).toEqual([]);
  });
  test("marks, edges of controls and the focus are 3:1", () => {
    const marks = ["line-3", "focus", "data-base", ...SEVERITIES.map((s) => `mark-${s}`)];
    expect(["bg-app", "bg-view", "bg-raised"].flatMap((ground) => marks.flatMap((mark) => failures(mark, ground, 3)))).toEqual([]);
  });
});
