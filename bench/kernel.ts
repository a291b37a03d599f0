import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJsKernel } from "../src/engram/kernel/js-kernel.ts";
import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import { encoderOf, openEngramFile } from "../src/engram/sqlite-engram-store.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { buildCorpus } from "./engram/built-corpus.ts";
import { openCorpus } from "./engram/corpus.ts";
import { measureIngest } from "./engram/ingest.ts";
import { createTextRacer, createToldKernel } from "./engram/ours.ts";
import { collectQueries, queryKinds } from "./engram/queries.ts";
import { p50, race } from "./engram/race.ts";
import { addRatio, createTable } from "./engram/table.ts";
import { numberChunks } from "./engram/token-corpus.ts";

const queryCount = 150;

/**
 * The native kernel beside its JavaScript twin: one engram file, the same queries from text to hits by turns, exact
 * re-ranking included. The ratio is JavaScript's time by the native one.
 */
export async function benchKernel(options: BenchOptions): Promise<BenchResult> {
  const work = options.work ?? mkdtempSync(join(tmpdir(), "bench-kernel-"));
  const table = createTable();
  try {
    const corpus = await openCorpus({ repos: options.repos, chunks: options.chunks, commits: queryCount });
    const native = createToldKernel(loadKernel("native").kernel);
    const js = createToldKernel(createJsKernel());
    const built = await buildCorpus(corpus, work, native);
    table.rows.push(["corpus", `${built.files} indexed files, ${built.tokens.chunks} chunks`]);
    table.figures["chunks"] = built.tokens.chunks;
    const engrams = {
      native: await openEngramFile(built.file, { kernel: native }),
      js: await openEngramFile(built.file, { kernel: js }),
    };
    const queries = collectQueries(engrams.native, corpus.parts, queryCount);
    const numberOf = numberChunks(engrams.native);
    for (const kind of queryKinds) {
      say(`search, ${kind}`);
      const ours = createTextRacer(engrams.native, numberOf);
      const twin = createTextRacer(engrams.js, numberOf);
      const result = await race(ours, twin, queries[kind], options.quick ? 2_000 : 20_000);
      const detail = `${result.queries} queries, best of ${result.passes}, ${(100 * result.agreement).toFixed(0)} % the same first ten`;
      addRatio(table, `${kind}.vs_js`, `search, ${kind}`, p50(result.peer.ms), p50(result.ours.ms), detail);
      table.figures[`${kind}.native_p50_ms`] = p50(result.ours.ms);
      table.figures[`${kind}.js_p50_ms`] = p50(result.peer.ms);
    }
    say("encode and index");
    const speeds = {
      native: await measureIngest(engrams.native, encoderOf({ kernel: native })),
      js: await measureIngest(engrams.native, encoderOf({ kernel: js })),
    };
    const ratio = speeds.native.kernel / speeds.js.kernel;
    table.figures["ingest.vs_js"] = ratio;
    table.rows.push([
      "tokenise, encode, index",
      `JavaScript ${speeds.js.kernel.toFixed(1)} MB/s, native ${speeds.native.kernel.toFixed(1)} MB/s, ratio ${ratio.toFixed(1)}`,
    ]);
    engrams.native.close();
    engrams.js.close();
  } finally {
    if (options.work === null) rmSync(work, { recursive: true, force: true });
  }
  return table;
}
