import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CatFile, startCatFile } from "./git-cat-file.ts";
import { gitEnvironment, type GitOptions } from "./git.ts";
import type { GitObject, ObjectDetail } from "./git-object-parser.ts";
import { limits } from "./limits.ts";

export type { GitObject } from "./git-object-parser.ts";

/** A line end ends a request; a relative path ends the process. */
const MISUNDERSTOOD = /[\n\0]|^$|^[^:]*:\.{1,2}(?:\/|$)/;

/**
 * Objects by the names that they were asked for (`OID`, `COMMIT`, `COMMIT:PATH`, `REF:PATH`); those that do not exist are
 * not among them. A name that git would take for something else than a name counts as one that does not exist.
 *
 * One `git cat-file --batch` for each folder, detail and environment is kept between calls, because starting a process from one of
 * a gigabyte takes 15 to 60 ms. It ends when nobody has asked for a while, and keeps no program running. Objects that come
 * later (a fetch) or move (a repack) are found. Where git ends, all names of the call that it ended at fail, and no other
 * call does; where it was killed, it is started once more.
 * Errors: GitError where git would have to fetch an object and cannot, and for objects over limits.gitOutputBytes; the
 * signal's reason; AssistantError `no-git`.
 */
export async function readObjects(
  gitDir: string,
  names: readonly string[],
  { env = {}, signal, detail = "contents" }: ReadObjectsOptions = {},
): Promise<Map<string, GitObject>> {
  signal?.throwIfAborted();
  const asked = [...new Set(names)].filter((name) => !MISUNDERSTOOD.test(name));
  if (asked.length === 0) return new Map();
  const reader = readerFor(gitDir, detail, env);
  return new Promise((resolve, reject) => {
    const call: Call = { objects: new Map(), left: asked.length, resolve, reject, isOver: false };
    if (signal) {
      const abort = (): void => fail(call, signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      call.forget = () => signal.removeEventListener("abort", abort);
    }
    reader.ask(asked.map((name) => ({ name, call, attempts: 0 })));
  });
}

export interface ReadObjectsOptions extends Pick<GitOptions, "signal" | "env"> {
  /** Default: contents. With `size` an object comes without its bytes, however large it is. */
  detail?: ObjectDetail;
}

/** Ends all kept processes that nobody waits for. For tests, and before a folder is removed where open files hold it. */
export function closeObjectReaders(): void {
  for (const reader of readers.values()) if (reader.isIdle()) reader.end();
}

interface Call {
  objects: Map<string, GitObject>;
  left: number;
  resolve: (objects: Map<string, GitObject>) => void;
  reject: (error: Error) => void;
  forget?: () => void;
  /** Answered, failed or aborted: what still comes for it is read and dropped. */
  isOver: boolean;
}

interface Request {
  name: string;
  call: Call;
  attempts: number;
}

function settle(call: Call): void {
  call.isOver = true;
  call.forget?.();
}

function fail(call: Call, error: Error): void {
  if (call.isOver) return;
  settle(call);
  call.reject(error);
}

function answer({ name, call }: Request, object: GitObject | null): void {
  if (call.isOver) return;
  if (object !== null) call.objects.set(name, object);
  if (--call.left > 0) return;
  settle(call);
  call.resolve(call.objects);
}

interface Reader {
  ask(requests: Request[]): void;
  isIdle(): boolean;
  end(): void;
}

/** In the order of their last use. */
const readers = new Map<string, Reader>();

function readerFor(gitDir: string, detail: ObjectDetail, env: Record<string, string>): Reader {
  const dir = resolve(gitDir);
  // A folder that was made anew under the same name is another repository. To read the whole environment takes long.
  const key = JSON.stringify([dir, detail, identityOf(dir), env, decisive.map((name) => process.env[name])]);
  let reader = readers.get(key);
  if (reader === undefined)
    reader = createReader(dir, detail, { ...gitEnvironment(), ...env }, () => readers.delete(key));
  else readers.delete(key);
  readers.set(key, reader);
  if (readers.size > limits.objectReaders) endIdle(reader);
  return reader;
}

/** What of our own environment may change while we run: where git and its configuration are. */
const decisive = ["PATH", "HOME", "GIT_CONFIG_GLOBAL"];

/** Those that were used longest ago first. */
function endIdle(except: Reader): void {
  const idle = [...readers.values()].filter((reader) => reader !== except && reader.isIdle());
  for (const reader of idle.slice(0, readers.size - limits.objectReaders)) reader.end();
}

function identityOf(dir: string): string {
  for (const place of [join(dir, "objects"), join(dir, ".git"), dir]) {
    const found = statSync(place, { throwIfNoEntry: false });
    if (found) return `${found.dev}:${found.ino}:${found.birthtimeMs}`;
  }
  return "";
}

function createReader(dir: string, detail: ObjectDetail, env: NodeJS.ProcessEnv, onEnd: () => void): Reader {
  let waiting: Request[] = [];
  let git: CatFile | null = null;
  let timer: NodeJS.Timeout | undefined;

  function start(): CatFile {
    const started = startCatFile(dir, detail, env, {
      onObject(object) {
        if (git !== started) return;
        const request = waiting.shift();
        if (request) answer(request, object);
        watch();
      },
      onEnd(error, isAnswer) {
        if (git !== started) return;
        git = null;
        restart(error, isAnswer);
      },
    });
    return started;
  }

  /** What git itself ended at would end it again; otherwise one more try is made. */
  function restart(error: Error, isAnswer: boolean): void {
    const [first] = waiting;
    if (first && (isAnswer || first.attempts++ > 0)) fail(first.call, error);
    const rest = waiting.filter(({ call }) => !call.isOver);
    waiting = [];
    if (rest.length > 0) ask(rest);
    else end();
  }

  function ask(requests: Request[]): void {
    waiting.push(...requests);
    git ??= start();
    git.ask(requests.map(({ name }) => name));
    watch();
  }

  /** A process that somebody waits for has its time, and keeps the program running; another one neither. */
  function watch(): void {
    clearTimeout(timer);
    if (git === null) return;
    const isIdle = waiting.length === 0;
    timer = isIdle
      ? setTimeout(end, limits.objectReaderIdleMs)
      : setTimeout(() => git?.kill("SIGKILL"), limits.gitTimeoutMs);
    timer.unref();
    git.hold(!isIdle);
  }

  function end(): void {
    clearTimeout(timer);
    onEnd();
    const ended = git;
    git = null;
    ended?.kill("SIGTERM");
  }

  return { ask, isIdle: () => waiting.length === 0, end };
}
