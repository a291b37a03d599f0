/**
 * A peer in a process of its own: `serve-peer.ts NAME`, requests on standard input, answers on standard output, a line of
 * JSON each. Its heap cannot slow the others down, and its memory goes back when it ends.
 */
import { createInterface } from "node:readline";
import { buildFts5 } from "./fts5.ts";
import { buildJsIndex } from "./js-index.ts";
import { buildLinearScan } from "./linear-scan.ts";
import { buildMiniSearch } from "./minisearch.ts";
import type { PeerAnswers, PeerEngine, PeerLoaded, PeerRequest } from "./peer.ts";

const builders: Record<string, (file: string) => Promise<PeerEngine>> = {
  fts5: buildFts5,
  "js-index": buildJsIndex,
  "linear-scan": buildLinearScan,
  minisearch: buildMiniSearch,
};

let engine: PeerEngine | null = null;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as PeerRequest;
  const answer = "load" in request ? await load(request.load) : answerAll(request);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function load(file: string): Promise<PeerLoaded> {
  const build = builders[process.argv[2] ?? ""];
  if (build === undefined) throw new Error(`no peer is called ${process.argv[2]}`);
  const started = performance.now();
  engine = await build(file);
  return { ms: performance.now() - started, note: engine.note };
}

function answerAll({ queries, k }: Extract<PeerRequest, { k: number }>): PeerAnswers {
  const answers: PeerAnswers = { ms: [], wholeMs: [], hits: [] };
  for (const query of queries) {
    const started = performance.now();
    const prepared = engine?.prepare(query);
    const prepareEnd = performance.now();
    const hits = engine?.search(prepared, k) ?? [];
    const ended = performance.now();
    answers.ms.push(ended - prepareEnd);
    answers.wholeMs.push(ended - started);
    answers.hits.push(hits);
  }
  return answers;
}
