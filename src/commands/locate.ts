import { Command } from "commander";
import { z } from "zod";
import { localise, type Suspect } from "../retrieval/localise.ts";
import { queryWords } from "../retrieval/words.ts";
import { limits } from "../shared/limits.ts";
import { countSchema, countOption } from "./engram-options.ts";
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
import { type OpenEvidence, withEvidence } from "./open-evidence.ts";
import { checkIssueText, readIssueFile } from "./query-text.ts";

interface LocateOptions extends EvidenceOptions {
  issue?: string;
  k: number;
}

interface Issue {
  title: string;
  body: string;
}

export function locateCommand(): Command {
  const command = new Command("locate")
    .description("find the files, functions and lines that a text is about")
    .argument("[text]", "the text, its first line being the title (- reads standard input)")
    .option("--issue <file>", "a file with the text, instead");
  return explainOption(evidenceOptions(countOption(command, limits.suspects), '{"title": …, "body": …}'))
    .addHelpText(
      "after",
      `
Examples:
  assistant locate "Crash when the list is empty"
  assistant locate --issue issue.md --at v2.1.0 --explain
  npm test 2>&1 | assistant locate -

Stack traces, paths and names in the text count; of a trace the innermost frame in the repository's own files most.
Exit code: 0 found, 1 nothing (no word of the text stands in the repository; --batch: a line was wrong),
2 usage or environment, 3 internal error.`,
    )
    .action(locate);
}

async function locate(text: string | undefined, options: LocateOptions): Promise<void> {
  const { issue, batch } = options;
  const given = [text, issue].filter((one) => one !== undefined).length;
  checkOneQuestion(given, batch, 'Give a text ("Crash when …"), - for standard input, --issue FILE, or --batch FILE.');
  const question = batch !== undefined ? null : readQuestion(text, issue);
  await withEvidence(options, (evidence) =>
    giveAnswers(
      options,
      () => answer(evidence, question ?? { title: "", body: "" }, options),
      (value) => answerLine(evidence, value, options),
    ),
  );
}

function readQuestion(text: string | undefined, file: string | undefined): Issue {
  const whole =
    file !== undefined || text === "-" ? readIssueFile(file ?? "-") : checkIssueText(text ?? "", "the text");
  return splitTitle(whole);
}

function splitTitle(text: string): Issue {
  const [title = "", ...rest] = text.trim().split("\n");
  return { title, body: rest.join("\n") };
}

const lineSchema = z.union([
  z.strictObject({ text: z.string(), k: countSchema.optional() }),
  z.strictObject({ title: z.string(), body: z.string().default(""), k: countSchema.optional() }),
]);

function answerLine(evidence: OpenEvidence, value: unknown, options: LocateOptions): Promise<Answer> {
  const line = lineSchema.parse(value);
  const issue = "text" in line ? splitTitle(line.text) : { title: line.title, body: line.body };
  checkIssueText(`${issue.title}\n${issue.body}`, "the text");
  return answer(evidence, issue, { ...options, k: line.k ?? options.k });
}

async function answer(evidence: OpenEvidence, issue: Issue, options: LocateOptions): Promise<Answer> {
  const { view, commit } = evidence;
  const sources = await evidence.sources();
  if (!hasKnownWord(`${issue.title}\n${issue.body}`, sources)) {
    return { found: false, json: { at: commit, suspects: [] }, text: "no word of the text stands in the repository\n" };
  }
  const units = await evidence.units();
  const suspects = localise(issue, sources, { k: options.k, citeCommit: () => commit, units });
  return {
    found: suspects.length > 0,
    json: { at: commit, suspects: suspects.map(({ path, symbol, evidence: found }) => ({ path, symbol, ...found })) },
    text:
      suspects.length === 0 ? nothing(view.info().indexedFiles) : suspects.map((one) => render(one, options)).join(""),
  };
}

/** What was changed lately is no answer to a text of which nothing is known. */
function hasKnownWord(text: string, { view, history }: Awaited<ReturnType<OpenEvidence["sources"]>>): boolean {
  return view.search(text, { k: 1 }).length > 0 || history.searchMessages([...queryWords(text)], 1).length > 0;
}

function nothing(indexedFiles: number): string {
  return indexedFiles === 0 ? "the repository has no file that is searched\n" : "nothing was found\n";
}

function render({ symbol, evidence, contributions }: Suspect, { explain, verbose }: LocateOptions): string {
  const name = symbol === null ? "" : `  ${symbol}`;
  return (
    `${placeOf(evidence)}${name}  ${evidence.score.toFixed(2)}\n    ${evidence.why}\n` +
    (explain ? renderContributions(contributions) : "") +
    (verbose ? `${renderText(evidence)}\n` : "")
  );
}
