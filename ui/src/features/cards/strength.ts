/** How strong a baseline is, in steps of three, from the word that the engine ends it with. */
export function strength(baseline: string): 0 | 1 | 2 | 3 {
  if (/\bstrong\b|none needed|by definition/i.test(baseline)) return 3;
  if (/\bfair\b/i.test(baseline)) return 2;
  return /\bweak\b/i.test(baseline) ? 1 : 0;
}
