// A model endpoint on loopback that says what the test tells it to: the wire of /v1/chat/completions, streamed.
import { createServer } from "node:http";

export class ModelServer {
  /** Bodies of the calls, in order. */
  bodies = [];
  /** Headers of the calls, in order. */
  headers = [];
  /** What answers a question of the chat: gets the body and a `say` to stream with. */
  script = async (_body, say) => say.text("Nothing was asked of this model.");
  #held = new Set();

  static async open() {
    const it = new ModelServer();
    it.server = createServer((request, response) => it.#serve(request, response));
    await new Promise((done) => it.server.listen(0, "127.0.0.1", done));
    it.host = `127.0.0.1:${it.server.address().port}`;
    it.url = `http://${it.host}`;
    return it;
  }

  async #serve(request, response) {
    this.headers.push(request.headers);
    if (request.url.endsWith("/models")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "list", data: [{ id: "scripted-small", object: "model" }, { id: "scripted-large", object: "model" }] }));
      return;
    }
    if (request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    let text = "";
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    this.bodies.push(text);
    this.#held.add(response);
    response.on("close", () => this.#held.delete(response));
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (choice, more = {}) => response.write(`data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1,
      model: body.model, choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [], ...more })}\n\n`);
    const end = (why) => {
      send({ delta: {}, finish_reason: why });
      send(null, { usage: { prompt_tokens: 90, completion_tokens: 9, total_tokens: 99 } });
      response.end("data: [DONE]\n\n");
    };
    const say = {
      part: (words) => send({ delta: { role: "assistant", content: words } }),
      reading: (done, total) => send(null, { prompt_progress: { total, cache: 0, processed: done, time_ms: 1 } }),
      end,
      text: (words) => {
        for (const word of words.match(/\S+\s*/g) ?? []) say.part(word);
        end("stop");
      },
      call: (name, args) => {
        send({ delta: { role: "assistant", content: null, tool_calls: [{ index: 0, id: "c1", type: "function", function: { name, arguments: JSON.stringify(args) } }] } });
        end("tool_calls");
      },
    };
    const asked = body.messages.at(-1).content ?? "";
    if (asked.includes("Say the word ready")) say.text("It is ready.");
    else if (asked.includes("How many events are there in the log? Use a tool.")) say.call("count_events", {});
    else if (asked.includes("Which value of the field user.name")) say.call("top_values", { field: "user.name" });
    else if (asked.includes("Is the sky blue?")) say.text('{"verdict":"k7","amount":3}');
    else await this.script(body, say);
  }

  close() {
    for (const response of this.#held) response.destroy();
    return new Promise((done) => this.server.close(done));
  }
}
