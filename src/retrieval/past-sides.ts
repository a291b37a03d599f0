import type { History } from "../history/history.ts";
import type { PastHunk } from "../history/past-changes.ts";
import { GitError, withoutFetching } from "../shared/git.ts";
import { bagOf, isTelling, type LineBag, linesBeyond, plainLine, wordsOf } from "./line-bag.ts";
import { type GitObject, readObjects } from "../shared/git-object-reader.ts";

/** The lines of a past hunk, read again from git. */
export interface PastSides {
  /** Without those that stand on both sides. */
  removed: LineBag;
  added: LineBag;
  /** Whether both sides have the same words in the same order: a format run, or white space. */
  isFormat: boolean;
  /** Lines that say anything up to three lines before and after, in the commit itself. */
  around: ReadonlySet<string>;
  /** What may be cited: what the commit wrote, or, where it wrote nothing, what its parent had there. */
  cited: { commit: string; startLine: number; lines: string[] };
}

/** Objects read in one process, so that what is held in memory stays small. */
const objectsPerProcess = 100;

/**
 * Those of these hunks whose lines are here. Not read are hunks of a file that the commit renamed (its parent knows it by
 * another name) and of commits that are no part of the history.
 */
export async function readPastSides<Match extends PastHunk>(
  gitDir: string,
  matches: readonly Match[],
  history: History,
  signal?: AbortSignal,
): Promise<Map<Match, PastSides>> {
  const wanted = new Map<string, Match[]>();
  for (const match of matches) {
    const name = `${match.commit}:${match.path}`;
    wanted.set(name, [...(wanted.get(name) ?? []), match]);
  }
  const sides = new Map<Match, PastSides>();
  const files = [...wanted.values()];
  for (let at = 0; at < files.length; at += objectsPerProcess / 2) {
    const some = files.slice(at, at + objectsPerProcess / 2).flat();
    const objects = await readWhereHere(
      gitDir,
      some.flatMap((match) => namesOf(match, history)),
      signal,
    );
    const texts = new Map([...objects].map(([name, object]) => [name, openLines(object)]));
    for (const match of some) {
      const read = sidesOf(match, history, texts);
      if (read !== null) sides.set(match, read);
    }
  }
  return sides;
}

function namesOf({ commit, path, oldLines }: PastHunk, history: History): string[] {
  const parent = parentOf(commit, history);
  return [`${commit}:${path}`, ...(oldLines > 0 && parent !== null ? [`${parent}:${path}`] : [])];
}

function parentOf(commit: string, history: History): string | null {
  const position = history.positionOf(commit);
  return position === null ? null : (history.commits[position]?.parents[0] ?? null);
}

/** A file that is not here would have to be fetched; then there is nothing to be said about any of them. */
async function readWhereHere(gitDir: string, names: string[], signal?: AbortSignal): Promise<Map<string, GitObject>> {
  try {
    return await readObjects(gitDir, names, { env: withoutFetching, ...(signal && { signal }) });
  } catch (error) {
    if (error instanceof GitError) return new Map();
    throw error;
  }
}

function sidesOf(hunk: PastHunk, history: History, texts: ReadonlyMap<string, Lines | null>): PastSides | null {
  const { commit, path, oldStart, oldLines, newStart, newLines } = hunk;
  const parent = parentOf(commit, history);
  const after = texts.get(`${commit}:${path}`);
  const before = texts.get(`${parent}:${path}`);
  const removed = before?.(oldStart - 1, oldStart - 1 + oldLines) ?? [];
  const added = after?.(newStart - 1, newStart - 1 + newLines) ?? [];
  if ((oldLines > 0 && removed.length < oldLines) || (newLines > 0 && added.length < newLines)) return null;
  const [removedBag, addedBag] = [bagOf(removed), bagOf(added)];
  // A side without lines starts at the line before it.
  const first = newLines > 0 ? newStart : newStart + 1;
  const near = [
    ...(after?.(Math.max(0, first - 4), first - 1) ?? []),
    ...(after?.(first - 1 + newLines, first + newLines + 2) ?? []),
  ];
  return {
    removed: linesBeyond(removedBag, addedBag),
    added: linesBeyond(addedBag, removedBag),
    isFormat: wordsOf(removed.join("\n")).join(" ") === wordsOf(added.join("\n")).join(" "),
    around: new Set(near.map(plainLine).filter(isTelling)),
    cited:
      newLines > 0 || parent === null
        ? { commit, startLine: newStart, lines: added }
        : { commit: parent, startLine: oldStart, lines: removed },
  };
}

/** Lines [from, to) of a file, 0-based, as far as it has them. */
type Lines = (from: number, to: number) => string[];

/** A hunk is a few lines of a file of thousands: only these become text. Null for what is no file. */
function openLines({ type, data }: GitObject): Lines | null {
  if (type !== "blob") return null;
  const ends: number[] = [];
  for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, end + 1)) ends.push(end);
  ends.push(data.length);
  return (from, to) => {
    const last = ends[Math.min(to, ends.length) - 1] ?? 0;
    const start = from === 0 ? 0 : (ends[from - 1] ?? data.length) + 1;
    return from >= Math.min(to, ends.length) ? [] : data.toString("utf8", start, last).split("\n");
  };
}

const lineFeed = 0x0a;
