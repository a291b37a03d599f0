import { type CodeLine, tokenWeight } from "./code-lines.ts";

export interface AlignedPair {
  left: CodeLine;
  right: CodeLine;
  /** 0..1: `lineSimilarity` of the two. */
  similarity: number;
}

/** Lines less alike than this are different lines. */
const SAME_LINE = 0.5;
/** Cost of leaving out a line, relative to its weight: a gap must be won back by what follows. */
const GAP = 0.35;

/**
 * 0..1: share of the two lines' token weight that lies on their longest common subsequence (Dice). 0 where it is certain to
 * be under SAME_LINE.
 */
function lineSimilarity(a: CodeLine, b: CodeLine, namesOfB: number): number {
  const total = a.weight + b.weight;
  if (total === 0 || (2 * Math.min(a.weight, b.weight)) / total < SAME_LINE) return 0;
  if ((2 * mostInCommon(a.tokens, namesOfB)) / total < SAME_LINE) return 0;
  return (2 * commonWeight(a.tokens, b.tokens)) / total;
}

/** Weight of the tokens that the other line may have: all punctuation, and names by the other's `namesIn`. */
function mostInCommon(tokens: Int32Array, names: number): number {
  let weight = 0;
  for (const token of tokens) if (token < 0 || (names & (1 << (token & 31))) !== 0) weight += tokenWeight(token);
  return weight;
}

/** A bit for each name, of 32 that they share. */
function namesIn({ tokens }: CodeLine): number {
  let names = 0;
  for (const token of tokens) if (token > 0) names |= 1 << (token & 31);
  return names;
}

/**
 * Local alignment of two blocks of lines (Smith and Waterman 1981): the ordered pairs of lines that belong together in
 * the stretch where the blocks are most alike. Long lines weigh more than short ones.
 */
export function alignLines(left: CodeLine[], right: CodeLine[]): AlignedPair[] {
  const columns = right.length + 1;
  const { scores, similarities } = tableOf((left.length + 1) * columns);
  scores.fill(0, 0, columns);
  const names = Int32Array.from(right, namesIn);
  let best = 0;
  for (const [i, a] of left.entries()) {
    let cell = (i + 1) * columns;
    scores[cell] = 0;
    for (const [j, b] of right.entries()) {
      cell++;
      const similarity = lineSimilarity(a, b, names[j] as number);
      similarities[cell] = similarity;
      const paired = similarity >= SAME_LINE ? at(scores, cell - columns - 1) + gain(a, similarity) : 0;
      const skipped = Math.max(
        at(scores, cell - columns) - GAP * a.weight, //
        at(scores, cell - 1) - GAP * b.weight,
      );
      scores[cell] = Math.max(0, paired, skipped);
      if (at(scores, cell) > at(scores, best)) best = cell;
    }
  }
  return traceBack(left, right, scores, similarities, best);
}

interface Table {
  scores: Float64Array;
  similarities: Float64Array;
}

/** Kept, because blocks are aligned by the hundred: memory that is taken and dropped is half of what that costs. */
let table: Table = { scores: new Float64Array(0), similarities: new Float64Array(0) };

/** Holds what was there before. */
function tableOf(cells: number): Table {
  if (table.scores.length >= cells) return table;
  const made = { scores: new Float64Array(2 * cells), similarities: new Float64Array(2 * cells) };
  if (cells <= cellsKept) table = made;
  return made;
}

const cellsKept = 250_000;

function traceBack(
  left: CodeLine[],
  right: CodeLine[],
  scores: Float64Array,
  similarities: Float64Array,
  from: number,
): AlignedPair[] {
  const columns = right.length + 1;
  const pairs: AlignedPair[] = [];
  for (let cell = from; at(scores, cell) > 0;) {
    const a = left[Math.floor(cell / columns) - 1] as CodeLine;
    const b = right[(cell % columns) - 1] as CodeLine;
    const similarity = at(similarities, cell);
    const score = at(scores, cell);
    if (similarity >= SAME_LINE && score === at(scores, cell - columns - 1) + gain(a, similarity)) {
      pairs.push({ left: a, right: b, similarity });
      cell -= columns + 1;
    } else {
      cell -= score === at(scores, cell - columns) - GAP * a.weight ? columns : 1;
    }
  }
  return pairs.reverse();
}

function gain(line: CodeLine, similarity: number): number {
  return line.weight * (2 * similarity - SAME_LINE);
}

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

/** Weight of the longest common subsequence of two token sequences. */
function commonWeight(a: Int32Array, b: Int32Array): number {
  if (row.length <= b.length) row = new Int32Array(2 * b.length);
  row.fill(0, 0, b.length + 1);
  for (const token of a) {
    const weight = tokenWeight(token);
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      const extended = token === b[j - 1] ? diagonal + weight : 0;
      row[j] = Math.max(above, row[j - 1] as number, extended);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}

/** Kept, because thousands of pairs of lines are compared. */
let row = new Int32Array(128);
