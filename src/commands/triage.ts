import { readFileSync } from "node:fs";
import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { runTriage } from "../pipeline.ts";
import { createDryRunPublisher } from "../publish/dry-run-publisher.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { localEngramKey, localRepository, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { interruptSignal } from "./interrupt.ts";
import { printOutcome } from "./print-outcome.ts";
import { terminalProgress } from "./progress.ts";

interface TriageOptions {
  repo: string;
  at: string;
  text?: string;
  json?: boolean;
  model: boolean;
}

export function triageCommand(): Command {
  return new Command("triage")
    .description("find the code that an issue is about, in a local clone")
    .argument("[file]", "the issue: its first line is the title (- reads standard input)")
    .option("--text <text>", "the issue, instead of a file")
    .option("--repo <dir>", "the clone", ".")
    .option("--at <ref>", "the commit to look in", "HEAD")
    .option("--json", "print the outcome as JSON, and nothing else, on standard output")
    .option("--no-model", "do without a model: what code finds, with its evidence")
    .addHelpText(
      "after",
      `
Examples:
  assistant triage --text "Crash when the list is empty"
  assistant triage issue.txt --repo ../service --at v2.1.0
  gh issue view 12 --json title,body --jq '.title, .body' | assistant triage -

Exit code: 0 fine (also where nothing was found), 2 usage or environment, 3 internal error.`,
    )
    .action(triage);
}

async function triage(file: string | undefined, options: TriageOptions): Promise<void> {
  const settings = loadSettings();
  const [title = "", ...rest] = readText(file, options.text).trim().split("\n");
  const workspace = await openLocalClone(options.repo);
  const repository = await localRepository(workspace.gitDir);
  const services = openLocalServices(settings, { models: options.model });
  const progress = terminalProgress(process.stderr);
  try {
    const { outcome } = await runTriage(
      {
        subject: null,
        asked: true,
        issue: { number: null, title, body: rest.join("\n").trim() },
        pastIssues: [],
        repository,
        learn: false,
        workspace,
        engramKey: localEngramKey(workspace.gitDir),
        engramCommit: await resolveCommit(workspace.gitDir, options.at),
        publisher: createDryRunPublisher({ repository }),
        signal: interruptSignal(),
        progress,
      },
      services,
    );
    progress("");
    printOutcome(outcome, options.json ?? false);
  } finally {
    progress("");
    await services.close();
  }
}

function readText(file: string | undefined, text: string | undefined): string {
  if (text !== undefined && file !== undefined) {
    throw new AssistantError("the issue is given twice, as a file and as --text", {
      code: "two-issue-texts",
      remedy: "Give one of the two.",
    });
  }
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
