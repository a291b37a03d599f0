import { chmod, lstat, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EditedFile } from "../edits/edit.ts";
import { git, gitText, withoutFetching } from "../shared/git.ts";
import { makeFolder } from "./make-folder.ts";
import type { SandboxTree } from "./sandbox.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

export interface GitTreeOptions {
  /** A bare mirror or the `.git` of a clone; read only. Nothing is fetched: the commit's files must be there. */
  gitDir: string;
  commit: string;
  /** Laid over the commit's files. */
  edited?: readonly EditedFile[];
}

/** The files of a commit, as git would check them out, with edited ones laid over. Submodules are empty folders. */
export function gitTree({ gitDir, commit, edited = [] }: GitTreeOptions): SandboxTree {
  return {
    async writeTo(folder, signal) {
      await checkOut(gitDir, commit, folder, signal);
      for (const { path, after } of edited) await writeEdited(folder, path, after);
    },
  };
}

/**
 * Through a repository of its own that borrows the objects: neither hooks nor filters nor settings of the clone have a say,
 * and what the commit's `.gitattributes` asks for finds no program.
 */
async function checkOut(gitDir: string, commit: string, folder: string, signal?: AbortSignal): Promise<void> {
  const scratch = await makeScratchFolder(tmpdir(), "index");
  const options = signal === undefined ? {} : { signal };
  try {
    const format = await gitText(gitDir, ["rev-parse", "--show-object-format"], options);
    const objects = await gitText(gitDir, ["rev-parse", "--path-format=absolute", "--git-path", "objects"], options);
    const tree = await gitText(gitDir, ["rev-parse", "--verify", "--end-of-options", `${commit}^{tree}`], options);
    const env = { ...withoutFetching, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    const init = ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, scratch];
    await git(scratch, init, { ...options, env });
    const borrowed = {
      ...options,
      env: { ...env, GIT_OBJECT_DIRECTORY: objects, GIT_INDEX_FILE: join(scratch, "index") },
    };
    const place = [`--git-dir=${scratch}`, `--work-tree=${folder}`];
    await git(scratch, [...place, "read-tree", tree], borrowed);
    await git(scratch, [...place, "checkout-index", "--all", "--force", `--prefix=${folder}/`], borrowed);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Writes or deletes one file below the folder. A link on the way there is replaced, never followed. */
async function writeEdited(folder: string, path: string, after: string | null): Promise<void> {
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..") || path.includes("\0")) {
    throw new Error(`not a path inside a work tree: ${path}`);
  }
  const target = join(folder, path);
  if (after === null) {
    if (await insideFolders(folder, parts)) await rm(target, { force: true });
    return;
  }
  await makeFolder(folder, parts.slice(0, -1));
  const found = await lstat(target).catch(() => null);
  if (found !== null && !found.isFile()) await rm(target, { recursive: true, force: true });
  await writeFile(target, after);
  // Git knows one right alone: whether a file may be executed.
  if (found?.isFile() === true) await chmod(target, found.mode);
}

async function insideFolders(folder: string, parts: string[]): Promise<boolean> {
  for (let count = 1; count < parts.length; count++) {
    const found = await lstat(join(folder, ...parts.slice(0, count))).catch(() => null);
    if (found?.isDirectory() !== true) return false;
  }
  return true;
}
