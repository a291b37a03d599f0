import { createNameTokens } from "../engram/algebra/name-token.ts";
import { innerProduct, type IntegerVector, norm, shiftBy, sum, vectorOf } from "../engram/algebra/token-vector.ts";
import { type TaskType, taskTypes } from "./task-type.ts";
import { readTask } from "./task-words.ts";

/** A labelled text as a hypervector. */
export interface LabelledVector {
  text: string;
  type: TaskType;
  vector: IntegerVector;
}

export interface Vote {
  /** Share of the votes for each type; all 0 where nothing is alike. */
  shares: Record<TaskType, number>;
  /** Who voted, the most alike first. */
  voters: { text: string; type: TaskType; similarity: number }[];
}

/** How the vote is counted; these did best on the examples themselves, each asked of the others. */
const voteSettings = { neighbours: 15, power: 2 };

const nameTokens = createNameTokens(0);
/** What the first words are rotated by, so that `test` as the verb differs from `test` further on. Any number does. */
const openingShift = 1_000_003;
const openingWords = 3;
/** Letters that stand for a word beside the word itself: `document`, `documentation` and `dokumentiere` share them or nearly. */
const stemLetters = 5;

/**
 * A text as a sparse integer vector: the sum of its words, of their stems, of the mark of a question, and of its first words
 * bound to the opening by rotation (Gayler 1998; Plate 2003, §3.6.7: permutation keeps similarity and separates places).
 */
function taskVector(text: string): IntegerVector {
  const { opening, rest } = readTask(text);
  const first = wordsOf(opening);
  const words = [...first, ...wordsOf(rest)];
  const marks = words.length > 0 && text.includes("?") ? ["question_mark"] : [];
  return sum([
    countsOf([...words, ...words.map(stemOf), ...marks]),
    shiftBy(countsOf(first.slice(0, openingWords).map(stemOf)), openingShift),
  ]);
}

/** Labelled texts that are ready to vote. */
export interface Voters {
  labelled: LabelledVector[];
  /** Weight of a token by how few of the texts have it. */
  weightOf: (token: number) => number;
  norms: number[];
}

export function votersOf(examples: Record<TaskType, readonly string[]>): Voters {
  return readyToVote(
    taskTypes.flatMap((type) => examples[type].map((text) => ({ text, type, vector: taskVector(text) }))),
  );
}

function readyToVote(labelled: LabelledVector[]): Voters {
  const frequency = new Map<number, number>();
  for (const { vector } of labelled)
    for (const token of vector.tokens) frequency.set(token, (frequency.get(token) ?? 0) + 1);
  const weightOf = (token: number) => Math.log((labelled.length + 1) / ((frequency.get(token) ?? 0) + 0.5));
  return { labelled, weightOf, norms: labelled.map(({ vector }) => norm(vector, { weightOf, squareRoots: true })) };
}

/** The nearest labelled texts by cosine vote for their types, each by its similarity to the power of `power`. */
export function voteOn(text: string, { labelled, weightOf, norms }: Voters, settings = voteSettings): Vote {
  const metric = { weightOf, squareRoots: true };
  const vector = taskVector(text);
  const length = norm(vector, metric);
  const voters = labelled
    .map((one, i) => ({
      text: one.text,
      type: one.type,
      similarity: innerProduct(vector, one.vector, metric) / (length * (norms[i] as number)),
    }))
    .filter(({ similarity }) => similarity > 0)
    .toSorted((a, b) => b.similarity - a.similarity)
    .slice(0, settings.neighbours);
  const shares = { coding: 0, research: 0, documentation: 0, testing: 0 };
  const all = voters.reduce((total, { similarity }) => total + similarity ** settings.power, 0);
  for (const { type, similarity } of voters) shares[type] += similarity ** settings.power / all;
  return { shares, voters };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
}

/** The underscore keeps it apart from a word of these letters. */
function stemOf(word: string): string {
  return `${word.slice(0, stemLetters)}_`;
}

/** How often each word stands there. */
function countsOf(words: readonly string[]): IntegerVector {
  const tokens = words.flatMap((word) => nameTokens.ofName(word));
  return vectorOf(tokens, new Int32Array(tokens.length).fill(1));
}
