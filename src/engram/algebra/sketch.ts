import { createHash } from "node:crypto";
import { AssistantError } from "../../shared/errors.ts";
import { foldDimensions } from "../token-space.ts";
import { encoderVersion } from "../versions.ts";

/**
 * An engram as one vector, for exchange: the folded sum of all its chunks. Two sketches can be compared without either
 * text. What it gives away all the same: whoever knows the seed can hash a word and test whether it is common in the
 * engram (a token that stands in n chunks raises its dimension by about 2n, against noise of about √(postings/D)), and can
 * fold a text of his own and test whether the engram holds much of it. An engram with a seed that is kept secret gives that
 * away only to those who share the seed; then only they can compare.
 */
export interface Sketch {
  seed: number;
  encoderVersion: number;
  /** Chunks in the sum. */
  chunks: number;
  /** One int32 a dimension; as many as one of `foldDimensions`. */
  sum: Int32Array;
}

/** "ESKT", little-endian. */
const magic = 0x544b5345;
const layoutVersion = 1;
const headerBytes = 24;
const digestBytes = 32;

/**
 * A sketch from an engram's hypervector.
 * @param sum folded to one of `foldDimensions`; it is copied
 */
export function sketchOf(sum: Int32Array, { seed, chunks }: { seed: number; chunks: number }): Sketch {
  return { seed, encoderVersion, chunks, sum: sum.slice() };
}

/**
 * Cosine of two sketches after the signed logarithm of each dimension, from −1 to 1: raw sums are ruled by the few words that
 * stand everywhere.
 * Errors: AssistantError `sketch-mismatch` where seeds, encoders or dimensions differ, because such sums have nothing in
 * common.
 */
export function compareSketches(a: Sketch, b: Sketch): number {
  if (a.seed !== b.seed || a.encoderVersion !== b.encoderVersion || a.sum.length !== b.sum.length) {
    throw new AssistantError("the sketches were made differently and cannot be compared", {
      code: "sketch-mismatch",
      remedy: "Make both with the same version, seed and number of dimensions.",
    });
  }
  let [product, left, right] = [0, 0, 0];
  for (let i = 0; i < a.sum.length; i++) {
    const [x, y] = [damped(a.sum[i] as number), damped(b.sum[i] as number)];
    product += x * y;
    left += x * x;
    right += y * y;
  }
  return product === 0 ? 0 : product / Math.sqrt(left * right);
}

/** Header (magic, layout, seed, encoder version, chunks, dimensions: uint32), the sum, SHA-256 over all of that. */
export function packSketch({ seed, encoderVersion: version, chunks, sum }: Sketch): Uint8Array {
  const header = Uint32Array.of(magic, layoutVersion, seed, version, chunks, sum.length);
  const body = Buffer.concat([
    new Uint8Array(header.buffer),
    new Uint8Array(sum.buffer, sum.byteOffset, sum.byteLength),
  ]);
  return Buffer.concat([body, digestOf(body)]);
}

/** The inverse of `packSketch`. Errors: AssistantError `sketch-unreadable`. */
export function unpackSketch(packed: Uint8Array): Sketch {
  const bytes = new Uint8Array(packed); // a copy, because columns begin at multiples of four
  if (bytes.length < headerBytes + digestBytes) throw unreadable("it is cut");
  const [found, layout, seed = 0, version = 0, chunks = 0, dimensions = 0] = new Uint32Array(bytes.buffer, 0, 6);
  if (found !== magic) throw unreadable("it is no sketch of an engram");
  if (layout !== layoutVersion) throw unreadable("it was written by another version of this program");
  const end = headerBytes + 4 * dimensions;
  const isKnown = (foldDimensions as readonly number[]).includes(dimensions);
  if (!isKnown || bytes.length !== end + digestBytes) throw unreadable("its length is wrong");
  if (!digestOf(bytes.subarray(0, end)).equals(bytes.subarray(end))) throw unreadable("its checksum is wrong");
  return { seed, encoderVersion: version, chunks, sum: new Int32Array(bytes.buffer, headerBytes, dimensions) };
}

function damped(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

function digestOf(body: Uint8Array): Buffer {
  return createHash("sha256").update(body).digest();
}

function unreadable(cause: string): AssistantError {
  return new AssistantError(`the sketch cannot be read: ${cause}`, {
    code: "sketch-unreadable",
    remedy: "Ask for the file again, or make it again from the engram.",
  });
}
