import { readFileSync } from "node:fs";
import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { parseRepositoryConfig, repositoryConfigPath } from "../config/repository-config.ts";
import { runReview } from "../pipeline.ts";
import { createDryRunPublisher } from "../publish/dry-run-publisher.ts";
import type { ReviewOutcome } from "../publish/outcome.ts";
import { cleanOutcome } from "../publish/clean-outcome.ts";
import { toSarif } from "../publish/sarif.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, ExitCode, messageOf } from "../shared/errors.ts";
import { readFileAt } from "../shared/git-objects.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { LinterResult } from "../tasks/review/linters/linter-result.ts";
import { readSarif } from "../tasks/review/linters/read-sarif.ts";
import {
  findDefaultBranch,
  hasUncommittedWork,
  localEngramKey,
  localRepository,
  openLocalClone,
  resolveCommit,
} from "../workspace/local-clone.ts";
import { findMergeBase, readChange } from "../workspace/read-change.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { writeOut } from "./assistant-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { printOutcome } from "./print-outcome.ts";
import { terminalProgress } from "./progress.ts";

interface ReviewOptions {
  repo: string;
  base?: string;
  head: string;
  json?: boolean;
  sarif?: string;
  linters?: string[];
  model: boolean;
}

export function reviewCommand(): Command {
  return new Command("review")
    .description("review a change of a local clone, and print what the app would publish")
    .option("--repo <dir>", "the clone", ".")
    .option("--base <ref>", "compare with its merge base with this (default: the default branch)")
    .option("--head <ref>", "the change's last commit", "HEAD")
    .option("--json", "print the outcome as JSON, and nothing else, on standard output")
    .option("--sarif <file>", "also write the findings as SARIF 2.1.0, for editors and code scanning")
    .option("--linters <file...>", "also tell what linters report on added lines: their SARIF 2.1.0 files")
    .option("--no-model", "do without a model: what code finds, with its evidence")
    .addHelpText(
      "after",
      `
Examples:
  assistant review                         the branch you are on, against the default branch
  assistant review --base HEAD~1           the last commit
  assistant review --sarif review.sarif    the findings for an editor's SARIF viewer, too
  assistant review --linters eslint.sarif  what your own linters say of the added lines, too
  assistant review --repo ../service --head feature --json | jq .findings

Nothing leaves this machine and nothing is written to the clone.
Exit code: 0 no findings, 1 findings, 2 usage or environment, 3 internal error.`,
    )
    .action(review);
}

async function review(options: ReviewOptions): Promise<void> {
  const settings = loadSettings();
  const progress = terminalProgress(process.stderr);
  const workspace = await openLocalClone(options.repo);
  const head = await resolveCommit(workspace.gitDir, options.head);
  const against = options.base ?? (await findDefaultBranch(workspace.gitDir));
  const target = await resolveCommit(workspace.gitDir, against);
  const base = await findMergeBase(workspace.gitDir, target, head);
  await checkChange(workspace.gitDir, base, head, { head: options.head, against });
  const repository = await localRepository(workspace.gitDir);
  await noteWhatIsMissing(workspace, options);
  const file = await readFileAt(workspace.gitDir, base, repositoryConfigPath);
  const { config, problem } = parseRepositoryConfig(file?.toString("utf8") ?? null);
  if (problem !== null) process.stderr.write(`warning: ${problem}\n`);

  const services = openLocalServices(settings, { models: options.model });
  try {
    const { outcome } = await runReview(
      {
        subject: null,
        asked: true,
        workspace,
        engramKey: localEngramKey(workspace.gitDir),
        engramCommit: base,
        target,
        head,
        defaultCommit: target,
        learn: true,
        others: [],
        config,
        linterResults: (options.linters ?? []).flatMap(readLinters),
        publisher: createDryRunPublisher({ repository }),
        signal: interruptSignal(),
        progress,
      },
      services,
    );
    progress("");
    const shown = await cleanOutcome(outcome);
    printOutcome(shown, options.json ?? false);
    if (options.sarif !== undefined) writeSarif(options.sarif, shown, repository);
    process.exitCode = outcome.findings.length > 0 ? ExitCode.no : ExitCode.fine;
  } finally {
    progress("");
    await services.close();
  }
}

function readLinters(file: string): LinterResult[] {
  try {
    return readSarif(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (error instanceof AssistantError) throw error;
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "linters-unreadable",
      remedy: "Name the SARIF files that your linters wrote, for example --linters eslint.sarif ruff.sarif.",
    });
  }
}

function writeSarif(file: string, outcome: ReviewOutcome, { host, owner, name }: RepositoryId): void {
  const repositoryUrl = host === "local" ? null : `https://${host}/${owner}/${name}`;
  writeOut(file, `${JSON.stringify(toSarif(outcome, { repositoryUrl }), null, 2)}\n`);
}

async function noteWhatIsMissing({ shallow }: Workspace, options: ReviewOptions): Promise<void> {
  if (shallow) {
    process.stderr.write("note: this is a shallow clone: older history is not searched (git fetch --unshallow)\n");
  }
  if (options.head === "HEAD" && (await hasUncommittedWork(options.repo))) {
    process.stderr.write("note: uncommitted changes are not part of the review\n");
  }
}

/**
 * Says early what a review cannot be made of.
 * Errors: AssistantError `empty-change`, `binary-change`.
 */
async function checkChange(
  gitDir: string,
  base: string,
  head: string,
  names: { head: string; against: string },
): Promise<void> {
  const change = await readChange(gitDir, base, head);
  if (change.files.length === 0 && change.unread.length === 0) {
    throw new AssistantError(
      `there is nothing to review: ${names.head} changes nothing against ${names.against.replace(/^refs\/\w+\//, "")}`,
      {
        code: "empty-change",
        remedy: "Switch to the branch with the change, or name another base, for example --base HEAD~1.",
      },
    );
  }
  if (change.files.length > 0 && change.files.every(({ binary }) => binary)) {
    throw new AssistantError("the change holds binary files alone, and those are not read", {
      code: "binary-change",
      remedy: "There is nothing that a review could say about it.",
    });
  }
}
