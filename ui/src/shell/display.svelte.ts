/** How things are shown: zone and theme. Set once near the root; read everywhere. */

class Display {
  /** IANA name of the zone that times are shown in. */
  zone = $state("UTC");
  #theme = $state<"system" | "dark" | "light">("system");
  /** Asks the charts to measure again. */
  get theme() {
    return this.#theme;
  }
  set theme(theme: "system" | "dark" | "light") {
    this.#theme = theme;
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }
}

export const display = new Display();
