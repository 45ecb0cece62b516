// What a drop would read, before it is read: files that ask for something wait; a format can be made of what nobody knows.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { crc32 } from "node:zlib";
import { Window } from "./page.mjs";

/** A zip archive of one stored member, encrypted as PKWARE's appnote, section 6.1, says. */
function lockedZip(name, text, password) {
  const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1; return c >>> 0; });
  const step = (crc, byte) => (table[(crc ^ byte) & 0xff] ^ (crc >>> 8)) >>> 0;
  const keys = [0x12345678, 0x23456789, 0x34567890];
  const update = (byte) => {
    keys[0] = step(keys[0], byte);
    keys[1] = (Math.imul((keys[1] + (keys[0] & 0xff)) >>> 0, 134775813) + 1) >>> 0;
    keys[2] = step(keys[2], keys[1] >>> 24);
  };
  for (const byte of Buffer.from(password)) update(byte);
  const encrypt = (byte) => {
    const t = (keys[2] | 2) & 0xffff;
    const mask = (Math.imul(t, t ^ 1) >>> 8) & 0xff;
    update(byte);
    return byte ^ mask;
  };
  const data = Buffer.from(text);
  const crc = crc32(data);
  const head = [...Buffer.from("elevenbytes"), crc >>> 24];
  const body = Buffer.from([...head, ...data].map(encrypt));
  const file = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); common.writeUInt16LE(1, 2); common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(body.length, 14); common.writeUInt32LE(data.length, 18); common.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, file, body]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, Buffer.alloc(14), file]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1"); end.writeUInt16LE(1, 8); end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12); end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

const access = (n) => `192.0.2.${n % 250} - - [01/Mar/2026:10:00:${String(n % 60).padStart(2, "0")} +0000] "GET /page/${n} HTTP/1.1" 200 512 "-" "curl/8.0"`;
const gate = (n) => `door;${n};open;bob;192.0.2.${n % 250};10.03.26 09:13:${String(n % 60).padStart(2, "0")}`;

describe("before files are read", () => {
  let window;
  let folder;
  const id = (name) => window.id(name);
  const drop = (...paths) => window.emit("drop", { paths });
  before(async () => {
    window = await Window.open({ theme: "dark" });
    folder = join(window.engine.data, "drops");
    mkdirSync(folder);
    await id("drop-zone").waitFor();
  });
  after(() => window?.close());

  it("one that is plainly one format is read at once", async () => {
    const path = join(folder, "access.log");
    writeFileSync(path, Array.from({ length: 50 }, (_, n) => access(n)).join("\n") + "\n");
    await drop(path);
    await id("import-done").waitFor();
    assert.equal(await id("import-review").count(), 0);
  });

  it("an encrypted archive waits for its password, and is read with it", async () => {
    const path = join(folder, "locked.zip");
    writeFileSync(path, lockedZip("in/access.log", Array.from({ length: 30 }, (_, n) => access(n)).join("\n") + "\n", "sesame"));
    await drop(path);
    await id("import-review").waitFor();
    assert.match(await id("review-file").first().innerText(), /Locked/);
    await id("review-password").fill("wrong");
    await id("review-unlock").click();
    await window.page.waitForFunction(() => document.querySelector('[data-testid="review-unlock"]'));
    assert.match(await id("review-file").first().innerText(), /Locked/);
    await id("review-password").fill("sesame");
    await id("review-unlock").click();
    await id("review-file").filter({ hasText: "Ready" }).waitFor();
    assert.match(await id("review-rows").innerText(), /\/page\/0/);
    await id("review-read").click();
    await window.page.waitForFunction(() => document.querySelector('[data-testid="status-events"]')?.dataset.events === "80");
    const { sources } = await window.engine.call("case_state");
    assert.ok(sources.some((s) => s.path.endsWith("locked.zip!in/access.log") && s.events === 30), JSON.stringify(sources.map((s) => s.path)));
    assert.ok(!JSON.stringify(sources).includes("sesame"), "the password is kept nowhere");
  });

  it("a log that says the time of day only waits for its date", async () => {
    const path = join(folder, "clock.log");
    writeFileSync(path, Array.from({ length: 20 }, (_, n) => `09:13:${String(n).padStart(2, "0")}.250 worker started job ${n}`).join("\n") + "\n");
    await drop(path);
    await id("import-review").waitFor();
    await id("review-date").fill("2026-03-10");
    await window.page.waitForFunction(() => { const rows = document.querySelector('[data-testid="review-rows"]')?.innerText; return rows && !rows.includes("undated"); });
    await id("review-read").click();
    await window.page.waitForFunction(() => document.querySelector('[data-testid="status-events"]')?.dataset.events === "100");
    const { sources } = await window.engine.call("case_state");
    assert.equal(sources.find((s) => s.name === "clock.log").undated, 0);
  });

  it("a format is made of a pasted line, tried at once, and reads the file", async () => {
    const path = join(folder, "gate.txt");
    writeFileSync(path, Array.from({ length: 40 }, (_, n) => gate(n)).join("\n") + "\n");
    await id("nav-settings").click();
    await window.page.getByRole("button", { name: "Make a format..." }).click();
    await id("format-maker").waitFor();
    await id("maker-lines").fill([gate(1), gate(2)].join("\n"));
    await id("maker-guess").click();
    await id("maker-pattern").waitFor();
    await id("maker-pattern").fill(String.raw`^door;(?<number>\d+);(?<action>\w+);(?<user>\w+);(?<ip>[\d.]+);(?<time>.*)$`);
    await id("maker-title").fill("Door controller");
    await id("maker-id").fill("door_controller");
    await window.page.waitForFunction(() => document.querySelector('[data-testid="maker-rows"]')?.innerText.includes("192.0.2.1"));
    await id("maker-save").click();
    await id("format-maker").waitFor({ state: "detached" });
    await id("format-own").filter({ hasText: "Door controller" }).waitFor();
    await drop(path);
    await window.page.waitForFunction(() => document.querySelector('[data-testid="status-events"]')?.dataset.events === "140");
    const { sources } = await window.engine.call("case_state");
    const made = sources.find((s) => s.name === "gate.txt");
    assert.equal(made.format, "door_controller");
    assert.equal(made.undated, 0);
  });

  it("logged no error and asked for nothing that the policy refuses", () => window.nothingWrong());
});
