import { minimatch } from "minimatch";
import type { Coverage } from "../../publish/outcome.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";

type Counts = Omit<Coverage, "engramCommit" | "ms">;

/**
 * The part of a change that is reviewed, and the count of what is not: files that the maintainer ignores, binary files, and
 * what the workspace left out because of a limit.
 */
export function reviewedPart(change: Change, ignore: string[]): { part: Change; counts: Counts } {
  const ignored = change.files.filter(({ path }) => ignore.some((glob) => minimatch(path, glob, { dot: true })));
  const binary = change.files.filter((file) => file.binary && !ignored.includes(file));
  const files = change.files.filter((file) => !ignored.includes(file) && !binary.includes(file));
  const unread = [
    ...ignored.map(({ path }) => ({ path, reason: "ignored by .github/assistant.yml" })),
    ...binary.map(({ path }) => ({ path, reason: "binary" })),
    ...change.unread,
  ];
  return {
    part: { ...change, files },
    counts: {
      filesRead: files.length,
      filesTotal: change.files.length + change.unread.length,
      hunksRead: hunksIn(files),
      hunksTotal: hunksIn(change.files),
      linesRead: linesIn(files),
      linesTotal: linesIn(change.files),
      unread,
    },
  };
}

function hunksIn(files: FileDiff[]): number {
  return files.reduce((sum, file) => sum + file.hunks.length, 0);
}

/** Lines that the change adds or removes. */
function linesIn(files: FileDiff[]): number {
  const lines = files.flatMap((file) => file.hunks.flatMap((hunk) => hunk.lines));
  return lines.filter(({ kind }) => kind !== " ").length;
}
