import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { minimatch } from "minimatch";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { blobId } from "./blob-id.ts";
import { engramCorrupt } from "./engram-errors.ts";
import type { Engram, ListedFile } from "./engram.ts";
import { checkLinks, checkPaths } from "./extract-paths.ts";

export interface ExtractOptions {
  /** Only files that match one of these (minimatch; a glob without a slash matches names at any depth). */
  only?: readonly string[];
  /** Replace files that exist and differ. Folders are never replaced. */
  force?: boolean;
  /** The engram's file, for the error where it is damaged. */
  file?: string;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface ExtractReport {
  /** Paths that were written, symbolic links included. */
  written: string[];
  /** Paths that were there already, with the same bytes. */
  unchanged: string[];
  /** Paths whose bytes the engram has not kept. */
  missing: string[];
  /** Submodules are empty folders, as in a clone: what they hold is no part of the repository. */
  submodules: string[];
}

/**
 * Writes an engram's files into a folder: bytes, executable bits and symbolic links as they were. Whatever would be
 * written outside of the folder, or over a file that differs, is found before anything is written.
 * Errors: AssistantError `extract-escape`, `extract-conflict`, `extract-not-a-folder`, `extract-failed`,
 * `engram-corrupt` (bytes that are not those of their id).
 */
export async function extractFiles(
  engram: Pick<Engram, "files" | "bytes">,
  folder: string,
  options: ExtractOptions = {},
): Promise<ExtractReport> {
  const root = resolve(folder);
  const files = engram.files().filter(({ path }) => isWanted(path, options.only));
  const read = (file: ListedFile) => readChecked(engram, file, options.file ?? "in memory");
  checkRoot(root);
  checkPaths(root, files);
  const [links, others] = [linkTargets(files, read), files.filter(({ mode }) => mode !== linkMode)];
  checkLinks(root, links, new Set(others.map(({ path }) => path)));
  const state = existing(root, files, read);
  checkConflicts(root, files, state, options.force ?? false);
  return write(root, files, state, read, options);
}

export function isWanted(path: string, globs: readonly string[] | undefined): boolean {
  return (
    globs === undefined ||
    globs.length === 0 ||
    globs.some((glob) => minimatch(path, glob, { dot: true, matchBase: true }))
  );
}

const linkMode = "120000";
const submoduleMode = "160000";
const executableMode = "100755";

type Read = (file: ListedFile) => Buffer | null;

/** Nothing there, the same, something else, or a folder. */
type Existing = "absent" | "same" | "different" | "folder";

function readChecked(engram: Pick<Engram, "bytes">, { path, oid }: ListedFile, engramFile: string): Buffer | null {
  const data = engram.bytes(path);
  if (data === null || blobId(data, oid.length) === oid) return data;
  throw engramCorrupt(engramFile, `${path} no longer has the bytes of its id ${oid}`);
}

function checkRoot(root: string): void {
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return;
  throw new AssistantError(`${root} is not a folder`, {
    code: "extract-not-a-folder",
    remedy: "Name a folder with -o; it is created where it is missing.",
  });
}

function linkTargets(files: readonly ListedFile[], read: Read): Map<string, string> {
  const links = files.filter(({ mode }) => mode === linkMode);
  return new Map(links.map((file) => [file.path, read(file)?.toString("utf8") ?? ""]));
}

function existing(root: string, files: readonly ListedFile[], read: Read): Map<string, Existing> {
  return new Map(files.map((file) => [file.path, compare(join(root, file.path), file, read)]));
}

function compare(target: string, file: ListedFile, read: Read): Existing {
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return "absent";
  if (stat.isDirectory()) return file.mode === submoduleMode ? "same" : "folder";
  if (file.mode === submoduleMode) return "different";
  const data = read(file);
  if (data === null) return "same"; // nothing will be written over it
  if (stat.isSymbolicLink() !== (file.mode === linkMode)) return "different";
  if (stat.isSymbolicLink()) return readlinkSync(target, "buffer").equals(data) ? "same" : "different";
  return stat.isFile() && stat.size === data.length && readFileSync(target).equals(data) ? "same" : "different";
}

function checkConflicts(
  root: string,
  files: readonly ListedFile[],
  state: ReadonlyMap<string, Existing>,
  force: boolean,
): void {
  const folder = files.find(({ path }) => state.get(path) === "folder");
  if (folder !== undefined) {
    throw new AssistantError(`${join(root, folder.path)} is a folder where a file belongs`, {
      code: "extract-conflict",
      remedy: "Move it away, or name another folder with -o. Nothing was written.",
    });
  }
  const different = files.filter(({ path }) => state.get(path) === "different");
  if (different.length === 0 || force) return;
  const others = different.length === 1 ? "" : ` and ${different.length - 1} more`;
  throw new AssistantError(`${join(root, different[0]?.path ?? "")}${others} exists with other content`, {
    code: "extract-conflict",
    remedy: "Name an empty folder with -o, or replace what differs with --force. Nothing was written.",
  });
}

/** Links come last: nothing is ever written through a link of the engram's own. */
async function write(
  root: string,
  files: readonly ListedFile[],
  state: ReadonlyMap<string, Existing>,
  read: Read,
  options: ExtractOptions,
): Promise<ExtractReport> {
  const report: ExtractReport = { written: [], unchanged: [], missing: [], submodules: [] };
  const linksLast = [...files].sort((a, b) => Number(a.mode === linkMode) - Number(b.mode === linkMode));
  makeFolder(root);
  for (const [done, file] of linksLast.entries()) {
    if (done % progressEvery === 0) {
      options.onProgress?.(done, files.length);
      await setImmediate(); // Ctrl-C is heard between two batches
      options.signal?.throwIfAborted();
    }
    try {
      writeOne(root, file, state.get(file.path) ?? "absent", read, report);
    } catch (error) {
      throw writeError(join(root, file.path), error);
    }
  }
  return report;
}

const progressEvery = 100;

function writeOne(root: string, file: ListedFile, before: Existing, read: Read, report: ExtractReport): void {
  const target = join(root, file.path);
  if (file.mode === submoduleMode) {
    makeFolder(target);
    report.submodules.push(file.path);
    return;
  }
  const data = read(file);
  if (data === null) {
    report.missing.push(file.path);
  } else if (before === "same") {
    if (file.mode !== linkMode) setExecutable(target, file.mode === executableMode);
    report.unchanged.push(file.path);
  } else {
    makeFolder(dirname(target));
    create(target, file.mode, data, before === "different");
    report.written.push(file.path);
  }
}

/** A replaced file is written beside it first, so that a full disk costs nothing that was there. */
function create(target: string, mode: string, data: Buffer, replace: boolean): void {
  const fresh = replace ? join(dirname(target), `.${basename(target).slice(0, 100)}.${process.pid}.tmp`) : target;
  try {
    if (mode === linkMode) symlinkSync(data, fresh);
    // "wx": never through a link, never over what appeared meanwhile.
    else writeFileSync(fresh, data, { flag: "wx", mode: mode === executableMode ? 0o777 : 0o666 });
    if (replace) renameSync(fresh, target);
  } catch (error) {
    if (replace) rmSync(fresh, { force: true });
    throw error;
  }
}

function setExecutable(target: string, executable: boolean): void {
  const { mode } = statSync(target);
  if (((mode & 0o100) !== 0) === executable) return;
  // Whoever may read it may run it.
  chmodSync(target, executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

function writeError(target: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof AssistantError) return error;
  const existed = error.code === "EEXIST";
  return new AssistantError(`${target} cannot be written: ${messageOf(error)}`, {
    code: "extract-failed",
    remedy: existed
      ? "The disk takes it for another file of the engram (by upper and lower case, say); use a disk that tells them apart, or --only."
      : "See that the folder may be written by this user and that the disk is not full, then run the command again.",
    cause: error,
  });
}
