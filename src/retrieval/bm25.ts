const K1 = 1.2;
const B = 0.75;

export interface TextIndex {
  /** Documents by their index, best first; those that share no word are left out. */
  search(words: string[], k: number): { index: number; score: number }[];
}

/** Exact BM25 over short texts, such as commit messages, given as words. */
export function createTextIndex(documents: string[][]): TextIndex {
  const postings = new Map<string, { index: number; count: number }[]>();
  for (const [index, words] of documents.entries()) {
    for (const [word, count] of countWords(words)) {
      const posting = postings.get(word);
      if (posting) posting.push({ index, count });
      else postings.set(word, [{ index, count }]);
    }
  }
  const averageLength = documents.reduce((sum, words) => sum + words.length, 0) / documents.length;

  return {
    search(words, k) {
      const scores = new Map<number, number>();
      for (const word of new Set(words)) {
        const posting = postings.get(word) ?? [];
        const idf = Math.log(1 + (documents.length - posting.length + 0.5) / (posting.length + 0.5));
        for (const { index, count } of posting) {
          const length = (documents[index]?.length ?? 0) / averageLength;
          const part = (count * (K1 + 1)) / (count + K1 * (1 - B + B * length));
          scores.set(index, (scores.get(index) ?? 0) + idf * part);
        }
      }
      return Array.from(scores, ([index, score]) => ({ index, score }))
        .sort((a, b) => b.score - a.score || a.index - b.index)
        .slice(0, k);
    },
  };
}

export function countWords(words: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
