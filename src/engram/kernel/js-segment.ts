import { impactOf, pathRelativeLength, usualLength } from "../bm25.ts";
import { type FileRow, roleStart, rowStart } from "../file-row.ts";
import { createTokenTable, type TokenTable } from "../token-table.ts";
import { checkFiles, oidBytesOf } from "./js-check-files.ts";
import { writeForwardRows } from "./js-forward-rows.ts";
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
