import { git, GitError, gitText } from "../../src/shared/git.ts";

/** A commit as a task that a person once solved: what it says and what it changes are the queries, its files the answer. */
export interface PastTask {
  commit: string;
  /** Its first parent: the tree that is searched, and the newest commit of the history that may be read. */
  parent: string;
  /** Committer time, seconds since 1970. */
  time: number;
  /** Subject and body without trailers. */
  message: string;
  /** What it changed, files that nobody writes by hand left out. */
  diffs: FileDiff[];
}

/** All hunks of one file. Lines are without the signs in front. */
export interface FileDiff {
  path: string;
  /** Removed, added and three lines of context around, in the order of the diff. */
  text: string;
  context: string[];
  removed: string[];
  added: string[];
}

/** Lines of one file's diff that make a query; a longer one is a rewrite. */
const diffLines = 400;
const recordsPerTask = 5;

/**
 * The newest commits that people made for a reason, oldest first. Left out: merges, robots, releases, version bumps,
 * reverts, messages under three words. How many files the parent has of them is for the caller to see.
 */
export async function readPastTasks(gitDir: string, wanted: number): Promise<PastTask[]> {
  const format = ["%x01%H", "%P", "%ct", "%an", "%B"].join("%x02");
  const most = `--max-count=${recordsPerTask * wanted}`;
  const log = await gitText(gitDir, ["log", "--no-merges", "--min-parents=1", most, `--format=${format}`, "HEAD"]);
  const tasks: PastTask[] = [];
  for (const record of log.split("\x01")) {
    if (tasks.length === wanted) break;
    const task = readRecord(record);
    if (task === null) continue;
    const diffs = await readDiffs(gitDir, task.commit);
    if (diffs.length > 0) tasks.push({ ...task, diffs });
  }
  return tasks.toReversed();
}

function readRecord(record: string): Omit<PastTask, "diffs"> | null {
  const [commit = "", parents = "", time = "", author = "", body = ""] = record.split("\x02");
  const message = withoutTrailers(body);
  const isPersons = !/\bbot\b|\[bot\]|renovate|dependabot|actions/i.test(author);
  const isWork = !/^(revert\b|merge\b|bump(ed)?\b|release\b|(chore|build|ci)\((deps|release)|v?\d+\.\d+)/i.test(
    message,
  );
  const isSaid = message.split(/\s+/).length >= 3;
  if (!isPersons || !isWork || !isSaid) return null;
  return { commit, parent: parents.split(" ")[0] ?? "", time: Number(time), message };
}

function withoutTrailers(body: string): string {
  const lines = body
    .split("\n")
    .filter((line) => !/^(signed-off-by|co-authored-by|reviewed-by|change-id|cc|pr-url|refs?):/i.test(line));
  return lines.join("\n").trim();
}

/** Changed files of one commit; none where git lacks a blob of it. */
async function readDiffs(gitDir: string, commit: string): Promise<FileDiff[]> {
  const args = [
    "diff-tree",
    "--no-commit-id",
    "-r",
    "-p",
    "--unified=3",
    "--no-renames",
    "--no-color",
    "--no-ext-diff",
  ];
  try {
    const output = (await git(gitDir, [...args, commit])).toString("utf8");
    return output.split(/^diff --git /m).flatMap(readFileDiff);
  } catch (error) {
    if (error instanceof GitError) return [];
    throw error;
  }
}

function readFileDiff(diff: string): FileDiff[] {
  const path = /^(?:---|\+\+\+) [ab]\/(.*?)\t?$/m.exec(diff)?.[1];
  const start = diff.indexOf("\n@@");
  if (path === undefined || start < 0 || isRecorded(path)) return [];
  const lines = diff.slice(start + 1).split("\n");
  const kept = lines.filter((line) => /^[ +-]/.test(line)).slice(0, diffLines);
  const signed = (sign: string) => kept.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
  const text = kept.map((line) => line.slice(1)).join("\n");
  return [{ path, text, context: signed(" "), removed: signed("-"), added: signed("+") }];
}

/** Lock files and changelogs: no method may name them, and none has to. */
export function isRecorded(path: string): boolean {
  return /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|composer\.lock|poetry\.lock|uv\.lock|go\.sum|Cargo\.lock|Gemfile\.lock|change(log|s)[^/]*)$/i.test(
    path,
  );
}
