import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

// The window loads everything from its own bundle: no polyfill script inline, no data: fonts, so that
// the Content-Security-Policy can be `script-src 'self'`.
export default defineConfig({
  base: "/",
  clearScreen: false,
  plugins: [svelte(), svelteTesting()],
  resolve: { alias: { $: new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  server: { port: 5173, strictPort: true },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
  },
});
