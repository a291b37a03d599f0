import PQueue from "p-queue";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { ModelStatus, Priority } from "./model.ts";
import { modelClosed, modelTimeout } from "./request.ts";

export interface Turn {
  priority?: Priority;
  /** Epoch ms. */
  deadline?: number;
  signal?: AbortSignal;
}

/**
 * Requests wait here and not at the server, whose queue has no end and no order: persons before background work, and who is
 * one too many is told when to come back.
 */
export class HttpQueue {
  readonly #name: string;
  readonly #most: number;
  readonly #queue: PQueue;
  /** Of one request, lately; null before the first. */
  #usualMs: number | null = null;
  #closed = false;

  constructor(name: string, { slots, queue }: { slots: number; queue: number }) {
    this.#name = name;
    this.#most = queue;
    this.#queue = new PQueue({ concurrency: slots });
  }

  /** Errors: `model-closed`, `model-busy` with retryAfterMs, `model-timeout` past the deadline, the signal's reason. */
  async run<T>(work: () => Promise<T>, { priority, deadline, signal }: Turn): Promise<T> {
    this.admit();
    signal?.throwIfAborted();
    const { size, pending, concurrency } = this.#queue;
    if (pending >= concurrency && size >= this.#most) throw this.#busy();
    const waiting = new AbortController();
    const timer = startTimer(deadline, () => waiting.abort(modelTimeout(this.#name)));
    const leave = () => waiting.abort(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    const begin = async (): Promise<T> => {
      clearTimeout(timer);
      if (deadline !== undefined && Date.now() > deadline) throw modelTimeout(this.#name);
      const started = performance.now();
      const result = await work();
      const ms = performance.now() - started;
      this.#usualMs = this.#usualMs === null ? ms : 0.8 * this.#usualMs + 0.2 * ms;
      return result;
    };
    try {
      return await this.#queue.add(begin, { priority: priority === "person" ? 1 : 0, signal: waiting.signal });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  }

  admit(): void {
    if (this.#closed) throw modelClosed(this.#name);
  }

  status(): ModelStatus {
    const { pending, size, concurrency } = this.#queue;
    return { slots: concurrency, running: pending, waiting: size };
  }

  /** Refuses what comes, waits for what was admitted. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.onIdle();
  }

  #busy(): AssistantError {
    const { size, concurrency } = this.#queue;
    const wait = ((size + 1) / concurrency) * (this.#usualMs ?? limits.httpRetryAfterMs);
    return new AssistantError(`${size} requests wait for the model ${this.#name} already`, {
      code: "model-busy",
      remedy: "Try again later, or let more servers share the work.",
      transient: true,
      retryAfterMs: Math.min(Math.round(wait), limits.httpRetryAfterMaxMs),
    });
  }
}

/** Timers of Node end at 2³¹ ms and would fire at once beyond. */
const longestTimerMs = 2 ** 31 - 1;

function startTimer(deadline: number | undefined, end: () => void): NodeJS.Timeout | undefined {
  if (deadline === undefined || deadline === Infinity) return undefined;
  return setTimeout(end, Math.min(Math.max(deadline - Date.now(), 0), longestTimerMs));
}
