import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { createMemoryEngramStore } from "../engram/memory-engram-store.ts";
import { openPast } from "../handlers/remember.ts";
import type { History } from "../history/history.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { listTree, readFileAt } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import {
  findDefaultBranch,
  localEngramKey,
  localRepository,
  openLocalClone,
  resolveCommit,
} from "../workspace/local-clone.ts";
import { type DatasetTask, datasetTasks, splits } from "./dataset/example.ts";
import { exportDataset, type ExportedDataset } from "./dataset/export-dataset.ts";
import { type DatasetSummary, requireEmptyFolder, writeDataset } from "./dataset/write-dataset.ts";
import { counted, formatBytes, table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

interface DatasetExportOptions {
  repo: string;
  out: string;
  task?: DatasetTask[];
  last: number;
  json?: boolean;
}

export function datasetExportCommand(): Command {
  return new Command("export")
    .description("write conversations for teaching a model: what reviewers said, what commits changed")
    .requiredOption("--out <dir>", "where the files go; it must not be there yet, or be empty")
    .option("--repo <dir>", "the clone", ".")
    .addOption(new Option("--task <names...>", "these alone").choices(datasetTasks))
    .option("--last <n>", "commits and pull requests that are read, the newest so many of each", count, 1_000)
    .option("--json", "print the summary as JSON, and nothing else, on standard output")
    .addHelpText(
      "after",
      `
Examples:
  assistant dataset export --out ../shop-data
  assistant dataset export --repo ../shop --task implement --last 5000 --out shop-data --json

Pull requests are read from their heads (git fetch origin '+refs/pull/*/head:refs/pull/*/head'), what reviewers said from
what \`assistant backfill OWNER/NAME\` kept. Parts follow each other in time: train.jsonl, validation.jsonl, test.jsonl; README.md
beside them says whose work it is. Secrets and e-mail addresses are replaced. Nothing is sent anywhere.
Exit code: 0 written, 2 usage or environment, 3 internal error.`,
    )
    .action(exportTo);
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= limits.datasetRead) return value;
  throw new InvalidArgumentError(`a whole number from 1 to ${limits.datasetRead} is asked.`);
}

async function exportTo(options: DatasetExportOptions): Promise<void> {
  const { repo, out, last, task: tasks = datasetTasks, json = false } = options;
  const folder = resolve(out);
  await requireEmptyFolder(folder);
  const { gitDir } = await openLocalClone(repo);
  const commit = await resolveCommit(gitDir, await findDefaultBranch(gitDir));
  const signal = interruptSignal();
  const progress = terminalProgress(process.stderr);
  const services = openLocalServices(loadSettings(), { models: false });
  const engrams = createMemoryEngramStore();
  try {
    const key = localEngramKey(gitDir);
    const asked = { key, gitDir, commit, defaultCommit: commit, learn: false, signal, onProgress: progress };
    const { history, pulls } = await openPast(asked, services.past);
    const repository = await localRepository(gitDir);
    const tracker = services.past.trackers.open(repositoryKey(repository));
    const past = { history, pulls, tracker };
    const made = await exportDataset({ gitDir, past, tasks, most: last, engrams, signal, onProgress: progress });
    checkThatThereAre(made);
    const { examples, leftOut, redacted } = made;
    const summary = await writeDataset(folder, examples, {
      repository: `${repository.host}/${repository.owner}/${repository.name}`,
      commit,
      product: packageVersion(),
      licences: await licencesOf(gitDir, commit),
      authors: authorsOf(history, made),
      leftOut,
      redacted,
    });
    progress("");
    process.stdout.write(json ? `${JSON.stringify({ folder, ...summary })}\n` : report(folder, summary));
  } finally {
    progress("");
    engrams.close();
    await services.close();
  }
}

/** Errors: AssistantError `no-examples`. */
function checkThatThereAre({ examples, leftOut }: ExportedDataset): void {
  if (splits.some((part) => examples[part].length > 0)) return;
  throw new AssistantError("nothing in this repository's past makes an example", {
    code: "no-examples",
    remedy:
      leftOut.unreadable > 0
        ? "Git lacks files of its commits: fetch them all (git fetch --refetch, without --filter)."
        : "Fetch its pull requests (git fetch origin '+refs/pull/*/head:refs/pull/*/head'), or read more: --last N.",
  });
}

async function licencesOf(gitDir: string, commit: string): Promise<DatasetSummary["licences"]> {
  const names = /^(?:licen[cs]e|copying|unlicense|notice)(?:[.-][\w.-]+)?$/i;
  const paths = (await listTree(gitDir, commit)).map(({ path }) => path).filter((path) => names.test(path));
  return Promise.all(
    paths.map(async (path) => {
      const text = (await readFileAt(gitDir, commit, path))?.toString("utf8") ?? "";
      const first = text.split("\n").find((line) => /\w/.test(line)) ?? "";
      return { path, firstLine: first.trim().slice(0, 100) };
    }),
  );
}

function authorsOf({ commits }: History, { examples }: ExportedDataset): number {
  const used = new Set(splits.flatMap((part) => examples[part].map(({ source }) => source.commit)));
  return new Set(commits.filter(({ commit }) => used.has(commit)).map(({ author }) => author.email)).size;
}

function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

function report(folder: string, { parts, leftOut, redacted, licences }: DatasetSummary): string {
  const rows = splits.map((part) => {
    const { file, examples, from, to, bytes } = parts[part];
    const days = from === null || to === null ? "-" : `${from.slice(0, 10)} to ${to.slice(0, 10)}`;
    return [file, String(examples.review), String(examples.implement), days, formatBytes(bytes)];
  });
  const { straddling, repeated, tooLong, unreadable } = leftOut;
  const licence = licences.length === 0 ? "It names no licence" : `Its licence stands in ${licences[0]?.path}`;
  return [
    `${folder}\n\n`,
    table([["file", "review", "implement", "written", "size"], ...rows]),
    `\nLeft out: ${straddling} across a boundary of time, ${repeated} said before, ${tooLong} too long, ${unreadable} commits or pull requests that git lacks files of.\n`,
    `A secret or an address was replaced in ${counted(redacted, "example")}.\n`,
    `${licence}; README.md there says whose work this is. Look at the files before you pass them on.\n`,
  ].join("");
}
