import { answerQuestion } from "./handlers/answer-question.ts";
import type { RepositoryConfig } from "./config/repository-config.ts";
import { hasRole } from "./intake/permission.ts";
import { whyNotUnasked } from "./intake/review-filter.ts";
import { answerText, findCommand, refusalText } from "./intake/registry.ts";
import type { EngramStore } from "./engram/engram.ts";
import type { Command, Job } from "./jobs/job.ts";
import { askedModels } from "./model/asked-models.ts";
import type { ModelProvider } from "./model/model.ts";
import { runReview, updateEngram } from "./pipeline.ts";
import { type CalibrateRequest, learnCalibration, learnFloors, openPast } from "./handlers/remember.ts";
import { type JobContext, type JobOf, openJobContext } from "./handlers/job-context.ts";
import { learnModelCalibration } from "./handlers/learn-model-calibration.ts";
import { answer, keep, publisherFor, syncTracker } from "./handlers/job-steps.ts";
import { answerMergeGroup } from "./handlers/answer-merge-group.ts";
import { embedSome, queueEmbedding } from "./handlers/embed-issues.ts";
import { closeDuplicate } from "./handlers/close-duplicate.ts";
import { endOpenCheck } from "./handlers/open-checks.ts";
import { asksForAll, heed, heedingPublisher } from "./handlers/heed-people.ts";
import { closePull } from "./handlers/learn-from-people.ts";
import { implementIssue } from "./handlers/implement-issue.ts";
import { labelPull } from "./handlers/label-pull.ts";
import { readLinkedIssues } from "./handlers/linked-issues.ts";
import { openOtherRepositories } from "./handlers/other-repositories.ts";
import { limits } from "./shared/limits.ts";
import { repositoryKey } from "./shared/repository.ts";
import { configurationNotes, readRules } from "./handlers/repository-rules.ts";
import { beginReviewCheck } from "./handlers/review-check.ts";
import { reviewPush } from "./handlers/review-push.ts";
import type { ServerServices } from "./services.ts";
import { steerPull } from "./handlers/steer-pull.ts";
import { stopWork } from "./handlers/stop-work.ts";
import { triageIssueJob } from "./handlers/triage-issue.ts";
import { fetchPast, fetchPull, type PullState, readDefaultBranch, readPull } from "./workspace/open-pull.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** Does one job of the queue: looks at what is true now, asks whether it may act, runs the pipeline. */
export async function runJob(job: Job, services: ServerServices, signal: AbortSignal, attempt: number): Promise<void> {
  // These three nobody asked for, and nobody ends.
  if (job.kind === "forget") return forget(job, services);
  if (job.kind === "embed") return embedSome(job, services, signal);
  if (job.kind === "closed") return closePull(job, services, signal, attempt);
  return services.running.run(job, signal, (ended) => runInContext(job, services, ended, attempt));
}

async function runInContext(
  job: Exclude<Job, JobOf<"forget" | "closed" | "embed">>,
  services: ServerServices,
  signal: AbortSignal,
  attempt: number,
): Promise<void> {
  const context = await openJobContext(job, services, signal, attempt);
  switch (job.kind) {
    case "review":
      return reviewPull(job, context);
    case "triage":
      return triage(job, context);
    case "close-duplicate":
      return closeDuplicate(job, context);
    case "answer":
      return answer(job, job.command, answerText(job.command.verb, job.onPull ? "pull" : "issue"), context);
    case "ask":
      return answerQuestion(job, context);
    case "implement":
      return implementIssue(job, context);
    case "stop":
      return stopWork(job, context);
    case "steer":
      return steer(job, context);
    case "push":
      return reviewPush(job, context);
    case "merge-group":
      return answerMergeGroup(job, context);
    case "open-check":
      return endOpenCheck(job, context);
    case "sync":
      return sync(job, context);
  }
}

function forget({ repository, what, id }: JobOf<"forget">, { past, feedback }: ServerServices): void {
  const key = repositoryKey(repository);
  if (what === "repository") return feedback.forgetRepository(key);
  if (what === "issue") past.trackers.forgetIssue(key, id);
  else if (what === "comment") past.trackers.forgetComment(key, id);
  else past.trackers.forgetReviewComment(key, id);
}

async function reviewPull(job: JobOf<"review">, context: JobContext): Promise<void> {
  const { services, octokit, signal, key } = context;
  const all = asksForAll(job.command);
  const noted = { repository: key, number: job.number, repositoryId: job.repository, all };
  const isPaused = (): boolean => job.command === null && services.notes.read(noted).paused;
  if (isPaused()) {
    services.notes.keepOpen(noted);
    return context.log.info({ pull: job.number }, "paused: not reviewed unasked");
  }
  context.progress("fetching the pull request");
  const pull = await readPull(octokit, job.repository, job.number);
  if (pull === null || !pull.open || !(await mayRun(job, context))) return;
  const { reviewed } = services.notes.read(noted);
  if (job.unreadOnly && reviewed === `${pull.head} ${pull.targetBranch}`) return;

  const opened = await services.exclusive(key, () => fetchPull(context.mirror, context.remote, pull, signal));
  const rules = await readRules(job, context, opened.workspace, opened.target);
  const { config } = rules;
  const filter = job.command === null ? ((await whyTooOld(pull, job, context)) ?? whyNotUnasked(pull, config)) : null;
  if (filter !== null) context.log.info({ pull: job.number, filter }, "not reviewed unasked");
  const acts = filter === null && config.review.enabled && actsOn(config, job.command);
  const publisher = await publisherFor(job, config, context);
  for (const note of await configurationNotes(job, { ...opened, pull, rules, acts }, context)) {
    await keep(context, config, note.outcome, await publisher.publish(note.outcome, signal));
    note.remember();
  }
  if (!acts) return;
  const olderHead = reviewed?.split(" ")[0] ?? null;
  const check = await beginReviewCheck(job, { config, head: opened.head, olderHead }, context);
  const { outcome, receipt } = await check.during(async () => {
    const tracker = services.past.trackers.open(key);
    const linkedIssues = await readLinkedIssues(pull, { ...job, octokit, tracker });
    const other = await openOtherRepositories(job.repository, services, octokit, signal);
    const request = {
      ...opened,
      others: other.others,
      subject: { kind: "pull", number: job.number } as const,
      linkedIssues,
      asked: job.command !== null,
      engramKey: key,
      engramCommit: opened.defaultCommit,
      learn: false,
      config,
      publisher: other.guard(heedingPublisher(publisher, noted, context, config.mode !== "preview")),
      signal,
      progress: context.progress,
    };
    const models = askedModels(services.models, config.models);
    return runReview(request, { ...services, models }).finally(() => other.close());
  }, "The review ended early. It is tried again, unless the pull request moved on.");
  if (isPaused()) await check.cancel("Reviews are paused on this pull request.");
  else {
    check.done();
    await labelPull(job, { config, outcome }, context);
    services.notes.setReviewed(noted, `${opened.head} ${pull.targetBranch}`);
  }
  await keep(context, config, await heed(outcome, noted, context), receipt);
  await syncOnce(job, context, opened.defaultCommit);
}

async function steer(job: JobOf<"steer">, context: JobContext): Promise<void> {
  if (!(await mayRun(job, context))) return;
  await answer(job, job.command, (config) => steerPull(job, config, context), context);
}

async function triage(job: JobOf<"triage">, context: JobContext): Promise<void> {
  const commit = await triageIssueJob(job, context);
  if (commit !== null) await syncOnce(job, context, commit);
}

/** Brings everything along that is kept of a repository, what is needed first before what takes long. */
async function sync(job: JobOf<"sync">, context: JobContext): Promise<void> {
  const { services, octokit, mirror, remote, key, signal } = context;
  const branch = await readDefaultBranch(octokit, job.repository);
  const { workspace, commit } = await services.exclusive(key, () => fetchPast(mirror, remote, branch, signal));
  await workspace.prefetchTrees([commit]);
  const request = { workspace, engramKey: key, engramCommit: commit, signal, progress: context.progress };
  const engram = await updateEngram(request, services.engrams);
  const { chunks } = engram.info();
  engram.close();

  context.progress("reading issues from GitHub");
  await syncTracker(job, context, limits.syncMs);
  await queueEmbedding(job, services);
  await workspace.prefetchAll();
  const { gitDir } = workspace;
  const onProgress = context.progress;
  await openPast({ key, gitDir, commit, defaultCommit: commit, learn: true, signal, onProgress }, services.past);
  services.synced.add(key);
  if (chunks > limits.floorChunks || !services.config.lessons) return;
  await learnFromPast({ key, gitDir, commit, signal }, context, workspace, async () => {
    const { config } = await readRules(job, context, workspace, commit);
    return askedModels(services.models, config.models);
  });
}

/** What a repository's past teaches of what may be said there. Nothing of a sync must be done again because this fails. */
async function learnFromPast(
  request: Pick<CalibrateRequest, "key" | "gitDir" | "commit" | "signal">,
  { services, log, progress }: JobContext,
  workspace: Workspace,
  modelsHere: () => Promise<ModelProvider>,
): Promise<void> {
  const prepare = (commits: string[]): Promise<void> => workspace.prefetchTrees(commits);
  const onJudged = (done: number, total: number): void => progress("judging past pull requests", done, total);
  const lessons = {
    floors: (engrams: EngramStore) => learnFloors(request, services.past, engrams),
    calibration: (engrams: EngramStore) =>
      learnCalibration({ ...request, prepare, onJudged, deadline: Date.now() + limits.calibrateMs }, services.past, {
        engrams,
        units: services.units,
      }),
    // For minutes, if at all: last.
    "what models say": async () =>
      learnModelCalibration(
        { ...request, prepare, deadline: Date.now() + limits.calibrateMs },
        services.past,
        await modelsHere(),
      ),
  };
  for (const [name, learn] of Object.entries(lessons)) {
    progress(`learning from the past: ${name}`);
    const scratch = services.scratchEngrams();
    try {
      await learn(scratch);
    } catch (error) {
      request.signal.throwIfAborted();
      log.warn({ err: error, lesson: name }, "the past taught nothing; the defaults serve");
    } finally {
      scratch.close();
    }
  }
}

/** The past of a repository is first read when it is first worked on; a push does the rest. */
async function syncOnce(job: Job, { services, key }: JobContext, commit: string): Promise<void> {
  if (services.synced.has(key)) return;
  services.synced.add(key);
  const { repository, installationId } = job;
  const id = `sync ${key} ${commit} ${services.startedAt}`;
  await services.queue.accept({ id, event: "sync" }, [{ kind: "sync", repository, installationId, commit }]);
}

/** Whether the person who asked may; an event asks for nobody. The refusal is the answer to the command. */
async function mayRun(job: JobOf<"review" | "steer">, context: JobContext): Promise<boolean> {
  if (job.command === null) return true;
  const entry = findCommand(job.command.verb);
  if (entry && (await hasRole(context.octokit, job.repository, job.command.sender, entry.leastRole))) return true;
  if (entry) await answer(job, job.command, refusalText(entry), context);
  return false;
}

/** Whoever installs the app does not ask for comments on all that is open; a push to it is no such wish either. */
async function whyTooOld({ createdAt }: PullState, job: Job, { services }: JobContext): Promise<string | null> {
  return createdAt < (await services.installedAt(job.installationId)) ? "older than the installation" : null;
}

/** preview: nothing is written, so everything may run. mention: a person must have asked. */
function actsOn(config: RepositoryConfig, command: Command | null): boolean {
  return config.mode !== "mention" || command !== null;
}
