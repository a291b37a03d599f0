/** TYPE FILE: what crosses between an encoder and its worker thread. */
import type { SeatRange } from "./core-budget.ts";
import type { Priority } from "./model.ts";

export interface EmbedSettings {
  path: string;
  /** Tokens of a text that count, with those that llama.cpp puts around it. */
  textTokens: number;
  /** One. */
  seats: SeatRange;
}

export type EmbedTask = { kind: "load" } | { kind: "embed"; text: string; priority: Priority } | { kind: "dispose" };

export type EmbedLoadReply =
  | { outcome: "loaded"; dimensions: number; ms: number }
  | { outcome: "failed"; what: "memory" | "file"; reason: string };
