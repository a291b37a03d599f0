import type { EngramView } from "../../src/engram/engram.ts";
import { startPeer } from "../peers/peer-process.ts";
import { mean } from "../statistics.ts";
import { type Queries, type Query, queryKinds } from "./queries.ts";
import { raceK } from "./race.ts";
import { addFigure, type Table } from "./table.ts";

/** Files that are looked at. */
const k = 10;

/** Chunks asked of the exhaustive ranking, so that ten files are among them. */
const exhaustiveHits = 3_000;

interface Recall {
  queries: number;
  /** Mean share of the relevant files among the first ten, in percent. */
  bm25: number;
  ours: number;
  /** Two standard errors of the difference, in points. */
  margin: number;
}

/** Points that ours may stay behind exact BM25. */
const allowedPoints = 0.5;

export async function addRecallRows(
  table: Table,
  view: EngramView,
  tokenFile: string,
  queries: Queries,
): Promise<void> {
  if (queries.msg.length === 0) {
    table.rows.push(["recall@10", "not measured: no history that tells what is relevant"]);
    return;
  }
  const recall = await measureRecall(view, tokenFile, queries);
  for (const kind of queryKinds) {
    const found = recall[kind];
    if (found === null) continue;
    const gain = found.ours - found.bm25;
    const points = `${gain >= 0 ? "+" : "−"}${Math.abs(gain).toFixed(2)} ± ${found.margin.toFixed(2)} points`;
    const text = `exact BM25 ${found.bm25.toFixed(2)} %, ours ${found.ours.toFixed(2)} %: ${points} (${found.queries} queries)`;
    const missed = gain < -allowedPoints ? `; MISSED: aim −${allowedPoints} or better` : "";
    table.figures[`recall_at_10.bm25.${kind}`] = found.bm25 / 100;
    addFigure(table, `recall_at_10.ours.${kind}`, `recall@10, ${kind}`, found.ours / 100, text + missed);
  }
}

/**
 * Of the files that a commit changed (or of its others, for a diff), how many are among the first ten: by exact BM25 of every
 * chunk, and by the engram's search as the product calls it. A file stands where its best chunk does.
 */
async function measureRecall(view: EngramView, tokenFile: string, queries: Queries) {
  const paths: string[] = [];
  for (const { path, chunks } of view.files()) for (let i = 0; i < chunks; i++) paths.push(path);
  const peer = await startPeer("linear-scan", tokenFile, "");
  const measure = async (all: readonly Query[]): Promise<Recall | null> => {
    const shares: { bm25: number; ours: number }[] = [];
    for (const query of all.filter(({ relevant }) => relevant.length > 0)) {
      const { hits } = await peer.ask([query.tokens], exhaustiveHits);
      const exact = firstFiles(
        (hits[0] ?? []).map(([chunk]) => paths[chunk] ?? ""),
        query.own,
      );
      const filter = query.own === null ? {} : { filter: (path: string) => path !== query.own };
      const found = view.search(query.text, { k: raceK, ...filter });
      const ours = firstFiles(
        found.map(({ path }) => path),
        query.own,
      );
      shares.push({ bm25: shareFound(query.relevant, exact), ours: shareFound(query.relevant, ours) });
    }
    return shares.length === 0 ? null : summarise(shares);
  };
  try {
    return { msg: await measure(queries.msg), hunk: await measure(queries.hunk) };
  } finally {
    peer.close();
  }
}

function firstFiles(paths: readonly string[], own: string | null): Set<string> {
  return new Set([...new Set(paths)].filter((path) => path !== own).slice(0, k));
}

function shareFound(relevant: readonly string[], found: ReadonlySet<string>): number {
  return (100 * relevant.filter((path) => found.has(path)).length) / relevant.length;
}

function summarise(shares: readonly { bm25: number; ours: number }[]): Recall {
  const differences = shares.map(({ bm25, ours }) => ours - bm25);
  const middle = mean(differences);
  const variance = mean(differences.map((each) => (each - middle) ** 2));
  return {
    queries: shares.length,
    bm25: mean(shares.map(({ bm25 }) => bm25)),
    ours: mean(shares.map(({ ours }) => ours)),
    margin: 2 * Math.sqrt(variance / shares.length),
  };
}
