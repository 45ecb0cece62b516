import { expect, test } from "vitest";
import { BLANK, profileOf, typedOf } from "./profile";

const typed = (more: object) => ({ ...typedOf(BLANK), name: "Lab", url: "127.0.0.1:8080", ...more });

test("what was typed becomes a profile, and a profile the same text again", () => {
  const made = profileOf(typed({ headers: "X-Team: blue\nX-Note: a: b", context: "4096", ca_file: " /pki/own.pem " }), BLANK);
  expect(made).toMatchObject({ name: "Lab", headers: { "X-Team": "blue", "X-Note": "a: b" }, context: 4096, seconds: 0, ca_file: "/pki/own.pem", client_cert_file: null });
  if (typeof made === "string") throw new Error(made);
  expect(profileOf(typedOf(made), made)).toEqual(made);
});

test("what cannot be is said before anything is kept", () => {
  expect(profileOf(typed({ name: " " }), BLANK)).toMatch(/name/);
  expect(profileOf(typed({ url: "" }), BLANK)).toMatch(/address/);
  expect(profileOf(typed({ headers: "nonsense" }), BLANK)).toMatch(/Name: value/);
  expect(profileOf(typed({ context: "8k" }), BLANK)).toMatch(/tokens/);
  expect(profileOf(typed({ client_cert_file: "/c.pem" }), BLANK)).toMatch(/together/);
});
