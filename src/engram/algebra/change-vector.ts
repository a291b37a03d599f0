import type { Change } from "../../workspace/diff.ts";
import { murmur3 } from "../kernel/murmur3.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { tokenPositions } from "../token-space.ts";
import { difference, type IntegerVector, shiftBy, sum, vectorOf, zeroVector } from "./token-vector.ts";

/** What a hunk takes out of a file and puts in: lines without markers and line ends. Context is left out: it cancels. */
export interface ChangedLines {
  path: string;
  removed: readonly string[];
  added: readonly string[];
}

/**
 * A change in the token space, its two sides apart; no value is negative. Each side is a bundle of three: its words, its
 * words bound to the name of their file (the same words in the same file count for more), and its lines as tokens of their
 * own (they hold the order of words and what is no word). To undo a change is to swap its sides.
 *
 * `added − removed` is the signed vector of the change (`changeVector`). It is additive over a series of commits, but a
 * line that only moves cancels in it; the sides keep such a line, and with it what a revert can be recognised by.
 */
export interface ChangeSides {
  removed: IntegerVector;
  added: IntegerVector;
}

interface TextEncoder {
  kernel: Kernel;
  seed: number;
}

/** Each hunk of a change by itself, in order. */
export function linesOfChange(change: Change): ChangedLines[] {
  return change.files.flatMap(({ path, hunks }) =>
    hunks.map(({ lines }) => ({
      path,
      removed: lines.filter(({ kind }) => kind === "-").map(({ text }) => text),
      added: lines.filter(({ kind }) => kind === "+").map(({ text }) => text),
    })),
  );
}

/** Words of the lines that these hunks take out and put in, and nothing else of them. */
export function plainSides(encoder: TextEncoder, hunks: readonly ChangedLines[]): ChangeSides {
  const sides = countSides(encoder, hunks);
  return { removed: sum(sides.map(({ removed }) => removed)), added: sum(sides.map(({ added }) => added)) };
}

/** Δ = after − before of these hunks: a commit's, a file's or one hunk's. −Δ is the vector of the change undone. */
export function changeVector(encoder: TextEncoder, hunks: readonly ChangedLines[]): IntegerVector {
  const { removed, added } = plainSides(encoder, hunks);
  return difference(added, removed);
}

/** The sides of a change as a whole. The sum over its hunks, exactly. */
export function changeSides(encoder: TextEncoder, hunks: readonly ChangedLines[]): ChangeSides {
  const sides = hunkSides(encoder, hunks);
  return { removed: sum(sides.map(({ removed }) => removed)), added: sum(sides.map(({ added }) => added)) };
}

/** The sides of each hunk, in the order given. */
export function hunkSides(encoder: TextEncoder, hunks: readonly ChangedLines[]): ChangeSides[] {
  return countSides(encoder, hunks).map((words, i) => {
    const { path, removed, added } = hunks[i] as ChangedLines;
    const shift = fileShift(path, encoder.seed);
    const side = (vector: IntegerVector, lines: readonly string[]) =>
      sum([vector, shiftBy(vector, shift), wholeLines(encoder, lines)]);
    return { removed: side(words.removed, removed), added: side(words.added, added) };
  });
}

/** The same change undone. */
export function undone({ removed, added }: ChangeSides): ChangeSides {
  return { removed: added, added: removed };
}

/** Tokens of the lines of each hunk, counted in one call of the kernel. A count within one hunk ends at 255. */
function countSides({ kernel, seed }: TextEncoder, hunks: readonly ChangedLines[]): ChangeSides[] {
  const sides = hunks.flatMap(({ removed, added }) => [removed, added]);
  const windows: number[] = [];
  let line = 0;
  for (const { length } of sides) {
    if (length > 0) windows.push(line, line + length);
    line += length;
  }
  const text = sides.map((lines) => lines.map((one) => `${one}\n`).join("")).join("");
  const { tokens, counts, rowEnds } = kernel.encodeText(Buffer.from(text), Uint32Array.from(windows), seed, 0xffffffff);
  let row = 0;
  const vectors = sides.map(({ length }): IntegerVector => {
    if (length === 0) return zeroVector;
    const [start, end] = [row === 0 ? 0 : rowEnds[row - 1], rowEnds[row]];
    row++;
    return { tokens: tokens.subarray(start, end), values: Int32Array.from(counts.subarray(start, end)) };
  });
  return hunks.map((_, i) => ({
    removed: vectors[2 * i] as IntegerVector,
    added: vectors[2 * i + 1] as IntegerVector,
  }));
}

/** Every line as one token, as the sides of a hunk hold it: with its indentation, which may be all that changes; blank lines are none. */
export function wholeLines({ kernel, seed }: TextEncoder, lines: readonly string[]): IntegerVector {
  const texts = lines.map((line) => line.trimEnd()).filter((line) => line !== "");
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += Buffer.byteLength(text)));
  const tokens = kernel.hashTokens(Buffer.from(texts.join("")), ends, seed);
  return shiftBy(vectorOf(tokens, new Int32Array(tokens.length).fill(1)), shiftOf("line:", seed));
}

/** Of the name without its folders: a change is recognised also where the file has moved. */
function fileShift(path: string, seed: number): number {
  return shiftOf(`file:${path.slice(path.lastIndexOf("/") + 1)}`, seed);
}

function shiftOf(label: string, seed: number): number {
  const name = Buffer.from(label);
  return (murmur3(name, 0, name.length, seed) & 0x7fffffff) % tokenPositions;
}
