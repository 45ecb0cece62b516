/** Colours of a query as it is typed. Only looks: what the text means, the engine's parser says. */

export interface Piece {
  text: string;
  kind: "name" | "op" | "value" | "bad" | "space";
}

const TOKENS = /"(?:\\.|[^"\\])*"?|\s+|[():{}]|[<>]=?|[^\s():{}<>"]+/g;

/** The pieces of a query; from `wrong_at` on (UTF-16 units) one word is underlined. */
export function paint(text: string, wrong_at: number | null): Piece[] {
  const pieces: Piece[] = [];
  const tokens = text.match(TOKENS) ?? [];
  let at = 0;
  let afterOperator = false;
  let marked = wrong_at === null;
  tokens.forEach((token, i) => {
    const space = token.trim() === "";
    const operator = /^[:(){}]$|^[<>]=?$/.test(token);
    const word = /^(and|or|not)$/i.test(token);
    const next = tokens.slice(i + 1).find((t) => t.trim() !== "");
    let kind: Piece["kind"] =
      space ? "space"
      : operator || word ? "op"
      : token.startsWith('"') || afterOperator || !(next !== undefined && /^[:<>]/.test(next)) ? "value"
      : "name";
    if (!marked && wrong_at !== null && !space && at + token.length > wrong_at) {
      kind = "bad";
      marked = true;
    }
    if (!space) afterOperator = operator ? token !== ")" && token !== "}" : word && afterOperator;
    pieces.push({ text: token, kind });
    at += token.length;
  });
  // The mistake is that something is missing at the end.
  if (!marked) pieces.push({ text: "  ", kind: "bad" });
  return pieces;
}
