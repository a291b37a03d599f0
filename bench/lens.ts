import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobId, treeRevision } from "../src/engram/blob-id.ts";
import { gitSource } from "../src/engram/git-source.ts";
import { murmur3 } from "../src/engram/kernel/murmur3.ts";
import { createLens, type Lens } from "../src/engram/lens.ts";
import { openEngramFile, updateEngramFile } from "../src/engram/sqlite-engram-store.ts";
import { defaultDimensions, positionOf, signOf, toTokenId } from "../src/engram/token-space.ts";
import type { TreeSource } from "../src/engram/tree-source.ts";
import { gitText } from "../src/shared/git.ts";
import { openLocalClone, resolveCommit } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";

/**
 * What keyed engrams still tell (docs/lens.md): to an onlooker who has the files, and to one who also has a sketch or the
 * seed; and what a key costs. Nothing here has the key where it says that it has not.
 */
export async function benchLens(options: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "lens-"));
  try {
    say("lens: what files tell");
    const rows = [...(await lookAtFiles(folder)), ...(await lookAtSketch(folder, options.quick))];
    say("lens: what a key costs");
    rows.push(...(await measureCost(folder, options.repo, options.quick ? 1 : 3)));
    return {
      rows: rows.map(([, , text, name]) => [name, text]),
      figures: Object.fromEntries(rows.map(([key, value]) => [`lens.${key}`, value])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Row = [key: string, value: number, text: string, name: string];

const pageBytes = 16_384;
const files = 60;

/** A small tree of made-up code; `version` changes the first files. */
function treeOf(changed: number): Map<string, Buffer> {
  return new Map(
    Array.from({ length: files }, (_, i) => {
      const version = i < changed ? 2 : 1;
      const lines = Array.from({ length: 80 }, (_, line) => codeLine(i, line, version));
      return [`src/part${i % 6}/file${i}.ts`, Buffer.from(lines.join("\n"))];
    }),
  );
}

const verbs = ["open", "close", "merge", "split", "render", "parse", "verify", "collect", "measure", "schedule"];
const nouns = [
  "invoice",
  "payment",
  "customer",
  "order",
  "session",
  "report",
  "address",
  "shipment",
  "refund",
  "ledger",
];

function codeLine(file: number, line: number, version: number): string {
  const noise = createHash("sha256").update(`${file}.${line}.${version}`).digest();
  const verb = verbs[(noise[0] as number) % verbs.length];
  const noun = nouns[(noise[1] as number) % nouns.length];
  return `export function ${verb}${noun}${noise.readUInt16LE(2)}(${noun}: string) { return ${verb}(${noun}, ${line}); }`;
}

function sourceOf(tree: ReadonlyMap<string, Buffer>): TreeSource {
  const entries = Array.from(tree, ([path, data]) => ({ path, mode: "100644", oid: blobId(data) }));
  const byId = new Map(Array.from(tree.values(), (data) => [blobId(data), data]));
  return {
    revision: treeRevision(entries),
    entries: async () => entries,
    sizes: async (oids) => new Map(oids.map((oid) => [oid, byId.get(oid)?.length ?? 0])),
    async *blobs(oids) {
      for (const oid of oids) yield { oid, data: byId.get(oid) ?? Buffer.alloc(0) };
    },
  };
}

/** Brings a file to a tree and gives the bytes that then lie on the disk. */
async function written(file: string, tree: ReadonlyMap<string, Buffer>, lens?: Lens): Promise<Buffer> {
  (await updateEngramFile(file, sourceOf(tree), { keep: "all", lens })).engram.close();
  return readFileSync(file);
}

async function lookAtFiles(folder: string): Promise<Row[]> {
  const at = (name: string) => join(folder, `${name}.engram`);
  const lens = createLens(randomBytes(32));
  const first = await written(at("a"), treeOf(0), lens);
  const one = await written(at("a"), treeOf(1), lens);
  const ten = await written(at("a"), treeOf(10), lens);
  const sameKey = await written(at("b"), treeOf(1), lens);
  const otherKey = await written(at("c"), treeOf(1), createLens(randomBytes(32)));
  const plain = await written(at("plain"), treeOf(0));
  const small = await written(at("small"), new Map([...treeOf(0)].slice(0, 6)), lens);
  const known = [...verbs, ...nouns, ...treeOf(0).keys(), "CREATE TABLE", "SQLite format 3"];
  const found = (bytes: Buffer) => known.filter((word) => bytes.includes(word)).length;
  const share = (bytes: Buffer) => equalPages(first, bytes) / (first.length / pageBytes);
  const file = "onlooker with the file";
  const two = "onlooker with two copies";
  return [
    [
      "words_found",
      found(first),
      `${found(first)} of ${known.length} known words and paths stand in it (not keyed: ${found(plain)})`,
      file,
    ],
    ["bytes_60_files", first.length, `its size: ${first.length} bytes for ${files} files, ${small.length} for 6`, file],
    ["header_bytes", 8, "its header: 8 bytes, the size of pages and constants of SQLite; when it was written", file],
    [
      "pages_update_1",
      changedPages(first, one),
      `an update of 1 file writes ${changedPages(first, one)} pages of ${first.length / pageBytes}, and they are known by their numbers`,
      two,
    ],
    ["pages_update_10", changedPages(one, ten), `an update of 9 more writes ${changedPages(one, ten)}`, two],
    [
      "equal_same_key",
      share(sameKey),
      `two engrams of nearly the same tree and one key: ${percent(share(sameKey))} of the pages are equal`,
      two,
    ],
    ["equal_other_key", share(otherKey), `with a key each: ${percent(share(otherKey))}`, two],
  ];
}

function equalPages(a: Buffer, b: Buffer): number {
  const count = Math.min(a.length, b.length) / pageBytes;
  const page = (bytes: Buffer, i: number) => bytes.subarray(i * pageBytes, (i + 1) * pageBytes);
  return Array.from({ length: count }).filter((_, i) => page(a, i).equals(page(b, i))).length;
}

function changedPages(before: Buffer, after: Buffer): number {
  return after.length / pageBytes - equalPages(before, after);
}

/** Somebody was given the sum of all vectors, or the seed as well, and guesses words. */
async function lookAtSketch(folder: string, quick: boolean): Promise<Row[]> {
  const lens = createLens(randomBytes(32));
  const file = join(folder, "sketch.engram");
  const { engram } = await updateEngramFile(file, sourceOf(treeOf(0)), { keep: "all", lens });
  const sketch = engram.hypervector();
  engram.close();
  const usual = ["export", "function", "string", "return"].map((word) => Buffer.from(word));
  const right = scoreOf(sketch, usual, lens.seed);
  const seeds = quick ? 1 << 18 : 1 << 21;
  const started = performance.now();
  let better = 0;
  for (let seed = 0; seed < seeds; seed++) if (seed !== lens.seed && scoreOf(sketch, usual, seed) >= right) better++;
  const minutes = (((performance.now() - started) / seeds) * 2 ** 32) / 60_000;
  const there = recognised(sketch, [...verbs, ...nouns], lens.seed);
  const absent = recognised(
    sketch,
    Array.from({ length: 2_000 }, (_, i) => `absent${i * 7919}`),
    lens.seed,
  );
  const sketchOnly = "who has a sketch";
  const seedToo = "who has a sketch and the seed";
  return [
    [
      "seeds_better",
      better,
      `${better} of ${seeds} wrong seeds fit four usual words of code as well as the right one`,
      sketchOnly,
    ],
    [
      "seed_search_minutes",
      minutes,
      `so all 2^32 seeds are tried in ${minutes.toFixed(0)} minutes on one core: 32 bits hide nothing from a search`,
      sketchOnly,
    ],
    [
      "words_recognised",
      there,
      `${percent(there)} of the tree's ${verbs.length + nouns.length} usual words recognised, ${percent(absent)} of words that are not in it`,
      seedToo,
    ],
  ];
}

/** The least that one of the words adds up to; stops where a word is not there. */
function scoreOf(sketch: Int32Array, words: readonly Buffer[], seed: number): number {
  let least = Infinity;
  for (const word of words) {
    least = Math.min(least, weightOf(sketch, word, seed));
    if (least <= 0) return least;
  }
  return least;
}

function weightOf(sketch: Int32Array, word: Buffer, seed: number): number {
  const token = toTokenId(murmur3(word, 0, word.length, seed));
  return signOf(token) * (sketch[positionOf(token) % defaultDimensions] as number);
}

/** Share of words that look as if they stood in several chunks. */
function recognised(sketch: Int32Array, words: readonly string[], seed: number): number {
  return words.filter((word) => weightOf(sketch, Buffer.from(word), seed) >= 8).length / words.length;
}

const costs = ["ingest", "open", "search"] as const;
type Times = Record<(typeof costs)[number], number>;

/** The least of several rounds, keyed and not keyed by turns. */
async function measureCost(folder: string, repo: string, rounds: number): Promise<Row[]> {
  const { gitDir } = await openLocalClone(repo);
  const source = await gitSource(gitDir, await resolveCommit(gitDir, "HEAD"));
  const questions = (await gitText(gitDir, ["log", "--format=%s", "--max-count=200", "HEAD"])).split("\n");
  const least: Record<"plain" | "keyed", Times> = { plain: noTimes(), keyed: noTimes() };
  const lens = createLens(randomBytes(32));
  for (let round = 0; round < rounds; round++) {
    for (const kind of ["plain", "keyed"] as const) {
      const file = join(folder, `cost-${kind}-${round}.engram`);
      const times = await timesOf(file, source, questions, kind === "keyed" ? lens : undefined);
      for (const what of costs) least[kind][what] = Math.min(least[kind][what], times[what]);
    }
  }
  return costs.map((what): Row => {
    const [keyed, plain] = [least.keyed[what], least.plain[what]];
    return [
      `${what}_ratio`,
      keyed / plain,
      `${keyed.toFixed(2)} ms, not keyed ${plain.toFixed(2)} ms`,
      `cost: ${what}`,
    ];
  });
}

function noTimes(): Times {
  return { ingest: Infinity, open: Infinity, search: Infinity };
}

async function timesOf(file: string, source: TreeSource, questions: readonly string[], lens?: Lens): Promise<Times> {
  const times = noTimes();
  const start = performance.now();
  (await updateEngramFile(file, source, { keep: "all", lens })).engram.close();
  times.ingest = performance.now() - start;
  for (let i = 0; i < 10; i++) {
    const opening = performance.now();
    const engram = await openEngramFile(file, { lens });
    const searching = performance.now();
    for (const question of questions) engram.search(question, { k: 10 });
    times.open = Math.min(times.open, searching - opening);
    times.search = Math.min(times.search, (performance.now() - searching) / questions.length);
    engram.close();
  }
  return times;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
