import { limits } from "../shared/limits.ts";

/** Why a file of the tree is listed and not indexed. */
export type SkipReason = "submodule" | "symlink" | "large" | "binary" | "lfs-pointer" | "long-lines";

/** What the tree alone tells: submodules and symbolic links have no text of their own. */
export function skippedByMode(mode: string): SkipReason | null {
  if (mode === "160000") return "submodule";
  if (mode === "120000") return "symlink";
  return null;
}

/** What the bytes tell. `data` may be cut after `limits.indexedFileBytes` + 1 bytes. */
export function skippedByContent(data: Buffer): SkipReason | null {
  if (data.length > limits.indexedFileBytes) return "large";
  // The first 8,000 bytes: where git itself looks for a NUL to call a file binary.
  if (data.subarray(0, 8_000).includes(0)) return "binary";
  if (data.subarray(0, lfsHeader.length).equals(lfsHeader)) return "lfs-pointer";
  if (hasLongLine(data)) return "long-lines";
  return null;
}

const lfsHeader = Buffer.from("version https://git-lfs.github.com/spec/v1\n");

/** Counts bytes: a line of more bytes than allowed characters is checked by its characters. */
function hasLongLine(data: Buffer): boolean {
  for (let start = 0; start < data.length;) {
    const feed = data.indexOf(10, start);
    const end = feed < 0 ? data.length : feed;
    if (end - start > limits.indexedLineCharacters) {
      if (data.toString("utf8", start, end).length > limits.indexedLineCharacters) return true;
    }
    start = end + 1;
  }
  return false;
}
