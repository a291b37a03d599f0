import { git, GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { Evidence } from "./evidence.ts";
import { isOrdinaryPath, isReleaseFile } from "./ordinary-path.ts";

const CITED_RANGES = 3;

/**
 * The lines that commits wrote, longest stretches first, quoted from those commits; a merge counts for what it brought.
 * One git process. Where it cannot read a file (a partial clone), nothing is cited.
 */
export async function citeWrittenLines(
  gitDir: string,
  commits: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Evidence[]>> {
  const cited = new Map<string, Evidence[]>();
  for (const [commit, ranges] of await writtenRanges(gitDir, commits, signal)) {
    const best = ranges
      .filter(({ path }) => isOrdinaryPath(path) && !isReleaseFile(path))
      .sort((a, b) => b.lines.length - a.lines.length)
      .slice(0, CITED_RANGES);
    cited.set(
      commit,
      best.map((range) => citeRange(commit, range)),
    );
  }
  return cited;
}

interface WrittenRange {
  path: string;
  startLine: number;
  /** At least one. */
  lines: string[];
}

function citeRange(commit: string, { path, startLine, lines }: WrittenRange): Evidence {
  const quoted = lines.slice(0, limits.quotedLines);
  return {
    kind: "commit",
    citation: { kind: "code", path, startLine, endLine: startLine + quoted.length - 1, commit },
    score: 1,
    why: `${lines.length} ${lines.length === 1 ? "line" : "lines"} written by ${commit.slice(0, 12)}`,
    text: quoted.join("\n"),
  };
}

async function writtenRanges(
  gitDir: string,
  commits: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, WrittenRange[]>> {
  if (commits.length === 0) return new Map();
  const which = ["log", "--no-walk=unsorted", "--stdin", "--diff-merges=first-parent", "--no-show-signature"];
  const how = ["--patch", "--unified=0", "--inter-hunk-context=0", "--no-renames", "--format=%x01%H"];
  const plain = ["--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"];
  try {
    const args = ["-c", "log.showRoot=true", ...which, ...how, ...plain];
    const output = await git(gitDir, args, { input: `${commits.join("\n")}\n`, ...(signal && { signal }) });
    return parseRanges(output.toString("utf8"));
  } catch (error) {
    if (error instanceof GitError) return new Map();
    throw error;
  }
}

/** Hunk headers say how many lines follow, so that a line of content is never taken for a header. */
function parseRanges(patches: string): Map<string, WrittenRange[]> {
  const found = new Map<string, WrittenRange[]>();
  const lines = patches.split("\n").filter((line) => !line.startsWith("\\ No newline"));
  let ranges: WrittenRange[] = [];
  let path: string | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("\x01")) {
      ranges = [];
      found.set(line.slice(1), ranges);
    }
    if (line.startsWith("diff --git ")) path = null;
    // A name in quotation marks has signs that no citation could carry.
    const [, named] = /^\+\+\+ b\/([^\t]*)/.exec(line) ?? [];
    if (named !== undefined) path = named;
    const [, removed = "1", start, added = "1"] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (start === undefined) continue;
    const first = at + 1 + Number(removed);
    at += Number(removed) + Number(added);
    if (path === null || Number(added) === 0) continue;
    ranges.push({ path, startLine: Number(start), lines: lines.slice(first, at + 1).map((text) => text.slice(1)) });
  }
  return found;
}
