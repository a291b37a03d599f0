import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { splitLines } from "../../src/engram/chunk.ts";
import type { EngramView } from "../../src/engram/engram.ts";
import type { Encoder } from "../../src/model/encoder.ts";
import { say } from "../bench.ts";

/** What gets one vector: some lines of a file, or of a query. */
export interface Piece {
  path: string;
  text: string;
}

/** Rows of length 1, one after another. */
export interface Vectors {
  data: Float32Array;
  rows: number;
  dimensions: number;
  /** Milliseconds that encoding took, when it was done. */
  ms: number;
}

/** Lines of a vector: the encoder reads 256 tokens, and twenty lines of code have about so many. */
const pieceLines = 20;

/** Every chunk of the engram in pieces, its path before each, as the engram's chunks have their path's words. */
export function piecesOf(view: EngramView): Piece[] {
  return view.files().flatMap(({ path, chunks }) => {
    if (chunks === 0) return [];
    const lines = splitLines(view.text(path) ?? "");
    return view
      .chunks(path)
      .flatMap(({ startLine, endLine }) => cut(lines.slice(startLine - 1, endLine)))
      .map((text) => ({ path, text: `${path}\n${text}` }));
  });
}

/** A query in pieces; more than four of a long diff are left out. */
export function queryPieces(text: string): string[] {
  return cut(text.split("\n")).slice(0, 4);
}

function cut(lines: readonly string[]): string[] {
  const starts = Array.from({ length: Math.ceil(lines.length / pieceLines) }, (_, i) => i * pieceLines);
  return starts.map((start) => lines.slice(start, start + pieceLines).join("\n")).filter((text) => /\w/.test(text));
}

/** Vectors of texts, kept in `work` for the next run: encoding takes longer than all else together. */
export async function encodeAll(encoder: Encoder, texts: readonly string[], work: string): Promise<Vectors> {
  const hash = createHash("sha256").update(encoder.identity.sha256 ?? "");
  for (const text of texts) hash.update(`\0${text}`);
  const file = join(work, `vectors-${hash.digest("hex").slice(0, 12)}`);
  const { dimensions } = encoder;
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    return { data: data.subarray(1), rows: texts.length, dimensions, ms: data[0] as number };
  }
  const data = new Float32Array(1 + texts.length * dimensions);
  const started = performance.now();
  for (let row = 0; row < texts.length; row += 64) {
    const found = await encoder.encode(texts.slice(row, row + 64));
    for (const [i, vector] of found.entries()) data.set(vector, 1 + (row + i) * dimensions);
    if (row % 640 === 0) say(`encoded ${row} of ${texts.length}`);
  }
  data[0] = performance.now() - started;
  writeFileSync(file, new Uint8Array(data.buffer));
  return { data: data.subarray(1), rows: texts.length, dimensions, ms: data[0] };
}
