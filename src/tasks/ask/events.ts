/** TYPE FILE: what is told while an answer is made. */
import type { Passage } from "./passage.ts";

export type AskEvent =
  | { type: "status"; text: string }
  | { type: "passage"; passage: Passage }
  /** A sentence of a model that was checked. */
  | { type: "sentence"; part: string | null; sentence: string; sources: string[] }
  /** A piece of code as it is written, not checked yet. */
  | { type: "text"; text: string }
  /** Sentences and text that were told so far are void: another attempt begins. */
  | { type: "restart" };

export type OnEvent = (event: AskEvent) => void;
