import PQueue from "p-queue";
import type { Model, Priority } from "../model/model.ts";
import { limits } from "../shared/limits.ts";
import type { Terms } from "./backend.ts";
import { deadlinePassed, modelBusy, modelClosed } from "./errors.ts";
import { meter } from "./meter.ts";

export interface BoundedOptions {
  /** Requests that may wait; beyond it the caller is told when to ask again. */
  queue?: number;
}

/**
 * A bounded queue in front of a model: a person's request goes before the background's, each kind in the order of its
 * coming. Who is cancelled or too late while waiting leaves the queue at once.
 *
 * Back ends have such a queue of their own. This one is for where several of them work for one line: a request that waits
 * at one of them cannot go to another that has become free, and a person's would wait behind the background's of all.
 * Only as many requests as there are slots pass, so that theirs stay empty.
 */
export function bounded(model: Model, { queue = limits.modelQueue }: BoundedOptions = {}): Model {
  const { name } = model.identity;
  const line = new PQueue({ concurrency: slotsOf(model) });
  const counted = meter();
  let closed = false;

  async function inTurn<R>(terms: Terms & { priority?: Priority }, send: () => Promise<R>): Promise<R> {
    if (closed) throw modelClosed(name);
    terms.signal?.throwIfAborted();
    if (Date.now() > (terms.deadline ?? Infinity)) throw deadlinePassed(name);
    // Back ends come and go.
    line.concurrency = slotsOf(model);
    // One that finds a free slot does not wait.
    if (line.pending >= line.concurrency && line.size >= queue) throw modelBusy(name, line.size, expectedWaitMs());
    const waiting = waitingOf(terms, name);
    return line.add(
      async () => {
        waiting.end();
        const started = Date.now();
        const answer = await send();
        counted.answered(Date.now() - started, Date.now() - started);
        return answer;
      },
      // The signal of the request itself would free the slot while the model still computes.
      { priority: priorities[terms.priority ?? "background"], signal: waiting.signal },
    );
  }

  /** Until somebody who comes now would have a place: the one who waits first has begun. */
  function expectedWaitMs(): number | undefined {
    const workMs = counted.recentWorkMs();
    return workMs === null ? undefined : Math.ceil((workMs * (line.size + 1)) / line.concurrency);
  }

  return {
    identity: model.identity,
    contextTokens: model.contextTokens,
    generate: (request) => inTurn(request, () => model.generate(request)),
    ...(model.score && { score: (request) => inTurn(request, () => (model.score as Score)(request)) }),
    countTokens: async (text) => {
      if (closed) throw modelClosed(name);
      return model.countTokens(text);
    },
    status: () => ({ slots: slotsOf(model), running: line.pending, waiting: line.size }),
    async close() {
      closed = true;
      await line.onIdle();
      await model.close();
    },
  };
}

/** A longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

type Score = NonNullable<Model["score"]>;

const priorities: Record<Priority, number> = { person: 1, background: 0 };

/** A signal that is aborted when a request is cancelled or too late while it waits; not any more after `end`. */
function waitingOf({ signal, deadline }: Terms, name: string): { signal: AbortSignal; end(): void } {
  const leave = new AbortController();
  const onAbort = () => leave.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const restMs = (deadline ?? Infinity) - Date.now();
  const timer = restMs < longestTimerMs ? setTimeout(() => leave.abort(deadlinePassed(name)), restMs) : undefined;
  const end = () => {
    signal?.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  };
  leave.signal.addEventListener("abort", end, { once: true });
  return { signal: leave.signal, end };
}

function slotsOf(model: Model): number {
  return Math.max(1, model.status().slots);
}
