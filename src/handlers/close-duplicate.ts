import type { FoundWork } from "../intake/unhandled.ts";
import type { RepositoryConfig } from "../config/repository-config.ts";
import { isFailedRequest, permitted } from "../publish/github-errors.ts";
import { readClosing } from "../publish/markdown/triage-comment.ts";
import { parseMarker } from "../publish/marker.ts";
import type { ServerServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import { readIssue } from "../workspace/read-issues.ts";
import type { InstalledPlace } from "./installed-places.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { fetchDefaultBranch, syncTracker } from "./job-steps.ts";
import { readRules } from "./repository-rules.ts";

const dayMs = 24 * 60 * 60_000;

/**
 * Open issues under which a comment of ours has said for long enough that they are closed. Read from what is kept of the
 * repository, once that is up to date: our newest comments are written after its last sync. Each such comment makes one job;
 * whether it still holds is found out by the job.
 */
export async function duplicatesDue(
  { repository, installationId, octokit }: Pick<InstalledPlace, "repository" | "installationId" | "octokit">,
  { triage }: Pick<RepositoryConfig, "triage">,
  services: Pick<ServerServices, "past" | "identity" | "log">,
): Promise<FoundWork[]> {
  const key = repositoryKey(repository);
  if (triage.close_duplicates === undefined || !triage.enabled) return [];
  const { trackers } = services.past;
  // Then we have said nothing there yet.
  if (trackers.open(key) === null) return [];
  const { signal } = new AbortController();
  await syncTracker({ repository }, { services, octokit, key, signal, log: services.log }, limits.triageSyncMs);
  const tracker = trackers.open(key);
  const { login } = await services.identity();
  return Array.from(tracker?.issues() ?? []).flatMap(({ number, pull, state }): FoundWork[] => {
    if (pull || state !== "open") return [];
    // What is kept has no hidden markers: the job looks for ours.
    const comments = tracker?.comments(number) ?? [];
    const own = comments.find(({ author, body }) => isOwn(author.login, login) && readClosing(body));
    const closing = own === undefined ? null : readClosing(own.body);
    if (own === undefined || closing === null) return [];
    if (Date.now() < Date.parse(own.updatedAt) + closing.days * dayMs) return [];
    const job = { kind: "close-duplicate", repository, installationId, number } as const;
    return [{ id: `duplicate ${key} #${number} ${own.updatedAt}`, job }];
  });
}

function isOwn(author: string, login: string): boolean {
  return author.toLowerCase() === login.toLowerCase();
}

/**
 * Closes an issue as a duplicate where everything still speaks for it now: the configuration, the issue that it repeats, and
 * that no person has done anything there since our comment.
 */
export async function closeDuplicate(job: JobOf<"close-duplicate">, context: JobContext): Promise<void> {
  const { octokit, log } = context;
  const { owner, name: repo } = job.repository;
  const number = job.number;
  try {
    const target = await permitted("issues: write", targetOf(job, context));
    if (target === null) return;
    const issue = { owner, repo, issue_number: number, state: "closed" } as const;
    const { update } = octokit.rest.issues;
    await permitted(
      "issues: write",
      // Older servers know of no duplicates.
      update({ ...issue, state_reason: "duplicate" }).catch((error: unknown) => {
        if (isFailedRequest(error) && error.status === 422) return update({ ...issue, state_reason: "not_planned" });
        throw error;
      }),
    );
    log.info({ issue: number, target }, "closed as a duplicate");
  } catch (error) {
    if (!(error instanceof AssistantError) || error.code !== "not-permitted") throw error;
    log.warn({ issue: number, reason: error.message, remedy: error.remedy }, "a duplicate cannot be closed");
  }
}

/** The issue that it repeats, if it may be closed for it now. */
async function targetOf(job: JobOf<"close-duplicate">, context: JobContext): Promise<number | null> {
  const { octokit, log } = context;
  const say = (why: string): null => {
    log.info({ issue: job.number, why }, "not closed as a duplicate");
    return null;
  };
  const { workspace, commit } = await fetchDefaultBranch(job, context);
  const { config } = await readRules(job, context, workspace, commit);
  const asked = config.mode === "auto" && config.triage.enabled ? config.triage.close_duplicates : undefined;
  if (asked === undefined) return say("the configuration does not ask for it");
  const issue = await readIssue(octokit, job.repository, job.number);
  if (issue === null || issue.state === "closed" || issue.locked) return say("closed, locked or gone");
  const own = await ownComment(job, job.number, context);
  const closing = own === null ? null : readClosing(own.body ?? "");
  if (own === null || closing === null) return say("the comment does not say so any more");
  const days = Math.max(closing.days, asked.after_days);
  if (Date.now() < Date.parse(own.updated_at) + days * dayMs) return say("the days of grace have not passed");
  if (await objected(job, own, context)) return say("somebody objected");
  const target = await readIssue(octokit, job.repository, closing.target);
  if (target === null || target.state === "closed" || target.number >= job.number) return say("its target is closed");
  const chained = await ownComment(job, target.number, context);
  if (chained !== null && readClosing(chained.body ?? "") !== null) return say("its target is to be closed itself");
  return target.number;
}

async function ownComment({ repository }: JobOf<"close-duplicate">, number: number, { octokit, services }: JobContext) {
  const { login } = await services.identity();
  const query = { owner: repository.owner, repo: repository.name, issue_number: number, per_page: 100 };
  const comments = await octokit.paginate(octokit.rest.issues.listComments, query);
  return (
    comments.find(({ user, body }) => isOwn(user?.login ?? "", login) && parseMarker(body ?? "")?.kind === "triage") ??
    null
  );
}

/** Whatever a person did there since our comment, but for subscribing, is a sign; so is a 👎 on it by anybody. */
async function objected(
  { repository, number }: JobOf<"close-duplicate">,
  own: { id: number; created_at: string },
  { octokit }: JobContext,
): Promise<boolean> {
  const place = { owner: repository.owner, repo: repository.name, per_page: 100 };
  const { issues, reactions } = octokit.rest;
  const given = await octokit.paginate(reactions.listForIssueComment, { ...place, comment_id: own.id });
  if (given.some(({ content }) => content === "-1" || content === "confused")) return true;
  const query = { ...place, issue_number: number };
  let pages = 0;
  for await (const { data } of octokit.paginate.iterator(issues.listEventsForTimeline, query)) {
    if ((data as TimelineEvent[]).some((event) => isSign(event, own.created_at))) return true;
    // So long a conversation is one that people have.
    if (++pages === limits.timelinePages) return true;
  }
  return false;
}

interface TimelineEvent {
  event?: string;
  actor?: { type?: string } | null;
  user?: { type?: string } | null;
  created_at?: string;
}

const passive = new Set(["subscribed", "unsubscribed", "mentioned"]);

function isSign({ event = "", actor, user, created_at: at = "" }: TimelineEvent, since: string): boolean {
  return at >= since && !passive.has(event) && (actor ?? user)?.type !== "Bot";
}
