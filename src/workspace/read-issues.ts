import type { Octokit } from "@octokit/rest";
import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";

/** TYPE of an issue as triage reads it. Text is GitHub's, untrusted. */
export interface IssueRecord {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  createdAt: string;
}

/** The issue's newest text; null where it is gone, or is a pull request. */
export async function readIssue(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  number: number,
): Promise<IssueRecord | null> {
  try {
    const { data } = await octokit.rest.issues.get({ owner, repo: name, issue_number: number });
    return data.pull_request ? null : toRecord(data);
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
  created_at: string;
}

function toRecord(issue: GitHubIssue): IssueRecord {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    state: issue.state === "open" ? "open" : "closed",
    createdAt: issue.created_at,
  };
}
