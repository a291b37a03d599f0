import type { AnswerOutcome } from "../outcome.ts";
import { blocks, composeBody } from "./body.ts";
import { sanitizeBlocks } from "./sanitize.ts";

/** The answer to a command, tied to the comment that asked. */
export function answerComment(outcome: AnswerOutcome): string {
  return composeBody([blocks(sanitizeBlocks(outcome.body))], { kind: "answer", comment: outcome.commentId });
}
