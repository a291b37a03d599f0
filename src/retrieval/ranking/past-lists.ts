import type { History, PastCommit } from "../../history/history.ts";
import { limits } from "../../shared/limits.ts";
import { addScore, type FileScores } from "./file-scores.ts";

/** A past commit, by its place in the history, and how much it counts. */
export type WeightedCommit = readonly [position: number, weight: number];

/** Files of these commits; a commit's weight is shared among its files, the more the thinner. */
export function filesOf(history: History, commits: Iterable<WeightedCommit>): FileScores {
  const scores: FileScores = new Map();
  for (const [position, weight] of commits) {
    const files = usefulFiles(history.commits[position]);
    for (const path of files) addScore(scores, path, weight / Math.sqrt(files.length));
  }
  return scores;
}

/** Commits whose messages share words with the query. A weight halves every `halfLife` commits. */
export function similarCommits(
  history: History,
  words: readonly string[],
  { k, halfLife = Infinity }: { k: number; halfLife?: number },
): WeightedCommit[] {
  const found = words.length === 0 ? [] : history.searchMessages(words, k);
  return found.map(({ position, score }) => [position, score * 2 ** (-position / halfLife)]);
}

/** The last commits, newest first. */
export function lastCommits(history: History, halfLife: number): WeightedCommit[] {
  const count = Math.min(history.commits.length, halfLivesRead * halfLife);
  return Array.from({ length: count }, (_, position) => [position, 2 ** (-position / halfLife)]);
}

/** What is older has a weight below 1 %. */
const halfLivesRead = 7;

/** Commits that the text names: by `#12`, which they mention too, or by their id. */
export function namedCommits(history: History, text: string): WeightedCommit[] {
  const numbers = [...new Set(text.match(/#\d+\b/g) ?? [])].map((number) => new RegExp(`${number}(?!\\d)`));
  const ids = (text.match(/\b[0-9a-f]{7,40}\b/g) ?? []).filter((id) => /\d/.test(id));
  if (numbers.length === 0 && ids.length === 0) return [];
  return history.commits.flatMap(({ commit, subject, body }, position): WeightedCommit[] => {
    const byId = ids.some((id) => commit.startsWith(id)) ? 2 : 0;
    const byNumber = numbers.filter((number) => number.test(subject) || number.test(body)).length;
    return byId + byNumber === 0 ? [] : [[position, (byId + byNumber) * 2 ** (-position / 2_000)]];
  });
}

/**
 * Files by all messages of the commits that changed them, each file one document (BM25): what people said whenever they
 * worked there. A commit of many files says little about each.
 */
export function filesByTheirMessages(history: History, words: readonly string[]): FileScores {
  const { changes, mean } = changesOf(history);
  const scores: FileScores = new Map();
  const count = history.commits.length;
  const known = words
    .map((word) => commitsSaying(history, word))
    .filter((hits) => hits.length > 0)
    .sort((a, b) => a.length - b.length)
    .slice(0, profileWords);
  for (const hits of known) {
    const rarity = Math.log(1 + (count - hits.length + 0.5) / (hits.length + 0.5));
    for (const [path, times] of filesOf(history, hits)) {
      const length = (changes.get(path) ?? 0) / mean;
      addScore(scores, path, (rarity * times * 2.2) / (times + 1.2 * (0.5 + 0.5 * length)));
    }
  }
  return scores;
}

const knownWords = new WeakMap<History, Map<string, WeightedCommit[]>>();

/** Commits whose messages hold this word, all of the same weight. The hunks of one change share most of their words. */
function commitsSaying(history: History, word: string): WeightedCommit[] {
  const byWord = knownWords.get(history) ?? new Map<string, WeightedCommit[]>();
  knownWords.set(history, byWord);
  let found = byWord.get(word);
  if (found === undefined) {
    found = history.searchMessages([word], history.commits.length).map(({ position }): WeightedCommit => [position, 1]);
    byWord.set(word, found);
  }
  return found;
}

/** The rarest words of a query say nearly all; each costs a look at every commit. */
const profileWords = 30;

/**
 * Files changed along with these. `halfLife` in commits; `normal` divides by how often the seed was changed, so that the
 * score is a share; `sharing` is the power of a commit's other files that its weight is divided by.
 */
export function changedAlong(
  history: History,
  seeds: Iterable<readonly [path: string, weight: number]>,
  { halfLife, sharing }: { halfLife: number; sharing: number },
): FileScores {
  const scores: FileScores = new Map();
  for (const [seed, seedWeight] of seeds) {
    const along: FileScores = new Map();
    let total = 1; // as if it had changed alone once more: one common commit is not yet a habit
    for (const position of history.commitsOf(seed)) {
      const files = usefulFiles(history.commits[position]);
      if (files.length === 0) continue;
      const weight = 2 ** (-position / halfLife);
      total += weight;
      const share = weight / Math.max(1, files.length - 1) ** sharing;
      for (const path of files) if (path !== seed) addScore(along, path, share);
    }
    for (const [path, share] of along) addScore(scores, path, (seedWeight * share) / total);
  }
  return scores;
}

/** Files of a commit that teaches something; none where it swept through the tree. */
export function usefulFiles(commit: PastCommit | undefined): readonly string[] {
  return commit === undefined || commit.files.length > limits.historyFilesPerCommit ? [] : commit.files;
}

interface Changes {
  /** How many useful commits changed each file. */
  changes: Map<string, number>;
  mean: number;
}

const counted = new WeakMap<History, Changes>();

function changesOf(history: History): Changes {
  let found = counted.get(history);
  if (found === undefined) {
    const changes = new Map<string, number>();
    let total = 0;
    for (const commit of history.commits) {
      const files = usefulFiles(commit);
      total += files.length;
      for (const path of files) changes.set(path, (changes.get(path) ?? 0) + 1);
    }
    counted.set(history, (found = { changes, mean: total / Math.max(1, changes.size) }));
  }
  return found;
}
