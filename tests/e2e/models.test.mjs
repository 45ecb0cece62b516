// Models in the window, against an endpoint on loopback that says what the test tells it to: setting it up, what would be sent before it
// is sent, the answer as it comes, Stop, what of it is not true, the policy, and the records of it all.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ModelServer } from "./model-server.mjs";
import { Window } from "./page.mjs";

const STRANGE = "Please tell me in your own words about those pages that were not there";
/** Without the sign for white space, which the engine draws anew for each question. */
const unmarked = (body) => body.replaceAll(/white space in DATA is (.)/u.exec(body)?.[1] ?? "\u0000", "_");
const picture = process.env.PICTURES;

for (const theme of ["dark", "light"]) {
  describe(`a model in the window, ${theme}`, () => {
    let window, server;
    const id = (name) => window.id(name);
    const last = () => window.page.locator("article.turn").last();
    const look = async (name) => picture && (await window.page.screenshot({ path: join(picture, `${name}-${theme}.png`) }));
    const send = async (question) => {
      await id("chat-input").fill(question);
      await id("chat-input").press("Enter");
    };
    before(async () => {
      server = await ModelServer.open();
      window = await Window.open({ theme });
      await window.openSample();
    });
    after(async () => {
      await window?.close();
      await server?.close();
    });

    it("is set up in the settings: name, address, a test with its report, the model picked from the list", async () => {
      await id("nav-settings").click();
      await id("endpoint-add").click();
      await id("endpoint-name").fill("Lab");
      await id("endpoint-url").fill(server.url);
      await id("endpoint-test").click();
      await id("endpoint-report").waitFor();
      assert.match(await id("endpoint-report").innerText(), /It works.*scripted-small/s);
      assert.equal(await id("endpoint-offered").count(), 2);
      await id("endpoint-offered").nth(1).click();
      await look("endpoint");
      assert.deepEqual(await window.axe(), []);
      await id("endpoint-test").click();
      await id("endpoint-report").getByText("scripted-large").waitFor();
      await id("endpoint-save").click();
      await id("endpoint-form").waitFor({ state: "detached" });
      await id("endpoint-row").getByText("Works (tools)").waitFor();
      const { rows } = await window.engine.call("models_list");
      assert.equal(rows[0].model, "scripted-large");
      await look("settings");
      assert.deepEqual(await window.axe(), []);
    });

    it("says what is wrong with an address before it is kept", async () => {
      await id("endpoint-add").click();
      await id("endpoint-name").fill("Bad");
      await id("endpoint-url").fill("not an address");
      await id("endpoint-save").click();
      await id("endpoint-form").getByRole("alert").waitFor();
      await window.page.keyboard.press("Escape");
      assert.equal((await window.engine.call("models_list")).rows.length, 1);
    });

    it("is chosen for the case above the box, where the policy and what would be sent stand", async () => {
      await id("nav-overview").click();
      assert.match(await id("chat-where").innerText(), /Built-in planner/);
      await id("chat-model-choice").selectOption("Lab");
      await id("chat-where").getByText(server.host).waitFor();
      assert.match(await id("chat-where").innerText(), /Local only/);
      assert.equal((await window.engine.call("models_list")).case, "Lab");
      await id("chat-input").fill(STRANGE);
      await id("chat-would-send").waitFor();
      assert.match(await id("chat-would-send").innerText(), /tokens/);
    });

    it("shows the exact payload before the first call, and sends nothing when told not to", async () => {
      const calls = server.bodies.length;
      await send(STRANGE);
      await id("chat-payload").waitFor();
      assert.ok((await id("chat-payload").textContent()).includes(STRANGE));
      assert.match(await id("chat-payload-dialog").innerText(), /tokens/);
      await look("payload");
      assert.deepEqual(await window.axe(), []);
      await window.page.keyboard.press("Escape");
      await id("chat-payload").waitFor({ state: "detached" });
      assert.equal(server.bodies.length, calls, "nothing was sent");
      assert.equal(await id("chat-input").inputValue(), STRANGE, "the question is not lost");
    });

    it("streams the answer after a yes: how far it has read, its step, its words", async () => {
      let go;
      const wait = new Promise((done) => (go = done));
      server.script = async (body, say) => {
        if (!body.messages.some((m) => m.role === "tool")) return say.call("count_events", {});
        say.reading(200, 800);
        await wait;
        say.part("The sample ");
        say.text('has 4,711 of them. See event 123456789012. <img src=x onerror="alert(1)"> [more](http://203.0.113.1/x)');
      };
      await send(STRANGE);
      const payload = await id("chat-payload").textContent();
      const calls = server.bodies.length;
      await id("chat-payload-send").click();
      await id("chat-reading").waitFor();
      assert.equal(await id("chat-reading").getAttribute("value"), "200");
      assert.equal(unmarked(server.bodies[calls]) === unmarked(payload), true, "what was shown is what was sent");
      await look("reading");
      go();
      await last().getByTestId("chat-grounding").waitFor();
    });

    it("marks a number that no step returned, strikes out an event that does not exist, and says so in words", async () => {
      const turn = (await window.engine.call("chat_list")).rows.at(-1);
      assert.equal(turn.model.profile, "Lab");
      const kinds = await last().getByTestId("chat-mark").evaluateAll((list) => list.map((m) => m.dataset.kind));
      assert.ok(kinds.includes("unsupported") && kinds.includes("no_such_event"), JSON.stringify(turn.marks));
      const struck = last().locator('[data-kind="no_such_event"] .w');
      assert.match(await struck.evaluate((e) => getComputedStyle(e).textDecorationLine), /line-through/);
      const legend = await last().getByTestId("chat-legend").innerText();
      assert.match(legend, /no step returned it/);
      assert.match(legend, /no such event/);
      assert.match(await last().getByTestId("chat-grounding").innerText(), /of \d+/);
      assert.match(await last().getByTestId("chat-model").innerText(), /scripted-large.*Local only/);
      await last().getByTestId("chat-legend").scrollIntoViewIfNeeded();
      await look("answer");
      assert.deepEqual(await window.axe(), []);
    });

    it("renders what the model says as words: no picture, no link", async () => {
      assert.equal(await last().locator("img, a, iframe, script").count(), 0);
    });

    it("opens a step's query and its result, and runs a changed query in Explore", async () => {
      const step = last().getByTestId("chat-step").last();
      await step.focus();
      await window.page.keyboard.press("Enter");
      await last().getByTestId("chat-step-detail").waitFor();
      assert.ok((await last().getByTestId("chat-step-given").innerText()).length > 5, "what the model was given of it");
      await look("step");
      assert.deepEqual(await window.axe(), []);
      await last().getByTestId("chat-step-query").fill("http.response.status_code : 404");
      await last().getByTestId("chat-step-run").click();
      const { count } = await window.engine.call("events_count", { query: "http.response.status_code : 404" });
      await window.page.waitForFunction((want) => document.querySelector('[data-testid="events-total"]')?.dataset.total === String(want), count);
    });

    it("stops at once and keeps what is done; the chat goes on", async () => {
      let hung = false;
      server.script = async (body, say) => {
        if (!body.messages.some((m) => m.role === "tool")) return say.call("count_events", {});
        say.part("Half of an ");
        say.part("answer ");
        hung = true;
      };
      await send(STRANGE);
      await id("chat-streaming").waitFor();
      assert.ok(hung);
      const begun = Date.now();
      await id("chat-stop").click();
      await id("chat-live").waitFor({ state: "detached" });
      assert.ok(Date.now() - begun < 3000, `it took ${Date.now() - begun} ms`);
      const turn = (await window.engine.call("chat_list")).rows.at(-1);
      assert.equal(turn.ended, "stopped");
      assert.ok(turn.steps.length > 0, "the step is kept");
      await last().getByTestId("chat-ended").waitFor();
      await look("stopped");
    });

    it("takes a thumb with its reason, keeps a good answer as an example, and takes it back", async () => {
      const turn = async () => (await window.engine.call("chat_list")).rows.at(-1);
      server.script = async (_body, say) => say.text("There were some.");
      await send("How many 404 responses were there?");
      await window.page.waitForFunction(() => !document.querySelector('[data-testid="chat-live"]') && document.querySelectorAll("article.turn").length >= 3);
      await last().getByTestId("chat-up").click();
      await last().getByTestId("chat-reason").fill("right and short");
      await last().getByTestId("chat-keep-example").check();
      await last().getByTestId("chat-reason-save").click();
      await last().getByText("right and short").waitFor();
      assert.deepEqual((await turn()).thumb, { verdict: "up", reason: "right and short", example: true });
      await last().getByTestId("chat-up").click();
      await window.page.waitForFunction(() => [...document.querySelectorAll('[data-testid="chat-up"]')].at(-1)?.getAttribute("aria-pressed") === "false");
      assert.equal((await turn()).thumb, null);
    });

    it("words a card as a draft, which stays one until a person accepts it", async () => {
      server.script = async (_body, say) => say.text("Someone guessed a password 4,711 times.");
      await id("nav-overview").click();
      await id("card-item").first().click();
      await id("draft-make").click();
      await id("draft-words").waitFor();
      assert.equal(await id("draft-state").innerText(), "Draft");
      assert.ok((await id("draft-box").getByTestId("chat-mark").count()) > 0, "the number that is not so is marked");
      await look("draft");
      assert.deepEqual(await window.axe(), []);
      await id("draft-edit").click();
      await id("draft-text").fill("Someone guessed a password.");
      await id("draft-accept").click();
      await id("draft-state").getByText("Accepted").waitFor();
      const { rows } = await window.engine.call("drafts_list");
      assert.deepEqual([rows.at(-1).accepted, rows.at(-1).text], [true, "Someone guessed a password."]);
    });

    it("lists each call with its payload, verifies the chain and exports it", async () => {
      await id("egress-badge").click();
      await id("audit-row").first().waitFor();
      const calls = (await window.engine.call("audit_list", {})).rows.filter((r) => r.kind === "call");
      assert.ok(calls.some((c) => c.purpose === "chat" && c.model === "scripted-large"));
      await id("audit-row").getByText("chat").first().waitFor();
      await id("audit-verify").click();
      await id("audit-verdict").waitFor();
      assert.equal(await id("audit-verdict").getAttribute("data-intact"), "true");
      await look("audit");
      assert.deepEqual(await window.axe(), []);
      await id("audit-export").click();
      const file = join(window.engine.data, "out.md");
      await id("audit-export-path").fill(file);
      await id("audit-export-do").click();
      await id("audit-said").waitFor();
      assert.ok(existsSync(file) && readFileSync(file, "utf8").includes(server.host));
      const row = id("audit-row").filter({ hasText: "chat" }).last();
      await row.getByTestId("audit-open").click();
      await id("audit-payload").waitFor();
      assert.ok(server.bodies.includes(await id("audit-payload").textContent()), "a payload that was really sent");
      await window.page.keyboard.press("Escape");
    });

    it("runs the leak test and shows its report with the date", async () => {
      await id("leak-run").click();
      await id("leak-rows").waitFor({ timeout: 60_000 });
      const [report] = (await window.engine.call("canary_list")).rows;
      assert.equal(await id("leak-rows").locator("tbody tr").count(), report.rows.length);
      assert.match(await id("leak-last").innerText(), report.passed ? /Passed/ : /Did not pass/);
      await look("leak");
      assert.deepEqual(await window.axe(), []);
    });

    it("widens the policy only after what it allows was read and confirmed", async () => {
      await id("nav-settings").click();
      await id("policy-cloud_masked").check();
      await id("policy-add").click();
      await id("policy-url").fill("https://models.example:8443");
      await id("policy-save").click();
      await id("policy-confirm-text").waitFor();
      assert.equal((await window.engine.call("policy_get")).level, "local_only", "not before");
      await look("policy");
      await id("policy-confirm").click();
      await id("policy-confirm").waitFor({ state: "detached" });
      assert.equal((await window.engine.call("policy_get")).level, "cloud_masked");
      await window.page.waitForFunction(() => /masked/i.test(document.querySelector('[data-testid="egress-badge"]')?.textContent ?? ""));
      await id("policy-local_only").check();
      await id("policy-save").click();
      await window.page.waitForFunction(() => /Local only/.test(document.querySelector('[data-testid="egress-badge"]')?.textContent ?? ""));
    });

    it("is refused by the gate where the policy does not allow it, and says so instead of sending", async () => {
      const profile = { ...(await window.engine.call("models_list")).rows[0], name: "Far", url: "https://models.example:8443", report: null };
      await window.engine.call("model_save", { profile, key: null, default: false });
      await id("nav-overview").click();
      await id("chat-model-choice").selectOption("Far");
      await send(STRANGE);
      await id("chat-payload-dialog").getByRole("alert").waitFor();
      assert.equal(await id("chat-payload-send").count(), 0);
      await look("refused");
      await id("chat-payload-planner").click();
      await id("chat-live").waitFor({ state: "detached" });
      assert.match(await id("egress-badge").innerText(), /0 bytes sent/);
    });

    it("is removed with its key after a second word", async () => {
      await id("nav-settings").click();
      await window.page.getByRole("button", { name: "Remove Lab" }).click();
      await id("endpoint-remove-do").click();
      await window.page.waitForFunction(() => document.querySelectorAll('[data-testid="endpoint-row"]').length === 1);
    });

    it("logged no error and asked for nothing that the policy refuses", () => window.nothingWrong());
  });
}
