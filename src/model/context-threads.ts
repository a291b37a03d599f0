import type { LlamaContext } from "node-llama-cpp";

/** What node-llama-cpp 3.21.1 keeps of a context's threads; with `maxThreads: 0` it uses the wish as it is. */
interface ThreadsOfContext {
  _idealThreads: number;
  /** Made when an evaluation begins and kept while others follow. */
  _threadSplitterConsumer?: { _wantedThreads: number };
  _ctx: { setThreads(threads: number): void };
}

/**
 * Sets how many threads the next evaluation of a context uses. The library has no public way to change it for one of
 * several contexts: its `maxThreads` holds for all of them and makes them wait for each other.
 */
export function setThreads(context: LlamaContext, threads: number): void {
  const internals = context as unknown as ThreadsOfContext;
  internals._idealThreads = threads;
  internals._ctx.setThreads(threads);
  if (internals._threadSplitterConsumer) internals._threadSplitterConsumer._wantedThreads = threads;
}

/**
 * Errors: Error where `setThreads` has no effect, as it may be after an update of the library; it would otherwise show as
 * a model that is a hundred times too slow.
 */
export function checkThreads(context: LlamaContext, threads: number): void {
  if (context.currentThreads === threads) return;
  throw new Error(`node-llama-cpp computes with ${context.currentThreads} threads instead of ${threads}`);
}
