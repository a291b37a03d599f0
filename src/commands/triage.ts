import { readFileSync } from "node:fs";
import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { runTriage } from "../pipeline.ts";
import { createDryRunPublisher } from "../publish/dry-run-publisher.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { readIssueForms } from "../tasks/triage/issue-forms.ts";
import type { IssueText } from "../tasks/triage/similar-issues-with-fixes.ts";
import { type ExportedTracker, openExportedTracker } from "../tracker/exported-tracker.ts";
import type { Tracker } from "../tracker/tracker.ts";
import { localEngramKey, localRepository, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { limits } from "../shared/limits.ts";
import { trackerUntil } from "./earlier-issues.ts";
import { interruptSignal } from "./interrupt.ts";
import { knowing, knowingBackfilled, meaningsOf } from "./known-tracker.ts";
import { printOutcome } from "./print-outcome.ts";
import { terminalProgress } from "./progress.ts";
import { triageBatch } from "./triage-batch.ts";

interface TriageOptions {
  repo: string;
  at: string;
  text?: string;
  tracker?: string;
  issue?: string;
  batch?: boolean;
  json?: boolean;
  model: boolean;
}

export function triageCommand(): Command {
  return new Command("triage")
    .description("find the code that an issue is about, and the issues that are like it")
    .argument("[file]", "the issue: its first line is the title (- reads standard input)")
    .option("--text <text>", "the issue, instead of a file")
    .option("--tracker <file>", "an exported tracker, one issue a line (docs/tracker.md): what was reported before")
    .option("--issue <number>", "an issue of that tracker: what is known is what was created before it")
    .option("--batch", "only rank earlier issues: one line of JSON for each issue of the file, or of the tracker")
    .option("--repo <dir>", "the clone", ".")
    .option("--at <ref>", "the commit to look in", "HEAD")
    .option("--json", "print the outcome as JSON, and nothing else, on standard output")
    .option("--no-model", "do without a model: what code finds, with its evidence")
    .addHelpText(
      "after",
      `
Examples:
  assistant triage --text "Crash when the list is empty"
  assistant triage issue.txt --repo ../service --at v2.1.0 --tracker service.jsonl
  assistant triage --tracker service.jsonl --issue 12 --repo ../service
  assistant triage --tracker service.jsonl --batch > ranked.jsonl
  gh issue view 12 --json title,body --jq '.title, .body' | assistant triage -

With --batch each line is {"number": 12, "ranked": [7, 3, …], "scores": [0.61, 0.4, …]}: the issues created before 12,
the most similar first. FILE then has issues in the form of the tracker; without FILE every issue of it is asked.

Exit code: 0 fine (also where nothing was found), 2 usage or environment, 3 internal error.`,
    )
    .action(triage);
}

async function triage(file: string | undefined, options: TriageOptions): Promise<void> {
  checkCombination(file, options);
  const signal = interruptSignal();
  const settings = loadSettings();
  const exported = options.tracker === undefined ? null : await openExportedTracker(options.tracker, signal);
  const question = options.batch ? null : questionOf(file, options, exported);
  const services = openLocalServices(settings, { models: options.model });
  const progress = terminalProgress(process.stderr);
  const meant =
    exported && (await meaningsOf(exported, options, { folder: settings.home.trackers, services, signal, progress }));
  try {
    if (exported && question === null) await triageBatch(file, exported, meant?.meanings ?? null, signal);
    if (question === null) return;
    const workspace = await openLocalClone(options.repo);
    const repository = await localRepository(workspace.gitDir);
    const engramCommit = await resolveCommit(workspace.gitDir, options.at);
    const known = exported
      ? knowing({ tracker: question.tracker, vectors: meant?.vectors ?? null }, services)
      : knowingBackfilled(repository, services);
    const { outcome } = await runTriage(
      {
        subject: null,
        asked: true,
        issue: question.issue,
        pastIssues: [],
        repository,
        forms: await readIssueForms(workspace, engramCommit),
        labels: { precision: limits.labelPrecision, apply: false, settled: question.settled },
        learn: false,
        workspace,
        engramKey: localEngramKey(workspace.gitDir),
        engramCommit,
        publisher: createDryRunPublisher({ repository }),
        signal,
        progress,
      },
      known,
    );
    progress("");
    printOutcome(outcome, options.json ?? false);
  } finally {
    progress("");
    meant?.close();
    await services.close();
  }
}

function checkCombination(file: string | undefined, { text, tracker, issue, batch }: TriageOptions): void {
  const given = [file, text, issue].filter((one) => one !== undefined).length;
  if (given > 1) {
    throw new AssistantError("the issue is given twice: as a file, as --text or as --issue", {
      code: "two-issue-texts",
      remedy: "Give one of them.",
    });
  }
  if (tracker === undefined && (issue !== undefined || batch)) {
    throw new AssistantError(`${batch ? "--batch" : "--issue"} asks for a tracker, and none is named`, {
      code: "no-tracker",
      remedy: "Name the exported tracker: --tracker FILE.",
    });
  }
  if (batch && (text !== undefined || issue !== undefined)) {
    throw new AssistantError("--batch reads its issues from a file", {
      code: "batch-of-one",
      remedy: "Leave --batch out, or name a file with one issue a line.",
    });
  }
}

interface Question {
  issue: IssueText;
  /** Labels that are on it. */
  settled: readonly string[];
  /** What is known besides the code. */
  tracker: Tracker | null;
}

/** A text that is no issue yet is newer than all of them. */
function questionOf(
  file: string | undefined,
  { text, issue: number }: TriageOptions,
  exported: ExportedTracker | null,
): Question {
  if (number === undefined || exported === null) {
    const [title = "", ...rest] = readText(file, text).trim().split("\n");
    const issue = { number: null, title, body: rest.join("\n").trim() };
    return { issue, settled: [], tracker: exported?.tracker ?? null };
  }
  const issue = exported.tracker.issue(Number(number.replace(/^#/, "")));
  if (issue) return { issue, settled: issue.labels, tracker: trackerUntil(exported, issue) };
  throw new AssistantError(`the tracker has no issue ${number}`, {
    code: "no-such-issue",
    remedy: "Name one by its number, or give a text: --text.",
  });
}

function readText(file: string | undefined, text: string | undefined): string {
  const given = text ?? (file === undefined ? "" : readFile(file));
  if (given.trim() !== "") return given;
  throw new AssistantError("there is no issue text", {
    code: "no-issue-text",
    remedy: 'Name a file, or give the text: assistant triage --text "Crash when …".',
  });
}

function readFile(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Check the path, or give the text itself: --text.",
      cause: error,
    });
  }
}
