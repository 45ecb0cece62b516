/** Which view is open, kept in the address so that Back works. */

export type View = "overview" | "explore" | "sources" | "settings" | "audit" | "card";

const VIEWS: readonly View[] = ["overview", "explore", "sources", "settings", "audit", "card"];

/** The view in an address (`#/card/0123`), the overview where there is none. */
export function parse(hash: string): { view: View; card: string | null } {
  const [view, card] = hash.replace(/^#\/?/, "").split("/");
  if (view === "card" && card) return { view, card: decodeURIComponent(card) };
  const known = VIEWS.find((v) => v === view && v !== "card");
  return { view: known ?? "overview", card: null };
}

class Route {
  #at = $state.raw(parse(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => (this.#at = parse(location.hash)));
  }
  get view(): View {
    return this.#at.view;
  }
  /** The open card's id. */
  get card(): string | null {
    return this.#at.card;
  }
  go(view: Exclude<View, "card">) {
    this.#set(`#/${view}`);
  }
  openCard(id: string) {
    this.#set(`#/card/${encodeURIComponent(id)}`);
  }
  #set(hash: string) {
    this.#at = parse(hash);
    if (location.hash !== hash) history.pushState(null, "", hash);
  }
}

export const route = new Route();
window.addEventListener("popstate", () => window.dispatchEvent(new Event("hashchange")));
