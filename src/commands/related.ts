import { Command } from "commander";
import { z } from "zod";
import { oneLine } from "../publish/markdown/escape.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { findFilePast } from "../retrieval/file-past.ts";
import { findOwners } from "../retrieval/owners.ts";
import { relatedFiles, type RelatedFile } from "../retrieval/related-files.ts";
import { type Uses, usesOf } from "../retrieval/uses-of.ts";
import { AssistantError } from "../shared/errors.ts";
import { countOption, countSchema } from "./engram-options.ts";
import {
  type Answer,
  checkOneQuestion,
  type EvidenceOptions,
  evidenceOptions,
  explainOption,
  giveAnswers,
  placeOf,
  renderContributions,
  renderText,
} from "./evidence-options.ts";
import { findPath, linesNamed, readPlace, topOf } from "./find-path.ts";
import { type OpenEvidence, withEvidence } from "./open-evidence.ts";

interface RelatedOptions extends EvidenceOptions {
  k: number;
  symbol?: string;
}

export function relatedCommand(): Command {
  const command = new Command("related")
    .description("find the files that go with a file or some of its lines, who knows it, and what shaped it")
    .argument("[place]", "PATH, PATH:LINE or PATH:START-END");
  return explainOption(evidenceOptions(countOption(command, 10), '{"path": "src/a.ts:3-20"}'))
    .option("--symbol <name>", "also who calls or imports this name, which the file defines")
    .addHelpText(
      "after",
      `
Examples:
  assistant related src/orders.ts
  assistant related src/orders.ts --symbol totalOf
  assistant related src/orders.ts:40-60 --at v2.1.0 --explain

Files come with what ties them to it: changed along in N of M commits (confidence: recent ones weigh more), uses it, is
used by it, its test by name. Then people by what they last wrote, past pull requests and commits of these lines.
Exit code: 0 found, 1 nothing (--batch: a line was wrong), 2 usage or environment, 3 internal error.`,
    )
    .action(related);
}

async function related(place: string | undefined, options: RelatedOptions): Promise<void> {
  checkOneQuestion(place === undefined ? 0 : 1, options.batch, "Name one file, or give many with --batch FILE.");
  await withEvidence(options, async (evidence) => {
    const top = await topOf(options.repo);
    await giveAnswers(
      options,
      () => answer(evidence, top, place ?? "", options),
      (value) => {
        const line = lineSchema.parse(value);
        const own = { ...options, k: line.k ?? options.k };
        return answer(evidence, top, line.path, line.symbol === undefined ? own : { ...own, symbol: line.symbol });
      },
    );
  });
}

const lineSchema = z.strictObject({ path: z.string(), symbol: z.string().optional(), k: countSchema.optional() });

async function answer(
  evidence: OpenEvidence,
  top: string | null,
  named: string,
  options: RelatedOptions,
): Promise<Answer> {
  const { view, gitDir, commit, signal } = evidence;
  // A file may be called `a:1`.
  const place = view.file(named) === null ? readPlace(named) : { file: named, lines: null };
  const path = findPath(view, top, place.file);
  const text = view.text(path);
  if (text === null) throw notSearched(path, view.file(path)?.skipped ?? null);
  const part = { path, ...linesNamed(text, place) };
  const sources = await evidence.sources();
  const { pulls, changes } = await evidence.past();
  const files = relatedFiles(part, sources, { k: options.k, citeCommit: () => commit });
  const people = findOwners(sources.history, [path], PEOPLE);
  const past = await findFilePast(gitDir, part, text, { history: sources.history, pulls, changes }, { signal });
  const uses = await symbolUses(evidence, path, options);
  const found = files.length + people.length + past.commits.length + past.pulls.length + (uses?.files ?? 0) > 0;
  return {
    found,
    json: { at: commit, ...part, ...(uses && { uses }), files: files.map(asJson), owners: people, ...past },
    text: found ? renderUses(uses) + render(files, people, past, options) : "nothing goes with it\n",
  };
}

const PEOPLE = 3;

async function symbolUses(opened: OpenEvidence, path: string, { symbol, k }: RelatedOptions): Promise<Uses | null> {
  if (symbol === undefined) return null;
  const { view, commit } = opened;
  return usesOf(view, await opened.units(), { path, name: symbol }, { citeCommit: () => commit, most: k });
}

function renderUses(uses: Uses | null): string {
  if (uses === null) return "";
  const lines = uses.evidence.map((one) => `  ${placeOf(one)}  ${oneLine(one.text)} (${oneLine(one.why)})\n`);
  return uses.files === 0 ? "used in: nothing that was found\n" : section("used in", lines);
}

function notSearched(path: string, reason: string | null): AssistantError {
  return new AssistantError(`${path} is not searched${reason === null ? "" : `: it is ${reason}`}`, {
    code: "not-searched",
    remedy: "Name a file of text; `assistant list` says which ones are searched.",
  });
}

function asJson({ path, ties, evidence }: RelatedFile): object {
  return { path, ties, ...evidence };
}

function render(
  files: RelatedFile[],
  people: Evidence[],
  { pulls, commits }: { pulls: Evidence[]; commits: Evidence[] },
  options: RelatedOptions,
): string {
  const blocks = [
    section(
      "files",
      files.map(
        ({ evidence, contributions }) =>
          `  ${placeOf(evidence)}  ${evidence.score.toFixed(2)}  ${oneLine(evidence.why)}\n` +
          (options.explain ? renderContributions(contributions) : "") +
          (options.verbose ? `${renderText(evidence)}\n` : ""),
      ),
    ),
    section(
      "people",
      people.map((one) => `  ${oneLine(one.why)}\n`),
    ),
    section("pull requests", pulls.map(pastLine)),
    section("commits", commits.map(pastLine)),
  ];
  return blocks.filter((block) => block !== "").join("");
}

function pastLine(evidence: Evidence): string {
  const { citation, text, why } = evidence;
  const title = citation.kind === "pull" ? text.replace(` (#${citation.number})`, "") : text;
  return `  ${placeOf(evidence)}  ${oneLine(title)} (${oneLine(why)})\n`;
}

function section(heading: string, lines: string[]): string {
  return lines.length === 0 ? "" : `${heading}:\n${lines.join("")}`;
}
