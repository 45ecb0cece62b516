/** What a failed command becomes in the window. Words come from the engine; only the code is acted on. */
import type { ApiError } from "./wire";

export class CallError extends Error {
  readonly code: string;
  readonly detail: string;

  constructor(code: string, message: string, detail = "") {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whatever was thrown, as a `CallError`. */
export function asCallError(thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  if (thrown !== null && typeof thrown === "object" && "message" in thrown) {
    const e = thrown as Partial<ApiError>;
    return new CallError(e.code ?? "failed", String(e.message), e.detail ?? "");
  }
  return new CallError("failed", typeof thrown === "string" ? thrown : "The engine gave no answer");
}
