import type { Progress } from "../pipeline.ts";

/**
 * Progress on one line of a terminal, rewritten in place; nothing where the stream is a file or a pipe. An empty step wipes
 * the line.
 */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return () => {};
  return (step, done, total) => {
    const count = done !== undefined && total !== undefined && total > 0 ? ` ${done}/${total}` : "";
    const line = step === "" ? "" : `${step}${count} …`;
    stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
}
