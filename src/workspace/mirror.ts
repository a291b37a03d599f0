import { mkdir, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { git, GitError, gitText } from "../shared/git.ts";
import { listTree } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import type { Workspace } from "./workspace.ts";

export interface Remote {
  /** `https://HOST/OWNER/NAME.git` */
  url: string;
  /** Installation token, or null for a public remote. Handed to git through the environment only. */
  token: string | null;
}

/**
 * Fetches refs of a remote into a bare mirror at `dir`, made on first use, without blobs (they follow in batches).
 * @param refspecs for example `+refs/pull/7/head:refs/pull/7/head`
 * Errors: AssistantError `fetch-failed` (transient), `ref-missing`.
 */
export async function openMirror(
  dir: string,
  remote: Remote,
  refspecs: string[],
  signal?: AbortSignal,
): Promise<Workspace> {
  const env = credentials(remote);
  await createMirror(dir, remote.url);
  await fetchObjects(dir, ["--filter=blob:none", "--prune", "origin", ...refspecs], { env, signal });
  return {
    gitDir: dir,
    shallow: false,
    prefetchTrees: async (commits, paths) =>
      fetchBlobs(dir, await missingInTrees(dir, commits, paths, signal), { env, signal }),
    prefetchHistory: async (commit, paths) =>
      fetchBlobs(dir, await missingInHistory(dir, commit, paths, signal), { env, signal }),
    prefetchAll: async () => fetchBlobs(dir, await missingObjects(dir, ["--all"], signal), { env, signal }),
  };
}

async function createMirror(dir: string, url: string): Promise<void> {
  if (!existsSync(join(dir, "HEAD"))) {
    await mkdir(dir, { recursive: true });
    await git(dir, ["init", "--quiet", "--bare"]);
  }
  if (!opened.has(dir)) await removeLocks(dir);
  opened.add(dir);
  const settings = {
    "remote.origin.url": url,
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    // Mirrors are read by several jobs at once; a collection in the middle of a fetch only gets in the way.
    "gc.auto": "0",
    // Half-written objects after a crash would make a mirror useless.
    "core.fsync": "committed",
  };
  const known = new Set((await gitText(dir, ["config", "--local", "--list"])).split("\n"));
  for (const [name, value] of Object.entries(settings)) {
    if (!known.has(`${name}=${value}`)) await git(dir, ["config", name, value]);
  }
}

/** Mirrors that this process has opened before. */
const opened = new Set<string>();

/**
 * Removes locks that a git left behind whose machine or process group was killed; every later fetch would fail on them.
 * Mirrors belong to one server, so none of them is alive when it opens a mirror for the first time.
 */
async function removeLocks(dir: string): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) {
    if (name.endsWith(".lock") && !name.startsWith("objects")) await rm(join(dir, name), { force: true });
  }
}

/** The token goes into a header that git reads from its environment: not into the URL, the configuration or argv. */
function credentials(remote: Remote): Record<string, string> {
  if (remote.token === null) return {};
  const basic = Buffer.from(`x-access-token:${remote.token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(remote.url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

interface FetchOptions {
  env: Record<string, string>;
  signal?: AbortSignal | undefined;
  input?: string;
}

async function fetchObjects(dir: string, args: string[], options: FetchOptions): Promise<void> {
  try {
    const quiet = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"];
    await git(dir, [...quiet, ...args], { env: options.env, signal: options.signal, input: options.input });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const missing = /couldn't find remote ref (\S+)/.exec(error.stderr)?.[1];
    if (missing !== undefined) throw refMissing(missing);
    throw new AssistantError(`fetching the repository failed: ${messageOf(error)}`, {
      code: "fetch-failed",
      remedy: "Check that the server can be reached and that the app may read the repository's contents.",
      transient: true,
      cause: error,
    });
  }
}

/** The error for a branch that is gone, or that an empty repository does not have yet. */
export function refMissing(ref: string): AssistantError {
  return new AssistantError(`the repository has no ${ref}`, {
    code: "ref-missing",
    remedy: "The branch was deleted meanwhile, or the repository is empty; nothing is to be done.",
  });
}

/** Blobs of these trees that the mirror lacks. */
async function missingInTrees(
  dir: string,
  commits: string[],
  paths: string[] | undefined,
  signal?: AbortSignal,
): Promise<string[]> {
  const missing = await missingObjects(dir, ["--no-walk", ...commits], signal);
  if (paths === undefined || missing.length === 0) return missing;
  const trees = await Promise.all(commits.map((commit) => listTree(dir, commit, signal)));
  const wanted = new Set(trees.flat().flatMap(({ path, oid }) => (paths.includes(path) ? [oid] : [])));
  return missing.filter((oid) => wanted.has(oid));
}

/** Versions of these paths in the history of a commit that the mirror lacks. */
async function missingInHistory(dir: string, commit: string, paths: string[], signal?: AbortSignal): Promise<string[]> {
  return paths.length === 0 ? [] : missingObjects(dir, [commit, "--", ...paths], signal);
}

/** Of all commands rev-list alone names what is missing without fetching it object by object (git before 2.44). */
async function missingObjects(dir: string, args: string[], signal?: AbortSignal): Promise<string[]> {
  const list = ["rev-list", "--objects", "--no-object-names", "--missing=print", ...args];
  const objects = await gitText(dir, list, { env: { GIT_LITERAL_PATHSPECS: "1" }, signal });
  return objects.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : []));
}

/** The same request that git makes for itself when it misses an object, but for many of them at once. */
async function fetchBlobs(dir: string, oids: string[], options: FetchOptions): Promise<void> {
  for (let at = 0; at < oids.length; at += limits.fetchedBlobs) {
    const input = oids.slice(at, at + limits.fetchedBlobs).join("\n") + "\n";
    await fetchObjects(dir, ["--filter=blob:none", "--stdin", "origin"], { ...options, input });
  }
}
