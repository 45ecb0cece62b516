// The story of the sample incident on its card: its steps, its own cards, muting with a preview, and looking deeper.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Window } from "./page.mjs";

describe("a story in the window", { timeout: 180_000 }, () => {
  let window;
  const id = (name) => window.page.getByTestId(name);
  before(async () => {
    window = await Window.open();
    await id("open-sample").first().click();
    await id("import-done").waitFor({ timeout: 120_000 });
  });
  after(() => window?.close());

  const cards = async (all) => (await window.engine.call("cards_list", { all })).rows;

  it("tells its steps in order, and each opens its rows and its own card", async () => {
    const [best] = await cards(false);
    assert.ok(best.steps.length >= 3, "the best card of the sample is a story");
    await id("card-item").first().click();
    assert.equal(await id("story-step").count(), best.steps.length);
    const shown = await id("card-story").innerText();
    for (const step of best.steps) assert.ok(shown.includes(step.title), step.title);
    if (process.env.SHOTS) await window.page.screenshot({ path: `${process.env.SHOTS}/story.png` });
    await id("story-step").nth(1).getByRole("button", { name: "Its card" }).click();
    await window.page.getByRole("button", { name: "open the whole story" }).waitFor();
    assert.equal(await window.page.getByRole("heading", { level: 1 }).innerText(), best.steps[1].title);
    await window.page.getByRole("button", { name: "open the whole story" }).click();
    await id("card-story").waitFor();
    await id("story-step").first().getByRole("button", { name: /events?$/ }).click();
    await id("event-row").first().waitFor();
    assert.equal(Number(await id("events-total").getAttribute("data-total")), best.steps[0].evidence_count);
    await window.page.goBack().catch(() => {});
  });

  it("looks deeper, and takes it back", async () => {
    const [best] = await cards(false);
    await id("nav-overview").click();
    await id("card-item").first().click();
    await id("card-deeper").click();
    await id("deeper-list").waitFor({ timeout: 60_000 });
    const [after] = (await cards(true)).filter((c) => c.id === best.id);
    assert.ok(after.deeper.length > 0);
    if (process.env.SHOTS) await window.page.screenshot({ path: `${process.env.SHOTS}/deeper.png` });
    await window.page.getByRole("button", { name: "Take it back" }).click();
    await id("deeper-list").waitFor({ state: "detached" });
  });

  it("takes a threat model, says what it understood, and counts what prompts were shown and dismissed", async () => {
    await id("nav-overview").click();
    await id("threat-model").fill("internet-facing bastion; fear: stolen keys");
    await id("threat-model").press("Enter");
    await id("threat-understood").getByText(/keys?/i).waitFor();
    assert.match(await id("threat-understood").innerText(), /keys?/i);
    const kept = await window.engine.call("threat_model_get", {});
    assert.ok(kept.assets.length > 0 && kept.fears.length > 0);
    const first = await id("prompt-item").first().innerText();
    await id("prompt-dismiss").first().click();
    await window.page.waitForFunction((was) => document.querySelector('[data-testid="prompt-item"]')?.innerText !== was, first);
    const memory = await window.engine.call("memory_get", {});
    assert.ok(memory.entries.some((e) => e.counts.dismissed > 0) && memory.entries.some((e) => e.counts.shown > 0));
    if (process.env.SHOTS) await window.page.screenshot({ path: `${process.env.SHOTS}/overview.png` });
  });

  it("says what muting hides before it mutes, and Ctrl+Z takes it back", async () => {
    const before = await cards(false);
    await id("nav-overview").click();
    await id("card-item").last().click();
    await id("card-mute").click();
    await id("mute-effect").waitFor();
    assert.equal((await cards(false)).length, before.length, "a preview changes nothing");
    if (process.env.SHOTS) await window.page.screenshot({ path: `${process.env.SHOTS}/mute.png` });
    await id("mute-reason").fill("a test");
    await id("mute-do").click();
    await id("card-reset").waitFor();
    assert.ok((await cards(false)).length < before.length);
    await id("nav-settings").click();
    await id("memory-table").waitFor();
    await id("feedback-list").getByText("a test").waitFor();
    await id("memory-table").scrollIntoViewIfNeeded();
    if (process.env.SHOTS) await window.page.screenshot({ path: `${process.env.SHOTS}/learned.png` });
    await id("nav-overview").click();
    await window.page.keyboard.press("Control+z");
    for (let n = 0; n < 50 && (await cards(false)).length < before.length; n += 1) await window.page.waitForTimeout(100);
    assert.deepEqual((await cards(false)).map((c) => c.id), before.map((c) => c.id));
  });
});
