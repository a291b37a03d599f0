import { setImmediate } from "node:timers/promises";
import type { TreeEntry } from "../../shared/git-objects.ts";
import { limits } from "../../shared/limits.ts";
import { blobId, treeRevision } from "../blob-id.ts";
import type { TreeSource } from "../tree-source.ts";
import { correct } from "./correct.ts";
import { createHolographicDecoder } from "./holographic.ts";
import { decodeLegacy } from "./legacy.ts";
import type { OriginalEngram, TernaryVector } from "./original-engram.ts";
import { isInGitFolder, type OriginalFile, type OriginalManifest, unusablePath } from "./original-manifest.ts";

export interface OriginalSource extends TreeSource {
  /** Files that could not be taken out as they were, or not by their name. */
  readonly leftOut: readonly { path: string; reason: string }[];
  /** Files of `.git` folders, which are left out as `ingest` does. */
  readonly gitFiles: number;
}

export interface OriginalSourceOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * The files of an original engram that were not removed, each with the bytes that it was made of: chunk by chunk decoded,
 * corrected and compared with the stored hash. A file with a chunk that differs is left out as a whole. Every file is
 * reconstructed once here, for its id, and again when it is read: only one is in memory at a time.
 * Errors: AssistantError `import-escape`.
 */
export async function originalSource(
  engram: OriginalEngram,
  manifest: OriginalManifest,
  { signal, onProgress }: OriginalSourceOptions = {},
): Promise<OriginalSource> {
  const { files, leftOut, gitFiles } = chooseFiles(manifest);
  const decode = decoderOf(manifest);
  const entries: TreeEntry[] = [];
  const places = new Map<string, OriginalFile>();
  for (const [i, file] of files.entries()) {
    const found = await reconstruct(engram, manifest, file, decode, signal);
    if (typeof found === "string") leftOut.push({ path: file.path, reason: found });
    else {
      const oid = blobId(found);
      // The original keeps no modes and follows no links.
      entries.push({ path: file.path, mode: "100644", oid });
      places.set(oid, file);
    }
    onProgress?.(i + 1, files.length);
  }
  return {
    revision: treeRevision(entries),
    leftOut,
    gitFiles,
    entries: async () => entries,
    sizes: async (oids) => new Map(oids.flatMap((oid) => (places.has(oid) ? [[oid, places.get(oid)?.size ?? 0]] : []))),
    async *blobs(oids, until) {
      for (const oid of oids) {
        const file = places.get(oid);
        const data = file === undefined ? "unknown" : await reconstruct(engram, manifest, file, decode, until);
        if (typeof data === "string") throw new RangeError(`no file has the id ${oid}`);
        yield { oid, data };
      }
    },
  };
}

function chooseFiles(manifest: OriginalManifest) {
  const living = manifest.files.filter(({ isDeleted }) => !isDeleted);
  const folders = new Set(living.flatMap(({ path }) => parents(path)));
  const leftOut: { path: string; reason: string }[] = [];
  const taken = new Map<string, OriginalFile>();
  let gitFiles = 0;
  for (const file of living) {
    const { path, size } = file;
    const reason =
      unusablePath(path) ??
      (folders.has(path) ? "other files lie below its path" : null) ??
      (taken.has(path) ? "another file has its path" : null) ??
      (size > limits.storedFileBytes ? `it has ${size} bytes; an engram keeps ${limits.storedFileBytes}` : null);
    if (reason !== null) leftOut.push({ path, reason });
    else if (isInGitFolder(path)) gitFiles++;
    else taken.set(path, file);
  }
  return { files: [...taken.values()], leftOut, gitFiles };
}

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

type Decode = (vector: TernaryVector, path: string, length: number) => Buffer;

function decoderOf({ isHolographic }: OriginalManifest): Decode {
  if (!isHolographic) return decodeLegacy;
  const decoder = createHolographicDecoder();
  return (vector, _path, length) => decoder.decode(vector, length);
}

/** A file's bytes, or why they cannot be had. */
async function reconstruct(
  engram: OriginalEngram,
  { chunkBytes }: OriginalManifest,
  { path, size, firstChunk }: OriginalFile,
  decode: Decode,
  signal?: AbortSignal,
): Promise<Buffer | string> {
  const whole = Buffer.alloc(size);
  for (let at = 0, chunk = firstChunk; at < size; at += chunkBytes, chunk++) {
    if (chunk % chunksBetweenBreaks === 0) await setImmediate();
    signal?.throwIfAborted();
    const length = Math.min(chunkBytes, size - at);
    const correction = engram.correction(chunk);
    if (correction === null) return `nothing is stored to check its bytes from ${at} on`;
    const decoded = correction.kind === "verbatim" ? correction.body : decode(engram.vector(chunk), path, length);
    const data = correct(decoded, correction, length);
    if (data === null) return `its bytes from ${at} to ${at + length} do not have the stored hash`;
    data.copy(whole, at);
  }
  return whole;
}

/** So that Ctrl-C is heard. */
const chunksBetweenBreaks = 1_024;
