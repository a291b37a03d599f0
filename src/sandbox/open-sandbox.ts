import { execFile } from "node:child_process";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Backend, Confined, ConfinedLimits, Mount } from "./backend.ts";
import { diskUse, removeFolder } from "./disk-use.ts";
import { findBackend } from "./find-sandbox.ts";
import { makeFolder } from "./make-folder.ts";
import { type ConfinedRun, runConfined } from "./run-confined.ts";
import {
  type PreparedDependencies,
  type RunOptions,
  type Sandbox,
  type SandboxCommand,
  type SandboxOptions,
  type SandboxRun,
  type SandboxSettings,
  type SandboxTree,
  treeInside,
} from "./sandbox.ts";
import { makeScratchFolder, sweepOnce } from "./scratch-folder.ts";

/** The home inside: empty at first, kept from command to command. */
const homeInside = "/home/assistant";

/**
 * Writes the tree into a private copy and opens a sandbox on it. Every command starts with new processes; what the ones
 * before wrote into the copy, /tmp and their home is still there. Errors: AssistantError `no-sandbox` with what to install
 * or to allow; the signal's reason; whatever the tree fails with.
 */
export async function openSandbox(tree: SandboxTree, options: SandboxOptions = {}): Promise<Sandbox> {
  return openSandboxOn(await requireBackend(options.settings), tree, options);
}

/** As openSandbox, on a given back end. */
export async function openSandboxOn(
  backend: Backend,
  tree: SandboxTree,
  options: SandboxOptions = {},
): Promise<Sandbox> {
  options.signal?.throwIfAborted();
  const place = await openPlace(backend);
  try {
    await tree.writeTo(place.tree, options.signal);
    await place.handOver();
    return createSandbox(backend, place, options);
  } catch (error) {
    await removeFolder(place.root);
    throw error;
  }
}

/** Errors: AssistantError `no-sandbox`. */
export async function requireBackend(settings?: SandboxSettings): Promise<Backend> {
  const found = await findBackend(settings);
  if (found.backend !== null) return found.backend;
  throw noSandbox(found.reason, found.remedy);
}

/** Folders of one sandbox, all below one that nobody else may enter. */
export interface Place {
  root: string;
  tree: string;
  mounts: Mount[];
  owner: number | null;
  /** Bytes on the disk before the first command. */
  before(): number;
  /** Gives what is writable to the user that the commands run as, and takes its measure. */
  handOver(): Promise<void>;
}

/** Makes the folders that a sandbox writes to, in one below `parent`. */
export async function openPlace(backend: Backend, parent = tmpdir()): Promise<Place> {
  // Beside the work: what a killed process left may be gigabytes.
  void sweepOnce(parent);
  const root = await makeScratchFolder(parent, "sandbox");
  const owner = backend.newOwner();
  const writable = { [treeInside]: "tree", [homeInside]: "home", "/tmp": "tmp", "/var/tmp": "var-tmp" };
  for (const name of Object.values(writable)) await mkdir(join(root, name));
  const known = await writeIdentity(root, owner);
  let before = 0;
  return {
    root,
    tree: join(root, "tree"),
    owner,
    mounts: [
      ...Object.entries(writable).map(([target, name]) => ({ source: join(root, name), target, writable: true })),
      ...known,
    ],
    before: () => before,
    async handOver() {
      const folders = Object.values(writable).map((name) => join(root, name));
      if (owner !== null) await promisify(execFile)("chown", ["-R", `${owner}:${owner}`, "--", ...folders]);
      before = await diskUse(root);
    },
  };
}

/** Names for the ids inside, and the one host there is. */
async function writeIdentity(root: string, owner: number | null): Promise<Mount[]> {
  const id = owner ?? 1000;
  const files = {
    passwd: `root:x:0:0:root:/root:/bin/sh\nassistant:x:${id}:${id}:assistant:${homeInside}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`,
    group: `root:x:0:\nassistant:x:${id}:\nnogroup:x:65534:\n`,
    hosts: "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
  };
  await mkdir(join(root, "etc"));
  const mounts: Mount[] = [];
  for (const [name, text] of Object.entries(files)) {
    const source = join(root, "etc", name);
    await writeFile(source, text, { mode: 0o644 });
    mounts.push({ source, target: `/etc/${name}`, writable: false });
  }
  return mounts;
}

/** The variables of every command; nothing of this program's environment is among them. */
export function environmentInside(path: string[]): Record<string, string> {
  return {
    PATH: path.join(":"),
    HOME: homeInside,
    USER: "assistant",
    LOGNAME: "assistant",
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TERM: "dumb",
    TMPDIR: "/tmp",
    CI: "true",
    NO_COLOR: "1",
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
    PIP_NO_INDEX: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    // Else what it prints comes after what it complains of.
    PYTHONUNBUFFERED: "1",
  };
}

function createSandbox(backend: Backend, place: Place, options: SandboxOptions): Sandbox {
  const dependencies = options.dependencies ?? nothing;
  const caps = limitsOf(options);
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  async function run(command: SandboxCommand, { timeoutMs, signal }: RunOptions): Promise<SandboxRun> {
    if (closing.signal.aborted) throw closed();
    await makeMountPoints(place.tree, dependencies);
    const confined: Confined = {
      mounts: [
        ...place.mounts,
        ...backend.tools.mounts,
        ...readOnly(dependencies),
        ...(await scratchMounts(place.root)),
      ],
      env: { ...environmentInside([...dependencies.path, ...backend.tools.path]), ...dependencies.env },
      cwd: treeInside,
      argv: typeof command.run === "string" ? ["sh", "-c", command.run] : command.run,
      owner: place.owner,
      limits: caps,
    };
    const either = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
    const disk = { folder: place.root, before: place.before() };
    return withoutFailure(
      await runConfined(backend, confined, { timeoutMs: timeoutMs ?? limits.sandboxRunMs, signal: either, disk }),
    );
  }
  async function scratchMounts(root: string): Promise<Mount[]> {
    const targets = dependencies.scratch ?? [];
    const mounts = targets.map((target, index) => ({
      source: join(root, "scratch", `${index}`),
      target,
      writable: true,
    }));
    for (const { source } of mounts) {
      if ((await mkdir(source, { recursive: true })) === undefined || place.owner === null) continue;
      await chown(source, place.owner, place.owner);
    }
    return mounts;
  }
  return {
    description: `${backend.description}, no network; memory, processes and disk are summed ${Math.round(1000 / limits.sandboxWatchMs)} times a second`,
    run(command, runOptions = {}) {
      // One after the other: mount points are made where nothing runs.
      const result = last.then(() => run(command, runOptions));
      last = result.catch(() => {});
      return result;
    },
    async close() {
      closing.abort(closed());
      await last;
      await removeFolder(place.root);
    },
  };
}

const nothing: PreparedDependencies = { mounts: [], path: [], env: {}, notes: [], refused: [] };

/** No more than half of the machine's memory: the other half is for those that it was bought for. */
export function limitsOf(options: SandboxOptions): ConfinedLimits {
  return {
    memoryBytes: options.memoryBytes ?? Math.min(limits.sandboxMemoryBytes, Math.floor(totalmem() / 2)),
    processes: options.processes ?? limits.sandboxProcesses,
    diskBytes: options.diskBytes ?? limits.sandboxDiskBytes,
  };
}

/**
 * Before each command: the one before may have put a link there, which the mount would follow. Nothing runs meanwhile.
 */
async function makeMountPoints(tree: string, { mounts }: PreparedDependencies): Promise<void> {
  for (const { target } of mounts) {
    const inside = relative(treeInside, target);
    if (!inside.startsWith("..")) await makeFolder(tree, inside.split("/"));
  }
}

function readOnly({ mounts }: PreparedDependencies): Mount[] {
  return mounts.map(({ source, target }) => ({ source, target, writable: false }));
}

/** Errors: AssistantError `no-sandbox` where nothing was run. */
function withoutFailure({ startFailure, ...run }: ConfinedRun): SandboxRun {
  if (startFailure === null) return run;
  throw noSandbox(`the sandbox did not start: ${startFailure}`, "Run assistant doctor; it says what is in the way.");
}

function noSandbox(reason: string, remedy: string): AssistantError {
  return new AssistantError(`nothing here can run a repository's commands safely: ${reason}`, {
    code: "no-sandbox",
    remedy,
  });
}

function closed(): AssistantError {
  return new AssistantError("the sandbox is closed", { code: "sandbox-closed", remedy: "Open another one." });
}
