import type { PeerHits } from "../peers/peer.ts";
import { quantile } from "../statistics.ts";
import type { Query } from "./queries.ts";

/** Who answers queries and says how long each took. */
export interface Racer {
  run(queries: readonly Query[], k: number): Promise<RacerAnswers> | RacerAnswers;
}

/** Times as in `PeerAnswers`; hits only for who wants them, because ours have to be looked up. */
export interface RacerAnswers extends Times {
  hits(): readonly PeerHits[];
}

/** Best times of one racer, a query each. */
export interface Times {
  /** The query stands in the engine's own form. */
  ms: number[];
  /** With the making of that form from tokens. */
  wholeMs: number[];
}

export interface RaceResult {
  ours: Times;
  peer: Times;
  queries: number;
  passes: number;
  /** Share of the ten best that both name. */
  agreement: number;
}

/** Hits of every query. */
export const raceK = 50;

/** Queries that one side answers before it is the other's turn: long enough to be warm, short enough to share the weather. */
const blockQueries = 25;

/**
 * Two engines on the same queries by turns, block by block, in both orders. The first pass warms up and is not counted; of
 * the others each query's best time counts, for both alike. A slow peer is asked fewer queries and in fewer passes, as many
 * as fit into `budgetMs`; ours is then judged by the same ones.
 */
export async function race(ours: Racer, peer: Racer, all: readonly Query[], budgetMs: number): Promise<RaceResult> {
  const { queries, passes } = await planRace(peer, all, budgetMs);
  const times = { ours: noTimes(queries.length), peer: noTimes(queries.length) };
  const agreements: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const shift = (pass * 7) % blockQueries; // the first query of a block finds cold caches: each pass another one
    for (let start = -shift; start < queries.length; start += blockQueries) {
      const from = Math.max(0, start);
      const block = queries.slice(from, start + blockQueries);
      if (block.length === 0) continue;
      const sides =
        pass % 2 === 0
          ? ([
              ["ours", ours],
              ["peer", peer],
            ] as const)
          : ([
              ["peer", peer],
              ["ours", ours],
            ] as const);
      const found: Partial<Record<"ours" | "peer", readonly PeerHits[]>> = {};
      for (const [side, racer] of sides) {
        const answers = await racer.run(block, raceK);
        if (pass === 0) found[side] = answers.hits();
        if (pass > 0 || passes === 0) keepBest(times[side], answers, from);
      }
      if (pass === 0) agreements.push(...(found.ours ?? []).map((own, i) => overlap(own, found.peer?.[i] ?? [])));
    }
  }
  return { ...times, queries: queries.length, passes: Math.max(1, passes), agreement: average(agreements) };
}

/** Most passes that are counted. */
const mostPasses = 5;
const probeQueries = 4;

async function planRace(peer: Racer, all: readonly Query[], budgetMs: number) {
  const step = Math.max(1, Math.floor(all.length / probeQueries));
  const probe = all.filter((_, i) => i % step === 0).slice(0, probeQueries);
  const { wholeMs } = await peer.run(probe, raceK);
  const each = average(wholeMs);
  const affordable = Math.floor(budgetMs / each);
  const wanted = Math.min(all.length, Math.max(20, affordable));
  const queries = Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)] as Query);
  return { queries, passes: Math.max(0, Math.min(mostPasses, Math.floor(affordable / wanted) - 1)) };
}

function noTimes(count: number): Times {
  return { ms: Array.from({ length: count }, () => Infinity), wholeMs: Array.from({ length: count }, () => Infinity) };
}

function keepBest(times: Times, answers: Times, from: number): void {
  for (const key of ["ms", "wholeMs"] as const) {
    for (const [i, ms] of answers[key].entries()) times[key][from + i] = Math.min(times[key][from + i] ?? Infinity, ms);
  }
}

function overlap(own: PeerHits, others: PeerHits): number {
  const best = new Set(own.slice(0, 10).map(([chunk]) => chunk));
  const shared = others.slice(0, 10).filter(([chunk]) => best.has(chunk)).length;
  return best.size === 0 ? 1 : shared / best.size;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export function p50(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function p99(values: readonly number[]): number {
  return quantile(values, 0.99);
}
