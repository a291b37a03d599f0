import type { Edit } from "../../edits/edit.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { isProsePath, isReleaseFile } from "../../retrieval/ordinary-path.ts";
import type { Block } from "../ask/material.ts";
import { targetOf, testTarget, type WriteTarget } from "./edit-target.ts";
import type { PlanMaterial } from "./gather-material.ts";
import type { ImplementInput } from "./input.ts";
import { pointsOf, wordsOf } from "./plan-documents.ts";
import type { PlannedPlace } from "./plan-places.ts";
import { type Refactoring, removeByCode, renameByCode } from "./refactoring.ts";
import { newPart, type Part } from "./write-part.ts";

/** What is written by whom: parts of a model, and edits that code is sure of. */
export interface Parts {
  parts: Part[];
  given: Edit[];
  notes: string[];
}

/** Characters of the request and of an example that a prompt holds: short prompts are followed better. */
const requestCharacters = 2_000;
const exampleCharacters = 2_000;

/** @returns `refused` where code says that it must not be done */
export async function planParts(
  planned: readonly PlannedPlace[],
  material: PlanMaterial,
  refactoring: Refactoring | null,
  input: ImplementInput,
): Promise<Parts | { refused: string }> {
  const first = planned[0]?.place;
  if (first === undefined) return { refused: "No place was found." };
  switch (input.request.task) {
    case "test": {
      const tests = await testPart(first, material, input, true);
      return tests === null
        ? { refused: `Nothing here shows where tests of ${first.path} belong.` }
        : { parts: [tests], given: [], notes: [] };
    }
    case "document":
      return { parts: [await documentPart(first, input)], given: [], notes: [] };
    case "refactor":
      return refactor(first, refactoring, input);
    default:
      return implementation(planned, material, input);
  }
}

async function implementation(
  planned: readonly PlannedPlace[],
  material: PlanMaterial,
  input: ImplementInput,
): Promise<Parts> {
  const parts: Part[] = [];
  const notes: string[] = [];
  for (const { place, optional } of planned) {
    const target = await targetOf(place, input, { wiring: parts[0]?.target.form === "new" });
    const blocks = [requestBlock(input), ...wholeBlocks(planned), ...exampleBlocks(material)];
    const task = `Change ${nameOf(target)} so that it does what the REQUEST asks for.`;
    parts.push({ ...newPart("implementation", task, target, blocks), optional });
  }
  const first = planned[0]?.place;
  const code = first && !isProsePath(first.path) ? first : null;
  const tests = code === null ? null : await testPart(code, material, input, false);
  if (tests !== null) parts.push(tests);
  else if (code !== null) notes.push("No tests were written: no test that goes with the change was found to go by.");
  const documentation = first === undefined ? null : await manualPart(first, material, input);
  if (documentation !== null) parts.push(documentation);
  return { parts, given: [], notes };
}

async function testPart(
  place: ImplementPlace,
  material: PlanMaterial,
  input: ImplementInput,
  asked: boolean,
): Promise<Part | null> {
  const paths = material.tests.flatMap(({ citation }) => (citation.kind === "code" ? citation.path : []));
  const found = (await testTarget(place, paths, input)) ?? (asked ? await firstTest(place, input) : null);
  if (found === null) return null;
  const { target, example } = found;
  const tested = await targetOf(place, input);
  const blocks: Block[] = [
    ...(asked && input.request.body === "" ? [] : [requestBlock(input)]),
    { title: `TESTED ${tested.path}`, text: tested.code },
    ...(example === null ? [] : [{ title: `EXAMPLE ${example.path}`, text: example.text.slice(0, exampleCharacters) }]),
  ];
  const what = asked ? `tests of ${nameOf(tested)}` : `a test of what the REQUEST asks of ${nameOf(tested)}`;
  // Of a long file its beginning shows the manner, and its imports.
  const shown = { ...target, code: target.code.slice(0, exampleCharacters * 2) };
  return newPart("tests", `Write ${what}, in the manner of the tests that are shown.`, shown, blocks);
}

/** Where a repository has no test yet: as the language's own tools look for them. */
async function firstTest({ path }: ImplementPlace, { tree }: ImplementInput): ReturnType<typeof testTarget> {
  const [, folder = "", base = "", ending = ""] = /^(.*\/)?([^/]+?)(\.\w+)$/.exec(path) ?? [];
  const names: Record<string, string> = { ".py": `${folder}test_${base}.py`, ".go": `${folder}${base}_test.go` };
  const name = names[ending] ?? (/^\.[cm]?[jt]sx?$/.test(ending) ? `${folder}${base}.test${ending}` : null);
  if (name === null || (await tree.paths()).includes(name)) return null;
  return { target: { path: name, form: "new", symbol: null, code: "", whole: true }, example: null };
}

async function documentPart(place: ImplementPlace, input: ImplementInput): Promise<Part> {
  const target = await targetOf(place, input);
  const hint = input.request.argument === "" && input.request.body === "" ? [] : [requestBlock(input)];
  const task = isProsePath(target.path)
    ? `Write ${nameOf(target)} again so that it says what the REQUEST asks for.`
    : `Write ${nameOf(target)} again with documentation comments. Change nothing but comments and docstrings.`;
  return newPart("documentation", task, target, hint);
}

/** The manual's lines that name what is changed, where there are any. */
async function manualPart(
  { symbol, path }: ImplementPlace,
  { documents }: PlanMaterial,
  input: ImplementInput,
): Promise<Part | null> {
  const name = symbol?.split(".").at(-1) ?? path;
  const found = documents.find(
    ({ citation, text }) => citation.kind === "code" && !isReleaseFile(citation.path) && text.includes(name),
  );
  if (found?.citation.kind !== "code" || found.citation.path === path) return null;
  const { path: manual, startLine, endLine } = found.citation;
  const place = { path: manual, startLine, endLine, symbol: null, reason: "", evidence: [] };
  const target = await targetOf(place, input);
  const replace: WriteTarget = { ...target, form: "replace", whole: false };
  return newPart("documentation", `Change what ${manual} says of ${name} to what the REQUEST asks for.`, replace, [
    requestBlock(input),
  ]);
}

async function refactor(
  place: ImplementPlace,
  refactoring: Refactoring | null,
  input: ImplementInput,
): Promise<Parts | { refused: string }> {
  if (refactoring === null) return { refused: "No kind of refactoring is named." };
  if (refactoring.kind === "rename" || refactoring.kind === "remove") {
    const made =
      refactoring.kind === "rename" ? await renameByCode(refactoring, place, input) : await removeByCode(place, input);
    return "refused" in made ? made : { parts: [], given: made.edits, notes: made.notes };
  }
  const target = await targetOf(place, input);
  const task =
    refactoring.kind === "extract"
      ? `Move a part of ${nameOf(target)} into a function of its own, which stands right before it. Write both. What the code does stays the same.`
      : `Simplify the conditionals of ${nameOf(target)}: return early, join what does the same. What the code does stays the same.`;
  return {
    parts: [newPart("implementation", task, target, input.request.argument === "" ? [] : [requestBlock(input)])],
    given: [],
    notes: [],
  };
}

function requestBlock({ request }: ImplementInput): Block {
  const points = pointsOf(request).map((point) => `- ${point}`);
  const body = request.body.length <= requestCharacters ? request.body : points.join("\n");
  return {
    title: "REQUEST",
    text: wordsOf({ ...request, body })
      .join("\n")
      .slice(0, requestCharacters),
  };
}

/** Of a change in several places, who writes one of them has to know the others. */
function wholeBlocks(planned: readonly PlannedPlace[]): Block[] {
  if (planned.length < 2) return [];
  const lines = planned.map(({ place: { path, symbol } }) => `- ${path}${symbol === null ? "" : ` ${symbol}`}`);
  return [{ title: "ALL PLACES OF THE CHANGE", text: lines.join("\n") }];
}

function exampleBlocks({ similar }: PlanMaterial): Block[] {
  return similar.slice(0, 2).flatMap(({ citation, text }) => {
    if (citation.kind !== "code") return [];
    return [{ title: `SIMILAR CODE ${citation.path}`, text: text.slice(0, exampleCharacters) }];
  });
}

function nameOf({ path, symbol, form }: WriteTarget): string {
  return symbol !== null && form === "symbol" ? `${symbol} of ${path}` : path;
}
