import { searchWords } from "../shared/search-words.ts";
import type { CommitLog } from "./commit-log.ts";
import type { PastCommit } from "./history.ts";
import { messageText } from "./past-commit.ts";

const K1 = 1.2;
const B = 0.75;

export interface MessageIndex {
  /** Commits of one past by their messages, best first, by exact BM25 over the messages of that past alone. */
  search(words: readonly string[], k: number, past: SearchedPast): { position: number; score: number }[];
}

export interface SearchedPast {
  /** Indexes of the log. */
  order: readonly number[];
  /** The reverse: positions in `order` by index, -1 for commits that are not in it; those beyond its end are not either. */
  positions: Int32Array;
  /** Words of a message on average; set by the first search. */
  averageLength?: number;
}

/** Words of all messages of a log, read when they are first asked for and then as the log grows. */
export function createMessageIndex(log: CommitLog): MessageIndex {
  /** For each word index and count of each message that has it, one after the other. */
  const postings = new Map<string, number[]>();
  const lengths: number[] = [];

  function readNew(): void {
    for (let index = lengths.length; index < log.size; index++) {
      const words = messageWords(log.commitAt(index));
      lengths.push(words.length);
      for (const word of words) {
        const posting = postings.get(word);
        if (posting === undefined) postings.set(word, [index, 1]);
        else if (posting.at(-2) === index) posting[posting.length - 1] = (posting.at(-1) ?? 0) + 1;
        else posting.push(index, 1);
      }
    }
  }

  return {
    search(words, k, past) {
      readNew();
      const { order, positions } = past;
      past.averageLength ??= order.reduce((sum, index) => sum + (lengths[index] ?? 0), 0) / order.length;
      const scores = new Float64Array(order.length);
      const hits: number[] = [];
      for (const word of new Set(words)) {
        const found = within(postings.get(word) ?? [], positions);
        const frequency = found.length / 2;
        const idf = Math.log(1 + (order.length - frequency + 0.5) / (frequency + 0.5));
        for (let i = 0; i < found.length; i += 2) {
          const position = found[i] ?? 0;
          const count = found[i + 1] ?? 0;
          const length = (lengths[order[position] ?? 0] ?? 0) / past.averageLength;
          const score = (idf * (count * (K1 + 1))) / (count + K1 * (1 - B + B * length));
          if (scores[position] === 0) hits.push(position);
          scores[position] = (scores[position] ?? 0) + score;
        }
      }
      return hits
        .map((position) => ({ position, score: scores[position] ?? 0 }))
        .sort((a, b) => b.score - a.score || a.position - b.position)
        .slice(0, k);
    },
  };
}

/** What is searched: subject and body without the lines that say who signed. */
function messageWords(commit: PastCommit): string[] {
  return searchWords(messageText(commit).replace(/^[A-Za-z-]+-by:.*$/gm, ""));
}

/** The same pairs, by position instead of index, of the messages that count. */
function within(posting: readonly number[], positions: Int32Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < posting.length; i += 2) {
    const position = positions[posting[i] ?? 0] ?? -1;
    if (position >= 0) found.push(position, posting[i + 1] ?? 0);
  }
  return found;
}
