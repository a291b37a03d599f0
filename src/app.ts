import type { ApplicationFunction, Context } from "probot";
import { checkRunJobs, checkSuiteJobs } from "./intake/check-run.ts";
import { issueCommentJobs, reviewCommentJobs } from "./intake/comment.ts";
import { deletedCommentJobs, deletedIssueJobs, deletedReviewCommentJobs } from "./intake/deleted.ts";
import { closedIssueJobs, issueJobs } from "./intake/issue.ts";
import { mergeGroupJobs } from "./intake/merge-group.ts";
import { closedPullJobs, pullRequestJobs } from "./intake/pull-request.ts";
import { pushJobs } from "./intake/push.ts";
import { uninstalledJobs } from "./intake/uninstalled.ts";
import type { Job } from "./jobs/job.ts";
import type { Delivery, Queue } from "./jobs/queue.ts";

export interface AppOptions {
  queue: Queue;
  /** The GitHub host that the webhooks come from. */
  host: string;
  /** Ids of the bots whose commands are heeded as those of people are. */
  commandBots?: readonly number[];
  /** Called after jobs were accepted: the worker of this process need not wait for its next poll. */
  accepted: (jobs: readonly Job[], delivery: Delivery) => void;
  /** Called for each event that we take, with what became of it. */
  noted?: (outcome: "accepted" | "duplicate" | "ignored") => void;
}

/**
 * The webhooks that we take, and nothing more: each becomes jobs in the queue, and only then GitHub gets its answer. What
 * fails here is answered with an error, so that it stands among the app's failed deliveries.
 */
export function createApp({
  queue,
  host,
  commandBots = [],
  accepted,
  noted = () => {},
}: AppOptions): ApplicationFunction {
  async function accept(context: Pick<Context, "id" | "name">, jobs: Job[]): Promise<void> {
    // Most comments are no command: they cost no write to the disk.
    if (jobs.length === 0) return noted("ignored");
    const delivery = { id: context.id, event: context.name };
    const answer = await queue.accept(delivery, jobs);
    noted(answer);
    if (answer === "accepted") accepted(jobs, delivery);
  }

  return (app) => {
    app.on(
      [
        "pull_request.opened",
        "pull_request.reopened",
        "pull_request.ready_for_review",
        "pull_request.synchronize",
        "pull_request.edited",
        "pull_request.labeled",
        "pull_request.unlabeled",
      ],
      (context) => accept(context, pullRequestJobs(context.payload, host)),
    );
    app.on("pull_request.closed", (context) => accept(context, closedPullJobs(context.payload, host)));
    app.on(["issues.opened", "issues.reopened", "issues.edited"], (context) =>
      accept(context, issueJobs(context.payload, host)),
    );
    app.on("issues.closed", (context) => accept(context, closedIssueJobs(context.payload, host)));
    app.on("issue_comment.created", (context) => accept(context, issueCommentJobs(context.payload, host, commandBots)));
    app.on("pull_request_review_comment.created", (context) =>
      accept(context, reviewCommentJobs(context.payload, host, commandBots)),
    );
    app.on(["issues.deleted", "issues.transferred"], (context) =>
      accept(context, deletedIssueJobs(context.payload, host)),
    );
    app.on("issue_comment.deleted", (context) => accept(context, deletedCommentJobs(context.payload, host)));
    app.on("pull_request_review_comment.deleted", (context) =>
      accept(context, deletedReviewCommentJobs(context.payload, host)),
    );
    app.on("check_run.rerequested", (context) => accept(context, checkRunJobs(context.payload, host)));
    app.on("check_suite.rerequested", (context) => accept(context, checkSuiteJobs(context.payload, host)));
    app.on("merge_group.checks_requested", (context) => accept(context, mergeGroupJobs(context.payload, host)));
    app.on(["installation.deleted", "installation_repositories.removed"], (context) =>
      accept(context, uninstalledJobs(context.payload, host)),
    );
    app.on("push", (context) => accept(context, pushJobs(context.payload, host)));
  };
}
