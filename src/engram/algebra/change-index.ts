import { createTokenTable, type TokenTable } from "../token-table.ts";
import { type ChangeColumns, mergeSides } from "./change-columns.ts";
import type { ChangeSides } from "./change-vector.ts";

export interface ChangeHit {
  name: string;
  /** Number of the change in the columns. */
  change: number;
  /** Cosines from 0 to 1 with the undone and with the repeated change. The greater says which it is. */
  undoes: number;
  repeats: number;
}

/** Columns turned about: for every token the changes that hold it. */
export interface ChangeIndex {
  columns: ChangeColumns;
  numbers: TokenTable;
  /** Postings of token number n are entries offsets[n] to offsets[n + 1] − 1. */
  offsets: Uint32Array;
  changes: Uint32Array;
  /** Square roots of the counts. */
  added: Float32Array;
  removed: Float32Array;
  /** Squared inverse document frequency by token number, over the changes of this index. */
  weights: Float64Array;
  norms: Float64Array;
}

export function openChangeIndex(columns: ChangeColumns): ChangeIndex {
  const { names, ends, tokens } = columns;
  const numbers = createTokenTable();
  const numbered = tokens.map((token) => numbers.intern(token));
  const offsets = new Uint32Array(numbers.size() + 1);
  for (const number of numbered) offsets[number + 1] = (offsets[number + 1] as number) + 1;
  for (let n = 0; n < numbers.size(); n++) offsets[n + 1] = (offsets[n + 1] as number) + (offsets[n] as number);
  const weights = new Float64Array(numbers.size());
  for (let n = 0; n < numbers.size(); n++) {
    weights[n] = squaredIdf((offsets[n + 1] as number) - (offsets[n] as number), names.length);
  }
  const index = {
    columns,
    numbers,
    offsets,
    changes: new Uint32Array(tokens.length),
    added: new Float32Array(tokens.length),
    removed: new Float32Array(tokens.length),
    weights,
    norms: new Float64Array(names.length),
  };
  const next = offsets.slice();
  for (let change = 0, i = 0; change < names.length; change++) {
    let square = 0;
    for (; i < (ends[change] as number); i++) {
      const number = numbered[i] as number;
      const [added, removed] = [columns.added[i] as number, columns.removed[i] as number];
      const at = next[number] as number;
      next[number] = at + 1;
      index.changes[at] = change;
      index.added[at] = Math.sqrt(added);
      index.removed[at] = Math.sqrt(removed);
      square += (added + removed) * (weights[number] as number);
    }
    index.norms[change] = Math.sqrt(square);
  }
  return index;
}

/**
 * What this change takes back: the changes that it is most like when its sides are swapped, best first; of equals the one
 * with the lower number, so columns are best written newest first. IDF over the indexed changes, square roots of counts,
 * cosine over both sides.
 */
export function changesTakenBack(index: ChangeIndex, sides: ChangeSides, k: number): ChangeHit[] {
  return best(compareChanges(index, sides), k, (hit) => hit.undoes);
}

/** What this change repeats, as a backport does. */
export function changesRepeated(index: ChangeIndex, sides: ChangeSides, k: number): ChangeHit[] {
  return best(compareChanges(index, sides), k, (hit) => hit.repeats);
}

/** Every indexed change that shares a token with this one, in the order of the columns. Costs the postings of its tokens. */
function compareChanges(index: ChangeIndex, sides: ChangeSides): ChangeHit[] {
  const { columns, offsets, changes, weights, norms } = index;
  const undoes = new Float64Array(norms.length);
  const repeats = new Float64Array(norms.length);
  const { tokens, added, removed } = mergeSides(sides);
  let square = 0;
  for (let i = 0; i < tokens.length; i++) {
    const number = index.numbers.find(tokens[i] as number);
    const weight = number < 0 ? squaredIdf(0, norms.length) : (weights[number] as number);
    square += ((added[i] as number) + (removed[i] as number)) * weight;
    if (number < 0) continue;
    const [plus, minus] = [weight * Math.sqrt(added[i] as number), weight * Math.sqrt(removed[i] as number)];
    for (let at = offsets[number] as number; at < (offsets[number + 1] as number); at++) {
      const change = changes[at] as number;
      const [itsAdded, itsRemoved] = [index.added[at] as number, index.removed[at] as number];
      undoes[change] = (undoes[change] as number) + plus * itsRemoved + minus * itsAdded;
      repeats[change] = (repeats[change] as number) + plus * itsAdded + minus * itsRemoved;
    }
  }
  const hits: ChangeHit[] = [];
  for (let change = 0; change < norms.length; change++) {
    if (undoes[change] === 0 && repeats[change] === 0) continue;
    const length = (norms[change] as number) * Math.sqrt(square);
    const name = columns.names[change] as string;
    hits.push({
      name,
      change,
      undoes: (undoes[change] as number) / length,
      repeats: (repeats[change] as number) / length,
    });
  }
  return hits;
}

function best(hits: ChangeHit[], k: number, score: (hit: ChangeHit) => number): ChangeHit[] {
  const found = hits.filter((hit) => score(hit) > 0);
  return found.sort((a, b) => score(b) - score(a) || a.change - b.change).slice(0, k);
}

/** BM25's inverse document frequency, squared, because it weighs both vectors. */
function squaredIdf(frequency: number, changes: number): number {
  return Math.log(1 + (changes - frequency + 0.5) / (frequency + 0.5)) ** 2;
}
