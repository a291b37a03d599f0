import { spawn } from "node:child_process";
import { LRUCache } from "lru-cache";
import { git, gitEnvironment, GitError } from "./git.ts";
import { type GitObject, readObjects } from "./git-object-reader.ts";
import { folderMode, parseTree, submoduleMode, type TreeItem } from "./git-tree-parser.ts";
import { limits } from "./limits.ts";

export interface TreeEntry {
  path: string;
  /** Six octal digits: 100644, 100755 (executable), 120000 (symbolic link), 160000 (submodule). */
  mode: string;
  /** Blob id; for a submodule the commit it points to. */
  oid: string;
}

/**
 * Every entry of a commit's tree, recursively, sorted by path as git sorts (bytes), as `git ls-tree -r` lists them. Folders
 * that were read for another commit are not read again.
 * Paths that are not UTF-8 are decoded with replacement characters and cannot be read back; git repositories of code
 * practically have none.
 * Errors: GitError where there is no such commit, or a tree is missing.
 */
export async function listTree(gitDir: string, commit: string, signal?: AbortSignal): Promise<TreeEntry[]> {
  const name = `${commit}^{tree}`;
  const root = (await readObjects(gitDir, [name], signal && { signal })).get(name);
  if (root?.type !== "tree") throw new GitError(["ls-tree"], 128, `there is no tree of ${commit}`);
  const folders = await readFolders(gitDir, root, signal);
  if (folders === null) return listAside(gitDir, root.oid, signal);
  const entries: TreeEntry[] = [];
  addEntries(entries, folders, root.oid, "");
  return entries;
}

/** One tree object as it was read. */
interface Folder {
  items: readonly TreeItem[];
  /** Ids of the folders in it. */
  below: readonly string[];
}

/** By the id of their tree object, those that were used longest ago forgotten first. */
const knownFolders = new LRUCache<string, Folder>({
  maxSize: limits.keptTreeEntries,
  sizeCalculation: ({ items }) => items.length + 1,
});

/** All folders of a tree, one level at a time; null where there are so many that a process of its own is quicker. */
async function readFolders(
  gitDir: string,
  root: GitObject,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Folder> | null> {
  const folders = new Map([[root.oid, folderOf(root, root.oid)]]);
  for (let level = [...folders.values()]; level.length > 0;) {
    const wanted = new Set(level.flatMap(({ below }) => below).filter((oid) => !folders.has(oid)));
    const unknown = [...wanted].filter((oid) => !knownFolders.has(oid));
    if (unknown.length > limits.objectsOfOneReader) return null;
    const read = await readObjects(gitDir, unknown, signal && { signal });
    level = [...wanted].map((oid) => knownFolders.get(oid) ?? folderOf(read.get(oid), oid));
    for (const [i, oid] of [...wanted].entries()) folders.set(oid, level[i] as Folder);
  }
  return folders;
}

function folderOf(object: GitObject | undefined, oid: string): Folder {
  if (object?.type !== "tree") throw new GitError(["ls-tree"], 128, `${oid} is ${object?.type ?? "missing"}`);
  const items = parseTree(object.data, oid.length / 2);
  const folder = { items, below: items.filter(({ mode }) => mode === folderMode).map(({ oid: below }) => below) };
  knownFolders.set(oid, folder);
  return folder;
}

function addEntries(into: TreeEntry[], folders: ReadonlyMap<string, Folder>, tree: string, prefix: string): void {
  for (const { mode, name, oid } of folders.get(tree)?.items ?? []) {
    if (mode === folderMode) addEntries(into, folders, oid, `${prefix}${name}/`);
    else into.push({ path: prefix + name, mode, oid });
  }
}

async function listAside(gitDir: string, tree: string, signal?: AbortSignal): Promise<TreeEntry[]> {
  const output = (await git(gitDir, ["ls-tree", "-r", "-z", "--full-tree", tree], { signal })).toString("utf8");
  const entries: TreeEntry[] = [];
  for (const record of output.split("\0")) {
    if (record === "") continue;
    const tab = record.indexOf("\t");
    const [mode = "", , oid = ""] = record.slice(0, tab).split(" ");
    entries.push({ path: record.slice(tab + 1), mode, oid });
  }
  return entries;
}

export interface Blob {
  oid: string;
  data: Buffer;
}

/**
 * Streams blobs in the order asked for: few from the process that is kept for reading objects, many from one of their own,
 * so that others need not wait for them.
 * Errors: GitError when an object is missing.
 */
export async function* readBlobs(gitDir: string, oids: string[], signal?: AbortSignal): AsyncGenerator<Blob> {
  if (oids.length > limits.objectsOfOneReader) yield* streamBlobs(gitDir, oids, signal);
  else for (let at = 0; at < oids.length; at += fewBlobs) yield* fewOf(gitDir, oids.slice(at, at + fewBlobs), signal);
}

/** Held in memory at once. */
const fewBlobs = 50;

async function* fewOf(gitDir: string, oids: string[], signal?: AbortSignal): AsyncGenerator<Blob> {
  const objects = await readObjects(gitDir, oids, signal && { signal });
  for (const oid of oids) {
    const object = objects.get(oid);
    if (object?.type !== "blob") throw new GitError(["cat-file"], 1, `${oid} is ${object?.type ?? "missing"}`);
    yield { oid, data: object.data };
  }
}

async function* streamBlobs(gitDir: string, oids: string[], signal?: AbortSignal): AsyncGenerator<Blob> {
  const child = spawn("git", ["-C", gitDir, "cat-file", "--batch"], { env: gitEnvironment(), signal });
  const failed = new Promise<never>((_, reject) => child.on("error", reject));
  failed.catch(() => {}); // reported by the race below, or after the last blob when nobody waits any more
  child.stdin.on("error", () => {});
  child.stdin.end(oids.join("\n") + "\n");
  const reader = byteReader(child.stdout);
  try {
    for (const oid of oids) {
      const header = await Promise.race([reader.line(), failed]);
      const [found, type, size] = header.split(" ");
      if (type !== "blob" || size === undefined)
        throw new GitError(["cat-file"], 1, `${found ?? oid} is ${type ?? "missing"}`);
      const data = await Promise.race([reader.bytes(Number(size)), failed]);
      await reader.bytes(1); // the line end after each object
      yield { oid, data };
    }
  } finally {
    child.kill();
  }
}

/**
 * One file's bytes, or null where that commit has no such file.
 * Errors: GitError when the file exists but cannot be read, so that a failed fetch is never taken for a missing file.
 */
export async function readFileAt(gitDir: string, commit: string, path: string): Promise<Buffer | null> {
  const name = `${commit}:${path}`;
  const known = (await readObjects(gitDir, [name])).get(name);
  if (known?.type === "blob") return known.data;
  // Whether there is none, or the one that is there is missing, only the tree says.
  const slash = path.lastIndexOf("/");
  const root = `${commit}^{tree}`;
  const folder = slash < 0 ? root : `${commit}:${path.slice(0, slash)}`;
  const trees = await readObjects(gitDir, [root, folder]);
  if (!trees.has(root)) throw new GitError(["ls-tree"], 128, `there is no tree of ${commit}`);
  const tree = trees.get(folder);
  if (tree?.type !== "tree") return null;
  const item = parseTree(tree.data, tree.oid.length / 2).find(({ name: found }) => found === path.slice(slash + 1));
  const isFile = item !== undefined && item.mode !== folderMode && item.mode !== submoduleMode;
  return isFile ? git(gitDir, ["cat-file", "blob", item.oid]) : null;
}

/** Reads lines and counted bytes from a stream. */
function byteReader(stream: NodeJS.ReadableStream) {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const { value, done } = await iterator.next();
    if (done) throw new GitError(["cat-file"], -1, "git ended before the last object was read");
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
  }

  return {
    async line(): Promise<string> {
      for (;;) {
        const end = rest.indexOf(10);
        if (end >= 0) {
          const line = rest.subarray(0, end).toString("utf8");
          rest = rest.subarray(end + 1);
          return line;
        }
        await more();
      }
    },
    async bytes(count: number): Promise<Buffer> {
      const parts: Buffer[] = [];
      let missing = count;
      while (missing > 0) {
        if (rest.length === 0) await more();
        const part = rest.subarray(0, missing);
        parts.push(part);
        rest = rest.subarray(part.length);
        missing -= part.length;
      }
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
  };
}
