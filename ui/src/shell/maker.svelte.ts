/** Which format is being made, if one is: from pasted lines, or one of the user's own that is changed. */

class Maker {
  /** Lines to make a format of; null while none is made. */
  lines = $state.raw<string | null>(null);
  /** The id of the own format that is changed; null for a new one. */
  id = $state.raw<string | null>(null);

  make(lines = "") {
    this.id = null;
    this.lines = lines;
  }
  change(id: string) {
    this.id = id;
    this.lines = "";
  }
  close() {
    this.lines = null;
    this.id = null;
  }
}

export const maker = new Maker();
