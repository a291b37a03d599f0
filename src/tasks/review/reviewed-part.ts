import { minimatch } from "minimatch";
import type { Coverage } from "../../publish/outcome.ts";
import { whyNotOrdinary } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";

type Counts = Omit<Coverage, "engramCommit" | "ms">;

export interface ReviewedPartOptions {
  /** Reviews what a program wrote, too: somebody asked for it. */
  generated?: boolean;
}

/**
 * The part of a change that is reviewed, and the count of what is not: files that the maintainer ignores, those that hold no
 * lines, those that nobody writes by hand, and what the workspace left out because of a limit. Files that are not reviewed
 * stay in the part without their lines, so that nobody is told that they were left alone.
 */
export function reviewedPart(
  change: Change,
  ignore: string[],
  options: ReviewedPartOptions = {},
): { part: Change; counts: Counts } {
  const reasons = new Map<FileDiff, string>();
  for (const file of change.files) {
    const ignored = ignore.some((glob) => minimatch(file.path, glob, { dot: true }));
    const reason = ignored ? "ignored by .github/assistant.yml" : whyNotReviewed(file, options);
    if (reason !== null) reasons.set(file, reason);
  }
  const read = change.files.filter((file) => !reasons.has(file));
  return {
    part: { ...change, files: change.files.map((file) => (reasons.has(file) ? { ...file, hunks: [] } : file)) },
    counts: {
      filesRead: read.length,
      filesTotal: change.files.length + change.unread.length,
      hunksRead: hunksIn(read),
      hunksTotal: hunksIn(change.files),
      linesRead: linesIn(read),
      linesTotal: linesIn(change.files),
      unread: inOrderOfWorth([...change.unread, ...Array.from(reasons, ([{ path }, reason]) => ({ path, reason }))]),
    },
  };
}

function whyNotReviewed(file: FileDiff, { generated = false }: ReviewedPartOptions): string | null {
  const { submodule, link, oversized, binary, said } = file;
  if (submodule) return `submodule: ${shortId(submodule.before)} → ${shortId(submodule.after)}`;
  if (link === true) return "symbolic link";
  if (oversized === true) return `over ${limits.diffFileBytes / 1024} KB`;
  if (binary) return "binary";
  if (said?.what === "hand-written" || generated) return null;
  if (said) return `${said.what} (${said.by})`;
  const byPath = whyNotOrdinary(file.path);
  // A file that is moved to such a path is no less written by hand for it.
  return byPath === null || whyNotOrdinary(file.oldPath) === null ? null : `${byPath} (its path)`;
}

function shortId(commit: string | null): string {
  return commit?.slice(0, 12) ?? "none";
}

/** What a person would want to look at first: only the first of them are named in a comment. */
function inOrderOfWorth(unread: Counts["unread"]): Counts["unread"] {
  const worth = (reason: string): number => ORDER.findIndex((pattern) => pattern.test(reason));
  return unread.toSorted((a, b) => worth(a.reason) - worth(b.reason));
}

const ORDER = [
  /^the change has/,
  /^submodule/,
  /^symbolic link/,
  /^ignored/,
  /^over/,
  /first lines\)$/,
  /gitattributes\)$/,
  /^/,
];

function hunksIn(files: FileDiff[]): number {
  return files.reduce((sum, file) => sum + file.hunks.length, 0);
}

/** Lines that the change adds or removes. */
function linesIn(files: FileDiff[]): number {
  const lines = files.flatMap((file) => file.hunks.flatMap((hunk) => hunk.lines));
  return lines.filter(({ kind }) => kind !== " ").length;
}
