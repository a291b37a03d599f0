import { commitCount } from "../commits.ts";
import { pullDiff } from "../diff.ts";
import { type GitHubState, nodeId, type Pull, type Repository } from "../state.ts";
import { associationOf, issuePage, presentLabel } from "./issues.ts";
import { presentRepository, repositoryUrl } from "./repositories.ts";
import { presentUser } from "./users.ts";

/** `pull-request-simple` of the API: as lists show it. */
export function presentPullSimple(state: GitHubState, repository: Repository, pull: Pull) {
  return {
    ...pullLinks(state, repository, pull),
    id: pull.pull.id,
    node_id: nodeId("PR", pull.pull.id),
    number: pull.number,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    title: pull.title,
    body: pull.body,
    user: presentUser(state, pull.author),
    author_association: associationOf(repository, pull.author.login),
    labels: pull.labels.map((label) => presentLabel(state, repository, label)),
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    milestone: null,
    auto_merge: null,
    draft: pull.pull.draft,
    merge_commit_sha: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.pull.mergedAt,
    head: presentHead(state, pull),
    base: presentSide(state, repository, pull.pull.baseRef, pull.pull.baseSha),
  };
}

/** `pull-request` of the API: the simple form and what must be computed from git. */
export async function presentPull(state: GitHubState, repository: Repository, pull: Pull) {
  const { baseSha, headSha, mergedAt } = pull.pull;
  const files = await pullDiff(repository, baseSha, headSha);
  return {
    ...presentPullSimple(state, repository, pull),
    merged: mergedAt !== null,
    merged_by: null,
    mergeable: pull.state === "open" ? true : null,
    mergeable_state: pull.state === "open" ? "clean" : "unknown",
    rebaseable: null,
    maintainer_can_modify: false,
    comments: repository.comments.filter((comment) => comment.issue === pull.number).length,
    review_comments: repository.reviewComments.filter((comment) => comment.pull === pull.number).length,
    commits: await commitCount(repository, baseSha, headSha),
    additions: sum(files.map((file) => file.additions)),
    deletions: sum(files.map((file) => file.deletions)),
    changed_files: files.length,
  };
}

/** Of a repository that is deleted, GitHub tells the branch, and nothing of where it was. */
function presentHead(state: GitHubState, { author, pull: { headRepository, headRef, headSha } }: Pull) {
  if (headRepository !== null) return presentSide(state, headRepository, headRef, headSha);
  return { label: headRef, ref: headRef, sha: headSha, user: presentUser(state, author), repo: null };
}

function presentSide(state: GitHubState, repository: Repository, ref: string, sha: string) {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: presentUser(state, repository.owner),
    repo: presentRepository(state, repository),
  };
}

function pullLinks(state: GitHubState, repository: Repository, pull: Pull) {
  const url = `${repositoryUrl(state, repository)}/pulls/${pull.number}`;
  const issue = `${repositoryUrl(state, repository)}/issues/${pull.number}`;
  const page = issuePage(state, repository, pull);
  const links = {
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(state, repository)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repositoryUrl(state, repository)}/statuses/${pull.pull.headSha}`,
  };
  return {
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    ...links,
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issue },
      comments: { href: links.comments_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      commits: { href: links.commits_url },
      statuses: { href: links.statuses_url },
    },
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
