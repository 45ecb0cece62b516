/** Typed commands, from the list that the engine's router is made of, and the tags whose change makes an answer stale. */
import { platform } from "$/platform";
import { asCallError } from "./errors";
import type { Commands } from "./generated/commands";

type None = Record<string, never>;

/** What the host answers itself: dialogs of the desktop. */
interface HostCommands {
  host_pick_files: { request: None; answer: { paths: string[] } };
  host_pick_folder: { request: None; answer: { paths: string[] } };
  host_pick_case: { request: None; answer: { path: string | null } };
  host_save_case: { request: None; answer: { path: string | null } };
}
type All = Commands & HostCommands;

export type Command = keyof All;
/** A question; what has a default on the other side may be left out. */
export type Ask<C extends Command> = Partial<All[C]["request"]>;
export type Answer<C extends Command> = All[C]["answer"];

/** Runs one command; rejects with a `CallError`. */
export async function call<C extends Command>(cmd: C, ask: Ask<C>): Promise<Answer<C>> {
  try {
    return (await platform.call(cmd, ask)) as Answer<C>;
  } catch (thrown) {
    throw asCallError(thrown);
  }
}
