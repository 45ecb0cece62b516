/** The host as the window sees it: something to call and something to listen to. Nothing here knows logs. */
export interface Platform {
  /** `tauri` in the real window, `bridge` in a browser that a test drives, `none` in a bare browser. */
  readonly kind: "tauri" | "bridge" | "none";
  /** Runs one command; rejects with an `ApiError`-shaped object. */
  call(cmd: string, payload: unknown): Promise<unknown>;
  /** Hears one event until the returned function is called. */
  listen(event: string, hear: (payload: unknown) => void): () => void;
}
