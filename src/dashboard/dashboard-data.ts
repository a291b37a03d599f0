/** TYPE FILE of the dashboard: what the page shows, as plain data. Text in it is untrusted wherever GitHub or a model wrote it. */
import type { CalibrationRow } from "../calibration/judged-warning.ts";
import type { RateLimit } from "../config/github-app.ts";
import type { AcceptanceFigure } from "../feedback/feedback.ts";
import type { SwitchedOff } from "../intake/service-notes.ts";
import type { QueueCounts, QueueDepth, ShownJob } from "../jobs/queue.ts";
import type { Ability, ModelStatus, Qualification } from "../model/model.ts";
import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import type { JobState } from "../observe/job-board.ts";
import type { Outcome } from "../publish/outcome.ts";
import type { Receipt } from "../publish/publisher.ts";

/** Something that was read, or why it could not be: one part that fails must not take the page with it. */
export type Known<Value> = { known: Value } | { problem: string };

export interface DashboardData {
  /** When it was looked at, and when the service began. Epoch ms. */
  at: number;
  startedAt: number;
  /** Of GitHub, for links. */
  protocol: "https" | "http";
  /** Set where the app is switched off as a whole. */
  switchedOff: SwitchedOff | null;
  repositories: Known<RepositoryRow[]>;
  queue: Known<{ counts: QueueCounts; depths: QueueDepth[]; running: RunningJob[]; failed: ShownJob[] }>;
  models: Known<ModelRow[]>;
  /** Newest first. */
  outcomes: Known<ShownOutcome[]>;
  rateLimits: RateLimit[];
}

export interface RunningJob extends ShownJob {
  /** What it does now; null where another machine runs it. */
  here: Omit<JobState, "job"> | null;
}

export interface RepositoryRow {
  /** repositoryKey. */
  key: string;
  /** As the last job found it: `preview`, `mention` or `auto`; null where none has run yet. */
  mode: string | null;
  /** Null where there is none yet. Time in epoch ms. */
  engram: { bytes: number; updatedAt: number } | null;
  /** Null: it is on. */
  off: SwitchedOff | null;
  /** Null where nothing was judged yet. */
  calibration: CalibrationTable | null;
  acceptance: AcceptanceFigure[];
}

export interface CalibrationTable {
  /** Pull requests that were judged. */
  pulls: number;
  rows: CalibrationRow[];
  commit: string;
  /** Epoch ms. */
  learntAt: number;
  complete: boolean;
}

export interface ModelRow {
  name: string;
  /** Null where it is not a file of this machine. */
  bytes: number | null;
  /** Null where it is not in memory. */
  status: ModelStatus | null;
  /** As it was measured when it was qualified; null where it was not. */
  tokensPerSecond: number | null;
  /** None of a model that writes nothing (an encoder), nor of one that is not a file of this machine. */
  abilities: ({ ability: Ability } & Qualification)[];
  encoder: boolean;
}

export interface ShownOutcome {
  /** repositoryKey. */
  repository: string;
  /** ISO 8601. */
  at: string;
  outcome: Outcome | ImplementOutcome;
  /** Null: a preview, nothing was written to GitHub. Undefined: not known, as with implementations. */
  receipt: Receipt | null | undefined;
}
