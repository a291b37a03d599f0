import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/**
 * How many ms to wait before the same back end is asked once more; null where it is not. Not after an error that stays, nor
 * at the end of the program; not after a time-out, which took the time of a whole answer: another model may be quicker; once
 * after an unusable answer.
 * @param so `tries` so far, from 1; how many of them gave an unusable answer, this one included
 * @param random from 0 to 1
 */
export function nextTry(error: unknown, so: { tries: number; unusable: number }, random: () => number): number | null {
  if (!(error instanceof AssistantError) || !error.transient) return null;
  if (error.code === "model-timeout" || error.code === "model-closed") return null;
  if (error.code === "answer-invalid") return so.unusable === 1 ? 0 : null;
  if (so.tries > limits.modelRetries) return null;
  const askedMs = error.retryAfterMs ?? 0;
  return askedMs > limits.modelRetryMostMs ? null : Math.max(askedMs, backoffMs(so.tries, random));
}

/**
 * Exponential backoff with equal jitter: half of the wait is certain, so that a server that restarts has a moment; the other
 * half keeps those apart that failed together.
 */
function backoffMs(tries: number, random: () => number): number {
  const most = Math.min(limits.modelRetryMostMs, limits.modelRetryFirstMs * 2 ** (tries - 1));
  return Math.round((most / 2) * (1 + random()));
}
