import type { ChunkHit, EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import { citedLine, wordsOf } from "./cited-line.ts";
import { kindOfName } from "./document-kinds.ts";
import { partName, partOf } from "./document-parts.ts";
import {
  addStatistics,
  type ChunkCounts,
  chunkCounts,
  jointScore,
  type QueryTokens,
  type Statistics,
  statisticsOf,
  wordWeight,
} from "./joint-scores.ts";
import { markHeadings } from "./marked-headings.ts";
import { placeOf } from "./place-of.ts";

export interface KnowledgeHit {
  /** COLLECTION/NAME. */
  collection: string;
  document: string;
  /** Of `line`; null where the document has no pages. */
  page: number | null;
  /** Headings above `line`, outermost first; null where there are none. */
  heading: string[] | null;
  /** The line that answers best, 1-based, of the document's text. */
  line: number;
  startLine: number;
  endLine: number;
  /** BM25 with the statistics of all collections that were searched. */
  score: number;
  /** Lines startLine to endLine. */
  text: string;
}

interface Candidate extends ChunkHit {
  key: string;
  counts: ChunkCounts;
}

/** Runs something on an open engram; on null where there is none of that name. */
type UseEngram = <T>(key: string, run: (engram: EngramView | null) => T | Promise<T>) => Promise<T>;

/** The best chunks of several engrams, ranked as if they were one. Ties go by collection, document and line. */
export async function searchEngrams(
  use: UseEngram,
  keys: readonly string[],
  query: string,
  tokensOf: (text: string) => QueryTokens,
  k: number,
): Promise<KnowledgeHit[]> {
  const tokens = tokensOf(query);
  const statistics: Statistics[] = [];
  const candidates: Candidate[] = [];
  for (const key of keys) {
    await use(key, (engram) => {
      if (engram === null) return;
      statistics.push(statisticsOf(engram, tokens));
      for (const hit of engram.search(query, { k: Math.max(k, limits.rerankedHits) })) {
        const row = engram.row(hit.path);
        if (row !== null) candidates.push({ ...hit, key, counts: chunkCounts(row, hit.startLine, tokens) });
      }
    });
  }
  const all = addStatistics(statistics);
  const best = candidates
    .map((candidate) => ({ ...candidate, score: jointScore(candidate.counts, tokens, all) }))
    .sort(byScoreThenPlace)
    .slice(0, k);
  const weights = new Map(wordsOf(query).map((word) => [word, wordWeight(tokensOf(word), tokens, all)]));
  return Promise.all(best.map((hit) => use(hit.key, (engram) => cite(engram, hit, weights))));
}

/** How rare each word is in several engrams together; one that stands nowhere is as rare as can be. */
export function weighWords(
  engrams: readonly EngramView[],
  words: readonly string[],
  tokensOf: (text: string) => QueryTokens,
): number[] {
  return words.map((word) => {
    const tokens = tokensOf(word);
    return wordWeight(tokens, tokens, addStatistics(engrams.map((engram) => statisticsOf(engram, tokens))));
  });
}

function byScoreThenPlace(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  const [partA, partB] = [partOf(a.path), partOf(b.path)];
  if (partA.document !== partB.document) return partA.document < partB.document ? -1 : 1;
  return partA.part - partB.part || a.startLine - b.startLine;
}

function cite(engram: EngramView | null, hit: Candidate, weights: ReadonlyMap<string, number>): KnowledgeHit {
  const { document, part } = partOf(hit.path);
  const { lines, offset } = linesUpTo(engram, document, part);
  const [startLine, endLine] = [hit.startLine + offset, hit.endLine + offset];
  const text = lines.slice(startLine - 1, endLine);
  const line = startLine + citedLine(text, weights);
  const { page, heading } = placeOf(markHeadings(kindOfName(document), lines), line);
  const { key: collection, score } = hit;
  return { collection, document, page, heading, line, startLine, endLine, score, text: text.join("\n") };
}

/** Lines of a document up to the end of a part, and how many of them stand before that part. */
function linesUpTo(engram: EngramView | null, document: string, part: number): { lines: string[]; offset: number } {
  let lines: string[] = [];
  let offset = 0;
  for (let i = 1; i <= part; i++) {
    offset = lines.length;
    const text = engram?.text(partName(document, i)) ?? "";
    lines = lines.concat(text.replace(/\n$/, "").split("\n"));
  }
  return { lines, offset };
}
