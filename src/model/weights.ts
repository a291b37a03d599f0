import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { type GgufHeader, readGgufHeader } from "./gguf-header.ts";

/** What the catalogue knows of a file. */
export interface ExpectedWeights {
  bytes?: number;
  /** Null where the catalogue has none: the file is then unverified. */
  sha256?: string | null;
}

export interface Weights {
  bytes: number;
  sha256: string;
  header: GgufHeader;
  /**
   * How much of it is blocks of 64 KB of zeros. Trained weights have none; where many are, somebody damaged the file, and
   * nothing but a known SHA-256 could prove it.
   */
  zeroBytes: number;
}

/**
 * Looks at a model file before anything maps it: there, GGUF, whole, of the right size and the right SHA-256. llama.cpp
 * itself loads damaged weights without a word.
 * Errors: `model-missing`, `model-corrupt`.
 */
export async function checkWeights(path: string, expected: ExpectedWeights = {}): Promise<Weights> {
  const file = await stat(path).catch((error: unknown) => {
    throw missingWeights(path, error);
  });
  if (!file.isFile())
    throw corruptWeights(path, file.isDirectory() ? "it is a folder, it is not a file" : "it is not a file");
  const header = await readGgufHeader(path).catch((error: unknown) => {
    throw corruptWeights(path, messageOf(error), error);
  });
  if (header.tensors === 0) throw corruptWeights(path, "it holds no weights");
  if (expected.bytes !== undefined && expected.bytes !== file.size) {
    throw corruptWeights(path, `it has ${file.size} bytes instead of ${expected.bytes}`);
  }
  const { sha256, zeroBytes, zeroTailBytes } = await readThrough(path);
  if (expected.sha256 && expected.sha256 !== sha256) throw corruptWeights(path, `its SHA-256 is ${sha256}`);
  if (!expected.sha256 && zeroTailBytes >= suspiciousTailBytes) {
    throw corruptWeights(
      path,
      `its last ${Math.round(zeroTailBytes / 1e6)} MB are empty, as if its download never ended`,
    );
  }
  return { bytes: file.size, sha256, header, zeroBytes };
}

/** Real weights do not end in a megabyte of zeros; a file that was given its size before its content does. */
const suspiciousTailBytes = 1024 * 1024;
const blockBytes = 64 * 1024;

/** One reading for all: the SHA-256, and how much of the file is blocks of nothing but zeros. */
async function readThrough(path: string): Promise<{ sha256: string; zeroBytes: number; zeroTailBytes: number }> {
  const hash = createHash("sha256");
  const zeros = Buffer.alloc(blockBytes);
  let zeroBytes = 0;
  let zeroTailBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    for (let at = 0; at < bytes.length; at += blockBytes) {
      const block = bytes.subarray(at, at + blockBytes);
      const empty = block.equals(zeros.subarray(0, block.length));
      zeroTailBytes = empty ? zeroTailBytes + block.length : 0;
      if (empty) zeroBytes += block.length;
    }
  }
  return { sha256: hash.digest("hex"), zeroBytes, zeroTailBytes };
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  return (await readThrough(path)).sha256;
}

export function missingWeights(path: string, cause?: unknown): AssistantError {
  return new AssistantError(`there is no model file at ${path}`, {
    code: "model-missing",
    remedy: "Install one with `assistant models pull`, or correct the path in the configuration.",
    cause,
  });
}

export function corruptWeights(path: string, why: string, cause?: unknown): AssistantError {
  return new AssistantError(`the model file ${path} cannot be used: ${why}`, {
    code: "model-corrupt",
    remedy: "Delete the file and install the model again: `assistant models pull`.",
    cause,
  });
}
