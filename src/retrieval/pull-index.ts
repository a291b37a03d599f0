import type { PastPull, PastPulls } from "../history/past-pulls.ts";

/** Pull requests by what is asked for. */
export interface PullIndex {
  byNumber: ReadonlyMap<number, PastPull>;
  /** By own commit, and by the commit that brought it in. */
  byCommit: ReadonlyMap<string, PastPull>;
  /** All that have a commit as an own one. */
  withCommit: ReadonlyMap<string, readonly PastPull[]>;
  /** By path on either side. */
  byPath: ReadonlyMap<string, readonly PastPull[]>;
}

const opened = new WeakMap<PastPulls, PullIndex>();

/** Made once for each reading: some tens of thousands of entries. */
export function openPullIndex(pulls: PastPulls): PullIndex {
  const known = opened.get(pulls);
  if (known !== undefined) return known;
  const byCommit = new Map<string, PastPull>();
  const byPath = new Map<string, PastPull[]>();
  const withCommit = new Map<string, PastPull[]>();
  for (const pull of pulls.pulls) {
    if (pull.mergedAs !== null && !byCommit.has(pull.mergedAs)) byCommit.set(pull.mergedAs, pull);
    for (const path of pathsOf(pull)) {
      const others = byPath.get(path);
      if (others) others.push(pull);
      else byPath.set(path, [pull]);
    }
  }
  // What brought one in may be an own commit of another, which went on from there.
  for (const pull of pulls.pulls) {
    for (const commit of pull.commits) {
      if (!byCommit.has(commit)) byCommit.set(commit, pull);
      const others = withCommit.get(commit);
      if (others === undefined) withCommit.set(commit, [pull]);
      else others.push(pull);
    }
  }
  const index = { byNumber: new Map(pulls.pulls.map((pull) => [pull.number, pull])), byCommit, withCommit, byPath };
  opened.set(pulls, index);
  return index;
}

const paths = new WeakMap<PastPull, ReadonlySet<string>>();

/** Each path once, by both names where it was renamed. */
export function pathsOf(pull: PastPull): ReadonlySet<string> {
  let found = paths.get(pull);
  if (found === undefined)
    paths.set(pull, (found = new Set(pull.files.flatMap(({ path, newPath }) => [path, newPath]))));
  return found;
}
