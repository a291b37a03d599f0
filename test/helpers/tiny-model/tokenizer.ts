/** Byte-level BPE as GPT-2 does it, learnt from a text: small, deterministic, and what llama.cpp calls `gpt2`. */
export interface Vocabulary {
  /** Token texts in GPT-2's printable spelling of bytes, by id. */
  tokens: string[];
  merges: string[];
  encode(text: string): number[];
}

/** GPT-2's split into words; a merge never crosses it. */
const words = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Learns merges, most frequent pair first and ties by spelling, until the vocabulary holds `size` tokens. */
export function learnVocabulary(texts: readonly string[], size: number): Vocabulary {
  const tokens = [...byteSpelling.values()];
  const merges: string[] = [];
  const counts = new Map<string, number>();
  for (const word of texts.flatMap((text) => split(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const pieces = [...counts].map(([word, count]) => ({ pieces: Array.from(word), count }));
  while (tokens.length < size) {
    const pair = mostFrequentPair(pieces);
    if (pair === null) break;
    merges.push(pair);
    tokens.push(pair.replace(" ", ""));
    for (const word of pieces) word.pieces = merge(word.pieces, pair);
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const encode = (text: string) =>
    split(text).flatMap((word) => merges.reduce(merge, Array.from(word)).map((piece) => ids.get(piece) as number));
  return { tokens, merges, encode };
}

function split(text: string): string[] {
  return [...text.matchAll(words)].map(([word]) =>
    [...Buffer.from(word)].map((byte) => byteSpelling.get(byte) as string).join(""),
  );
}

function mostFrequentPair(list: readonly { pieces: string[]; count: number }[]): string | null {
  const counts = new Map<string, number>();
  for (const { pieces, count } of list) {
    for (let i = 1; i < pieces.length; i++) {
      const pair = `${pieces[i - 1]} ${pieces[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: string | null = null;
  for (const [pair, count] of counts) {
    const bestCount = best === null ? 0 : (counts.get(best) as number);
    if (count > bestCount || (count === bestCount && best !== null && pair < best)) best = pair;
  }
  return best;
}

function merge(pieces: string[], pair: string): string[] {
  const [left, right] = pair.split(" ");
  const merged: string[] = [];
  for (const piece of pieces) {
    if (piece === right && merged.at(-1) === left) merged.splice(-1, 1, `${left}${right}`);
    else merged.push(piece);
  }
  return merged;
}

/** Every byte as one printable character: itself where it is one, otherwise the next free code point from 256 on. */
const byteSpelling = spellBytes();

function spellBytes(): Map<number, string> {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  const spelling = new Map<number, string>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    spelling.set(byte, String.fromCharCode(printable(byte) ? byte : next++));
  }
  return spelling;
}
