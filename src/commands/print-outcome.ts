import type { Outcome } from "../publish/outcome.ts";
import { renderOutcome, terminalOptions } from "../publish/terminal.ts";

/** Prints an outcome on standard output: for a person, or as one JSON document. */
export function printOutcome(outcome: Outcome, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : renderOutcome(outcome, terminalOptions(process.stdout)));
}
