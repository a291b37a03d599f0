/**
 * Aborts at the first Ctrl-C or SIGTERM, so that a model's worker can end its token and files are closed; the second one
 * ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => {
    process.stderr.write(`\n${signal}: stopping; once more to end at once\n`);
    controller.abort(new DOMException("stopped by the user", "AbortError"));
  };
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  return controller.signal;
}
