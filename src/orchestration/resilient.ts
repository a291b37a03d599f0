import type { GenerateRequest, Model, ScoreRequest } from "../model/model.ts";
import { limits } from "../shared/limits.ts";
import type { Terms } from "./backend.ts";
import { cannotScore, codeOf, type Failure, isRequestsFault, modelClosed, noModelAnswered } from "./errors.ts";
import { restartable } from "./restartable.ts";
import { nextTry } from "./retries.ts";

/** One back end, or a group that shares the work, in a chain of fallbacks. */
export interface ChainLink {
  name: string;
  /** The model, opened if need be; at once where it is open, so that requests keep their order. Errors: why it can't. */
  open(): Model | Promise<Model>;
}

export interface ResilientOptions {
  /** From 0 to 1, for the jitter of waits. Default `Math.random`. */
  random?: () => number;
  /** Told about tries, fallbacks and circuits. */
  log?: (message: string, details: Record<string, unknown>) => void;
}

/**
 * One model over a chain of them, in order of preference: errors that pass are tried again after growing waits with jitter
 * (or what `retryAfterMs` says), then the next link is asked. Nothing begins after the signal or the deadline.
 * `result.model` says who answered; a new attempt calls `onRestart` before its first piece.
 *
 * Errors: a cancellation's, untouched. Of a chain of one link, that one's. `prompt-too-long` of the first link, because
 * nothing but a shorter prompt helps. Else `no-model-answered`, which names each failure and is transient where one is.
 * @param first what gives its identity and its context: the first of the chain that could be opened
 */
export function resilient(chain: readonly ChainLink[], first: Model, options: ResilientOptions = {}): Model {
  const { random = Math.random, log = () => {} } = options;
  const state: State = { chain, random, log, opened: new Map(), running: new Set(), pausing: 0, closed: false };
  const { identity } = first;

  async function tracked<R>(request: Terms, send: Send<R>): Promise<R> {
    if (state.closed) throw modelClosed(identity.name);
    request.signal?.throwIfAborted();
    const work = askChain(state, request, send);
    state.running.add(work);
    return work.finally(() => state.running.delete(work));
  }

  return {
    identity,
    contextTokens: first.contextTokens,
    generate(request) {
      const { attempt } = restartable(request);
      return tracked(request, (model, unusable) => model.generate(otherwise(attempt(), unusable)));
    },
    ...(first.score && {
      score: (request: ScoreRequest) =>
        tracked(request, async (model) => {
          if (model.score === undefined) throw cannotScore(model.identity.name);
          return model.score(request);
        }),
    }),
    countTokens: (text) => tracked({}, (model) => model.countTokens(text)),
    status() {
      const known = new Set([first, ...state.opened.values()]);
      const statuses = [...known].map((model) => model.status());
      return {
        slots: statuses.find(({ slots }) => slots > 0)?.slots ?? 1,
        running: statuses.reduce((sum, { running }) => sum + running, 0),
        waiting: statuses.reduce((sum, { waiting }) => sum + waiting, state.pausing),
      };
    },
    async close() {
      state.closed = true;
      await Promise.allSettled(state.running);
      await Promise.allSettled([...new Set([first, ...state.opened.values()])].map((model) => model.close()));
    },
  };
}

interface State {
  readonly chain: readonly ChainLink[];
  readonly random: () => number;
  readonly log: (message: string, details: Record<string, unknown>) => void;
  /** What each link opened last, by its name. */
  readonly opened: Map<string, Model>;
  readonly running: Set<Promise<unknown>>;
  /** Requests that wait before another try. */
  pausing: number;
  closed: boolean;
}

/** Makes one attempt. @param unusable answers that this link gave to the request already */
type Send<R> = (model: Model, unusable: number) => Promise<R>;

async function askChain<R>(state: State, request: Terms, send: Send<R>): Promise<R> {
  const failures: Failure[] = [];
  for (const link of state.chain) {
    if (failures.length > 0) {
      if (Date.now() > (request.deadline ?? Infinity)) break;
      state.log("the next model is asked", { model: link.name, error: failures.at(-1)?.error });
    }
    const outcome = await askLink(state, link, request, send);
    if ("answer" in outcome) return outcome.answer;
    const { error } = outcome;
    if (state.chain.length === 1 || (codeOf(error) === "prompt-too-long" && failures.length === 0)) throw error;
    failures.push({ name: link.name, error });
  }
  throw failures.every(({ error }) => isRequestsFault(error)) ? failures[0]?.error : noModelAnswered(failures);
}

/** All tries of one link: its answer, or its last error. */
async function askLink<R>(
  state: State,
  link: ChainLink,
  request: Terms,
  send: Send<R>,
): Promise<{ answer: R } | { error: unknown }> {
  let unusable = 0;
  for (let tries = 1; ; tries++) {
    try {
      const opening = link.open();
      const model = opening instanceof Promise ? await orAborted(opening, request.signal) : opening;
      state.opened.set(link.name, model);
      return { answer: await send(model, unusable) };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (codeOf(error) === "answer-invalid") unusable++;
      const waitMs = nextTry(error, { tries, unusable }, state.random);
      if (waitMs === null || Date.now() + waitMs > (request.deadline ?? Infinity)) return { error };
      state.log("a model is asked again", { model: link.name, tries, waitMs, error });
      await pause(state, waitMs, request.signal);
    }
  }
}

/** Opening may load gigabytes; who has given up does not wait for it, and the next request finds it open. */
async function orAborted<T>(opening: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([opening, aborted]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function pause(state: State, ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  state.pausing++;
  try {
    await orAborted(over, signal);
  } finally {
    clearTimeout(timer);
    state.pausing--;
  }
}

/**
 * The same request gives the same answer, also an unusable one. So after one, another seed is taken and, because a seed
 * means nothing at temperature 0, a little warmth. Both follow from the request, and so does the answer.
 */
function otherwise<T>(request: GenerateRequest<T>, unusable: number): GenerateRequest<T> {
  if (unusable === 0) return request;
  const { seed = 0, temperature = 0 } = request;
  return { ...request, seed: seed + unusable, temperature: Math.max(temperature, limits.retryTemperature) };
}
