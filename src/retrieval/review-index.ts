import type { HunkLines } from "../history/past-changes.ts";
import { alignLines } from "./alignment.ts";
import { type CodeLine, createLineReader, isCodeLine, type LineReader } from "./code-lines.ts";
import { commentedLines } from "./commented-lines.ts";
import type { ReviewThread } from "./review-threads.ts";
import { limits } from "../shared/limits.ts";
import { queryWords } from "./words.ts";

export interface ReviewHit {
  thread: ReviewThread;
  /** 0..1. */
  likeness: number;
}

export interface ReviewSearch {
  k: number;
  exceptPull?: number | undefined;
  /** Least likeness. */
  floor?: number;
}

export interface ReviewIndex {
  readonly size: number;
  /** Threads on lines like those of a hunk, most alike first. */
  search(hunk: HunkLines, options: ReviewSearch): ReviewHit[];
}

/** What the parts of a likeness weigh: words, lines in their order, and where they stand. */
const WORDS = 0.4;
const LINES = 0.5;
const PLACE = 0.1;
/** Hits by words whose lines are compared. */
const ALIGNED = 30;
const WINDOW = 12;
const WINDOW_STEP = 6;
/** Above what any hunk of other repositories reached (docs/retrieval.md); not calibrated by what readers find useful. */
const LEAST_LIKENESS = 0.6;
/** Weight of tokens (code-lines.ts) below which lines stand everywhere, such as `return null;`. */
const LEAST_WEIGHT = 24;

/**
 * Threads by their commented lines: TF-IDF cosine over the words of the lines put in and taken out, apart; then the local
 * alignment of the lines of the best. Both sides of a change count, each for itself.
 */
export function openReviewIndex(threads: readonly ReviewThread[]): ReviewIndex {
  const reader = createLineReader();
  const entries = threads.flatMap((thread) => readEntry(thread, reader));
  const postings = new Map<string, number[]>();
  for (const [number, { words }] of entries.entries()) {
    for (const word of words) {
      const posting = postings.get(word);
      if (posting) posting.push(number);
      else postings.set(word, [number]);
    }
  }
  const idf = (word: string): number => Math.log(1 + (entries.length + 1) / (postings.get(word)?.length ?? 1));
  const lengths = entries.map(({ words }) => lengthOf(words, idf));

  function cosines(hunk: HunkLines): Map<number, number> {
    const best = new Map<number, number>();
    for (const words of windowsOf(hunk)) {
      const products = new Map<number, number>();
      for (const word of words) {
        for (const number of postings.get(word) ?? []) {
          products.set(number, (products.get(number) ?? 0) + idf(word) ** 2);
        }
      }
      const length = lengthOf(words, idf);
      for (const [number, product] of products) {
        const cosine = product / (length * (lengths[number] as number));
        if (cosine > (best.get(number) ?? 0)) best.set(number, cosine);
      }
    }
    return best;
  }

  return {
    size: entries.length,
    search(hunk, { k, exceptPull, floor = LEAST_LIKENESS }) {
      const sides = readSides(hunk, reader);
      return Array.from(cosines(hunk), ([number, cosine]) => ({ entry: entries[number] as Entry, cosine }))
        .filter(({ entry }) => entry.thread.comment.pull !== exceptPull)
        .sort((a, b) => b.cosine - a.cosine || b.entry.thread.comment.id - a.entry.thread.comment.id)
        .slice(0, ALIGNED)
        .map(({ entry, cosine }) => ({ thread: entry.thread, likeness: likenessOf(entry, sides, cosine, hunk.path) }))
        .filter(({ likeness }) => likeness >= floor)
        .sort((a, b) => b.likeness - a.likeness)
        .slice(0, k);
    },
  };
}

interface Sides {
  removed: CodeLine[];
  added: CodeLine[];
}

interface Entry {
  thread: ReviewThread;
  words: Set<string>;
  sides: Sides;
  weight: number;
}

function readEntry(thread: ReviewThread, reader: LineReader): Entry[] {
  const lines = commentedLines(thread.comment);
  const sides = readSides(lines, reader);
  const weight = [...sides.removed, ...sides.added].reduce((sum, line) => sum + line.weight, 0);
  return weight < LEAST_WEIGHT ? [] : [{ thread, words: signedWords(lines), sides, weight }];
}

function readSides({ path, removed, added }: HunkLines, reader: LineReader): Sides {
  const read = (lines: readonly string[]): CodeLine[] =>
    lines
      .map((text, index) => ({ text, line: index + 1 }))
      .filter(({ text }) => isCodeLine(text, path))
      .slice(0, limits.nearCopyLines)
      .map(({ text, line }) => reader.read(text, line));
  return { removed: read(removed), added: read(added) };
}

/** What is put in and what is taken out are different words. */
function signedWords({ removed, added }: Pick<HunkLines, "removed" | "added">): Set<string> {
  const signed = (sign: string, lines: readonly string[]): string[] =>
    Array.from(queryWords(lines.join("\n")), (word) => sign + word);
  return new Set([...signed("-", removed), ...signed("+", added)]);
}

/** A comment is made on a few lines; a long hunk is looked at piece by piece. */
function windowsOf({ removed, added }: HunkLines): Set<string>[] {
  const windows: Set<string>[] = [];
  const length = Math.min(Math.max(removed.length, added.length), limits.nearCopyLines);
  for (let start = 0; start === 0 || start + WINDOW - WINDOW_STEP < length; start += WINDOW_STEP) {
    const end = start + WINDOW;
    windows.push(signedWords({ removed: removed.slice(start, end), added: added.slice(start, end) }));
  }
  return windows;
}

function lengthOf(words: ReadonlySet<string>, idf: (word: string) => number): number {
  let squares = 0;
  for (const word of words) squares += idf(word) ** 2;
  return Math.sqrt(squares) || 1;
}

function likenessOf(entry: Entry, sides: Sides, cosine: number, path: string): number {
  const matched = matchedWeight(entry.sides.removed, sides.removed) + matchedWeight(entry.sides.added, sides.added);
  return WORDS * cosine + LINES * (matched / entry.weight) + PLACE * placeLikeness(entry.thread.comment.path, path);
}

function matchedWeight(commented: CodeLine[], asked: CodeLine[]): number {
  return alignLines(commented, asked).reduce((sum, { left, similarity }) => sum + left.weight * similarity, 0);
}

/** 1 for the same file, less for the share of leading folders. */
function placeLikeness(a: string, b: string): number {
  if (a === b) return 1;
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  const most = Math.max(left.length, right.length);
  const shared = left.findIndex((part, at) => part !== right[at]);
  return most === 0 ? 0.5 : (0.5 * (shared < 0 ? left.length : shared)) / most;
}
