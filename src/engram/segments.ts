import { limits } from "../shared/limits.ts";
import type { FileRow } from "./file-row.ts";
import type { Kernel, KernelIndex } from "./kernel/kernel.ts";
import { type SegmentImage, skipReasons, viewSegment } from "./kernel/segment-image.ts";
import { comparePaths } from "./paths.ts";

/** A segment as it is stored: its bytes never change, files are only marked dead. */
export interface StoredSegment {
  id: number;
  image: Uint8Array;
  /** One bit a file of the image, bit (f & 7) of byte f >> 3. */
  dead: Uint8Array;
}

/** What an update does to the segments. */
export interface SegmentsChange {
  dropped: number[];
  /** New marks of segments that stay. */
  tombstones: { id: number; dead: Uint8Array }[];
  added: StoredSegment[];
  /** The result, by id. */
  segments: StoredSegment[];
}

/** A segment opened: views into its bytes, and what of it still counts. */
export interface Part extends StoredSegment {
  segment: SegmentImage;
  /** Paths that hits have asked for, by number of the file. */
  names: Map<number, string>;
}

/** All segments together: one state of an engram, searchable. Never changed; an update makes another. */
export interface Generation {
  parts: readonly Part[];
  index: KernelIndex;
  files: number;
  indexedFiles: number;
  chunks: number;
  /** Tokens of all living chunks' texts, with repeats. */
  length: number;
}

/** A file in a generation. */
export interface FilePlace {
  part: number;
  /** Number of the file in its segment. */
  file: number;
}

export function openGeneration(kernel: Kernel, segments: readonly StoredSegment[]): Generation {
  const parts = segments.map(openPart);
  const index = kernel.openIndex(parts.map((part) => ({ image: part.image, dead: deadChunks(part) })));
  const generation: Generation = { parts, index, files: 0, indexedFiles: 0, chunks: 0, length: 0 };
  for (const part of parts) countLiving(generation, part);
  return generation;
}

/**
 * Takes files out and puts rows in. Rows become a segment of their own, and segments are merged by one rule, so that there
 * are never many: a segment is written again together with the new rows where a third of it is dead, or where it is
 * no larger than all that is being written and at most half full. Sizes of the small ones then grow geometrically, and a
 * chunk is rewritten about log2(`limits.segmentChunks`) times in its life.
 * @param readRow asked for the living rows of segments that are written again
 */
export function changeSegments(
  kernel: Kernel,
  segments: readonly StoredSegment[],
  removed: Iterable<string>,
  added: readonly FileRow[],
  readRow: (path: string) => FileRow,
): SegmentsChange {
  const marked = markDead(segments, removed);
  const again = segmentsToRewrite(marked, added);
  const living = marked.filter(({ id }) => again.has(id)).flatMap((part) => livingPaths(part).map(readRow));
  const change = replaceSegments(kernel, segments, marked, again, [...living, ...added]);
  const before = new Map(segments.map(({ id, dead }) => [id, dead]));
  const kept = marked.filter(({ id, dead }) => !again.has(id) && dead !== before.get(id));
  return { ...change, tombstones: kept.map(({ id, dead }) => ({ id, dead })) };
}

/** The fewest segments that hold the same: full ones in the order of paths, nothing dead. */
export function compactSegments(
  kernel: Kernel,
  segments: readonly StoredSegment[],
  readRow: (path: string) => FileRow,
): SegmentsChange {
  const parts = markDead(segments, []);
  const rows = parts.flatMap((part) => livingPaths(part).map(readRow));
  return replaceSegments(kernel, segments, parts, new Set(parts.map(({ id }) => id)), rows);
}

/** Rows as segments of at most `limits.segmentChunks` chunks, in the order of paths. */
export function buildSegments(kernel: Kernel, rows: readonly FileRow[], firstId: number): StoredSegment[] {
  const sorted = [...rows].sort((a, b) => comparePaths(a.path, b.path));
  const batches: FileRow[][] = [];
  let room = 0;
  for (const row of sorted) {
    if (batches.length === 0 || row.rowEnds.length > room) {
      batches.push([]);
      room = limits.segmentChunks;
    }
    batches.at(-1)?.push(row);
    room -= row.rowEnds.length;
  }
  return batches.map((batch, i) => ({
    id: firstId + i,
    image: kernel.buildSegment(batch),
    dead: new Uint8Array(Math.ceil(batch.length / 8)),
  }));
}

/** A generation with some files hidden and some rows beside it; costs what is replaced. */
export function layOver(
  kernel: Kernel,
  { parts }: Generation,
  hidden: Iterable<string>,
  rows: readonly FileRow[],
): Generation {
  const nextId = 1 + Math.max(0, ...parts.map(({ id }) => id));
  return openGeneration(kernel, [...markDead(parts, hidden), ...buildSegments(kernel, rows, nextId)]);
}

/** Living files by path, in no order. */
export function listFiles(
  segments: readonly StoredSegment[],
): Map<string, Pick<FileRow, "path" | "mode" | "oid" | "skipped"> & { chunks: number }> {
  const found = new Map<string, Pick<FileRow, "path" | "mode" | "oid" | "skipped"> & { chunks: number }>();
  for (const part of segments.map(openPart)) {
    for (let file = 0; file < part.segment.files; file++) {
      if (!isDead(part, file)) found.set(pathOf(part.segment, file), fileAt(part.segment, file));
    }
  }
  return found;
}

/** What a segment says of one of its files. */
export function fileAt(segment: SegmentImage, file: number) {
  const { oids, oidBytes, modes, skips, firstChunks } = segment;
  const oid = Buffer.from(oids.buffer, oids.byteOffset + file * oidBytes, oidBytes).toString("hex");
  return {
    path: pathOf(segment, file),
    mode: (modes[file] as number).toString(8).padStart(6, "0"),
    oid: /^0*$/.test(oid) ? "" : oid,
    skipped: skipReasons[(skips[file] as number) - 1] ?? null,
    chunks: (firstChunks[file + 1] as number) - (firstChunks[file] as number),
  };
}

export function pathOf({ paths, pathOffsets }: SegmentImage, file: number): string {
  const start = paths.byteOffset + (pathOffsets[file] as number);
  const length = (pathOffsets[file + 1] as number) - (pathOffsets[file] as number);
  return Buffer.from(paths.buffer, start, length).toString("utf8");
}

/** Where a living file is, or null. */
export function findFile({ parts }: Pick<Generation, "parts">, path: string): FilePlace | null {
  const name = Buffer.from(path);
  for (const [part, opened] of parts.entries()) {
    const file = fileNumber(opened.segment, name);
    if (file >= 0 && !isDead(opened, file)) return { part, file };
  }
  return null;
}

/** Number of the file that holds a chunk. */
export function fileOfChunk({ firstChunks, files }: SegmentImage, chunk: number): number {
  let [low, high] = [0, files];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((firstChunks[middle + 1] as number) <= chunk) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isDead({ dead }: StoredSegment, file: number): boolean {
  return (((dead[file >> 3] as number) >> (file & 7)) & 1) === 1;
}

/** Views into a segment's bytes. Errors: RangeError where they are no segment. */
export function openPart(stored: StoredSegment): Part {
  return { ...stored, segment: viewSegment(stored.image), names: new Map() };
}

/** The same segments, those with a removed file with new marks. */
function markDead(segments: readonly StoredSegment[], removed: Iterable<string>): Part[] {
  const parts = segments.map(openPart);
  const fresh = new Set<number>();
  for (const path of removed) {
    const place = findFile({ parts }, path);
    const part = place === null ? undefined : parts[place.part];
    if (place === null || part === undefined) continue;
    if (!fresh.has(part.id)) part.dead = part.dead.slice();
    fresh.add(part.id);
    part.dead[place.file >> 3] = (part.dead[place.file >> 3] as number) | (1 << (place.file & 7));
  }
  return parts;
}

/** Files and chunks: an image of files without chunks has a size too. */
interface Size {
  living: number;
  dead: number;
}

function sizeOf(part: Part): Size {
  const size = { living: 0, dead: 0 };
  const { firstChunks, files } = part.segment;
  for (let file = 0; file < files; file++) {
    size[isDead(part, file) ? "dead" : "living"] +=
      1 + (firstChunks[file + 1] as number) - (firstChunks[file] as number);
  }
  return size;
}

function segmentsToRewrite(parts: readonly Part[], added: readonly FileRow[]): Set<number> {
  const sizes = parts.map((part) => ({ id: part.id, ...sizeOf(part) }));
  const again = new Set(sizes.filter(({ living, dead }) => 2 * dead > living).map(({ id }) => id));
  let writing = added.reduce((sum, row) => sum + 1 + row.rowEnds.length, 0);
  for (const { id, living } of sizes) if (again.has(id)) writing += living;
  for (const { id, living } of sizes.sort((a, b) => a.living - b.living)) {
    if (again.has(id) || living > writing || 2 * living > limits.segmentChunks) continue;
    again.add(id);
    writing += living;
  }
  return again;
}

function replaceSegments(
  kernel: Kernel,
  segments: readonly StoredSegment[],
  marked: readonly Part[],
  again: ReadonlySet<number>,
  rows: readonly FileRow[],
): SegmentsChange {
  const nextId = 1 + Math.max(0, ...segments.map(({ id }) => id));
  const added = buildSegments(kernel, rows, nextId);
  const kept = marked.filter(({ id }) => !again.has(id)).map(({ id, image, dead }) => ({ id, image, dead }));
  return { dropped: [...again], tombstones: [], added, segments: [...kept, ...added] };
}

function livingPaths(part: Part): string[] {
  const paths: string[] = [];
  for (let file = 0; file < part.segment.files; file++) {
    if (!isDead(part, file)) paths.push(pathOf(part.segment, file));
  }
  return paths;
}

/** Bits by chunk as the kernel wants them, or null where every file lives. */
function deadChunks(part: Part): Uint32Array | null {
  if (part.dead.every((byte) => byte === 0)) return null;
  const { firstChunks, files, chunks } = part.segment;
  const bits = new Uint32Array(Math.ceil(chunks / 32));
  for (let file = 0; file < files; file++) {
    if (!isDead(part, file)) continue;
    for (let chunk = firstChunks[file] as number; chunk < (firstChunks[file + 1] as number); chunk++) {
      bits[chunk >> 5] = (bits[chunk >> 5] as number) | (1 << (chunk & 31));
    }
  }
  return bits;
}

function countLiving(generation: Generation, part: Part): void {
  const { files, skips, firstChunks, lengths } = part.segment;
  for (let file = 0; file < files; file++) {
    if (isDead(part, file)) continue;
    generation.files += 1;
    generation.indexedFiles += skips[file] === 0 ? 1 : 0;
    for (let chunk = firstChunks[file] as number; chunk < (firstChunks[file + 1] as number); chunk++) {
      generation.chunks += 1;
      generation.length += lengths[chunk] as number;
    }
  }
}

/** Number of the file with this path, or -1. */
function fileNumber({ paths, pathOffsets, files }: SegmentImage, name: Uint8Array): number {
  let [low, high] = [0, files];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = paths.subarray(pathOffsets[middle], pathOffsets[middle + 1]);
    const order = Buffer.compare(at, name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}
