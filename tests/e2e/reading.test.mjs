// What is dropped on the window: progress, problems with their place, hostile text, a cancelled import.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Window } from "./page.mjs";

const line = (n, agent = "curl/8.0") =>
  `192.0.2.${n % 250} - - [01/Mar/2026:10:${String(Math.floor(n / 60) % 60).padStart(2, "0")}:${String(n % 60).padStart(2, "0")} +0000] `
  + `"GET /page/${n} HTTP/1.1" ${n % 10 === 0 ? 404 : 200} 512 "-" "${agent}"`;

describe("logs dropped on the window", () => {
  let window;
  let folder;
  const id = (name) => window.id(name);
  const drop = (...paths) => window.emit("drop", { paths });
  before(async () => {
    window = await Window.open({ theme: "light" });
    folder = join(window.engine.data, "logs");
    mkdirSync(folder);
    await id("drop-zone").waitFor();
  });
  after(() => window?.close());

  it("are read into a new case, with a line a source", async () => {
    const path = join(folder, "access.log");
    writeFileSync(path, Array.from({ length: 300 }, (_, n) => line(n)).join("\n") + "\n");
    await drop(path);
    await id("import-done").waitFor();
    await id("nav-sources").click();
    const row = await id("source-row").first().innerText();
    assert.match(row, /access\.log/);
    assert.match(row, /300/);
    const { sources } = await window.engine.call("case_state");
    assert.equal(sources[0].format, "access_log");
    assert.equal(sources[0].events, 300);
    assert.match(sources[0].sha256, /^[0-9a-f]{64}$/);
  });

  it("never become markup, wherever they are shown", async () => {
    const evil = `<img src=x onerror=window.__ran=1><script>window.__ran=1</script>{@html 1}\u202egnp.exe`;
    const path = join(folder, "evil.log");
    writeFileSync(path, Array.from({ length: 40 }, (_, n) => line(n, evil)).join("\n") + "\n");
    await drop(path);
    await window.page.waitForFunction(() =>
      document.querySelector('[data-testid="status-events"]')?.dataset.events === "340");
    await id("nav-explore").click();
    await id("query-bar").fill("user_agent.original : *onerror*");
    await id("query-bar").press("Enter");
    await window.page.waitForFunction(() => document.querySelector('[data-testid="events-total"]')?.dataset.total === "40");
    await id("event-row").first().click();
    await id("raw-record").waitFor();
    assert.ok((await id("raw-record").innerText()).includes("<script>window.__ran=1</script>"), "the raw record is shown as it is");
    await window.ask("What happened around 10 AM?");
    assert.equal(await window.page.evaluate(() => window.__ran), undefined, "and none of it ran");
  });

  it("list what could not be read, with line, offset and excerpt", async () => {
    const path = join(folder, "broken.log");
    const lines = Array.from({ length: 60 }, (_, n) => line(n));
    lines[11] = `192.0.2.1 - - [this is no time] "GET`;
    writeFileSync(path, lines.join("\n") + "\n");
    await drop(path);
    await id("nav-sources").click();
    await id("problem-row").first().waitFor();
    const { rows } = await window.engine.call("problems_list", { limit: 10 });
    assert.equal(rows.length, 1);
    assert.equal(rows[0].line, 12);
    const shown = await id("problem-row").first().innerText();
    assert.match(shown, /12/);
    assert.ok(shown.includes("this is no time"), shown);
  });

  it("can be called off in the middle, which is said", async () => {
    const path = join(folder, "long.log");
    const many = Array.from({ length: 20_000 }, (_, n) => line(n)).join("\n") + "\n";
    writeFileSync(path, many.repeat(30));
    await drop(path);
    await id("import-cancel").click();
    await window.page.waitForFunction(() => !document.querySelector('[data-testid="import-cancel"]'));
    const { sources } = await window.engine.call("case_state");
    const long = sources.find((source) => source.path === path);
    assert.ok(!long || long.state !== "complete", "it is not shown as whole");
    if (long) {
      await id("nav-sources").click();
      const row = id("source-row").filter({ hasText: "long.log" });
      assert.doesNotMatch(await row.innerText(), /\bwhole\b/);
    }
  });

  it("leave the others in place when one is removed", async () => {
    await id("nav-sources").click();
    await id("source-row").filter({ hasText: "evil.log" }).getByTestId("source-remove").click();
    await id("source-remove-do").click();
    await id("source-row").filter({ hasText: "evil.log" }).waitFor({ state: "detached" });
    const { sources } = await window.engine.call("case_state");
    assert.ok(sources.some((source) => source.path.endsWith("/access.log")));
    assert.ok(!sources.some((source) => source.path.endsWith("/evil.log")));
  });

  it("logged no error and asked for nothing that the policy refuses", () => window.nothingWrong());
});
