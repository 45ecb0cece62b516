/** The pieces of KQL that a click writes. The language itself is parsed in the engine only. */

/** A value in quotes, with what would end them escaped. */
export function quote(value: string | number): string {
  return typeof value === "number"
    ? String(value)
    : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;
}

/** `field : "value"`. */
export function is(field: string, value: string | number): string {
  return `${field} : ${quote(value)}`;
}

/** Adds a term to a query with `and`; a query with `or` in it is put in brackets first. */
export function and(query: string, term: string): string {
  const text = query.trim();
  if (!text) return term;
  if (contains(text, term)) return text;
  return `${/\bor\b/i.test(unquoted(text)) && !wrapped(text) ? `(${text})` : text} and ${term}`;
}

/** Takes a term that stands in a chain of `and`s out again. */
export function without(query: string, term: string): string {
  return split(query)
    .filter((t) => t !== term)
    .join(" and ");
}

/** Whether the term stands in the query's chain of `and`s. */
export function contains(query: string, term: string): boolean {
  return split(query).includes(term);
}

/** The query with everything in quotes blanked, so that words in values are not taken for operators. */
function unquoted(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"/g, (q) => `"${" ".repeat(q.length - 2)}"`);
}

/** Whether one pair of brackets holds the whole text. */
function wrapped(text: string): boolean {
  const plain = unquoted(text);
  if (!plain.startsWith("(") || !plain.endsWith(")")) return false;
  let depth = 0;
  for (let i = 0; i < plain.length; i += 1) {
    if (plain[i] === "(") depth += 1;
    else if (plain[i] === ")" && --depth === 0) return i === plain.length - 1;
  }
  return false;
}

/** The terms of a chain of `and`s at the outermost level; one term if there is an `or` there. */
export function split(query: string): string[] {
  const text = query.trim();
  if (!text) return [];
  const plain = unquoted(text);
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < plain.length; i += 1) {
    const c = plain[i];
    if (c === "(" || c === "{") depth += 1;
    else if (c === ")" || c === "}") depth -= 1;
    else if (depth === 0 && /\s/.test(c ?? "")) {
      const word = /^\s+(and|or)\s/i.exec(plain.slice(i));
      if (!word) continue;
      if (word[1]?.toLowerCase() === "or") return [text];
      terms.push(text.slice(start, i).trim());
      start = i + word[0].length;
      i = start - 1;
    }
  }
  terms.push(text.slice(start).trim());
  return terms.filter(Boolean);
}
