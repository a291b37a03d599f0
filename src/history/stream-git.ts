import { spawn } from "node:child_process";
import { gitEnvironment, withoutFetching } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";

/** A git that answers as it goes along. */
export interface GitStream {
  output: AsyncIterable<Buffer>;
  /** Whether it got to its end; known after the output. Errors: the signal's; that git cannot be started. */
  ended: Promise<boolean>;
  /** Ends it, if it runs, and what watches it: always to be called. */
  stop(): void;
}

/** Starts git with this input. It fetches nothing: where it lacks a file it ends. */
export function streamGit(gitDir: string, args: readonly string[], input: string, signal?: AbortSignal): GitStream {
  const child = spawn("git", ["-C", gitDir, ...args], {
    env: { ...gitEnvironment(), ...withoutFetching },
    stdio: ["pipe", "pipe", "ignore"],
    signal,
  });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0));
  });
  ended.catch(() => {}); // whoever waits for it sees it
  const timer = setTimeout(() => child.kill(), limits.gitTimeoutMs);
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return {
    output: child.stdout,
    ended,
    stop() {
      clearTimeout(timer);
      child.kill();
    },
  };
}
