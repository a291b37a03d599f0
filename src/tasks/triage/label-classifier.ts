import { setImmediate as breathe } from "node:timers/promises";
import { countWords } from "../../retrieval/bm25.ts";
import { createVocabulary, titleText, type Vocabulary, type WordCounts, wordsOf } from "../../retrieval/issue-text.ts";
import { limits } from "../../shared/limits.ts";
import type { LabelledIssue } from "./label-cut-offs.ts";

/** How likely a text has each label, by its words: what the nearest issues do not tell where many have one word in common. */
export interface LabelClassifier {
  /** 0..1 by the label's name in lower case; labels that too few issues have are not in it. */
  likelihoods(text: { title: string; body: string }): Map<string, number>;
}

/** Issues that must have a label, and be without it. */
const FEWEST = 15;
/** A word that one issue has tells nothing of others. */
const FEWEST_WITH_WORD = 2;
const ROUNDS = 4;
/** Falls with each round: 4, 2, 4/3, 1. */
const FIRST_STEP = 4;
const DECAY = 0.002;

/**
 * One logistic regression a label over TF-IDF vectors of length 1, by stochastic gradient descent in a fixed order: the same
 * issues teach the same. Learns from the newest limits.labelledIssues issues that have labels; about a second for as many.
 */
export async function trainLabelClassifier(issues: readonly LabelledIssue[]): Promise<LabelClassifier> {
  const labelled = issues.filter(({ labels }) => labels.length > 0).slice(-limits.labelledIssues);
  const vocabulary = createVocabulary();
  const counts = labelled.map((issue) => vocabulary.count(textOf(issue)));
  const idf = inverseFrequencies(counts, vocabulary.size());
  const vectors = counts.map((one) => vectorOf(one, idf));
  const sets = labelled.map(({ labels }) => new Set(labels.map((label) => label.toLowerCase())));
  const numbers = new Map<string, number>();
  for (const own of sets) for (const label of own) numbers.set(label, (numbers.get(label) ?? 0) + 1);
  const learnt = new Map<string, Weights>();
  for (const [label, number] of numbers) {
    if (number < FEWEST || sets.length - number < FEWEST) continue;
    learnt.set(
      label,
      learn(vectors, (at) => sets[at]?.has(label) ?? false, number, idf.length),
    );
    // Webhooks are answered meanwhile.
    await breathe();
  }
  return {
    likelihoods(text) {
      const vector = vectorOf(knownWords(textOf(text), vocabulary), idf);
      return new Map(Array.from(learnt, ([label, weights]) => [label, logistic(sumOf(weights, vector))]));
    },
  };
}

/** With the lines of templates: which one somebody took says much of what it is about. */
function textOf({ title, body }: { title: string; body: string }): string {
  return `${titleText(title)}\n${body.slice(0, limits.issueCharacters)}`;
}

/** Without making the vocabulary larger, which is kept for a day. */
function knownWords(text: string, vocabulary: Vocabulary): WordCounts {
  const known = Array.from(countWords(wordsOf(text))).flatMap(([word, count]) => {
    const number = vocabulary.numberOf(word);
    return number === undefined ? [] : [[number, count] as const];
  });
  return { words: Int32Array.from(known, ([word]) => word), counts: Int32Array.from(known, ([, count]) => count) };
}

interface Vector {
  words: Int32Array;
  values: Float32Array;
}

interface Weights {
  words: Float32Array;
  bias: number;
}

function inverseFrequencies(all: readonly WordCounts[], size: number): Float64Array {
  const frequency = new Int32Array(size);
  for (const { words } of all) for (const word of words) frequency[word] = (frequency[word] as number) + 1;
  return Float64Array.from(frequency, (df) => (df < FEWEST_WITH_WORD ? 0 : Math.log(1 + all.length / df)));
}

/** Words that are new since do not count. */
function vectorOf({ words, counts }: WordCounts, idf: Float64Array): Vector {
  const known = Array.from(words.keys()).filter((at) => (idf[words[at] as number] ?? 0) > 0);
  const values = known.map((at) => (1 + Math.log(counts[at] as number)) * (idf[words[at] as number] as number));
  const length = Math.hypot(...values) || 1;
  return {
    words: Int32Array.from(known, (at) => words[at] as number),
    values: Float32Array.from(values, (value) => value / length),
  };
}

function learn(vectors: readonly Vector[], has: (at: number) => boolean, number: number, size: number): Weights {
  const weights: Weights = {
    words: new Float32Array(size),
    bias: Math.log((number + 1) / (vectors.length - number + 1)),
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const step = FIRST_STEP / round;
    for (let turn = 0; turn < vectors.length; turn++) {
      const at = scattered(turn, round, vectors.length);
      const vector = vectors[at] as Vector;
      const error = (has(at) ? 1 : 0) - logistic(sumOf(weights, vector));
      // What is told right already changes next to nothing, and is most of them.
      if (Math.abs(error) < 1e-3) continue;
      adjust(weights, vector, step, error);
    }
  }
  return weights;
}

/** Each once a round if the prime does not divide the number, and not in the order of time. */
function scattered(turn: number, round: number, length: number): number {
  return (turn * 7_919 + round * 104_729) % length;
}

function adjust(weights: Weights, { words, values }: Vector, step: number, error: number): void {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as number;
    const value = values[index] as number;
    const before = weights.words[word] as number;
    weights.words[word] = before + step * value * (error - DECAY * before);
  }
  weights.bias += 0.1 * step * error;
}

function sumOf({ words: of, bias }: Weights, { words, values }: Vector): number {
  let sum = bias;
  for (let index = 0; index < words.length; index++)
    sum += (of[words[index] as number] as number) * (values[index] as number);
  return sum;
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
