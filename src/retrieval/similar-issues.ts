import { countWords } from "./bm25.ts";
import type { Evidence } from "./evidence.ts";
import { queryWords, searchWords, stem } from "./words.ts";

/** An issue of the repository, as GitHub lists it. */
export interface PastIssue {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
}

export interface SimilarPastIssue<T extends PastIssue> {
  issue: T;
  /** The score is the cosine. */
  evidence: Evidence;
}

export interface SimilarIssueOptions {
  k: number;
  /** Look only at issues with a smaller number than this one. */
  before?: number;
}

/** Below this, issues share a template or one common word. Not a threshold for "duplicate": ranges overlap. */
const MIN_COSINE = 0.2;
const TITLE_WEIGHT = 3;
const SHOWN_WORDS = 4;

/** Issues whose words are most like this one's, best first: TF-IDF cosine, title threefold, plurals stemmed. */
export function findSimilarIssues<T extends PastIssue>(
  issue: { title: string; body: string; number?: number },
  pastIssues: T[],
  { k, before = Infinity }: SimilarIssueOptions,
): SimilarPastIssue<T>[] {
  const candidates = pastIssues.filter(({ number }) => number !== issue.number && number < before);
  const counts = candidates.map((candidate) => countWords(wordsOf(candidate)));
  const queryCounts = countWords(wordsOf(issue));
  const frequency = countWords([queryCounts, ...counts].flatMap((words) => [...words.keys()]));
  const weigh = (words: Map<string, number>): Map<string, number> => unitVector(words, frequency, counts.length + 1);

  const query = weigh(queryCounts);
  return candidates
    .map((candidate, index) => ({ candidate, shared: products(query, weigh(counts[index] ?? new Map())) }))
    .map(({ candidate, shared }) => ({ candidate, shared, cosine: shared.reduce((sum, [, part]) => sum + part, 0) }))
    .filter(({ cosine }) => cosine >= MIN_COSINE)
    .sort((a, b) => b.cosine - a.cosine || b.candidate.number - a.candidate.number)
    .slice(0, k)
    .map(({ candidate, shared, cosine }) => ({ issue: candidate, evidence: describe(candidate, shared, cosine) }));
}

function wordsOf({ title, body }: { title: string; body: string }): string[] {
  const words = [...Array<string>(TITLE_WEIGHT).fill(title), withoutTemplate(body)].flatMap(searchWords);
  return words.map(stem);
}

/** Without what a template put there: headings, hidden comments, unticked boxes. */
function withoutTemplate(body: string): string {
  return body
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/^#{1,6}[ \t].*$/gm, " ")
    .replace(/^[ \t]*[-*][ \t]*\[[ \t]\].*$/gm, " ");
}

/** Word weights (1 + ln tf) · ln(1 + N / df), scaled to length 1. */
function unitVector(
  counts: ReadonlyMap<string, number>,
  frequency: ReadonlyMap<string, number>,
  documents: number,
): Map<string, number> {
  const weights = new Map<string, number>();
  let squares = 0;
  for (const [word, count] of counts) {
    const weight = (1 + Math.log(count)) * Math.log(1 + documents / (frequency.get(word) ?? 1));
    weights.set(word, weight);
    squares += weight * weight;
  }
  const length = Math.sqrt(squares);
  for (const [word, weight] of weights) weights.set(word, weight / length);
  return weights;
}

/** What each shared word adds to the cosine, most first. */
function products(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): [string, number][] {
  return Array.from(a, ([word, weight]): [string, number] => [word, weight * (b.get(word) ?? 0)])
    .filter(([, part]) => part > 0)
    .sort(([, x], [, y]) => y - x);
}

function describe({ number, title, state }: PastIssue, shared: [string, number][], cosine: number): Evidence {
  const words = shared.map(([word]) => word).filter((word) => queryWords(word).size > 0);
  return {
    kind: "similar-issue",
    citation: { kind: "issue", number, title, state },
    score: cosine,
    why: `cosine ${cosine.toFixed(2)}; shared words: ${words.slice(0, SHOWN_WORDS).join(", ")}`,
    text: title,
  };
}
