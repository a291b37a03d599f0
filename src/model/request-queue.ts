import { limits } from "../shared/limits.ts";
import type { ModelStatus, Priority } from "./model.ts";
import { modelBusy, modelClosed, modelTimeout, untilAborted } from "./request.ts";

export interface QueuedRequest {
  priority?: Priority;
  deadline?: number;
  signal?: AbortSignal;
}

/** Work that has begun. `reply` settles when its place is free again; `cancel` asks for that to be soon. */
export interface Begun<T> {
  reply: Promise<T>;
  cancel: () => void;
}

/** Requests of one model: so many at once, so many waiting, a person's before the others, first come, first served. */
export interface RequestQueue {
  /**
   * The reply, or the signal's reason at once. Errors: `model-closed`, `model-busy`, `model-timeout` (not begun at its
   * deadline), the signal's reason, and those of the work.
   */
  run<T>(request: QueuedRequest, begin: () => Begun<T>): Promise<T>;
  status(): ModelStatus;
  /** Refuses what comes, and waits for what was accepted. */
  close(): Promise<void>;
}

interface Waiting {
  urgent: boolean;
  begin: () => void;
}

/** Weight of the latest request in the mean of their durations. */
const latestWeight = 0.2;

export function createRequestQueue(name: string, slots: number, places: number = limits.modelQueue): RequestQueue {
  const line: Waiting[] = [];
  const running = new Set<{ since: number }>();
  let meanMs = 0;
  let closed = false;
  let onIdle = () => {};

  /** As long as those before it take, if they take as long as the last ones did, or as those that run have taken. */
  function retryAfterMs(): number {
    const elapsed = [...running].map(({ since }) => performance.now() - since);
    return Math.ceil((Math.max(meanMs, ...elapsed) * (line.length + 1)) / slots);
  }

  function work<T>(request: QueuedRequest, begin: () => Begun<T>): Promise<T> {
    const { reply, cancel } = begin();
    const one = { since: performance.now() };
    running.add(one);
    const ended = () => {
      running.delete(one);
      const ms = performance.now() - one.since;
      meanMs = meanMs === 0 ? ms : meanMs + (ms - meanMs) * latestWeight;
      while (running.size < slots && line.length > 0) line.shift()?.begin();
      lookIfIdle();
    };
    reply.then(ended, ended);
    return untilAborted(reply, cancel, request.signal);
  }

  function lookIfIdle(): void {
    if (running.size + line.length === 0) onIdle();
  }

  return {
    async run(request, begin) {
      if (closed) throw modelClosed(name);
      request.signal?.throwIfAborted();
      if (Date.now() > (request.deadline ?? Infinity)) throw modelTimeout(name);
      if (running.size < slots) return work(request, begin);
      if (line.length >= places) throw modelBusy(name, places, retryAfterMs());
      return standInLine(line, name, request, () => work(request, begin));
    },
    status: () => ({ slots, running: running.size, waiting: line.length }),
    async close() {
      closed = true;
      await new Promise<void>((resolve) => {
        const before = onIdle;
        onIdle = () => {
          before();
          resolve();
        };
        lookIfIdle();
      });
    },
  };
}

/** Longest that a timer of Node can be set to. */
const timerMsMax = 2 ** 31 - 1;

/** What `start` gives once it is the request's turn. It leaves the line when it is cancelled or at its deadline. */
function standInLine<T>(
  line: Waiting[],
  name: string,
  { priority, deadline = Infinity, signal }: QueuedRequest,
  start: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const one: Waiting = {
      urgent: priority === "person",
      begin() {
        stopWatching();
        if (Date.now() > deadline) return reject(modelTimeout(name));
        try {
          // At once: its place counts as taken before the next in line is looked at.
          resolve(start());
        } catch (error) {
          reject(error);
        }
      },
    };
    const giveUp = (why: unknown) => {
      stopWatching();
      line.splice(line.indexOf(one), 1);
      reject(why);
    };
    const onAbort = () => giveUp(signal?.reason);
    const msLeft = Math.min(timerMsMax, deadline - Date.now());
    const timer = deadline === Infinity ? undefined : setTimeout(() => giveUp(modelTimeout(name)), msLeft);
    const stopWatching = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const behind = one.urgent ? line.findIndex(({ urgent }) => !urgent) : -1;
    line.splice(behind < 0 ? line.length : behind, 0, one);
  });
}
