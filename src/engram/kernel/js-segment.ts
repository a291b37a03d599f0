import { impactOf, pathRelativeLength, usualLength } from "../bm25.ts";
import { type FileRow, roleStart, rowStart } from "../file-row.ts";
import { createTokenTable, type TokenTable } from "../token-table.ts";
import { limits } from "../../shared/limits.ts";
import { layOutSegment, type SegmentImage, skipReasons } from "./segment-image.ts";

/** `Kernel.buildSegment`: a counting sort of the postings by token, and the forward rows. */
export function buildSegment(files: readonly FileRow[]): Uint8Array {
  checkFiles(files);
  const table = createTokenTable();
  const { ids, postings } = numberTokens(files, table);
  const { dictionary, ranks } = rankTokens(table);
  for (let i = 0; i < ids.length; i++) ids[i] = ranks[ids[i] as number] as number;
  const forward = writeForwardRows(files, ids);
  const paths = Buffer.from(files.map(({ path }) => path).join(""), "utf8");
  const image = layOutSegment({
    files: files.length,
    chunks: chunkCount(files),
    tokens: dictionary.length,
    postings,
    pathBytes: paths.length,
    oidBytes: oidBytesOf(files),
    forwardBytes: forward.rows.length,
    pathForwardBytes: forward.pathRows.length,
  });
  image.paths.set(paths);
  image.dictionary.set(dictionary);
  image.forward.set(forward.rows);
  image.forwardOffsets.set(forward.offsets);
  image.pathForward.set(forward.pathRows);
  image.pathForwardOffsets.set(forward.pathOffsets);
  describeFiles(image, files);
  fillBuckets(image);
  fillPostings(image, files, ids);
  return image.bytes;
}

function chunkCount(files: readonly FileRow[]): number {
  return files.reduce((sum, { rowEnds }) => sum + rowEnds.length, 0);
}

function checkFiles(files: readonly FileRow[]): void {
  if (chunkCount(files) > limits.segmentChunks) throw new RangeError("too many chunks for one segment");
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
function oidBytesOf(files: readonly FileRow[]): number {
  const digits = files.find(({ oid }) => oid !== "")?.oid.length ?? 40;
  const isSound = (oid: string) => oid === "" || (oid.length === digits && /^[0-9a-f]+$/.test(oid));
  if ((digits !== 40 && digits !== 64) || !files.every(({ oid }) => isSound(oid))) {
    throw new RangeError("object ids have 40 or 64 hexadecimal digits, all the same number");
  }
  return digits / 2;
}

/**
 * The numbers that `table` gives to the tokens of each file in turn (all of its text, then of its roles, then of its path),
 * and how many postings that makes.
 */
function numberTokens(files: readonly FileRow[], table: TokenTable): { ids: Uint32Array; postings: number } {
  let size = 0;
  let postings = 0;
  for (const { tokens, roleTokens, pathTokens, rowEnds } of files) {
    size += tokens.length + roleTokens.length + pathTokens.length;
    postings += tokens.length + roleTokens.length + pathTokens.length * rowEnds.length;
  }
  const ids = new Uint32Array(size);
  let at = 0;
  for (const { tokens, roleTokens, pathTokens } of files) {
    for (const column of [tokens, roleTokens, pathTokens]) {
      for (let i = 0; i < column.length; i++) ids[at++] = table.intern(column[i] as number);
    }
  }
  return { ids, postings };
}

/** The tokens in ascending order, and for each number of the table its place in that order. */
function rankTokens(table: TokenTable): { dictionary: Uint32Array; ranks: Uint32Array } {
  const hashes = table.hashes();
  const dictionary = hashes.slice().sort();
  const ranks = new Uint32Array(hashes.length);
  for (let rank = 0; rank < dictionary.length; rank++) ranks[table.find(dictionary[rank] as number)] = rank;
  return { dictionary, ranks };
}

function describeFiles(image: SegmentImage, files: readonly FileRow[]): void {
  let chunk = 0;
  let pathEnd = 0;
  for (const [f, file] of files.entries()) {
    image.modes[f] = Number.parseInt(file.mode, 8);
    image.skips[f] = file.skipped === null ? 0 : skipReasons.indexOf(file.skipped) + 1;
    image.oids.set(Buffer.from(file.oid, "hex"), f * image.oidBytes);
    for (let i = 0; i < file.rowEnds.length; i++, chunk++) {
      image.startLines[chunk] = file.startLines[i] as number;
      image.spans[chunk] = (file.endLines[i] as number) - (file.startLines[i] as number);
      image.lengths[chunk] = textLength(file, i);
    }
    pathEnd += Buffer.byteLength(file.path);
    image.firstChunks[f + 1] = chunk;
    image.pathOffsets[f + 1] = pathEnd;
  }
}

function textLength(file: FileRow, chunk: number): number {
  let length = 0;
  const end = file.rowEnds[chunk] as number;
  for (let i = rowStart(file, chunk); i < end; i++) length += file.counts[i] as number;
  return length;
}

function fillBuckets({ dictionary, buckets }: SegmentImage): void {
  const bits = 31 - Math.clz32(buckets.length - 1);
  let bucket = 0;
  for (let n = 0; n < dictionary.length; n++) {
    const upper = bits === 0 ? 0 : (dictionary[n] as number) >>> (32 - bits);
    while (bucket <= upper) buckets[bucket++] = n;
  }
  buckets.fill(dictionary.length, bucket);
  if (bits === 0) buckets[0] = 0;
}

function fillPostings(image: SegmentImage, files: readonly FileRow[], ids: Uint32Array): void {
  const { offsets } = image;
  let start = 0;
  for (const file of files) {
    const pathStart = start + file.tokens.length + file.roleTokens.length;
    const end = pathStart + file.pathTokens.length;
    for (let i = start; i < pathStart; i++) add(offsets, (ids[i] as number) + 1, 1);
    for (let i = pathStart; i < end; i++) add(offsets, (ids[i] as number) + 1, file.rowEnds.length);
    start = end;
  }
  for (let n = 1; n < offsets.length; n++) add(offsets, n, offsets[n - 1] as number);
  const next = offsets.slice();
  start = 0;
  for (const [f, file] of files.entries()) {
    placeFile(image, file, image.firstChunks[f] as number, next, ids, start);
    start += file.tokens.length + file.roleTokens.length + file.pathTokens.length;
  }
}

function add(column: Uint32Array, at: number, value: number): void {
  column[at] = (column[at] as number) + value;
}

/** @param start of the file's entries in `ids` */
function placeFile(
  image: SegmentImage,
  file: FileRow,
  firstChunk: number,
  next: Uint32Array,
  ids: Uint32Array,
  start: number,
): void {
  const roles = start + file.tokens.length;
  const paths = roles + file.roleTokens.length;
  const pathImpacts = Uint8Array.from(file.pathCounts, (count) => impactOf(count, pathRelativeLength));
  const roleImpacts = Uint8Array.from(file.roleCounts, (count) => impactOf(count, pathRelativeLength));
  const place = (id: number, chunk: number, impact: number) => {
    const at = next[id] as number;
    next[id] = at + 1;
    image.ids[at] = chunk;
    image.impacts[at] = impact;
  };
  for (let i = 0; i < file.rowEnds.length; i++) {
    const chunk = firstChunk + i;
    const relativeLength = (image.lengths[chunk] as number) / usualLength;
    for (let t = rowStart(file, i), end = file.rowEnds[i] as number; t < end; t++) {
      place(ids[start + t] as number, chunk, impactOf(file.counts[t] as number, relativeLength));
    }
    for (let t = roleStart(file, i), end = file.roleEnds[i] as number; t < end; t++) {
      place(ids[roles + t] as number, chunk, roleImpacts[t] as number);
    }
    for (let t = 0; t < file.pathTokens.length; t++) place(ids[paths + t] as number, chunk, pathImpacts[t] as number);
  }
}

interface ForwardRows {
  rows: Uint8Array;
  offsets: Uint32Array;
  pathRows: Uint8Array;
  pathOffsets: Uint32Array;
}

function writeForwardRows(files: readonly FileRow[], ids: Uint32Array): ForwardRows {
  const text = createVarintWriter();
  const path = createVarintWriter();
  const offsets = new Uint32Array(chunkCount(files) + 1);
  const pathOffsets = new Uint32Array(files.length + 1);
  let chunk = 0;
  let start = 0;
  for (const [f, file] of files.entries()) {
    for (let i = 0; i < file.rowEnds.length; i++) {
      const from = rowStart(file, i);
      offsets[++chunk] = text.writeRow(ids, start + from, file.counts, from, file.rowEnds[i] as number);
    }
    start += file.tokens.length + file.roleTokens.length;
    pathOffsets[f + 1] = path.writeRow(ids, start, file.pathCounts, 0, file.pathCounts.length);
    start += file.pathTokens.length;
  }
  return { rows: text.bytes(), offsets, pathRows: path.bytes(), pathOffsets };
}

interface VarintWriter {
  /** Writes entries `from` to `to` of `counts` with the ids that begin at `idsFrom`. Returns the end in bytes. */
  writeRow(ids: Uint32Array, idsFrom: number, counts: Uint8Array, from: number, to: number): number;
  bytes(): Uint8Array;
}

function createVarintWriter(): VarintWriter {
  let bytes = new Uint8Array(4_096);
  let at = 0;
  return {
    writeRow(ids, idsFrom, counts, from, to) {
      const most = at + 6 * (to - from);
      if (bytes.length < most) {
        const old = bytes;
        bytes = new Uint8Array(2 * most);
        bytes.set(old.subarray(0, at));
      }
      let last = 0;
      for (let t = from; t < to; t++) {
        const id = ids[idsFrom + t - from] as number;
        const count = counts[t] as number;
        let value = (id - last) * 4 + Math.min(count, 4) - 1;
        last = id;
        for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128;
        bytes[at++] = value;
        if (count >= 4) bytes[at++] = count;
      }
      return at;
    },
    bytes: () => bytes.subarray(0, at),
  };
}
