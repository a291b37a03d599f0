import { type Commit, listCommits, readCommit } from "./commits.ts";
import { diffBetween } from "./diff.ts";
import { githubLimits } from "./github-limits.ts";
import { presentInstallation } from "./present/apps.ts";
import { presentIssue, presentIssueComment } from "./present/issues.ts";
import { presentPull, presentPullSimple } from "./present/pulls.ts";
import { presentRepository, repositoryPage } from "./present/repositories.ts";
import { presentReview, presentReviewComment } from "./present/reviews.ts";
import { presentUser } from "./present/users.ts";
import {
  type GitHubState,
  type Installation,
  installationOf,
  type Issue,
  type IssueComment,
  nodeId,
  type Pull,
  type Repository,
  type Review,
  type ReviewComment,
  type User,
} from "./state.ts";

/** Who did it, where: what every payload carries. */
export interface Origin {
  state: GitHubState;
  repository: Repository;
  sender: User;
}

export function issueEvent(origin: Origin, action: string, issue: Issue, more: object = {}): void {
  send(origin, "issues", { action, issue: presentIssue(origin.state, origin.repository, issue), ...more });
}

export function issueCommentEvent(
  origin: Origin,
  action: string,
  issue: Issue,
  comment: IssueComment,
  more: object = {},
): void {
  send(origin, "issue_comment", {
    action,
    issue: presentIssue(origin.state, origin.repository, issue),
    comment: presentIssueComment(origin.state, origin.repository, comment),
    ...more,
  });
}

export async function pullEvent(origin: Origin, action: string, pull: Pull, more: object = {}): Promise<void> {
  const pull_request = await presentPull(origin.state, origin.repository, pull);
  send(origin, "pull_request", { action, number: pull.number, pull_request, ...more });
}

export function reviewEvent(origin: Origin, action: string, pull: Pull, review: Review): void {
  const { state, repository } = origin;
  const presented = presentReview(state, repository, review);
  send(origin, "pull_request_review", {
    action,
    // Webhooks write a review's state in lower case, the API in upper case.
    review: { ...presented, state: presented.state.toLowerCase() },
    pull_request: presentPullSimple(state, repository, pull),
  });
}

export function reviewCommentEvent(origin: Origin, action: string, pull: Pull, comment: ReviewComment): void {
  const { state, repository } = origin;
  send(origin, "pull_request_review_comment", {
    action,
    comment: presentReviewComment(state, repository, comment),
    pull_request: presentPullSimple(state, repository, pull),
  });
}

const noCommit = "0".repeat(40);

/** `before` is null where the branch was made. */
export async function pushEvent(
  origin: Origin,
  branch: string,
  before: string | null,
  after: string,
  forced: boolean,
): Promise<void> {
  const { repository, sender } = origin;
  const range = [`--max-count=${githubLimits.pushCommits}`, "--reverse", before ? `${before}..${after}` : after];
  const commits = await listCommits(repository.gitDir, range);
  const page = repositoryPage(origin.state, repository);
  send(origin, "push", {
    ref: `refs/heads/${branch}`,
    before: before ?? noCommit,
    after,
    created: before === null,
    deleted: false,
    forced,
    base_ref: null,
    compare: `${page}/compare/${(before ?? noCommit).slice(0, 12)}...${after.slice(0, 12)}`,
    commits: await Promise.all(commits.map((commit) => pushCommit(origin, commit))),
    head_commit: await pushCommit(origin, await readCommit(repository.gitDir, after)),
    pusher: { name: sender.login, email: `${sender.login}@users.noreply.example` },
  });
}

export function installationEvent(state: GitHubState, action: string, installation: Installation): void {
  const repositories = [...state.repositories.values()].filter(
    (repository) => installationOf(state, repository) === installation,
  );
  state.hooks.emit("installation", {
    action,
    installation: presentInstallation(state, installation),
    repositories: repositories.map((repository) => {
      const { id, node_id, name, full_name, private: hidden } = presentRepository(state, repository);
      return { id, node_id, name, full_name, private: hidden };
    }),
    sender: presentUser(state, installation.account),
  });
}

/** The keys that every repository event ends with. */
function commonPayload({ state, repository, sender }: Origin) {
  const installation = installationOf(state, repository);
  const owner = presentUser(state, repository.owner);
  return {
    repository: presentRepository(state, repository),
    ...(owner.type === "Organization" && { organization: owner }),
    sender: presentUser(state, sender),
    ...(installation && { installation: { id: installation.id, node_id: nodeId("IN", installation.id) } }),
  };
}

/** Sends to the App where it is installed and has subscribed to the event. */
function send(origin: Origin, event: string, payload: object): void {
  const installation = installationOf(origin.state, origin.repository);
  if (!installation?.events.includes(event)) return;
  origin.state.hooks.emit(event, { ...payload, ...commonPayload(origin) });
}

async function pushCommit({ state, repository }: Origin, commit: Commit) {
  const parent = commit.parents[0];
  const files = parent ? await diffBetween(repository, parent, commit.sha) : [];
  const named = (...statuses: string[]) =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repositoryPage(state, repository)}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: named("added"),
    removed: named("removed"),
    modified: named("modified", "renamed", "changed"),
  };
}
