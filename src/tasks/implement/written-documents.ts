import type { EditedFile } from "../../edits/edit.ts";
import type { ImplementTask, Phase, PhaseDocument } from "../../publish/implement-outcome.ts";
import { isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { code, counted } from "../ask/inline.ts";
import type { Attempts, RoundsResult } from "./rounds.ts";
import type { Part } from "./write-part.ts";

export interface WrittenDocument {
  document: PhaseDocument;
  /** False where the phase had nothing to do. */
  wrote: boolean;
}

/** What was written, phase by phase: files with their sizes, and how the attempts went. Counted by code. */
export function writtenDocuments(
  task: ImplementTask,
  parts: readonly Part[],
  { files, rounds, notes }: Attempts,
  { reason }: RoundsResult,
  model: string | null,
): WrittenDocument[] {
  const by = parts.length === 0 ? "" : ` by ${model ?? "a model"}`;
  const history = rounds.map(({ applied, refused, commands }, i) => {
    const failed = commands.find(({ passed }) => !passed);
    const said = failed
      ? `${failed.name}: ${failed.ended}`
      : commands.length > 0
        ? "all commands passed"
        : "no command was run";
    return `${i + 1}. ${counted(applied, "edit")} applied, ${refused.length} refused; ${said}`;
  });
  const phases: [Phase, (file: EditedFile) => boolean][] = [
    ["implementation", ({ path }) => !isTestPath(path) && !isProsePath(path)],
    ["tests", ({ path }) => isTestPath(path)],
    ["documentation", ({ path }) => isProsePath(path)],
  ];
  const first: Phase = task === "test" ? "tests" : task === "document" ? "documentation" : "implementation";
  const ordered = [...phases.filter(([phase]) => phase === first), ...(task === "implement" ? phases.slice(1) : [])];
  return ordered.map(([phase, belongs]) => {
    const own = task === "implement" ? files.filter(belongs) : files;
    const listedFiles = own.map((file) => `- ${code(file.path)}: ${sizeOf(file)}`).join("\n");
    const what = own.length === 0 ? nothing(phase, notes) : `Written${by}:\n\n${listedFiles}`;
    const told = phase === first ? [reason, history.join("\n")] : [];
    const markdown = `${[what, ...told].filter(Boolean).join("\n\n")}\n`;
    return { document: { phase, markdown, writtenBy: null }, wrote: own.length > 0 || phase === first };
  });
}

function nothing(phase: Phase, notes: readonly string[]): string {
  const words = { tests: ["test"], documentation: ["document"] }[phase as string] ?? [];
  return notes.find((note) => words.some((word) => note.toLowerCase().includes(word))) ?? "Nothing was changed.";
}

function sizeOf({ before, after }: EditedFile): string {
  const [was, is] = [before ?? "", after ?? ""].map((text) => text.split("\n").filter((line) => line !== ""));
  const left = new Map<string, number>();
  for (const line of was ?? []) left.set(line, (left.get(line) ?? 0) + 1);
  let added = 0;
  for (const line of is ?? []) {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    else added++;
  }
  const removed = [...left.values()].reduce((sum, count) => sum + count, 0);
  return `${before === null ? "new, " : ""}+${added} −${removed}`;
}
