import { createHash } from "node:crypto";
import { dimensions, type TernaryVector } from "./original-engram.ts";
import { shuffledNumbers } from "./standard-random.ts";

export interface HolographicDecoder {
  /** The bytes that a chunk's vector says it holds; what it gets wrong is left to its correction. */
  decode(vector: TernaryVector, length: number): Buffer;
}

/**
 * Decodes what the original's "holographic" encoder wrote: a chunk is the clipped sum over its places of byte vector ⊙
 * position vector (element-wise products), positions counted within the chunk. A byte is the one whose vector has the
 * largest cosine with chunk ⊙ position vector, the smallest such byte where several have it. All byte vectors have as many
 * non-zeros, so that the scalar product ranks as the cosine does, and it is an integer.
 */
export function createHolographicDecoder(): HolographicDecoder {
  const bytes = byteIndex();
  const positions: Int8Array[] = [];
  const scores = new Int32Array(256);
  const add = (places: Uint16Array, sign: number, position: Int8Array): void => {
    for (const place of places) {
      const product = sign * (position[place] as number);
      if (product === 0) continue;
      const end = bytes.starts[place + 1] as number;
      for (let i = bytes.starts[place] as number; i < end; i++) {
        const byte = bytes.bytes[i] as number;
        scores[byte] = (scores[byte] as number) + product * (bytes.signs[i] as number);
      }
    }
  };
  return {
    decode({ plus, minus }, length) {
      const decoded = Buffer.alloc(length);
      for (let at = 0; at < length; at++) {
        const position = (positions[at] ??= signsOf(positionVector(at)));
        scores.fill(0);
        add(plus, 1, position);
        add(minus, -1, position);
        decoded[at] = indexOfLargest(scores);
      }
      return decoded;
    },
  };
}

/** The basis vector of a byte's value. */
export function byteVector(byte: number): TernaryVector {
  return basisVector("byte", Buffer.from([byte]));
}

/** The basis vector of a place in a chunk, from 0. */
export function positionVector(place: number): TernaryVector {
  const value = Buffer.alloc(8);
  value.writeUInt32LE(place);
  return basisVector("position", value);
}

/** A hundredth of the dimensions is +1 and as many are −1, drawn by the name's hash. */
function basisVector(kind: string, value: Buffer): TernaryVector {
  const seed = createHash("sha256").update(`embeddenator:reversible:v1:${kind}:`).update(value).digest();
  const order = shuffledNumbers(seed, dimensions);
  const share = dimensions / 100;
  return { plus: order.slice(0, share).sort(), minus: order.slice(share, 2 * share).sort() };
}

/** For each dimension the bytes whose vectors are not zero there, with their signs: one list after another. */
function byteIndex(): { starts: Uint32Array; bytes: Uint8Array; signs: Int8Array } {
  const entries = Array.from({ length: 256 }, (_, byte) => {
    const { plus, minus } = byteVector(byte);
    const entry = (sign: number) => (place: number) => ({ place, byte, sign });
    return [...Array.from(plus, entry(1)), ...Array.from(minus, entry(-1))];
  }).flat();
  entries.sort((a, b) => a.place - b.place);
  const starts = new Uint32Array(dimensions + 1);
  for (const { place } of entries) starts[place + 1] = (starts[place + 1] as number) + 1;
  for (let place = 0; place < dimensions; place++) {
    starts[place + 1] = (starts[place + 1] as number) + (starts[place] as number);
  }
  return {
    starts,
    bytes: Uint8Array.from(entries, ({ byte }) => byte),
    signs: Int8Array.from(entries, ({ sign }) => sign),
  };
}

function signsOf({ plus, minus }: TernaryVector): Int8Array {
  const signs = new Int8Array(dimensions);
  for (const place of plus) signs[place] = 1;
  for (const place of minus) signs[place] = -1;
  return signs;
}

function indexOfLargest(scores: Int32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if ((scores[i] as number) > (scores[best] as number)) best = i;
  return best;
}
