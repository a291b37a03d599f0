import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { TrackedLink } from "./tracker.ts";

/** What is read of an event of GitHub's timeline; most kinds of events have none of it. */
export interface TimelineEvent {
  event?: string;
  created_at?: string;
  commit_id?: string | null;
  commit_url?: string | null;
  source?: {
    issue?: {
      number: number;
      repository_url?: string;
      pull_request?: { merged_at?: string | null };
    };
  };
}

/**
 * The links in an issue's timeline (oldest event first, as GitHub lists it): those that closed it first, each once.
 * Commits and pull requests of other repositories (forks push the same commits) are none of this one's.
 *
 * GitHub's REST timeline names the commit that closed an issue, but not the pull request. One that names the issue and was
 * merged at the moment the issue was closed is taken for it.
 */
export function linksOf(issue: number, events: readonly TimelineEvent[], repository: RepositoryId): TrackedLink[] {
  const closings = events.filter(({ event }) => event === "closed");
  const links: TrackedLink[] = [];
  for (const event of events) {
    const commit = commitOf(event, repository);
    if (commit) links.push({ issue, kind: event.event === "closed" ? "closed" : "mentioned", pull: null, commit });
    const source = event.source?.issue;
    if (!source?.pull_request || !isOf(source.repository_url, repository)) continue;
    const { merged_at: mergedAt } = source.pull_request;
    const closed = event.event === "closed" || (mergedAt && closings.some((one) => closedBy(one, mergedAt)));
    links.push({ issue, kind: closed ? "closed" : "mentioned", pull: source.number, commit: null });
  }
  return strongestOnce(links);
}

function commitOf({ event, commit_id: commit, commit_url: url }: TimelineEvent, repository: RepositoryId) {
  if (!commit || (event !== "closed" && event !== "referenced")) return null;
  // Without an address, the closing commit is the repository's own.
  const own = url ? isOf(url.replace(/\/(?:git\/)?commits\/[^/]*$/, ""), repository) : event === "closed";
  return own ? commit : null;
}

/** Whether an address of the API is this repository's. */
function isOf(url: string | undefined, { owner, name }: RepositoryId): boolean {
  return url?.toLowerCase().endsWith(`/repos/${owner}/${name}`.toLowerCase()) ?? false;
}

/** A merge closes the issues that it names within seconds; the clocks of the two entries may differ by one. */
function closedBy({ created_at: closedAt }: TimelineEvent, mergedAt: string): boolean {
  const after = Date.parse(closedAt ?? "") - Date.parse(mergedAt);
  return after >= -1_000 && after <= limits.closedByMergeMs;
}

function strongestOnce(links: TrackedLink[]): TrackedLink[] {
  const kept = new Map<string, TrackedLink>();
  for (const kind of ["closed", "mentioned"] as const) {
    for (const link of links.filter((one) => one.kind === kind)) {
      const target = `${link.pull} ${link.commit}`;
      if (!kept.has(target)) kept.set(target, link);
    }
  }
  return [...kept.values()];
}
