import type { Edit, RefusedEdit } from "../../edits/edit.ts";
import { parseEdits } from "../../edits/parse-edits.ts";
import type { Model } from "../../model/model.ts";
import { messageOf } from "../../shared/errors.ts";
import { limits } from "../../shared/limits.ts";
import type { Block } from "../ask/material.ts";
import type { WriteTarget } from "./edit-target.ts";
import { editPrompt } from "./prompt.ts";
import { type Usage, write } from "./usage.ts";

export type PartName = "implementation" | "tests" | "documentation";

/** One of the things that a change consists of: what it writes to, and what became of it so far. */
export interface Part {
  name: PartName;
  /** What is wanted, in our words. */
  task: string;
  target: WriteTarget;
  blocks: Block[];
  /** Those of the last answer; they go onto the commit's own state each time. */
  edits: Edit[];
  /** What has to be better in the next round; null: it stands. */
  problems: string | null;
  /** Of the last answer. */
  refused: string[];
  /** Whether it was ever asked for. */
  asked: boolean;
  /** Whether the change is made without it where nothing could be written. */
  optional: boolean;
}

export function newPart(name: PartName, task: string, target: WriteTarget, blocks: Block[]): Part {
  return { name, task, target, blocks, edits: [], problems: null, refused: [], asked: false, optional: false };
}

/**
 * Asks a model for a part and reads its answer. Whatever goes wrong is a problem for the next round.
 * @param written what was written before it for the same change
 * Errors: the signal's reason.
 */
export async function writePart(
  part: Part,
  model: Model,
  usage: Usage,
  signal: AbortSignal,
  written: readonly Block[] = [],
): Promise<void> {
  part.refused = [];
  const before = part.problems;
  part.asked = true;
  part.problems = null;
  try {
    const blocks = [...part.blocks.slice(0, 1), ...written, ...part.blocks.slice(1)];
    const { messages, maxTokens } = await fitting({ ...part, blocks }, before, model);
    const answer = await write(model, messages, maxTokens, usage, signal);
    const { path, symbol, form } = part.target;
    const { edits: read, problems } = parseEdits(answer, {
      path,
      symbol: form === "symbol" ? symbol : null,
      append: form === "append",
    });
    const edits = read.map((edit) => inForm(edit, part.target));
    const [allowed, others] = [
      edits.filter((edit) => mayEdit(edit, part)),
      edits.filter((edit) => !mayEdit(edit, part)),
    ];
    part.edits = allowed;
    part.refused = [...problems, ...others.map(notShown)];
    if (edits.length === 0 && problems.length === 0)
      part.refused.push("The answer holds no edit in the form that was asked for.");
  } catch (error) {
    signal.throwIfAborted();
    part.refused = [messageOf(error)];
  }
  if (part.refused.length > 0) part.problems = part.refused.join("\n");
}

/** A model that leaves the line SYMBOL out, or writes FILE for APPEND, has still written what it was asked for. */
function inForm(edit: Edit, { path, form, symbol, code }: WriteTarget): Edit {
  if (edit.kind !== "file" || edit.path !== path) return edit;
  if (form === "symbol" && symbol !== null) return { kind: "symbol", path, symbol, text: edit.text };
  const first = code.split("\n").find((line) => line.trim() !== "");
  const repeats = first !== undefined && edit.text.includes(first);
  return form === "append" && !repeats ? { kind: "append", path, text: edit.text } : edit;
}

/** Files that it was not shown it would write from nothing: only what it was asked for, and new files, may be written whole. */
function mayEdit(edit: Edit, { target }: Part): boolean {
  if (edit.path !== target.path) return false;
  return edit.kind !== "file" || target.whole || target.form === "new";
}

function notShown(edit: Edit): string {
  // What a model calls a path may be a page of text.
  return `${edit.path.slice(0, shownPathCharacters)}: only the file that was asked for may be changed, in the form that was asked for.`;
}

const shownPathCharacters = 100;

/** The prompt with as many of its blocks as the context has room for; the last ones go first. */
async function fitting(
  { task, target, blocks }: Part,
  problems: string | null,
  model: Model,
): Promise<{ messages: ReturnType<typeof editPrompt>; maxTokens: number }> {
  const code = await model.countTokens(target.code);
  const room = Math.floor(model.contextTokens / 2);
  const wanted = target.form === "symbol" || target.form === "file" ? Math.ceil(code * 1.4) + 200 : limits.codeTokens;
  const maxTokens = Math.max(64, Math.min(room, wanted));
  const shown = [...blocks];
  for (;;) {
    const messages = editPrompt({ task, target, blocks: shown, problems });
    const tokens = await model.countTokens(messages.map(({ content }) => content).join("\n"));
    if (tokens + maxTokens + templateTokens <= model.contextTokens || shown.length === 0)
      return { messages, maxTokens };
    shown.pop();
  }
}

/** What a chat template adds to two messages. */
const templateTokens = 60;

/** What is told about refused edits, for the next round. */
export function problemsOf(refused: readonly RefusedEdit[]): string {
  return refused
    .map(({ explanation, nearest }) => {
      const lines = nearest === null ? "" : `\nLines from ${nearest.startLine} on, as they stand:\n${nearest.text}`;
      return `${explanation}${lines}`;
    })
    .join("\n\n")
    .slice(0, limits.repairCharacters);
}
