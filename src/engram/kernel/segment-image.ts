/** TYPE FILE of the engram stage: how the bytes of a segment are laid out. Both kernels and the file table read them. */
import type { SkipReason } from "../classify.ts";

/**
 * A segment holds the files of one batch: their names, their chunks, the postings of those chunks and their forward rows.
 * It is one block of bytes that is searched as it stands, so opening an engram costs reading it, nothing more.
 *
 * All numbers are little-endian. The header is 16 uint32: magic "ESEG", layout version, numbers of files F, chunks C, tokens
 * V and postings P, bytes of paths, bytes of one object id (20 or 32), bytes of forward rows, bytes of path forward rows,
 * bucket bits B, total bytes, then zeros. The sections follow in the order of `SegmentImage`, each from the next multiple
 * of 8; gaps are zero and the total is a multiple of 8.
 *
 * - Postings of token number n are entries offsets[n] to offsets[n + 1] - 1 of ids and impacts, by ascending chunk; a chunk
 *   in which the same id stands in several blocks has one posting for each: text, role, path. The impact is
 *   `impactOf(count, length / usualLength)` for text, `impactOf(count, 1)` for roles and paths (bm25.ts).
 * - buckets[i] is the number of the first token whose upper B bits are i or more (2^B + 1 entries; B is 0 for V < 4, else
 *   floor(log2(V)) - 2): a look-up bisects within one bucket.
 * - A forward row lists the text tokens of a chunk by ascending number as LEB128 varints of
 *   (difference to the number before, the first to 0) · 4 + min(count, 4) - 1; after an entry whose count is 4 or more
 *   follows one byte with the count. A path forward row does the same for the path tokens of a file.
 */
export interface SegmentImage {
  bytes: Uint8Array;
  files: number;
  chunks: number;
  /** Number of each file's first chunk; one more entry at the end. F + 1 */
  firstChunks: Uint32Array;
  /** F + 1 */
  pathOffsets: Uint32Array;
  /** UTF-8 of all paths, ascending by these bytes. */
  paths: Uint8Array;
  /** Object ids in binary; zeros where a file has none. */
  oids: Uint8Array;
  oidBytes: number;
  /** F, for example 0o100644 */
  modes: Uint32Array;
  /** F, index into `skipReasons` plus one; 0 for an indexed file. */
  skips: Uint8Array;
  /** C, 1-based */
  startLines: Uint32Array;
  /** C, last line minus first */
  spans: Uint16Array;
  /** C, tokens of the text with repeats */
  lengths: Uint32Array;
  /** V token ids, ascending */
  dictionary: Uint32Array;
  buckets: Uint32Array;
  /** V + 1 */
  offsets: Uint32Array;
  /** P chunk numbers */
  ids: Uint16Array;
  /** P */
  impacts: Uint8Array;
  /** C + 1 */
  forwardOffsets: Uint32Array;
  forward: Uint8Array;
  /** F + 1 */
  pathForwardOffsets: Uint32Array;
  pathForward: Uint8Array;
}

export const segmentMagic = 0x47455345;
const segmentVersion = 1;
export const headerBytes = 64;

/** Order fixes the numbers in `skips`; new reasons are added at the end. */
export const skipReasons: readonly SkipReason[] = [
  "submodule",
  "symlink",
  "large",
  "binary",
  "lfs-pointer",
  "long-lines",
];

/** Sizes that a header states. */
export interface SegmentSizes {
  files: number;
  chunks: number;
  tokens: number;
  postings: number;
  pathBytes: number;
  oidBytes: number;
  forwardBytes: number;
  pathForwardBytes: number;
}

export function bucketBits(tokens: number): number {
  return tokens < 4 ? 0 : 31 - Math.clz32(tokens) - 2;
}

/** Byte length of the sections in order, for laying out and for reading alike. */
function sectionBytes(sizes: SegmentSizes): number[] {
  const { files, chunks, tokens, postings, pathBytes, oidBytes, forwardBytes, pathForwardBytes } = sizes;
  return [
    4 * (files + 1),
    4 * (files + 1),
    pathBytes,
    files * oidBytes,
    4 * files,
    files,
    4 * chunks,
    2 * chunks,
    4 * chunks,
    4 * tokens,
    4 * (2 ** bucketBits(tokens) + 1),
    4 * (tokens + 1),
    2 * postings,
    postings,
    4 * (chunks + 1),
    forwardBytes,
    4 * (files + 1),
    pathForwardBytes,
  ];
}

const align = (at: number) => Math.ceil(at / 8) * 8;

/** An empty image of these sizes with its header written and its sections to be filled. */
export function layOutSegment(sizes: SegmentSizes): SegmentImage {
  const total = sectionBytes(sizes).reduce((at, size) => align(at + size), headerBytes);
  const bytes = new Uint8Array(total);
  const { files, chunks, tokens, postings, pathBytes, oidBytes, forwardBytes, pathForwardBytes } = sizes;
  new Uint32Array(bytes.buffer, 0, 16).set([
    segmentMagic,
    segmentVersion,
    files,
    chunks,
    tokens,
    postings,
    pathBytes,
    oidBytes,
    forwardBytes,
    pathForwardBytes,
    bucketBits(tokens),
    total,
  ]);
  return viewSegment(bytes);
}

/**
 * Typed views into an image.
 * Errors: RangeError where the header is foreign or does not fit the number of bytes. What is inside is not checked: the
 * store keeps a checksum.
 * @param bytes must begin at a multiple of 8 of its buffer
 */
export function viewSegment(bytes: Uint8Array): SegmentImage {
  if (bytes.byteLength < headerBytes || bytes.byteOffset % 8 !== 0) throw new RangeError("not a segment");
  const header = new Uint32Array(bytes.buffer, bytes.byteOffset, 16);
  const [magic, version, files = 0, chunks = 0, tokens = 0, postings = 0, pathBytes = 0, oidBytes = 0] = header;
  const [forwardBytes = 0, pathForwardBytes = 0, bits, total] = header.subarray(8);
  const sizes = { files, chunks, tokens, postings, pathBytes, oidBytes, forwardBytes, pathForwardBytes };
  const sections = sectionBytes(sizes);
  const expected = sections.reduce((at, size) => align(at + size), headerBytes);
  const isSound = magic === segmentMagic && version === segmentVersion && bits === bucketBits(tokens);
  if (!isSound || total !== expected || total !== bytes.byteLength) throw new RangeError("not a segment");
  let at = headerBytes;
  let section = 0;
  const next = () => {
    const start = at;
    const size = sections[section++] as number;
    at = align(at + size);
    return [bytes.byteOffset + start, size] as const;
  };
  const words = () => {
    const [start, size] = next();
    return new Uint32Array(bytes.buffer, start, size / 4);
  };
  const halves = () => {
    const [start, size] = next();
    return new Uint16Array(bytes.buffer, start, size / 2);
  };
  const octets = () => {
    const [start, size] = next();
    return new Uint8Array(bytes.buffer, start, size);
  };
  return {
    bytes,
    files,
    chunks,
    firstChunks: words(),
    pathOffsets: words(),
    paths: octets(),
    oids: octets(),
    oidBytes,
    modes: words(),
    skips: octets(),
    startLines: words(),
    spans: halves(),
    lengths: words(),
    dictionary: words(),
    buckets: words(),
    offsets: words(),
    ids: halves(),
    impacts: octets(),
    forwardOffsets: words(),
    forward: octets(),
    pathForwardOffsets: words(),
    pathForward: octets(),
  };
}
