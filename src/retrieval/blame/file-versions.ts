import { type GitObject, readObjects } from "../../shared/git-object-reader.ts";
import { withoutFetching } from "../../shared/git.ts";
import { limits } from "../../shared/limits.ts";

/** A file as one commit has it. */
export interface Version {
  oid: string;
  /** Equal numbers for lines that differ in white space alone. */
  lines: Int32Array;
}

export interface VersionReader {
  /** Null where there is no such file. @param along names that will be asked for next */
  read(name: string, along?: readonly string[]): Promise<Version | null>;
  /** Of the file, from its folder alone. Null where there is none. */
  oidOf(commit: string, path: string): Promise<string | null>;
}

/**
 * Versions of files by `COMMIT:PATH`, each read once. Fetches nothing.
 * Errors: GitError where a partial clone lacks one; the signal's reason.
 */
export function createVersionReader(gitDir: string, signal?: AbortSignal): VersionReader {
  const options = { env: withoutFetching, ...(signal && { signal }) };
  const versions = new Map<string, Promise<Version | null>>();
  const byOid = new Map<string, Version>();
  const folders = new Map<string, Promise<GitObject | undefined>>();

  function open(object: GitObject | undefined): Version | null {
    if (object?.type !== "blob") return null;
    const { oid, data } = object;
    let version = byOid.get(oid);
    if (version === undefined) {
      version = { oid, lines: hashLines(data) };
      byOid.set(oid, version);
    }
    return version;
  }

  return {
    async oidOf(commit, path) {
      const name = `${commit}:${path}`;
      const known = versions.get(name) ?? kept.get(name);
      if (known !== undefined) return (await known)?.oid ?? null;
      const slash = path.lastIndexOf("/");
      const folder = `${commit}:${path.slice(0, Math.max(0, slash))}`;
      const reading =
        folders.get(folder) ?? readObjects(gitDir, [folder], options).then((objects) => objects.get(folder));
      folders.set(folder, reading);
      return fileIn(await reading, path.slice(slash + 1));
    },
    read(name, along = []) {
      for (const one of [name, ...along]) {
        const found = versions.has(one) ? undefined : kept.get(one);
        if (found !== undefined) versions.set(one, Promise.resolve(found));
      }
      const names = [...new Set([name, ...along])].filter((one) => !versions.has(one));
      if (names.length === 0) return versions.get(name) as Promise<Version | null>;
      const objects = readObjects(gitDir, names, options);
      for (const one of names) {
        const version = objects.then((read) => keep(one, open(read.get(one))));
        version.catch(() => {}); // who asks for it sees it
        versions.set(one, version);
      }
      return versions.get(name) as Promise<Version | null>;
    },
  };
}

/** What was read last, by `COMMIT:PATH`: many changes stand on the same versions of the same busy files. */
const kept = new Map<string, Version>();
let keptLines = 0;

function keep(name: string, version: Version | null): Version | null {
  if (version === null || kept.has(name)) return version;
  kept.set(name, version);
  keptLines += version.lines.length;
  for (const [oldest, { lines }] of kept) {
    if (keptLines <= limits.versionLinesKept) break;
    kept.delete(oldest);
    keptLines -= lines.length;
  }
  return version;
}

/**
 * Each line's bytes that are no white space, as FNV-1a (32 bits). Two of a file's thousand lines have the same number once
 * in eight thousand files, and then one of them may be told to be older.
 */
function hashLines(data: Buffer): Int32Array {
  let count = data.length > 0 && data[data.length - 1] !== lineFeed ? 1 : 0;
  for (let at = data.indexOf(lineFeed); at >= 0; at = data.indexOf(lineFeed, at + 1)) count++;
  const lines = new Int32Array(count);
  let [line, hash] = [0, fnvBasis];
  for (let i = 0; i < data.length; i++) {
    const byte = data[i] as number;
    if (byte === lineFeed) {
      lines[line++] = hash;
      hash = fnvBasis;
    } else if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  if (line < count) lines[line] = hash;
  return lines;
}

const lineFeed = 0x0a;
const fnvBasis = 0x811c9dc5 | 0;

/** `MODE NAME`, a zero byte, the raw id: ids are as long as the tree's own. */
function fileIn(tree: GitObject | undefined, name: string): string | null {
  if (tree?.type !== "tree") return null;
  const { data } = tree;
  const wanted = Buffer.from(`${name}\0`);
  const size = tree.oid.length / 2;
  for (let at = 0; at < data.length;) {
    const first = data.indexOf(0x20, at) + 1;
    const end = data.indexOf(0, first);
    if (end - first === wanted.length - 1 && data.compare(wanted, 0, wanted.length, first, end + 1) === 0) {
      // Files and symbolic links; not folders and submodules.
      const isFile = /^1[02]/.test(data.toString("latin1", at, first - 1));
      return isFile ? data.toString("hex", end + 1, end + 1 + size) : null;
    }
    at = end + 1 + size;
  }
  return null;
}
