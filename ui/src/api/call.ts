/** Typed commands: one line a command, its question, its answer, and the tags whose change makes an answer stale. */
import { platform } from "$/platform";
import { asCallError } from "./errors";
import type * as W from "./wire";

/** Lists cross the bridge wrapped in `rows`. */
export type Rows<T> = { rows: T[] };
type None = Record<string, never>;

export type Commands = {
  case_new: [W.CasePath, W.CaseState];
  case_open: [W.CasePath, W.CaseState];
  case_sample: [None, W.CaseState];
  case_close: [None, W.Nothing];
  case_state: [None, W.CaseState];
  case_recent: [None, Rows<W.Recent>];
  import_start: [W.ImportStart, W.JobRef];
  job_cancel: [W.JobRef, W.Nothing];
  source_remove: [W.SourceRef, W.CaseState];
  problems_list: [W.ProblemsAsk, W.Problems];
  fields_list: [W.Selection, Rows<W.FieldRow>];
  events_page: [W.EventsAsk, W.Events];
  events_count: [W.Selection, W.Count];
  event_get: [W.EventRef, W.EventDetail];
  timeline_bins: [W.TimelineAsk, W.Timeline];
  top_values: [W.TopAsk, Rows<W.TopValues>];
  cards_list: [W.CardsAsk, Rows<W.Card>];
  card_feedback: [W.FeedbackAsk, W.FeedbackEffect];
  prompts_list: [W.PromptsAsk, Rows<W.Prompt>];
  chat_ask: [W.ChatAsk, W.ChatTurn];
  chat_list: [None, Rows<W.ChatTurn>];
  kql_help: [W.KqlAsk, W.KqlHelp];
  formats_list: [None, Rows<W.Known>];
  detectors_list: [None, Rows<W.Known>];
  settings_get: [None, W.Settings];
  settings_set: [W.SettingsPatch, W.Settings];
  egress_state: [None, W.EgressState];
  host_pick_files: [None, { paths: string[] }];
  host_pick_folder: [None, { paths: string[] }];
  host_pick_case: [None, { path: string | null }];
  host_save_case: [None, { path: string | null }];
};

export type Command = keyof Commands;
/** A question; what has a default on the other side may be left out. */
export type Ask<C extends Command> = Partial<Commands[C][0]>;
export type Answer<C extends Command> = Commands[C][1];

/** What changes the answer of a command, in the engine's words (`changed`). */
export const TAGS: Partial<Record<Command, readonly string[]>> = {
  case_state: ["case", "sources", "events", "cards", "settings"],
  case_recent: ["case"],
  problems_list: ["case", "sources", "events"],
  fields_list: ["case", "events"],
  events_page: ["case", "events", "cards"],
  events_count: ["case", "events"],
  event_get: ["case", "events", "cards"],
  timeline_bins: ["case", "events", "cards"],
  top_values: ["case", "events"],
  cards_list: ["case", "cards"],
  prompts_list: ["case", "cards"],
  chat_list: ["case", "chat"],
  kql_help: ["case", "events"],
  settings_get: ["settings"],
  egress_state: ["case", "chat"],
};

/** Runs one command; rejects with a `CallError`. */
export async function call<C extends Command>(cmd: C, ask: Ask<C>): Promise<Answer<C>> {
  try {
    return (await platform.call(cmd, ask)) as Answer<C>;
  } catch (thrown) {
    throw asCallError(thrown);
  }
}
