/** The question that is being answered: what has come of it so far, and how to stop it. One for each open case. */
import { call } from "$/api/call";
import { asCallError } from "$/api/errors";
import { invalidate } from "$/api/query.svelte";
import type { ChatPreview, ChatProgress, ChatTurn, Step } from "$/api/wire";
import { platform } from "$/platform";
import { selection } from "$/shell/selection.svelte";

/** A question as the engine takes it: the same for what is shown and for what is sent, so that the two cannot differ. */
export function asking(question: string, model: string | null) {
  return { question, selection: selection.asked, may_move_view: true, model };
}

export class Live {
  /** The question; null while nothing is asked. */
  question = $state<string | null>(null);
  steps = $state.raw<Step[]>([]);
  /** The answer so far; untrusted until it was checked. */
  text = $state("");
  stage = $state("");
  /** What is waited for. */
  waiting = $state("");
  done = $state(0);
  total = $state(0);
  stopping = $state(false);
  failed = $state.raw<{ question: string; message: string } | null>(null);
  /** Held back until the analyst has seen what would be sent. */
  held = $state.raw<{ question: string; prompt: string | null; model: string | null; preview: ChatPreview } | null>(null);
  /** Turns answered here that the list does not hold yet. */
  fresh = $state.raw<ChatTurn[]>([]);

  get busy(): boolean {
    return this.question !== null;
  }

  /** Hears the engine; gives what stops that. */
  listen(): () => void {
    return platform.listen("chat_progress", (payload) => this.heard(payload as Partial<ChatProgress> | null));
  }

  heard(progress: Partial<ChatProgress> | null) {
    if (!this.busy || !progress) return;
    const { stage = "", text = "", step = null } = progress;
    if (stage !== "step" && stage !== "restart") this.stage = stage;
    if (stage === "reading") {
      this.done = progress.done ?? 0;
      this.total = progress.total ?? 0;
    } else if (stage === "step") {
      if (step) this.steps = [...this.steps, step];
    } else if (stage === "text") this.text += text;
    else if (stage === "restart") this.text = "";
    else if (stage === "waiting") this.waiting = text;
  }

  /**
   * Asks. `seen` says whether the analyst knows what goes to this endpoint under this policy; where not, the
   * question is held back and the payload shown. `model` is whom to ask instead of the one chosen.
   */
  async ask(question: string, prompt: string | null, viaModel: boolean, seen: (preview: ChatPreview) => boolean, model: string | null = null) {
    const asked = question.trim();
    if (!asked || this.busy) return;
    this.#begin(asked);
    try {
      if (viaModel) {
        const preview = await call("chat_preview", asking(asked, model));
        if (this.stopping) return;
        if (preview.refused || (preview.payload && !seen(preview))) {
          this.held = { question: asked, prompt, model, preview };
          return;
        }
      }
      await this.#send(asked, prompt, model);
    } catch (thrown) {
      this.failed = { question: asked, message: asCallError(thrown).message };
    } finally {
      this.#end();
    }
  }

  /** Sends what was held back; by another one, where that is said. */
  async release(model: string | null = null) {
    const held = this.held;
    this.held = null;
    if (!held || this.busy) return;
    this.#begin(held.question);
    try {
      await this.#send(held.question, held.prompt, model ?? held.model);
    } catch (thrown) {
      this.failed = { question: held.question, message: asCallError(thrown).message };
    } finally {
      this.#end();
    }
  }

  async stop() {
    if (!this.busy || this.stopping) return;
    this.stopping = true;
    try {
      await call("chat_stop", {});
    } catch (thrown) {
      this.stopping = false;
      this.waiting = `It could not be stopped: ${asCallError(thrown).message}`;
    }
  }

  async #send(question: string, prompt: string | null, model: string | null) {
    const turn = await call("chat_ask", { ...asking(question, model), prompt });
    this.fresh = [...this.fresh, turn];
    invalidate(["chat", "egress"]);
  }
  #begin(question: string) {
    this.question = question;
    this.steps = [];
    this.text = this.stage = this.waiting = "";
    this.done = this.total = 0;
    this.stopping = false;
    this.failed = null;
    this.held = null;
  }
  #end() {
    this.question = null;
    this.stopping = false;
  }
}
