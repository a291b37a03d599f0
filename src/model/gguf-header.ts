import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** What a GGUF file says about itself, as far as this program needs it before loading. */
export interface GgufHeader {
  architecture: string;
  name: string | null;
  /** Context the model was trained for, in tokens; null where the file does not say. */
  trainContextTokens: number | null;
  /** Bytes one token takes in the key-value cache at 16 bits a value; null where the file does not say. */
  kvBytesPerToken: number | null;
}

/** Keys and strings longer than this are not metadata but a damaged file. */
const longestString = 16 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/**
 * Reads the metadata of a GGUF file without loading it; arrays (the vocabulary) are skipped.
 * Errors: RangeError, in words, where the file is not GGUF 2 or 3 or ends too early.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path, "r");
  try {
    const reader = byteReader(file);
    if ((await reader.take(4)).toString("latin1") !== "GGUF") throw new RangeError("it is not a GGUF file");
    const version = (await reader.take(4)).readUInt32LE();
    if (version !== 2 && version !== 3) throw new RangeError(`GGUF version ${version} is not supported`);
    await reader.take(8); // number of tensors
    const entries = await reader.size();
    const scalars = new Map<string, number | string>();
    for (let entry = 0; entry < entries; entry++) {
      const key = (await reader.take(await reader.size())).toString("utf8");
      const value = await readValue(reader, (await reader.take(4)).readUInt32LE());
      if (value !== null) scalars.set(key, value);
    }
    return summarise(scalars);
  } finally {
    await file.close();
  }
}

function summarise(scalars: Map<string, number | string>): GgufHeader {
  const architecture = String(scalars.get("general.architecture") ?? "unknown");
  const number = (key: string) => {
    const value = scalars.get(`${architecture}.${key}`);
    return typeof value === "number" ? value : null;
  };
  const layers = number("block_count");
  const heads = number("attention.head_count");
  const width = number("embedding_length");
  const headWidth = heads && width ? width / heads : null;
  const keyWidth = number("attention.key_length") ?? headWidth;
  const valueWidth = number("attention.value_length") ?? headWidth;
  const kvHeads = number("attention.head_count_kv") ?? heads;
  const name = scalars.get("general.name");
  return {
    architecture,
    name: typeof name === "string" ? name : null,
    trainContextTokens: number("context_length"),
    kvBytesPerToken:
      layers && kvHeads && keyWidth && valueWidth ? layers * kvHeads * (keyWidth + valueWidth) * 2 : null,
  };
}

/** A number, a string, or null for what is skipped (booleans, arrays). */
async function readValue(reader: ByteReader, type: number): Promise<number | string | null> {
  switch (type) {
    case 0: // u8
    case 1: // i8
    case 7: // bool
      await reader.take(1);
      return null;
    case 2: // u16
    case 3: // i16
      return (await reader.take(2)).readUInt16LE();
    case 4:
      return (await reader.take(4)).readUInt32LE();
    case 5:
      return (await reader.take(4)).readInt32LE();
    case 6:
      return (await reader.take(4)).readFloatLE();
    case 8:
      return (await reader.take(await reader.size())).toString("utf8");
    case 9: {
      const elementType = (await reader.take(4)).readUInt32LE();
      const length = Number((await reader.take(8)).readBigUInt64LE());
      for (let element = 0; element < length; element++) await readValue(reader, elementType);
      return null;
    }
    case 10: // u64
    case 11: // i64
      return Number((await reader.take(8)).readBigInt64LE());
    case 12:
      return (await reader.take(8)).readDoubleLE();
    default:
      throw new RangeError(`its metadata holds an unknown type (${type})`);
  }
}

interface ByteReader {
  take(bytes: number): Promise<Buffer>;
  /** A 64-bit length. */
  size(): Promise<number>;
}

function byteReader(file: FileHandle): ByteReader {
  let buffer: Buffer = Buffer.alloc(0);
  const reader: ByteReader = {
    async take(bytes) {
      if (bytes > longestString) throw new RangeError("its metadata is damaged");
      while (buffer.length < bytes) {
        const chunk = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes);
        if (chunk.bytesRead === 0) throw new RangeError("it ends too early");
        buffer = Buffer.concat([buffer, chunk.buffer.subarray(0, chunk.bytesRead)]);
      }
      const taken = buffer.subarray(0, bytes);
      buffer = buffer.subarray(bytes);
      return taken;
    },
    async size() {
      return Number((await reader.take(8)).readBigUInt64LE());
    },
  };
  return reader;
}
