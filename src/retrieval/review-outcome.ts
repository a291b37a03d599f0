import type { PastPulls } from "../history/past-pulls.ts";
import { type GitObject, readObjects } from "../shared/git-object-reader.ts";
import { GitError, withoutFetching } from "../shared/git.ts";
import type { TrackedReviewComment } from "../tracker/tracker.ts";

/** Whether commented lines are other lines in the pull request's final state. Unknown where git does not tell. */
export type ReviewOutcome = "changed" | "unchanged" | "unknown";

export interface ReviewOutcomeOptions {
  pulls: PastPulls | null;
  /** ISO 8601: a final state that is newer is not told. */
  at?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * By comment id: the commented lines in the commit that they were commented in, against the pull request's final head.
 * Unknown for comments on removed lines or on whole files, for files that have another name or are gone at the end, and for
 * commits that git has not (any more).
 */
export async function reviewOutcomes(
  gitDir: string,
  comments: readonly TrackedReviewComment[],
  { pulls, at, signal }: ReviewOutcomeOptions,
): Promise<Map<number, ReviewOutcome>> {
  const heads = new Map(pulls?.pulls.map((pull) => [pull.number, pull]));
  const pairs = comments.map((comment) => {
    const pull = heads.get(comment.pull);
    const told = at === undefined || (pull !== undefined && pull.time * 1000 <= Date.parse(at));
    const head = pull?.head ?? `refs/pull/${comment.pull}/head`;
    const known = told && comment.side === "RIGHT" && comment.line !== null && /^[0-9a-f]{40,64}$/.test(comment.commit);
    return { comment, before: `${comment.commit}:${comment.path}`, after: `${head}:${comment.path}`, known };
  });
  const wanted = pairs.filter(({ known }) => known).map(({ before, after }) => [before, after]);
  const objects = await readWhereHere(gitDir, wanted, signal);
  return new Map(
    pairs.map(({ comment, before, after }) => [
      comment.id,
      compare(comment, objects.get(before) ?? null, objects.get(after) ?? null),
    ]),
  );
}

/** In one process, or, where one file that is not here ends it (a partial clone), pair by pair. */
async function readWhereHere(
  gitDir: string,
  pairs: string[][],
  signal: AbortSignal | undefined,
): Promise<Map<string, GitObject>> {
  try {
    return await readObjects(gitDir, pairs.flat(), { env: withoutFetching, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (pairs.length < 2) return new Map();
    const read = await Promise.all(pairs.map((pair) => readWhereHere(gitDir, [pair], signal)));
    return new Map(read.flatMap((objects) => [...objects]));
  }
}

function compare(
  { startLine, line }: TrackedReviewComment,
  before: GitObject | null,
  after: GitObject | null,
): ReviewOutcome {
  if (line === null || before?.type !== "blob" || after?.type !== "blob") return "unknown";
  const lines = before.data.toString("utf8").split("\n");
  const [start, end] = [startLine ?? line, line];
  if (start < 1 || start > end || end > lines.length) return "unknown";
  if (before.oid === after.oid) return "unchanged";
  return compareLines(lines, after.data.toString("utf8").split("\n"), start, end);
}

/** Cells of a comparison: about two thousand changed lines on either side, 8 MB. */
const CELLS_MOST = 4_000_000;

/** Unchanged where all of the lines (1-based, inclusive) are still there, in one piece. */
export function compareLines(before: string[], after: string[], start: number, end: number): ReviewOutcome {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  if (end <= head || start > before.length - tail) return "unchanged";

  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  if (left.length * right.length > CELLS_MOST) return "unknown";
  const partners = partnersOf(left, right);
  const partnerOf = (line: number): number | null => {
    if (line <= head) return line;
    if (line > before.length - tail) return line + after.length - before.length;
    const partner = partners[line - 1 - head] ?? -1;
    return partner < 0 ? null : head + partner + 1;
  };
  const first = partnerOf(start);
  for (let line = start; line <= end; line++) {
    if (first === null || partnerOf(line) !== first + line - start) return "changed";
  }
  return "unchanged";
}

/** For each line on the left its partner in a longest common subsequence, or -1. */
function partnersOf(left: string[], right: string[]): Int32Array {
  const columns = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * columns);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const next = (i + 1) * columns + j;
      lengths[i * columns + j] =
        left[i] === right[j]
          ? (lengths[next + 1] as number) + 1
          : Math.max(lengths[next] as number, lengths[i * columns + j + 1] as number);
    }
  }
  const partners = new Int32Array(left.length).fill(-1);
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) partners[i++] = j++;
    else if ((lengths[(i + 1) * columns + j] as number) >= (lengths[i * columns + j + 1] as number)) i++;
    else j++;
  }
  return partners;
}
