import { afterEach, vi } from "vitest";

// happy-dom measures nothing; what is drawn by width needs one.
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 1000 });
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 480 });
if (!("ResizeObserver" in globalThis)) {
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
}
afterEach(() => {
  location.hash = "";
});
