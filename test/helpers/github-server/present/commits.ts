import type { Commit, Person } from "../commits.ts";
import type { DiffFile } from "../diff.ts";
import { githubLimits } from "../github-limits.ts";
import { type GitHubState, nodeId, type Repository } from "../state.ts";
import { repositoryPage, repositoryUrl } from "./repositories.ts";

/** `commit` of the API. Its people are those of git: no e-mail address belongs to a user here. */
export function presentCommit(state: GitHubState, repository: Repository, commit: Commit) {
  const url = repositoryUrl(state, repository);
  const page = repositoryPage(state, repository);
  return {
    sha: commit.sha,
    node_id: nodeId("C", parseInt(commit.sha.slice(0, 12), 16)),
    url: `${url}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    commit: {
      url: `${url}/git/commits/${commit.sha}`,
      message: commit.message,
      author: presentPerson(commit.author),
      committer: presentPerson(commit.committer),
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
  };
}

/** `git-commit` of the API: the object itself. */
export function presentGitCommit(state: GitHubState, repository: Repository, commit: Commit) {
  const { sha, node_id, html_url, parents, commit: written } = presentCommit(state, repository, commit);
  const url = `${repositoryUrl(state, repository)}/git/commits`;
  const { author, committer, message, tree, verification } = written;
  return {
    sha,
    node_id,
    html_url,
    url: `${url}/${sha}`,
    author,
    committer,
    message,
    tree,
    verification,
    parents: parents.map((parent) => ({ ...parent, url: `${url}/${parent.sha}` })),
  };
}

/** `diff-entry` of the API. `patch` is left out for binary and large files, as GitHub does. */
export function presentDiffFile(state: GitHubState, repository: Repository, file: DiffFile, commit: string) {
  const url = repositoryUrl(state, repository);
  const page = repositoryPage(state, repository);
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${commit}/${path}`,
    raw_url: `${page}/raw/${commit}/${path}`,
    contents_url: `${url}/contents/${path}?ref=${commit}`,
    ...(file.patch !== "" && !isLarge(file) && { patch: file.patch }),
    ...(file.status === "renamed" && { previous_filename: file.previousPath }),
  };
}

function isLarge(file: DiffFile): boolean {
  return (
    file.additions + file.deletions > githubLimits.patchLines || Buffer.byteLength(file.patch) > githubLimits.patchBytes
  );
}

function presentPerson(person: Person) {
  return { name: person.name, email: person.email, date: person.date };
}
