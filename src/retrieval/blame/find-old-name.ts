import { extname, resolve } from "node:path";
import { type GitObject, readObjects } from "../../shared/git-object-reader.ts";
import { withoutFetching } from "../../shared/git.ts";
import { limits } from "../../shared/limits.ts";
import { baseName } from "../ordinary-path.ts";
import type { Version, VersionReader } from "./file-versions.ts";

export interface OldNameQuestion {
  gitDir: string;
  reader: VersionReader;
  /** A commit that has no file of this path, and its child that has one. */
  before: string;
  after: string;
  path: string;
  signal?: AbortSignal | undefined;
}

/** `unknown` where too much changed to be looked at. */
export type OldName = { path: string } | "none" | "unknown";

/**
 * What a file that a commit added was called before: of the files that the commit took away the one that is most like it,
 * where half of the longer one's lines stand in both, about as git tells renames.
 * Errors: GitError where a partial clone lacks a version; the signal's reason.
 */
export async function findOldName(question: OldNameQuestion): Promise<OldName> {
  const { before, after, path, reader } = question;
  const removed = await removedFiles(question);
  if (removed === null) return "unknown";
  if (removed.length === 0) return "none";
  const version = await reader.read(`${after}:${path}`);
  if (version === null) return "unknown";
  const same = removed.filter(({ oid }) => oid === version.oid);
  const [exact] = [...same.filter((one) => baseName(one.path) === baseName(path)), ...same];
  if (exact !== undefined) return { path: exact.path };
  const alike = removed
    .map((one) => ({ ...one, kinship: kinship(one.path, path) }))
    .sort((a, b) => b.kinship - a.kinship);
  const candidates = alike.slice(0, limits.renameCandidates);
  let best: { path: string; share: number } | null = null;
  const names = candidates.map((one) => `${before}:${one.path}`);
  for (const one of candidates) {
    const old = await reader.read(`${before}:${one.path}`, names);
    const share = old === null ? 0 : commonShare(old, version);
    if (share >= leastShare && share > (best?.share ?? 0)) best = { path: one.path, share };
  }
  return best === null ? "none" : { path: best.path };
}

const leastShare = 0.5;

/** Files keep their names when they move to another folder, and their language. */
function kinship(a: string, b: string): number {
  if (baseName(a) === baseName(b)) return 2;
  return extname(a) === extname(b) ? 1 : 0;
}

/** By lines, as often as each occurs: a file's lines have about the same length. */
function commonShare(a: Version, b: Version): number {
  const counts = new Map<number, number>();
  for (const line of a.lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of b.lines) {
    const left = counts.get(line) ?? 0;
    if (left === 0) continue;
    counts.set(line, left - 1);
    common++;
  }
  return common / Math.max(1, a.lines.length, b.lines.length);
}

interface TreeFile {
  path: string;
  oid: string;
}

/** Of commits that moved much: many of their files are asked about, one after another. */
const lastRemoved = new Map<string, TreeFile[] | null>();

async function removedFiles(question: OldNameQuestion): Promise<TreeFile[] | null> {
  const { gitDir, before, after } = question;
  const key = JSON.stringify([resolve(gitDir), before, after]);
  const known = lastRemoved.get(key);
  if (known !== undefined) return known;
  const removed = await findRemovedFiles(question);
  lastRemoved.set(key, removed);
  const [oldest] = lastRemoved.keys();
  if (lastRemoved.size > limits.removedFilesKept && oldest !== undefined) lastRemoved.delete(oldest);
  return removed;
}

/** Files of the first commit whose path the second has no file of. Only folders that differ are read. Null: too many. */
async function findRemovedFiles(question: OldNameQuestion): Promise<TreeFile[] | null> {
  const { gitDir, signal, before, after } = question;
  const removed: TreeFile[] = [];
  let folders: [path: string, before: string, after: string | null][] = [["", `${before}:`, `${after}:`]];
  for (let read = 0; folders.length > 0;) {
    read += folders.length;
    if (read > limits.renameFolders) return null;
    const names = folders.flatMap(([, old, now]) => (now === null ? [old] : [old, now]));
    const trees = await readObjects(gitDir, names, { env: withoutFetching, ...(signal && { signal }) });
    folders = folders.flatMap(([path, old, now]) => {
      const [left, right] = [entriesOf(trees.get(old)), now === null ? new Map() : entriesOf(trees.get(now))];
      return [...left].flatMap(([name, entry]): typeof folders => {
        const other: TreeEntry | undefined = right.get(name);
        if (other?.oid === entry.oid) return [];
        if (entry.isFolder) return [[`${path}${name}/`, entry.oid, other?.isFolder ? other.oid : null]];
        if (other === undefined || other.isFolder) removed.push({ path: `${path}${name}`, oid: entry.oid });
        return [];
      });
    });
  }
  return removed;
}

interface TreeEntry {
  oid: string;
  isFolder: boolean;
}

/** `MODE NAME`, a zero byte, the raw id; ids are as long as the tree's own. */
function entriesOf(tree: GitObject | undefined): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  if (tree?.type !== "tree") return entries;
  const { data } = tree;
  const size = tree.oid.length / 2;
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    const mode = data.toString("latin1", at, space);
    const oid = data.toString("hex", end + 1, end + 1 + size);
    if (mode !== "160000") entries.set(data.toString("utf8", space + 1, end), { oid, isFolder: mode === "40000" });
    at = end + 1 + size;
  }
  return entries;
}
