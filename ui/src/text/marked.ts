/** The answer cut where it is marked. Plain text in, plain text out: nothing in it is markup. */
import type { Mark } from "$/api/wire";

export interface Piece {
  text: string;
  /** Null where the words stand as they are. */
  mark: Mark | null;
}

/** Paragraphs of pieces; places that lie outside the text or in one another are left out. */
export function marked(text: string, marks: readonly Mark[]): Piece[][] {
  const paragraphs: Piece[][] = [[]];
  const add = (part: string, mark: Mark | null) => {
    part.split(/\n/).forEach((line, i) => {
      if (i > 0) paragraphs.push([]);
      if (line) paragraphs.at(-1)?.push({ text: line, mark });
    });
  };
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.from - b.from)) {
    if (mark.from < at || mark.to <= mark.from || mark.to > text.length) continue;
    add(text.slice(at, mark.from), null);
    add(text.slice(mark.from, mark.to), mark);
    at = mark.to;
  }
  add(text.slice(at), null);
  return paragraphs.filter((p) => p.some((piece) => piece.text.trim() !== ""));
}

/** How each kind of mark stands in the text and is told in the legend: a sign and words, not the colour alone. */
export const MARK: Record<string, { sign: string; words: string }> = {
  unsupported: { sign: "?", words: "no step returned it" },
  contradicted: { sign: "≠", words: "a step says otherwise" },
  no_such_event: { sign: "×", words: "struck out: there is no such event" },
};

/** The sign of a kind; one that this window does not know is shown as doubtful. */
export function markOf(kind: string): { sign: string; words: string } {
  return MARK[kind] ?? { sign: "?", words: "doubtful" };
}
