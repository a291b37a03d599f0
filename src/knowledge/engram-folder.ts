import { readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** The files of a store that keeps engram KEY in DIRECTORY/KEY.engram. */
export interface EngramFolder {
  /** Keys of all engrams, sorted. */
  keys(): string[];
  has(key: string): boolean;
  /** Bytes on disk. */
  size(key: string): number;
  /** Changes when the engram is written, also by another process. */
  stamp(key: string): string;
  /** Deletes the engram with all that it holds. */
  remove(key: string): void;
}

const ending = ".engram";
const besides = ["", "-wal", "-shm"];

export function engramFolder(directory: string): EngramFolder {
  const fileOf = (key: string, suffix = "") => `${join(directory, ...key.split("/"))}${ending}${suffix}`;
  const statsOf = (key: string, suffix: string) => statSync(fileOf(key, suffix), { throwIfNoEntry: false });
  return {
    keys: () =>
      listFiles(directory)
        .map((file) => file.slice(0, -ending.length))
        .sort(),
    has: (key) => statsOf(key, "") !== undefined,
    size: (key) => besides.reduce((sum, suffix) => sum + (statsOf(key, suffix)?.size ?? 0), 0),
    stamp: (key) =>
      ["", "-wal"].map((suffix) => `${statsOf(key, suffix)?.mtimeMs}:${statsOf(key, suffix)?.size}`).join(),
    remove(key) {
      for (const suffix of besides) rmSync(fileOf(key, suffix), { force: true });
    },
  };
}

function listFiles(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && item.name.endsWith(ending))
    .map((item) => relative(directory, join(item.parentPath, item.name)).replaceAll("\\", "/"));
}
