/** What is typed about an endpoint, and the profile that it makes. */
import type { ModelProfile } from "$/api/wire";

export const BLANK: ModelProfile = {
  name: "", url: "", model: "", headers: {}, key_header: "", ca_file: null, client_cert_file: null, client_key_file: null,
  context: 0, protocol: "auto", seconds: 0, has_key: false, report: null,
};

/** The form's fields, all as text. */
export interface Typed {
  name: string;
  url: string;
  model: string;
  headers: string;
  key_header: string;
  ca_file: string;
  client_cert_file: string;
  client_key_file: string;
  context: string;
  seconds: string;
  protocol: string;
}

export function typedOf(p: ModelProfile): Typed {
  return {
    name: p.name,
    url: p.url,
    model: p.model,
    headers: Object.entries(p.headers).map(([name, value]) => `${name}: ${value}`).join("\n"),
    key_header: p.key_header,
    ca_file: p.ca_file ?? "",
    client_cert_file: p.client_cert_file ?? "",
    client_key_file: p.client_key_file ?? "",
    context: p.context > 0 ? String(p.context) : "",
    seconds: p.seconds > 0 ? String(p.seconds) : "",
    protocol: p.protocol || "auto",
  };
}

/** The profile, or what is wrong with what was typed. The engine checks again. */
export function profileOf(t: Typed, before: ModelProfile): ModelProfile | string {
  if (!t.name.trim()) return "Give the endpoint a name";
  if (!t.url.trim()) return "Give the address of the endpoint, with its port";
  const headers: Record<string, string> = {};
  for (const line of t.headers.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const at = line.indexOf(":");
    if (at < 1) return `A header is written as Name: value, not as ${line}`;
    headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  const whole = (text: string) => (/^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : text.trim() === "" ? 0 : null);
  const [context, seconds] = [whole(t.context), whole(t.seconds)];
  if (context === null) return "The context is a number of tokens; leave it empty for what the endpoint says";
  if (seconds === null) return "The time for an answer is a number of seconds";
  if ((t.client_cert_file.trim() === "") !== (t.client_key_file.trim() === "")) return "A client certificate and its key go together";
  const file = (text: string) => text.trim() || null;
  return {
    ...before, name: t.name.trim(), url: t.url.trim(), model: t.model.trim(), headers, key_header: t.key_header.trim(),
    ca_file: file(t.ca_file), client_cert_file: file(t.client_cert_file), client_key_file: file(t.client_key_file), context, seconds, protocol: t.protocol,
  };
}
