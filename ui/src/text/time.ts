/**
 * Times as people read them, in the zone that the case is shown in. Everything here takes microseconds
 * since 1970 UTC; the exact text of an event's time comes from the engine and is shown as it is.
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The parts of a time on a wall clock in a zone. */
export interface Wall {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Microseconds in the second. */
  micro: number;
  /** 0 is Sunday. */
  weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat | null {
  const found = formats.get(zone);
  if (found) return found;
  try {
    // `en-u-hc-h23` and not the user's locale: the parts are read by name, and must be Latin digits.
    const made = new Intl.DateTimeFormat("en-u-hc-h23-ca-gregory-nu-latn", {
      timeZone: zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
    formats.set(zone, made);
    return made;
  } catch {
    return null;
  }
}

/** Whether the browser knows this zone. */
export function knownZone(zone: string): boolean {
  return zone === "UTC" || format(zone) !== null;
}

/** The wall clock in a zone; UTC where the zone is not known. */
export function wall(us: number, zone: string): Wall {
  const seconds = Math.floor(us / SECOND);
  const micro = us - seconds * SECOND;
  const date = new Date(seconds * 1000);
  const f = zone === "UTC" ? null : format(zone);
  if (!f || Number.isNaN(date.getTime())) {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      micro,
      weekday: date.getUTCDay(),
    };
  }
  const got: Record<string, string> = {};
  for (const part of f.formatToParts(date)) got[part.type] = part.value;
  const year = Number(got["year"]) * (got["era"] === "BC" ? -1 : 1);
  const [month, day] = [Number(got["month"]), Number(got["day"])];
  return {
    year,
    month,
    day,
    hour: Number(got["hour"]),
    minute: Number(got["minute"]),
    second: Number(got["second"]),
    micro,
    weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
  };
}

const two = (n: number) => String(n).padStart(2, "0");

/** `02:13`. */
export function clock(us: number, zone: string): string {
  const w = wall(us, zone);
  return `${two(w.hour)}:${two(w.minute)}`;
}

/** `02:13:04`. */
export function clockSeconds(us: number, zone: string): string {
  return `${clock(us, zone)}:${two(wall(us, zone).second)}`;
}

/** `02:13:04.518`; six digits where the milliseconds do not say it all. */
export function clockExact(us: number, zone: string): string {
  const { micro } = wall(us, zone);
  const tail = micro % 1000 === 0 ? String(micro / 1000).padStart(3, "0") : String(micro).padStart(6, "0");
  return `${clockSeconds(us, zone)}.${tail}`;
}

/** `9 Mar`. */
export function day(us: number, zone: string): string {
  const w = wall(us, zone);
  return `${w.day} ${MONTHS[w.month - 1]}`;
}

/** `Tue 10 Mar`. */
export function weekdayDay(us: number, zone: string): string {
  return `${DAYS[wall(us, zone).weekday]} ${day(us, zone)}`;
}

/** `9 Mar 2026`. */
export function dayYear(us: number, zone: string): string {
  return `${day(us, zone)} ${wall(us, zone).year}`;
}

/** `9 Mar 12:00`, with the year where asked for. */
export function dayClock(us: number, zone: string, withYear = false): string {
  return `${withYear ? dayYear(us, zone) : day(us, zone)} ${clock(us, zone)}`;
}

/** `10 Mar 2026 02:13:04` for an RFC 3339 time of the engine; null for any other text. */
export function stamp(text: string, zone: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const us = Date.parse(text) * 1000;
  return Number.isFinite(us) ? `${dayYear(us, zone)} ${clockSeconds(us, zone)}` : null;
}

/** `10 Mar 2026 02:13:04.518`. */
export function whole(us: number, zone: string): string {
  return `${dayYear(us, zone)} ${clockExact(us, zone)}`;
}

/** `10 Mar 01:40 – 03:30`, `9 Mar 12:00 – 10 Mar 09:30`; years where the two differ or where asked for. */
export function range(from: number, to: number, zone: string, withYear = false): string {
  const [a, b] = [wall(from, zone), wall(to, zone)];
  const years = withYear || a.year !== b.year;
  const fine = to - from < 10 * MINUTE;
  const time = (us: number) => (fine ? clockSeconds(us, zone) : clock(us, zone));
  const date = (us: number) => (years ? dayYear(us, zone) : day(us, zone));
  const sameDay = a.year === b.year && a.month === b.month && a.day === b.day;
  return `${date(from)} ${time(from)} – ${sameDay ? "" : `${date(to)} `}${time(to)}`;
}

/** How long: `15 ms`, `5.9 s`, `1 min 15 s`, `38 min 34 s`, `2 h 05 min`, `9 days 3 h`. */
export function duration(us: number): string {
  const size = Math.abs(us);
  if (size === 0) return "0 s";
  if (size < 1000) return `${Math.round(size)} us`;
  if (size < 999_500) return `${Math.round(size / 1000)} ms`;
  if (size < 59.95 * SECOND) return `${(size / SECOND).toFixed(1)} s`;
  const seconds = Math.round(size / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 ? ` ${seconds % 60} s` : ""}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${two(minutes % 60)} min` : ""}`;
  const hours = Math.round(minutes / 60);
  const days = Math.floor(hours / 24);
  return `${days} ${days === 1 ? "day" : "days"}${hours % 24 ? ` ${hours % 24} h` : ""}`;
}

/** A step of a chart in words: `10 min`, `1 h`, `1 day`. */
export function step(us: number): string {
  if (us % DAY === 0) return us === DAY ? "1 day" : `${us / DAY} days`;
  if (us % HOUR === 0) return `${us / HOUR} h`;
  if (us % MINUTE === 0) return `${us / MINUTE} min`;
  if (us % SECOND === 0) return `${us / SECOND} s`;
  return us % 1000 === 0 ? `${us / 1000} ms` : `${us} us`;
}

/** What the zone's clock shows, in UTC minus the zone's clock. */
function offset(us: number, zone: string): number {
  const w = wall(us, zone);
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) * 1000 + w.micro - us;
}

/** `2026-03-10 02:13:04`, the way a person may type it back. */
export function typed(us: number, zone: string): string {
  const w = wall(us, zone);
  return `${String(w.year).padStart(4, "0")}-${two(w.month)}-${two(w.day)} ${two(w.hour)}:${two(w.minute)}:${two(w.second)}`;
}

/** Reads `2026-03-10`, `2026-03-10 02:13`, `2026-03-10T02:13:04.518` as a wall clock in the zone; null if it is none. */
export function read(text: string, zone: string): number | null {
  const m = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?\s*$/.exec(text);
  if (!m) return null;
  const [year, month, dayOf, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(m[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || dayOf < 1 || dayOf > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const micro = Number((m[7] ?? "").padEnd(6, "0"));
  const plain = Date.UTC(year, month - 1, dayOf, hour, minute, second) * 1000 + micro;
  // Twice, as the offset at the wall time read as UTC may be that of the other side of a clock change.
  const guess = plain - offset(plain, zone);
  return plain - offset(guess, zone);
}
