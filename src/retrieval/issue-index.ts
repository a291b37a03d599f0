import { countWords } from "./bm25.ts";
import { ageCost } from "./issue-age.ts";
import { jointScores } from "./joint-scores.ts";
import type { QueryMeaning } from "./issue-meanings.ts";
import { createVocabulary, titleText, type Vocabulary, type WordCounts, wordsOf, writtenLines } from "./issue-text.ts";

/** What the index reads of an issue; GitHub's text, untrusted. */
export interface IndexableIssue {
  number: number;
  title: string;
  body: string;
  /** Pull requests are left out. */
  pull?: boolean;
  /** ISO 8601. */
  createdAt?: string;
}

/** Bounds of what counts, in the words' weights as in the answer: what was not yet there is not seen in any way. */
export interface IssueBounds {
  /** Only issues with a smaller number. */
  before?: number | undefined;
  /** ISO 8601: only issues that were created by then. Those of unknown age do not count. */
  at?: string | undefined;
}

export interface IssueQuery extends IssueBounds {
  title: string;
  body: string;
  /** The issue itself, which is no answer. */
  except?: number | undefined;
  k: number;
  /** Least score of an answer. */
  floor: number;
  /** What the text means, where there is an encoder: then likeness is of words and meaning. */
  meaning?: QueryMeaning | null;
  /** When the text was written, ISO 8601: of issues that are as like it, those from about then come first. Absent: ages do not count. */
  written?: string | undefined;
}

export interface IssueHit<T> {
  issue: T;
  /**
   * The cosine of the words, or with a meaning the mean of both cosines. One of these cannot be compared with one of those.
   * Answers are sorted by it, less what their age costs (issue-age.ts).
   */
  score: number;
  /** Of the words (TF-IDF), 0..1. */
  cosine: number;
  /** Of the meanings, -1..1; null where there was none to compare. */
  meaning: number | null;
  /** Stemmed words that both have, those that add most to the cosine first. */
  words: string[];
}

export interface IssueIndex<T> {
  readonly size: number;
  /** Best first; of equals the newer. */
  search(query: IssueQuery): IssueHit<T>[];
}

/** A line that stands in so many issues, and in this share of them, came with a template of this repository. */
const TEMPLATE_ISSUES = 10;
const TEMPLATE_SHARE = 0.02;
/** Weightings that are kept: the one of all issues, and the last ones of a replay. */
const KEPT_WEIGHTINGS = 4;

/**
 * Issues by the words of title and body: TF-IDF cosine, (1 + ln tf) · ln(1 + N / df), title threefold, plurals stemmed,
 * templates left out, also those that the repository's own issues teach.
 */
export function openIssueIndex<T extends IndexableIssue>(issues: Iterable<T>): IssueIndex<T> {
  const texts = readIssues(Array.from(issues).filter(({ pull }) => pull !== true));
  const weightings = new Map<string, Weighting>();

  function weightingOf({ before, at }: IssueBounds): Weighting {
    const included = withinBounds(texts.issues, { before, at });
    const all = included.length === texts.issues.length;
    const key = all ? "all" : `${before ?? ""} ${at ?? ""}`;
    const weighting = weightings.get(key) ?? weigh(texts, included);
    weightings.delete(key);
    weightings.set(key, weighting);
    for (const oldest of weightings.keys()) if (weightings.size > KEPT_WEIGHTINGS) weightings.delete(oldest);
    return weighting;
  }

  return {
    size: texts.issues.length,
    search: (query) => searchIssues(texts, weightingOf(query), query),
  };
}

/** Positions of the issues that count. */
function withinBounds(issues: readonly IndexableIssue[], { before = Infinity, at }: IssueBounds): number[] {
  const latest = at === undefined ? null : Date.parse(at);
  return Array.from(issues.keys()).filter((position) => {
    const { number, createdAt = "" } = issues[position] as IndexableIssue;
    return number < before && (latest === null || Date.parse(createdAt) <= latest);
  });
}

interface IssueTexts<T> {
  issues: T[];
  vocabulary: Vocabulary;
  /** Of each issue without its common lines. */
  rows: WordCounts[];
  /** Of each issue: numbers of its lines that stand in TEMPLATE_ISSUES or more. */
  commonLines: Int32Array[];
  /** Number of a common line. */
  lineNumbers: ReadonlyMap<string, number>;
  /** Words of each common line. */
  lineWords: WordCounts[];
}

function readIssues<T extends IndexableIssue>(issues: T[]): IssueTexts<T> {
  const vocabulary = createVocabulary();
  const lines = issues.map(({ body }) => [...new Set(writtenLines(body))]);
  const lineNumbers = commonLinesOf(lines);
  const rows = issues.map(({ title }, position) => {
    const own = (lines[position] ?? []).filter((line) => !lineNumbers.has(line));
    return vocabulary.count([titleText(title), ...own].join("\n"));
  });
  const commonLines = lines.map((own) => Int32Array.from(own.flatMap((line) => lineNumbers.get(line) ?? [])));
  const lineWords = Array.from(lineNumbers.keys(), (line) => vocabulary.count(line));
  return { issues, vocabulary, rows, commonLines, lineNumbers, lineWords };
}

function commonLinesOf(issues: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const lines of issues) for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count >= TEMPLATE_ISSUES);
  return new Map(common.map(([line], number) => [line, number]));
}

/** Weights of the words as they were when only these issues were there, and the issues by word. */
interface Weighting {
  /** Positions of these issues. */
  included: readonly number[];
  /** Whether a common line came with a template. */
  isTemplate: Uint8Array;
  /** ln(1 + N / df) by word; 0 for words that no issue has. */
  idf: Float64Array;
  /** What a word weighs that only the query has, which is one more text then. */
  unknownIdf: number;
  /** Postings of word w: starts[w] to starts[w + 1]. */
  starts: Int32Array;
  positions: Int32Array;
  /** Share of a word in its issue's vector of length 1. */
  weights: Float32Array;
}

function weigh<T>(texts: IssueTexts<T>, included: readonly number[]): Weighting {
  const isTemplate = templateLines(texts, included);
  const rows = included.map((position) => fullRow(texts, position, isTemplate));
  const frequency = new Int32Array(texts.vocabulary.size());
  for (const { words } of rows) for (const word of words) frequency[word] = (frequency[word] as number) + 1;
  const idf = Float64Array.from(frequency, (df) => (df === 0 ? 0 : Math.log(1 + included.length / df)));

  const starts = new Int32Array(frequency.length + 1);
  for (let word = 0; word < frequency.length; word++) {
    starts[word + 1] = (starts[word] as number) + (frequency[word] as number);
  }
  const positions = new Int32Array(starts.at(-1) ?? 0);
  const weights = new Float32Array(positions.length);
  const next = starts.slice();
  for (let at = 0; at < included.length; at++) {
    const row = rows[at] as WordCounts;
    const vector = unitVector(row, idf);
    for (let index = 0; index < vector.length; index++) {
      const word = row.words[index] as number;
      const slot = next[word] as number;
      next[word] = slot + 1;
      positions[slot] = included[at] as number;
      weights[slot] = vector[index] as number;
    }
  }
  return { included, isTemplate, idf, unknownIdf: Math.log(2 + included.length), starts, positions, weights };
}

function templateLines<T>({ commonLines, lineWords }: IssueTexts<T>, included: readonly number[]): Uint8Array {
  const counts = new Int32Array(lineWords.length);
  for (const position of included) {
    for (const line of commonLines[position] ?? []) counts[line] = (counts[line] ?? 0) + 1;
  }
  const least = Math.max(TEMPLATE_ISSUES, TEMPLATE_SHARE * included.length);
  return Uint8Array.from(counts, (count) => (count >= least ? 1 : 0));
}

/** An issue's words, with those of its common lines that are no template's. */
function fullRow<T>(texts: IssueTexts<T>, position: number, isTemplate: Uint8Array): WordCounts {
  const row = texts.rows[position] as WordCounts;
  const lines = Array.from(texts.commonLines[position] ?? []).filter((line) => isTemplate[line] === 0);
  if (lines.length === 0) return row;
  const total = new Map<number, number>();
  for (const { words, counts } of [row, ...lines.map((line) => texts.lineWords[line] as WordCounts)]) {
    for (const [index, word] of words.entries()) total.set(word, (total.get(word) ?? 0) + (counts[index] as number));
  }
  return { words: Int32Array.from(total.keys()), counts: Int32Array.from(total.values()) };
}

function unitVector({ words, counts }: WordCounts, idf: Float64Array): Float64Array {
  const weights = new Float64Array(words.length);
  let squares = 0;
  for (let index = 0; index < words.length; index++) {
    const weight = (1 + Math.log(counts[index] as number)) * (idf[words[index] as number] as number);
    weights[index] = weight;
    squares += weight * weight;
  }
  const length = Math.sqrt(squares) || 1;
  for (let index = 0; index < weights.length; index++) weights[index] = (weights[index] as number) / length;
  return weights;
}

function searchIssues<T extends IndexableIssue>(
  texts: IssueTexts<T>,
  weighting: Weighting,
  query: IssueQuery,
): IssueHit<T>[] {
  const vector = queryVector(texts, weighting, query);
  const cosines = new Float64Array(texts.issues.length);
  const touched: number[] = [];
  for (const [word, weight] of vector) {
    for (let slot = weighting.starts[word] as number; slot < (weighting.starts[word + 1] as number); slot++) {
      const position = weighting.positions[slot] as number;
      if (cosines[position] === 0) touched.push(position);
      cosines[position] = (cosines[position] as number) + weight * (weighting.weights[slot] as number);
    }
  }
  const issueAt = (position: number): T => texts.issues[position] as T;
  const { meaning } = query;
  // What shares no word with it may still say the same.
  const candidates = meaning ? weighting.included : touched;
  const meanings = meaning ? candidates.map((position) => meaning.cosineOf(issueAt(position).number)) : [];
  const scores = meaning
    ? jointScores(
        candidates.map((position) => cosines[position] as number),
        meanings,
      )
    : null;
  const costOf = ageCost(query.written);
  return candidates
    .map((position, at) => {
      const cosine = Math.min(1, cosines[position] as number);
      const score = scores?.[at] ?? cosine;
      const order = score - costOf(issueAt(position).createdAt);
      return { position, cosine, meaning: meanings[at] ?? null, score, order };
    })
    .filter(({ position, score }) => score >= query.floor && issueAt(position).number !== query.except)
    .sort((a, b) => b.order - a.order || issueAt(b.position).number - issueAt(a.position).number)
    .slice(0, query.k)
    .map(({ position, score, cosine, meaning }) => ({
      issue: issueAt(position),
      score,
      cosine,
      meaning,
      words: sharedWords(texts, weighting, vector, position),
    }));
}

/** Weights of the query's words that some issue has; the others make the vector longer all the same. */
function queryVector<T>(
  { vocabulary, lineNumbers }: IssueTexts<T>,
  { isTemplate, idf, unknownIdf }: Weighting,
  { title, body }: IssueQuery,
): Map<number, number> {
  const lines = [...new Set(writtenLines(body))].filter((line) => isTemplate[lineNumbers.get(line) ?? -1] !== 1);
  const vector = new Map<number, number>();
  let squares = 0;
  for (const [word, count] of countWords([titleText(title), ...lines].flatMap(wordsOf))) {
    const number = vocabulary.numberOf(word) ?? -1;
    const weight = (1 + Math.log(count)) * (idf[number] || unknownIdf);
    squares += weight * weight;
    if (idf[number]) vector.set(number, weight);
  }
  for (const [word, weight] of vector) vector.set(word, weight / Math.sqrt(squares));
  return vector;
}

function sharedWords<T>(
  { vocabulary }: IssueTexts<T>,
  { starts, positions, weights }: Weighting,
  vector: ReadonlyMap<number, number>,
  position: number,
): string[] {
  const shared: [word: string, part: number][] = [];
  for (const [word, weight] of vector) {
    const slot = findSlot(positions, starts[word] as number, starts[word + 1] as number, position);
    if (slot !== null) shared.push([vocabulary.spell(word), weight * (weights[slot] as number)]);
  }
  return shared.sort(([, a], [, b]) => b - a).map(([word]) => word);
}

/** Positions ascend within a word's postings. */
function findSlot(positions: Int32Array, start: number, end: number, position: number): number | null {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] as number) < position) low = middle + 1;
    else high = middle;
  }
  return low < end && positions[low] === position ? low : null;
}
