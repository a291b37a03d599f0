import type { IssueVector, IssueVectors } from "./issue-vectors.ts";

/** Vectors that last as long as the process; `isIssue` says whether a number is an issue now. */
export function createMemoryIssueVectors(isIssue: (number: number) => boolean = () => true): IssueVectors {
  const kept = new Map<number, IssueVector & { encoder: string }>();
  let version = 0;
  return {
    read: (encoder) =>
      [...kept.values()]
        .filter((one) => one.encoder === encoder && isIssue(one.issue))
        .sort((a, b) => a.issue - b.issue)
        .map(({ issue, text, vector }) => ({ issue, text, vector })),
    save(encoder, vectors) {
      for (const one of vectors.filter(({ issue }) => isIssue(issue))) kept.set(one.issue, { ...one, encoder });
      version++;
    },
    stamp: () => `${[...kept.keys()].filter(isIssue).length} ${version}`,
  };
}
