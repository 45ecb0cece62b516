/** Figures as people read them. */
import { FIGURES } from "./locale";

const WHOLE = new Intl.NumberFormat(FIGURES, { maximumFractionDigits: 0 });
const SOME = new Intl.NumberFormat(FIGURES, { maximumSignificantDigits: 4 });

/** `1,204,331`. */
export function count(n: number): string {
  return WHOLE.format(n);
}

/** A measure: whole numbers in full, others with four digits that count. */
export function measure(n: number): string {
  return Number.isInteger(n) ? WHOLE.format(n) : SOME.format(n);
}

/** `1 event`, `2,644 events`; the plural is the singular with an s unless given. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** `0.97`. */
export function score(x: number): string {
  return x.toFixed(2);
}

/** `62 %`, from a share between 0 and 1; never 100 % before it is whole. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "0 %";
  const whole = Math.floor(Math.min(1, Math.max(0, share)) * 1000) / 10;
  return whole >= 99.9 && share < 1 ? "99.9 %" : `${whole === Math.floor(whole) ? whole : whole.toFixed(1)} %`;
}
