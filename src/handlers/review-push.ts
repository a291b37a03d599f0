import type { RepositoryConfig } from "../config/repository-config.ts";
import { hasRole } from "../intake/permission.ts";
import { whyPushNotUnasked } from "../intake/review-filter.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { keep } from "./job-steps.ts";
import { openOtherRepositories } from "./other-repositories.ts";
import { askedModels } from "../model/asked-models.ts";
import { runReview } from "../pipeline.ts";
import { pushSubject } from "../publish/check-run.ts";
import { createCommitCommentApi } from "../publish/commit-comment-api.ts";
import type { Outcome, ReviewOutcome } from "../publish/outcome.ts";
import { publishPushCheck, publishPushComment, type PushReview } from "../publish/publish-push.ts";
import type { Receipt } from "../publish/publisher.ts";
import { readRules } from "./repository-rules.ts";
import { beginCheck, checkApi, endedEarly, noCheck } from "./review-check.ts";
import { fetchBranch, readDefaultBranch } from "../workspace/open-pull.ts";
import { fetchPush, findPushBase, hasPull, readBranchTip } from "../workspace/open-push.ts";

type PushJob = JobOf<"push">;

/**
 * Reviews what was pushed to a branch that no pull request speaks for, where the repository wants that. Of several pushes in a
 * row the newest is reviewed, together with those before it: up to where the branch was looked at is kept.
 */
export async function reviewPush(job: PushJob, context: JobContext): Promise<void> {
  const { services, octokit, key, log } = context;
  const { branch, head, command } = job;
  const lookedAt = (upTo: string): void => services.notes.setBranch(key, branch, upTo);
  const before = command === null ? lookedAtLast(job, context) : job.before;
  const rules = await rulesForPush(job, context);
  const why = await whyNot(job, rules.config, context);
  if (why !== null) {
    log.debug({ branch, why }, "the push is not reviewed");
    if (command === null) lookedAt(head);
    return;
  }
  if (command === null && (await readBranchTip(octokit, job.repository, branch)) !== head) {
    lookedAt(before ?? madeByPush);
    return log.info({ branch }, "the branch has moved on, or is gone: this push is not reviewed by itself");
  }
  const opened = await openPush(job, { ...rules, before }, context);
  if (opened === null) log.info({ branch }, "the push brought nothing that could be compared with anything");
  else await review(job, { ...opened, config: rules.config }, context);
  if (command === null) lookedAt(head);
}

/** Stands for the commit before a branch that a push made. */
const madeByPush = "";

function lookedAtLast({ branch, before }: PushJob, { services, key }: JobContext): string | null {
  const noted = services.notes.readBranch(key, branch);
  return noted === madeByPush ? null : (noted ?? before);
}

/** Of the default branch: whoever pushes must not set the rules. */
async function rulesForPush(job: PushJob, context: JobContext) {
  const { services, octokit, mirror, remote, key, signal } = context;
  const defaultBranch = await readDefaultBranch(octokit, job.repository);
  const { workspace, commit: defaultCommit } = await services.exclusive(key, () =>
    fetchBranch(mirror, remote, defaultBranch, signal),
  );
  const { config } = await readRules(job, context, workspace, defaultCommit);
  return { config, defaultBranch, defaultCommit };
}

/** Why a push is not reviewed; null where it is. What costs requests is asked last. */
async function whyNot(job: PushJob, config: RepositoryConfig, context: JobContext): Promise<string | null> {
  const { octokit } = context;
  const { repository, command } = job;
  const { push, enabled } = config.review;
  if (push === "off" || !enabled) return "the repository does not want it";
  if (command !== null) {
    return (await hasRole(octokit, repository, command.sender, "write"))
      ? null
      : `${command.sender} may not ask for it`;
  }
  if (config.mode === "mention") return "nobody asked";
  const filter = whyPushNotUnasked(job, config);
  if (filter !== null) return filter;
  return (await hasPull(octokit, repository, job)) ? "a pull request speaks for it" : null;
}

interface PushRules {
  config: RepositoryConfig;
  defaultBranch: string;
  defaultCommit: string;
}

async function openPush(job: PushJob, rules: PushRules & { before: string | null }, context: JobContext) {
  const { services, mirror, remote, key, signal } = context;
  const { defaultBranch, defaultCommit, before } = rules;
  const { head, branch, command } = job;
  const workspace = await services.exclusive(key, () =>
    fetchPush(mirror, remote, { head, before, defaultBranch }, signal),
  );
  const other = branch === defaultBranch || command !== null ? null : defaultCommit;
  const base = await findPushBase(mirror, { head, before, defaultCommit: other });
  return base === null || base === head ? null : { workspace, base, head, defaultCommit };
}

async function review(
  job: PushJob,
  opened: NonNullable<Awaited<ReturnType<typeof openPush>>> & { config: RepositoryConfig },
  context: JobContext,
): Promise<void> {
  const { services, octokit, key, signal, log } = context;
  const { config, base, head } = opened;
  const again = job.command !== null;
  const asCheck = config.review.push === "check" && config.mode !== "preview";
  const about = pushSubject(base);
  const check = asCheck ? await beginCheck(job, { about, head, again }, context) : noCheck;
  const request = {
    ...opened,
    target: base,
    subject: null,
    asked: again,
    engramKey: key,
    engramCommit: opened.defaultCommit,
    learn: false,
    publisher: {
      publish: async (found: Outcome) => {
        if (found.kind !== "review" || !asCheck) return nothing;
        return {
          ...nothing,
          check: await publishPushCheck(await checkApi(job, context), pushReview(job, found, config)),
        };
      },
    },
    signal,
    progress: context.progress,
  };
  const { outcome, receipt, other } = await check.during(async () => {
    const other = await openOtherRepositories(job.repository, services, octokit, signal);
    const publisher = other.guard(request.publisher);
    const models = askedModels(services.models, config.models);
    const asked = { ...request, others: other.others, publisher };
    const made = runReview(asked, { ...services, models }).finally(() => other.close());
    return { ...(await made), other };
  }, endedEarly);
  check.done();
  const commenter = other.guard({
    publish: async () => ({ ...nothing, summary: await comment(job, outcome, config, context) }),
  });
  const { summary } = await commenter.publish(outcome, signal);
  log.info({ branch: job.branch, head, ...receipt, summary }, "push reviewed");
  await keep(context, config, outcome, { ...receipt, summary });
}

const nothing: Receipt = { posted: 0, addressed: 0, standing: 0, summary: "none" };

/** Once all is read: GitHub lets the app write a comment on a commit, but not change it without more than it asks for. */
async function comment(
  job: PushJob,
  outcome: ReviewOutcome,
  config: RepositoryConfig,
  { services, octokit, signal }: JobContext,
): Promise<Receipt["summary"]> {
  if (config.review.push !== "comment" || config.mode === "preview") return "none";
  const comments = createCommitCommentApi(octokit, job.repository, signal);
  return publishPushComment(comments, await services.identity(), pushReview(job, outcome, config));
}

function pushReview(
  { repository, branch }: PushJob,
  outcome: ReviewOutcome,
  { hygiene }: RepositoryConfig,
): PushReview {
  return { repository, branch, outcome, personalData: hygiene.personal_data };
}
