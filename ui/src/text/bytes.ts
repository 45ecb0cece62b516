/** Sizes, in powers of 1,000 as disks and networks count. */
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `0 B`, `912 B`, `14.2 kB`, `1.84 GB`: three digits that count. */
export function bytes(n: number): string {
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `0 bytes`, `1 byte`, `14.2 kB`: in a sentence. */
export function byteWords(n: number): string {
  if (n === 1) return "1 byte";
  return n < 1000 ? `${n} bytes` : bytes(n);
}
