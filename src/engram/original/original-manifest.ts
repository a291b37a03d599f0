import { z } from "zod";
import { limits } from "../../shared/limits.ts";
import { escapingPath, foreignManifest, manifestOfAnother } from "./original-errors.ts";
import type { OriginalEngram } from "./original-engram.ts";

const count = z.number().int().nonnegative();

const fileSchema = z.strictObject({
  path: z.string(),
  is_text: z.boolean(),
  size: count,
  chunks: z.array(count),
  deleted: z.boolean().default(false),
});

/** Older programs left out what has a default here. */
const manifestSchema = z.strictObject({
  files: z.array(fileSchema),
  total_chunks: count,
  chunk_size: z.number().int().min(1).max(limits.originalChunkBytes).default(4_096),
  holographic: z.boolean().default(false),
});

export interface OriginalManifest {
  /** Bytes of every chunk but a file's last. */
  chunkBytes: number;
  /** Which of the original's two encoders wrote the chunks. */
  isHolographic: boolean;
  /** Also those that were removed: their chunks are still there. */
  files: OriginalFile[];
}

export interface OriginalFile {
  path: string;
  size: number;
  /** Its chunks are numbered from here on. */
  firstChunk: number;
  isDeleted: boolean;
}

/**
 * Reads the manifest that the original wrote with an engram, and sees that the two belong together. It numbers the chunks
 * in the order of the files, whatever was done to them, so that a number that is wrong is seen.
 * Errors: AssistantError `original-manifest-foreign`, `original-manifest-disagrees`.
 * @param file for errors
 */
export function parseOriginalManifest(data: Buffer, file: string, engram: OriginalEngram): OriginalManifest {
  const { data: manifest, error } = manifestSchema.safeParse(parseJson(data, file));
  if (manifest === undefined) {
    const [issue] = error.issues;
    throw foreignManifest(file, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "invalid"}`);
  }
  const { chunk_size: chunkBytes, holographic: isHolographic } = manifest;
  let firstChunk = 0;
  const files = manifest.files.map(({ path, size, chunks, deleted }): OriginalFile => {
    const first = firstChunk;
    firstChunk += chunks.length;
    if (chunks.length !== Math.ceil(size / chunkBytes) || chunks.some((chunk, i) => chunk !== first + i)) {
      throw foreignManifest(
        file,
        `the chunks of ${JSON.stringify(path)} are not those of ${size} bytes in their order`,
      );
    }
    return { path, size, firstChunk: first, isDeleted: deleted };
  });
  checkTotals(file, engram, firstChunk, manifest.total_chunks, files);
  return { chunkBytes, isHolographic, files };
}

function parseJson(data: Buffer, file: string): unknown {
  try {
    return JSON.parse(data.toString("utf8"));
  } catch (error) {
    throw foreignManifest(file, "it is not JSON", error);
  }
}

function checkTotals(file: string, engram: OriginalEngram, chunks: number, told: number, files: OriginalFile[]): void {
  if (chunks !== told) throw foreignManifest(file, `it names ${chunks} chunks and counts ${told}`);
  if (chunks !== engram.chunks) throw manifestOfAnother(file, `it names ${chunks} chunks of ${engram.chunks}`);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes !== engram.originalBytes) {
    throw manifestOfAnother(file, `its files have ${bytes} bytes, the engram was made of ${engram.originalBytes}`);
  }
  const most = engram.fileBytes * limits.originalExpansion;
  if (bytes > most) throw manifestOfAnother(file, `${bytes} bytes of files cannot come out of ${engram.fileBytes}`);
}

/**
 * Why an engram of ours cannot call a file so; null where it can. Errors: AssistantError `import-escape` for a path that
 * leads out of the folder that it would be extracted to: the original takes paths of files below a folder.
 */
export function unusablePath(path: string): string | null {
  const parts = path.split(/[/\\]/);
  if (/^[/\\]/.test(path) || /^[A-Za-z]:/.test(path)) throw escapingPath(path, "its path is absolute");
  if (parts.includes("..")) throw escapingPath(path, "its path leads upwards");
  if (path.includes("\0")) throw escapingPath(path, "its path holds a NUL");
  if (path === "") return "it has no name (the original loses names that are not UTF-8)";
  if (path.includes("\\")) return "its name holds a backslash, which divides folders elsewhere";
  if (parts.some((part) => part === "" || part === ".")) return "its path is not in its plain form";
  if (/\p{Surrogate}/u.test(path)) return "its name is not Unicode";
  return null;
}

/** Git's own files, which `ingest` leaves out as well. */
export function isInGitFolder(path: string): boolean {
  return path.split("/").some((part) => /^(\.git|git~1)[. ]*$/i.test(part));
}
