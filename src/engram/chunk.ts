import { limits } from "../shared/limits.ts";
import type { ParsedText } from "./units/unit-parser.ts";

/** 0-based lines, `end` exclusive. */
export interface LineRange {
  start: number;
  end: number;
}

/** A text's lines without their line feeds. A final line feed ends the last line; it does not begin another. */
export function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A window with fewer lines joins its neighbour where the two stay within `limits.chunkLinesMost`. */
const restLines = 6;

/**
 * Cuts a text into windows of about `limits.chunkLines` lines, at most `limits.chunkLinesMost`, that follow one another
 * without overlap. Units that fit are never divided: small ones share a window, and where one has to end, it ends at the
 * shallowest start of a unit in its last third. A longer unit is divided at the starts of its deeper units, and where it
 * has none, like a text without a parse: by `lineWindows`.
 */
export function chunkWindows(lines: readonly string[], parsed: ParsedText | null): LineRange[] {
  if (parsed === null) return lineWindows(lines);
  return joinRests(packPieces(piecesOf(lines, parsed.starts)));
}

/**
 * Cuts a text into windows of at most `limits.chunkLines` lines that follow one another without overlap. A window ends
 * early, in its last third, where the text has a joint: before a top-level line that follows a blank one, else after a
 * blank line, else before a top-level line.
 */
export function lineWindows(lines: readonly string[]): LineRange[] {
  const windows: LineRange[] = [];
  for (let start = 0; start < lines.length;) {
    const end = start + limits.chunkLines < lines.length ? bestEnd(lines, start) : lines.length;
    windows.push({ start, end });
    start = end;
  }
  return windows;
}

function bestEnd(lines: readonly string[], start: number): number {
  const last = start + limits.chunkLines;
  let best = last;
  let bestJoint = jointAt(lines, last);
  for (let end = last - 1; end > last - limits.chunkLines / 3; end--) {
    const joint = jointAt(lines, end);
    if (joint > bestJoint) {
      best = end;
      bestJoint = joint;
    }
  }
  return best;
}

/** How well the text comes apart before this line: 0 (not at all) to 3. */
function jointAt(lines: readonly string[], line: number): number {
  const afterBlank = /^\s*$/.test(lines[line - 1] ?? "");
  const topLevel = /^\w|^[@#/]/.test(lines[line] ?? "");
  return (afterBlank ? 2 : 0) + (topLevel ? 1 : 0);
}

/** Lines that stay together. */
interface Piece extends LineRange {
  /** Depth of the unit that begins here; infinite in the middle of one. */
  depth: number;
}

function piecesOf(lines: readonly string[], starts: ParsedText["starts"]): Piece[] {
  const pieces: Piece[] = [];
  // The last is next: a stack instead of a recursion, because texts can be nested as deep as they are long.
  const waiting: Piece[] = lines.length > 0 ? [{ start: 0, end: lines.length, depth: 0 }] : [];
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    const { start, end } = piece;
    if (end - start <= limits.chunkLinesMost) {
      pieces.push(piece);
      continue;
    }
    const inner = starts.filter(({ line }) => line > start && line < end);
    if (inner.length > 0) waiting.push(...divide(piece, inner).reverse());
    else pieces.push(...windowsWithin(lines, piece));
  }
  return pieces;
}

/** A long piece, divided at its shallowest units. */
function divide(piece: Piece, inner: ParsedText["starts"]): Piece[] {
  const depth = inner.reduce((least, start) => Math.min(least, start.depth), Infinity);
  const cuts = inner.filter((start) => start.depth === depth).map(({ line }) => line);
  const ends = [...cuts, piece.end];
  return [piece.start, ...cuts].map((start, i) => ({
    start,
    end: ends[i] ?? piece.end,
    depth: i === 0 ? piece.depth : depth,
  }));
}

function windowsWithin(lines: readonly string[], { start, end, depth }: Piece): Piece[] {
  return lineWindows(lines.slice(start, end)).map((window) => ({
    start: start + window.start,
    end: start + window.end,
    depth: window.start === 0 ? depth : Infinity,
  }));
}

function packPieces(pieces: readonly Piece[]): Piece[] {
  const windows: Piece[] = [];
  for (let first = 0; first < pieces.length;) {
    const { start, depth } = pieces[first] as Piece;
    let next = first + 1;
    while (next < pieces.length && (pieces[next] as Piece).end - start <= limits.chunkLines) next++;
    if (next < pieces.length) next = shallowestCut(pieces, first, next);
    windows.push({ start, end: (pieces[next - 1] as Piece).end, depth });
    first = next;
  }
  return windows;
}

/** The piece before which a window of the pieces `first` to `last` ends best; `last` unless an earlier one is shallower. */
function shallowestCut(pieces: readonly Piece[], first: number, last: number): number {
  const { start } = pieces[first] as Piece;
  let best = last;
  for (let cut = last - 1; cut > first; cut--) {
    const { start: line, depth } = pieces[cut] as Piece;
    if (line - start < (2 * limits.chunkLines) / 3) break;
    if (depth < (pieces[best] as Piece).depth) best = cut;
  }
  return best;
}

/** A rest joins the neighbour from which less parts it, the one before where that is equal. */
function joinRests(windows: readonly Piece[]): LineRange[] {
  const joined: Piece[] = [];
  for (const [i, window] of windows.entries()) {
    const before = joined.at(-1);
    const after = windows[i + 1];
    const waits = after !== undefined && after.depth > window.depth && fitTogether(window, after);
    if (before !== undefined && fitTogether(before, window) && (isRest(before) || (isRest(window) && !waits))) {
      before.end = window.end;
    } else {
      joined.push({ ...window });
    }
  }
  return joined.map(({ start, end }) => ({ start, end }));
}

function isRest({ start, end }: LineRange): boolean {
  return end - start < restLines;
}

function fitTogether(before: LineRange, after: LineRange): boolean {
  return after.end - before.start <= limits.chunkLinesMost;
}
