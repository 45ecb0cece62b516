// Takes pictures of every view of the built window, to be looked at: node scripts/look.mjs OUT_DIR [--rpc PATH_OF_timberline] [FILES...]
// Without --rpc a made-up case answers. Needs Chromium (CHROMIUM, or /usr/bin/chromium).
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { readFile, mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { demo, events } from "../tests/demo/answers.mjs";

const [out = "pictures", ...rest] = process.argv.slice(2);
const bin = rest[0] === "--rpc" ? rest[1] : null;
const files = bin ? rest.slice(2) : [];
const only = process.env["ONLY"] ?? "";
const dist = new URL("../dist/", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'";
await mkdir(out, { recursive: true });

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  try {
    const body = await readFile(join(dist, path === "/" ? "index.html" : path));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/html", "content-security-policy": CSP });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}/`;

/** The real engine over stdio. */
function engine() {
  const child = spawn(bin, ["rpc"], { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, TIMBERLINE_DATA: join(out, "data"), TIMBERLINE_SAMPLE: new URL("../../fixtures/incidents/ssh-break-in", import.meta.url).pathname } });
  const waiting = new Map();
  let id = 0;
  const self = { hear: () => undefined, close: () => child.kill() };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    if (message.event) self.hear(message.event, message.payload);
    else waiting.get(message.id)?.("error" in message && message.error ? { error: message.error } : { ok: message.ok });
  });
  self.call = (cmd, payload) =>
    new Promise((done) => {
      waiting.set(++id, done);
      child.stdin.write(`${JSON.stringify({ id, cmd, payload })}\n`);
    });
  return self;
}

const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const real = bin ? engine() : null;
const errors = [];

async function page(theme, width, height, options = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
  const tab = await context.newPage();
  const answer = real ? real.call : demo(options);
  await tab.exposeFunction("__timberlineBridge", answer);
  if (real) real.hear = (event, payload) => void tab.evaluate(([e, p]) => window.__timberlineEvent?.(e, p), [event, payload]).catch(() => undefined);
  tab.on("console", (m) => ["error", "warning"].includes(m.type()) && errors.push(`${theme} ${width}: ${m.text()}`));
  tab.on("pageerror", (e) => errors.push(`${theme} ${width}: ${e.stack}`));
  await tab.goto(url);
  await tab.waitForTimeout(500);
  return tab;
}
const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
async function shoot(tab, name) {
  await tab.waitForTimeout(350);
  await tab.evaluate(axe);
  const found = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) errors.push(`${name}: ${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.failureSummary?.split("\n")[1] ?? ""}`).join(" | ")}`);
  await tab.screenshot({ path: join(out, `${name}.png`) });
}
const wants = (name) => !only || name.includes(only);

for (const [theme, width, height] of [["dark", 1440, 900], ["light", 1440, 900], ["dark", 1280, 800], ["light", 1280, 800]]) {
  const tag = `${theme}-${width}`;
  if (process.env["SIZE"] && process.env["SIZE"] !== tag) continue;
  if (!real && wants("empty")) await shoot(await page(theme, width, height, { open: false, turns: [] }), `empty-${tag}`);
  const tab = await page(theme, width, height);
  const send = (event, payload) => tab.evaluate(([e, p]) => window.__timberlineEvent(e, p), [event, payload]);
  if (real && (await real.call("case_state", {})).error) {
    if (files.length) await send("drop", { paths: files });
    else await tab.getByTestId("open-sample").click();
    await tab.waitForTimeout(1500);
    await shoot(tab, `reading-${tag}`);
    await tab.getByTestId("import-done").or(tab.getByTestId("card-item")).first().waitFor({ timeout: 180_000 });
    await tab.waitForTimeout(1500);
    await shoot(tab, `read-${tag}`);
  }
  if (wants("overview")) await shoot(tab, `overview-${tag}`);
  if (wants("brush")) {
    const box = await tab.getByTestId("timeline").locator("svg.chart").boundingBox();
    await tab.mouse.move(box.x + box.width * 0.62, box.y + 50);
    await tab.mouse.down();
    await tab.mouse.move(box.x + box.width * 0.7, box.y + 50, { steps: 4 });
    await tab.mouse.up();
    await shoot(tab, `brush-${tag}`);
    await tab.keyboard.press("z");
  }
  if (wants("card") && (await tab.getByTestId("card-item").count()) > 0) {
    await tab.getByTestId("card-item").first().click({ position: { x: 30, y: 8 } });
    await shoot(tab, `card-${tag}`);
    await tab.getByTestId("card-false-positive").click();
    await shoot(tab, `card-verdict-${tag}`);
    await tab.keyboard.press("Escape");
  }
  if (wants("explore")) {
    await tab.getByTestId("nav-explore").click();
    await tab.waitForTimeout(700);
    await shoot(tab, `explore-${tag}`);
    await tab.getByTestId("event-row").nth(4).click();
    await tab.waitForTimeout(400);
    await shoot(tab, `explore-detail-${tag}`);
    await tab.keyboard.press("Control+j");
    await tab.getByTestId("query-bar").click();
    await tab.getByTestId("query-bar").pressSequentially('host.name : "web-02" and user.name : "svc-');
    await shoot(tab, `explore-query-${tag}`);
    await tab.getByTestId("query-bar").fill("user.name : ");
    await tab.keyboard.press("Enter");
    await shoot(tab, `explore-wrong-${tag}`);
    await tab.keyboard.press("Escape");
    await tab.keyboard.press("Control+j");
  }
  if (wants("sources")) {
    await tab.getByTestId("nav-sources").click();
    await tab.getByTestId("source-row").first().getByRole("button").first().click();
    await shoot(tab, `sources-${tag}`);
    if (!real) {
      await send("progress", events.reading);
      await shoot(tab, `import-${tag}`);
      await send("progress", events.done);
      await shoot(tab, `import-done-${tag}`);
      await tab.getByTestId("import-dismiss").click();
    }
  }
  if (wants("settings")) {
    await tab.getByTestId("nav-settings").click();
    await shoot(tab, `settings-${tag}`);
  }
  if (wants("sheet")) {
    await tab.getByTestId("nav-overview").click();
    await tab.locator("body").press("?");
    await shoot(tab, `sheet-${tag}`);
    await tab.keyboard.press("Escape");
    await tab.keyboard.press("Control+k");
    await shoot(tab, `palette-${tag}`);
    await tab.keyboard.press("Escape");
  }
  await tab.context().close();
}
await browser.close();
server.close();
real?.close();
if (errors.length) {
  console.error(errors.join("\n"));
  process.exitCode = 1;
}
