import { isUtf8 } from "node:buffer";
import { type CommandTime, createCommandTime } from "../sandbox/command-time.ts";
import { findSandbox } from "../sandbox/find-sandbox.ts";
import { gitTree } from "../sandbox/git-tree.ts";
import { openSandbox } from "../sandbox/open-sandbox.ts";
import { prepareDependencies } from "../sandbox/prepare-dependencies.ts";
import type { PreparedDependencies, SandboxCommand, SandboxRun, SandboxSettings } from "../sandbox/sandbox.ts";
import type { EditedFile, ReadFile } from "../edits/edit.ts";
import type { VerifiedCommand } from "../publish/implement-outcome.ts";
import { listTree, readFileAt, type TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import type { ImplementSettings, WorkTree } from "../tasks/implement/input.ts";

export interface WorkTreeOptions {
  /** A mirror, or the `.git` of a clone; the files of both commits must be there. */
  gitDir: string;
  /** What is edited. */
  commit: string;
  /** Whose lock files say what is installed: no change chooses that for itself. Default `commit`. */
  baseCommit?: string;
  settings: Pick<ImplementSettings, "commands" | "minutes">;
  sandbox: SandboxSettings;
  /** Folder of what was installed before (home.dependencies). */
  cache: string;
  signal: AbortSignal;
  /** A line for people, when a step begins that may take long. */
  onStep?: (line: string) => void;
}

/** A commit to be edited, whose commands run in a sandbox of their own each time. */
export async function openWorkTree(options: WorkTreeOptions): Promise<WorkTree> {
  const { gitDir, commit, settings, signal } = options;
  const entries = await listTree(gitDir, commit, signal);
  const isFile = ({ mode }: TreeEntry): boolean => mode.startsWith("100");
  const found = await findSandbox(options.sandbox);
  let prepared: Promise<PreparedDependencies> | null = null;
  const { minutes = settings.minutes } = options.sandbox;
  const time = createCommandTime(Math.min(settings.minutes, minutes) * 60_000);
  return {
    commit,
    read: readerOf(gitDir, commit, entries, limits.diffFileBytes),
    paths: async () => entries.filter(isFile).map(({ path }) => path),
    others: async () => entries.filter((entry) => !isFile(entry)).map(({ path }) => path),
    sandbox: found.description === null ? { description: null, reason: `${found.reason} ${found.remedy}` } : found,
    async verify(files, aborted, onCommand) {
      if (settings.commands.length === 0) return [];
      prepared ??= prepare(options);
      const dependencies = await prepared;
      return runCommands({ ...options, time, signal: aborted }, files, dependencies, onCommand);
    },
  };
}

/** Regular files that are text, and no larger than this. */
function readerOf(gitDir: string, commit: string, entries: readonly TreeEntry[], mostBytes: number): ReadFile {
  const modes = new Map(entries.map(({ path, mode }) => [path, mode]));
  return async (path) => {
    if (!modes.get(path)?.startsWith("100")) return null;
    const data = await readFileAt(gitDir, commit, path);
    if (data === null || data.length > mostBytes || data.includes(0) || !isUtf8(data)) return null;
    return data.toString("utf8");
  };
}

async function prepare(options: WorkTreeOptions): Promise<PreparedDependencies> {
  const { gitDir, commit, baseCommit = commit, cache, sandbox, signal, onStep } = options;
  // Lock files are longer than what anybody edits.
  const read = readerOf(gitDir, baseCommit, await listTree(gitDir, baseCommit, signal), limits.lockFileBytes);
  return prepareDependencies(read, { cache, settings: sandbox, signal, ...(onStep && { onProgress: onStep }) });
}

async function runCommands(
  { gitDir, commit, settings, sandbox: back, time, signal }: WorkTreeOptions & { time: CommandTime },
  edited: readonly EditedFile[],
  dependencies: PreparedDependencies,
  onCommand: (command: VerifiedCommand) => void = () => {},
): Promise<VerifiedCommand[]> {
  const sandbox = await openSandbox(gitTree({ gitDir, commit, edited }), { dependencies, settings: back, signal });
  const verified: VerifiedCommand[] = [];
  try {
    for (const command of settings.commands) {
      const ended = await sandbox.run(command, { signal, timeoutMs: time.of(command.name) });
      const run = verifiedCommand(command, ended, time.note(command.name, ended) ?? inWords(ended), dependencies);
      verified.push(run);
      onCommand(run);
      if (!run.passed) break;
    }
  } finally {
    await sandbox.close();
  }
  return verified;
}

function verifiedCommand(
  { name, run }: SandboxCommand,
  ended: SandboxRun,
  words: string,
  { refused }: PreparedDependencies,
): VerifiedCommand {
  const passed = ended.exitCode === 0 && !ended.timedOut && ended.limitHit === null;
  const missing = refused.map(({ path, reason }) => `${path} was not installed: ${reason}`);
  // What looks like the cause first: whoever reads the output may get no further.
  const output = [...missing, ...ended.errorLines, ended.outputTail].join("\n");
  return {
    name,
    command: typeof run === "string" ? run.replace(/\s*\n\s*/g, "; ") : run.join(" "),
    passed,
    ended: words,
    ms: ended.ms,
    output: passed ? "" : output,
  };
}

function inWords({ exitCode, signal, limitHit }: SandboxRun): string {
  if (limitHit !== null) return `stopped at the limit on ${limitHit}`;
  return exitCode === null ? `ended by ${signal ?? "a signal"}` : `exit code ${exitCode}`;
}
