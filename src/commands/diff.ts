import { Command } from "commander";
import {
  compareDirectories,
  type DirectoryChange,
  type DirectorySums,
  sumDirectories,
} from "../engram/algebra/directories.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import { listTree, type TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { compareTrees, countDirectories, type DirectoryCount, type TreeDifference } from "./compare-trees.ts";
import { jsonOption, shortRevision, withEngram } from "./engram-options.ts";
import { table } from "./format.ts";

interface DiffOptions {
  repo?: string;
  keyFile?: string;
  keyFileB?: string;
  directories?: boolean;
  json?: boolean;
}

interface Tree {
  revision: string;
  entries: TreeEntry[];
  /** Of an engram, where directories are compared. */
  sums?: DirectorySums;
  seed?: number;
}

export function diffCommand(): Command {
  const command = new Command("diff")
    .description("compare two engrams, or two commits of a clone")
    .argument("<a>", "an engram, or with --repo a commit")
    .argument("<b>", "the other one")
    .option("--repo <dir>", "a clone; A and B are then commits of it")
    .option("--key-file <file>", "the key, where the engrams are encrypted")
    .option("--key-file-b <file>", "the key of B, where it is another one; B is not encrypted where this is -")
    .option("--directories", "by directory instead of naming files; of two engrams also how much of each moved");
  return jsonOption(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant diff v2.0.engram v2.1.engram
  assistant diff --repo ../service v2.0.0 v2.1.0 --directories

A file with the same bytes under another path is renamed. Exit code: 0 equal, 1 different, 2 usage or environment, 3 internal
error.`,
    )
    .action(diff);
}

async function diff(a: string, b: string, options: DiffOptions): Promise<void> {
  const [before, after] =
    options.repo === undefined ? await readEngrams(a, b, options) : await readCommits(options.repo, a, b);
  const difference = compareTrees(before.entries, after.entries);
  const directories = describeDirectories(countDirectories(difference), movesOf(before, after));
  const equal = Object.values(difference).every((paths: unknown[]) => paths.length === 0);
  process.exitCode = equal ? ExitCode.fine : ExitCode.no;
  if (options.json) {
    const [from, to] = [before.revision, after.revision];
    process.stdout.write(`${JSON.stringify({ from, to, equal, ...difference, directories })}\n`);
    return;
  }
  process.stdout.write(
    `${shortRevision(before.revision)} → ${shortRevision(after.revision)}: ${summary(difference)}\n`,
  );
  if (equal) return;
  process.stdout.write(options.directories ? renderDirectories(directories) : renderFiles(difference));
}

async function readEngrams(
  a: string,
  b: string,
  { keyFile, keyFileB = keyFile, directories = false }: DiffOptions,
): Promise<[Tree, Tree]> {
  const read = (file: string, key: string | undefined) =>
    withEngram({ engram: file, keyFile: key }, (engram) => ({
      seed: engram.info().seed,
      revision: engram.info().commit,
      entries: engram.files(),
      ...(directories ? { sums: sumDirectories(engram.rows()) } : {}),
    }));
  return [await read(a, keyFile), await read(b, keyFileB === "-" ? undefined : keyFileB)];
}

/** How far each directory moved, by the sums of its vectors; null where there are none, or other hashes (another key). */
function movesOf(before: Tree, after: Tree): Map<string, DirectoryChange> | null {
  if (before.sums === undefined || after.sums === undefined || before.seed !== after.seed) return null;
  return new Map(compareDirectories(before.sums, after.sums).map((change) => [change.directory || ".", change]));
}

type Directory = DirectoryCount & {
  /** Share of its content that moved: 0 none; null where it is not known. */
  moved: number | null;
  /** Where a directory that is gone went, by likeness. */
  becomes: string | null;
};

/** What moved most comes first; without sums, where most files differ. */
function describeDirectories(counts: DirectoryCount[], moves: Map<string, DirectoryChange> | null): Directory[] {
  const described = counts.map((count) => {
    const change = moves?.get(count.directory);
    const becomes = change?.becomes ?? null;
    const share = moves === null ? null : Math.min(1, change?.share ?? 0);
    return {
      ...count,
      moved: share,
      becomes: becomes !== null && becomes.score >= likeEnough ? becomes.directory : null,
    };
  });
  const distance = ({ directory }: Directory) => moves?.get(directory)?.moved ?? 0;
  return described.sort((a, b) => distance(b) - distance(a)).slice(0, limits.directoriesCompared);
}

/** Half alike: below it a directory that is gone has no successor worth naming. */
const likeEnough = 0.5;

async function readCommits(repo: string, a: string, b: string): Promise<[Tree, Tree]> {
  const { gitDir } = await openLocalClone(repo);
  const read = async (ref: string) => {
    const revision = await resolveCommit(gitDir, ref);
    return { revision, entries: await listTree(gitDir, revision) };
  };
  return [await read(a), await read(b)];
}

function summary({ added, removed, changed, renamed }: TreeDifference): string {
  const counts = [
    [added.length, "added"],
    [removed.length, "removed"],
    [changed.length, "changed"],
    [renamed.length, "renamed"],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return said.length === 0 ? "equal" : said.join(", ");
}

/** As `git diff --name-status` has it. */
function renderFiles({ added, removed, changed, renamed }: TreeDifference): string {
  return [
    ...removed.map((path) => `D  ${oneLine(path)}\n`),
    ...added.map((path) => `A  ${oneLine(path)}\n`),
    ...changed.map((path) => `M  ${oneLine(path)}\n`),
    ...renamed.map(({ from, to }) => `R  ${oneLine(from)} → ${oneLine(to)}\n`),
  ].join("");
}

function renderDirectories(directories: readonly Directory[]): string {
  const cells = directories.map(({ directory, added, removed, changed, moved, becomes }) => [
    oneLine(directory),
    String(added),
    String(removed),
    String(changed),
    ...(moved === null ? [] : [`${Math.round(100 * moved)} %`, becomes === null ? "" : `→ ${oneLine(becomes)}`]),
  ]);
  const heading = ["directory", "added", "removed", "changed"];
  if (directories.some(({ moved }) => moved !== null)) heading.push("moved", "");
  return table([heading, ...cells]);
}
