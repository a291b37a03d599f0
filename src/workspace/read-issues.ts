import type { Octokit } from "@octokit/rest";
import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { sanitize } from "../shared/sanitize.ts";
import type { TrackedAuthor } from "../tracker/tracker.ts";

/** TYPE of an issue as triage reads it. Text is GitHub's, sanitised and untrusted all the same. */
export interface IssueRecord {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  author: TrackedAuthor;
  createdAt: string;
}

/** An issue by itself, with what decides whether it is written on. */
export interface CurrentIssue extends IssueRecord {
  locked: boolean;
  labels: string[];
}

/**
 * The issue's newest text; null where it is gone, was moved to another repository, or is a pull request. A redirect is not
 * followed: what is written there would be lost.
 */
export async function readIssue(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  number: number,
): Promise<CurrentIssue | null> {
  try {
    const request = { redirect: "manual" } as const;
    const { data, ...answer } = await octokit.rest.issues.get({ owner, repo: name, issue_number: number, request });
    // The endpoint's type knows of no redirect.
    const status: number = answer.status;
    if (status !== 200 || data.pull_request) return null;
    const given: (string | { name?: string | undefined })[] | undefined = data.labels;
    const labels = (given ?? []).flatMap((label) => (typeof label === "string" ? label : (label.name ?? [])));
    return { ...toRecord(data), locked: data.locked, labels };
  } catch (error) {
    if (error instanceof Error && "status" in error && (error.status === 404 || error.status === 410)) return null;
    throw error;
  }
}

/** The newest other issues, open and closed, without pull requests: up to limits.issuesListed. */
export async function readPastIssues(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  except: number,
): Promise<IssueRecord[]> {
  const past: IssueRecord[] = [];
  const query = { owner, repo: name, state: "all", per_page: 100 } as const;
  for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listForRepo, query)) {
    past.push(...data.filter((issue) => !issue.pull_request && issue.number !== except).map(toRecord));
    if (past.length >= limits.issuesListed) break;
  }
  return past.slice(0, limits.issuesListed);
}

interface GitHubIssue {
  number: number;
  title: string;
  body?: string | null | undefined;
  state: string;
  user?: { login: string; type?: string | undefined } | null | undefined;
  author_association?: string | undefined;
  created_at: string;
}

function toRecord(issue: GitHubIssue): IssueRecord {
  return {
    number: issue.number,
    title: sanitize(issue.title),
    body: sanitize((issue.body ?? "").slice(0, limits.commentCharacters)),
    state: issue.state === "open" ? "open" : "closed",
    author: {
      login: issue.user?.login ?? "ghost",
      association: (issue.author_association ?? "NONE") as TrackedAuthor["association"],
      bot: issue.user?.type === "Bot",
    },
    createdAt: issue.created_at,
  };
}
