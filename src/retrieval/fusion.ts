import type { Contribution } from "./evidence.ts";

export interface RankedList {
  name: string;
  /** How much a place in this list counts, relative to the others. */
  weight: number;
  /** Keys, best first, each once. */
  keys: string[];
}

export interface FusedKey {
  key: string;
  /** 0..1; 1 is first in every list. */
  score: number;
  contributions: Contribution[];
}

/** Smaller than the usual 60: the lists are short and their tops good (measured on commit messages and hunks). */
const RANK_CONSTANT = 20;

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), weighted. Best first; ties by key. */
export function fuseRankings(lists: RankedList[]): FusedKey[] {
  const perfect = lists.reduce((sum, { weight }) => sum + weight / (RANK_CONSTANT + 1), 0);
  const fused = new Map<string, FusedKey>();
  for (const { name, weight, keys } of lists) {
    for (const [index, key] of keys.entries()) {
      const rank = index + 1;
      const share = weight / (RANK_CONSTANT + rank) / perfect;
      const entry = fused.get(key) ?? { key, score: 0, contributions: [] };
      entry.score += share;
      entry.contributions.push({ list: name, rank, share });
      fused.set(key, entry);
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}
