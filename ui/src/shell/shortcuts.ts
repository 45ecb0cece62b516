/** The keys: one list, from which the sheet, the palette and the handler all read. */

export interface Shortcut {
  /** As `event.key` gives it; `Ctrl+` in front where held. */
  keys: string;
  /** As shown. */
  shown: string;
  what: string;
  /** `view`: only where a view handles it itself; listed, not handled here. */
  where: "everywhere" | "view";
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: "Ctrl+k", shown: "Ctrl K", what: "All commands", where: "everywhere" },
  { keys: "/", shown: "/", what: "Query", where: "everywhere" },
  { keys: "g", shown: "g", what: "Go to a time", where: "everywhere" },
  { keys: "z", shown: "z", what: "Zoom out", where: "everywhere" },
  { keys: "Ctrl+j", shown: "Ctrl J", what: "Open or close the chat", where: "everywhere" },
  { keys: "Ctrl+z", shown: "Ctrl Z", what: "Undo the last verdict", where: "everywhere" },
  { keys: "Ctrl+o", shown: "Ctrl O", what: "Open a case...", where: "everywhere" },
  { keys: "?", shown: "?", what: "This sheet", where: "everywhere" },
  { keys: "1", shown: "1", what: "Overview", where: "everywhere" },
  { keys: "2", shown: "2", what: "Explore", where: "everywhere" },
  { keys: "3", shown: "3", what: "Sources", where: "everywhere" },
  { keys: "4", shown: "4", what: "Settings", where: "everywhere" },
  { keys: "j", shown: "j k", what: "Next and previous row", where: "view" },
  { keys: "Enter", shown: "Enter", what: "Detail of the row, or the card", where: "view" },
  { keys: "[", shown: "[ ]", what: "Previous and next card", where: "view" },
  { keys: "Escape", shown: "Esc", what: "Close the detail, or the list of offers", where: "view" },
  { keys: "ArrowLeft", shown: "Arrows", what: "Move the selection on the timeline; Shift changes its end, + zooms in", where: "view" },
];

/** Whether a key belongs to what is being typed. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The name of a pressed key as the list writes it. */
export function nameOf(event: KeyboardEvent): string {
  const held = event.ctrlKey || event.metaKey;
  return held ? `Ctrl+${event.key.toLowerCase()}` : event.key;
}
