/** The words that cross the bridge, under one roof. */
export * from "./temp";
export type { ProblemKind } from "./names";
