/**
 * The engram beside vector stores with embeddings of all-MiniLM-L6-v2: the same corpus and the same queries as
 * `bench -- engram` (docs/benchmarks.md), files found among the first ten.
 *
 *   npx tsx bench/report/compare-vectors.ts --repo DIR --encoder all-minilm-l6-v2-f16.gguf
 *     [--queries N] [--python PYTHON-WITH-FAISS] [--usearch node_modules/usearch] [--work DIR] [--out FILE.json]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { EngramView } from "../../src/engram/engram.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { openEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { createCoreBudget } from "../../src/model/core-budget.ts";
import type { Encoder } from "../../src/model/encoder.ts";
import { loadLlamaEncoder } from "../../src/model/llama-encoder.ts";
import { say } from "../bench.ts";
import { type BuiltCorpus, buildCorpus, copyEngram } from "../engram/built-corpus.ts";
import { type Corpus, openCorpus } from "../engram/corpus.ts";
import { type Query, queriesOfHistory, type QueryKind, queryKinds } from "../engram/queries.ts";
import { createTable } from "../engram/table.ts";
import { addUpdateRows } from "../engram/update.ts";
import { median, spread } from "../statistics.ts";
import { fileRecall, type Ranking, reciprocalRanks, summarise } from "./file-recall.ts";
import { encodeAll, type Piece, piecesOf, queryPieces, type Vectors } from "./pieces.ts";
import { faiss, scan, type StoreRun, usearch } from "./vector-stores.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string" },
    encoder: { type: "string" },
    queries: { type: "string", default: "100" },
    python: { type: "string" },
    usearch: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
  },
});

/** Rows asked of a store for each piece of a query: the best ten files are among them. */
const askedRows = 200;
/** Files that one push changes, as in the bench of the engram. */
const changedFiles = 10;

if (values.repo === undefined || values.encoder === undefined) throw new Error("name --repo and --encoder");
const work = values.work ?? mkdtempSync(join(tmpdir(), "bench-vectors-"));
mkdirSync(work, { recursive: true });
const encoder = await loadLlamaEncoder({ path: resolve(values.encoder), budget: createCoreBudget(1) });
try {
  const figures = await compare(values.repo, Number(values.queries), encoder);
  const text = `${JSON.stringify(figures, null, 2)}\n`;
  process.stdout.write(text);
  if (values.out !== undefined) {
    mkdirSync(dirname(values.out), { recursive: true });
    writeFileSync(values.out, text);
  }
} finally {
  await encoder.close();
  if (values.work === undefined) rmSync(work, { recursive: true, force: true });
}

async function compare(repo: string, count: number, encoder: Encoder): Promise<Record<string, unknown>> {
  const { kernel } = loadKernel();
  const corpus = await openCorpus({ repos: [repo], chunks: undefined, commits: 300 });
  const built = await buildCorpus(corpus, work, kernel);
  const engram = await openEngramFile(built.file, { kernel });
  const pieces = piecesOf(engram);
  const vectors = await encodeAll(
    encoder,
    pieces.map(({ text }) => text),
    work,
  );
  const queries = askedQueries(engram, corpus, count);
  const asked = queries.flatMap(({ text }, query) => queryPieces(text).map((piece) => ({ query, piece })));
  const queryVectors = await encodeAll(
    encoder,
    asked.map(({ piece }) => piece),
    work,
  );
  const stores = runStores(vectors, queryVectors, pieces);
  const ours = rankByEngram(engram, queries);
  const bases = { queries, ours: ours.rankings };
  const exact = rankByStore(stores[0] as StoreRun, asked, queries, pieces);
  const joined = queries.map((_, i) => reciprocalRanks([ours.rankings[i] ?? [], exact[i] ?? []]));
  engram.close();
  return {
    about: "the engram beside vector stores, recall@10 of files",
    command: `npx tsx bench/report/compare-vectors.ts ${process.argv.slice(2).map(named).join(" ")}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}, shared with other work`,
    corpus: { chunks: built.tokens.chunks, files: built.files, bytes: built.sourceBytes, pieces: pieces.length },
    queries: Object.fromEntries(queryKinds.map((kind) => [kind, queries.filter((each) => each.kind === kind).length])),
    encoding: {
      model: encoder.identity.name,
      dimensions: encoder.dimensions,
      corpusSeconds: vectors.ms / 1_000,
      msPerPiece: vectors.ms / vectors.rows,
      msPerQueryPiece: queryVectors.ms / queryVectors.rows,
    },
    engram: {
      ...recallOf(bases, ours.rankings),
      ...searchTimes(queries, ours.ms),
      buildMs: built.ingestMs,
      bytes: built.imageBytes,
      updateMs: await engramUpdateMs(built, corpus),
    },
    joined: recallOf(bases, joined),
    stores: stores.map((store) => storeFigures(store, asked, bases, pieces)),
    changedPieces: changedPieces(pieces),
  };
}

interface AskedQuery extends Query {
  kind: QueryKind;
}

interface AskedPiece {
  query: number;
  piece: string;
}

/** The newest commits' messages and diffs of which is known which files they should find. */
function askedQueries(view: EngramView, corpus: Corpus, count: number): AskedQuery[] {
  const told = corpus.parts.map((part) => queriesOfHistory(view, part));
  return queryKinds.flatMap((kind) => {
    const answered = told.flatMap((queries) => queries[kind].filter(({ relevant }) => relevant.length > 0));
    return spread(answered, count).map((query) => ({ ...query, kind }));
  });
}

function runStores(vectors: Vectors, queries: Vectors, pieces: readonly Piece[]): StoreRun[] {
  const task = { vectors, queries, k: askedRows, changed: changedPieces(pieces), work };
  say("scan");
  const runs = [scan(task)];
  if (values.python !== undefined) runs.push(...faiss(task, values.python));
  if (values.usearch !== undefined) runs.push(usearch(task, resolve(values.usearch)));
  return runs;
}

/** Pieces of ten files of usual size. */
function changedPieces(pieces: readonly Piece[]): number {
  const files = new Set(pieces.map(({ path }) => path)).size;
  return Math.max(1, Math.round((changedFiles * pieces.length) / files));
}

function rankByEngram(view: EngramView, queries: readonly AskedQuery[]): { rankings: Ranking[]; ms: number[] } {
  const ms: number[] = [];
  const rankings = queries.map(({ text, own }) => {
    const filter = own === null ? {} : { filter: (path: string) => path !== own };
    view.search(text, { k: 50, ...filter });
    const started = performance.now();
    const hits = view.search(text, { k: 50, ...filter });
    ms.push(performance.now() - started);
    return [...new Set(hits.map(({ path }) => path))];
  });
  return { rankings, ms };
}

/** A file stands where its best piece does, for the query's best piece. */
function rankByStore(
  store: StoreRun,
  asked: readonly AskedPiece[],
  queries: readonly AskedQuery[],
  pieces: readonly Piece[],
): Ranking[] {
  const scores = queries.map(() => new Map<string, number>());
  for (const [row, { query }] of asked.entries()) {
    for (const [hit, cosine] of store.hits[row] ?? []) {
      const path = pieces[hit]?.path ?? "";
      const files = scores[query] as Map<string, number>;
      if (path !== queries[query]?.own) files.set(path, Math.max(cosine, files.get(path) ?? -1));
    }
  }
  return scores.map((files) => [...files].sort((a, b) => b[1] - a[1]).map(([path]) => path));
}

interface Bases {
  queries: readonly AskedQuery[];
  ours: readonly Ranking[];
}

/** Mean share of the relevant files among the first ten, beside what the engram found. */
function recallOf({ queries, ours }: Bases, rankings: readonly Ranking[]): Record<string, unknown> {
  return Object.fromEntries(
    queryKinds.map((kind) => {
      const pairs = queries.flatMap((query, i) =>
        query.kind !== kind
          ? []
          : [{ here: fileRecall(query.relevant, rankings[i] ?? []), ours: fileRecall(query.relevant, ours[i] ?? []) }],
      );
      return [`recall10.${kind}`, summarise(pairs)];
    }),
  );
}

function storeFigures(store: StoreRun, asked: readonly AskedPiece[], bases: Bases, pieces: readonly Piece[]) {
  const whole = bases.queries.map(() => 0);
  for (const [row, { query }] of asked.entries()) whole[query] = (whole[query] ?? 0) + (store.searchMs[row] ?? 0);
  return {
    name: store.name,
    ...recallOf(bases, rankByStore(store, asked, bases.queries, pieces)),
    ...searchTimes(bases.queries, whole),
    buildMs: store.buildMs,
    bytes: store.bytes,
    updateMs: store.updateMs,
  };
}

function searchTimes(queries: readonly AskedQuery[], ms: readonly number[]): Record<string, number> {
  const of = (kind: QueryKind) => median(ms.filter((_, i) => queries[i]?.kind === kind));
  return { "searchMs.msg": of("msg"), "searchMs.hunk": of("hunk") };
}

/** As `bench -- engram` has it: ten files changed, from listing the tree to the engram being open again. */
async function engramUpdateMs(built: BuiltCorpus, corpus: Corpus): Promise<unknown> {
  const table = createTable();
  await addUpdateRows(table, built, copyEngram(built, work), corpus.source, loadKernel().kernel, 5);
  return table.figures["update.ms"];
}

/** Folders are nobody's business: names alone. */
function named(argument: string): string {
  return argument.startsWith("/") ? basename(argument.replace(/\/(repo|bin\/python3?)$/, "")) : argument;
}
