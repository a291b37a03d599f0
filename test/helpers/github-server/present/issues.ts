import {
  type GitHubState,
  isPull,
  type Issue,
  type IssueComment,
  type Label,
  nodeId,
  type Reaction,
  type Repository,
} from "../state.ts";
import { repositoryPage, repositoryUrl } from "./repositories.ts";
import { presentAuthor, presentUser } from "./users.ts";

/** `issue` of the API. A pull request is listed with a `pull_request` key. */
export function presentIssue(state: GitHubState, repository: Repository, issue: Issue) {
  const url = `${repositoryUrl(state, repository)}/issues/${issue.number}`;
  const page = issuePage(state, repository, issue);
  return {
    id: issue.id,
    node_id: nodeId(isPull(issue) ? "PR" : "I", issue.id),
    url,
    repository_url: repositoryUrl(state, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: presentAuthor(state, issue.author),
    author_association: associationOf(repository, issue.author.login),
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((label) => presentLabel(state, repository, label)),
    assignee: issue.assignees[0] ? presentUser(state, issue.assignees[0]) : null,
    assignees: issue.assignees.map((user) => presentUser(state, user)),
    milestone: null,
    locked: issue.locked,
    active_lock_reason: null,
    comments: repository.comments.filter((comment) => comment.issue === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    reactions: presentRollup(`${url}/reactions`, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    ...(isPull(issue) && {
      draft: issue.pull.draft,
      pull_request: {
        url: `${repositoryUrl(state, repository)}/pulls/${issue.number}`,
        html_url: page,
        diff_url: `${page}.diff`,
        patch_url: `${page}.patch`,
        merged_at: issue.pull.mergedAt,
      },
    }),
  };
}

/** `issue-comment` of the API. */
export function presentIssueComment(state: GitHubState, repository: Repository, comment: IssueComment) {
  const issue = repository.issues.find((one) => one.number === comment.issue);
  const url = `${repositoryUrl(state, repository)}/issues/comments/${comment.id}`;
  const page = issue ? issuePage(state, repository, issue) : repositoryPage(state, repository);
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(state, repository)}/issues/${comment.issue}`,
    body: comment.body,
    user: presentAuthor(state, comment.author),
    author_association: associationOf(repository, comment.author.login),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    reactions: presentRollup(`${url}/reactions`, comment.reactions),
  };
}

export function presentLabel(state: GitHubState, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: `${repositoryUrl(state, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    description: label.description,
    default: false,
  };
}

export function presentReaction(state: GitHubState, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId("REA", reaction.id),
    user: presentUser(state, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

/** `reaction-rollup`: the counts that stand inside the thing reacted to. */
export function presentRollup(url: string, reactions: Reaction[]) {
  const count = (content: string) => reactions.filter((reaction) => reaction.content === content).length;
  return {
    url,
    total_count: reactions.length,
    "+1": count("+1"),
    "-1": count("-1"),
    laugh: count("laugh"),
    hooray: count("hooray"),
    confused: count("confused"),
    heart: count("heart"),
    rocket: count("rocket"),
    eyes: count("eyes"),
  };
}

export function issuePage(state: GitHubState, repository: Repository, issue: Issue): string {
  return `${repositoryPage(state, repository)}/${isPull(issue) ? "pull" : "issues"}/${issue.number}`;
}

/** Only what the roles say: GitHub also knows contributors by their commits. */
export function associationOf(repository: Repository, login: string): string {
  const role = repository.roles.get(login.toLowerCase()) ?? "none";
  if (login === repository.owner.login) return "OWNER";
  return role === "none" || role === "read" ? "NONE" : "COLLABORATOR";
}
