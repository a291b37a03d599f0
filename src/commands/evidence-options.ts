import type { Command } from "commander";
import type { Contribution, Evidence } from "../retrieval/evidence.ts";
import { formatCitation } from "../retrieval/evidence.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { runBatch } from "./batch.ts";
import { jsonOption } from "./engram-options.ts";

/** Options of every verb that looks for evidence in a clone. */
export interface EvidenceOptions {
  repo: string;
  at: string;
  batch?: string;
  json?: boolean;
  explain?: boolean;
  verbose?: boolean;
}

/**
 * @param example a line of a batch
 * @param at what `--at` is where it is not given; null leaves it undefined
 */
export function evidenceOptions(command: Command, example: string, at: string | null = "HEAD"): Command {
  return jsonOption(
    command
      .option("--repo <dir>", "the repository, a clone or bare", ".")
      .option("--at <ref>", "answer as of this commit: nothing newer is seen", at ?? undefined)
      .option("--batch <file>", `questions as JSON lines, ${example}, answered in order (- for a pipe)`),
  );
}

export function explainOption(command: Command): Command {
  return command
    .option("--explain", "show what each list added: its share of the score, and the rank there")
    .option("-v, --verbose", "print the lines that were found");
}

/** What a verb says to one question. */
export interface Answer {
  /** Whether there is anything to be said: else the exit code is 1. */
  found: boolean;
  json: object;
  /** For a person. */
  text: string;
}

/** Answers one question, or each line of a batch, and sets the exit code. */
export async function giveAnswers(
  { batch, json }: Pick<EvidenceOptions, "batch" | "json">,
  answer: () => Promise<Answer>,
  answerLine: (value: unknown) => Promise<Answer>,
): Promise<void> {
  if (batch !== undefined) {
    process.exitCode = await runBatch(batch, async (value) => (await answerLine(value)).json);
    return;
  }
  const given = await answer();
  process.stdout.write(json ? `${JSON.stringify(given.json)}\n` : given.text);
  process.exitCode = given.found ? ExitCode.fine : ExitCode.no;
}

/** Errors: AssistantError where the question is missing, or given beside a batch. */
export function checkOneQuestion(given: number, batch: string | undefined, remedy: string): void {
  const total = given + (batch === undefined ? 0 : 1);
  if (total === 1) return;
  throw new AssistantError(total === 0 ? "nothing is asked" : "more than one thing is asked", {
    code: total === 0 ? "no-question" : "two-questions",
    remedy,
  });
}

/** `src/a.ts:3-7` as editors open it; else the citation. */
export function placeOf({ citation, repository }: Evidence): string {
  const from = repository ? `${repository.owner}/${repository.name}:` : "";
  if (citation.kind !== "code") return `${from}${formatCitation(citation)}`;
  const { path, startLine, endLine } = citation;
  return `${from}${oneLine(path)}:${startLine === endLine ? startLine : `${startLine}-${endLine}`}`;
}

/** `    0.31  2nd by past messages`, one line each. */
export function renderContributions(contributions: readonly Contribution[]): string {
  return contributions
    .map(({ list, rank, share }) => `    ${share.toFixed(3)}  rank ${rank}  ${oneLine(list)}\n`)
    .join("");
}

/** The cited lines with their numbers; other texts indented. */
export function renderText({ citation, text }: Evidence): string {
  const lines = printable(text).replace(/\n$/, "").split("\n");
  const first = citation.kind === "code" ? citation.startLine : null;
  const width = String((first ?? 0) + lines.length).length;
  return lines
    .map((line, i) => `    ${first === null ? "" : `${String(first + i).padStart(width)}  `}${line}\n`)
    .join("");
}
