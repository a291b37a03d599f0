import { constants } from "node:os";

let received: NodeJS.Signals | null = null;

/**
 * Aborts at the first Ctrl-C or SIGTERM, so that a model's worker can end its token and files are closed; the second one
 * ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => {
    received = signal;
    process.stderr.write(`\n${signal}: stopping; once more to end at once\n`);
    controller.abort(new DOMException("stopped by the user", "AbortError"));
  };
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  return controller.signal;
}

/** How shells count the end by a signal: 128 and its number (130 for Ctrl-C). Null where none was received. */
export function interruptExitCode(): number | null {
  return received === null ? null : 128 + constants.signals[received];
}
