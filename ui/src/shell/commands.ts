/** A command of the palette. */
export interface PaletteCommand {
  title: string;
  /** The key, as shown. */
  shown?: string;
  run: () => void;
}
