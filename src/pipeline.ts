import { findSyntaxErrors } from "./api/check-syntax.ts";
import type { RepositoryConfig } from "./config/repository-config.ts";
import type { Engram, EngramStore, EngramView } from "./engram/engram.ts";
import type { UnitParser } from "./engram/units/unit-parser.ts";
import { decide } from "./model/decide.ts";
import type { ModelProvider } from "./model/model.ts";
import type { PullSubject, ReviewOutcome, TriageOutcome, IssueSubject } from "./publish/outcome.ts";
import { isEmptyTriage } from "./publish/markdown/triage-comment.ts";
import type { Publisher, Receipt } from "./publish/publisher.ts";
import type { OtherRepository } from "./retrieval/similar-code.ts";
import type { PastIssue } from "./retrieval/similar-issues.ts";
import { openPast, type PastStores } from "./handlers/remember.ts";
import { blamedPaths } from "./retrieval/shaping-commits.ts";
import type { Past } from "./retrieval/past.ts";
import type { RepositoryId } from "./shared/repository.ts";
import { layChangeOver } from "./engram/lay-change-over.ts";
import { expectation } from "./tasks/review/reading-speed.ts";
import { letModelRead, planReading } from "./tasks/review/let-model-read.ts";
import { reviewChange } from "./tasks/review/review-change.ts";
import { letModelWord, planWording } from "./tasks/triage/let-model-word.ts";
import type { IssueText } from "./tasks/triage/similar-issues-with-fixes.ts";
import { type TriageInput, triageIssue } from "./tasks/triage/triage-issue.ts";
import type { ReviewInput } from "./tasks/review/review-input.ts";
import { findMergeBase, readChange } from "./workspace/read-change.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** What every run needs, whoever asked for it: the server, the command line. */
export interface PipelineServices {
  engrams: EngramStore;
  past: PastStores;
  units: UnitParser;
  models: ModelProvider;
}

/** Tells a waiting person what is going on. */
export type Progress = (step: string, done?: number, total?: number) => void;

export interface ReviewRequest {
  subject: PullSubject | null;
  /** Whether a person asked. */
  asked: boolean;
  workspace: Workspace;
  engramKey: string;
  /** Commit whose tree the shared engram has: the default branch, or the merge base of a local clone. */
  engramCommit: string;
  /** The change is what `head` did since its merge base with `target`. Commit ids. */
  target: string;
  head: string;
  /** Newest commit of the default branch. */
  defaultCommit: string;
  /** Whether past changes that were not read yet are read now; a server does that in the background. */
  learn: boolean;
  /** Repositories whose code this subject's readers may be shown too. */
  others: readonly (OtherRepository & { gitDir: string })[];
  config: RepositoryConfig;
  /** What the repository's own tools report of the head, and what is asked for by the issues that the change closes. */
  linterResults?: ReviewInput["linterResults"];
  linkedIssues?: ReviewInput["linkedIssues"];
  publisher: Publisher;
  signal: AbortSignal;
  progress: Progress;
}

/**
 * Reviews one change, from git to what is published. What code found is published at once; a model's reading takes minutes
 * and comes after, as an update of the summary.
 */
export async function runReview(
  request: ReviewRequest,
  services: PipelineServices,
): Promise<{ outcome: ReviewOutcome; receipt: Receipt }> {
  const { workspace, head, publisher, signal, progress } = request;
  const startedAt = Date.now();

  progress("reading the change");
  const base = await findMergeBase(workspace.gitDir, request.target, head);
  await workspace.prefetchTrees([base, head, request.engramCommit]);
  const change = await readChange(workspace.gitDir, base, head, signal);

  const engram = await updateEngram(request, services.engrams);
  try {
    const view = await layChangeOver(engram, change, workspace.gitDir);

    progress("gathering evidence");
    await workspace.prefetchHistory(change.base, blamedPaths(change));
    const past = await recall(request, change.base, services);
    const { model, reason } = await services.models.modelFor("coding");
    const input = { ...request, change, view, past, units: services.units, startedAt };
    const found = await reviewChange(input, reason ?? "");
    const plan = model && (await planReading(found, input));
    if (plan) found.model.note = expectation(plan, model, services.models, request.config.review.minutes);

    progress("publishing");
    const receipt = await publisher.publish(found, signal);
    if (!plan) return { outcome: found, receipt };

    const outcome = await letModelRead(found, model, services.models, input, readingTools, plan);
    return { outcome, receipt: joined(receipt, await publisher.publish(outcome, signal)) };
  } finally {
    engram.close();
  }
}

const readingTools = { decide, findSyntaxErrors };

/** What two publications of one review did together. */
function joined(first: Receipt, second: Receipt): Receipt {
  const resolved = (first.resolved ?? 0) + (second.resolved ?? 0);
  return {
    ...second,
    posted: first.posted + second.posted,
    addressed: first.addressed + second.addressed,
    ...(resolved > 0 && { resolved }),
    // What the first one posted stands for the second.
    standing: Math.max(0, second.standing - first.posted),
    summary: first.summary === "created" ? "created" : second.summary,
  };
}

export interface TriageRequest {
  subject: IssueSubject | null;
  /** Whether a person asked. */
  asked: boolean;
  issue: IssueText;
  repository: RepositoryId;
  /** Other issues of the repository, where GitHub's tracker is not kept here. */
  pastIssues: PastIssue[];
  /** The repository's own templates for issues, and how it wants them labelled; absent: none. */
  forms?: TriageInput["forms"];
  labels?: TriageInput["labels"];
  closeAfterDays?: TriageInput["closeAfterDays"];
  learn: boolean;
  workspace: Workspace;
  engramKey: string;
  engramCommit: string;
  publisher: Publisher;
  signal: AbortSignal;
  progress: Progress;
}

/** Triages one issue, from the engram to what is published; a model's words come after, as an update of the comment. */
export async function runTriage(
  request: TriageRequest,
  services: PipelineServices,
): Promise<{ outcome: TriageOutcome; receipt: Receipt }> {
  const startedAt = Date.now();
  await request.workspace.prefetchTrees([request.engramCommit]);
  const engram = await updateEngram(request, services.engrams);
  try {
    request.progress("looking for similar issues and suspect code");
    const view: EngramView = engram;
    const past = await recall({ ...request, defaultCommit: request.engramCommit }, request.engramCommit, services);
    const input = { ...request, view, past, startedAt };
    const plan = await planWording(services.models);
    const found = await triageIssue(input);
    const worth = plan.worth && !isEmptyTriage(found);
    found.model = {
      ...found.model,
      name: plan.name,
      note: worth || !plan.worth ? plan.note : "there was nothing to read",
    };
    request.progress("publishing");
    const receipt = await request.publisher.publish(found, request.signal);
    if (!worth) return { outcome: found, receipt };

    request.progress("a model reads what was found");
    const outcome = await letModelWord(found, input, { models: services.models, decide });
    return { outcome, receipt: joined(receipt, await request.publisher.publish(outcome, request.signal)) };
  } finally {
    engram.close();
  }
}

function recall(
  request: Pick<ReviewRequest, "workspace" | "engramKey" | "defaultCommit" | "learn" | "signal" | "progress">,
  commit: string,
  { past }: PipelineServices,
): Promise<Past> {
  const { workspace, engramKey: key, defaultCommit, learn, signal, progress: onProgress } = request;
  return openPast({ key, gitDir: workspace.gitDir, commit, defaultCommit, learn, signal, onProgress }, past);
}

/** Brings an engram to a commit: all that a push to the default branch asks for. */
export async function updateEngram(
  request: Pick<ReviewRequest, "workspace" | "engramKey" | "engramCommit" | "signal" | "progress">,
  engrams: EngramStore,
): Promise<Engram> {
  const { workspace, engramKey, engramCommit, signal, progress } = request;
  progress("updating the engram");
  const onProgress = (done: number, total: number): void => progress("updating the engram", done, total);
  const { engram } = await engrams.update(engramKey, workspace.gitDir, engramCommit, { signal, onProgress });
  return engram;
}
