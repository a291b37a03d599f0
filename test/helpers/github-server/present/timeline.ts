import { type GitHubState, nodeId, type Repository, type TimelineEntry } from "../state.ts";
import { presentIssue, presentIssueComment } from "./issues.ts";
import { repositoryUrl } from "./repositories.ts";
import { presentUser } from "./users.ts";

/** An issue's events and comments, the oldest first. */
export function presentTimeline(state: GitHubState, repository: Repository, issue: number): object[] {
  const events = repository.timeline
    .filter((entry) => entry.issue === issue)
    .map((entry) => ({ at: entry.createdAt, id: entry.id, json: presentEntry(state, repository, entry) }));
  const comments = repository.comments
    .filter((comment) => comment.issue === issue)
    .map((comment) => ({
      at: comment.createdAt,
      id: comment.id,
      json: {
        ...presentIssueComment(state, repository, comment),
        event: "commented",
        actor: presentUser(state, comment.author),
        user: presentUser(state, comment.author),
      },
    }));
  return [...events, ...comments]
    .toSorted((a, b) => (a.at === b.at ? a.id - b.id : a.at < b.at ? -1 : 1))
    .map(({ json }) => json);
}

/** Of a tie made by hand (`connected`), REST says who and when, not what. */
function presentEntry(state: GitHubState, repository: Repository, entry: TimelineEntry): object {
  const common = { event: entry.event, actor: presentUser(state, entry.actor), created_at: entry.createdAt };
  if (entry.event === "cross-referenced") {
    const source = entry.from.issues.find((one) => one.number === entry.source);
    if (!source) throw new Error(`#${entry.source} is no issue`);
    const issue = presentIssue(state, entry.from, source);
    return { ...common, updated_at: entry.createdAt, source: { type: "issue", issue } };
  }
  return {
    ...common,
    id: entry.id,
    node_id: nodeId("EV", entry.id),
    url: `${repositoryUrl(state, repository)}/issues/events/${entry.id}`,
    commit_id: entry.commitId,
    commit_url: entry.commitId && `${repositoryUrl(state, entry.from)}/commits/${entry.commitId}`,
    performed_via_github_app: null,
    ...(entry.label && { label: { name: entry.label.name, color: entry.label.color } }),
  };
}
