import { MessageChannel, type MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { GenerateReply, LoadReply, WorkerRequest, WorkerSettings } from "./llama-messages.ts";
import { siblingFile } from "./worker-file.ts";

/** The worker thread of one loaded model, with its queue. */
export interface LlamaPool {
  load(): Promise<LoadReply>;
  count(text: string): Promise<number>;
  /** `reply` settles when the worker is done with the request; `cancel` asks it to be done soon. */
  generate(request: WorkerRequest): { reply: Promise<GenerateReply>; cancel: () => void };
  /** Requests that wait for the worker. */
  waiting(): number;
  /** Waits for what runs and waits, frees the model, then ends the thread. */
  close(): Promise<void>;
}

/**
 * One worker thread for one model: a second one would hold a second, repacked copy of the weights. It is only ever ended
 * idle: piscina's `signal`, `destroy` and its own close time-out end a running thread, which aborts the process when
 * llama.cpp is computing in it.
 */
export function openPool(settings: WorkerSettings): LlamaPool {
  const { url, execArgv } = siblingFile(import.meta.url, "llama-worker");
  const piscina = new Piscina<unknown, unknown>({
    filename: fileURLToPath(url),
    execArgv,
    workerData: settings,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    // Its default parks the worker's event loop between tasks, and with it timers and messages.
    atomics: "disabled",
  });
  // A worker that fails rejects its request and is replaced; unheard, the event would end the process.
  piscina.on("error", () => {});
  const running = new Set<Promise<unknown>>();
  let started = false;

  function run<T>(task: unknown, transferList: MessagePort[] = []): Promise<T> {
    const result = piscina.run(task, { transferList }) as Promise<T>;
    running.add(result);
    const forget = () => running.delete(result);
    result.then(forget, forget);
    return result;
  }

  return {
    async load() {
      const reply = await run<LoadReply>({ kind: "load" });
      started = true;
      return reply;
    },
    count: (text) => run({ kind: "count", text }),
    generate(request) {
      const { port1, port2 } = new MessageChannel();
      const reply = run<GenerateReply>({ kind: "generate", request, port: port2 }, [port2]);
      const closePort = () => port1.close();
      reply.then(closePort, closePort);
      return { reply, cancel: () => port1.postMessage("cancel") };
    },
    waiting: () => piscina.queueSize,
    async close() {
      await Promise.allSettled(running);
      // A worker that could not start takes no task.
      if (started) await Promise.allSettled([run({ kind: "dispose" })]);
      await piscina.close();
    },
  };
}
