import { git, gitText } from "../../src/shared/git.ts";

/** A commit after the one that the corpus stands at: what it says is a query, what it changes is the answer. */
export interface QueryCommit {
  id: string;
  /** Subject and body without trailers. */
  message: string;
  /** What it changed, with three lines around, without the signs in front. */
  diffs: { path: string; text: string }[];
}

export interface History {
  gitDir: string;
  /** The newest commit before all of `commits`; the corpus holds its tree. */
  base: string;
  commits: QueryCommit[];
}

/** Lines of one file's diff that make a query; a longer one is a rewrite. */
const diffLines = 400;

/**
 * The newest commits that people made for a reason, and the commit before them. Left out: merges, robots, releases, version
 * bumps, reverts, messages under three words, and commits over ten files.
 */
export async function readHistory(gitDir: string, wanted: number): Promise<History | null> {
  const format = ["%x01%H", "%ct", "%an", "%B", ""].join("%x02");
  const args = ["log", "--no-merges", "--no-renames", "--name-only", `--max-count=${4 * wanted}`];
  const log = await gitText(gitDir, [...args, `--format=${format}`, "HEAD"]);
  const chosen = log.split("\x01").flatMap(readRecord).slice(0, wanted);
  const oldest = Math.min(...chosen.map(({ time }) => time));
  if (chosen.length === 0) return null;
  const before = ["rev-list", "--first-parent", "--max-count=1", `--before=${oldest - 1}`, "HEAD"];
  const base = await gitText(gitDir, before);
  if (base === "") return null;
  const diffs = await readDiffs(
    gitDir,
    chosen.map(({ id }) => id),
  );
  return { gitDir, base, commits: chosen.map(({ id, message }) => ({ id, message, diffs: diffs.get(id) ?? [] })) };
}

function readRecord(record: string): { id: string; time: number; message: string }[] {
  const [id = "", time = "", author = "", body = "", names = ""] = record.split("\x02");
  const files = names.split("\n").filter((name) => name !== "");
  const message = withoutTrailers(body);
  const isPersons = !/\bbot\b|\[bot\]|renovate|dependabot|actions/i.test(author);
  const isWork = !/^(revert\b|merge\b|bump\b|release\b|(chore|build|ci)\((deps|release)|v?\d+\.\d+)/i.test(message);
  const isSaid = message.split(/\s+/).length >= 3;
  return isPersons && isWork && isSaid && files.length >= 1 && files.length <= 10
    ? [{ id, time: Number(time), message }]
    : [];
}

function withoutTrailers(body: string): string {
  const lines = body
    .split("\n")
    .filter((line) => !/^(signed-off-by|co-authored-by|reviewed-by|change-id|cc|pr-url|refs?):/i.test(line));
  return lines.join("\n").trim();
}

/** Per commit the changed files that a person writes. */
async function readDiffs(gitDir: string, ids: readonly string[]): Promise<Map<string, QueryCommit["diffs"]>> {
  const args = ["diff-tree", "--stdin", "-r", "-p", "--unified=3", "--no-renames", "--no-color", "--no-ext-diff"];
  const output = (await git(gitDir, args, { input: `${ids.join("\n")}\n` })).toString("utf8");
  const diffs = new Map<string, QueryCommit["diffs"]>();
  for (const part of output.split(/^(?=[0-9a-f]{40}(?:[0-9a-f]{24})?\n)/m)) {
    const id = part.slice(0, part.indexOf("\n"));
    const files = part.split(/^diff --git /m).slice(1);
    diffs.set(id, files.flatMap(readFileDiff));
  }
  return diffs;
}

function readFileDiff(diff: string): QueryCommit["diffs"] {
  const path = /^(?:---|\+\+\+) [ab]\/(.*)$/m.exec(diff)?.[1];
  const start = diff.indexOf("\n@@");
  if (path === undefined || start < 0 || isGenerated(path)) return [];
  const lines = diff.slice(start + 1).split("\n");
  const kept = lines.filter((line) => /^[ +-]/.test(line)).slice(0, diffLines);
  return [{ path, text: kept.map((line) => line.slice(1)).join("\n") }];
}

function isGenerated(path: string): boolean {
  return /(^|\/)(package-lock\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum|Cargo\.lock|Gemfile\.lock|change(log|s)[^/]*)$/i.test(
    path,
  );
}
