/** What a permission of the app is for. */
interface Use {
  /** The least level that does. */
  level: "read" | "write";
  why: string;
  /** What does not work without it. */
  without: string;
}

/** Everything that app.yml asks for, with the reason that set-up prints and the loss that doctor names. */
export const permissionUses: Record<string, Use> = {
  metadata: { level: "read", why: "GitHub gives it to every app", without: "nothing works" },
  contents: {
    level: "read",
    why: "fetch the repository, and read its configuration",
    without: "nothing can be fetched: no reviews, no triage",
  },
  pull_requests: {
    level: "write",
    why: "comment on pull requests and on their lines",
    without: "no reviews are posted",
  },
  checks: {
    level: "write",
    why: "a check run beside the review, where a repository asks for one (review.check)",
    without: "reviews come without a check run",
  },
  merge_queues: {
    level: "read",
    why: "tell a merge queue not to wait for that check run",
    without: "a merge queue that requires the check run waits in vain",
  },
  issues: {
    level: "write",
    why: "comment on issues, and label them where a repository asks for that",
    without: "no triage is posted, and commands get no answer",
  },
};

/** With `--with-implement`, instead of reading. */
export const implementUse: Use = {
  level: "write",
  why: "fetch the repository, and push branches assistant/issue-… when somebody who may push says /assistant implement",
  without: "/assistant implement offers a patch instead of a pull request, and threads of reviews are not resolved",
};
