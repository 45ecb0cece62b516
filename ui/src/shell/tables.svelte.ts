/** Which table's columns are being named, if any are, and what is done once they are. */

interface Table {
  /** Its file. */
  path: string;
  name: string;
  /** What the button that keeps the answers does besides keeping them. */
  then: string;
  after: () => Promise<void>;
}

class Tables {
  now = $state.raw<Table | null>(null);

  map(table: Table) {
    this.now = table;
  }
  close() {
    this.now = null;
  }
}

export const tables = new Tables();

/** Formats whose columns the analyst can name. */
export const isTable = (format: string) => format === "csv";
