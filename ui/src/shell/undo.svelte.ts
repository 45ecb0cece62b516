/** What can be taken back with Ctrl+Z, and the one line that says what was just done. */

interface Step {
  /** What was done: "Marked as a false positive". */
  done: string;
  undo: () => Promise<void>;
}

class Undo {
  #steps = $state.raw<Step[]>([]);
  /** What was just done or undone; empty when there is nothing to say. */
  said = $state("");
  #quiet: ReturnType<typeof setTimeout> | undefined;

  get possible(): boolean {
    return this.#steps.length > 0;
  }
  did(step: Step) {
    this.#steps = [...this.#steps.slice(-49), step];
    this.say(step.done);
  }
  async last() {
    const step = this.#steps.at(-1);
    if (!step) return;
    this.#steps = this.#steps.slice(0, -1);
    try {
      await step.undo();
      this.say(`Undone: ${step.done.charAt(0).toLowerCase()}${step.done.slice(1)}`);
    } catch (thrown) {
      this.say(`Could not undo: ${thrown instanceof Error ? thrown.message : "no answer"}`);
    }
  }
  say(text: string) {
    this.said = text;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => (this.said = ""), 12_000);
  }
  clear() {
    this.#steps = [];
    this.said = "";
  }
}

export const undo = new Undo();
