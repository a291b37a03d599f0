import { oneLine, printable } from "../publish/markdown/escape.ts";
import type { ImplementOutcome, ImplementVerdict } from "../publish/implement-outcome.ts";

const words: Record<ImplementVerdict, string> = {
  passed: "passed",
  unverified: "not checked by any command",
  failed: "did not pass",
  planned: "planned",
  question: "a question back",
  refused: "not begun",
  stopped: "stopped",
};

/**
 * An outcome for a person: what became of it, the plan, the places, and the patch.
 * @param waits whether the plan has to be agreed to first
 */
export function renderImplement(
  outcome: ImplementOutcome,
  { withPatch, waits }: { withPatch: boolean; waits: boolean },
): string {
  const { title, verdict, reason, documents, places, rounds, unverified, patch, model } = outcome;
  const waiting = waits && verdict === "planned" ? "It waits for your agreement: ask again with --yes." : reason;
  const parts = [
    `${oneLine(title)}\n${words[verdict]}: ${printable(waiting)}`,
    ...documents.map(({ phase, markdown, writtenBy }) => {
      const by = writtenBy === null ? "" : ` (first lines by ${oneLine(writtenBy)})`;
      return `== ${phase}${by}\n${printable(markdown).trim()}`;
    }),
    documents.length > 1 || places.length === 0
      ? ""
      : `Places:\n${places.map(({ path, startLine, reason: why }) => `  ${oneLine(path)}:${startLine}  ${oneLine(why)}`).join("\n")}`,
    failureOf(rounds),
    unverified.length === 0 ? "" : `Not checked:\n${unverified.map((line) => `- ${printable(line)}`).join("\n")}`,
    model.note === "" ? "" : `Model: ${oneLine(`${model.name ?? "none"}: ${model.note}`)}`,
    withPatch ? printable(patch).trimEnd() : "",
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The last command that failed, with the end of what it printed. */
function failureOf(rounds: ImplementOutcome["rounds"]): string {
  const last = rounds.at(-1);
  const failed = last?.commands.find(({ passed }) => !passed);
  if (failed !== undefined) {
    const lines = printable(failed.output).trimEnd().split("\n").slice(-shownLines);
    return `${oneLine(failed.command)}: ${failed.ended}\n${lines.map((line) => `  ${line}`).join("\n")}`;
  }
  const refused = last?.refused ?? [];
  return refused.length === 0 ? "" : `Refused edits:\n${refused.map((line) => `- ${printable(line)}`).join("\n")}`;
}

const shownLines = 30;
