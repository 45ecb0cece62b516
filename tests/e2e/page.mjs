// The window's own pages in Chromium: what `npm run build` made, under the window's own Content-Security-Policy, with the real
// engine behind the bridge. Anything that the page logs as an error, or that the policy refuses, fails the test.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { Engine, repository } from "./engine.mjs";

const ui = createRequire(join(repository, "ui/package.json"));
const { chromium } = ui("playwright-core");
const axeSource = readFileSync(ui.resolve("axe-core/axe.min.js"), "utf8");

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png",
  ".woff2": "font/woff2", ".json": "application/json" };

function serve() {
  const dist = join(repository, "ui/dist");
  const config = JSON.parse(readFileSync(join(repository, "src-tauri/tauri.conf.json"), "utf8"));
  const server = createServer((request, response) => {
    const path = join(dist, normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)));
    const file = path.endsWith("/") ? join(path, "index.html") : path;
    if (!file.startsWith(dist) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": KINDS[extname(file)] ?? "application/octet-stream",
      "content-security-policy": config.app.security.csp });
    response.end(readFileSync(file));
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** The window in a browser. `theme` is what the system prefers. */
export class Window {
  wrong = [];

  static async open({ theme = "dark", width = 1440, height = 900 } = {}) {
    const it = new Window();
    it.engine = new Engine();
    it.server = await serve();
    it.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
    });
    const context = await it.browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: "UTC",
      reducedMotion: "reduce" });
    const page = await context.newPage();
    it.page = page;
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => it.wrong.push(`threw: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.type() === "error") it.wrong.push(`logged: ${message.text()} (${message.location().url})`);
    });
    await page.exposeFunction("__timberlineRefused", (what) => it.wrong.push(`the policy refused: ${what}`));
    await page.exposeFunction("__timberlineBridge", (cmd, payload) => it.answer(cmd, payload));
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", (e) =>
        window.__timberlineRefused(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`)));
    it.engine.listen((event, payload) => it.emit(event, payload));
    await page.goto(`http://127.0.0.1:${it.server.address().port}/`);
    return it;
  }

  /** What the native dialogs would give, when the page asks the host. */
  picks = {};

  answer(cmd, payload) {
    if (cmd.startsWith("host_")) return { ok: this.picks[cmd] ?? { paths: [], path: null } };
    return this.engine.send(cmd, payload);
  }

  async emit(event, payload) {
    // A page that is being closed hears nothing any more.
    await this.page.evaluate(([e, p]) => window.__timberlineEvent?.(e, p), [event, payload]).catch(() => undefined);
  }

  id(name) {
    return this.page.locator(`[data-testid="${name}"]`);
  }

  async openSample() {
    await this.id("open-sample").first().click();
    await this.id("card-item").first().waitFor({ timeout: 120_000 });
  }

  async ask(question) {
    const before = await this.id("chat-answer").count();
    await this.id("chat-input").fill(question);
    await this.id("chat-send").click();
    const answer = this.id("chat-answer").nth(before);
    await answer.waitFor();
    return answer.innerText();
  }

  /** What axe finds of weight, as lines. */
  async axe() {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
      return violations.filter((v) => v.impact === "serious" || v.impact === "critical")
        .flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(" ")}: ${n.failureSummary?.split("\n")[1] ?? v.help}`));
    });
    return found;
  }

  nothingWrong() {
    assert.deepEqual(this.wrong, []);
  }

  async close() {
    await this.browser?.close();
    this.server?.close();
    await this.engine?.close();
  }
}
