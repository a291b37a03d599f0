import type {
  TrackedComment,
  TrackedIssue,
  TrackedLink,
  TrackedReviewComment,
  TrackerSource,
} from "../../src/tracker/tracker.ts";

const author = { login: "ada", association: "NONE", bot: false } as const;

/** A time so many seconds after the first moment of 2026. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString().replace(".000", "");
}

export function issueAt(number: number, seconds: number, more: Partial<TrackedIssue> = {}): TrackedIssue {
  return {
    number,
    pull: false,
    title: `Issue ${number}`,
    body: `Text of ${number}`,
    author,
    state: "open",
    stateReason: null,
    labels: [],
    createdAt: at(0),
    updatedAt: at(seconds),
    closedAt: null,
    mergedAt: null,
    ...more,
  };
}

export function commentAt(id: number, seconds: number, more: Partial<TrackedComment> = {}): TrackedComment {
  return { id, issue: 1, body: `Comment ${id}`, author, createdAt: at(0), updatedAt: at(seconds), ...more };
}

export function reviewCommentAt(
  id: number,
  seconds: number,
  more: Partial<TrackedReviewComment> = {},
): TrackedReviewComment {
  return {
    id,
    pull: 2,
    path: "src/a.ts",
    hunk: "@@ -1,1 +1,1 @@\n-a\n+b",
    commit: "c".repeat(40),
    startLine: null,
    line: 1,
    side: "RIGHT",
    body: `Remark ${id}`,
    author,
    createdAt: at(0),
    updatedAt: at(seconds),
    inReplyTo: null,
    ...more,
  };
}

/** What GitHub would list, and what was asked of it. A page has `size` entries. */
export interface FakeGitHub {
  issues: TrackedIssue[];
  comments: TrackedComment[];
  reviewComments: TrackedReviewComment[];
  links: Map<number, TrackedLink[]>;
  size: number;
  /** Kinds with the `since` that they were asked for, and the issues whose links were. */
  asked: (readonly [string, string | number | null])[];
  /** Runs before a page or the links of an issue are handed out: it may throw. */
  before: (kind: string, count: number) => void;
}

export function fakeGitHub(more: Partial<FakeGitHub> = {}): FakeGitHub & { source: TrackerSource } {
  const github: FakeGitHub = {
    issues: [],
    comments: [],
    reviewComments: [],
    links: new Map(),
    size: 2,
    asked: [],
    before: () => {},
    ...more,
  };
  async function* pages<T extends { updatedAt: string }>(kind: string, records: () => T[], since: string | null) {
    github.asked.push([kind, since]);
    const listed = records()
      .filter(({ updatedAt }) => since === null || updatedAt >= since)
      .toSorted((a, b) => (a.updatedAt < b.updatedAt ? -1 : a.updatedAt > b.updatedAt ? 1 : 0));
    for (let from = 0; from < listed.length; from += github.size) {
      github.before(kind, from / github.size);
      yield listed.slice(from, from + github.size);
    }
  }
  const source: TrackerSource = {
    issues: (since) => pages("issues", () => github.issues, since),
    comments: (since) => pages("comments", () => github.comments, since),
    reviewComments: (since) => pages("reviewComments", () => github.reviewComments, since),
    links(issue) {
      github.before("links", issue);
      github.asked.push(["links", issue]);
      return Promise.resolve(github.links.get(issue) ?? []);
    },
  };
  return Object.assign(github, { source });
}
