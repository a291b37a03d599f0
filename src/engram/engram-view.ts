import { encodeFile, type Encoder, hashWords } from "./encode.ts";
import type { Chunk, EngramInfo, EngramView, ListedFile } from "./engram.ts";
import type { FileRow } from "./file-row.ts";
import { comparePaths } from "./paths.ts";
import { limits } from "../shared/limits.ts";
import { searchText, searchTokens } from "./search.ts";
import {
  fileAt,
  fileOfChunk,
  findFile,
  type Generation,
  isDead,
  layOver,
  openGeneration,
  pathOf,
  type StoredSegment,
} from "./segments.ts";
import { words } from "./tokenize.ts";
import { encoderVersion, formatVersion } from "./versions.ts";

/** What a state reads from its store, one file at a time. */
export interface StateAccess {
  /** Text of an indexed file. */
  textOf: (file: ListedFile) => string;
  /** The full row of a file of the tree. */
  rowOf: (path: string) => FileRow;
}

/** Everything a view reads. */
export interface ViewState extends StateAccess {
  encoder: Encoder;
  commit: string;
  generation: Generation;
}

/** The state of a whole tree. */
export function treeState(
  encoder: Encoder,
  commit: string,
  segments: readonly StoredSegment[],
  access: StateAccess,
): ViewState {
  const textOf = rememberTexts(access.textOf);
  return { encoder, commit, generation: openGeneration(encoder.kernel, segments), ...access, textOf };
}

/** To look at one change, the same files are unpacked again and again. Those that were read last are kept. */
function rememberTexts(read: StateAccess["textOf"]): StateAccess["textOf"] {
  const texts = new Map<string, string>();
  let characters = 0;
  return (file) => {
    const known = texts.get(file.oid);
    if (known !== undefined) return known;
    const text = read(file);
    if (file.oid === "" || text.length > limits.keptTextCharacters / 8) return text;
    texts.set(file.oid, text);
    characters += text.length;
    for (const [oid, { length }] of texts) {
      if (characters <= limits.keptTextCharacters) break;
      texts.delete(oid);
      characters -= length;
    }
    return text;
  };
}

/**
 * The state of `base` with some files replaced or removed. Costs what is replaced: the base's segments are shared, its
 * replaced files hidden, the new ones indexed beside them; hits, scores and order are those of the joint tree.
 */
export async function overlayState(
  base: ViewState,
  files: ReadonlyMap<string, string | null>,
  commit: string,
): Promise<ViewState> {
  const { encoder } = base;
  const rows = new Map<string, FileRow>();
  for (const [path, text] of files) {
    if (text === null) continue;
    await encoder.units.prepare([path]); // before each: a text may break the grammars for those after it
    rows.set(path, encodeFile(encoder, { path, mode: "100644", oid: "" }, Buffer.from(text)));
  }
  return {
    encoder,
    commit,
    generation: layOver(encoder.kernel, base.generation, files.keys(), [...rows.values()]),
    textOf: (file) => files.get(file.path) ?? base.textOf(file),
    rowOf: (path) => rows.get(path) ?? base.rowOf(path),
  };
}

/** The read side of the engram port over a state. */
export function createView(state: ViewState): EngramView {
  const { encoder, generation } = state;
  const file = (path: string) => fileOf(generation, path);
  return {
    info: () => infoOf(state),
    paths: () => filesOf(generation).map(({ path }) => path),
    files: () => filesOf(generation),
    file,
    chunks: (path) => chunksOf(generation, path),
    text(path) {
      const found = file(path);
      return found === null || found.skipped !== null ? null : state.textOf(found);
    },
    row: (path) => (file(path) === null ? null : state.rowOf(path)),
    *rows(filter = () => true) {
      for (const { path, skipped } of filesOf(generation))
        if (skipped === null && filter(path)) yield state.rowOf(path);
    },
    frequencies: (tokens) => generation.index.frequencies(tokens),
    search: (query, options) => searchText(generation, encoder, query, options),
    searchVector: (vector, options) => searchTokens(generation, vector, options),
    pathsWithToken: (identifier) => pathsWithWords(state, words(identifier)),
    pathsWithTokenId: (token) => [...pathsOfToken(generation, token)].sort(comparePaths),
  };
}

function infoOf({ commit, generation, encoder }: ViewState): EngramInfo {
  const { files, indexedFiles, chunks, length } = generation;
  return {
    commit,
    files,
    indexedFiles,
    chunks,
    length,
    formatVersion,
    encoderVersion,
    grammars: encoder.units.version,
    seed: encoder.seed,
    kernel: encoder.kernel.name,
  };
}

function fileOf(generation: Generation, path: string): ListedFile | null {
  const place = findFile(generation, path);
  const part = place === null ? undefined : generation.parts[place.part];
  return place === null || part === undefined ? null : fileAt(part.segment, place.file);
}

function filesOf({ parts }: Generation): ListedFile[] {
  const found: ListedFile[] = [];
  for (const part of parts) {
    for (let file = 0; file < part.segment.files; file++) {
      if (!isDead(part, file)) found.push(fileAt(part.segment, file));
    }
  }
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

function chunksOf(generation: Generation, path: string): Chunk[] {
  const place = findFile(generation, path);
  const part = place === null ? undefined : generation.parts[place.part];
  if (place === null || part === undefined) return [];
  const { firstChunks, startLines, spans } = part.segment;
  const first = firstChunks[place.file] as number;
  const count = (firstChunks[place.file + 1] as number) - first;
  return Array.from({ length: count }, (_, i) => {
    const startLine = startLines[first + i] as number;
    return { path, startLine, endLine: startLine + (spans[first + i] as number) };
  });
}

/** Paths that hold every one of these words; usually there is one. */
function pathsWithWords({ encoder, generation }: ViewState, found: string[]): string[] {
  if (found.length === 0) return [];
  const [first, ...others] = Array.from(hashWords(encoder, found), (token) => pathsOfToken(generation, token));
  return [...(first ?? [])].filter((path) => others.every((paths) => paths.has(path))).sort(comparePaths);
}

function pathsOfToken({ parts, index }: Generation, token: number): Set<string> {
  const paths = new Set<string>();
  for (const [i, { segment }] of parts.entries()) {
    let last = -1;
    for (const chunk of index.chunksWith(i, token)) {
      const file = fileOfChunk(segment, chunk);
      if (file !== last) paths.add(pathOf(segment, file));
      last = file;
    }
  }
  return paths;
}
