import type { Association, TrackedAuthor, TrackedComment, TrackedIssue, TrackedReviewComment } from "./tracker.ts";

/** What is read of GitHub's answers. Its description promises more than it keeps: what may be missing is optional here. */
interface GitHubAuthored {
  body?: string | null | undefined;
  user?: { login: string; type?: string } | null | undefined;
  author_association?: string | undefined;
  created_at: string;
  updated_at: string;
}

export interface GitHubIssue extends GitHubAuthored {
  number: number;
  title: string;
  state: string;
  state_reason?: string | null | undefined;
  labels: (string | { name?: string | undefined })[];
  closed_at: string | null;
  pull_request?: { merged_at?: string | null | undefined } | undefined;
}

export interface GitHubComment extends GitHubAuthored {
  id: number;
  issue_url: string;
}

export interface GitHubReviewComment extends GitHubAuthored {
  id: number;
  pull_request_url: string;
  path: string;
  diff_hunk: string;
  original_commit_id: string;
  original_line?: number | null | undefined;
  original_start_line?: number | null | undefined;
  side?: string | undefined;
  subject_type?: string | undefined;
  in_reply_to_id?: number | undefined;
}

export function toIssue(issue: GitHubIssue): TrackedIssue {
  const reason = issue.state_reason;
  return {
    number: issue.number,
    pull: issue.pull_request !== undefined,
    title: issue.title,
    body: issue.body ?? "",
    author: toAuthor(issue),
    state: issue.state === "open" ? "open" : "closed",
    stateReason: stateReasons.find((one) => one === reason) ?? null,
    labels: issue.labels.map((label) => (typeof label === "string" ? label : (label.name ?? ""))).filter(Boolean),
    createdAt: issue.created_at,
    updatedAt: issue.updated_at,
    closedAt: issue.closed_at,
    mergedAt: issue.pull_request?.merged_at ?? null,
  };
}

export function toComment(comment: GitHubComment): TrackedComment {
  return {
    id: comment.id,
    issue: numberAtEnd(comment.issue_url),
    body: comment.body ?? "",
    author: toAuthor(comment),
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
  };
}

export function toReviewComment(comment: GitHubReviewComment): TrackedReviewComment {
  const onLines = comment.subject_type !== "file";
  return {
    id: comment.id,
    pull: numberAtEnd(comment.pull_request_url),
    path: comment.path,
    hunk: comment.diff_hunk,
    commit: comment.original_commit_id,
    startLine: (onLines && comment.original_start_line) || null,
    line: (onLines && comment.original_line) || null,
    side: comment.side === "LEFT" ? "LEFT" : "RIGHT",
    body: comment.body ?? "",
    author: toAuthor(comment),
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    inReplyTo: comment.in_reply_to_id ?? null,
  };
}

const stateReasons = ["completed", "not_planned", "duplicate", "reopened"] as const;

const associations = new Set<string>([
  "OWNER",
  "MEMBER",
  "COLLABORATOR",
  "CONTRIBUTOR",
  "FIRST_TIME_CONTRIBUTOR",
  "FIRST_TIMER",
  "MANNEQUIN",
] satisfies Association[]);

/** GitHub's page shows a deleted account as `ghost`; its API shows nobody. An association we do not know is none. */
function toAuthor({ user, author_association: association = "NONE" }: GitHubAuthored): TrackedAuthor {
  return {
    login: user?.login ?? "ghost",
    association: associations.has(association) ? (association as Association) : "NONE",
    bot: user?.type === "Bot",
  };
}

/** Comments name their subject by its address alone. */
function numberAtEnd(url: string): number {
  return Number(/\/(\d+)$/.exec(url)?.[1] ?? 0);
}
