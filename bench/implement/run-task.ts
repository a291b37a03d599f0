import type { Model } from "../../src/model/model.ts";
import type { ImplementOutcome } from "../../src/publish/implement-outcome.ts";
import { implementChange } from "../../src/tasks/implement/implement-change.ts";
import { disposeScenes, implementScene } from "../../test/helpers/implement-scene.ts";
import { oracleModel } from "./oracle-model.ts";
import { type OpenTask, openTask, type RealTask } from "./real-task.ts";
import { type Clock, readClock, withTimeLimit } from "./time-limit.ts";

/** What a model made of one task. */
export interface TaskResult {
  passed: boolean;
  /** Edits of all rounds that could be applied, and those that could not. */
  applied: number;
  refused: number;
  rounds: number;
  /** By the clock of the limit. */
  seconds: number;
  /** Of the machine's own clock, whatever else it did meanwhile. */
  wallSeconds: number;
  /** Whether its time was up before it was done. */
  late: boolean;
}

/** Whether a task can be done at all. */
export interface OracleResult {
  /** The hidden test fails without the change. */
  failsBefore: boolean;
  /** It passes on the commit's own source. */
  solvable: boolean;
  /** It passes on what all phases make of a model that answers with the commit's own lines. */
  reached: boolean;
}

export interface TaskOptions {
  model: Model;
  /** Whether the model is shown what retrieval finds. */
  evidence: boolean;
  /** Most milliseconds until the last answer; what was written by then counts. */
  ms: number;
  /** What these are counted by. */
  clock: Clock;
  /** Ends the task, which then has no result. */
  signal: AbortSignal;
}

/** Null where no clone has the commit. Errors: the signal's reason. */
export function runTask(task: RealTask, clones: readonly string[], options: TaskOptions): Promise<TaskResult | null> {
  const { clock, ms, signal } = options;
  return withTask(task, clones, async (open) => {
    const [begun, wallBegun] = [readClock(clock), readClock("wall")];
    const outcome = await withTimeLimit(clock, ms, (late) =>
      implement(open, task, options, AbortSignal.any([late, signal])),
    );
    signal.throwIfAborted();
    const seconds = (readClock(clock) - begun) / 1_000;
    const wallSeconds = (readClock("wall") - wallBegun) / 1_000;
    const passed = outcome.files.length > 0 && (await open.passesHidden(outcome.files));
    return { ...countEdits(outcome), seconds, wallSeconds, passed, late: outcome.verdict === "stopped" };
  });
}

/** Null where no clone has the commit. */
export function askOracle(task: RealTask, clones: readonly string[]): Promise<OracleResult | null> {
  return withTask(task, clones, async (open) => {
    const { own } = open;
    const model = oracleModel(own);
    const { signal } = new AbortController();
    const outcome = await implement(open, task, { model, evidence: true }, signal);
    return {
      failsBefore: !(await open.passesHidden([])),
      solvable: await open.passesHidden([own.source]),
      reached: await open.passesHidden(outcome.files),
    };
  });
}

async function withTask<T>(
  task: RealTask,
  clones: readonly string[],
  work: (open: OpenTask) => Promise<T>,
): Promise<T | null> {
  const open = await openTask(task, clones, new AbortController().signal);
  if (open === null) return null;
  try {
    return await work(open);
  } finally {
    disposeScenes();
    open.repository.dispose();
  }
}

async function implement(
  open: OpenTask,
  { source }: RealTask,
  { model, evidence }: Pick<TaskOptions, "model" | "evidence">,
  signal: AbortSignal,
): Promise<ImplementOutcome> {
  const { input } = await implementScene(open.repository, { request: {}, model });
  // Where to look is given in both cases: what is measured is the writing.
  const request = { ...input.request, ...open.request, argument: source };
  const view = evidence ? input.view : withoutSearch(input.view);
  return implementChange({ ...input, request, settings: open.settings, tree: open.tree, view }, signal);
}

/** Nothing is found that is like the request: neither similar code nor documents nor tests. */
function withoutSearch<T extends { search: unknown; searchVector: unknown }>(view: T): T {
  return Object.assign(Object.create(view) as T, { search: () => [], searchVector: () => [] });
}

function countEdits({ rounds }: ImplementOutcome): Pick<TaskResult, "applied" | "refused" | "rounds"> {
  const applied = rounds.reduce((sum, round) => sum + round.applied, 0);
  const refused = rounds.reduce((sum, round) => sum + round.refused.length, 0);
  return { applied, refused, rounds: rounds.length };
}
