import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { GitError, spawnError } from "./git.ts";
import { createObjectParser, type GitObject, type ObjectDetail } from "./git-object-parser.ts";

/** A running `git cat-file --batch`, or `--batch-check` where only sizes are asked for. */
export interface CatFile {
  ask(names: readonly string[]): void;
  /** Whether the program waits for it. */
  hold(isAwaited: boolean): void;
  kill(signal: NodeJS.Signals): void;
}

export interface CatFileEvents {
  /** For each name asked for, in their order; null where there is no such object. */
  onObject(object: GitObject | null): void;
  /** Once. `isAnswer`: git itself ended, or cannot be started, and was not killed by somebody else. */
  onEnd(error: Error, isAnswer: boolean): void;
}

export function startCatFile(
  dir: string,
  detail: ObjectDetail,
  env: NodeJS.ProcessEnv,
  events: CatFileEvents,
): CatFile {
  const child = spawn("git", ["-C", dir, "cat-file", detail === "size" ? "--batch-check" : "--batch"], { env });
  const words: Buffer[] = [];
  let fault: Error | null = null;
  const parser = createObjectParser(detail, (object) => events.onObject(object));
  child.on("error", (error) => (fault = spawnError(error)));
  child.stdin.on("error", () => {}); // why it ended is what `close` says
  child.stderr.on("data", (data: Buffer) => words.length < mostWords && words.push(data));
  child.stdout.on("data", (data: Buffer) => {
    if (fault !== null) return;
    try {
      parser.read(data);
    } catch (error) {
      fault = error as Error;
      child.kill("SIGKILL");
    }
  });
  child.on("close", (code) => {
    const said = new GitError(["cat-file"], code ?? -1, Buffer.concat(words).toString("utf8"));
    events.onEnd(fault ?? said, fault !== null || code !== null);
  });
  return {
    ask(names) {
      // What is asked for at the same time is sent at once: each write wakes git up.
      if (child.stdin.writableCorked === 0) {
        child.stdin.cork();
        process.nextTick(() => child.stdin.uncork());
      }
      child.stdin.write(`${names.join("\n")}\n`);
    },
    hold(isAwaited) {
      for (const handle of [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket]) {
        if (isAwaited) handle.ref();
        else handle.unref();
      }
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** Pieces of what git says on its error output that are kept. */
const mostWords = 16;
