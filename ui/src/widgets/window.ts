/**
 * Which rows of a very long table are on screen. WebKitGTK caps an element at 33,554,426 px, which is
 * 1.39 million rows of 24 px, so above a height of our own the scroll position is scaled: one pixel of
 * the scroll bar is then more than one pixel of rows.
 */

/** Tallest element that we make; well under WebKitGTK's cap. */
export const TALLEST_PX = 16_000_000;

export interface Window {
  /** First row to draw. */
  first: number;
  /** One past the last row to draw. */
  end: number;
  /** Where the first drawn row stands in the scrolled element, px. */
  top_px: number;
}

/** The height of the scrolled element. */
export function heightOf(rows: number, row_px: number): number {
  return Math.min(rows * row_px, TALLEST_PX);
}

/** How far the rows reach beyond the view, px, and how far the scroll bar goes. */
function spans(rows: number, row_px: number, view_px: number) {
  const real = Math.max(0, rows * row_px - view_px);
  const bar = Math.max(0, heightOf(rows, row_px) - view_px);
  return { real, bar, scale: bar > 0 ? real / bar : 1 };
}

/** The rows at a scroll position, with some to spare above and below. */
export function windowAt(scroll_px: number, rows: number, row_px: number, view_px: number, spare = 8): Window {
  const { real, bar, scale } = spans(rows, row_px, view_px);
  const scroll = Math.min(Math.max(0, scroll_px), bar);
  const at = Math.min(real, scroll * scale);
  const first = Math.max(0, Math.floor(at / row_px) - spare);
  const end = Math.min(rows, Math.ceil((at + view_px) / row_px) + spare);
  // The drawn rows keep their place relative to what is on screen: `at` of the rows is `scroll` of the element.
  return { first, end, top_px: scroll - (at - first * row_px) };
}

/** The scroll position that shows a row, moved as little as needed from where it is. */
export function scrollTo(row: number, scroll_px: number, rows: number, row_px: number, view_px: number): number {
  const { bar, scale } = spans(rows, row_px, view_px);
  const at = scroll_px * scale;
  const top = row * row_px;
  const wanted = top < at ? top : top + row_px > at + view_px ? top + row_px - view_px : at;
  return Math.min(bar, Math.max(0, wanted / scale));
}
