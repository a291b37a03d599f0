import { MessageChannel, type MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { limits } from "../shared/limits.ts";
import type { CoreBudget } from "./core-budget.ts";
import type {
  GenerateReply,
  LoadReply,
  ScoreReply,
  WorkerRequest,
  WorkerScoreRequest,
  WorkerSettings,
} from "./llama-messages.ts";
import type { Begun } from "./request-queue.ts";
import { siblingFile } from "./worker-file.ts";

/** The worker thread of one loaded model. It never queues: who calls it keeps to the number of slots. */
export interface LlamaPool {
  load(): Promise<LoadReply>;
  count(text: string): Promise<number>;
  /** `onText` gets the pieces of the answer that arrive before the reply; where it throws, the reply rejects with that. */
  generate(request: WorkerRequest, onText?: (piece: string) => void): Begun<GenerateReply>;
  score(request: WorkerScoreRequest): Begun<ScoreReply>;
  /** Waits for what runs, frees the model, then ends the thread. */
  close(): Promise<void>;
}

/**
 * One worker thread for one model: a second one would hold a second, repacked copy of the weights. It is only ever ended
 * idle: piscina's `signal`, `destroy` and its own close time-out end a running thread, which aborts the process when
 * llama.cpp is computing in it.
 */
export function openPool(settings: Omit<WorkerSettings, "seats">, budget: CoreBudget): LlamaPool {
  const { url, execArgv } = siblingFile(import.meta.url, "llama-worker");
  const { slots } = settings.options;
  const seats = budget.take(slots);
  const piscina = new Piscina<unknown, unknown>({
    filename: fileURLToPath(url),
    execArgv,
    workerData: { ...settings, seats } satisfies WorkerSettings,
    minThreads: 1,
    maxThreads: 1,
    // Counting tokens goes beside the requests.
    concurrentTasksPerWorker: slots + limits.tokenCounts,
    // Its default parks the worker's event loop between tasks, and with it timers and messages.
    atomics: "disabled",
  });
  // A worker that fails rejects its requests and is replaced; unheard, the event would end the process.
  piscina.on("error", () => {});
  piscina.on("workerDestroy", () => budget.free(seats));
  const running = new Set<Promise<unknown>>();
  let started = false;

  function run<T>(task: unknown, transferList: MessagePort[] = []): Promise<T> {
    const result = piscina.run(task, { transferList }) as Promise<T>;
    running.add(result);
    const forget = () => running.delete(result);
    result.then(forget, forget);
    return result;
  }

  function begin<T>(task: { kind: string; request: unknown }, onText?: (piece: string) => void): Begun<T> {
    const { port1, port2 } = new MessageChannel();
    const cancel = () => port1.postMessage("cancel");
    let thrown: { error: unknown } | undefined;
    port1.on("message", (piece: string) => {
      if (thrown) return;
      try {
        onText?.(piece);
      } catch (error) {
        thrown = { error };
        cancel();
      }
    });
    const reply = run<T>({ ...task, port: port2 }, [port2]);
    const closePort = () => port1.close();
    reply.then(closePort, closePort);
    const checked = reply.then((value) => {
      if (thrown) throw thrown.error;
      return value;
    });
    return { reply: checked, cancel };
  }

  return {
    async load() {
      const reply = await run<LoadReply>({ kind: "load" });
      started = true;
      return reply;
    },
    count: (text) => run({ kind: "count", text }),
    generate: (request, onText) => begin({ kind: "generate", request }, onText),
    score: (request) => begin({ kind: "score", request }),
    async close() {
      await Promise.allSettled(running);
      // A worker that could not start takes no task.
      if (started) await Promise.allSettled([run({ kind: "dispose" })]);
      await piscina.close();
      budget.give(seats);
    },
  };
}
