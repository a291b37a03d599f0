import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";

/** A tensor of a safetensors file; its values are read when they are asked for. */
export interface SafeTensor {
  /** Rows before columns, as PyTorch orders them. */
  shape: readonly number[];
  read(): Float32Array;
}

export interface Safetensors {
  tensors: ReadonlyMap<string, SafeTensor>;
  close(): void;
}

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** The format's own bound of its header. */
const headerBytesMax = 100_000_000;

/**
 * Opens a safetensors file; tensors of other types than 32-bit floats are left out.
 * Format: https://github.com/huggingface/safetensors#format
 * Errors: RangeError, in words, where the file is none or ends too early.
 */
export function openSafetensors(path: string): Safetensors {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const length = Number(readAt(file, 0, 8).readBigUInt64LE());
    if (length > headerBytesMax || 8 + length > size) throw new RangeError("it is not a safetensors file");
    const header = parseHeader(readAt(file, 8, length).toString("utf8"));
    const tensors = new Map<string, SafeTensor>();
    for (const [name, described] of header) {
      const {
        dtype,
        shape,
        data_offsets: [begin, end],
      } = tensorSchema.parse(described);
      if (dtype !== "F32") continue;
      const values = shape.reduce((product, one) => product * one, 1);
      if (end - begin !== values * 4 || 8 + length + end > size) {
        throw new RangeError(`tensor ${name} does not lie within the safetensors file`);
      }
      tensors.set(name, { shape, read: () => floats(readAt(file, 8 + length + begin, values * 4)) });
    }
    return { tensors, close: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function parseHeader(text: string): [string, unknown][] {
  try {
    const { __metadata__: _, ...tensors } = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    return Object.entries(tensors);
  } catch (error) {
    throw new RangeError("it is not a safetensors file", { cause: error });
  }
}

function readAt(file: number, position: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let read = 0;
  while (read < bytes) {
    const more = readSync(file, buffer, read, bytes - read, position + read);
    if (more === 0) throw new RangeError("the safetensors file ends too early");
    read += more;
  }
  return buffer;
}

/** Little-endian, as every machine that this program runs on. A small buffer may lie anywhere in memory: it is copied. */
function floats(bytes: Buffer): Float32Array {
  const { buffer, byteOffset, length } = bytes;
  return new Float32Array(
    byteOffset % 4 === 0 ? buffer : Uint8Array.from(bytes).buffer,
    byteOffset % 4 === 0 ? byteOffset : 0,
    length / 4,
  );
}
