/** TYPE FILE: one turn of a conversation, as it is kept and as it comes back into a prompt. */
import type { FoundPassage } from "./passage.ts";

export interface Turn {
  /** ISO 8601. */
  at: string;
  kind: "research" | "code";
  question: string;
  /** What was answered, as text. */
  answer: string;
  /** What the answer cited. */
  passages: CitedPlace[];
}

export interface CitedPlace extends Pick<FoundPassage, "source" | "document" | "startLine" | "endLine" | "page"> {
  /** By which the answer cites it. */
  id?: string | undefined;
}
