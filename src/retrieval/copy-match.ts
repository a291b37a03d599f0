import { type AlignedPair, alignLines } from "./alignment.ts";
import { type CodeLine, type LineReader, tokenWeight } from "./code-lines.ts";
import type { OldBlock } from "./old-block.ts";
import type { SearchedFile } from "./searched-files.ts";

/** A stretch of a file that looks like the old side of an edit. */
export interface CopyMatch {
  path: string;
  startLine: number;
  endLine: number;
  /** The stretch verbatim. */
  text: string;
  similarity: number;
  /** Lines of the essence that have a counterpart. */
  matchedLines: number;
  differences: { old: string; copy: string }[];
  renamed: { old: string; copy: string }[];
  /** Line by line in the order of both: a pair, or a line that one of the two has alone. */
  alignment: AlignedLine[];
}

/** Line numbers, 1-based; null on the side that has no such line. */
export interface AlignedLine {
  old: number | null;
  copy: number | null;
  /** 0..1; 1 for the same tokens, 0 for a line without a counterpart. */
  similarity: number;
}

/** Under this, the alignment finds relatives rather than copies: siblings that call the same things. */
const MIN_SIMILARITY = 0.8;
/** The same where the removed lines are few words, and their neighbours have to vouch for them. */
const MIN_SIMILARITY_WITH_NEIGHBOURS = 0.9;
/** Under this, nothing in the window is worth another look. */
const RELATED = 0.5;

/** All copies of the block in the neighbourhood of these chunks of a file, in the order of the file. */
export function findCopiesIn(
  block: OldBlock,
  file: SearchedFile,
  chunks: { startLine: number; endLine: number }[],
  reader: LineReader,
): CopyMatch[] {
  const { path, lines: fileLines } = file;
  const bound = boundOf(block, reader);
  return windowsOf(chunks, block.lines.length, fileLines.length).flatMap(([start, end]) => {
    if (!hasItsWords(bound, fileLines.slice(start - 1, end).join("\n"))) return [];
    const lines = codeLinesOf(file, start, end);
    return placesOfCopies(block, lines, bound)
      .flatMap((place) => copiesAmong({ block, bound, reader }, place))
      .filter(({ startLine, endLine }) => !range(startLine, endLine).some((line) => file.isWritten(line)))
      .map((match) => ({ ...match, path, text: fileLines.slice(match.startLine - 1, match.endLine).join("\n") }));
  });
}

/**
 * What a copy must reach. Of a copy with the lines L, a Dice similarity s to the essence E asks that their common weight C is at
 * least s/2 · (E + L).
 */
interface Bound {
  /** s/2 */
  half: number;
  /** s/2 · E */
  least: number;
  /** By token without its sign, which no two tokens share: whether it stands in the essence. */
  isOfEssence: Uint8Array;
  /** The essence's words with what they weigh in it together, the heaviest first. */
  words: [word: string, weight: number][];
  /** Weight of the essence that a copy may lack. */
  lacking: number;
}

/** Kept with a block, because it is held against many files. Tokens that are read later are none of the essence's. */
const bounds = new WeakMap<OldBlock, Bound>();

function boundOf(block: OldBlock, reader: LineReader): Bound {
  const known = bounds.get(block);
  if (known !== undefined) return known;
  const half = leastSimilarity(block) / 2;
  const isOfEssence = new Uint8Array(reader.size());
  const weights = new Map<number, number>();
  for (const { tokens } of block.essence) {
    for (const token of tokens) {
      isOfEssence[Math.abs(token)] = 1;
      if (token > 0) weights.set(token, (weights.get(token) ?? 0) + tokenWeight(token));
    }
  }
  const words = Array.from(weights, ([token, weight]): [string, number] => [reader.spell(token), weight]);
  words.sort((one, other) => other[1] - one[1]);
  const essence = weightOf(block.essence);
  // L is no less than C, so that C is at least s/2 · E ÷ (1 − s/2).
  const lacking = essence - (half * essence) / (1 - half) + ROUNDING;
  const bound = { half, least: half * essence, isOfEssence, words, lacking };
  bounds.set(block, bound);
  return bound;
}

/** Whether enough of the essence's words stand in a text at all: to read lines takes longer, and most candidates share few. */
function hasItsWords({ words, lacking }: Bound, text: string): boolean {
  let missing = 0;
  for (const [word, weight] of words) {
    if (text.includes(word)) continue;
    missing += weight;
    if (missing > lacking) return false;
  }
  return true;
}

/**
 * Stretches that may hold copies, with some lines around. To align lines is slow, and most candidates only share a few
 * words. Loses nothing: what a line has in common is no more than the weight of its words that stand in the essence at
 * all. So over the lines of a copy the sum of (that weight − s/2 · line's weight) reaches s/2 · E, and a line is in such a
 * stretch where the best sums that end and that begin there reach it together (as in Kadane's maximum subarray).
 */
function placesOfCopies(block: OldBlock, lines: CodeLine[], bound: Bound): CodeLine[][] {
  const gains = gainsOf(lines, bound);
  const ending = runningSums(gains);
  const beginning = runningSums(gains.toReversed()).reverse();
  const margin = block.lines.length + block.added.length;
  const places: [first: number, end: number][] = [];
  for (const [i, gain] of gains.entries()) {
    if ((ending[i] as number) + (beginning[i] as number) - gain < bound.least - ROUNDING) continue;
    const open = places.at(-1);
    if (open && i - margin <= open[1]) open[1] = i + margin + 1;
    else places.push([Math.max(0, i - margin), i + margin + 1]);
  }
  return places.map(([first, end]) => lines.slice(first, end));
}

function gainsOf(lines: readonly CodeLine[], { half, isOfEssence }: Bound): number[] {
  return lines.map(({ tokens, weight }) => {
    let common = 0;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as number;
      if (isOfEssence[Math.abs(token)] === 1) common += tokenWeight(token);
    }
    return common - half * weight;
  });
}

/** Whether any stretch of the lines may be a copy. */
function mayHoldCopy(lines: readonly CodeLine[], bound: Bound): boolean {
  return runningSums(gainsOf(lines, bound)).some((sum) => sum >= bound.least - ROUNDING);
}

/** Sums of weights that are whole numbers, with a factor. */
const ROUNDING = 1e-9;

/** For each place the greatest sum of a stretch that ends there. */
function runningSums(gains: number[]): number[] {
  let sum = 0;
  return gains.map((gain) => (sum = gain + Math.max(0, sum)));
}

function codeLinesOf(file: SearchedFile, first: number, last: number): CodeLine[] {
  const lines: CodeLine[] = [];
  for (let line = first; line <= last; line++) {
    const read = file.codeLine(line);
    if (read !== null) lines.push(read);
  }
  return lines;
}

function leastSimilarity({ recognisable }: OldBlock): number {
  return recognisable ? MIN_SIMILARITY : MIN_SIMILARITY_WITH_NEIGHBOURS;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Chunks widened by the length of the block, since a copy may lie across their ends; joined where they then touch. */
function windowsOf(
  chunks: { startLine: number; endLine: number }[],
  margin: number,
  lastLine: number,
): [number, number][] {
  const windows: [number, number][] = [];
  for (const { startLine, endLine } of chunks.toSorted((a, b) => a.startLine - b.startLine)) {
    const start = Math.max(1, startLine - margin);
    const end = Math.min(lastLine, endLine + margin);
    const open = windows.at(-1);
    if (open && start <= open[1] + 1) open[1] = Math.max(open[1], end);
    else windows.push([start, end]);
  }
  return windows;
}

type Match = Omit<CopyMatch, "path" | "text">;

interface Sought {
  block: OldBlock;
  bound: Bound;
  reader: LineReader;
}

/** The best copy among the lines, then further ones above and below it. */
function copiesAmong(sought: Sought, lines: CodeLine[]): Match[] {
  const { block, bound, reader } = sought;
  if (!mayHoldCopy(lines, bound)) return [];
  const pairs = alignLines(block.lines, lines);
  const essence = new Set(block.essence);
  const matched = pairs.filter(({ left }) => essence.has(left));
  const [first, last] = [matched[0]?.right, matched.at(-1)?.right];
  if (first === undefined || last === undefined) return [];
  const stretch = within(lines, first, last);
  const similarity = diceOf(matched, block.essence, stretch);
  if (similarity < RELATED) return [];
  const above = lines.filter(({ line }) => line < first.line);
  const below = lines.filter(({ line }) => line > last.line);
  const isCopy = similarity >= leastSimilarity(block) && looksLikeOldSide(block, pairs, lines);
  return [
    ...copiesAmong(sought, above),
    ...(isCopy ? [{ ...describe(matched, similarity, reader), alignment: alignment(block, matched, stretch) }] : []),
    ...copiesAmong(sought, below),
  ];
}

function describe(matched: AlignedPair[], similarity: number, reader: LineReader): Omit<Match, "alignment"> {
  const differing = matched.filter((pair) => pair.similarity < 1);
  return {
    startLine: matched[0]?.right.line ?? 0,
    endLine: matched.at(-1)?.right.line ?? 0,
    similarity,
    matchedLines: matched.length,
    differences: differing.map(({ left, right }) => ({ old: left.text.trim(), copy: right.text.trim() })),
    renamed: renamedNames(differing, reader),
  };
}

/** @param stretch the code lines of the copy, from its first to its last */
function alignment({ essence }: OldBlock, matched: AlignedPair[], stretch: CodeLine[]): AlignedLine[] {
  const aligned: AlignedLine[] = [];
  const alone = (old: CodeLine[], copy: CodeLine[]): void => {
    for (const { line } of old) aligned.push({ old: line, copy: null, similarity: 0 });
    for (const { line } of copy) aligned.push({ old: null, copy: line, similarity: 0 });
  };
  const [left, right] = [[...essence], [...stretch]];
  for (const pair of matched) {
    alone(left.splice(0, left.indexOf(pair.left)), right.splice(0, right.indexOf(pair.right)));
    aligned.push({ old: pair.left.line, copy: pair.right.line, similarity: pair.similarity });
    left.shift();
    right.shift();
  }
  alone(left, right);
  return aligned;
}

/** What stands there for the removed lines must be like them, and less like what replaced them. */
function looksLikeOldSide(block: OldBlock, pairs: AlignedPair[], lines: CodeLine[]): boolean {
  const removed = new Set(block.removed);
  const counterparts = pairs.filter(({ left }) => removed.has(left));
  const [first, last] = [counterparts[0], counterparts.at(-1)];
  if (first === undefined || last === undefined) return false;
  const stretch = within(lines, first.right, last.right);
  const likeOld = diceOf(counterparts, block.removed, stretch);
  // The new side may be longer than what it replaced: look for it around the counterpart as well.
  const margin = block.added.length;
  const from = lines.indexOf(first.right) - margin;
  const around = lines.slice(Math.max(0, from), lines.indexOf(last.right) + margin + 1);
  const newPairs = alignLines(block.added, around);
  const [newFirst, newLast] = [newPairs[0], newPairs.at(-1)];
  const newStretch = newFirst && newLast ? within(lines, newFirst.right, newLast.right) : [];
  return likeOld >= (block.recognisable ? MIN_SIMILARITY : 1) && likeOld > diceOf(newPairs, block.added, newStretch);
}

/** 0..1: twice the weight that two blocks share, by the weight of both. */
function diceOf(pairs: AlignedPair[], left: CodeLine[], right: CodeLine[]): number {
  const total = weightOf(left) + weightOf(right);
  const shared = pairs.reduce((sum, pair) => sum + (pair.similarity * (pair.left.weight + pair.right.weight)) / 2, 0);
  return total === 0 ? 0 : (2 * shared) / total;
}

function weightOf(lines: CodeLine[]): number {
  return lines.reduce((sum, { weight }) => sum + weight, 0);
}

function within(lines: CodeLine[], first: CodeLine, last: CodeLine): CodeLine[] {
  return lines.filter(({ line }) => line >= first.line && line <= last.line);
}

/** Words at the same place of lines of the same length, each pair once. */
function renamedNames(pairs: AlignedPair[], reader: LineReader): { old: string; copy: string }[] {
  const renamed = new Map<string, { old: string; copy: string }>();
  for (const { left, right } of pairs) {
    if (left.tokens.length !== right.tokens.length) continue;
    for (const [index, token] of left.tokens.entries()) {
      const other = right.tokens[index] ?? token;
      if (token === other || token < 0 || other < 0) continue;
      const pair = { old: reader.spell(token), copy: reader.spell(other) };
      renamed.set(`${pair.old} ${pair.copy}`, pair);
    }
  }
  return [...renamed.values()];
}
