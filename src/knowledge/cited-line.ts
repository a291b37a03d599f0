/**
 * The line of a chunk that a citation should lead to: where the query's words of the greatest weight stand together. A chunk
 * may begin on the page before.
 * @param weights of the query's words, in lower case
 * @returns index into `lines`
 */
export function citedLine(lines: readonly string[], weights: ReadonlyMap<string, number>): number {
  const found = lines.map((line) => {
    const isMark = /^<!-- page \d+ -->$/.test(line);
    return new Set(isMark ? [] : wordsOf(line).filter((word) => weights.has(word)));
  });
  let best = 0;
  let most = 0;
  for (const [i, words] of found.entries()) {
    if (words.size === 0) continue;
    // A sentence often goes on in the next line.
    const together = new Set([...words, ...(found[i + 1] ?? [])]);
    const score = Array.from(together).reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
    if (score > most) [best, most] = [i, score];
  }
  return best;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}
