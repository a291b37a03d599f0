import type { ChangeSides } from "./change-vector.ts";
import { type IntegerVector, sum } from "./token-vector.ts";

/**
 * Changes as columns, to be kept: change i has the entries from ends[i − 1] to ends[i] − 1, tokens ascending. A count above
 * 65,535 is 65,535.
 */
export interface ChangeColumns {
  /** What the caller calls each change: a commit's id, or a hunk's place. */
  names: string[];
  ends: Uint32Array;
  tokens: Uint32Array;
  added: Uint16Array;
  removed: Uint16Array;
}

export function collectChanges(changes: Iterable<{ name: string; sides: ChangeSides }>): ChangeColumns {
  const all = [...changes].map(({ name, sides }) => ({ name, entries: mergeSides(sides) }));
  const size = all.reduce((total, { entries }) => total + entries.tokens.length, 0);
  const columns = {
    names: all.map(({ name }) => name),
    ends: new Uint32Array(all.length),
    tokens: new Uint32Array(size),
    added: new Uint16Array(size),
    removed: new Uint16Array(size),
  };
  let end = 0;
  for (const [i, { entries }] of all.entries()) {
    columns.tokens.set(entries.tokens, end);
    columns.added.set(entries.added, end);
    columns.removed.set(entries.removed, end);
    columns.ends[i] = end += entries.tokens.length;
  }
  return columns;
}

/** Changes `first` to `end` − 1 by themselves. Shares the numbers of the columns that are cut. */
export function sliceChanges(columns: ChangeColumns, first: number, end: number): ChangeColumns {
  const start = first === 0 ? 0 : (columns.ends[first - 1] ?? columns.tokens.length);
  const stop = end === 0 ? 0 : (columns.ends[end - 1] ?? columns.tokens.length);
  return {
    names: columns.names.slice(first, end),
    ends: columns.ends.slice(first, end).map((one) => one - start),
    tokens: columns.tokens.subarray(start, stop),
    added: columns.added.subarray(start, stop),
    removed: columns.removed.subarray(start, stop),
  };
}

/** "ECHG", little-endian. */
const magic = 0x47484345;
const version = 1;
const headerBytes = 20;

/**
 * Columns as bytes, little-endian: magic, version, numbers of changes and entries, bytes of names (uint32 each), ends,
 * tokens, added, removed, then the names as JSON.
 */
export function packChanges({ names, ends, tokens, added, removed }: ChangeColumns): Uint8Array {
  const json = Buffer.from(JSON.stringify(names));
  const header = Uint32Array.of(magic, version, names.length, tokens.length, json.length);
  const columns = [header, ends, tokens, added, removed];
  const bytes = columns.map((column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return Buffer.concat([...bytes, json]);
}

/** The inverse of `packChanges`. Throws RangeError where the bytes are not such columns or of another version. */
export function unpackChanges(packed: Uint8Array): ChangeColumns {
  if (packed.byteLength < headerBytes) throw new RangeError("not columns of changes");
  const bytes = new Uint8Array(packed).buffer; // a copy, because columns begin at multiples of four
  const [found, layout, count = 0, entries = 0, nameBytes = 0] = new Uint32Array(bytes, 0, 5);
  const expected = headerBytes + 4 * count + 8 * entries + nameBytes;
  if (found !== magic || layout !== version || bytes.byteLength !== expected) {
    throw new RangeError("not columns of changes");
  }
  const tokensAt = headerBytes + 4 * count;
  const countsAt = tokensAt + 4 * entries;
  const columns = {
    names: namesOf(Buffer.from(bytes, countsAt + 4 * entries).toString("utf8")),
    ends: new Uint32Array(bytes, headerBytes, count),
    tokens: new Uint32Array(bytes, tokensAt, entries),
    added: new Uint16Array(bytes, countsAt, entries),
    removed: new Uint16Array(bytes, countsAt + 2 * entries, entries),
  };
  const ascend = columns.ends.every((end, i) => end >= (columns.ends[i - 1] ?? 0));
  if (columns.names.length !== count || !ascend || (columns.ends[count - 1] ?? 0) !== entries) {
    throw new RangeError("columns of changes do not fit");
  }
  return columns;
}

function namesOf(json: string): string[] {
  try {
    const names = JSON.parse(json) as unknown;
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

/** Both sides over one list of tokens. */
export function mergeSides({ removed, added }: ChangeSides): Omit<ChangeColumns, "names" | "ends"> {
  const { tokens } = sum([removed, added]);
  return { tokens, added: countsOf(added, tokens), removed: countsOf(removed, tokens) };
}

/** The vector's values for these tokens, which hold all of its own, in the same order. */
function countsOf({ tokens, values }: IntegerVector, all: Uint32Array): Uint16Array {
  let next = 0;
  return Uint16Array.from(all, (token) => (tokens[next] === token ? Math.min(values[next++] as number, 0xffff) : 0));
}
