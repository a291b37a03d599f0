import type { Progress } from "../pipeline.ts";
import { duration } from "./format.ts";

/** A rate over less time says too little about what is left. */
const rateMs = 2_000;

/**
 * Progress on one line of a terminal, rewritten in place, with rate and remaining time of a step that counts; nothing where
 * the stream is a file or a pipe. An empty step wipes the line.
 * @param now in ms, from any moment on
 */
export function terminalProgress(stream: NodeJS.WriteStream, now = () => performance.now()): Progress {
  if (!stream.isTTY) return () => {};
  let begun = { step: "", done: 0, at: 0 };
  return (step, done, total) => {
    if (step !== begun.step || (done ?? 0) < begun.done) begun = { step, done: done ?? 0, at: now() };
    const isCounted = done !== undefined && total !== undefined && total > 0;
    const count = isCounted ? ` ${done}/${total}${pace(done - begun.done, total - done, now() - begun.at)}` : "";
    const line = step === "" ? "" : `${step}${count} …`;
    stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
}

/** ` (120/s, 9 s left)`; nothing until it can be told. */
function pace(done: number, left: number, ms: number): string {
  if (ms < rateMs || done <= 0) return "";
  const rate = done / (ms / 1_000);
  const each = rate >= 1 ? `${Math.round(rate)}/s` : `${Math.round(1 / rate)} s each`;
  return ` (${each}, ${duration(left / rate)} left)`;
}
