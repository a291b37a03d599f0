import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { limits } from "../shared/limits.ts";
import type { Launch } from "./backend.ts";
import { keepOutput, type OutputKeeper } from "./output.ts";

/** A process tree that was started, and what is known of it. */
export interface Started {
  child: ChildProcess;
  /** Resolves when nothing of it runs any more. */
  ended: Promise<void>;
  /** As this machine counts; null until it is known, or where it cannot be. */
  firstProcess: () => number | null;
  /** Of the first process; null where it did not get so far. */
  exitCode: () => number | null;
  /** Why nothing was run, in the back end's words; null where something was. */
  failure(): string | null;
  /** Ends it, at once and whole. */
  kill(): void;
  /** Everything that was written, once it has ended. */
  output(): Promise<ReturnType<OutputKeeper["finish"]>>;
}

/** Of a container engine: it failed itself. */
const engineFailed = 125;

/** Starts a program with its descriptors. `folder`: of this run alone, closed to others. */
export async function start(launch: Launch, folder: string): Promise<Started> {
  const pipe = await openPipe(folder);
  const inputs = launch.inputs.map((bytes, index) => openInput(join(folder, `input-${index}`), bytes));
  const channels = [launch.statusFd, launch.lifelineFd].flatMap((fd) => (fd === null ? [] : ["pipe" as const]));
  const nothing = openSync("/dev/null", constants.O_RDWR);
  const child = spawn(launch.file, launch.args, {
    env: launch.env,
    cwd: "/",
    // Not Node's own pipe for the output: it is a socket, which `echo >/dev/stderr` cannot open.
    stdio: closeInherited(["ignore", pipe.write, "pipe", ...inputs, ...channels], nothing),
  });
  for (const descriptor of [pipe.write, nothing, ...inputs]) closeSync(descriptor);
  const complaint = collect(child.stdio[2], 8 * 1024);
  const status = collect(launch.statusFd === null ? null : child.stdio[launch.statusFd], 8 * 1024);
  const lifeline = answerOn(launch.lifelineFd === null ? null : child.stdio[launch.lifelineFd]);
  const drained = drain(pipe.read);
  let spawnFailure: string | null = null;
  let code: number | null = null;
  const closed = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      spawnFailure = error.message;
      resolve();
    });
    child.on("close", (exitCode) => {
      code = exitCode;
      resolve();
    });
  });
  const number = (key: string) => Number(new RegExp(`"${key}"\\s*:\\s*(\\d+)`).exec(status())?.[1] ?? Number.NaN);
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  const asked = askPid(launch, child);
  const first = () => (launch.statusFd === null ? asked() : known(number("child-pid")));
  const exitCode = () => (launch.statusFd === null ? code : known(number("exit-code")));
  return {
    child,
    ended: closed.then(() => gone(first())),
    firstProcess: () => (child.exitCode === null ? first() : null),
    exitCode,
    failure() {
      const failed =
        spawnFailure !== null || exitCode() === null || (launch.statusFd === null && code === engineFailed);
      return failed ? (spawnFailure ?? (complaint().trim() || "it did not start")) : null;
    },
    kill() {
      lifeline?.destroy();
      kill(child, first, launch.kill);
    },
    async output() {
      // What holds the pipe has ended; the rest of it is read in a moment.
      await Promise.race([drained.done, new Promise((resolve) => setTimeout(resolve, limits.sandboxDrainMs).unref())]);
      pipe.read.destroy();
      return drained.kept.finish();
    },
  };
}

/**
 * Whoever started this program may have left descriptors open, which every child would inherit down to the sandbox: in their
 * place the child gets `nothing`, an open /dev/null. (Node's own "ignore" leaves those from 3 on as they are.)
 */
function closeInherited<T>(stdio: T[], nothing: number): (T | "ignore" | number)[] {
  const inherited = new Set(readdirSync("/proc/self/fd").map(Number).filter(isInherited));
  const count = Math.max(stdio.length, ...[...inherited].map((descriptor) => descriptor + 1));
  const others = Array.from({ length: count - stdio.length }, (_, index) => stdio.length + index);
  return [...stdio, ...others.map((descriptor) => (inherited.has(descriptor) ? nothing : ("ignore" as const)))];
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1];
    return (Number.parseInt(flags ?? "0", 8) & closeOnExec) === 0;
  } catch {
    return false;
  }
}

const closeOnExec = 0o2000000;

/** A named pipe, open at both ends. */
async function openPipe(folder: string): Promise<{ read: Socket; write: number }> {
  const path = join(folder, "output");
  await promisify(execFile)("mkfifo", ["-m", "666", path]);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  return { read: new Socket({ fd: read, readable: true, writable: false }), write };
}

function openInput(path: string, bytes: Buffer): number {
  writeFileSync(path, bytes, { mode: 0o600 });
  return openSync(path, constants.O_RDONLY);
}

/** The first bytes of a stream as text, as far as they have come. */
function collect(stream: unknown, bytes: number): () => string {
  let text = "";
  if (stream instanceof Socket) {
    stream.on("error", () => {});
    stream.on("data", (data: Buffer) => {
      if (text.length < bytes) text += data.toString("utf8");
    });
  }
  return () => text;
}

/** Asks an engine until it knows; what it says last. */
function askPid({ askPid: command, env }: Launch, child: ChildProcess): () => number | null {
  const [program, ...args] = command ?? [];
  let pid: number | null = null;
  function ask(): void {
    if (program === undefined || child.exitCode !== null || child.signalCode !== null) return;
    execFile(program, args, { env, timeout: limits.sandboxDrainMs }, (_error, stdout) => {
      const found = Number.parseInt(stdout, 10);
      if (found > 0) pid = found;
      else setTimeout(ask, limits.sandboxWatchMs).unref();
    });
  }
  ask();
  return () => pid;
}

function drain(stream: Socket): { kept: OutputKeeper; done: Promise<void> } {
  const kept = keepOutput();
  const done = new Promise<void>((resolve) => {
    stream.on("data", (data: Buffer) => kept.add(data));
    stream.on("error", () => resolve());
    stream.on("close", () => resolve());
  });
  return { kept, done };
}

/** Answers each question that comes; null where none can. */
function answerOn(stream: unknown): Socket | null {
  if (!(stream instanceof Socket)) return null;
  stream.on("error", () => {});
  stream.on("data", () => stream.write("go\n"));
  return stream;
}

/**
 * With the first process of a process namespace all others die, and bubblewrap ends when they have. Were bubblewrap killed
 * first, the others might not yet be bound to its life: so the first process is waited for.
 */
function kill(child: ChildProcess, first: () => number | null, command: string[] | null): void {
  const [program, ...args] = command ?? [];
  if (program !== undefined) execFile(program, args, () => child.kill("SIGKILL"));
  const timer = setInterval(() => {
    const pid = first();
    if (child.exitCode !== null || child.signalCode !== null || (pid !== null && killProcess(pid)))
      clearInterval(timer);
  }, 5);
  setTimeout(() => {
    clearInterval(timer);
    child.kill("SIGKILL");
  }, limits.sandboxDrainMs).unref();
}

/**
 * Bubblewrap tells how the command ended before the kernel has ended what it left behind. With the first process the last of
 * the others is gone.
 */
async function gone(first: number | null): Promise<void> {
  if (first === null) return;
  const until = Date.now() + limits.sandboxDrainMs;
  while (existsSync(`/proc/${first}`) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function killProcess(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
