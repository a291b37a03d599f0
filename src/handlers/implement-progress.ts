import { setTimeout as sleep } from "node:timers/promises";
import { type ImplementStatus, progressComment } from "../publish/markdown/implement-progress.ts";
import { createOctokitCommentApi } from "../publish/octokit-comment-api.ts";
import { upsertComment } from "../publish/upsert-comment.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { ImplementProgress } from "../tasks/implement/input.ts";
import type { JobContext, JobOf } from "./job-context.ts";

/** The one comment that tells how far a change is. */
export interface ProgressComment {
  status(): ImplementStatus;
  /** Writes it for the first time. Errors: as CommentApi. */
  begin(): Promise<void>;
  /** Draws what happened, soon; what fails here is logged and changes nothing. */
  tell(progress: ImplementProgress): void;
  /** Writes the last text, after all others. Errors: as CommentApi. */
  end(text: (status: ImplementStatus) => string): Promise<void>;
}

export interface ProgressOptions {
  planOnly: boolean;
  /** Whether nothing is written at all (preview). */
  silent: boolean;
}

export async function openProgressComment(
  job: JobOf<"implement">,
  { planOnly, silent }: ProgressOptions,
  { octokit, services, log }: JobContext,
): Promise<ProgressComment> {
  const { commentId: comment, sender: requester, verb } = job.command;
  const phases: PhaseStates = new Map();
  const state: ImplementStatus & { phases: PhaseStates } = {
    task: verb as ImplementStatus["task"],
    comment,
    requester,
    planOnly,
    phases,
    round: null,
    failed: null,
    ended: false,
  };
  // Without the job's signal: that it was ended has to be said, too.
  const api = createOctokitCommentApi(octokit, job.repository);
  const identity = await services.identity();
  const write = async (body: string): Promise<void> => {
    if (!silent) await upsertComment({ api, identity }, job.number, { kind: "implement", comment }, body);
  };
  const ended = new AbortController();
  // One at a time; what happens meanwhile is drawn together by the next one.
  let writing: Promise<void> | null = null;
  let wanted = false;
  const draw = (): void => {
    wanted = true;
    writing ??= drawWanted().finally(() => (writing = null));
  };
  async function drawWanted(): Promise<void> {
    while (wanted && !state.ended) {
      await sleep(limits.progressMs, undefined, { signal: ended.signal }).catch(() => {});
      if (state.ended) return;
      wanted = false;
      await write(progressComment(state, "under way.")).catch((error: unknown) =>
        log.info({ reason: messageOf(error) }, "progress is not shown"),
      );
    }
  }
  return {
    status: () => state,
    begin: () => write(progressComment(state, "under way.")),
    tell(progress) {
      if (apply(state, progress)) draw();
    },
    async end(text) {
      state.ended = true;
      ended.abort();
      await writing;
      await write(text(state));
    },
  };
}

type PhaseStates = Map<Parameters<ImplementStatus["phases"]["get"]>[0], "begun" | "done" | "failed">;

/** @returns whether it is worth a look: each is an edit of the comment */
function apply(state: ImplementStatus & { phases: PhaseStates }, progress: ImplementProgress): boolean {
  if (progress.kind === "phase") state.phases.set(progress.phase, progress.state);
  if (progress.kind === "round") state.round = { round: progress.round, of: progress.of };
  if (progress.kind === "command") {
    if (!progress.command.passed) state.failed = progress.command.name;
    return false;
  }
  return true;
}
