import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AssistantError } from "../../shared/errors.ts";
import { type DatasetExample, type DatasetTask, datasetTasks, type Split, splits } from "./example.ts";
import { counted } from "../format.ts";
import type { ExportedDataset } from "./export-dataset.ts";

/** What a data set holds and where it comes from; `summary.json`, and what `--json` prints. */
export interface DatasetSummary {
  repository: string;
  /** Full id of the commit that was looked from. */
  commit: string;
  product: string;
  /** Files with the repository's licence, with their first line. */
  licences: { path: string; firstLine: string }[];
  /** People who wrote the commits that examples come from, by their addresses. */
  authors: number;
  parts: Record<Split, PartSummary>;
  leftOut: ExportedDataset["leftOut"];
  redacted: number;
}

export interface PartSummary {
  file: string;
  bytes: number;
  examples: Record<DatasetTask, number>;
  /** ISO 8601; null where the part is empty. */
  from: string | null;
  to: string | null;
}

/** Errors: AssistantError `folder-not-empty`: what stands there may be another data set. */
export async function requireEmptyFolder(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new AssistantError(`${folder} cannot be written to: ${error.message}`, {
      code: "folder-not-writable",
      remedy: "Name a folder that is not there yet: --out DIR.",
      cause: error,
    });
  });
  if (there.length === 0) return;
  throw new AssistantError(`${folder} is not empty`, {
    code: "folder-not-empty",
    remedy: "Name a folder that is not there yet: --out DIR.",
  });
}

/** Writes a file a part, one conversation a line, and beside them what they are. */
export async function writeDataset(
  folder: string,
  examples: ExportedDataset["examples"],
  facts: Omit<DatasetSummary, "parts">,
): Promise<DatasetSummary> {
  await mkdir(folder, { recursive: true });
  const parts = {} as Record<Split, PartSummary>;
  for (const part of splits) {
    const text = examples[part].map((example) => `${JSON.stringify(lineOf(example))}\n`).join("");
    await writeFile(join(folder, `${part}.jsonl`), text);
    parts[part] = summaryOf(part, examples[part], Buffer.byteLength(text));
  }
  const summary = { ...facts, parts };
  await writeFile(join(folder, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFile(join(folder, "README.md"), headerOf(summary));
  return summary;
}

function lineOf({ id, task, end, source, messages }: DatasetExample): unknown {
  return { id, task, time: isoOf(end), source, messages };
}

function summaryOf(part: Split, examples: readonly DatasetExample[], bytes: number): PartSummary {
  const countOf = (task: DatasetTask): number => examples.filter((one) => one.task === task).length;
  const counts = Object.fromEntries(datasetTasks.map((task) => [task, countOf(task)]));
  const ends = examples.map(({ end }) => end);
  return {
    file: `${part}.jsonl`,
    bytes,
    examples: counts as Record<DatasetTask, number>,
    from: ends.length === 0 ? null : isoOf(ends.reduce((a, b) => Math.min(a, b))),
    to: ends.length === 0 ? null : isoOf(ends.reduce((a, b) => Math.max(a, b))),
  };
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000", "");
}

/** Whose words these are: it has to go wherever the files go. */
function headerOf({
  repository,
  commit,
  product,
  licences,
  authors,
  parts,
  leftOut,
  redacted,
}: DatasetSummary): string {
  const rows = splits.map((part) => {
    const { file, examples, from, to } = parts[part];
    return `| ${file} | ${examples.review} | ${examples.implement} | ${from ?? "-"} | ${to ?? "-"} |`;
  });
  const licence =
    licences.length === 0
      ? "The repository names no licence: nobody but its authors may use its text without asking them."
      : `The repository's licence stands in ${licences.map(({ path, firstLine }) => `${path} ("${firstLine}")`).join(" and ")}.`;
  return `# Data set of ${repository}

Made by Engram Assistant ${product} of ${repository} at ${commit}: conversations for teaching a model, one a line.

## Whose it is

The code and messages were written by ${authors} ${authors === 1 ? "person" : "people"}, by their commits' addresses; remarks were
written by the people who reviewed. It stays theirs. ${licence} Whoever trains a model on it, or passes it on, has to keep to that licence; remarks and issues
are not covered by it as a rule, and their writers were not asked. The files do not say who wrote what, but texts may
mention people. What had the form of a secret or of an e-mail address was replaced, in ${counted(redacted, "example")}; what has no such form cannot be
told. Look before you pass it on.

## What is in it

| file | review | implement | from | to |
| ---- | -----: | --------: | ---- | -- |
${rows.join("\n")}

The parts follow each other in time: all that was written for one is older than all that was written for the next. A pull request is
never parted. Left out: ${leftOut.straddling} begun before a boundary and ended after it, ${leftOut.repeated} that an earlier part
answers, ${leftOut.tooLong} too long, ${leftOut.unreadable} commits or pull requests of which git lacks a file.

A line is \`{"id", "task", "time", "source", "messages"}\`: \`messages\` are system, user and assistant, and the last one is what shall be
learnt. \`source.learntFrom\` says what it was learnt from: a person's remark (with \`outcome\`: whether the lines were changed after it), a later
change of the same pull request, none, or a commit.
`;
}
