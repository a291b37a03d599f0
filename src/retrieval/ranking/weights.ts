import type { ListWeights } from "./fuse-lists.ts";

/**
 * What the first of each list counts. Learnt on the older half of the newest commits of six repositories (probot, scrapy,
 * fastify, Pester, dart-lang/http, jq), each counting alike: the likelihood of the files that a commit changed under a softmax
 * over the candidates, weights of zero or more, L1. Lists whose weight went to nothing, or without which commits of the newer
 * half were answered as well, are gone. docs/retrieval.md says what is gained on other repositories.
 */

/** For texts. */
export const textWeights: ListWeights = {
  code: 0.94,
  "code without paths": 1.23,
  title: 1.08,
  "defined names": 0.64,
  "words of paths": 0.77,
  "named files": 0.75,
  siblings: 0.54,
  "closest messages": 0.5,
  "messages of files": 1.24,
  "named commits": 0.13,
  "changed along": 0.54,
  "latest commits": 0.44,
  walk: 0.64,
  neighbours: 0.56,
  "usual kind, each": 1.6,
  "usual directory, each": 1.01,
  "usual directory": 0.79,
  "about tests": 0.91,
  "about documents": 0.9,
  "last change": 1.65,
};

/** For changed lines. */
export const lineWeights: ListWeights = {
  code: 1.09,
  "changed code without paths": 0.81,
  "removed code": 0.83,
  "replaced words": 0.65,
  "own name": 0.67,
  "own path": 0.82,
  "words of paths": 0.68,
  "named files": 0.4,
  "changed along lately": 1.04,
  "changed along with seeds": 0.32,
  "past messages": 0.36,
  "messages of files": 0.93,
  "latest commits": 0.2,
  "latest changes": 0.66,
  users: 0.19,
  walk: 0.35,
  "usual kind, each": 0.73,
  "usual directory": 1.33,
  "test of source": 0.67,
  "source of test": 0.84,
  "last change": 1.64,
};
