import { limits } from "../../shared/limits.ts";
import type { ImplementOutcome } from "../implement-outcome.ts";
import { oneLine } from "./escape.ts";

/** Stands in no Markdown: nothing is escaped, but no one is called, no issue closed and no check skipped by it. */
export function changeTitle({ title, task, number }: ImplementOutcome): string {
  const line = oneLine(title)
    .replace(/\[(?:skip[ -]ci|ci[ -]skip|no[ -]ci|skip[ -]actions|actions[ -]skip)\]/gi, "")
    .replace(/@/g, "@\u200b")
    .replace(/#(?=\d)|\bGH-(?=\d)/gi, "$&\u200b")
    .trim();
  const shown = line === "" ? `${task} #${number ?? ""}` : line;
  return shown.length <= limits.titleCharacters ? shown : `${shown.slice(0, limits.titleCharacters - 1)}…`;
}

/** The first paragraph of the commit's message. */
export function commitMessage(outcome: ImplementOutcome): string {
  return outcome.number === null ? changeTitle(outcome) : `${changeTitle(outcome)}\n\nFor #${outcome.number}.`;
}
