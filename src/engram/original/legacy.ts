import { createHash } from "node:crypto";
import { dimensions, type TernaryVector } from "./original-engram.ts";

/**
 * The bytes that a chunk's vector says it holds where it was written by the original's older encoder, which sets place
 * (shift + j + low 7 bits) for byte j of each block of 256, to −1 where the byte's high bit is set. Blocks lie over each
 * other, so this is wrong nearly everywhere and may end early; it has to be exactly as wrong as the original is, because
 * corrections are differences to it.
 */
export function decodeLegacy(vector: TernaryVector, path: string, length: number): Buffer {
  if (vector.plus.length + vector.minus.length === 0) return Buffer.alloc(0);
  const signs = new Int8Array(dimensions);
  for (const place of vector.minus) signs[place] = -1;
  for (const place of vector.plus) signs[place] = 1;
  const shift = pathShift(path);
  const blocks = Math.ceil(length / blockBytes);
  const decoded = Buffer.alloc(length);
  let at = 0;
  for (let block = 0; block < blocks && at < length; block++) {
    const blockShift = shift + Math.floor((block * shiftStep) / blocks);
    const written = decodeBlock(signs, blockShift, decoded.subarray(at, at + blockBytes));
    if (written === 0) break;
    at += written;
  }
  return decoded.subarray(0, at);
}

const blockBytes = 256;
const shiftStep = 1_000;
const pathBuckets = 10;

function pathShift(path: string): number {
  return (createHash("sha256").update(path).digest().readUInt32LE(0) % pathBuckets) * shiftStep;
}

/** Takes for each byte the first place that is set in its window of 128; ends at a window without one. */
function decodeBlock(signs: Int8Array, shift: number, block: Buffer): number {
  for (let j = 0; j < block.length; j++) {
    let low = 0;
    while (low < 128 && signs[(j + shift + low) % dimensions] === 0) low++;
    if (low === 128) return j;
    block[j] = signs[(j + shift + low) % dimensions] === -1 ? low | 0x80 : low;
  }
  return block.length;
}
