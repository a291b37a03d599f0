import { git, GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { readFileAt } from "../shared/git-objects.ts";
import type { Evidence } from "./evidence.ts";
import { type History, messageText, type PastCommit, pullNumberOf } from "./history.ts";
import { isOrdinaryPath, isReleaseFile } from "./ordinary-path.ts";

/** A commit that says it fixes an issue, or at least names it. */
export interface FixingCommit {
  commit: string;
  subject: string;
  /** The pull request that it came with, where its subject says so. */
  pull: number | null;
  /** Whether the message says "closes", "fixes" or "resolves". */
  closes: boolean;
  /** The commit itself, then the lines that it wrote, longest first. */
  evidence: Evidence[];
}

const CITED_RANGES = 3;

/**
 * Commits of the history whose message names the issue: those that say they close it first, then the newest.
 * Reads the blobs of these commits; where they cannot be read, the commit stands without its lines.
 */
export async function findFixingCommits(
  gitDir: string,
  history: History,
  issue: number,
  { k = 2, signal }: { k?: number; signal?: AbortSignal | undefined } = {},
): Promise<FixingCommit[]> {
  const ranked = commitsNaming(history, issue).slice(0, k);
  const found: FixingCommit[] = [];
  for (const { commit, closes } of ranked) {
    const lines = await citeWrittenLines(gitDir, commit, signal);
    found.push({
      commit: commit.commit,
      subject: commit.subject,
      pull: pullNumberOf(commit.subject),
      closes,
      evidence: [citeCommit(commit, issue, closes), ...lines],
    });
  }
  return found;
}

/** Commits whose message names the issue: those that say they close it first, then the newest. Reads no blobs. */
export function commitsNaming(history: History, issue: number): { commit: PastCommit; closes: boolean }[] {
  const mention = new RegExp(`(?<![\\w/#-])#${issue}(?!\\d)`);
  const closing = new RegExp(`\\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \\t]+#${issue}(?!\\d)`, "i");
  const named = history.commits
    .filter((commit) => mention.test(messageText(commit)))
    .map((commit) => ({ commit, closes: closing.test(messageText(commit)) }));
  return [...named.filter(({ closes }) => closes), ...named.filter(({ closes }) => !closes)];
}

function citeCommit({ commit, subject }: PastCommit, issue: number, closes: boolean): Evidence {
  return {
    kind: "commit",
    citation: { kind: "commit", commit, subject },
    score: closes ? 1 : 0.5,
    why: closes ? `its message closes #${issue}` : `its message names #${issue}`,
    text: subject,
  };
}

interface WrittenRange {
  path: string;
  startLine: number;
  /** Number of lines, at least one. */
  length: number;
}

async function citeWrittenLines(gitDir: string, { commit }: PastCommit, signal?: AbortSignal): Promise<Evidence[]> {
  const ranges = await writtenRanges(gitDir, commit, signal);
  const cited = ranges
    .filter(({ path }) => isOrdinaryPath(path) && !isReleaseFile(path))
    .sort((a, b) => b.length - a.length)
    .slice(0, CITED_RANGES);
  const evidence: Evidence[] = [];
  for (const { path, startLine, length } of cited) {
    const endLine = startLine + Math.min(length, limits.quotedLines) - 1;
    const content = await readFileAt(gitDir, commit, path);
    if (content === null) continue;
    evidence.push({
      kind: "commit",
      citation: { kind: "code", path, startLine, endLine, commit },
      score: 1,
      why: `${length} ${length === 1 ? "line" : "lines"} written by ${commit.slice(0, 12)}`,
      text: content
        .toString("utf8")
        .split("\n")
        .slice(startLine - 1, endLine)
        .join("\n"),
    });
  }
  return evidence;
}

/** Against the first parent, so that a merge shows what it brought. */
async function writtenRanges(gitDir: string, commit: string, signal?: AbortSignal): Promise<WrittenRange[]> {
  const quiet = ["--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--format="];
  const prefix = ["--src-prefix=a/", "--dst-prefix=b/"];
  try {
    const args = ["show", "--diff-merges=first-parent", "--unified=0", ...quiet, ...prefix, commit];
    return parseRanges((await git(gitDir, args, { signal })).toString("utf8"));
  } catch (error) {
    if (error instanceof GitError) return [];
    throw error;
  }
}

/** Hunk headers say how many lines follow, so that a line of content is never taken for a header. */
function parseRanges(patch: string): WrittenRange[] {
  const ranges: WrittenRange[] = [];
  const lines = patch.split("\n").filter((line) => !line.startsWith("\\ No newline"));
  let path = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, named] = /^\+\+\+ b\/([^\t]*)/.exec(line) ?? [];
    if (named !== undefined) path = named;
    const [, removed = "1", start, added = "1"] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (start === undefined) continue;
    if (Number(added) > 0) ranges.push({ path, startLine: Number(start), length: Number(added) });
    at += Number(removed) + Number(added);
  }
  return ranges;
}
