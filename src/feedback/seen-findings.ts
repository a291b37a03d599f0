import type { FindingThread, FindingThreads } from "../publish/finding-threads.ts";
import type { KeptFinding, SeenFinding } from "./feedback.ts";

/** Reasons to hide a comment that say nothing against what stands in it. */
const neutralReasons = ["outdated", "resolved"];

/** Who did something under our comments and whose say is therefore to be asked for, each once. */
export function peopleIn({ threads }: FindingThreads): string[] {
  const logins = threads.flatMap(({ thumbs, resolvedBy }) => [
    ...thumbs.map(({ login }) => login),
    ...(resolvedBy === null ? [] : [resolvedBy]),
  ]);
  return [...new Map(logins.map((login) => [login.toLowerCase(), login])).values()];
}

/**
 * What GitHub shows of the findings that are kept of a pull request. A comment that once stood there and is gone was
 * deleted, and only who may write here can hide or delete ours. A resolved thread says that a finding was not wanted where nothing
 * was changed since it was said to hold; where its lines were, it says that it was dealt with.
 * @param haveSay lower-cased logins of those whose thumbs and clicks count
 */
export function seenFindings(
  kept: readonly KeptFinding[],
  { head, threads, complete }: FindingThreads,
  haveSay: ReadonlySet<string>,
): SeenFinding[] {
  const counts = (login: string | null): boolean => login !== null && haveSay.has(login.toLowerCase());
  return kept.flatMap((finding): SeenFinding[] => {
    const thread = threadOf(finding.id, threads);
    if (thread === undefined) {
      if (finding.comment === null || !complete) return [];
      return [{ id: finding.id, comment: finding.comment, votes: [], addressed: false, setAside: true }];
    }
    const hidden = thread.minimized !== null && !neutralReasons.includes(thread.minimized);
    const resolved = counts(thread.resolvedBy);
    const untouched = !thread.outdated && finding.head === head;
    return [
      {
        id: finding.id,
        comment: thread.comment,
        votes: votesOf(thread).filter(({ login }) => counts(login)),
        addressed: thread.addressed || (resolved && thread.outdated),
        setAside: hidden || (resolved && untouched),
      },
    ];
  });
}

/** A finding that came back after its comment was deleted has the newest one; one that stands open goes first. */
function threadOf(finding: string, threads: readonly FindingThread[]): FindingThread | undefined {
  const own = threads.filter((thread) => thread.finding === finding);
  return own.findLast(({ addressed }) => !addressed) ?? own.at(-1);
}

/** One vote a person; whoever gives both thumbs gives none. */
function votesOf({ thumbs }: FindingThread): SeenFinding["votes"] {
  const byPerson = new Map<string, { login: string; sum: number }>();
  for (const { login, up } of thumbs) {
    const vote = byPerson.get(login.toLowerCase()) ?? { login, sum: 0 };
    byPerson.set(login.toLowerCase(), { login, sum: vote.sum + (up ? 1 : -1) });
  }
  return Array.from(byPerson.values()).flatMap(({ login, sum }) =>
    sum === 0 ? [] : [{ login, vote: sum > 0 ? (1 as const) : (-1 as const) }],
  );
}
