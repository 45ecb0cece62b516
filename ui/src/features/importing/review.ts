/** What the review offers and which columns it shows; no state. */

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "windows-1251", "windows-1250", "iso-8859-2", "iso-8859-15", "koi8-r", "shift_jis", "gbk", "euc-jp", "euc-kr", "big5"] as const;

const FIRST = ["event.action", "event.outcome", "user.name", "source.ip", "destination.ip", "host.name", "process.name", "http.response.status_code", "url.path", "log.level", "message"];
const MOST = 6;

/** The columns that fit beside the time: those that an analyst looks for first, then those that most rows have. */
export function shownColumns(columns: readonly string[]): string[] {
  const rank = (name: string) => {
    const at = FIRST.indexOf(name);
    return at >= 0 ? at : name.startsWith("event.") ? FIRST.length + 1 : FIRST.length;
  };
  const few = columns.map((name, i) => ({ name, i })).sort((a, b) => rank(a.name) - rank(b.name) || a.i - b.i);
  const picked = few.slice(0, MOST).map((c) => c.name);
  // The message is the widest: it stands last.
  return picked.includes("message") ? [...picked.filter((n) => n !== "message"), "message"] : picked;
}
