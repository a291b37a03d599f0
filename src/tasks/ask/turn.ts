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
  passages: Pick<FoundPassage, "source" | "document" | "startLine" | "endLine" | "page">[];
}
