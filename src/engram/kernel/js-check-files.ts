import type { FileRow } from "../file-row.ts";
import { limits } from "../../shared/limits.ts";

/** Errors: RangeError where files cannot be one segment. */
export function checkFiles(files: readonly FileRow[]): void {
  const chunks = files.reduce((sum, { rowEnds }) => sum + rowEnds.length, 0);
  if (chunks > limits.segmentChunks) throw new RangeError("too many chunks for one segment");
  for (const [i, file] of files.entries()) {
    const before = files[i - 1]?.path;
    const ascends = before === undefined || Buffer.compare(Buffer.from(before), Buffer.from(file.path)) < 0;
    if (!ascends) throw new RangeError("paths do not ascend");
    if (!columnsFit(file)) throw new RangeError("columns of a file do not fit");
  }
}

function columnsFit(file: FileRow): boolean {
  const { startLines, endLines, rowEnds, roleEnds } = file;
  const chunks = rowEnds.length;
  if (startLines.length !== chunks || endLines.length !== chunks || roleEnds.length !== chunks) return false;
  for (let i = 0; i < chunks; i++) {
    const span = (endLines[i] as number) - (startLines[i] as number);
    if (span < 0 || span > 0xffff) return false;
  }
  return (
    rowsFit(rowEnds, file.tokens, file.counts) &&
    rowsFit(roleEnds, file.roleTokens, file.roleCounts) &&
    rowsFit([file.pathTokens.length], file.pathTokens, file.pathCounts)
  );
}

/** Whether tokens ascend within each row, each with a count above zero. */
function rowsFit(ends: ArrayLike<number>, tokens: Uint32Array, counts: Uint8Array): boolean {
  if (tokens.length !== counts.length) return false;
  let at = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row] as number;
    if (end < at || end > tokens.length) return false;
    for (let last = -1; at < end; at++) {
      const token = tokens[at] as number;
      if (token <= last || counts[at] === 0) return false;
      last = token;
    }
  }
  return at === tokens.length;
}

/** Length of an object id in bytes: that of the files which have one. */
export function oidBytesOf(files: readonly FileRow[]): number {
  const digits = files.find(({ oid }) => oid !== "")?.oid.length ?? 40;
  const isSound = (oid: string) => oid === "" || (oid.length === digits && /^[0-9a-f]+$/.test(oid));
  if ((digits !== 40 && digits !== 64) || !files.every(({ oid }) => isSound(oid))) {
    throw new RangeError("object ids have 40 or 64 hexadecimal digits, all the same number");
  }
  return digits / 2;
}
