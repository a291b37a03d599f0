import { rankEngrams, rankSums } from "../src/engram/algebra/coarse-to-fine.ts";
import { accumulateRows, chunkVector } from "../src/engram/algebra/hypervector.ts";
import { compareSketches, packSketch, sketchOf, unpackSketch } from "../src/engram/algebra/sketch.ts";
import { cosine, type IntegerVector, textVector, vectorOfMap } from "../src/engram/algebra/token-vector.ts";
import { queryWeight } from "../src/engram/bm25.ts";
import type { Encoder } from "../src/engram/encode.ts";
import type { FileRow } from "../src/engram/file-row.ts";
import { buildSegments, openGeneration } from "../src/engram/segments.ts";
import { defaultDimensions } from "../src/engram/token-space.ts";
import { mean, median } from "./statistics.ts";

/** A folder that counts as an engram of its own here. */
export interface Group {
  name: string;
  rows: FileRow[];
  chunks: number;
}

const leastChunks = 20;

/** Every folder of the first two levels with 20 chunks and more; what is left of a repository is one more. */
export function groupRows(repo: string, rows: readonly FileRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const name = `${repo}:${row.path.split("/").slice(0, -1).slice(0, 2).join("/")}`;
    const group = groups.get(name) ?? { name, rows: [], chunks: 0 };
    group.rows.push(row);
    group.chunks += row.rowEnds.length;
    groups.set(name, group);
  }
  const small = [...groups.values()].filter(({ chunks }) => chunks < leastChunks);
  const rest: Group = { name: `${repo}:(rest)`, rows: [], chunks: 0 };
  for (const { rows: own, chunks } of small) {
    rest.rows.push(...own);
    rest.chunks += chunks;
  }
  return [...groups.values(), rest].filter(({ chunks }) => chunks >= leastChunks);
}

export interface SketchFigures {
  engrams: number;
  /** Whether the other half of an engram's files is found first, by sketches and by the vectors before they are folded, raw. */
  r1: number;
  rawR1: number;
  /** The same with sketches of 10,000 dimensions. */
  smallR1: number;
  bytes: number;
}

/** Each engram is halved by turns of its files; the sketch of one half looks for the other among all. */
export function measureSketches(groups: readonly Group[]): SketchFigures {
  const large = groups.filter(({ rows, chunks }) => rows.length >= 4 && chunks >= 2 * leastChunks);
  const halves = [0, 1].map((turn) => large.map(({ rows }) => rows.filter((_, i) => i % 2 === turn).map(textOnly)));
  const [left = [], right = []] = halves.map((half) => half.map((rows) => exchanged(rows)));
  const [leftSmall = [], rightSmall = []] = halves.map((half) => half.map((rows) => exchanged(rows, 10_000)));
  const [leftExact = [], rightExact = []] = halves.map((half) => half.map((rows) => unfolded(rows)));
  const firsts = (score: (i: number, j: number) => number) =>
    mean(large.map((_, i) => (best(large.map((__, j) => score(i, j))) === i ? 1 : 0)));
  const at = <T>(list: T[], i: number) => list[i] as T;
  return {
    engrams: large.length,
    r1: firsts((i, j) => compareSketches(at(left, i), at(right, j))),
    rawR1: firsts((i, j) => cosine(at(leftExact, i), at(rightExact, j))),
    smallR1: firsts((i, j) => compareSketches(at(leftSmall, i), at(rightSmall, j))),
    bytes: left[0] === undefined ? 0 : packSketch(left[0]).length,
  };
}

/** Words alone: folders would give the halves away. */
function textOnly(row: FileRow): FileRow {
  const nothing = { roleTokens: row.roleTokens.subarray(0, 0), pathTokens: row.pathTokens.subarray(0, 0) };
  return { ...row, ...nothing, roleEnds: new Uint32Array(row.rowEnds.length) };
}

/** A sketch as it arrives elsewhere. */
function exchanged(rows: readonly FileRow[], dimensions: number = defaultDimensions) {
  const total = new Int32Array(dimensions);
  accumulateRows(total, rows, 1);
  const chunks = rows.reduce((count, row) => count + row.rowEnds.length, 0);
  return unpackSketch(packSketch(sketchOf(total, { seed: 0, chunks })));
}

/** What a sketch folds, before it is folded. */
function unfolded(rows: readonly FileRow[]): IntegerVector {
  const values = new Map<number, number>();
  for (const row of rows) {
    for (let chunk = 0; chunk < row.rowEnds.length; chunk++) {
      const vector = chunkVector(row, chunk);
      for (let i = 0; i < vector.tokens.length; i++) {
        const token = vector.tokens[i] as number;
        values.set(token, (values.get(token) ?? 0) + (vector.values[i] as number));
      }
    }
  }
  return vectorOfMap(values);
}

function best(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}

export interface CoarseFigures {
  engrams: number;
  queries: number;
  /** Share of engrams that stay closed, and share of the ten best chunks of a joint search that are found all the same. */
  closed: number;
  recall: number;
  byBound: number;
  bySums: { closed: number; recall: number };
  bySize: { closed: number; recall: number };
}

interface Routed {
  /** Engrams of the ten best chunks of a search over all. */
  best: number[];
  orders: Record<"counters" | "sums" | "size", number[]>;
  /** Engrams that an order by bounds must open to be certain. */
  certain: number;
}

/**
 * Which of many engrams must be opened for a query? How many are opened is chosen on every second query, as the smallest
 * number with at most one point of recall lost, and reported on the others.
 */
export function measureCoarse(encoder: Encoder, groups: readonly Group[], messages: readonly string[]): CoarseFigures {
  const { kernel } = encoder;
  const built = groups.map(({ rows }) => buildSegments(kernel, rows, 1));
  const groupOf = built.flatMap((segments, group) => segments.map(() => group));
  const joint = openGeneration(
    kernel,
    built.flat().map((segment, id) => ({ ...segment, id })),
  );
  const summaries = groups.map(({ name, chunks }, group) => {
    const alone = openGeneration(kernel, built[group] ?? []);
    return { name, chunks, frequencies: (tokens: Uint32Array) => alone.index.frequencies(tokens) };
  });
  const sums = groups.map(({ name, rows }) => {
    const total = new Int32Array(defaultDimensions);
    accumulateRows(total, rows, 1);
    return { name, sum: total };
  });
  const bySize = groups.map((_, i) => i).sort((a, b) => (groups[b]?.chunks ?? 0) - (groups[a]?.chunks ?? 0));
  const routed = messages.flatMap((message): Routed[] => {
    const query = textVector(encoder, message);
    const frequencies = joint.index.frequencies(query.tokens);
    const values = Float64Array.from(query.tokens, (_, t) =>
      frequencies[t] === 0 ? 0 : queryWeight(query.values[t] as number, frequencies[t] as number, joint.chunks),
    );
    const hits = searchJoint(joint, query, values);
    if (hits.length < 10) return [];
    const ranked = rankEngrams(summaries, query);
    return [
      {
        best: hits.map(({ part }) => groupOf[part] as number),
        orders: {
          counters: ranked.map(({ engram }) => engram),
          sums: rankSums(sums, { tokens: query.tokens, values }).map(({ engram }) => engram),
          size: bySize,
        },
        certain: ranked.filter(({ bound }) => bound > (hits[9]?.score ?? 0)).length,
      },
    ];
  });
  return figuresOf(groups.length, routed);
}

function searchJoint(
  { index, chunks, length }: ReturnType<typeof openGeneration>,
  query: IntegerVector,
  values: Float64Array,
): { part: number; score: number }[] {
  const kept = [...query.tokens.keys()].filter((t) => (values[t] as number) > 0).slice(0, 1_000);
  if (kept.length === 0) return [];
  const scale = 1_023 / Math.max(...kept.map((t) => values[t] as number));
  const tokens = Uint32Array.from(kept, (t) => query.tokens[t] as number);
  const weights = Int32Array.from(kept, (t) => Math.max(1, Math.round((values[t] as number) * scale)));
  const exact = { tokens, weights: Float64Array.from(kept, (t) => values[t] as number), meanLength: length / chunks };
  const hits = index.search({ tokens, weights, k: 10 }, exact, 50);
  return Array.from(hits.parts, (part, i) => ({ part, score: hits.scores[i] as number }));
}

function figuresOf(engrams: number, routed: readonly Routed[]): CoarseFigures {
  const [choosing, reporting] = [0, 1].map((turn) => routed.filter((_, i) => i % 2 === turn)) as [Routed[], Routed[]];
  const recall = (some: readonly Routed[], order: keyof Routed["orders"], opened: number) =>
    mean(
      some.map((one) => {
        const open = new Set(one.orders[order].slice(0, opened));
        return one.best.filter((group) => open.has(group)).length / one.best.length;
      }),
    );
  const chosen = (order: keyof Routed["orders"]) => {
    let opened = 1;
    while (opened < engrams && recall(choosing, order, opened) < 0.99) opened++;
    return { closed: 1 - opened / engrams, recall: recall(reporting, order, opened) };
  };
  return {
    engrams,
    queries: reporting.length,
    ...chosen("counters"),
    byBound: 1 - median(reporting.map(({ certain }) => certain)) / engrams,
    bySums: chosen("sums"),
    bySize: chosen("size"),
  };
}
