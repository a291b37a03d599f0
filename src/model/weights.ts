import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
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
}

/**
 * Looks at a model file before anything maps it: there, GGUF, of the right size and the right SHA-256. llama.cpp itself
 * loads damaged weights without a word.
 * Errors: `model-missing`, `model-corrupt`.
 */
export async function checkWeights(path: string, expected: ExpectedWeights = {}): Promise<Weights> {
  const file = await stat(path).catch((error: unknown) => {
    throw new AssistantError(`there is no model file at ${path}`, {
      code: "model-missing",
      remedy: "Install one with `assistant models pull`, or correct the path in the configuration.",
      cause: error,
    });
  });
  if (!file.isFile()) throw corrupt(path, "it is not a file");
  const header = await readGgufHeader(path).catch((error: unknown) => {
    throw corrupt(path, messageOf(error), error);
  });
  if (expected.bytes !== undefined && expected.bytes !== file.size) {
    throw corrupt(path, `it has ${file.size} bytes instead of ${expected.bytes}`);
  }
  const sha256 = await sha256Of(path);
  if (expected.sha256 && expected.sha256 !== sha256) throw corrupt(path, `its SHA-256 is ${sha256}`);
  return { bytes: file.size, sha256, header };
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Key-value cache of a model whose file does not say: that of a 7B model with grouped queries. */
const usualKvBytesPerToken = 64 * 1024;

/**
 * Memory that a loaded model takes, in bytes: the weights (llama.cpp repacks them into private memory for the processor;
 * the mapped file itself can be dropped by the kernel), the key-value cache, and what runs it.
 */
export function memoryNeed(weightBytes: number, kvBytesPerToken: number | null, contextTokens: number): number {
  return weightBytes + (kvBytesPerToken ?? usualKvBytesPerToken) * contextTokens + limits.modelOverheadBytes;
}

/** Errors: `not-enough-memory` with both figures. */
export function checkMemory(weights: Weights, contextTokens: number, freeBytes: number): void {
  const context = Math.min(contextTokens, weights.header.trainContextTokens ?? contextTokens);
  const need = memoryNeed(weights.bytes, weights.header.kvBytesPerToken, context);
  if (need <= freeBytes) return;
  throw new AssistantError(
    `the model needs about ${megabytes(need)} MB of memory, ${megabytes(freeBytes)} MB are free`,
    {
      code: "not-enough-memory",
      remedy: "Close other programs or choose a smaller model: `assistant models recommend`.",
    },
  );
}

function corrupt(path: string, why: string, cause?: unknown): AssistantError {
  return new AssistantError(`the model file ${path} cannot be used: ${why}`, {
    code: "model-corrupt",
    remedy: "Delete the file and install the model again: `assistant models pull`.",
    cause,
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
