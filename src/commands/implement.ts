import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { parseRepositoryConfig, repositoryConfigPath } from "../config/repository-config.ts";
import { loadSettings } from "../config/server-config.ts";
import { implementTools } from "../handlers/implement-tools.ts";
import { openWorkTree } from "../handlers/open-work-tree.ts";
import { openPast } from "../handlers/remember.ts";
import { rememberDocuments, withSpecifications } from "../handlers/specifications.ts";
import type { ImplementOutcome, ImplementTask } from "../publish/implement-outcome.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, ExitCode, messageOf } from "../shared/errors.ts";
import { readFileAt } from "../shared/git-objects.ts";
import { implementChange } from "../tasks/implement/implement-change.ts";
import type { ImplementRequest, ImplementSettings } from "../tasks/implement/input.ts";
import {
  findDefaultBranch,
  localEngramKey,
  localRepository,
  openLocalClone,
  resolveCommit,
} from "../workspace/local-clone.ts";
import { applyPatch, checkWorkTree } from "./apply-patch.ts";
import { writeOut } from "./assistant-options.ts";
import { implementProgress } from "./implement-progress.ts";
import { interruptExitCode, interruptSignal } from "./interrupt.ts";
import { renderImplement } from "./render-implement.ts";
import { checkIssueText, readIssueFile } from "./query-text.ts";

interface ImplementOptions {
  issue?: string;
  task: Exclude<ImplementTask, "plan">;
  repo: string;
  plan?: boolean;
  yes?: boolean;
  apply?: boolean;
  patch?: string;
  documents?: string;
  check?: string[];
  json?: boolean;
  model: boolean;
}

export function implementCommand(): Command {
  return new Command("implement")
    .description("plan and write a change of a local clone, and check it in a sandbox")
    .argument("[text]", "what is wanted, its first line being the title; a place or a refactoring with --task")
    .option("--issue <file>", "a file with the request, instead (- reads standard input)")
    .addOption(
      new Option("--task <kind>", "what is done")
        .choices(["implement", "test", "document", "refactor"])
        .default("implement"),
    )
    .option("--repo <dir>", "the clone; its checked-out commit is what is changed", ".")
    .option("--plan", "stop after the design: no code is written")
    .option("--yes", "go on where the repository asks for its plan to be approved")
    .option("--check <command...>", "commands that must pass, instead of those of the repository's configuration")
    .option("--apply", "write the change into the work tree, where it passed or there was nothing to run")
    .option("--patch <file>", "write the change as a patch for `git apply`, whatever became of it")
    .option("--documents <dir>", "write the plan's documents there, one file for each phase")
    .option("--json", "print the outcome as JSON, and nothing else, on standard output")
    .option("--no-model", "do without a model: the plan, and refactorings that code can do")
    .addHelpText(
      "after",
      `
Examples:
  assistant implement "cartTotal should take a discount"        plan, code, tests; prints the patch
  assistant implement --issue issue.md --apply                  the same into the work tree
  assistant implement --plan "cache the parsed schema"          requirements, specification and design alone
  assistant implement --check "npm test" --check "npm run lint" --patch fix.patch "…"
  assistant implement --task test src/cart.ts:cartTotal         tests for what is named
  assistant implement --task refactor "rename round to roundCents in src/round.ts" --apply
  assistant implement --task refactor "remove dead code src/cart.ts"

The commands (section \`implement\` of .github/assistant.yml on the default branch, or --check) run in a sandbox without
network on a copy of the commit; without a sandbox no code of a model is written (\`assistant doctor\` says how to get one).
Nothing is written to the clone without --apply; what is not committed is not looked at.
Exit code: 0 it passed, or the plan was all that was asked for; 1 it did not pass, was not checked by any command, or the
request needs an answer; 2 usage or environment; 3 internal error; 130 stopped.`,
    )
    .action(implement);
}

async function implement(text: string | undefined, options: ImplementOptions): Promise<void> {
  const asked = requestOf(text, options);
  const { gitDir } = await openLocalClone(options.repo);
  const commit = await resolveCommit(gitDir, "HEAD");
  if (options.apply) await checkWorkTree(options.repo);
  const config = await settingsOf(gitDir, commit, options);
  const waits = config.approve && !options.yes && !options.plan;
  const request: ImplementRequest = { ...asked, planOnly: (options.plan ?? false) || waits };
  const outcome = await run(gitDir, commit, request, config, options);
  if (options.documents !== undefined) writeDocuments(options.documents, outcome);
  if (options.patch !== undefined && outcome.patch !== "") writeOut(options.patch, outcome.patch);
  const changed = options.apply ? await applyIfGood(outcome, options) : false;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(outcome)}\n`
      : renderImplement(outcome, { withPatch: options.patch === undefined && !changed, waits }),
  );
  if (changed)
    process.stderr.write(`written into the work tree: ${outcome.files.map(({ path }) => path).join(", ")}\n`);
  const isGood = outcome.verdict === "passed" || (outcome.verdict === "planned" && !waits);
  process.exitCode = interruptExitCode() ?? (isGood ? ExitCode.fine : ExitCode.no);
}

/** Errors: AssistantError `no-question`, `two-questions`, those of the file. */
function requestOf(text: string | undefined, { issue, task }: ImplementOptions): Omit<ImplementRequest, "planOnly"> {
  if ((text === undefined) === (issue === undefined)) {
    throw new AssistantError(text === undefined ? "nothing is asked for" : "more than one thing is asked for", {
      code: text === undefined ? "no-question" : "two-questions",
      remedy: 'Say what is wanted ("cartTotal should …"), or name a file with it: --issue FILE.',
    });
  }
  const whole = issue === undefined ? checkIssueText(text ?? "", "the request") : readIssueFile(issue);
  const [title = "", ...rest] = whole.trim().split("\n");
  const isPlace = task !== "implement" && issue === undefined;
  const named = { number: null, title, body: rest.join("\n").trim(), argument: "", follows: null };
  return isPlace ? { task, ...named, argument: whole.trim(), body: "" } : { task, ...named };
}

/** As the default branch has it: what is checked out may be anybody's change. */
async function settingsOf(gitDir: string, head: string, { check, plan }: ImplementOptions): Promise<ImplementSettings> {
  const branch = await findDefaultBranch(gitDir).catch(() => null);
  const commit = branch === null ? head : await resolveCommit(gitDir, branch);
  const file = await readFileAt(gitDir, commit, repositoryConfigPath);
  const { config, problem } = parseRepositoryConfig(file?.toString("utf8") ?? null);
  if (problem !== null && plan) process.stderr.write(`warning: ${problem}\n`);
  else if (problem !== null) {
    // Defaults know neither what is protected nor that a plan has to be approved.
    throw new AssistantError(`no code is written: ${problem.replace(", so the defaults are used", "")}`, {
      code: "invalid-rules",
      remedy: `Mend ${repositoryConfigPath} on the default branch: it says what must not be changed and by what a change is checked.`,
    });
  }
  const commands = check?.map((line) => ({ name: line.split(/\s+/).slice(0, 3).join(" "), run: line }));
  return { ...config.implement, ...(commands && { commands }) };
}

async function run(
  gitDir: string,
  commit: string,
  request: ImplementRequest,
  settings: ImplementSettings,
  options: ImplementOptions,
): Promise<ImplementOutcome> {
  const own = loadSettings();
  const signal = interruptSignal();
  const key = localEngramKey(gitDir);
  const repository = await localRepository(gitDir);
  const { onProgress, onStep, end } = implementProgress(process.stderr);
  const services = openLocalServices(own, { models: options.model });
  try {
    onStep("reading the repository");
    const { engram } = await services.engrams.update(key, gitDir, commit, { signal });
    try {
      const past = await openPast({ key, gitDir, commit, defaultCommit: commit, learn: false, signal }, services.past);
      const { home, implement: sandbox } = own;
      const place = { gitDir, commit, settings, sandbox, cache: home.dependencies };
      const tree = await openWorkTree({ ...place, signal, onStep });
      const { units, models } = services;
      const outcome = await withSpecifications(home.knowledge, repository, (specifications) => {
        const known = { view: engram, past, units, models, specifications, tools: implementTools };
        return implementChange({ request, settings, tree, ...known, onProgress }, signal);
      });
      if (outcome.verdict === "passed") await rememberDocuments(home.knowledge, repository, outcome, null);
      return outcome;
    } finally {
      engram.close();
    }
  } finally {
    end();
    await services.close();
  }
}

function writeDocuments(dir: string, { documents }: ImplementOutcome): void {
  try {
    mkdirSync(dir, { recursive: true });
    for (const [i, { phase, markdown }] of documents.entries()) {
      writeFileSync(join(dir, `${i + 1}-${phase}.md`), `# ${phase[0]?.toUpperCase()}${phase.slice(1)}\n\n${markdown}`);
    }
  } catch (error) {
    throw new AssistantError(`the documents cannot be written to ${dir}: ${messageOf(error)}`, {
      code: "cannot-write-file",
      remedy: "Name a folder that may be written to: --documents DIR.",
      cause: error,
    });
  }
}

/** @returns whether the work tree was changed */
async function applyIfGood(outcome: ImplementOutcome, { repo }: ImplementOptions): Promise<boolean> {
  const { verdict, patch } = outcome;
  if (patch === "") return false;
  if (verdict !== "passed" && verdict !== "unverified") {
    process.stderr.write("note: nothing is written into the work tree, because it did not pass\n");
    return false;
  }
  await applyPatch(repo, outcome);
  return true;
}
