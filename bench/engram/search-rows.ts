import type { Engram } from "../../src/engram/engram.ts";
import { type BenchOptions, say } from "../bench.ts";
import { missingPeer, type PeerProcess, startPeer } from "../peers/peer-process.ts";
import { milliseconds } from "../statistics.ts";
import type { BuiltCorpus } from "./built-corpus.ts";
import { createTextRacer, createTokenRacer, type ToldKernel } from "./ours.ts";
import { type Queries, queryKinds } from "./queries.ts";
import { p50, p99, race, type Racer, type RaceResult, raceK } from "./race.ts";
import { addFigure, addRatio, type Aim, type Table } from "./table.ts";
import { numberChunks } from "./token-corpus.ts";

interface Peer {
  name: string;
  title: string;
  key: string;
  /** Larger corpora are not tried: it would take minutes a query, or more memory than there is. */
  mostChunks: number;
  aim: (chunks: number) => Aim;
}

const peers: readonly Peer[] = [
  { name: "tantivy", title: "tantivy", key: "search.vs_tantivy", mostChunks: Infinity, aim: () => ({ atLeast: 5 }) },
  { name: "js-index", title: "plain JS index", key: "search.vs_js_index", mostChunks: Infinity, aim: () => ({}) },
  {
    name: "minisearch",
    title: "MiniSearch",
    key: "search.vs_minisearch",
    mostChunks: 20_000,
    aim: () => ({ atLeast: 300 }),
  },
  {
    name: "fts5",
    title: "SQLite FTS5",
    key: "search.vs_fts5",
    mostChunks: 120_000,
    aim: (chunks) => (chunks <= 20_000 ? { atLeast: 100 } : {}),
  },
  { name: "linear-scan", title: "linear scan", key: "search.vs_linear_scan", mostChunks: 120_000, aim: () => ({}) },
];

/** What one peer and one kind of query may take, in milliseconds. */
const budgets = { quick: 1_500, full: 30_000 };

export interface SearchBench {
  engram: Engram;
  kernel: ToldKernel;
  built: BuiltCorpus;
  queries: Queries;
}

/** Every peer against ours on the same queries; then ours by itself, from text. */
export async function addSearchRows(table: Table, options: BenchOptions, bench: SearchBench): Promise<void> {
  const numberOf = numberChunks(bench.engram);
  const ours = createTokenRacer(bench.engram, bench.kernel, numberOf);
  for (const peer of peers) await addPeer(table, options, bench, ours, peer);
  await addOurs(table, bench, ours, createTextRacer(bench.engram, numberOf));
}

async function addPeer(
  table: Table,
  options: BenchOptions,
  bench: SearchBench,
  ours: Racer,
  peer: Peer,
): Promise<void> {
  const { chunks } = bench.built.tokens;
  const reason = chunks > peer.mostChunks ? "too slow for so many chunks" : missingPeer(peer.name, options.python);
  if (reason !== null) {
    table.rows.push([peer.title, `skipped: ${reason}`]);
    return;
  }
  say(`${peer.title}: loading`);
  const process = await startPeer(peer.name, bench.built.tokenFile, options.python);
  say(`${peer.title}: racing`);
  try {
    const results = await raceBoth(bench.queries, ours, process, options.quick ? budgets.quick : budgets.full);
    for (const kind of queryKinds) {
      if (results[kind].queries > 0) addPeerRow(table, peer, kind, results[kind], process.loaded.note, chunks);
    }
    const both = (side: "ours" | "peer") => p50([...results.msg[side].ms, ...results.hunk[side].ms]);
    table.figures[peer.key] = Number((both("peer") / both("ours")).toPrecision(6));
  } finally {
    process.close();
  }
}

async function raceBoth(queries: Queries, ours: Racer, process: PeerProcess, budgetMs: number) {
  const peer: Racer = {
    async run(asked, k) {
      const tokens = asked.map((query) => query.tokens);
      const { hits, ...times } = await process.ask(tokens, k);
      return { ...times, hits: () => hits };
    },
  };
  return {
    msg: await race(ours, peer, queries.msg, budgetMs),
    hunk: await race(ours, peer, queries.hunk, budgetMs),
  };
}

function addPeerRow(table: Table, peer: Peer, kind: string, result: RaceResult, note: string, chunks: number): void {
  const { ours, queries, passes, agreement } = result;
  const whole = p50(result.peer.wholeMs) / p50(ours.wholeMs);
  const tail = p99(result.peer.ms) / p99(ours.ms);
  const detail = [
    `p99 ${milliseconds(p99(result.peer.ms))} / ${milliseconds(p99(ours.ms))} = ${tail.toFixed(1)} ×`,
    `from tokens ${whole.toFixed(1)} ×`,
    `${queries} queries, best of ${passes}`,
    `${(100 * agreement).toFixed(0)} % of our first ten`,
    note,
  ].join("; ");
  const key = `${peer.key}.${kind}`;
  addRatio(table, key, `${peer.title}, ${kind}`, p50(result.peer.ms), p50(ours.ms), detail, peer.aim(chunks));
  table.figures[`${key}.peer_p50_ms`] = p50(result.peer.ms);
  table.figures[`${key}.ours_p50_ms`] = p50(ours.ms);
  table.figures[`${key}.from_tokens`] = Number(whole.toPrecision(6));
}

/** Times ours is asked each query, after once to warm up. */
const ownPasses = 5;

async function addOurs(
  table: Table,
  { queries, built, engram }: SearchBench,
  tokens: Racer,
  text: Racer,
): Promise<void> {
  say("ours, from text and from tokens");
  const best: Record<string, number[]> = {};
  for (const kind of queryKinds) {
    for (let pass = 0; pass <= ownPasses; pass++) {
      for (const [name, racer] of [
        ["text", text],
        ["tokens", tokens],
      ] as const) {
        const { ms } = await racer.run(queries[kind], raceK);
        const times = (best[`${kind}.${name}`] ??= ms.map(() => Infinity));
        if (pass > 0) for (const [i, each] of ms.entries()) times[i] = Math.min(times[i] as number, each);
      }
    }
  }
  const aim = built.tokens.chunks >= 900_000 ? { atMost: 30 } : {};
  const all = queryKinds.flatMap((kind) => best[`${kind}.text`] ?? []);
  const kernel = `${engram.info().kernel} kernel, from text`;
  addFigure(table, "search.p50_ms", "ours, all queries, p50", p50(all), `${milliseconds(p50(all))} (${kernel})`);
  addFigure(table, "search.p99_ms", "ours, all queries, p99", p99(all), milliseconds(p99(all)), aim);
  for (const kind of queryKinds.filter((each) => queries[each].length > 0)) {
    const [fromText, fromTokens] = [best[`${kind}.text`] ?? [], best[`${kind}.tokens`] ?? []];
    const counts = queries[kind].map((query) => query.tokens.length);
    table.rows.push([
      `ours, ${kind}`,
      `from text p50 ${milliseconds(p50(fromText))}, p99 ${milliseconds(p99(fromText))}; from tokens p50 ${milliseconds(p50(fromTokens))}, p99 ${milliseconds(p99(fromTokens))}; ${queries[kind].length} queries of ${p50(counts)} distinct tokens (median)`,
    ]);
    table.figures[`search.p50_ms.${kind}`] = p50(fromText);
    table.figures[`search.p99_ms.${kind}`] = p99(fromText);
    table.figures[`search.tokens_p50_ms.${kind}`] = p50(fromTokens);
  }
}
