import type { History } from "../history/history.ts";

/**
 * Commits that a later one says it took back, in the words that `git revert` writes, by their full ids. What took back a
 * taking back does not count as one.
 */
export function revertsIn(history: History): Map<string, string> {
  const reverts = new Map<string, string>();
  const undone = new Set<string>();
  // Newest first: whether a commit that takes back still stands is known by then.
  for (const { commit, body } of history.commits) {
    for (const [, named = ""] of body.matchAll(/\bThis reverts commit ([0-9a-f]{40,64})\b/g)) {
      if (undone.has(commit) || history.positionOf(named) === null) continue;
      undone.add(named);
      if (!reverts.has(named)) reverts.set(named, commit);
    }
  }
  return reverts;
}
