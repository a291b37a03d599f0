import { directoriesFor, directoryOf, type DirectorySums, sumDirectories } from "../src/engram/algebra/directories.ts";
import { usersOfRemoved } from "../src/engram/algebra/roles.ts";
import { bind, cosine, fileVector, difference, type IntegerVector } from "../src/engram/algebra/token-vector.ts";
import type { Encoder } from "../src/engram/encode.ts";
import type { ChunkHit, Engram, EngramView } from "../src/engram/engram.ts";
import type { FileRow } from "../src/engram/file-row.ts";
import { type CodeFile, readCodeFile } from "../src/retrieval/code-file.ts";
import { spread } from "./statistics.ts";

/** Other files that a directory must have to be an answer. */
const leastFiles = 2;

export interface DirectoryFigures {
  n: number;
  directories: number;
  top1: number;
  top3: number;
  /** The same by searching for the file's words and counting the directories of the ten best other files. */
  searchTop3: number;
  /** The same sums compared without weights. */
  rawTop3: number;
}

/** Held-out files: which directory does each belong to? */
export function measureDirectories(engram: EngramView, rows: readonly FileRow[], quick: boolean): DirectoryFigures {
  const sums = sumDirectories(rows);
  const housed = rows.filter(({ path }) => (sums.sums.get(directoryOf(path))?.files ?? 0) > leastFiles);
  const asked = spread(housed, quick ? 60 : 300);
  const right = { top1: 0, top3: 0, search: 0, raw: 0 };
  for (const row of asked) {
    const own = directoryOf(row.path);
    const vector = fileVector(row, ["text"]);
    const hits = directoriesFor(sums, vector, { held: own, least: leastFiles });
    right.top1 += hits[0]?.directory === own ? 1 : 0;
    right.top3 += hits.slice(0, 3).some(({ directory }) => directory === own) ? 1 : 0;
    right.search += bySearch(engram, sums, row).includes(own) ? 1 : 0;
    right.raw += rawDirectories(sums, vector, own).includes(own) ? 1 : 0;
  }
  const of = (count: number) => count / asked.length;
  return {
    n: asked.length,
    directories: [...sums.sums.values()].filter(({ files }) => files >= leastFiles).length,
    top1: of(right.top1),
    top3: of(right.top3),
    searchTop3: of(right.search),
    rawTop3: of(right.raw),
  };
}

/** The directories of the files whose chunks are most like the file's text, one vote a file, the nearer first. */
function bySearch(engram: EngramView, sums: DirectorySums, row: FileRow): string[] {
  const vector = fileVector(row, ["text"]);
  const hits = engram.searchVector(vector, { k: 20, filter: (path) => path !== row.path });
  const votes = new Map<string, number>();
  for (const path of new Set(hits.map((hit) => hit.path))) {
    const directory = directoryOf(path);
    if ((sums.sums.get(directory)?.files ?? 0) < leastFiles) continue;
    votes.set(directory, (votes.get(directory) ?? 0) + 1);
  }
  return [...votes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([directory]) => directory);
}

function rawDirectories({ sums }: DirectorySums, vector: IntegerVector, own: string): string[] {
  const hits = [...sums].map(([directory, one]) => {
    const rest = directory === own ? difference(one.vector, vector) : one.vector;
    return { directory, score: cosine(vector, rest) };
  });
  return hits
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ directory }) => directory);
}

export interface RoleFigures {
  definitions: number;
  edges: number;
  precision: number;
  recall: number;
  plainPrecision: number;
  plainRecall: number;
}

/**
 * A definition is removed in memory (its name is replaced): which chunks call or import it? Truth is read by other means than
 * the roles, in code whose comments and strings are blanked out. Precision: the name stands in the chunk's code. Recall:
 * of the chunks that call it (`name(`), how many are found. Names of four letters and more that are defined once, by these
 * means and by the roles: a name alone does not say whose it is.
 */
export async function measureRoles(encoder: Encoder, engram: Engram, quick: boolean): Promise<RoleFigures> {
  const files = codeFiles(engram);
  const defined = new Map<string, { file: CodeFile; line: number }[]>();
  for (const file of files) {
    for (const { name, kind, line } of file.definitions) {
      if ((kind !== "function" && kind !== "type") || name.length < 4) continue;
      defined.set(name, [...(defined.get(name) ?? []), { file, line }]);
    }
  }
  const once = [...defined].filter(([, places]) => places.length === 1).sort(([a], [b]) => (a < b ? -1 : 1));
  const tally = { definitions: 0, edges: 0, found: 0, right: 0, calls: 0, plainFound: 0, plainRight: 0, plainCalls: 0 };
  for (const [name, [place]] of spread(once, quick ? 200 : 1_000)) {
    const { file, line } = place as { file: CodeFile; line: number };
    if (engram.frequencies(bind(wholeWord(encoder, name), "defines", encoder.seed).tokens)[0] !== 1) continue;
    const truth = usesInCode(engram, files, name, file.path);
    if (truth.calls.size === 0 || tally.definitions >= (quick ? 40 : 200)) continue;
    const lines = file.text.split("\n");
    lines[line - 1] = lines[line - 1]?.replaceAll(name, "nameThatNobodyUses") ?? "";
    const text = lines.join("\n");
    const view = await engram.overlay(new Map([[file.path, text]]), "without");
    const before = engram.row(file.path) as FileRow;
    const after = view.row(file.path) as FileRow;
    const elsewhere = { k: 500, filter: (path: string) => path !== file.path };
    const hits = usersOfRemoved(view, [before], [after], elsewhere);
    const plain = view.searchVector(wholeWord(encoder, name), elsewhere);
    tally.definitions++;
    tally.edges += truth.calls.size;
    tally.found += hits.length;
    tally.right += hits.filter((hit) => truth.code.has(placeOf(hit))).length;
    tally.calls += hits.filter((hit) => truth.calls.has(placeOf(hit))).length;
    tally.plainFound += plain.length;
    tally.plainRight += plain.filter((hit) => truth.code.has(placeOf(hit))).length;
    tally.plainCalls += plain.filter((hit) => truth.calls.has(placeOf(hit))).length;
  }
  return {
    definitions: tally.definitions,
    edges: tally.edges,
    precision: tally.right / tally.found,
    recall: tally.calls / tally.edges,
    plainPrecision: tally.plainRight / tally.plainFound,
    plainRecall: tally.plainCalls / tally.edges,
  };
}

function codeFiles(engram: EngramView): CodeFile[] {
  return engram.files().flatMap(({ path, chunks }) => {
    const text = chunks === 0 ? null : engram.text(path);
    return (text === null ? null : readCodeFile(path, text)) ?? [];
  });
}

/** Chunks of other files in whose code the name stands, and those that call it. */
function usesInCode(engram: EngramView, files: readonly CodeFile[], name: string, home: string) {
  const places = { code: new Set<string>(), calls: new Set<string>() };
  const use = new RegExp(`(?<![\\w$])${name}(?![\\w$])([ \\t]*\\()?`);
  for (const { path, code } of files) {
    if (path === home || !code.includes(name)) continue;
    const chunks = engram.chunks(path);
    for (const [i, line] of code.split("\n").entries()) {
      const match = line.includes(name) ? use.exec(line) : null;
      const chunk = chunks.find(({ startLine, endLine }) => startLine <= i + 1 && i + 1 <= endLine);
      if (match === null || chunk === undefined) continue;
      places.code.add(placeOf(chunk));
      if (match[1] !== undefined) places.calls.add(placeOf(chunk));
    }
  }
  return places;
}

/** The plain token of an identifier, without its parts. */
function wholeWord(encoder: Encoder, name: string): IntegerVector {
  const utf8 = Buffer.from(name.toLowerCase());
  const tokens = encoder.kernel.hashTokens(utf8, Uint32Array.of(utf8.length), encoder.seed);
  return { tokens, values: Int32Array.of(1) };
}

function placeOf({ path, startLine }: Pick<ChunkHit, "path" | "startLine">): string {
  return `${path}:${startLine}`;
}
