import { addCounters, countRows } from "./counters.ts";
import { type Encoder, encodeFile, hashToken } from "./encode.ts";
import type { EngramInfo, EngramView } from "./engram.ts";
import type { FileRow } from "./file-row.ts";
import { comparePaths } from "./paths.ts";
import { type Part, searchParts, type Statistics } from "./search.ts";
import { buildSegment, postingsOf, type Segment } from "./segment.ts";
import { words } from "./tokenize.ts";
import { encoderVersion, formatVersion } from "./versions.ts";
import { lowerCase } from "./word-characters.ts";

/** Everything a view reads. */
export interface ViewState {
  encoder: Encoder;
  commit: string;
  /** Every file of the tree, by path. */
  rows: ReadonlyMap<string, FileRow>;
  /** Together they hold every indexed file once. */
  parts: readonly Part[];
  statistics: Statistics;
  /** Text of an indexed file. */
  textOf: (row: FileRow) => string;
}

/** The state of a whole tree, in one segment. */
export function treeState(
  encoder: Encoder,
  commit: string,
  rows: ReadonlyMap<string, FileRow>,
  textOf: (row: FileRow) => string,
): ViewState {
  const segment = segmentOf(rows);
  const statistics = {
    chunks: segment.chunkCount,
    length: segment.lengths.reduce((sum, length) => sum + length, 0),
    documentFrequency: (token: number) => postingsOf(segment, token).length,
  };
  return { encoder, commit, rows, parts: [{ segment, hidden: new Set() }], statistics, textOf };
}

/**
 * The state of `base` with some files replaced or removed. Costs what is replaced: the base's postings are shared, its
 * replaced files hidden, the new ones indexed beside them; the statistics are those of the joint tree, exactly.
 */
export function overlayState(base: ViewState, files: ReadonlyMap<string, string | null>, commit: string): ViewState {
  const { encoder } = base;
  const added = new Map<string, FileRow>();
  for (const [path, text] of files) {
    if (text === null) continue;
    added.set(path, encodeFile(encoder, { path, mode: "100644", oid: "" }, Buffer.from(text, "utf8")));
  }
  const replaced = [...files.keys()].flatMap((path) => base.rows.get(path) ?? []);
  const change = addCounters(countRows(added.values()), countRows(replaced), -1);
  const kept = [...base.rows].filter(([path]) => !files.has(path));
  const hiding = ({ segment, hidden }: Part): Part => ({ segment, hidden: new Set([...hidden, ...files.keys()]) });
  return {
    encoder,
    commit,
    rows: new Map([...kept, ...added]),
    parts: [...base.parts.map(hiding), { segment: segmentOf(added), hidden: new Set() }],
    statistics: {
      chunks: base.statistics.chunks + change.chunks,
      length: base.statistics.length + change.length,
      documentFrequency: (token) =>
        base.statistics.documentFrequency(token) + (change.documentFrequency.get(token) ?? 0),
    },
    textOf: (row) => files.get(row.path) ?? base.textOf(row),
  };
}

/** The read side of the engram port over a state. */
export function createView(state: ViewState): EngramView {
  const { encoder, rows, parts, statistics } = state;
  return {
    info: () => infoOf(state),
    paths: () => [...rows.keys()].sort(comparePaths),
    text(path) {
      const row = rows.get(path);
      return row === undefined || row.skipped !== null ? null : state.textOf(row);
    },
    search: (query, options) => searchParts(parts, statistics, encoder, query, options),
    pathsWithToken: (identifier) => pathsWithWords(state, words(identifier).map(lowerCase)),
  };
}

function infoOf({ commit, rows, statistics, encoder }: ViewState): EngramInfo {
  let indexedFiles = 0;
  for (const row of rows.values()) if (row.skipped === null) indexedFiles++;
  return {
    commit,
    files: rows.size,
    indexedFiles,
    chunks: statistics.chunks,
    formatVersion,
    encoderVersion,
    kernel: encoder.kernel.name,
  };
}

/** Paths that hold every one of these words; usually there is one. */
function pathsWithWords({ encoder, parts }: ViewState, found: string[]): string[] {
  const [first, ...others] = found.map((word) => pathsOfToken(parts, hashToken(encoder, word)));
  if (first === undefined) return [];
  return [...first].filter((path) => others.every((paths) => paths.has(path))).sort(comparePaths);
}

function pathsOfToken(parts: readonly Part[], token: number): Set<string> {
  const paths = new Set<string>();
  for (const { segment, hidden } of parts) {
    const { offset, length } = postingsOf(segment, token);
    for (const chunk of segment.chunks.subarray(offset, offset + length)) {
      const { path } = segment.rows[segment.rowOf[chunk] as number] as FileRow;
      if (!hidden.has(path)) paths.add(path);
    }
  }
  return paths;
}

function segmentOf(rows: ReadonlyMap<string, FileRow>): Segment {
  const indexed = [...rows.values()].filter((row) => row.skipped === null);
  return buildSegment(indexed.sort((a, b) => comparePaths(a.path, b.path)));
}
