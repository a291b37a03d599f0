import type { Octokit } from "@octokit/rest";
import { AssistantError } from "../shared/errors.ts";
import { git, withoutFetching } from "../shared/git.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { openMirror, type Remote } from "./mirror.ts";
import type { Workspace } from "./workspace.ts";

/** Commit that a branch is at now; null where it is gone. Errors: what GitHub answers. */
export async function readBranchTip(octokit: Octokit, { owner, name }: RepositoryId, branch: string) {
  try {
    const { data } = await octokit.rest.repos.getBranch({ owner, repo: name, branch });
    return data.commit.sha;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

/** Whether what was pushed belongs to a pull request: one that is open for the branch, or one that brought it here. */
export async function hasPull(
  octokit: Octokit,
  { owner, name: repo }: RepositoryId,
  { branch, head }: { branch: string; head: string },
): Promise<boolean> {
  const { pulls, repos } = octokit.rest;
  const open = await pulls.list({ owner, repo, state: "open", head: `${owner}:${branch}`, per_page: 1 });
  if (open.data.length > 0) return true;
  const { data } = await repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: head });
  return data.some(({ state, merged_at }) => state === "open" || merged_at !== null);
}

export interface PushedCommits {
  head: string;
  /** Where the branch stood; null where it is new. */
  before: string | null;
  defaultBranch: string;
}

/**
 * Fetches what was pushed, and what it is compared with. They get names of their own in the mirror: a branch may be taken away,
 * and another one made in its place.
 */
export async function fetchPush(
  dir: string,
  remote: Remote,
  { head, before, defaultBranch }: PushedCommits,
  signal?: AbortSignal,
): Promise<Workspace> {
  const refspecs = [`+refs/heads/${defaultBranch}:refs/heads/${defaultBranch}`, `+${head}:refs/assistant/push/head`];
  if (before === null) return openMirror(dir, remote, refspecs, signal);
  try {
    return await openMirror(dir, remote, [...refspecs, `+${before}:refs/assistant/push/before`], signal);
  } catch (error) {
    if (!(error instanceof AssistantError && error.code === "fetch-failed")) throw error;
    // After a forced push nothing may lead to it any more, and some day GitHub forgets it.
    return openMirror(dir, remote, refspecs, signal);
  }
}

/**
 * Where what a push brought begins; null where there is nothing to compare it with (the first push of a repository, a branch of
 * its own). On the default branch, where it stood before, or where a forced push left that. On another one, too, unless the
 * default branch has it from somewhere later: what was merged or rebased in from there is none of the push's own.
 * @param before null where the branch is new; it may be missing in the mirror
 */
export async function findPushBase(
  gitDir: string,
  { head, before, defaultCommit }: { head: string; before: string | null; defaultCommit: string | null },
): Promise<string | null> {
  const stood = before === null ? null : await mergeBase(gitDir, before, head);
  if (defaultCommit === null) return stood;
  const branchedOff = await mergeBase(gitDir, defaultCommit, head);
  if (stood === null || branchedOff === null) return stood ?? branchedOff;
  return (await mergeBase(gitDir, branchedOff, stood)) === branchedOff ? stood : branchedOff;
}

/** Null where the two have none, or one of them is not in the mirror. */
async function mergeBase(gitDir: string, one: string, other: string): Promise<string | null> {
  const output = await git(gitDir, ["merge-base", one, other], { okCodes: [0, 1, 128], env: withoutFetching });
  return output.toString("utf8").split("\n")[0] || null;
}
