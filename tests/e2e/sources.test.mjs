// What is changed of a source once it is in the case: its clock, its zone, what the columns of its table mean; and what its row tells.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Window } from "./page.mjs";

const till = "when,who,addr,amount\n" + Array.from({ length: 9 }, (_, n) => `2026-03-01 10:00:0${n},u${n},192.0.2.${n},${n}`).join("\n") + "\n";
const access = Array.from({ length: 30 }, (_, n) => `192.0.2.${n} - - [01/Mar/2026:10:00:${String(n).padStart(2, "0")} +0000] "GET /p/${n} HTTP/1.1" 200 512 "-" "<b>curl</b>"`).join("\n") + "\n";

describe("the sources of a case", () => {
  let window;
  let folder;
  const id = (name) => window.id(name);
  const row = (name) => id("source-row").filter({ hasText: name });
  const source = async (name) => (await window.engine.call("case_state")).sources.find((s) => s.name === name);
  const until = async (name, good) => {
    for (let i = 0; i < 100; i += 1) {
      const s = await source(name);
      if (s && good(s)) return s;
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.fail(`${name} is not as expected: ${JSON.stringify(await source(name))}`);
  };
  const shot = async (name) => process.env.SHOTS && (await window.page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) }));
  before(async () => {
    window = await Window.open({ theme: process.env.THEME === "light" ? "light" : "dark" });
    folder = join(window.engine.data, "drops");
    mkdirSync(folder);
    writeFileSync(join(folder, "till.csv"), till);
    writeFileSync(join(folder, "cleared.log"), "");
    writeFileSync(join(folder, "access.log"), access);
    writeFileSync(join(folder, "access.log.1.gz"), gzipSync(access.replaceAll("01/Mar", "28/Feb")));
    writeFileSync(join(folder, "noise.bin"), Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * n * 31 + 7 * n) % 256)));
    window.page.setDefaultTimeout(Number(process.env.E2E_WAIT ?? 30_000));
    await id("drop-zone").waitFor();
    const { engine } = window;
    await engine.call("case_new", { path: "" });
    await engine.call("import_start", { paths: [folder] });
    await until("till.csv", (s) => s.state === "complete");
    await id("nav-sources").click();
    await id("import-done").waitFor();
    await id("import-dismiss").click();
  });
  after(() => window?.close());

  it("shows sets and packing, and that nothing was read, why, and what to try", async () => {
    await id("source-alarm").nth(1).waitFor();
    const alarms = await id("source-alarm").allInnerTexts();
    assert.ok(alarms.some((t) => /Read 0 events: the file is empty/.test(t) && /cleared or rotated/.test(t)), alarms.join("\n"));
    assert.ok(alarms.some((t) => /Read 0 events/.test(t) && /make a format/.test(t)), alarms.join("\n"));
    assert.match(await row("access.log.1.gz").innerText(), /access\.log, \d of 2 · in gzip/);
    await row("till.csv").getByRole("button", { name: "till.csv", exact: true }).press("Enter");
    assert.match(await id("source-coverage").innerText(), /Every byte/);
    await shot("sources");
  });

  it("a wrong clock is set by keyboard, with its effect shown before, and taken back with Ctrl+Z", async () => {
    const before_us = (await source("till.csv")).first_us;
    await id("source-clock").press("Enter");
    await id("clock-offset").fill("soon");
    assert.match(await id("clock-says").innerText(), /Not understood/);
    assert.ok(await id("clock-set").isDisabled());
    await id("clock-offset").fill("+90m");
    assert.match(await id("clock-preview").innerText(), /10:00:00[\s\S]*11:30:00/);
    await shot("clock");
    await id("clock-offset").press("Enter");
    await id("source-moved").waitFor();
    assert.equal(await id("source-moved").innerText(), "+1 h 30 min, set by you");
    assert.equal((await source("till.csv")).first_us, before_us + 90 * 60e6);
    await window.page.keyboard.press("Control+z");
    await id("source-moved").waitFor({ state: "detached" });
    assert.equal((await source("till.csv")).first_us, before_us);
  });

  it("a source is read again with another zone, and the rule stands on it", async () => {
    const first_us = (await source("till.csv")).first_us;
    await id("source-again").click();
    await id("again-zone").fill("Asia/Tokio");
    assert.ok(await id("again-read").isDisabled());
    await id("again-zone").fill("Asia/Tokyo");
    await shot("again");
    await id("again-zone").press("Enter");
    const now = await until("till.csv", (s) => s.zone === "Asia/Tokyo, given" && s.state === "complete");
    assert.equal(now.first_us, first_us - 9 * 3600e6);
    await id("source-detail").filter({ hasText: "Asia/Tokyo, given" }).waitFor();
  });

  it("the columns of a table are said, and it is read again with its zone kept", async () => {
    await window.page.waitForFunction(() => !document.querySelector('[data-testid="source-columns"]')?.disabled);
    await id("source-columns").click();
    await id("mapping-column").nth(3).waitFor();
    const column = (name) => id("mapping-column").filter({ hasText: name });
    assert.match(await column("addr").innerText(), /192\.0\.2\.0/);
    await window.page.getByLabel("What who is").selectOption("field");
    assert.ok(await id("mapping-save").isDisabled(), "a field needs a name");
    await window.page.getByLabel("Field that who becomes").fill("user.name");
    await window.page.getByLabel("What amount is").selectOption("ignore");
    await shot("columns");
    assert.deepEqual(await window.axe(), []);
    await id("mapping-save").click();
    await id("table-mapping").waitFor({ state: "detached" });
    for (let i = 0; i < 100; i += 1) {
      const { rows } = await window.engine.call("events_page", { query: "user.name : u3", from_us: null, to_us: null, offset: null, after: null, at_us: null, reverse: false, limit: 5, columns: null }).catch(() => ({ rows: [] }));
      if (rows.length === 1) break;
      assert.ok(i < 99, "the mapping was not applied");
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.equal((await source("till.csv")).zone, "Asia/Tokyo, given");
  });

  it("the columns can be said before the import too, and what was said is remembered", async () => {
    await id("import-done").waitFor();
    await window.page.evaluate(() => localStorage.setItem("timberline.look-first", "yes"));
    await window.page.reload();
    await id("nav-sources").click();
    const path = join(folder, "till2.csv");
    writeFileSync(path, till.replaceAll("2026-03-01", "2026-03-02"));
    await window.emit("drop", { paths: [path] });
    await id("review-columns").click();
    await id("mapping-forget").waitFor();
    assert.equal(await window.page.getByLabel("Field that who becomes").inputValue(), "user.name");
    await window.page.getByLabel("What addr is").selectOption("field");
    await window.page.getByLabel("Field that addr becomes").fill("source.ip");
    await id("mapping-save").click();
    await id("review-rows").filter({ hasText: "source.ip" }).waitFor();
    await shot("review");
    await id("review-read").click();
    await until("till2.csv", (s) => s.events === 9);
  });

  it("has no serious fault that axe finds", async () => {
    await id("nav-sources").click();
    await id("source-row").first().waitFor();
    assert.deepEqual(await window.axe(), []);
  });
  it("logged no error and asked for nothing that the policy refuses", () => window.nothingWrong());
});
