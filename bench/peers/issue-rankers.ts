/** Issues ranked by their words in the two ways that one writes first; nothing of it is shared with the product. */

export const issueMethods = ["tfidf", "bm25"] as const;
export type IssueMethod = (typeof issueMethods)[number];

export interface IssueRanker {
  add(issue: { number: number; title: string; body: string }): void;
  /** Numbers of the issues added so far, best first. All of them are scored; those without a common word are left out. */
  rank(method: IssueMethod, issue: { title: string; body: string }, k: number): number[];
}

interface Row {
  number: number;
  words: Int32Array;
  counts: Int32Array;
  /** Words in all, with repetitions. */
  length: number;
}

const titleWeight = 3;
const k1 = 1.2;
const b = 0.75;

/**
 * Words are runs of letters, digits and underscores, lower-cased, without the s of a plural; the title counts three times.
 * tfidf: cosine of (1 + ln tf) · ln(1 + N / df). bm25: Robertson's, k1 1.2, b 0.75. Frequencies are those of the moment.
 */
export function createIssueRanker(): IssueRanker {
  const numbers = new Map<string, number>();
  const rows: Row[] = [];
  const frequencies: number[] = [];
  let length = 0;

  function rowOf({ number, title, body }: { number: number; title: string; body: string }): Row {
    const counted = new Map<number, number>();
    const words = [...Array<string>(titleWeight).fill(title), body].flatMap(wordsOf);
    for (const word of words) {
      const known = numbers.get(word) ?? numbers.size;
      numbers.set(word, known);
      counted.set(known, (counted.get(known) ?? 0) + 1);
    }
    return {
      number,
      words: Int32Array.from(counted.keys()),
      counts: Int32Array.from(counted.values()),
      length: words.length,
    };
  }

  return {
    add(issue) {
      const row = rowOf(issue);
      for (const word of row.words) frequencies[word] = (frequencies[word] ?? 0) + 1;
      length += row.length;
      rows.push(row);
    },
    rank(method, issue, k) {
      const query = rowOf({ number: 0, ...issue });
      const scores =
        method === "tfidf" ? cosines(rows, query, frequencies) : bm25(rows, query, frequencies, length / rows.length);
      const found = Array.from(rows.keys()).filter((at) => (scores[at] as number) > 0);
      return found
        .sort((one, other) => (scores[other] as number) - (scores[one] as number))
        .slice(0, k)
        .map((at) => (rows[at] as Row).number);
    },
  };
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.map((word) => (word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word));
}

function cosines(rows: readonly Row[], query: Row, frequencies: readonly number[]): Float64Array {
  const idf = Float64Array.from({ length: Math.max(frequencies.length, largest(query) + 1) }, (_, word) =>
    Math.log(1 + rows.length / (frequencies[word] ?? 1)),
  );
  const weights = new Float64Array(idf.length);
  for (const [at, word] of query.words.entries())
    weights[word] = (1 + Math.log(query.counts[at] as number)) * (idf[word] as number);
  return Float64Array.from(rows, ({ words, counts }) => {
    let [product, squares] = [0, 0];
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as number;
      const weight = (1 + Math.log(counts[at] as number)) * (idf[word] as number);
      product += weight * (weights[word] as number);
      squares += weight * weight;
    }
    return squares === 0 ? 0 : product / Math.sqrt(squares);
  });
}

function bm25(rows: readonly Row[], query: Row, frequencies: readonly number[], meanLength: number): Float64Array {
  const weights = new Float64Array(Math.max(frequencies.length, largest(query) + 1));
  for (const [at, word] of query.words.entries()) {
    const frequency = frequencies[word] ?? 0;
    const idf = Math.log(1 + (rows.length - frequency + 0.5) / (frequency + 0.5));
    weights[word] = idf * (query.counts[at] as number);
  }
  return Float64Array.from(rows, ({ words, counts, length }) => {
    let score = 0;
    for (let at = 0; at < words.length; at++) {
      const weight = weights[words[at] as number] as number;
      const count = counts[at] as number;
      if (weight > 0) score += (weight * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / meanLength));
    }
    return score;
  });
}

function largest({ words }: Row): number {
  return words.reduce((most, word) => Math.max(most, word), 0);
}
