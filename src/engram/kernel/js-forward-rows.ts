import { type FileRow, rowStart } from "../file-row.ts";

/** Forward rows of chunks and of paths, as segment-image.ts lays them out. */
export interface ForwardRows {
  rows: Uint8Array;
  offsets: Uint32Array;
  pathRows: Uint8Array;
  pathOffsets: Uint32Array;
}

/** @param ids numbers of the tokens of each file in turn: all of its text, then of its roles, then of its path */
export function writeForwardRows(files: readonly FileRow[], ids: Uint32Array): ForwardRows {
  const text = createVarintWriter();
  const path = createVarintWriter();
  const offsets = new Uint32Array(files.reduce((sum, { rowEnds }) => sum + rowEnds.length, 0) + 1);
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
