import { styleText } from "node:util";
import { formatCitation, type Citation, type Evidence } from "../retrieval/evidence.ts";
import { limits } from "../shared/limits.ts";
import { isHere } from "./finding-place.ts";
import { coverageLine } from "./markdown/coverage-block.ts";
import { oneLine, printable } from "./markdown/escape.ts";
import type {
  Advice,
  CompliancePoint,
  Finding,
  LabelSuggestion,
  ModelReport,
  Outcome,
  ReviewOutcome,
  TriageOutcome,
  Withheld,
} from "./outcome.ts";
import { sheetGroups } from "./sheet-groups.ts";
import { sideBySide } from "./side-by-side.ts";

export interface TerminalOptions {
  /** Columns. */
  width: number;
  color: boolean;
}

/** Narrower halves than this cut code so much that a comparison shows nothing. */
const comparableWidth = 100;

/** What a stream can show: no colours for pipes, files and NO_COLOR (https://no-color.org). */
export function terminalOptions(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): TerminalOptions {
  return { width: stream.columns ?? 80, color: stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb" };
}

/**
 * An outcome for the person at the terminal: places first, so that terminals and editors make them clickable. Unlike on
 * GitHub, what was withheld is shown, with the check that kept it back. Control characters of untrusted text are replaced.
 */
export function renderOutcome(outcome: Outcome, options: TerminalOptions): string {
  const paint = painter(options.color);
  switch (outcome.kind) {
    case "review":
      return joined(reviewLines(outcome, options, paint));
    case "triage":
      return joined(triageLines(outcome, paint));
    case "answer":
      return joined([printable(outcome.body)]);
  }
}

function joined(lines: string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}

type Style = "bold" | "dim" | "cyan";
type Paint = (style: Style, text: string) => string;

function painter(color: boolean): Paint {
  // Whether the stream takes colours was decided by terminalOptions; styleText would look at standard output again.
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

function reviewLines(outcome: ReviewOutcome, options: TerminalOptions, paint: Paint): string[] {
  const { findings, coverage, withheld, model } = outcome;
  const count = findings.length === 1 ? "1 finding" : `${findings.length || "no"} findings`;
  return [
    paint("bold", `Review of ${shortId(outcome.head)} against ${shortId(outcome.base)}: ${count}`),
    "",
    ...findings.flatMap((finding) => [...findingLines(finding, outcome.head, options, paint), ""]),
    ...complianceLines(outcome.compliance ?? [], outcome.head, paint),
    ...section(`Related to this change, lines as in ${shortId(outcome.base)}`, sheetLines(outcome, paint), paint),
    ...withheldLines(withheld, paint),
    `${coverageLine(coverage)} in ${seconds(coverage.ms)}`,
    ...coverage.unread.map(({ path, reason }) => `  not read: ${oneLine(path)} (${oneLine(reason)})`),
    ...modelLines(model, coverage.engramCommit),
  ];
}

function sheetLines({ sheet, base }: ReviewOutcome, paint: Paint): string[] {
  return sheetGroups(sheet).flatMap(({ heading, evidence }) => [
    `  ${heading}`,
    ...evidence.map((one) => evidenceLine(one, base, paint)),
  ]);
}

/** Point by point what the linked issues ask for. */
function complianceLines(points: readonly CompliancePoint[], head: string, paint: Paint): string[] {
  const lines = points.flatMap(({ issue, text, evidence }) => [
    `    #${issue}  ${oneLine(text)}${evidence.length === 0 ? paint("dim", "  nothing found in the change") : ""}`,
    ...evidence.map((one) => `  ${evidenceLine(one, head, paint)}`),
  ]);
  return section("What the linked issues ask for", lines, paint);
}

function triageLines(outcome: TriageOutcome, paint: Paint): string[] {
  const at = outcome.engramCommit;
  const similar = outcome.similar.flatMap(({ grade, issue, fixes }) => [
    `${evidenceLine(issue, at, paint)}${grade === "duplicate" ? "; may be the same report" : ""}`,
    ...fixes.map((fix) => `  ${evidenceLine(fix, at, paint)}`),
  ]);
  const suspects = outcome.suspects.map((evidence) => evidenceLine(evidence, at, paint));
  return [
    ...(similar.length + suspects.length === 0 ? ["Nothing similar and no likely place found.", ""] : []),
    ...section("Similar issues", similar, paint),
    ...section(`Where to look, lines as in ${shortId(at)}`, suspects, paint),
    ...section("What may help", (outcome.advice ?? []).map(adviceLine), paint),
    ...section("What the template asks for and is missing", (outcome.missing ?? []).map(itemLine), paint),
    ...section("Labels that may fit", (outcome.labels ?? []).map(labelLine), paint),
    ...withheldLines(outcome.withheld, paint),
    `Looked in ${seconds(outcome.ms)}`,
    ...modelLines(outcome.model, outcome.engramCommit),
  ];
}

function itemLine(text: string): string {
  return `    ${oneLine(text)}`;
}

function adviceLine({ text, evidence }: Advice): string {
  return itemLine(
    `${text.replace(/\.$/, "")} (${evidence.map(({ citation }) => formatCitation(citation)).join(", ")}).`,
  );
}

function labelLine({ name, confidence, writtenBy, evidence }: LabelSuggestion): string {
  const sure =
    confidence === null ? `chosen by ${writtenBy ?? "a model"}` : `at least ${Math.floor(confidence * 100)} %`;
  return itemLine(`${name}  ${sure}, as on ${evidence.map(({ citation }) => formatCitation(citation)).join(", ")}`);
}

function findingLines(finding: Finding, head: string, { width }: TerminalOptions, paint: Paint): string[] {
  const evidence = finding.evidence.slice(0, limits.evidencePerFinding);
  const here = finding.kind === "near-copy" ? evidence.find((one) => isHere(one, finding)) : undefined;
  const others = evidence.filter((one) => one !== here);
  return [
    `${paint("cyan", placeOf(finding))}  ${paint("bold", oneLine(finding.title))}`,
    ...indented(printable(finding.body).trim()),
    ...(finding.writtenBy === undefined ? [] : indented(`In the words of ${oneLine(finding.writtenBy)}.`)),
    ...(finding.record ? indented(`${finding.record}.`) : []),
    ...(finding.kind === "near-copy" ? comparison(here, others, width) : []),
    ...(finding.replacement === undefined ? [] : instead(finding.replacement)),
    ...others.map((one) => evidenceLine(one, head, paint)),
  ];
}

function placeOf({ anchor, kind }: Finding): string {
  if (!anchor) return kind;
  return `${lineRange(anchor)}${anchor.side === "LEFT" ? " (before)" : ""}`;
}

/** `path:3-7`, which terminals and editors open. */
function lineRange({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }): string {
  return `${oneLine(path)}:${startLine === endLine ? startLine : `${startLine}-${endLine}`}`;
}

/** The changed code beside its untouched copy; the copy alone where the terminal is narrow or only the copy is cited. */
function comparison(here: Evidence | undefined, others: readonly Evidence[], width: number): string[] {
  const there = others.find(({ citation, text }) => citation.kind === "code" && text.trim() !== "");
  if (!there) return [];
  if (here && width >= comparableWidth) {
    return indented(sideBySide(["changed here", ...quoted(here)], ["not changed there", ...quoted(there)], width - 4));
  }
  return indented(["not changed there:", ...quoted(there).map((line) => `  ${line}`)].join("\n"));
}

/** The text that shall stand in the place of the finding's lines. */
function instead(replacement: string): string[] {
  return indented(
    [
      "instead:",
      ...printable(replacement)
        .split("\n")
        .map((line) => `  ${line}`),
    ].join("\n"),
  );
}

function quoted({ text }: Evidence): string[] {
  return printable(text).replace(/\n$/, "").split("\n").slice(0, limits.quotedLines);
}

/** `at`: the commit whose lines the reader expects; a place in any other names its own. */
function evidenceLine({ kind, citation, why }: Evidence, at: string, paint: Paint): string {
  // What somebody's newest commit is called says nothing of what they know.
  if (kind === "owner") return `    ${oneLine(why)}  ${paint("dim", citedPlace(citation, at))}`;
  return `    ${paint("cyan", citedPlace(citation, at))}${titleOf(citation)}  ${paint("dim", oneLine(why))}`;
}

function citedPlace(citation: Citation, at: string): string {
  if (citation.kind !== "code") return oneLine(formatCitation(citation));
  return `${lineRange(citation)}${citation.commit === at ? "" : `@${shortId(citation.commit)}`}`;
}

function titleOf(citation: Citation): string {
  switch (citation.kind) {
    case "code":
      return "";
    case "commit":
      return `  ${shortTitle(citation.subject)}`;
    case "issue":
      return `  ${shortTitle(citation.title)} (${citation.state})`;
    case "pull":
      return `  ${shortTitle(citation.title)}`;
    case "comment":
      return `  ${citation.author}`;
  }
}

function shortTitle(text: string): string {
  const title = Array.from(oneLine(text));
  const most = limits.terminalTitleCharacters;
  return title.length <= most ? title.join("") : `${title.slice(0, most - 1).join("")}…`;
}

/** Without a text nothing was kept back: something was not done. */
function withheldLines(withheld: readonly Withheld[], paint: Paint): string[] {
  const keptBack = withheld.filter(({ text }) => text !== "");
  const notDone = withheld.filter(({ text }) => text === "");
  const place = ({ about, reason }: Withheld): string => `    ${oneLine(about)}: ${oneLine(reason)}`;
  return [
    ...section(
      `Withheld (${keptBack.length})`,
      keptBack.map((one) => `${place(one)}: ${paint("dim", oneLine(one.text))}`),
      paint,
    ),
    ...section("Left out", notDone.map(place), paint),
  ];
}

function section(title: string, lines: string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines, ""];
}

function modelLines({ name, note }: ModelReport, engramCommit: string): string[] {
  const model = name === null ? "none" : oneLine(name);
  return [`Model: ${model}${note ? ` (${oneLine(note)})` : ""}. Engram: ${shortId(engramCommit)}`];
}

function shortId(commit: string): string {
  return commit.slice(0, 12);
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
