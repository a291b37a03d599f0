import type { Change, DiffLine, FileDiff } from "../../workspace/diff.ts";
import { limits } from "../../shared/limits.ts";

/** A part of a change that fits one prompt: consecutive hunks of one file, or a part of a long one. */
export interface Tile {
  path: string;
  lines: DiffLine[];
  /** Lines that the change adds or removes here: the size of the risk. */
  changed: number;
  /** Whether it is one line that is too long for a prompt, and ends early here. */
  shortened?: boolean;
}

/** Where a unit (a function, a class, a section) begins in the new text of a file. */
export interface UnitStart {
  /** 1-based. */
  line: number;
  /** 0 is the top level. */
  depth: number;
}

export interface TilingOptions {
  /** Of a path's new text; where there are none, a long hunk is cut by its size alone. */
  startsOf?: (path: string) => readonly UnitStart[];
}

/**
 * Cuts a change into tiles, so that each changed line is in exactly one: between hunks where these are small, else where
 * units begin, the outer ones first, else at the limits of a prompt. Riskiest first: most changed lines, then path and
 * position, so that the same change always gives the same order.
 */
export function cutTiles(change: Change, { startsOf = () => [] }: TilingOptions = {}): Tile[] {
  const tiles = change.files.flatMap((file) => cutFile(file, startsOf)).filter(({ changed }) => changed > 0);
  return tiles.sort((a, b) => b.changed - a.changed || compare(a.path, b.path) || firstLine(a) - firstLine(b));
}

/** Whether a hunk of the file is too long for one prompt. */
export function hasLongHunk({ hunks }: FileDiff): boolean {
  return hunks.some(({ lines }) => !fits(lines));
}

function cutFile(file: FileDiff, startsOf: (path: string) => readonly UnitStart[]): Tile[] {
  const { path, hunks } = file;
  const starts = hasLongHunk(file) ? startsOf(path) : [];
  const parts = hunks.flatMap(({ lines }) => cutHunk(lines, starts));
  return joinWhatFits(parts).map((lines) => ({
    path,
    lines: lines.map((line) => (isTooLong(line) ? shorten(line) : line)),
    changed: lines.filter(({ kind }) => kind !== " ").length,
    ...(lines.some(isTooLong) && { shortened: true }),
  }));
}

/** Pieces that fit, in order. Starts of one depth after the other cut what is still too long. */
function cutHunk(lines: DiffLine[], starts: readonly UnitStart[]): DiffLine[][] {
  if (fits(lines)) return [lines];
  const inside = starts.flatMap(({ line, depth }) => {
    const at = cutBefore(lines, line);
    return at > 0 ? [{ at, depth }] : [];
  });
  if (inside.length === 0) return cutBySize(lines);
  const outermost = Math.min(...inside.map(({ depth }) => depth));
  const cuts = [...new Set(inside.flatMap(({ at, depth }) => (depth === outermost ? [at] : [])))].sort((a, b) => a - b);
  const pieces = [0, ...cuts].map((from, index) => lines.slice(from, cuts[index]));
  return joinWhatFits(pieces.flatMap((piece) => cutHunk(piece, starts)));
}

/** Index of the line to cut before, so that the lines that a unit's first line replaces stay with it; -1 for none. */
function cutBefore(lines: DiffLine[], start: number): number {
  let at = lines.findIndex(({ newLine }) => newLine === start);
  while (lines[at - 1]?.kind === "-") at--;
  return at;
}

function cutBySize(lines: DiffLine[]): DiffLine[][] {
  return joinWhatFits(lines.map((line) => [line]));
}

function joinWhatFits(pieces: DiffLine[][]): DiffLine[][] {
  const joined: DiffLine[][] = [];
  let size = noSize;
  for (const piece of pieces) {
    const own = sizeOf(piece);
    const both = { lines: size.lines + own.lines, characters: size.characters + own.characters };
    const last = joined.at(-1);
    if (last && isWithin(both)) {
      last.push(...piece);
      size = both;
    } else {
      joined.push([...piece]);
      size = own;
    }
  }
  return joined;
}

interface Size {
  lines: number;
  characters: number;
}

const noSize: Size = { lines: 0, characters: 0 };

function fits(lines: DiffLine[]): boolean {
  return isWithin(sizeOf(lines));
}

function isWithin({ lines, characters }: Size): boolean {
  return lines <= limits.tileLines && characters <= limits.tileCharacters;
}

function sizeOf(lines: readonly DiffLine[]): Size {
  return { lines: lines.length, characters: lines.reduce((sum, line) => sum + lengthOf(line), 0) };
}

/** What a line takes in a prompt; beyond ASCII a character takes about as many tokens as it has bytes. */
function lengthOf(line: DiffLine): number {
  return isTooLong(line) ? limits.tileCharacters : Buffer.byteLength(line.text) + 1;
}

function isTooLong({ text }: DiffLine): boolean {
  return Buffer.byteLength(text) >= limits.tileCharacters;
}

function shorten(line: DiffLine): DiffLine {
  const mark = " […]";
  const most = limits.tileCharacters - Buffer.byteLength(mark) - 1;
  // A character that would be cut in the middle is left out.
  const start = Buffer.from(line.text)
    .subarray(0, most)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return { ...line, text: start + mark };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstLine(tile: Tile): number {
  const line = tile.lines[0];
  return line?.newLine ?? line?.oldLine ?? 0;
}
