import type { Octokit } from "@octokit/rest";
import { gitText } from "../shared/git.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { openMirror, refMissing, type Remote } from "./mirror.ts";
import type { Workspace } from "./workspace.ts";

export interface PullState {
  number: number;
  open: boolean;
  draft: boolean;
  /** Untrusted text. */
  title: string;
  /** Untrusted text; empty where there is none. */
  body: string;
  /** Name of the branch that it comes from; untrusted. */
  branch: string;
  labels: string[];
  author: { login: string; isBot: boolean };
  /** Epoch ms. */
  createdAt: number;
  /** Commit id. */
  head: string;
  /** Branch that the pull request wants to change. */
  targetBranch: string;
  defaultBranch: string;
}

/**
 * Asks GitHub for the pull request's newest state: an event tells that something happened, not what is true now.
 * Returns null where it is gone.
 */
export async function readPull(octokit: Octokit, repository: RepositoryId, number: number): Promise<PullState | null> {
  try {
    const { data } = await octokit.rest.pulls.get({
      owner: repository.owner,
      repo: repository.name,
      pull_number: number,
    });
    return {
      number,
      open: data.state === "open",
      draft: data.draft ?? false,
      title: data.title,
      body: data.body ?? "",
      branch: data.head.ref,
      labels: data.labels.map(({ name }) => name),
      author: { login: data.user?.login ?? "", isBot: data.user?.type === "Bot" },
      createdAt: Date.parse(data.created_at),
      head: data.head.sha,
      targetBranch: data.base.ref,
      defaultBranch: data.base.repo.default_branch,
    };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Name of the repository's default branch. */
export async function readDefaultBranch(octokit: Octokit, repository: RepositoryId): Promise<string> {
  const { data } = await octokit.rest.repos.get({ owner: repository.owner, repo: repository.name });
  return data.default_branch;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "status" in error && (error.status === 404 || error.status === 410);
}

export interface OpenPull {
  workspace: Workspace;
  /** Commit ids, as fetched. */
  head: string;
  target: string;
  defaultCommit: string;
}

/** Fetches what reviewing a pull request needs into the mirror. Forks need nothing extra: GitHub keeps their heads here. */
export async function fetchPull(
  dir: string,
  remote: Remote,
  pull: Pick<PullState, "number" | "targetBranch" | "defaultBranch">,
  signal?: AbortSignal,
): Promise<OpenPull> {
  const headRef = `refs/pull/${pull.number}/head`;
  const branches = [...new Set([pull.defaultBranch, pull.targetBranch])].map((name) => `refs/heads/${name}`);
  const workspace = await openMirror(
    dir,
    remote,
    [headRef, ...branches].map((ref) => `+${ref}:${ref}`),
    signal,
  );
  const [head, target, defaultCommit] = await Promise.all(
    [headRef, `refs/heads/${pull.targetBranch}`, `refs/heads/${pull.defaultBranch}`].map((ref) => commitOf(dir, ref)),
  );
  return { workspace, head: head ?? "", target: target ?? "", defaultCommit: defaultCommit ?? "" };
}

/** Fetches the default branch alone. */
export async function fetchBranch(
  dir: string,
  remote: Remote,
  branch: string,
  signal?: AbortSignal,
): Promise<{ workspace: Workspace; commit: string }> {
  const workspace = await openMirror(dir, remote, [`+refs/heads/${branch}:refs/heads/${branch}`], signal);
  return { workspace, commit: await commitOf(dir, `refs/heads/${branch}`) };
}

/**
 * Fetches the default branch, and the heads of all pull requests that there ever were: plain git, no API. What their
 * commits hold follows with `prefetchAll`, which is as good as a full clone the first time.
 */
export async function fetchPast(
  dir: string,
  remote: Remote,
  branch: string,
  signal?: AbortSignal,
): Promise<{ workspace: Workspace; commit: string }> {
  const refspecs = [`+refs/heads/${branch}:refs/heads/${branch}`, "+refs/pull/*/head:refs/pull/*/head"];
  const workspace = await openMirror(dir, remote, refspecs, signal);
  return { workspace, commit: await commitOf(dir, `refs/heads/${branch}`) };
}

async function commitOf(dir: string, ref: string): Promise<string> {
  const commit = await gitText(dir, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]).catch(() => "");
  if (commit !== "") return commit;
  throw refMissing(ref);
}
