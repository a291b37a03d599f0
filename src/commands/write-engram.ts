import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Command } from "commander";
import type { Engram, EngramInfo, ListedFile, UpdateReport } from "../engram/engram.ts";
import { buildManifest, manifestFileOf, type ManifestSource, readManifest, writeManifest } from "../engram/manifest.ts";
import type { Lens } from "../engram/lens.ts";
import { updateEngramFile } from "../engram/sqlite-engram-store.ts";
import type { TreeSource } from "../engram/tree-source.ts";
import type { Keep } from "../engram/update-plan.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { lensOf, namedByPerson, shortRevision } from "./engram-options.ts";
import { counted } from "./format.ts";
import { terminalProgress } from "./progress.ts";

/** What the verbs that write an engram have in common. */
export interface WriteOptions {
  engram: string;
  keyFile?: string;
  /** True where `-m` stands without a file. */
  manifest?: string | true;
  json?: boolean;
  verbose?: boolean;
}

/** What was written, for the person who asked. */
export interface Written {
  report: UpdateReport;
  info: EngramInfo;
  files: ListedFile[];
  manifest: string | null;
}

export function manifestOutOption(command: Command): Command {
  return command.option(
    "-m, --manifest [file]",
    "also write a manifest (default: NAME-manifest.json beside NAME.engram)",
  );
}

/**
 * Brings an engram file to a tree, and its manifest where one is asked for.
 * @param source null keeps what the present manifest says
 * @param keep left out, what the engram keeps already
 * Errors: as updateEngramFile, readKeyFile and writeManifest; AssistantError `engram-unwritable`.
 */
export async function writeTree(
  options: WriteOptions,
  tree: TreeSource,
  source: ManifestSource | null,
  signal: AbortSignal,
  keep?: Keep,
): Promise<Written> {
  const lens = lensOf(options);
  const progress = terminalProgress(process.stderr);
  makeFolder(options.engram);
  const onProgress = (done: number, total: number): void => progress("reading", done, total);
  const { engram, report } = await namedByPerson(() =>
    updateEngramFile(options.engram, tree, { keep, signal, onProgress, lens }),
  );
  try {
    const manifest = writeManifestOf(options, engram, source);
    return { report, info: engram.info(), files: engram.files(), manifest };
  } finally {
    engram.close();
    progress("");
  }
}

/** Writes the manifest that was asked for, and gives its file's name. @param source as in `writeTree` */
export function writeManifestOf(options: WriteOptions, engram: Engram, source: ManifestSource | null): string | null {
  const file = manifestFile(options);
  const lens = lensOf(options);
  if (file !== null) writeManifest(file, buildManifest(engram, source ?? knownSource(file, lens)), lens);
  return file;
}

/** The files that writing an engram makes, and its key: no part of a tree that they happen to lie in. */
export function ownFiles(options: WriteOptions): string[] {
  const manifest = manifestFile(options);
  const ends = ["", "-wal", "-shm", "-journal"].map((end) => `${options.engram}${end}`);
  return [...ends, manifest, options.keyFile].filter((file) => typeof file === "string");
}

/** Prints what was done. */
export function reportWritten(options: WriteOptions, { report, info, files, manifest }: Written): void {
  if (options.json) {
    const told = options.keyFile === undefined ? info : { ...info, seed: null };
    const more = options.verbose ? { files } : {};
    process.stdout.write(`${JSON.stringify({ engram: options.engram, manifest, report, info: told, ...more })}\n`);
    return;
  }
  if (options.verbose) process.stdout.write(files.map(describeFile).join(""));
  process.stdout.write(`${summary(options.engram, report)}\n${contents(info, files)}\n`);
  if (manifest !== null) process.stdout.write(`manifest: ${manifest}\n`);
}

function manifestFile({ engram, manifest }: WriteOptions): string | null {
  return manifest === true ? manifestFileOf(engram) : (manifest ?? null);
}

function makeFolder(file: string): void {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new Error("it is a folder");
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new AssistantError(`${file} cannot be written: ${messageOf(error)}`, {
      code: "engram-unwritable",
      remedy: "Name a file with -e, in a folder that this user may write to.",
      cause: error,
    });
  }
}

/** Where the files came from does not stand in the engram; an unreadable manifest is replaced all the same. */
function knownSource(manifest: string, lens: Lens | undefined): ManifestSource | null {
  if (!existsSync(manifest)) return null;
  try {
    return readManifest(manifest, lens).source;
  } catch {
    return null;
  }
}

function describeFile({ path, skipped, chunks }: ListedFile): string {
  return `${oneLine(path)}  ${skipped === null ? counted(chunks, "chunk") : `not searched: ${skipped}`}\n`;
}

function summary(file: string, { from, to, added, removed, read, ms }: UpdateReport): string {
  const took = `${(ms / 1000).toFixed(1)} s`;
  if (from === null) return `${file} made at ${shortRevision(to)}: ${counted(read, "file")} read in ${took}`;
  if (from === to) return `${file} is at ${shortRevision(to)} already`;
  const changes = `${added} added or changed, ${removed} removed or replaced, ${read} read in ${took}`;
  return `${file} brought from ${shortRevision(from)} to ${shortRevision(to)}: ${changes}`;
}

function contents({ files, indexedFiles, chunks }: EngramInfo, listed: readonly ListedFile[]): string {
  const reasons = new Map<string, number>();
  for (const { skipped } of listed) if (skipped !== null) reasons.set(skipped, (reasons.get(skipped) ?? 0) + 1);
  const others = [...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ");
  const rest = others === "" ? "" : `; kept and not searched: ${others}`;
  return `${counted(files, "file")}, ${indexedFiles} searched in ${counted(chunks, "chunk")}${rest}`;
}
