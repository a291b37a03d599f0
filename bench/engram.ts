import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { EngramView } from "../src/engram/engram.ts";
import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import { encoderOf, openEngramFile } from "../src/engram/sqlite-engram-store.ts";
import { benchAlgebra } from "./algebra.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { type BuiltCorpus, buildCorpus, copyEngram } from "./engram/built-corpus.ts";
import { addColdRows } from "./engram/cold.ts";
import { type Corpus, openCorpus } from "./engram/corpus.ts";
import { addExcerptRows } from "./engram/excerpts.ts";
import { addIngestRows } from "./engram/ingest.ts";
import { createToldKernel } from "./engram/ours.ts";
import { collectQueries, type Queries, type QueryKind, queriesOfHistory } from "./engram/queries.ts";
import { addRecallRows } from "./engram/recall.ts";
import { addSearchRows } from "./engram/search-rows.ts";
import { createTable, type Table } from "./engram/table.ts";
import { addUpdateRows } from "./engram/update.ts";
import { spread } from "./statistics.ts";

/** Queries of each kind that are timed. */
const timedQueries = 150;

/**
 * Every figure of the engram on one corpus, each beside its peer (docs/benchmarks.md says how and why so). The corpus stands
 * at a commit before the newest ones, which ask and are the answer.
 */
export async function benchEngram(options: BenchOptions): Promise<BenchResult> {
  const work = options.work ?? mkdtempSync(join(tmpdir(), "bench-engram-"));
  const table = createTable();
  const kernel = createToldKernel(loadKernel().kernel);
  try {
    const commits = options.quick ? timedQueries : 2 * timedQueries;
    const corpus = await openCorpus({ repos: options.repos, chunks: options.chunks, commits });
    const built = await buildCorpus(corpus, work, kernel);
    addCorpusRows(table, options, built);
    const engram = await openEngramFile(built.file, { kernel });
    const queries = collectQueries(engram, corpus.parts, timedQueries);
    say(`queries: ${queries.msg.length} in words, ${queries.hunk.length} in code`);
    await addSearchRows(table, options, { engram, kernel, built, queries });
    say("cold opens");
    addColdRows(table, built, work, queries.msg[0]?.text ?? queries.hunk[0]?.text ?? "", options.quick ? 5 : 9);
    say("parts of an ingest");
    await addIngestRows(table, built, engram, encoderOf({ kernel }));
    say("excerpts");
    addExcerptRows(table, engram, options.quick ? 200 : 1_000);
    say("recall");
    await addRecallRows(table, engram, built.tokenFile, answeredQueries(engram, corpus, commits));
    engram.close();
    say("updates");
    await addUpdateRows(table, built, copyEngram(built, work), corpus.source, kernel, options.quick ? 5 : 9);
    await addAlgebra(table, options, corpus);
  } finally {
    if (options.work === null) rmSync(work, { recursive: true, force: true });
  }
  return table;
}

function addCorpusRows(table: Table, options: BenchOptions, built: BuiltCorpus): void {
  const { tokens, files, sourceBytes } = built;
  const load = loadavg().map((each) => each.toFixed(1));
  table.rows.push(["machine", `${cpus().length} cores, load average ${load.join(" ")}, Node ${process.versions.node}`]);
  const megabytes = (sourceBytes / 1e6).toFixed(0);
  table.figures["chunks"] = tokens.chunks;
  table.rows.push(["corpus", `${files} indexed files, ${megabytes} MB, ${tokens.chunks} chunks`]);
  if (options.chunks !== undefined && tokens.chunks < 0.9 * options.chunks) {
    table.rows.push(["", `asked for ${options.chunks}: name more sources with --repo`]);
  }
  table.rows.push([
    "distinct tokens a chunk",
    `mean ${tokens.distinctMean.toFixed(0)}, deciles ${tokens.distinctDeciles.join(" ")}`,
  ]);
  table.rows.push([
    "chunks a token stands in",
    `${tokens.vocabulary} tokens, deciles ${tokens.frequencyDeciles.join(" ")}; of all postings ${tokens.postingDeciles.join(" ")}`,
  ]);
  Object.assign(table.figures, {
    "corpus.distinct_tokens_per_chunk": tokens.distinctMean,
    "corpus.document_frequency_deciles": tokens.frequencyDeciles.join(" "),
  });
}

/** Every query of which is known which files it should find. */
function answeredQueries(engram: EngramView, corpus: Corpus, most: number): Queries {
  const told = corpus.parts.map((part) => queriesOfHistory(engram, part));
  const choose = (kind: QueryKind) => {
    const answered = told.flatMap((queries) => queries[kind].filter(({ relevant }) => relevant.length > 0));
    return spread(answered, most);
  };
  return { msg: choose("msg"), hunk: choose("hunk") };
}

/** The uses of the algebra have a bench of their own, whose figures belong here too. */
async function addAlgebra(table: Table, options: BenchOptions, corpus: Corpus): Promise<void> {
  const repos = corpus.parts.flatMap(({ dir, history }) => (history === null ? [] : [dir]));
  if (options.quick || options.chunks !== undefined || repos.length === 0) {
    const reason = repos.length === 0 ? "needs a history" : "not with --quick or --chunks: bench -- algebra";
    table.rows.push(["algebra", reason]);
    return;
  }
  say("algebra");
  const { rows, figures } = await benchAlgebra({ ...options, repos });
  table.rows.push(...rows);
  Object.assign(table.figures, figures);
}
