import type {
  TrackedAuthor,
  TrackedComment,
  TrackedIssue,
  TrackedLink,
  TrackedReviewComment,
  Tracker,
} from "../../../src/tracker/tracker.ts";

export interface Tracked {
  issues?: TrackedIssue[];
  comments?: TrackedComment[];
  links?: TrackedLink[];
  reviewComments?: TrackedReviewComment[];
}

/** A tracker of what is given. */
export function trackerOf({ issues = [], comments = [], links = [], reviewComments = [] }: Tracked): Tracker {
  return {
    issues: () => issues,
    issue: (number) => issues.find((issue) => issue.number === number) ?? null,
    comments: (issue) => comments.filter((comment) => comment.issue === issue),
    links: (issue) => links.filter((link) => link.issue === issue),
    reviewComments: () => reviewComments,
    readTo: () => ({ issues: null, comments: null, reviewComments: null }),
  };
}

export const ada: TrackedAuthor = { login: "ada", association: "MEMBER", bot: false };
export const stranger: TrackedAuthor = { login: "stranger", association: "NONE", bot: false };
export const ghost: TrackedAuthor = { login: "ghost", association: "NONE", bot: false };
export const bot: TrackedAuthor = { login: "linter[bot]", association: "NONE", bot: true };

const CREATED = "2024-01-01T00:00:00Z";

export function tracked(number: number, more: Partial<TrackedIssue> = {}): TrackedIssue {
  const defaults = { pull: false, title: `Issue ${number}`, body: "", author: stranger, state: "open" } as const;
  const times = { createdAt: CREATED, updatedAt: CREATED, closedAt: null, mergedAt: null };
  return { number, ...defaults, stateReason: null, labels: [], ...times, ...more };
}

export function reviewComment(id: number, more: Partial<TrackedReviewComment> = {}): TrackedReviewComment {
  const place = { pull: 1, path: "src/a.ts", commit: "0".repeat(40), startLine: null, line: 1, side: "RIGHT" } as const;
  const text = { hunk: "@@ -0,0 +1 @@\n+const one = 1;", body: "Please use a clearer name for this constant." };
  return { id, ...place, ...text, author: ada, createdAt: CREATED, updatedAt: CREATED, inReplyTo: null, ...more };
}
