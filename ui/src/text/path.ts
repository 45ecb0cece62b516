/** Paths as people read them. */

/** The last part of a path, of either system's. */
export function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast(Boolean) ?? path;
}
