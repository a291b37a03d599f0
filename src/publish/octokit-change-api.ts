import { AssistantError, messageOf } from "../shared/errors.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { isRateLimit } from "../shared/rate-limit.ts";
import type { ChangeApi, ChangedText, ChangePull, NewPull } from "./change-api.ts";
import { isFailedRequest, permitted, publishError } from "./github-errors.ts";
import { type GitHubClient, plainAbort } from "./octokit-comment-api.ts";

const contentsRead = "contents: read";
const contentsWrite = "contents: write";
const pullsWrite = "pull_requests: write";

export function createOctokitChangeApi(
  octokit: GitHubClient,
  { owner, name: repo }: RepositoryId,
  signal?: AbortSignal,
): ChangeApi {
  const aborted = signal && plainAbort(signal);
  const read = { owner, repo, request: { signal: aborted } };
  // Never repeated by Octokit: an answer that got lost may hide a branch or a pull request. The next run looks first.
  const create = { owner, repo, request: { signal: aborted, retries: 0 } };
  return { ...reading(octokit, read), ...writing(octokit, create) };
}

interface Where {
  owner: string;
  repo: string;
  request: { signal: AbortSignal | undefined; retries?: number };
}

type Writing = Pick<ChangeApi, "createCommit" | "createBranch" | "moveBranch" | "createPull">;

function reading(octokit: GitHubClient, read: Where): Omit<ChangeApi, keyof Writing> {
  const { git, pulls, repos } = octokit.rest;
  return {
    async branches(prefix) {
      const query = { ...read, ref: `heads/${prefix}`, per_page: 100 };
      const refs = await permitted(contentsRead, octokit.paginate(git.listMatchingRefs, query));
      return refs.map(({ ref, object }) => ({ name: ref.replace(/^refs\/heads\//, ""), head: object.sha }));
    },

    async branchHead(name) {
      return orNull(async () => {
        const { data } = await permitted(contentsRead, git.getRef({ ...read, ref: `heads/${name}` }));
        return data.object.sha;
      });
    },

    async commitMessage(commit) {
      const { data } = await permitted(contentsRead, git.getCommit({ ...read, commit_sha: commit }));
      return data.message;
    },

    async blobs(commit, paths) {
      const found = new Map<string, string | null>();
      for (const path of paths) {
        const id = await orNull(async () => {
          const { data } = await permitted(contentsRead, repos.getContent({ ...read, path, ref: commit }));
          return Array.isArray(data) ? "folder" : data.sha;
        });
        found.set(path, id);
      }
      return found;
    },

    async openPulls(branch) {
      const query = { ...read, head: `${read.owner}:${branch}`, state: "open" as const, per_page: 100 };
      const open = await permitted("pull_requests: read", octokit.paginate(pulls.list, query));
      return open.map(toPull);
    },

    async pullCommits(number) {
      const query = { ...read, pull_number: number, per_page: 100 };
      const commits = await permitted("pull_requests: read", octokit.paginate(pulls.listCommits, query));
      return commits.map(({ sha, commit }) => ({ id: sha, message: commit.message }));
    },
  };
}

function writing(octokit: GitHubClient, create: Where): Writing {
  const { git, pulls } = octokit.rest;
  return {
    createCommit: (parent, message, files) =>
      asked(contentsWrite, async () => {
        const tree = [];
        for (const file of files) tree.push(await treeEntry(file, createBlob));
        const { data: base } = await git.getCommit({ ...create, commit_sha: parent });
        const { data: made } = await git.createTree({ ...create, base_tree: base.tree.sha, tree });
        // Without an author GitHub signs it, as one of the app.
        const { data: commit } = await git.createCommit({ ...create, message, tree: made.sha, parents: [parent] });
        return commit.sha;
      }),

    createBranch: (name, commit) =>
      asked(contentsWrite, async () => {
        const made = git.createRef({ ...create, ref: `refs/heads/${name}`, sha: commit });
        return unless(/already exists/i, made);
      }),

    moveBranch: (name, commit) =>
      asked(contentsWrite, async () => {
        const moved = git.updateRef({ ...create, ref: `heads/${name}`, sha: commit, force: false });
        return unless(/not a fast forward/i, moved);
      }),

    createPull: (pull) => asked(pullsWrite, () => createDraftOrPull(pull)),
  };

  async function createBlob(content: string): Promise<string> {
    const { data } = await git.createBlob({ ...create, content, encoding: "utf-8" });
    return data.sha;
  }

  async function createDraftOrPull(pull: NewPull): Promise<ChangePull | null> {
    try {
      const { data } = await pulls.create({ ...create, ...pull, draft: true });
      return toPull(data);
    } catch (error) {
      if (isRefusal(error, /draft pull requests are not supported/i)) {
        const { data } = await pulls.create({ ...create, ...pull });
        return toPull(data);
      }
      if (isRefusal(error, /pull request already exists/i)) return null;
      throw error;
    }
  }
}

async function treeEntry({ path, text, executable }: ChangedText, createBlob: (content: string) => Promise<string>) {
  const mode = executable ? ("100755" as const) : ("100644" as const);
  return { path, mode, type: "blob" as const, sha: text === null ? null : await createBlob(text) };
}

interface GitHubPull {
  number: number;
  html_url: string;
  draft?: boolean | undefined;
  user: { login: string } | null;
  body: string | null;
}

function toPull({ number, html_url: url, draft, user, body }: GitHubPull): ChangePull {
  return { number, url, draft: draft ?? false, author: user?.login ?? "", body: body ?? "" };
}

/** What a request answers. What rules of the repository forbid (protected branches, commits without a sign-off) is `refused`. */
async function asked<T>(permission: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!isFailedRequest(error) || ![409, 422].includes(error.status) || isRateLimit(error)) {
      throw publishError(error, permission);
    }
    throw new AssistantError(messageOf(error), {
      code: "refused",
      remedy: "Look at the rules of the repository for branches and pull requests.",
      cause: error,
    });
  }
}

async function unless(refusal: RegExp, request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isRefusal(error, refusal)) return false;
    throw error;
  }
}

/** GitHub says what is wrong in the message, or in a list behind it; Octokit's message has both. */
function isRefusal(error: unknown, words: RegExp): boolean {
  return isFailedRequest(error) && error.status === 422 && words.test(error.message);
}

async function orNull<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (isFailedRequest(error) && error.status === 404) return null;
    throw error;
  }
}
