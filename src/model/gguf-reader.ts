import type { FileHandle } from "node:fs/promises";

/** Reads a GGUF file's head value by value; whatever does not fit in the file is a RangeError, in words. */
export interface GgufReader {
  /** Bytes read so far, and bytes of the file. */
  position(): number;
  fileBytes: number;
  take(bytes: number): Promise<Buffer>;
  /** A 64-bit count or length. */
  size(): Promise<number>;
  text(): Promise<string>;
  value(type: number): Promise<GgufScalar | number[] | SkippedArray | null>;
}

export type GgufScalar = number | string | boolean;

/** An array that is too long to be kept; a vocabulary, mostly. */
export interface SkippedArray {
  elements: number;
}

/** Keys and strings longer than this are not metadata but a damaged file. */
const longestString = 16 * 1024 * 1024;
const chunkBytes = 256 * 1024;
/** One number a layer is kept; a vocabulary is not. */
const longestKeptArray = 1_024;

/** Bytes of the types that have a fixed size. */
const fixedBytes: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const stringType = 8;
const arrayType = 9;

export function ggufReader(file: FileHandle, fileBytes: number): GgufReader {
  let buffer: Buffer = Buffer.alloc(0);
  /** Bytes of the file up to the end of the buffer. */
  let fetched = 0;
  const position = () => fetched - buffer.length;

  async function fill(bytes: number): Promise<void> {
    while (buffer.length < bytes) {
      const chunk = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes);
      if (chunk.bytesRead === 0) throw new RangeError("it ends too early");
      fetched += chunk.bytesRead;
      buffer = Buffer.concat([buffer, chunk.buffer.subarray(0, chunk.bytesRead)]);
    }
  }

  async function take(bytes: number): Promise<Buffer> {
    if (bytes > longestString) throw new RangeError("its metadata is damaged");
    if (buffer.length < bytes) await fill(bytes);
    const taken = buffer.subarray(0, bytes);
    buffer = buffer.subarray(bytes);
    return taken;
  }

  const size = async () => Number((await take(8)).readBigUInt64LE());
  const text = async () => (await take(await size())).toString("utf8");

  async function value(type: number): ReturnType<GgufReader["value"]> {
    if (type === stringType) return text();
    if (type === arrayType) return array();
    const bytes = fixedBytes[type];
    if (bytes === undefined) throw new RangeError(`its metadata holds an unknown type (${type})`);
    return decode(await take(bytes), type);
  }

  async function array(): Promise<number[] | SkippedArray> {
    const type = (await take(4)).readUInt32LE();
    const elements = await size();
    const bytes = fixedBytes[type];
    // Strings and arrays have at least a length.
    if (elements * (bytes ?? 8) > fileBytes - position()) throw new RangeError("it ends too early");
    if (bytes !== undefined && elements <= longestKeptArray) {
      const kept: number[] = [];
      for (let element = 0; element < elements; element++) kept.push(Number(decode(await take(bytes), type)));
      return kept;
    }
    if (bytes !== undefined) await skip(elements * bytes);
    else if (type === stringType) await skipTexts(elements);
    else for (let element = 0; element < elements; element++) await value(type);
    return { elements };
  }

  async function skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= chunkBytes) await take(Math.min(left, chunkBytes));
  }

  /** A vocabulary has several hundred thousand texts: what is in the buffer is passed without waiting. */
  async function skipTexts(count: number): Promise<void> {
    for (let passed = 0; passed < count; passed++) {
      const length = buffer.length >= 8 ? Number(buffer.readBigUInt64LE()) : Infinity;
      if (buffer.length >= 8 + length) buffer = buffer.subarray(8 + length);
      else await text();
    }
  }

  return { position, fileBytes, take, size, text, value };
}

function decode(bytes: Buffer, type: number): number | boolean {
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes[0] !== 0;
    case 10:
      return Number(bytes.readBigUInt64LE());
    case 11:
      return Number(bytes.readBigInt64LE());
    default:
      return bytes.readDoubleLE();
  }
}
