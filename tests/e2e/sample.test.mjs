// The sample incident from the first screen to the answers, as an analyst goes through it. What is right stands in the incident's
// truth.json, which was counted while its logs were made.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sample } from "./engine.mjs";
import { Window } from "./page.mjs";

const truth = JSON.parse(readFileSync(join(sample, "truth.json"), "utf8"));
const events = truth.sources.reduce((sum, source) => sum + source.events, 0);
const WORDS = ["info", "low", "medium", "high", "critical"];
const number = (text) => Number((/[\d,.\u202f\u00a0 ]*\d/.exec(text)?.[0] ?? "x").replace(/[^\d]/g, ""));
/** Without the marks between thousands, as the truth writes its numbers. */
const plain = (text) => text.replace(/(?<=\d)[,\u202f\u00a0](?=\d{3})/g, "");

describe("the sample incident in the window", () => {
  let window;
  const id = (name) => window.id(name);
  before(async () => (window = await Window.open()));
  after(() => window?.close());

  it("is one click away from the first screen, which also says what can be dropped", async () => {
    await id("drop-zone").waitFor();
    assert.match(await id("open-sample").first().innerText(), /Open the sample incident/);
    await id("open-sample").first().click();
    await id("card-item").first().waitFor({ timeout: 120_000 });
    await id("import-done").waitFor();
  });

  it("has every event that was made", async () => {
    await window.page.waitForFunction((want) =>
      document.querySelector('[data-testid="status-events"]')?.dataset.events === String(want), events);
    assert.equal(number(await id("status-events").innerText()), events);
  });

  it("shows a card for each thing that a good analyst finds, severe enough", async () => {
    const cards = (await window.engine.call("cards_list", { all: false })).rows;
    const titles = await id("card-item").getByTestId("card-title").allInnerTexts();
    assert.deepEqual(titles, cards.map((card) => card.title), "the window lists the engine's cards, in its order");
    for (const flag of truth.must_flag) {
      const about = (card) => flag.entities.every((want) => card.entities.some((e) => e.field === want.field && e.value === want.value));
      // A story tells its steps inside one card.
      const told = cards.flatMap((card) => [card, ...card.steps]);
      const found = told.filter((card) => flag.detector.includes(card.detector) && about(card)
        && (flag.title_contains ?? []).every((part) => card.title.includes(part)));
      assert.ok(found.some((card) => WORDS.indexOf(card.severity) >= WORDS.indexOf(flag.at_least)),
        `no card for: ${flag.why}\n${cards.map((c) => `${c.severity} ${c.title}`).join("\n")}`);
    }
  });

  it("opens a card with its reasons, the innocent reading, and evidence that opens the rows", async () => {
    const [best] = (await window.engine.call("cards_list", { all: false })).rows;
    await id("card-item").first().click();
    assert.equal(await window.page.getByRole("heading", { level: 1 }).innerText(), best.title);
    const why = await id("card-why").innerText();
    for (const part of best.parts) assert.ok(why.includes(part.name), `${part.name} is among the reasons`);
    assert.ok((await window.page.locator(".view, body").first().innerText()).includes(best.innocent.slice(0, 40)));
    await id("evidence-open").first().click();
    await id("event-row").first().waitFor();
    assert.equal(Number(await id("events-total").getAttribute("data-total")), best.evidence_count);
  });

  it("shows an event with its raw record and its place in the file", async () => {
    const row = id("event-row").first();
    const number = Number(await row.getAttribute("data-event"));
    await row.click();
    const event = await window.engine.call("event_get", { id: number });
    assert.equal(await id("raw-record").innerText(), event.raw.trimEnd());
    const detail = await id("event-detail").innerText();
    assert.ok(detail.includes(event.sha256.slice(0, 10)), "the hash of the file");
    assert.ok(detail.replace(/[^\d]+/g, " ").includes(String(event.line)) || detail.includes(event.line.toLocaleString("en")), "the line");
  });

  it("points at the mistake in a query and runs a right one", async () => {
    await id("query-bar").fill("event.outcome : (failure or");
    await id("query-bar").press("Enter");
    await id("query-error").waitFor();
    assert.ok((await id("query-error").innerText()).length > 10);
    await id("query-bar").fill("http.response.status_code : 404");
    await id("query-bar").press("Enter");
    await id("query-error").waitFor({ state: "detached" });
    const { count } = await window.engine.call("events_count", { query: "http.response.status_code : 404" });
    assert.ok(count > 0);
    await window.page.waitForFunction((want) =>
      document.querySelector('[data-testid="events-total"]')?.dataset.total === String(want), count);
  });

  it("zooms to what is brushed on the timeline, and the table follows", async () => {
    await id("query-bar").fill("");
    await id("query-bar").press("Enter");
    const total = () => id("events-total").getAttribute("data-total").then(Number);
    await window.page.waitForFunction((want) =>
      document.querySelector('[data-testid="events-total"]')?.dataset.total === String(want), events);
    const box = await id("timeline").locator("svg.chart").boundingBox();
    const y = box.y + box.height / 3;
    await window.page.mouse.move(box.x + box.width * 0.55, y);
    await window.page.mouse.down();
    await window.page.mouse.move(box.x + box.width * 0.7, y, { steps: 5 });
    await window.page.mouse.up();
    await window.page.waitForFunction((all) => {
      const now = Number(document.querySelector('[data-testid="events-total"]')?.dataset.total);
      return now > 0 && now < all;
    }, events);
    assert.ok((await total()) < events);
    await id("timeline").locator("svg.chart").press("Escape");
  });

  it("lists the sources as they were made, with their hashes", async () => {
    await id("nav-sources").click();
    await id("source-row").first().waitFor();
    assert.equal(await id("source-row").count(), truth.sources.length);
    const rows = await id("source-row").allInnerTexts();
    for (const source of truth.sources) {
      const row = rows.find((text) => text.includes(source.file));
      assert.ok(row, `${source.file} is listed`);
      assert.ok(row.replace(/[^\d]/g, "").includes(String(source.events)), `${source.file} has ${source.events} events: ${row}`);
      assert.match(row, /[0-9a-f]{10}/);
    }
  });

  for (const answer of truth.answers) {
    it(`answers: ${answer.question}`, async () => {
      const said = await window.ask(answer.question);
      const turn = (await window.engine.call("chat_list")).rows.at(-1);
      assert.equal(turn.question, answer.question);
      assert.equal(turn.unanswered, null, said);
      const shown = await window.page.locator("article.turn").last().innerText();
      const squeeze = (text) => text.replace(/\s+/g, " ");
      assert.ok(squeeze(shown).includes(squeeze(turn.understood)), "what was understood is said");
      const whole = plain(`${shown}\n${JSON.stringify(turn.rows)}`);
      for (const part of answer.contains) assert.ok(whole.includes(part), `${part} is in the answer: ${whole}`);
      // tests/incidents.rs compares the rows one by one; here it is enough that the first one is the first one shown.
      const [first] = answer.rows ?? [];
      if (first) {
        const has = first.every((value) => turn.rows[0].some((cell) => parseFloat(cell) === value || cell === value));
        assert.ok(has, `${JSON.stringify(first)} comes first: ${JSON.stringify(turn.rows[0])}`);
      }
      assert.ok(turn.citations.length > 0, "it cites events");
      assert.ok((await window.page.locator("article.turn").last().getByTestId("chat-step").count()) > 0, "it shows its steps");
    });
  }

  it("opens the rows behind a citation", async () => {
    await window.page.locator("article.turn").last().getByTestId("chat-citation").first().click();
    await id("event-row").first().waitFor();
  });

  it("says what it does not understand, with three questions it could answer", async () => {
    await window.ask("Why is the sky blue on Tuesdays?");
    const turn = (await window.engine.call("chat_list")).rows.at(-1);
    assert.ok(turn.unanswered);
    assert.equal(turn.suggestions.length, 3);
    assert.equal(await window.page.locator("article.turn").last().getByTestId("chat-suggestion").count(), 3);
  });

  it("offers prompts with their reasons, and asks one at a click", async () => {
    await id("nav-overview").click();
    await id("prompt-item").first().waitFor();
    const prompts = (await window.engine.call("prompts_list", { limit: 10 })).rows;
    assert.ok(prompts.length >= 2, "at least two are worth asking");
    const first = await id("prompt-item").first().innerText();
    assert.ok(first.includes(prompts[0].question) && first.includes(prompts[0].why), first);
    const before = await id("chat-answer").count();
    await id("prompt-item").first().click();
    await id("chat-answer").nth(before).waitFor();
    const turn = (await window.engine.call("chat_list")).rows.at(-1);
    assert.equal(turn.question, prompts[0].question);
    assert.equal(turn.unanswered, null, "its own prompts it understands");
  });

  it("keeps a confirmation, and a false positive until it is undone", async () => {
    const cards = async (all) => (await window.engine.call("cards_list", { all })).rows;
    const [best] = await cards(false);
    const status = async () => (await cards(true)).find((card) => card.id === best.id).status;
    await id("nav-overview").click();
    await id("card-item").first().click();
    await id("card-confirm").click();
    await window.page.waitForFunction(() =>
      document.querySelector('[data-testid="card-confirm"]')?.getAttribute("aria-pressed") === "true");
    assert.equal(await status(), "confirmed");
    await id("card-false-positive").click();
    await id("card-reason").fill("a drill of the red team");
    await id("card-false-positive-do").click();
    await id("card-reset").waitFor();
    assert.equal(await status(), "false_positive");
    assert.ok(!(await cards(false)).some((card) => card.id === best.id), "it left the list");
    await id("card-title").first().click();
    await window.page.keyboard.press("Control+z");
    await id("card-reset").waitFor({ state: "detached" });
    assert.equal(await status(), "confirmed");
  });

  it("sends nothing anywhere, and says so", async () => {
    assert.match(await id("egress-badge").innerText(), /Local only.*0 bytes sent/);
  });

  it("logged no error and asked for nothing that the policy refuses", () => window.nothingWrong());
});
