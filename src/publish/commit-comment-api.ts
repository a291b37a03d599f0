import type { RepositoryId } from "../shared/repository.ts";
import type { StoredComment } from "./comment-api.ts";
import { permitted } from "./github-errors.ts";
import { type GitHubClient, plainAbort } from "./octokit-comment-api.ts";

/** Comments on a commit as a whole. Errors: as Publisher.publish. */
export interface CommitCommentApi {
  commitComments(commit: string): Promise<StoredComment[]>;
  createCommitComment(commit: string, body: string): Promise<void>;
  /** GitHub lets an app change its own comment on a commit only with `contents: write`. */
  updateCommitComment(id: number, body: string): Promise<void>;
}

export function createCommitCommentApi(
  octokit: GitHubClient,
  { owner, name: repo }: RepositoryId,
  signal?: AbortSignal,
): CommitCommentApi {
  const { repos } = octokit.rest;
  const aborted = signal && plainAbort(signal);
  const read = { owner, repo, request: { signal: aborted } };
  // An answer that got lost may hide a comment that was written. The next run looks first.
  const once = { owner, repo, request: { signal: aborted, retries: 0 } };

  return {
    async commitComments(commit) {
      const query = { ...read, commit_sha: commit, per_page: 100 };
      const comments = await permitted("contents: read", octokit.paginate(repos.listCommentsForCommit, query));
      return comments.map(({ id, user, body, html_url }) => ({ id, author: user?.login ?? "", body, url: html_url }));
    },

    async createCommitComment(commit, body) {
      await permitted("contents: read", repos.createCommitComment({ ...once, commit_sha: commit, body }));
    },

    async updateCommitComment(id, body) {
      await permitted("contents: write", repos.updateCommitComment({ ...read, comment_id: id, body }));
    },
  };
}
