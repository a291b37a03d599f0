import type { AnswerLine, AnswerPart } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { isTestPath } from "../../retrieval/ordinary-path.ts";
import { findOwners } from "../../retrieval/owners.ts";
import { relatedFiles, type RelatedFile } from "../../retrieval/related-files.ts";
import { unitsOf } from "../../retrieval/code-units.ts";
import { type Uses, usesOf } from "../../retrieval/uses-of.ts";
import { limits } from "../../shared/limits.ts";
import type { Answer, AskInput, Material, Place } from "./ask-input.ts";
import { docSentence } from "./doc-comment.ts";
import { citeLines, code, counted, linesOf, listed, quote } from "./inline.ts";
import { type PastOfPlace, pastOfPlace } from "./past-of-place.ts";
import { reviewsOf } from "./reviews-of.ts";

/**
 * What some lines are: their definition and what it says of itself, who uses it, which tests name it, the commits that
 * shaped it with their reasons, the pull requests and issues behind these, and what reviewers said about such lines.
 * @param others further definitions of the same name
 */
export async function explain(place: Place, others: readonly Place[], input: AskInput): Promise<Answer> {
  const uses = await usesOfPlace(place, input);
  const past = await pastOfPlace(place, input);
  const related = relatedTo(place, input);
  const users = usersOf(uses, input, place, (path) => !isTestPath(path));
  const tests = testsOf(uses, related, place, input);
  const parts: AnswerPart[] = [
    { title: "", quote: definition(place), lines: [] },
    { title: "What it defines", lines: outline(place, input) },
    { title: "Used in", lines: users },
    { title: "Tests", lines: tests },
    { title: "How it came to be", lines: past.commits },
    { title: "Behind these commits", lines: past.behind },
    { title: "Said in reviews of such lines", lines: await reviewsOf(place, input) },
    { title: "Also called so", lines: others.slice(0, limits.evidencePerFinding).map(alsoCalledSo) },
    { title: "Goes with it, and who knows it", folded: true, lines: besides(place, related, tests) },
  ];
  return {
    body: bodyOf(place, { uses, tests, past }),
    parts: parts.filter(({ quote: quoted, lines }) => quoted !== undefined || lines.length > 0),
    material: [materialOf(place), ...past.material],
  };
}

/** Uses of a file's name are imports, which `relatedFiles` knows. */
async function usesOfPlace({ path, name }: Place, input: AskInput): Promise<Uses> {
  if (name === null) return { files: 0, lines: 0, complete: true, evidence: [] };
  const { view, units, historyOf } = input;
  const options = { citeCommit: (user: string) => historyOf(user).at, most: limits.filesPerName };
  return usesOf(view, units, { path, name }, options);
}

function definition(place: Place): Evidence {
  const last = Math.min(place.endLine, place.startLine + limits.explainedLines - 1);
  return citeLines(place, place.startLine, last, "the lines that are asked about");
}

/** A file is told by what it defines; a definition by its own lines. */
function outline({ path, name, text, history, startLine, endLine }: Place, { units }: AskInput): AnswerLine[] {
  const isWhole = name === null && startLine === 1 && endLine >= text.replace(/\n$/, "").split("\n").length;
  if (!isWhole) return [];
  const all = unitsOf(path, text, units).filter((unit) => unit.name !== null);
  const outer = all.filter((one) => !all.some((other) => other !== one && contains(other, one)));
  return outer.slice(0, limits.outlinedUnits).map((unit) => {
    const said = docSentence(linesOf(text, unit.startLine, unit.endLine));
    const line = text.split("\n").findIndex((one, i) => i >= unit.startLine - 1 && one.includes(unit.name ?? "")) + 1;
    const evidence = [
      citeLines({ path, text, history }, line || unit.startLine, line || unit.startLine, "defined here"),
    ];
    return { text: `${code(unit.name ?? "")}${said === null ? "" : `: ${quote(said)}`}`, evidence };
  });
}

function contains(outer: { startLine: number; endLine: number }, inner: typeof outer): boolean {
  return outer.startLine <= inner.startLine && inner.endLine <= outer.endLine && outer.endLine > outer.startLine;
}

/** Other files first: who is in the same file is seen there. */
function usersOf(
  { evidence, lines: total }: Uses,
  input: AskInput,
  place: Place,
  fits: (path: string) => boolean,
): AnswerLine[] {
  const all = evidence.filter(({ citation }) => citation.kind === "code" && fits(citation.path));
  const own = (one: Evidence): boolean => one.citation.kind === "code" && one.citation.path === place.path;
  const shown = [...all.filter((one) => !own(one)), ...all.filter(own)].slice(0, limits.evidencePerFinding);
  return shown.map((one) => {
    const more = Math.round(one.score * total) - 1;
    const shownUse = callOf(one, place, input);
    return {
      text: `${code(shownUse.text)}${more > 0 ? `, and on ${counted(more, "more line")}` : ""}`,
      evidence: [shownUse],
    };
  });
}

/** A line that calls it says more than the import that makes it known. */
function callOf(use: Evidence, { name }: Place, { view, historyOf }: AskInput): Evidence {
  const { citation } = use;
  if (citation.kind !== "code" || name === null || isCall(use.text, name)) return use;
  const { path, startLine } = citation;
  const text = view.text(path) ?? "";
  const found = text.split("\n").findIndex((line, i) => i >= startLine && isCall(line, name));
  return found < 0 ? use : citeLines({ path, text, history: historyOf(path) }, found + 1, found + 1, use.why);
}

/** Neither an import nor a comment. */
function isCall(line: string, name: string): boolean {
  const at = line.indexOf(name);
  const importing = /^\s*(?:import|from|export\b.*\bfrom|use|using|#|\*|\/\/|\/\*)|\brequire\(/;
  return (
    at >= 0 &&
    !importing.test(line) &&
    /^\s*[(<.:[]/.test(line.slice(at + name.length)) &&
    !/\w$/.test(line.slice(0, at))
  );
}

/** Tests that use it, then those that go with its file by their names. */
function testsOf(uses: Uses, related: readonly RelatedFile[], place: Place, input: AskInput): AnswerLine[] {
  const naming = usersOf(uses, input, place, isTestPath);
  const named = new Set(naming.flatMap(({ evidence }) => evidence.map(pathOf)));
  const byName = related.filter(({ path, ties }) => ties.test && isTestPath(path) && !named.has(path));
  return [...naming, ...byName.map(({ evidence }) => ({ text: "", evidence: [evidence] }))];
}

function pathOf({ citation }: Evidence): string {
  return citation.kind === "code" ? citation.path : "";
}

function relatedTo(place: Place, { view, historyOf }: AskInput): RelatedFile[] {
  if (view.text(place.path) === null) return [];
  const sources = { view, history: place.history, graph: openCodeGraph(view) };
  return relatedFiles(place, sources, { k: limits.evidencePerFinding, citeCommit: (path) => historyOf(path).at });
}

/** What stands among the tests is not said again. */
function besides(place: Place, related: readonly RelatedFile[], tests: readonly AnswerLine[]): AnswerLine[] {
  const told = new Set(tests.flatMap(({ evidence }) => evidence));
  const tied = related.filter(
    ({ ties, evidence }) => !told.has(evidence) && (ties.changedAlong !== null || ties.uses || ties.usedBy),
  );
  const people = findOwners(place.history, [place.path], limits.sheetEntries);
  return [...tied.slice(0, limits.sheetEntries).map(({ evidence }) => evidence), ...people].map((evidence) => ({
    text: "",
    evidence: [evidence],
  }));
}

function alsoCalledSo({ name, startLine, ...place }: Place): AnswerLine {
  return { text: code(name ?? ""), evidence: [citeLines(place, startLine, startLine, "the same name")] };
}

interface Known {
  uses: Uses;
  tests: readonly AnswerLine[];
  past: PastOfPlace;
}

function bodyOf(place: Place, { uses, tests, past }: Known): string {
  const { path, name, startLine, endLine, text } = place;
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  const said = docSentence(linesOf(text, startLine, endLine));
  const what = name === null ? `${code(path)}, ${lines}` : `${code(name)} stands in ${code(path)}, ${lines}`;
  const facts = [
    ...(name === null ? [] : [usedWords(uses)]),
    tests.length === 0
      ? "no test that names it was found"
      : `${counted(tests.length, "test file")} ${tests.length === 1 ? "goes" : "go"} with it`,
    ...(past.last === null ? [] : [`it was last changed on ${past.last}`]),
  ];
  return `${what}${said === null ? "." : `. It says of itself: ${quote(said)}`}\n\n${sentence(listed(facts))}`;
}

function usedWords({ files, lines, complete }: Uses): string {
  if (files === 0) return "no call or import of this name was found";
  const most = complete ? "" : "at least ";
  return `this name is called or imported on ${most}${counted(lines, "line")} of ${counted(files, "file")}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function materialOf(place: Place): Material {
  const last = Math.min(place.endLine, place.startLine + limits.tileLines - 1);
  const evidence = citeLines(place, place.startLine, last, "the lines that are asked about");
  return { evidence, text: evidence.text };
}
