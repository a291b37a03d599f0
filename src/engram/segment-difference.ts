import type { SegmentImage } from "./kernel/segment-image.ts";
import { fileAt, isDead, type Part } from "./segments.ts";

/**
 * How what lives in a stored segment differs from a segment built afresh of the same files, or null where it does not. Where
 * files are dead the bytes cannot be the same: numbers of files, chunks and tokens are, once the dead are left out.
 */
export function segmentDifference(stored: Part, fresh: SegmentImage): string | null {
  if (stored.dead.every((byte) => byte === 0)) {
    return Buffer.compare(stored.segment.bytes, fresh.bytes) === 0 ? null : "its bytes";
  }
  const living = livingNumbers(stored);
  if (!sameFiles(stored.segment, fresh, living)) return "its files";
  if (!sameChunks(stored.segment, fresh, living)) return "its chunks";
  if (!samePostings(stored.segment, fresh, living)) return "its postings";
  return sameForwardRows(stored.segment, fresh, living) ? null : "its forward rows";
}

/** Numbers in the stored segment of what lives, in order: the place in the list is the number in the fresh one. */
interface Living {
  files: number[];
  chunks: number[];
}

function livingNumbers(stored: Part): Living {
  const { files, firstChunks } = stored.segment;
  const living: Living = { files: [], chunks: [] };
  for (let file = 0; file < files; file++) {
    if (isDead(stored, file)) continue;
    living.files.push(file);
    for (let chunk = firstChunks[file] as number; chunk < (firstChunks[file + 1] as number); chunk++) {
      living.chunks.push(chunk);
    }
  }
  return living;
}

function sameFiles(stored: SegmentImage, fresh: SegmentImage, { files }: Living): boolean {
  if (files.length !== fresh.files) return false;
  return files.every((file, i) => JSON.stringify(fileAt(stored, file)) === JSON.stringify(fileAt(fresh, i)));
}

function sameChunks(stored: SegmentImage, fresh: SegmentImage, { chunks }: Living): boolean {
  if (chunks.length !== fresh.chunks) return false;
  return chunks.every(
    (chunk, i) =>
      stored.startLines[chunk] === fresh.startLines[i] &&
      stored.spans[chunk] === fresh.spans[i] &&
      stored.lengths[chunk] === fresh.lengths[i],
  );
}

/**
 * Every token with a living posting, in order, must be the fresh segment's next one, with the same postings. Tokens without
 * are those of the paths of empty files.
 */
function samePostings(stored: SegmentImage, fresh: SegmentImage, { chunks }: Living): boolean {
  const numberOf = new Int32Array(stored.chunks).fill(-1);
  for (const [i, chunk] of chunks.entries()) numberOf[chunk] = i;
  let next = withPostings(fresh, 0);
  for (let token = 0; token < stored.dictionary.length; token++) {
    let at = fresh.offsets[next] as number;
    const first = at;
    for (let p = stored.offsets[token] as number; p < (stored.offsets[token + 1] as number); p++) {
      const chunk = numberOf[stored.ids[p] as number] as number;
      if (chunk < 0) continue;
      if (fresh.ids[at] !== chunk || fresh.impacts[at] !== stored.impacts[p]) return false;
      at += 1;
    }
    if (at === first) continue;
    if (fresh.dictionary[next] !== stored.dictionary[token] || fresh.offsets[next + 1] !== at) return false;
    next = withPostings(fresh, next + 1);
  }
  return next === fresh.dictionary.length;
}

/** Number of the first token from this one on that has postings. */
function withPostings({ offsets, dictionary }: SegmentImage, token: number): number {
  let next = token;
  while (next < dictionary.length && offsets[next] === offsets[next + 1]) next += 1;
  return next;
}

function sameForwardRows(stored: SegmentImage, fresh: SegmentImage, { files, chunks }: Living): boolean {
  const same = (a: string, b: string) => a === b;
  return (
    chunks.every((chunk, i) =>
      same(
        forwardRow(stored, stored.forward, stored.forwardOffsets, chunk),
        forwardRow(fresh, fresh.forward, fresh.forwardOffsets, i),
      ),
    ) &&
    files.every((file, i) =>
      same(
        forwardRow(stored, stored.pathForward, stored.pathForwardOffsets, file),
        forwardRow(fresh, fresh.pathForward, fresh.pathForwardOffsets, i),
      ),
    )
  );
}

/** Token ids with counts as text. segment-image.ts has the layout. */
function forwardRow({ dictionary }: SegmentImage, bytes: Uint8Array, offsets: Uint32Array, row: number): string {
  const entries: string[] = [];
  let at = offsets[row] as number;
  let number = 0;
  while (at < (offsets[row + 1] as number)) {
    let [value, scale] = [0, 1];
    for (let more = true; more; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      more = byte >= 128;
    }
    number += Math.floor(value / 4);
    const count = (value & 3) === 3 ? bytes[at++] : (value & 3) + 1;
    entries.push(`${dictionary[number]}:${count}`);
  }
  return entries.join(" ");
}
