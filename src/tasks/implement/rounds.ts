import { applyEdits } from "../../edits/apply-edits.ts";
import type { AppliedEdits, Edit, EditedFile } from "../../edits/edit.ts";
import type { Model } from "../../model/model.ts";
import { collaborate } from "../../orchestration/patterns.ts";
import type { ImplementRound, ImplementVerdict, VerifiedCommand } from "../../publish/implement-outcome.ts";
import { isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import type { Block } from "../ask/material.ts";
import type { ImplementInput } from "./input.ts";
import { sameCode } from "./refactoring.ts";
import type { Usage } from "./usage.ts";
import { type Part, problemsOf, writePart } from "./write-part.ts";

/** What the attempts came to so far; kept up to date, so that it can be told whenever it ends. */
export interface Attempts {
  rounds: ImplementRound[];
  files: EditedFile[];
  notes: string[];
}

export interface RoundsRequest {
  parts: Part[];
  /** Edits that no model wrote; they stand in every round. */
  given: readonly Edit[];
  /** Null: there are given edits alone, and one round. */
  model: Model | null;
  input: ImplementInput;
  usage: Usage;
  attempts: Attempts;
}

export interface RoundsResult {
  verdict: Extract<ImplementVerdict, "passed" | "unverified" | "failed">;
  reason: string;
}

/**
 * Writes, applies and checks, at most `limits.implementRounds` times: what was refused, and what the commands said, goes back to
 * who wrote it. A change is done when everything of it was applied and every command passed. Tests or documents that do not
 * hold in the last round are left out, and that is said.
 * Errors: the signal's reason.
 */
export async function runRounds(request: RoundsRequest, signal: AbortSignal): Promise<RoundsResult> {
  const { parts, model, input, attempts } = request;
  const rounds = model === null ? 1 : limits.implementRounds;
  let last = "nothing was written";
  for (let round = 1; round <= rounds; round++) {
    input.onProgress?.({ kind: "round", round, of: rounds });
    if (model !== null) await writeParts(parts, model, request.usage, signal);
    const applied = await applyAll(request, parts);
    // Also of a later failure the last change that there was is shown.
    if (applied.files.length > 0 || round === 1) attempts.files = applied.files;
    const open = parts.filter(({ problems }) => problems !== null);
    const refused = parts.flatMap((part) => part.refused);
    const isWhole =
      applied.files.length > 0 && parts.every((part) => part.edits.length > 0 || !isRequired(part, request));
    const commands = isWhole ? await check(applied.files, round, request, signal) : [];
    attempts.rounds.push({ applied: applied.applied.length, refused, commands });
    if (!isWhole) {
      last = `no edit could be applied: ${(refused[0] ?? "it changes nothing").replace(/[.\s]+$/, "")}`;
      continue;
    }
    const failing = commands.find(({ passed }) => !passed);
    if (failing === undefined) {
      // For a manual's sake nothing is run again.
      const again = open.some((part) => part.name !== "documentation" || isRequired(part, request));
      if (!again || round === rounds) return done(request, applied.files, open);
      continue;
    }
    last = `\`${failing.name}\` failed (${failing.ended})`;
    const unable = await failsWithout(failing, request, signal);
    if (unable !== null) return { verdict: "failed", reason: unable };
    for (const part of parts)
      if (part.name !== "documentation") part.problems = [part.problems, saidBy(failing)].filter(Boolean).join("\n\n");
  }
  return (
    (await withoutExtras(request, signal)) ?? {
      verdict: "failed",
      reason: `After ${rounds} ${rounds === 1 ? "attempt" : "attempts"} ${last}.`,
    }
  );
}

/**
 * Code, tests and documentation side by side where the model works at several requests at once; else one after the other.
 * Of code in several places each is written with what was written before it in sight.
 */
async function writeParts(parts: readonly Part[], model: Model, usage: Usage, signal: AbortSignal): Promise<void> {
  const names = [...new Set(parts.map(({ name }) => name))];
  const jobs = names.map((name) => async () => {
    const own = parts.filter((part) => part.name === name);
    for (const [i, part] of own.entries()) {
      if (part.asked && part.problems === null) continue;
      await writePart(part, model, usage, signal, own.slice(0, i).flatMap(writtenBlocks));
    }
  });
  if (model.status().slots < 2) {
    for (const job of jobs) await job();
    return;
  }
  await collaborate<Record<string, void>, void>(Object.fromEntries(jobs.entries()), () => {}, { signal });
}

/** Characters of what was written elsewhere for the same change: enough for its names. */
const writtenCharacters = 2_000;

function writtenBlocks({ target, edits }: Part): Block[] {
  const text = edits.map((edit) => (edit.kind === "replace" ? edit.replacement : edit.text)).join("\n");
  return text === "" ? [] : [{ title: `WRITTEN ${target.path}`, text: text.slice(0, writtenCharacters) }];
}

/** All edits on the commit's own state. What is refused of a part is its problem in the next round. */
async function applyAll({ given, input }: RoundsRequest, parts: readonly Part[]): Promise<AppliedEdits> {
  const { tree, settings, tools } = input;
  const paths = { files: new Set(await tree.paths()), others: await tree.others() };
  const read = (path: string): Promise<string | null> => tree.read(path);
  const apply = (edits: readonly Edit[]) => applyEdits(edits, { read, tree: paths, protect: settings.protect, tools });
  const result = await apply([...given, ...parts.flatMap(({ edits }) => edits)]);
  for (const part of parts) {
    const refused = result.refused.filter(({ edit }) => part.edits.includes(edit));
    if (refused.length === 0) continue;
    part.edits = part.edits.filter((edit) => result.applied.includes(edit));
    // Nothing has to be changed there after all.
    if (part.optional && refused.every(({ reason }) => reason === "changes-nothing")) continue;
    part.refused.push(...refused.map(({ edit, reason, explanation }) => `${edit.path} (${reason}): ${explanation}`));
    part.problems = [part.problems, problemsOf(refused)].filter(Boolean).join("\n\n");
  }
  return result;
}

/** Without its implementation, or the only thing that was asked for, there is nothing to be checked. */
function isRequired(part: Part, { parts, given }: RoundsRequest): boolean {
  return (part.name === "implementation" && !part.optional) || (parts.length === 1 && given.length === 0);
}

async function check(
  files: readonly EditedFile[],
  round: number,
  { input }: RoundsRequest,
  signal: AbortSignal,
): Promise<VerifiedCommand[]> {
  const { request, settings, tree, onProgress } = input;
  if (request.task === "document") {
    const changed = files.find(
      ({ path, before, after }) => before !== null && sameCode(path, before, after ?? "") === false,
    );
    if (changed !== undefined) return [notOnlyComments(changed.path)];
  }
  if (settings.commands.length === 0 || tree.sandbox.description === null) return [];
  return tree.verify([...files], signal, (command) => onProgress?.({ kind: "command", round, command }));
}

function notOnlyComments(path: string): VerifiedCommand {
  const output = `${path}: its code differs. Change comments and docstrings, and nothing else.`;
  return {
    name: "comments only",
    command: "(done by the assistant)",
    passed: false,
    ended: "the code differs",
    ms: 0,
    output,
  };
}

function saidBy({ name, command, ended, output }: VerifiedCommand): string {
  return `The command ${name} (${command}) failed: ${ended}\n${output.slice(-limits.repairCharacters)}`;
}

/** Whether a command fails on the commit itself: then it can tell nothing about the change. Asked once. */
async function failsWithout(
  failing: VerifiedCommand,
  { input, attempts }: RoundsRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if (attempts.rounds.filter(({ commands }) => commands.length > 0).length > 1 || failing.command.startsWith("("))
    return null;
  const before = await input.tree.verify([], signal);
  const same = before.find(({ name, passed }) => name === failing.name && !passed);
  if (same === undefined) return null;
  return `\`${failing.name}\` fails on \`${input.tree.commit.slice(0, 12)}\` as well (${same.ended}), so that it can tell nothing about a change.`;
}

function done({ parts, input, attempts }: RoundsRequest, files: EditedFile[], open: readonly Part[]): RoundsResult {
  attempts.files = files;
  const unchanged = parts.filter(
    ({ optional, edits, problems }) => optional && edits.length === 0 && problems === null,
  );
  attempts.notes.push(
    ...unchanged.map(({ target }) => `${target.path} was to be looked at as well, and stays as it is.`),
  );
  attempts.notes.push(
    ...open.map(({ name, refused }) => `Of the ${name} not everything could be applied: ${refused[0] ?? ""}`),
  );
  const weakened = files.filter(
    ({ path, before, after }) => before !== null && isTestPath(path) && losesLines(before, after ?? ""),
  );
  attempts.notes.push(
    ...weakened.map(({ path }) => `${path} was there before, and lines of it were changed or removed.`),
  );
  const names = input.settings.commands.map(({ name }) => `\`${name}\``).join(", ");
  if (names !== "" && input.tree.sandbox.description !== null) {
    return { verdict: "passed", reason: `It applies, parses and passes ${names}.` };
  }
  return { verdict: "unverified", reason: "It applies and parses; no command of the repository was run on it." };
}

function losesLines(before: string, after: string): boolean {
  const left = new Set(after.split("\n"));
  return before.split("\n").some((line) => line.trim() !== "" && !left.has(line));
}

/**
 * The implementation by itself, where it passes without the tests and documents that were written for it; else without the
 * places that it may do without.
 */
async function withoutExtras(request: RoundsRequest, signal: AbortSignal): Promise<RoundsResult | null> {
  const { parts, attempts } = request;
  const written = parts.filter(({ edits }) => edits.length > 0);
  const code = written.filter(({ name }) => name === "implementation");
  const required = parts.filter((part) => part.name === "implementation" && !part.optional);
  if (required.length === 0 || required.some(({ edits }) => edits.length === 0)) return null;
  let tried = written.length;
  for (const own of [code, required]) {
    if (own.length === tried) continue;
    tried = own.length;
    const { files } = await applyAll(request, own);
    if (files.length === 0) return null;
    const commands = await check(files, attempts.rounds.length, request, signal);
    if (commands.length === 0 || commands.some(({ passed }) => !passed)) continue;
    attempts.rounds.push({ applied: own.flatMap(({ edits }) => edits).length, refused: [], commands });
    attempts.notes.push(...written.filter((part) => !own.includes(part)).map(leftOut));
    return done(request, files, []);
  }
  return null;
}

function leftOut({ name, target }: Part): string {
  if (name === "implementation") return `What was written for ${target.path} did not pass, and is left out.`;
  return `The ${name} that were written did not pass, and are left out: they may be wrong, or have found a fault.`;
}
