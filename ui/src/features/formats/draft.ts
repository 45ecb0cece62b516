/** What a draft of a format shows: a record cut into the parts that its groups matched. */
import type { FormatDraftRow } from "$/api/wire";

/** A piece of a record; `group` names the group that matched it, empty between groups. */
export interface Piece {
  text: string;
  group: string;
}

/** The record in pieces, outer groups cut by inner ones; places beyond the text are ignored. */
export function pieces(row: Pick<FormatDraftRow, "text" | "groups">): Piece[] {
  const groups = row.groups.filter((g) => g.from < g.to && g.to <= row.text.length);
  const cuts = [...new Set([0, row.text.length, ...groups.flatMap((g) => [g.from, g.to])])].sort((a, b) => a - b);
  const out: Piece[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [from, to] = [cuts[i] ?? 0, cuts[i + 1] ?? 0];
    // The innermost group: the shortest that holds the piece.
    const holding = groups.filter((g) => g.from <= from && g.to >= to).sort((a, b) => a.to - a.from - (b.to - b.from));
    const group = holding[0]?.name ?? "";
    const last = out.at(-1);
    if (last && last.group === group) last.text += row.text.slice(from, to);
    else out.push({ text: row.text.slice(from, to), group });
  }
  return out;
}

/** Names of the groups of a pattern, in order. */
export function groupsOf(pattern: string): string[] {
  return [...new Set([...pattern.matchAll(/\(\?P?<([A-Za-z_][\w.]*)>/g)].map((m) => m[1] ?? ""))];
}

/** Fields that are offered for a group; any other name is taken too. */
export const FIELDS = ["message", "log.level", "event.action", "event.outcome", "event.code", "user.name", "user.target.name", "source", "source.ip", "source.port", "destination", "destination.ip", "destination.port", "host.name", "process.name", "process.pid", "url.original", "url.path", "http.request.method", "http.response.status_code", "user_agent.original", "event.duration", "file.path", "dns.question.name"] as const;
