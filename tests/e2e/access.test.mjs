// Every view in both themes, looked at by axe: nothing serious may be wrong for someone with a keyboard or a screen reader.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Window } from "./page.mjs";

for (const theme of ["dark", "light"]) {
  describe(`every view in the ${theme} theme`, () => {
    let window;
    const id = (name) => window.id(name);
    before(async () => (window = await Window.open({ theme })));
    after(() => window?.close());

    const views = {
      "the first screen": () => id("drop-zone").waitFor(),
      "the overview with its cards": () => window.openSample(),
      "a card": async () => {
        await id("card-item").first().click();
        await id("card-why").waitFor();
      },
      "the false positive question": async () => {
        await id("card-false-positive").click();
        await id("card-reason").waitFor();
      },
      "the events with a detail": async () => {
        await window.page.keyboard.press("Escape");
        await id("nav-explore").click();
        await id("event-row").first().click();
        await id("raw-record").waitFor();
      },
      "an answer": () => window.ask("How many 404 responses were there?"),
      "the sources": async () => {
        await id("nav-sources").click();
        await id("source-row").first().waitFor();
      },
      "the settings": async () => {
        await id("nav-settings").click();
        await id("theme-select").waitFor();
      },
    };
    for (const [name, go] of Object.entries(views)) {
      it(`${name} has no serious violation`, async () => {
        await go();
        assert.deepEqual(await window.axe(), []);
      });
    }

    it("is in the theme that was asked for", async () => {
      const lightness = await window.page.evaluate(() => {
        const probe = document.createElement("canvas").getContext("2d");
        probe.fillStyle = getComputedStyle(document.body).backgroundColor;
        probe.fillRect(0, 0, 1, 1);
        return probe.getImageData(0, 0, 1, 1).data[0];
      });
      assert.ok(theme === "dark" ? lightness < 90 : lightness > 180, `background lightness ${lightness}`);
    });
  });
}
