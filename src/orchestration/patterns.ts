/**
 * PORT of the orchestration stage: four ways to put models to use. They know nothing of models themselves: what runs in
 * them asks its `ModelProvider` for a role, one job a prompt.
 */
import { AssistantError, messageOf } from "../shared/errors.ts";
import { classifyTask } from "./classify-task.ts";
import { routeTask } from "./route-task.ts";
import type { ClassifiedTask, Route } from "./task-type.ts";

export type { ClassifiedTask, Route } from "./task-type.ts";

export interface PoolOptions {
  /** How many run at once, at least 1: usually `model.status().slots`, since more would only wait in the model's queue. */
  slots: number;
  signal?: AbortSignal;
}

/**
 * Model pool: the same work on many items, some at a time, begun in the order of the items. Results stand in that order,
 * whoever was done first. The first failure begins nothing more, aborts the signal that `work` was given, waits for what
 * runs, and is thrown; where one item must not cost the others, `work` catches. Errors: those of `work`; the signal's reason.
 */
export async function pool<T, R>(
  items: readonly T[],
  work: (item: T, index: number, signal: AbortSignal) => Promise<R>,
  { slots, signal }: PoolOptions,
): Promise<R[]> {
  const failed = new AbortController();
  const until = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const results: R[] = [];
  let next = 0;

  async function worker(): Promise<void> {
    while (next < items.length) {
      until.throwIfAborted();
      const index = next++;
      results[index] = await work(items[index] as T, index, until);
    }
  }

  const workers = Array.from({ length: Math.max(1, Math.min(slots, items.length)) }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  if (failed.signal.aborted) throw signal?.aborted ? signal.reason : failed.signal.reason;
  return results;
}

/** Who does which kind of work. */
export interface Specialists<T, R> {
  coding: Specialist<T, R>;
  research: Specialist<T, R>;
  /** Default: `research`. Its route names both roles: usually a `pipeline` of what the code does and of wording it. */
  documentation?: Specialist<T, R>;
  /** Default: `coding`. */
  testing?: Specialist<T, R>;
  /** Takes what is not clear enough (default: the specialist of the likeliest type). */
  unsure?: Specialist<T, R>;
}

export type Specialist<T, R> = (task: T, chosen: ClassifiedTask & Route) => Promise<R>;

export interface EnsembleResult<R> {
  result: R;
  chosen: ClassifiedTask & Route;
}

/** Specialised ensemble: classifies what a task asks for, and gives it to who does that kind of work. */
export async function ensemble<T extends { text: string }, R>(
  specialists: Specialists<T, R>,
  task: T,
  classify: (text: string) => ClassifiedTask = classifyTask,
): Promise<EnsembleResult<R>> {
  const classified = classify(task.text);
  const chosen = { ...classified, ...routeTask(classified) };
  const { coding, research, documentation = research, testing = coding } = specialists;
  const specialist = { coding, research, documentation, testing }[chosen.type];
  const does = chosen.sure ? specialist : (specialists.unsure ?? specialist);
  return { result: await does(task, chosen), chosen };
}

/** One step of a pipeline. Where it needs a model it asks for it when it runs: the source may have unloaded another for it. */
export interface Stage<I, O> {
  name: string;
  run(input: I, signal: AbortSignal | undefined): Promise<O>;
}

export interface PipelineOptions {
  signal?: AbortSignal;
  /** Called before each stage. @param number from 1 */
  onStage?: (name: string, number: number, stages: number) => void;
}

export type Pipeline<I, O> = (input: I, options?: PipelineOptions) => Promise<O>;

/**
 * Pipeline: what one stage gives is what the next one takes, for example research → coding. No stage begins after a
 * cancellation. Errors: those of the stages, untouched; the signal's reason.
 */
export function pipeline<A, B>(first: Stage<A, B>): Pipeline<A, B>;
export function pipeline<A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Pipeline<A, C>;
export function pipeline<A, B, C, D>(first: Stage<A, B>, second: Stage<B, C>, third: Stage<C, D>): Pipeline<A, D>;
export function pipeline<A, B, C, D, E>(
  first: Stage<A, B>,
  second: Stage<B, C>,
  third: Stage<C, D>,
  fourth: Stage<D, E>,
): Pipeline<A, E>;
export function pipeline(...stages: Stage<never, unknown>[]): Pipeline<unknown, unknown> {
  return async (input, { signal, onStage } = {}) => {
    let value = input;
    for (const [index, stage] of stages.entries()) {
      signal?.throwIfAborted();
      onStage?.(stage.name, index + 1, stages.length);
      value = await stage.run(value as never, signal);
    }
    return value;
  };
}

/** A part that gave nothing, and why. */
export interface FailedPart<K> {
  part: K;
  reason: string;
  error: unknown;
}

/**
 * Collaborative: several parts of one problem at once (architecture, implementation, tests), then put together. A part that
 * fails does not lose the others: `merge` is told which ones are missing, and why. Errors: `nothing-to-merge` where every
 * part failed (transient where one of them was); the signal's reason, when the parts have ended.
 */
export async function collaborate<P extends object, R>(
  parts: { [K in keyof P]: (signal: AbortSignal | undefined) => Promise<P[K]> },
  merge: (done: Partial<P>, failed: FailedPart<keyof P>[]) => R | Promise<R>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<R> {
  signal?.throwIfAborted();
  const names = Object.keys(parts) as (keyof P)[];
  const done: Partial<P> = {};
  const failed: FailedPart<keyof P>[] = [];
  // A part that throws before its first await has failed as any other.
  const settled = await Promise.allSettled(names.map(async (name) => parts[name](signal)));
  signal?.throwIfAborted();
  for (const [index, name] of names.entries()) {
    const outcome = settled[index] as PromiseSettledResult<P[keyof P]>;
    if (outcome.status === "fulfilled") done[name] = outcome.value;
    else failed.push({ part: name, reason: messageOf(outcome.reason), error: outcome.reason });
  }
  if (failed.length === names.length) throw nothingToMerge(failed);
  return merge(done, failed);
}

function nothingToMerge(failed: FailedPart<PropertyKey>[]): AssistantError {
  const why = failed.map(({ part, reason }) => `${String(part)}: ${reason}`).join("; ");
  return new AssistantError(`no part of the task could be done (${why})`, {
    code: "nothing-to-merge",
    remedy: "Mend what is named here and ask again.",
    transient: failed.some(({ error }) => error instanceof AssistantError && error.transient),
    cause: new AggregateError(failed.map(({ error }) => error)),
  });
}
