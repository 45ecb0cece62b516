/** The answer's paragraphs. Plain text in, plain text out: nothing in it is markup. */
export function paragraphs(text: string): string[] {
  return text
    .split(/\n+/)
    .map((p) => p.trim())
    .filter(Boolean);
}
