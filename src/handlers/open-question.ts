import type { RepositoryConfig } from "../config/repository-config.ts";
import type { EngramView } from "../engram/engram.ts";
import { layChangeOver } from "../engram/lay-change-over.ts";
import type { History } from "../history/history.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { fetchDefaultBranch, syncTracker } from "./job-steps.ts";
import { updateEngram } from "../pipeline.ts";
import { openPast } from "./remember.ts";
import { readRules } from "./repository-rules.ts";
import { AssistantError } from "../shared/errors.ts";
import { readFileAt } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import type { AskInput, Place } from "../tasks/ask/ask-input.ts";
import { unitPlace } from "../tasks/ask/find-place.ts";
import type { Change } from "../workspace/diff.ts";
import { fetchPull, readPull } from "../workspace/open-pull.ts";
import { findMergeBase, readChange } from "../workspace/read-change.ts";
import { readPastIssues } from "../workspace/read-issues.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What a question on GitHub is answered from. */
export interface OpenQuestion {
  input: AskInput;
  config: RepositoryConfig;
  /** Of the pull request; null on issues. */
  change: Change | null;
  /** The lines of the review thread, or what is around them; null where there is none, or they are gone from git. */
  place: Place | null;
  close(): void;
}

/** Opens the repository as the subject sees it: the default branch, or the pull request's head laid over it. */
export async function openQuestion(job: JobOf<"ask">, context: JobContext): Promise<OpenQuestion> {
  const tree = await openTree(job, context);
  const { workspace, defaultCommit, change, config, target } = tree;
  const { services, octokit, key, signal } = context;
  const { gitDir } = workspace;
  const complete = await syncTracker(job, context, limits.triageSyncMs);
  const pastIssues = complete ? [] : await readPastIssues(octokit, job.repository, job.number);
  await workspace.prefetchTrees([defaultCommit]);
  const request = { workspace, engramKey: key, engramCommit: defaultCommit, signal, progress: context.progress };
  const engram = await updateEngram(request, services.engrams);
  try {
    const pastAt = (commit: string) =>
      openPast({ key, gitDir, commit, defaultCommit, learn: false, signal }, services.past);
    const past = await pastAt(defaultCommit);
    const ofHead = change === null ? null : (await pastAt(change.head)).history;
    const changed = new Set(change?.files.map(({ path }) => path));
    const view: EngramView = change === null ? engram : await layChangeOver(engram, change, gitDir);
    const input: AskInput = {
      view,
      historyOf: (path) => (ofHead !== null && changed.has(path) ? ofHead : past.history),
      past,
      pastIssues,
      units: services.units,
      workspace,
      repository: job.repository,
      engramCommit: defaultCommit,
      subject: { number: job.number, onPull: job.onPull },
      signal,
    };
    const historyAt = async (commit: string): Promise<History> => (await pastAt(commit)).history;
    const place =
      job.thread && target && change ? await placeOf(job.thread, { input, change, target, historyAt }) : null;
    return { input, config, change, place, close: () => engram.close() };
  } catch (error) {
    engram.close();
    throw error;
  }
}

interface OpenTree {
  workspace: Workspace;
  defaultCommit: string;
  config: RepositoryConfig;
  change: Change | null;
  /** Newest commit of the branch that a pull request goes into. */
  target: string | null;
}

async function openTree(job: JobOf<"ask">, context: JobContext): Promise<OpenTree> {
  const { octokit, services, mirror, remote, key, signal } = context;
  const pull = job.onPull ? await readPull(octokit, job.repository, job.number) : null;
  if (pull !== null) {
    try {
      const opened = await services.exclusive(key, () => fetchPull(mirror, remote, pull, signal));
      const { workspace, head, target, defaultCommit } = opened;
      const { config } = await readRules(job, context, workspace, target);
      const base = await findMergeBase(workspace.gitDir, target, head);
      await workspace.prefetchTrees([base, head]);
      return {
        workspace,
        defaultCommit,
        config,
        change: await readChange(workspace.gitDir, base, head, signal),
        target,
      };
    } catch (error) {
      // The branch that it went into is gone: the default branch still has an answer.
      if (!(error instanceof AssistantError) || !["ref-missing", "no-merge-base"].includes(error.code)) throw error;
      context.log.info({ pull: job.number, reason: error.message }, "answered from the default branch");
    }
  }
  const { workspace, commit } = await fetchDefaultBranch(job, context);
  const { config } = await readRules(job, context, workspace, commit);
  return { workspace, defaultCommit: commit, config, change: null, target: null };
}

interface ThreadSources {
  input: AskInput;
  change: Change;
  target: string;
  historyAt: (commit: string) => Promise<History>;
}

/** What the lines of a thread are in, on their side of their commit. */
async function placeOf(
  { path, lines, side, commit }: NonNullable<JobOf<"ask">["thread"]>,
  { input, change, target, historyAt }: ThreadSources,
): Promise<Place | null> {
  const { workspace, signal } = input;
  const { gitDir } = workspace;
  try {
    const file = change.files.find((one) => one.path === path);
    const oldPath = file?.oldPath ?? path;
    const at =
      side === "RIGHT" ? { commit, path } : { commit: await findMergeBase(gitDir, target, commit), path: oldPath };
    await workspace.prefetchTrees([at.commit], [at.path]);
    const blob = await readFileAt(gitDir, at.commit, at.path);
    signal.throwIfAborted();
    if (blob === null || blob.includes(0)) return null;
    const text = blob.toString("utf8");
    const asked = { path: at.path, text, history: await historyAt(at.commit) };
    const count = text.replace(/\n$/, "").split("\n").length;
    if (lines !== null) return await unitPlace(asked, lines, input);
    return { ...asked, name: null, startLine: 1, endLine: count };
  } catch (error) {
    signal.throwIfAborted();
    // A forced push leaves no trace of the old commit where we fetch from.
    if (error instanceof Error) return null;
    throw error;
  }
}
