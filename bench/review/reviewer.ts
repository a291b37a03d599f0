import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CalibrationStore, Judgements } from "../../src/calibration/calibration.ts";
import type { RepositoryConfig } from "../../src/config/repository-config.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { createSqliteEngramStore } from "../../src/engram/sqlite-engram-store.ts";
import { createUnitParser } from "../../src/engram/units/tree-sitter-parser.ts";
import { createSqliteHistoryStore } from "../../src/history/sqlite-history-store.ts";
import { createSqlitePastChangesStore } from "../../src/history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "../../src/history/sqlite-past-pulls-store.ts";
import type { Model, ModelProvider } from "../../src/model/model.ts";
import { type PipelineServices, runReview } from "../../src/pipeline.ts";
import type { PullSubject, ReviewOutcome } from "../../src/publish/outcome.ts";
import type { Publisher, Receipt } from "../../src/publish/publisher.ts";
import type { PastStores } from "../../src/handlers/remember.ts";
import { createMemoryTrackerStore } from "../../src/tracker/memory-tracker-store.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";

export interface ReviewAsked {
  base: string;
  head: string;
  subject: PullSubject | null;
  config: RepositoryConfig;
  publisher: Publisher;
  /** Read what of the past was not read yet: once is enough. */
  learn?: boolean;
  model?: Model | null;
}

export interface ReviewDone {
  outcome: ReviewOutcome;
  receipt: Receipt;
  /** Milliseconds of each stage, in the words of the product's own progress, and of all. */
  stages: Record<string, number>;
  ms: number;
}

/** The product's pipeline over one repository, with stores of its own. */
export interface Reviewer {
  services: PipelineServices;
  engramKey: string;
  gitDir: string;
  /** What `comments on lines` are placed by from now on. */
  placeBy(judgements: Judgements | null): void;
  /** Brings the engram to a commit, as the push of that commit to the default branch does on a server. */
  follow(commit: string): Promise<void>;
  review(asked: ReviewAsked): Promise<ReviewDone>;
  close(): void;
}

export async function openReviewer(gitDir: string, tip: string, directory: string): Promise<Reviewer> {
  const folder = join(directory, "home");
  mkdirSync(folder, { recursive: true });
  const workspace = await openLocalClone(gitDir);
  const engramKey = "bench";
  let placing: Judgements | null = null;
  const calibrations: CalibrationStore = { read: () => placing, write: () => {} };
  const past: PastStores = {
    history: createSqliteHistoryStore({ directory: folder }),
    changes: createSqlitePastChangesStore({ directory: folder, kernel: loadKernel().kernel }),
    pulls: createSqlitePastPullsStore({ directory: folder }),
    trackers: createMemoryTrackerStore(),
    floors: { read: () => null, write: () => {} },
    calibrations,
  };
  const engrams = createSqliteEngramStore({ directory: folder });
  const services: PipelineServices = { engrams, past, units: createUnitParser(), models: provider(null) };

  async function review(asked: ReviewAsked): Promise<ReviewDone> {
    const clock = createStageClock();
    const models = provider(asked.model ?? null);
    const { base, head, subject, config, publisher } = asked;
    const request = {
      subject,
      asked: true,
      workspace,
      engramKey,
      engramCommit: base,
      target: base,
      head,
      defaultCommit: tip,
      learn: asked.learn ?? false,
      others: [],
      config,
      publisher,
      signal: new AbortController().signal,
      progress: clock.step,
    };
    const { outcome, receipt } = await runReview(request, { ...services, models });
    return { outcome, receipt, ...clock.end() };
  }

  return {
    services,
    engramKey,
    gitDir,
    placeBy: (judgements) => void (placing = judgements),
    async follow(commit) {
      const { engram } = await engrams.update(engramKey, gitDir, commit);
      engram.close();
    },
    review,
    close() {
      engrams.close();
      for (const store of [past.history, past.changes, past.pulls, past.trackers]) store.close();
    },
  };
}

/** The bench asks what a model would say, not whether it may. */
export function provider(model: Model | null): ModelProvider {
  return {
    modelFor: async () => (model === null ? { model: null, reason: "without a model" } : { model, reason: null }),
    qualified: () => ({ allowed: true, reason: "measured here" }),
    close: async () => {},
  };
}

/**
 * Adds up how long each named step took, until the next one was named. A part of the past that is read to its end gives the time back to
 * the evidence, which it is read for.
 */
export function createStageClock(now: () => number = () => performance.now()): {
  step: (name: string, done?: number, total?: number) => void;
  end: () => { stages: Record<string, number>; ms: number };
} {
  const stages: Record<string, number> = {};
  const begun = now();
  let [current, since] = ["", begun];
  const turn = (name: string): void => {
    const at = now();
    if (current !== "") stages[current] = (stages[current] ?? 0) + at - since;
    [current, since] = [name, at];
  };
  return {
    step: (name, done, total) => {
      const isRead = name.startsWith("reading past") && done === total;
      const next = isRead ? "gathering evidence" : name;
      if (next !== current) turn(next);
    },
    end: () => {
      turn("");
      return { stages, ms: now() - begun };
    },
  };
}
