/** What a column of a table can be, in the engine's words and in words for people. */
import type { CsvColumn, CsvColumnSaid } from "$/api/wire";

/** The choices; any other word is a field's name. */
export const KINDS = [
  ["keep", "Kept under its own name"],
  ["ignore", "Left out"],
  ["time", "The time"],
  ["json", "JSON, its fields are read"],
  ["time:epoch", "The time, since 1970"],
  ["time:filetime", "The time, as FILETIME"],
  ["time:webkit", "The time, as WebKit counts"],
  ["time:cocoa", "The time, as macOS counts"],
  ["time:ticks", "The time, as .NET counts"],
  ["time:oledate", "The time, as Excel counts"],
] as const;

/** The choice that stands for "a field by its name". */
export const FIELD = "field";

export function kindOf(said: string): string {
  return KINDS.some(([word]) => word === said) || said.startsWith("time:") ? said : FIELD;
}

/** What is wrong with the name of a field; empty where nothing is. */
export function fieldFault(name: string): string {
  if (name.trim() === "") return "Which field?";
  return /^[\w@.-]+$/.test(name.trim()) ? "" : "A dotted name such as source.ip is expected";
}

/**
 * What is to be kept. Of a table of which nothing was said so far only what was changed, so that the rest is still found
 * out; else all as it stands, as nobody can tell any more what was said and what was found out.
 */
export function toKeep(columns: readonly CsvColumn[], said: ReadonlyMap<string, string>, mapped: boolean): CsvColumnSaid[] {
  return columns
    .map((c) => ({ name: c.name, said: (said.get(c.name) ?? c.said).trim(), was: c.said }))
    .filter((c) => mapped || c.said !== c.was)
    .map(({ name, said: word }) => ({ name, said: word }));
}
