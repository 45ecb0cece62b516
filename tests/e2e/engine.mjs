// The real engine: `timberline rpc` as a child, one JSON line a call, one a answer, and events in between.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const repository = resolve(import.meta.dirname, "../..");
export const sample = join(repository, "fixtures/incidents/ssh-break-in");

export class Engine {
  #waiting = new Map();
  #ears = new Set();
  #next = 1;
  #said = "";

  constructor() {
    const program = process.env.TIMBERLINE;
    if (!program) throw new Error("TIMBERLINE must name the command line's binary; ./dev test e2e does");
    this.data = mkdtempSync(join(tmpdir(), "timberline-e2e-"));
    const env = { ...process.env, TIMBERLINE_DATA: this.data, TIMBERLINE_SAMPLE: sample };
    this.child = spawn(program, ["rpc"], { env, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr.on("data", (text) => (this.#said += text));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.#hear(line));
    this.child.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the engine ended (${code}): ${this.#said}`));
    });
  }

  #hear(line) {
    const message = JSON.parse(line);
    if ("event" in message) {
      for (const ear of this.#ears) ear(message.event, message.payload);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    waiting?.resolve(message);
  }

  /** Gives `{ok}` or `{error}`, as the bridge of the window has it. */
  send(cmd, payload = {}) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ id, cmd, payload })}\n`);
    });
  }

  /** Gives the answer, or throws. */
  async call(cmd, payload) {
    const answer = await this.send(cmd, payload);
    if ("error" in answer) throw new Error(`${cmd}: ${answer.error.message}`);
    return answer.ok;
  }

  listen(ear) {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  async close() {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.stdin.end();
    const late = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    if (this.child.exitCode === null) await ended;
    clearTimeout(late);
    rmSync(this.data, { recursive: true, force: true });
  }
}
