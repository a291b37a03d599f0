import { limits } from "../shared/limits.ts";
import { checkPath, type TreePaths } from "./check-path.ts";
import type {
  AppliedEdits,
  Definition,
  Edit,
  EditedFile,
  EditTools,
  ReadFile,
  RefusalReason,
  RefusedEdit,
} from "./edit.ts";
import { elisionIn } from "./elided.ts";
import { findLines, shiftLines } from "./find-lines.ts";
import { isBlank, replaceLines, splitText, writtenLines } from "./lines.ts";
import { nearestLines } from "./nearest-lines.ts";
import { definitionsNamed, nearestName, replaceDefinition } from "./replace-symbol.ts";

export interface ApplyInput {
  read: ReadFile;
  tree: TreePaths;
  /** Globs of files that must not be changed, beside those that never may. */
  protect: readonly string[];
  tools: EditTools;
}

/**
 * Applies edits one after another, each to what those before it left. What cannot be applied exactly, with the grammar's
 * names or with one difference in indentation is refused; so is every edit of a file that parsed better before. Nothing is
 * written anywhere.
 */
export async function applyEdits(edits: readonly Edit[], input: ApplyInput): Promise<AppliedEdits> {
  const texts = new Map<string, EditedFile>();
  const applied: Edit[] = [];
  const refused: RefusedEdit[] = [];
  for (const edit of edits) {
    const file = texts.get(edit.path) ?? null;
    const outcome = await applyOne(edit, file, texts.size, input);
    if ("reason" in outcome) refused.push(outcome);
    else {
      texts.set(edit.path, outcome);
      applied.push(edit);
    }
  }
  for (const file of Array.from(texts.values())) {
    const broken = await brokenBy(file, input.tools);
    if (broken === null) continue;
    texts.delete(file.path);
    const own = applied.filter(({ path }) => path === file.path);
    refused.push(...own.map((edit) => refusal(edit, "does-not-parse", broken.explanation, broken.nearest)));
    for (const edit of own) applied.splice(applied.indexOf(edit), 1);
  }
  const files = [...texts.values()].filter(({ before, after }) => before !== after);
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), applied, refused };
}

async function applyOne(
  edit: Edit,
  edited: EditedFile | null,
  filesSoFar: number,
  { read, tree, protect, tools }: ApplyInput,
): Promise<EditedFile | RefusedEdit> {
  const bad = checkPath(edit.path, tree, protect);
  if (bad !== null) return refusal(edit, bad.reason, bad.explanation);
  if (edited === null && filesSoFar >= limits.editedFiles) {
    return refusal(edit, "too-large", `A change has at most ${limits.editedFiles} files.`);
  }
  const isThere = tree.files.has(edit.path);
  const before = edited?.before ?? (isThere && edited === null ? await read(edit.path) : null);
  if (isThere && before === null) return refusal(edit, "not-text", `${edit.path} is no text that can be edited.`);
  const current = edited?.after ?? before;
  const after = await textAfter(edit, current, tools);
  if (typeof after !== "string") return after;
  const wrong = checkText(edit, current, after);
  return wrong ?? { path: edit.path, before, after };
}

function textAfter(
  edit: Edit,
  current: string | null,
  tools: EditTools,
): Promise<string | RefusedEdit> | string | RefusedEdit {
  if (edit.kind === "file") return wholeFile(edit, current);
  if (current === null) {
    const explanation = `There is no file ${edit.path}. Name one that is there, or write the whole text of a new one.`;
    return refusal(edit, "no-such-file", explanation);
  }
  if (edit.kind === "append") return appended(edit, current);
  return edit.kind === "replace" ? replaced(edit, current) : symbolReplaced(edit, current, tools);
}

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

function wholeFile(edit: EditOf<"file">, current: string | null): string | RefusedEdit {
  const put = writtenLines(edit.text);
  if (current === null) return put.map((line) => `${line}\n`).join("");
  const whole = splitText(current);
  if (whole.lines.length > limits.wholeFileLines) {
    const explanation = `${edit.path} has ${whole.lines.length} lines, too many to be written anew. Change one symbol, or use a SEARCH block.`;
    return refusal(edit, "too-large", explanation);
  }
  const mark = current.startsWith("\uFEFF") && !edit.text.startsWith("\uFEFF") ? "\uFEFF" : "";
  return mark + replaceLines(whole, 0, whole.lines.length, put);
}

/** One empty line stands between what was there and what is new. */
function appended(edit: EditOf<"append">, current: string): string {
  const whole = splitText(current);
  const last = whole.lines.findLastIndex((line) => !isBlank(line));
  const put = writtenLines(edit.text);
  const first = put.findIndex((line) => !isBlank(line));
  const added = first < 0 ? [] : ["", ...put.slice(first)];
  return replaceLines(whole, last + 1, whole.lines.length - last - 1, last < 0 ? added.slice(1) : added);
}

function replaced(edit: EditOf<"replace">, current: string): string | RefusedEdit {
  const whole = splitText(current);
  const wanted = writtenLines(edit.search);
  if (wanted.every(isBlank)) {
    return refusal(edit, "not-found", "The SEARCH part is empty. Copy the lines there that shall be replaced.");
  }
  const found = findLines(whole.lines, wanted);
  const [first] = found;
  const near = nearestLines(whole.lines, wanted);
  if (first === undefined) {
    const there = near === null ? "" : ` Did you mean the lines from ${near.startLine} on? Copy them as they stand.`;
    return refusal(edit, "not-found", `The SEARCH lines do not stand in ${edit.path}.${there}`, near);
  }
  if (found.length > 1) {
    const places = found
      .slice(0, 5)
      .map(({ at }) => at + 1)
      .join(", ");
    const explanation = `The SEARCH lines stand ${found.length} times in ${edit.path} (lines ${places}). Add lines around them.`;
    return refusal(edit, "ambiguous", explanation, near);
  }
  const put = shiftLines(writtenLines(edit.replacement), first.shift);
  if (put === null) {
    return refusal(edit, "not-found", "The lines of SEARCH and REPLACE are indented differently.", near);
  }
  return replaceLines(whole, first.at, first.count, put);
}

async function symbolReplaced(
  edit: EditOf<"symbol">,
  current: string,
  tools: EditTools,
): Promise<string | RefusedEdit> {
  const definitions = await tools.findDefinitions(edit.path, current);
  if (definitions === null) {
    const explanation = `Nothing here knows the symbols of ${edit.path}. Use a SEARCH block, or write the whole file.`;
    return refusal(edit, "no-such-symbol", explanation);
  }
  const found = definitionsNamed(definitions, edit.symbol);
  const [only] = found;
  if (only === undefined) {
    const near = nearestName(definitions, edit.symbol);
    const names =
      near ??
      definitions
        .slice(0, 12)
        .map(({ name }) => name)
        .join(", ");
    const explanation = `${edit.path} defines no ${edit.symbol}. It defines ${names === "" ? "nothing that has a name" : names}.`;
    return refusal(edit, "no-such-symbol", explanation);
  }
  if (found.length > 1) {
    const places = found.map(({ name, headLine }) => `${name} in line ${headLine}`).join(", ");
    return refusal(
      edit,
      "ambiguous",
      `${edit.symbol} is defined ${found.length} times: ${places}. Use a SEARCH block.`,
    );
  }
  const last = only.name.split(".").at(-1) ?? only.name;
  if (!edit.text.includes(last)) {
    return refusal(
      edit,
      "no-such-symbol",
      `What was written does not define ${last}. Write the whole of it, with its head.`,
    );
  }
  const repeated = only.name.includes(".") ? null : await definedTwice(edit, only, definitions, tools);
  if (repeated !== null) {
    const explanation = `It also defines ${repeated}, which ${edit.path} has already. Write ${only.name} and nothing else that is there.`;
    return refusal(edit, "ambiguous", explanation);
  }
  return replaceDefinition(splitText(current), only, edit.text);
}

/** Something outside of the definition that the new text defines once more: it holds more of the file than was asked for. */
async function definedTwice(
  { path, text }: EditOf<"symbol">,
  own: Definition,
  definitions: readonly Definition[],
  tools: EditTools,
): Promise<string | null> {
  const outside = definitions.filter(({ headLine }) => headLine < own.leadLine || headLine > own.endLine);
  const known = new Set(outside.map(({ name }) => name));
  return ((await tools.findDefinitions(path, text)) ?? []).find(({ name }) => known.has(name))?.name ?? null;
}

function checkText(edit: Edit, current: string | null, after: string): RefusedEdit | null {
  if (invisible(after) > invisible(current ?? "")) {
    return refusal(
      edit,
      "not-text",
      "The new text holds control characters, or such as turn the direction of reading.",
    );
  }
  if (Buffer.byteLength(after) > limits.editedFileBytes) {
    return refusal(edit, "too-large", `A file may have ${limits.editedFileBytes} bytes.`);
  }
  const elision = elisionIn(current ?? "", after);
  if (elision !== null) {
    const explanation = `"${elision.slice(0, 80)}" stands for code that was left out. Write every line that shall be there.`;
    return refusal(edit, "elided", explanation);
  }
  if (after === current) return refusal(edit, "changes-nothing", "It leaves the file as it is.");
  return null;
}

/** Characters that nobody sees, and that may make code look like other code. */
function invisible(text: string): number {
  return text.match(/(?![\t\n\r\f])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu)?.length ?? 0;
}

/** Where a file parses worse than before; null where it does not, or nothing can tell. */
async function brokenBy(
  { path, before, after }: EditedFile,
  tools: EditTools,
): Promise<{ explanation: string; nearest: RefusedEdit["nearest"] } | null> {
  if (after === null) return null;
  const left = await tools.findSyntaxErrors(path, after);
  const [first] = left ?? [];
  if (left === null || first === undefined) return null;
  const was = before === null ? [] : ((await tools.findSyntaxErrors(path, before)) ?? []);
  // Errors are counted up to a limit: from there on another one would not be seen.
  if (left.length <= was.length && was.length < limits.syntaxProblems) return null;
  const startLine = Math.max(1, first.line - 2);
  const text = after
    .split("\n")
    .slice(startLine - 1, first.line + 2)
    .join("\n");
  return {
    explanation: `With it ${path} does not parse: line ${first.line}: ${first.message}`,
    nearest: { startLine, text },
  };
}

function refusal(
  edit: Edit,
  reason: RefusalReason,
  explanation: string,
  nearest: RefusedEdit["nearest"] = null,
): RefusedEdit {
  return { edit, reason, explanation, nearest };
}
