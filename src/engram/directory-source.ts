import { createHash } from "node:crypto";
import { createReadStream, type Dirent, type Stats } from "node:fs";
import { lstat, open, readdir, readFile, readlink, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { isUtf8 } from "node:buffer";
import { AssistantError, messageOf } from "../shared/errors.ts";
import type { TreeEntry } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import { blobId, treeRevision } from "./blob-id.ts";
import type { TreeSource } from "./tree-source.ts";

export interface DirectorySource extends TreeSource {
  /** What has no bytes to remember, with the reason: sockets, pipes, devices, and names that are not UTF-8. */
  readonly skipped: readonly { path: string; reason: string }[];
}

/**
 * Every file below one or several folders as it is now, with the modes and ids that git would give it. `.git` folders are
 * left out, nothing else is. Symbolic links are not followed: their target is what they hold. With several folders each
 * path begins with the name of its folder, made unique by `_2`, `_3`, …
 * Errors: AssistantError `no-folder`, `unreadable-file`, `tree-changed` (also later, when bytes are read that are no longer
 * those that were seen first).
 * @param except files that are no part of the tree, with what SQLite keeps beside them: the engram that is being written.
 * To open and close its files here would also let go of every lock that SQLite has on them in this process (POSIX)
 */
export async function directorySource(
  dirs: readonly string[],
  signal?: AbortSignal,
  except: readonly string[] = [],
): Promise<DirectorySource> {
  const left = except.flatMap((path) => ["", "-wal", "-shm"].map((suffix) => resolve(path) + suffix));
  const walk: Walk = { files: [], skipped: [], except: new Set(left) };
  const prefixes = prefixesOf(dirs);
  for (const [i, dir] of dirs.entries()) {
    await checkFolder(dir);
    await walkFolder(walk, Buffer.from(resolve(dir)), prefixes[i] as string, signal);
  }
  const entries: TreeEntry[] = [];
  const places = new Map<string, { file: FoundFile; size: number }>();
  for (const file of walk.files) {
    signal?.throwIfAborted();
    const { mode, oid, size } = await readSteadily(file, signal);
    entries.push({ path: file.path, mode, oid });
    places.set(oid, { file, size });
  }
  return {
    revision: treeRevision(entries),
    skipped: walk.skipped,
    entries: async () => entries,
    sizes: async (oids) => new Map(oids.flatMap((oid) => (places.has(oid) ? [[oid, places.get(oid)?.size ?? 0]] : []))),
    async *blobs(oids, until) {
      for (const oid of oids) {
        until?.throwIfAborted();
        yield { oid, data: await readAgain(places.get(oid)?.file, oid) };
      }
    },
  };
}

interface FoundFile {
  /** As the engram will call it. */
  path: string;
  /** As the file system calls it: names are bytes. */
  place: Buffer;
}

interface Walk {
  files: FoundFile[];
  skipped: { path: string; reason: string }[];
  except: ReadonlySet<string>;
}

/** What the path of each folder's files begins with; nothing where there is one folder. */
function prefixesOf(dirs: readonly string[]): string[] {
  if (dirs.length < 2) return dirs.map(() => "");
  const taken = new Set<string>();
  return dirs.map((dir) => {
    const name = basename(resolve(dir)) || "root";
    let unique = name;
    for (let n = 2; taken.has(unique); n++) unique = `${name}_${n}`;
    taken.add(unique);
    return `${unique}/`;
  });
}

async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => null);
  if (found?.isDirectory()) return;
  throw new AssistantError(`${dir} ${found === null ? "does not exist" : "is not a folder"}`, {
    code: "no-folder",
    remedy: "Name a folder whose files shall be remembered.",
  });
}

async function walkFolder(walk: Walk, folder: Buffer, prefix: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const found = await readable(prefix || folder.toString(), () =>
    readdir(folder, { withFileTypes: true, encoding: "buffer" } as unknown as { withFileTypes: true }),
  );
  for (const item of found as unknown as Dirent<Buffer>[]) {
    const place = Buffer.concat([folder, Buffer.from("/"), item.name]);
    const path = prefix + item.name.toString("utf8");
    if (!isUtf8(item.name)) walk.skipped.push({ path, reason: "its name is not UTF-8" });
    else if (item.isDirectory()) {
      if (!item.name.equals(gitFolder)) await walkFolder(walk, place, `${path}/`, signal);
    } else if (!item.isFile() && !item.isSymbolicLink()) walk.skipped.push({ path, reason: kindOf(item) });
    else if (!walk.except.has(place.toString("utf8"))) walk.files.push({ path, place });
  }
}

const gitFolder = Buffer.from(".git");

function kindOf(item: Dirent<Buffer>): string {
  if (item.isSocket()) return "it is a socket";
  return item.isFIFO() ? "it is a named pipe" : "it is a device";
}

/** Mode, id and size of one state of a file: what is written to meanwhile is read again. */
async function readSteadily(file: FoundFile, signal?: AbortSignal) {
  for (let tries = 0; tries < limits.fileReadTries; tries++) {
    const before = await readable(file.path, () => lstat(file.place));
    if (before.isSymbolicLink()) {
      const target = await readable(file.path, () => readlink(file.place, "buffer"));
      return { mode: "120000", oid: blobId(target), size: target.length };
    }
    const { oid, size } = await readable(file.path, () => hashFile(file.place, before.size, signal));
    const after = await readable(file.path, () => lstat(file.place));
    if (size === before.size && isSameState(before, after)) return { mode: modeOf(before), oid, size };
  }
  throw changed(file.path);
}

/** In pieces, because a file may be larger than memory. */
async function hashFile(place: Buffer, expected: number, signal?: AbortSignal): Promise<{ oid: string; size: number }> {
  const hash = createHash("sha1").update(`blob ${expected}\0`);
  let size = 0;
  if (expected <= limits.indexedFileBytes) {
    const data = await readFile(place);
    return { oid: hash.update(data).digest("hex"), size: data.length };
  }
  for await (const piece of createReadStream(place, { signal })) {
    size += (piece as Buffer).length;
    hash.update(piece as Buffer);
  }
  return { oid: hash.digest("hex"), size };
}

function isSameState(a: Stats, b: Stats): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino && a.mode === b.mode;
}

/** As git has it: whether its owner may run it is all that counts. */
function modeOf({ mode }: Stats): string {
  return (mode & 0o100) === 0 ? "100644" : "100755";
}

async function readAgain(file: FoundFile | undefined, oid: string): Promise<Buffer> {
  if (file === undefined) throw new RangeError(`no file has the id ${oid}`);
  const data = await readable(file.path, () => readPlace(file.place));
  if (blobId(data) !== oid) throw changed(file.path);
  return data;
}

async function readPlace(place: Buffer): Promise<Buffer> {
  if ((await lstat(place)).isSymbolicLink()) return readlink(place, "buffer");
  const handle = await open(place);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function readable<T>(path: string, access: () => Promise<T>): Promise<T> {
  try {
    return await access();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT") throw changed(path, error);
    if (code === "ABORT_ERR") throw error;
    throw new AssistantError(`${path} cannot be read: ${messageOf(error)}`, {
      code: "unreadable-file",
      remedy: "Make it readable for this user, or move it out of the folder.",
      cause: error,
    });
  }
}

function changed(path: string, cause?: unknown): AssistantError {
  return new AssistantError(`${path} changed while it was read`, {
    code: "tree-changed",
    remedy: "Run it again when nothing writes there.",
    transient: true,
    cause,
  });
}
