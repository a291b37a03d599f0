import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { limits } from "../shared/limits.ts";
import { redactSecrets } from "../shared/secrets.ts";
import type { Backend, Confined } from "./backend.ts";
import { findErrorLines } from "./error-lines.ts";
import type { SandboxLimit, SandboxRun } from "./sandbox.ts";
import { makeScratchFolder } from "./scratch-folder.ts";
import { start, type Started } from "./start.ts";
import { watch } from "./watch.ts";

export interface ConfinedRun extends SandboxRun {
  /** Why the sandbox itself did not start, in the back end's words; null where it did. */
  startFailure: string | null;
}

export interface RunConfinedOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** What is watched for growth, and the bytes that lay there before. */
  disk: { folder: string; before: number };
}

/**
 * Runs one process tree until its first process ends, or to a limit; then nothing of it is left. Both outputs go through one
 * pipe, so they keep their order. Errors: the signal's reason.
 */
export async function runConfined(
  backend: Backend,
  confined: Confined,
  options: RunConfinedOptions,
): Promise<ConfinedRun> {
  options.signal?.throwIfAborted();
  const begun = performance.now();
  const folder = await makeScratchFolder(tmpdir(), "sandbox-io");
  try {
    const started = await start(backend.launch(wrapped(confined)), folder);
    const limit = await supervise(started, confined, options);
    const { text, truncatedBytes } = await started.output();
    const shown = await redactSecrets(text);
    options.signal?.throwIfAborted();
    return {
      ...endOf(started, limit),
      timedOut: limit === "time",
      limitHit: limit,
      outputTail: shown,
      truncatedBytes,
      errorLines: findErrorLines(shown),
      ms: Math.round(performance.now() - begun),
      startFailure: limit === null ? started.failure() : null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * One output for both, and the first to go when the machine runs out of memory. The shell stays: it may be process 1, to
 * which signals mean nothing, and which has to wait for orphans.
 */
function wrapped(confined: Confined): Confined {
  const script = '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; exec 2>&1; "$@"; exit $?';
  return { ...confined, argv: ["sh", "-c", script, "sh", ...confined.argv] };
}

/** Waits for the end, or brings it about; resolves with the limit that did. */
async function supervise(
  started: Started,
  confined: Confined,
  { timeoutMs, signal, disk }: RunConfinedOptions,
): Promise<SandboxLimit | null> {
  let limit: SandboxLimit | null = null;
  function stop(reason: SandboxLimit | null): void {
    limit ??= reason;
    started.kill();
  }
  const onAbort = () => stop(null);
  lowerPriority(started.child);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  const timer = setTimeout(() => stop("time"), timeoutMs);
  const unwatch = watch({ ...disk, firstProcess: started.firstProcess, limits: confined.limits, onLimit: stop });
  try {
    await started.ended;
    return limit;
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener("abort", onAbort);
  }
}

function lowerPriority(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, limits.sandboxNiceness);
  } catch {
    // It has ended already.
  }
}

/** A shell tells of a signal as 128 + its number, and so does bubblewrap. */
function endOf({ exitCode }: Started, limit: SandboxLimit | null): { exitCode: number | null; signal: string | null } {
  const code = exitCode();
  if (limit !== null || code === null) return { exitCode: null, signal: "SIGKILL" };
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal: name };
}
