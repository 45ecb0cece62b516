/** The chat dock's place, and the questions that other views hand to it. */

const [LEAST_PX, MOST_PX] = [288, 640];

class Dock {
  open = $state(true);
  /** 0 until it was dragged: the width then follows the window. */
  width_px = $state(0);
  /** A question that another view asked; the dock takes it. */
  asked = $state.raw<string | null>(null);
  /** The prompt that the question was proposed by, so that it is credited with what comes of it. */
  prompt = $state.raw<string | null>(null);
  /** Counts up when the box should take the focus. */
  focus = $state(0);

  toggle() {
    this.open = !this.open;
    if (this.open) this.focus += 1;
  }
  ask(question: string, prompt: string | null = null) {
    this.open = true;
    this.prompt = prompt;
    this.asked = question;
  }
  resize(px: number) {
    this.width_px = Math.min(MOST_PX, Math.max(LEAST_PX, Math.round(px)));
  }
  clear() {
    this.asked = null;
    this.prompt = null;
  }
}

export const dock = new Dock();
