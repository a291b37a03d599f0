import type { AnswerLine, AnswerPart } from "../../publish/outcome.ts";
import { findCopiesOfLines } from "../../retrieval/copies-of-lines.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { findSimilarCode, type OtherRepository } from "../../retrieval/similar-code.ts";
import { limits } from "../../shared/limits.ts";
import { similarIssues } from "../triage/similar-issues-with-fixes.ts";
import type { Answer, AskInput, Material, Place } from "./ask-input.ts";
import { code, counted, linesOf, listed } from "./inline.ts";
import { reviewsOf } from "./reviews-of.ts";
import { suspectsOf } from "./suspects.ts";

/** What something like it is looked for. */
export type SimilarTo =
  | { kind: "place"; place: Place }
  /** Code of its own, as it was given. */
  | { kind: "code"; text: string }
  /** Words: issues are looked for, too. With a body it is a whole report, and places that it is about take the place of likeness. */
  | { kind: "words"; title: string; body: string };

/**
 * What is like some lines, a text or an issue: near-copies line by line, code that is about the same, what reviewers said of
 * such lines, and earlier issues with how they ended and what fixed them.
 * @param others further repositories that this one's readers may be shown code of
 */
export async function findSimilar(
  asked: SimilarTo,
  input: AskInput,
  others: readonly OtherRepository[] = [],
): Promise<Answer> {
  const copies = copiesOf(asked, input);
  const report = asked.kind === "words" && asked.body !== "" ? asked : null;
  const similar = report === null ? similarCode(asked, copies, input, others) : [];
  const suspects = report === null ? [] : (await suspectsOf(report, input)).map(({ evidence }) => evidence);
  const reviews = asked.kind === "place" ? await reviewsOf(asked.place, input) : [];
  const issues = asked.kind === "words" ? await issuesLike(asked, input) : [];
  const parts: AnswerPart[] = [
    { title: "Near-copies", lines: copies.map(copyLine) },
    { title: "Code that is about the same", lines: similar.map((evidence) => ({ text: "", evidence: [evidence] })) },
    { title: "Said in reviews of such lines", lines: reviews },
    { title: "Where it may live in the code", lines: suspects.map((evidence) => ({ text: "", evidence: [evidence] })) },
    { title: "Earlier issues, how they ended and what fixed them", lines: issues },
  ];
  return {
    body: bodyOf(asked, { copies, similar, suspects, reviews, issues }),
    parts: parts.filter(({ lines }) => lines.length > 0),
    material: materialOf([...copies, ...similar, ...suspects]),
  };
}

function copiesOf(asked: SimilarTo, { view, historyOf }: AskInput): Evidence[] {
  const given = givenLines(asked);
  if (given === null) return [];
  const found = findCopiesOfLines(given, view, { k: limits.sheetEntries, citeCommit: (path) => historyOf(path).at });
  return typeof found === "string" ? [] : found.map(({ evidence }) => evidence);
}

/** What is no code has no copies. A text without a file is taken for the commonest language: the marks of comments are alike. */
function givenLines(asked: SimilarTo): { path: string; startLine: number; lines: string[] } | null {
  if (asked.kind === "words") return null;
  if (asked.kind === "code") return { path: "text.ts", startLine: 1, lines: asked.text.split("\n") };
  const { path, startLine, endLine, text } = asked.place;
  return { path, startLine, lines: linesOf(text, startLine, endLine) };
}

function similarCode(
  asked: SimilarTo,
  copies: readonly Evidence[],
  { view, historyOf }: AskInput,
  others: readonly OtherRepository[],
): Evidence[] {
  const shown = new Set(copies.map(pathOf));
  const exclude = asked.kind === "place" ? [asked.place] : [];
  return findSimilarCode(view, {
    text: textOf(asked),
    k: limits.evidencePerFinding,
    exclude,
    paths: asked.kind === "words",
    filter: (path) => !shown.has(path),
    citeCommit: (path) => historyOf(path).at,
    others,
  });
}

function textOf(asked: SimilarTo): string {
  if (asked.kind === "words") return `${asked.title}\n${asked.body}`.slice(0, limits.issueCharacters);
  if (asked.kind === "code") return asked.text;
  const { startLine, endLine, text } = asked.place;
  return linesOf(text, startLine, endLine).join("\n");
}

function pathOf({ citation }: Evidence): string {
  return citation.kind === "code" ? citation.path : "";
}

function copyLine(evidence: Evidence): AnswerLine {
  return { text: `${Math.round(evidence.score * 100)} % alike: ${evidence.why}`, evidence: [evidence] };
}

async function issuesLike({ title, body }: { title: string; body: string }, input: AskInput): Promise<AnswerLine[]> {
  const { subject } = input;
  const issue = { number: subject?.number ?? null, title, body };
  const found = await similarIssues({ ...input, issue });
  return found.map(({ issue: similar, fixes }) => ({
    text: "",
    evidence: [similar, ...fixes.slice(0, limits.evidencePerFinding)],
  }));
}

interface Found {
  copies: readonly Evidence[];
  similar: readonly Evidence[];
  suspects: readonly Evidence[];
  reviews: readonly AnswerLine[];
  issues: readonly AnswerLine[];
}

function bodyOf(asked: SimilarTo, { copies, similar, suspects, reviews, issues }: Found): string {
  const found = [
    ...(copies.length > 0 ? [counted(copies.length, "near-copy", "near-copies")] : []),
    ...(similar.length > 0 ? [`${counted(similar.length, "place")} with code that is about the same`] : []),
    ...(suspects.length > 0 ? [`${counted(suspects.length, "place")} that it may be about`] : []),
    ...(reviews.length > 0 ? [counted(reviews.length, "past review comment")] : []),
    ...(issues.length > 0 ? [counted(issues.length, "earlier issue")] : []),
  ];
  const about = wordsFor(asked);
  return found.length === 0 ? `Nothing that is like ${about} was found.` : `Found for ${about}: ${listed(found)}.`;
}

function wordsFor(asked: SimilarTo): string {
  if (asked.kind === "words") return "this text";
  if (asked.kind === "code") return "this code";
  const { path, name, startLine, endLine } = asked.place;
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  return name === null ? `${code(path)}, ${lines}` : `${code(name)} in ${code(path)}`;
}

function materialOf(evidence: readonly Evidence[]): Material[] {
  return evidence.map((one) => ({ evidence: one, text: one.text }));
}
