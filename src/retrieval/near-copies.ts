import type { EngramView } from "../engram/engram.ts";
import type { Anchor } from "../publish/outcome.ts";
import { limits } from "../shared/limits.ts";
import type { Change, FileDiff, Hunk } from "../workspace/diff.ts";
import { createLineReader, type LineReader } from "./code-lines.ts";
import { type CopyMatch, findCopiesIn } from "./copy-match.ts";
import { addedLines, type Edit, editsOf, nearestNewLine } from "./edits.ts";
import type { Evidence } from "./evidence.ts";
import { type OldBlock, readOldBlock } from "./old-block.ts";
import { isOrdinaryPath, isProsePath } from "./ordinary-path.ts";
import { findRepeatedEdits } from "./repeated-edits.ts";
import { findReplacedWords } from "./replaced-words.ts";
import { createFileCache, type SearchedFile } from "./searched-files.ts";

export interface NearCopy {
  evidence: Evidence;
  /** 0..1, as the evidence's score: token weight of the old code and of the copy that lies on their alignment. */
  similarity: number;
  /** Lines of the copy that differ from the old code, with the line they correspond to. */
  differences: { old: string; copy: string }[];
  /** Names that are spelt otherwise in the copy. */
  renamed: { old: string; copy: string }[];
}

/** "Changed here, not there": an edit and the places that still look as the edited one did. */
export interface NearCopies {
  /** The new lines, or the unchanged line next to a removal. Null where the hunk has no new line. */
  anchor: Anchor | null;
  removed: string[];
  added: string[];
  /** Words on the removed code lines. Where they are few, unchanged neighbours had to match as well. */
  removedWords: number;
  /** The change replaces this alike in so many places; absent where it is an edit by itself. */
  repeated?: number;
  /** Only these words of a line are meant, whatever else stands on it. */
  renaming?: { old: string; now: string };
  /** One to `MAX_COPIES`, most similar first. */
  copies: NearCopy[];
}

export interface NearCopyOptions {
  /** The commit in which the view's text of this path can be cited. */
  citeCommit: (path: string) => string;
  /** Files whose edits are looked for elsewhere: not where nothing could be said of what is found. Default: all. */
  isAsked?: (path: string) => boolean;
}

/** What stands in more places is an idiom. */
const MAX_COPIES = 3;
const CANDIDATES = 20;

/**
 * For every edit that replaces or removes code: clones of its old side that the head still holds.
 * Search by the old lines, then alignment line by line; a clone must be nearer to the old side than to the new one.
 * @param view the head: the change laid over the engram
 * @returns the edits with a clone, in the order of the change, and how many edits a limit left unsearched
 */
export function findNearCopies(
  change: Change,
  view: EngramView,
  options: NearCopyOptions,
): { found: NearCopies[]; unsearched: number } {
  const reader = createLineReader();
  const written = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  const openFile = createFileCache(view, written, reader);
  const found: NearCopies[] = [];
  let searched = 0;
  let unsearched = 0;
  for (const place of editsToSearch(change, options)) {
    const block = readOldBlock(place.edit, place.file.path, reader);
    if (block === null) continue;
    if (searched === limits.nearCopyEdits || block.lines.length > limits.nearCopyLines) {
      unsearched++;
      continue;
    }
    searched++;
    const matches = findMatches(block, view, openFile, reader);
    if (matches.length > 0 && matches.length <= MAX_COPIES) found.push(report(place, block, matches, options));
  }
  const repeated = [
    ...findRepeatedEdits(change, view, options),
    ...findReplacedWords(change, view, { ...options, reader }),
  ];
  return { found: [...eachPlaceOnce(found), ...eachPlaceOnce(repeated)], unsearched };
}

/**
 * Two edits that look alike have the same copies: whoever looks at one place need not be sent there twice, nor to a line of
 * it. The first one that names a place keeps it.
 */
export function eachPlaceOnce(found: readonly NearCopies[]): NearCopies[] {
  const told: Lines[] = [];
  return found.flatMap((one) => {
    const copies = one.copies.filter((copy) => {
      const lines = linesOf(copy);
      if (lines === null || told.some((other) => isPart(lines, other) || isPart(other, lines))) return false;
      told.push(lines);
      return true;
    });
    return copies.length === 0 ? [] : [{ ...one, copies }];
  });
}

type Lines = { path: string; startLine: number; endLine: number };

function linesOf({ evidence: { citation } }: NearCopy): Lines | null {
  return citation.kind === "code" ? citation : null;
}

function isPart(a: Lines, b: Lines): boolean {
  return a.path === b.path && a.startLine >= b.startLine && a.endLine <= b.endLine;
}

interface EditPlace {
  file: FileDiff;
  hunk: Hunk;
  edit: Edit;
}

function editsToSearch(change: Change, { isAsked = () => true }: NearCopyOptions): EditPlace[] {
  return change.files
    .filter((file) => isSearchable(file) && isAsked(file.path))
    .flatMap((file) => file.hunks.flatMap((hunk) => editsOf(hunk).map((edit) => ({ file, hunk, edit }))));
}

/** A file that goes as a whole is no fix that its twins could miss; a new one has no old side. */
function isSearchable(file: FileDiff): boolean {
  const changed = file.status === "modified" || file.status === "renamed";
  return changed && !file.binary && isOrdinaryPath(file.path) && !isProsePath(file.path);
}

/** Stretches of the tree that look like the block, most similar first. */
export function findMatches(
  block: OldBlock,
  view: EngramView,
  openFile: (path: string) => SearchedFile | null,
  reader: LineReader,
): CopyMatch[] {
  const query = block.lines.map(({ text }) => text).join("\n");
  const hits = view.search(query, {
    k: CANDIDATES,
    paths: false,
    filter: (path) => isOrdinaryPath(path) && !isProsePath(path),
  });
  const byPath = new Map<string, { startLine: number; endLine: number }[]>();
  for (const hit of hits) byPath.set(hit.path, [...(byPath.get(hit.path) ?? []), hit]);
  const matches = [...byPath].flatMap(([path, chunks]) => {
    const file = openFile(path);
    return file === null ? [] : findCopiesIn(block, file, chunks, reader);
  });
  return matches.sort((a, b) => b.similarity - a.similarity || (a.path < b.path ? -1 : 1));
}

function report(
  { file, hunk, edit }: EditPlace,
  block: OldBlock,
  matches: CopyMatch[],
  options: NearCopyOptions,
): NearCopies {
  return {
    anchor: anchorOf(file.path, hunk, edit),
    removed: edit.removed.filter(({ kind }) => kind === "-").map(({ text }) => text),
    added: edit.added.filter(({ kind }) => kind === "+").map(({ text }) => text),
    removedWords: block.removedWords,
    copies: matches.map((match) => ({
      evidence: {
        kind: "near-copy",
        citation: {
          kind: "code",
          path: match.path,
          startLine: match.startLine,
          endLine: match.endLine,
          commit: options.citeCommit(match.path),
        },
        score: match.similarity,
        why: explain(block, match),
        text: match.text,
      },
      similarity: match.similarity,
      differences: match.differences,
      renamed: match.renamed,
    })),
  };
}

function anchorOf(path: string, hunk: Hunk, edit: Edit): Anchor | null {
  const lines = edit.added.flatMap(({ kind, newLine }) => (kind === "+" && newLine !== null ? [newLine] : []));
  const [first, last] = [lines[0], lines.at(-1)];
  if (first !== undefined && last !== undefined) return { path, startLine: first, endLine: last, side: "RIGHT" };
  const beside = nearestNewLine(hunk, edit.removed[0]?.oldLine ?? 0);
  return beside === null ? null : { path, startLine: beside, endLine: beside, side: "RIGHT" };
}

function explain(block: OldBlock, match: CopyMatch): string {
  const lines = block.essence.length;
  const same = match.matchedLines - match.differences.length;
  const names = match.renamed.map(({ old, copy }) => `${old} → ${copy}`).join(", ");
  return (
    `${same} of ${lines} ${lines === 1 ? "line" : "lines"} as before the change ` +
    `(similarity ${match.similarity.toFixed(2)})${names === "" ? "" : `; names differ: ${names}`}`
  );
}
