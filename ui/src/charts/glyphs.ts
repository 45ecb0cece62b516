/** The shapes of severity, about 12 px across, told apart without colour. */
import type { Severity } from "$/api/wire";

export const GLYPH: Record<Severity, string> = {
  critical: "M-2.5-6H2.5L6-2.5V2.5L2.5 6H-2.5L-6 2.5V-2.5ZM-.9-3.6V.8H.9V-3.6ZM-.9 2V3.7H.9V2Z",
  high: "M0-5.2L5.6 4.6H-5.6Z",
  medium: "M0-5.8L5.8 0L0 5.8L-5.8 0Z",
  low: "M-4.4-4.4H4.4V4.4H-4.4Z",
  info: "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0ZM-2.6 0A2.6 2.6 0 1 0 2.6 0A2.6 2.6 0 1 0-2.6 0Z",
};
