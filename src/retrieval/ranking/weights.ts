import type { ListWeight } from "./fuse-lists.ts";

/**
 * What each list counts. Learnt on the older half of the newest commits of a few repositories, by the likelihood of the files
 * that these commits changed under a softmax over the candidates (weights of zero or more, L1); docs/retrieval.md names the
 * repositories and says what was gained on others. A list without a weight is not asked for its places.
 */

/** For texts. */
export const textWeights: Readonly<Record<string, ListWeight>> = {
  code: { score: 0.62 },
  "code without paths": { score: 0.63 },
  title: { score: 0.74 },
  "defined names": { score: 0.13 },
  "words of paths": { rank: 0.34, score: 0.07 },
  "named files": { rank: 0.96 },
  siblings: { rank: 0.12 },
  "past messages": { score: 0.08 },
  "closest messages": { rank: 0.13, score: 0.27 },
  "messages of files": { score: 0.76 },
  "named commits": { rank: 0.86, score: 0.86 },
  "changed along": { score: 0.45 },
  "latest commits": { score: 0.19 },
  "walk from code": { rank: 0.39, score: 1.37 },
  walk: { rank: 0.27 },
  neighbours: { rank: 0.63 },
  "usual kind, each": { score: 2.3 },
  "usual directory, each": { score: 0.67 },
  "about tests": { score: 1.49 },
  "last change": { score: 2.76 },
};

/** For changed lines. */
export const lineWeights: Readonly<Record<string, ListWeight>> = {
  code: { rank: 0.65 },
  "changed code and path": { score: 1.24 },
  "changed code without paths": { score: 0.05 },
  "removed code": { score: 0.44 },
  "replaced words": { rank: 0.22, score: 0.65 },
  "defined names": { score: 0.27 },
  "own name": { rank: 0.24 },
  "words of paths": { rank: 0.61 },
  "named files": { rank: 0.19 },
  siblings: { rank: 0.89, score: 0.45 },
  "siblings of seeds": { rank: 0.05, score: 0.25 },
  "changed together": { rank: 0.95 },
  "past messages": { rank: 0.05 },
  "messages of files": { score: 0.07 },
  "latest commits": { rank: 1.09, score: 0.23 },
  "latest changes": { score: 0.59 },
  users: { rank: 0.04, score: 0.03 },
  "walk from code": { rank: 0.57, score: 0.33 },
  walk: { rank: 0.17 },
  "usual kind, each": { score: 0.22 },
  "test of source": { score: 0.27 },
  "source of test": { score: 0.19 },
  "test beside test": { score: 0.71 },
  "last change": { score: 1.18 },
};
