import { spawn } from "node:child_process";
import { AssistantError } from "./errors.ts";
import { limits } from "./limits.ts";

export interface GitOptions {
  /** Written to standard input. */
  input?: string | Buffer;
  signal?: AbortSignal;
  /** Added to the environment, for example GIT_CONFIG_* with a token: never in argv, where every user can read it. */
  env?: Record<string, string>;
  /** Exit codes that are answers, not errors. Default [0]. */
  okCodes?: number[];
}

/**
 * Runs `git -C dir …` and returns its standard output.
 * Errors: AssistantError `no-git` when git is not installed; GitError with git's own words otherwise.
 */
export async function git(dir: string, args: string[], options: GitOptions = {}): Promise<Buffer> {
  const { stdout, stderr, code } = await run(dir, args, options);
  if ((options.okCodes ?? [0]).includes(code)) return stdout;
  throw new GitError(args, code, stderr);
}

/** As `git`, decoded as UTF-8, without the final line end. */
export async function gitText(dir: string, args: string[], options: GitOptions = {}): Promise<string> {
  return (await git(dir, args, options)).toString("utf8").replace(/\n$/, "");
}

/** No protocol is allowed, so that git (before 2.44, which knows the other variable) fetches no missing file by itself. */
export const withoutFetching = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };

export class GitError extends Error {
  override readonly name = "GitError";
  readonly code: number;
  readonly stderr: string;

  constructor(args: string[], code: number, stderr: string) {
    super(`git ${args.find((arg) => !arg.startsWith("-")) ?? ""} failed (${code}): ${firstLine(stderr)}`);
    this.code = code;
    this.stderr = stderr;
  }
}

interface GitRun {
  stdout: Buffer;
  stderr: string;
  code: number;
}

function run(dir: string, args: string[], options: GitOptions): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["-C", dir, "-c", "core.quotePath=false", ...args], {
      env: { ...gitEnvironment(), ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      signal: options.signal,
    });
    // Not spawn's own `timeout`: where git is not installed its timer is never cleared, and holds the process (Node 20).
    const timer = setTimeout(() => child.kill(), limits.gitTimeoutMs);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (data: Buffer) => {
      bytes += data.length;
      if (bytes > limits.gitOutputBytes) child.kill();
      else out.push(data);
    });
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", (error: NodeJS.ErrnoException) => reject(spawnError(error)));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString("utf8"), code: code ?? -1 });
    });
    // A child that ends before it has read everything closes the pipe; its exit code says what matters.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** The caller's environment without what would redirect git to another repository, prompt, or change its language. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"]) {
    delete env[name];
  }
  return env;
}

/** What a process that could not be started is reported as. */
export function spawnError(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") return error;
  return new AssistantError("git was not found", {
    code: "no-git",
    remedy: "Install git 2.34 or newer and see that it is on the PATH.",
    cause: error,
  });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
