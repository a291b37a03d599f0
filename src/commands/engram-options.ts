import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import type { ChunkHit, Engram } from "../engram/engram.ts";
import { languageNames } from "../engram/languages.ts";
import { checkManifest, type Manifest, readManifest } from "../engram/manifest.ts";
import { type Lens, readKeyFile } from "../engram/lens.ts";
import { openEngramFile } from "../engram/sqlite-engram-store.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { nearest } from "../shared/nearest.ts";
import { textOfHit } from "./similarity.ts";

/** The engram that a verb reads or writes. */
export function engramOption(command: Command): Command {
  return keyOption(command.requiredOption("-e, --engram <file>", "the engram"));
}

export function keyOption(command: Command): Command {
  return command.option("--key-file <file>", "the key of an encrypted engram");
}

/** Errors: as readKeyFile. */
export function lensOf({ keyFile }: { keyFile?: string }): Lens | undefined {
  return keyFile === undefined ? undefined : readKeyFile(keyFile);
}

export function jsonOption(command: Command): Command {
  return command.option("--json", "print one JSON document, and nothing else, on standard output");
}

/** Hits that are left out, and how many are given. */
export interface FilterOptions {
  k: number;
  glob?: string[];
  language?: string[];
}

export function filterOptions(command: Command): Command {
  return countOption(command, 10)
    .option("--glob <pattern>", "only paths that match, for example 'src/**' (may be repeated)", collect)
    .option(
      "--language <name>",
      "only files in this language, for example typescript (may be repeated)",
      collectLanguage,
    );
}

export function countOption(command: Command, fallback: number): Command {
  return command.option("-k, --k <count>", "how many hits, best first", parseCount, fallback);
}

/** Opens an engram for as long as `use` takes. Errors: as openEngramFile and readKeyFile. */
export async function withEngram<T>(
  options: { engram: string; keyFile?: string },
  use: (engram: Engram) => T | Promise<T>,
): Promise<T> {
  const lens = lensOf(options);
  return namedByPerson(async () => {
    const engram = await openEngramFile(options.engram, { lens });
    try {
      return await use(engram);
    } finally {
      engram.close();
    }
  });
}

/** A damaged engram of the assistant's own is derived from git; one that a person named may be all that is left. */
export async function namedByPerson<T>(access: () => Promise<T>): Promise<T> {
  try {
    return await access();
  } catch (error) {
    if (!(error instanceof AssistantError) || error.code !== "engram-corrupt") throw error;
    throw new AssistantError(error.message, {
      code: error.code,
      remedy:
        "Restore it from a copy, or ingest its folder or repository into a new file; `assistant verify` says more.",
      cause: error,
    });
  }
}

/** Reads the manifest that was named, and sees that it is of this engram. Null where none was named. */
export function manifestOf(engram: Engram, file: string | undefined, lens: Lens | undefined): Manifest | null {
  if (file === undefined) return null;
  const manifest = readManifest(file, lens);
  checkManifest(file, manifest, engram);
  return manifest;
}

/** `path:3-7  12.31` for each hit; with `verbose`, its lines. */
export function renderHits(engram: Engram, hits: readonly ChunkHit[], verbose: boolean): string {
  return hits
    .map((hit) => {
      const place = `${placeOf(hit)}  ${hit.score.toFixed(2)}\n`;
      return verbose ? `${place}${numberedLines(textOfHit(engram, hit), hit.startLine)}\n` : place;
    })
    .join("");
}

/** `path:3-7`, which terminals and editors open. */
function placeOf({ path, startLine, endLine }: Omit<ChunkHit, "score">): string {
  return `${oneLine(path)}:${startLine === endLine ? startLine : `${startLine}-${endLine}`}`;
}

/** Hits as JSON; with `verbose`, their text (null where it is not kept). */
export function hitsAsJson(engram: Engram, hits: readonly ChunkHit[], verbose: boolean): object[] {
  return hits.map((hit) => (verbose ? { ...hit, text: textOfHit(engram, hit) } : { ...hit }));
}

/** A commit as people name it; the digest of a folder's tree with its prefix. */
export function shortRevision(revision: string): string {
  return revision.slice(0, revision.startsWith("tree-") ? "tree-".length + 12 : 12);
}

/** For options that may stand several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** A name that no file can have would find nothing and look like an answer. */
function collectLanguage(value: string, before: string[] = []): string[] {
  if (languageNames.includes(value)) return [...before, value];
  const meant = nearest(value, [...languageNames]);
  throw new InvalidArgumentError(meant === null ? "It is no language known here." : `Did you mean ${meant}?`);
}

/** `k` in a line of a batch. */
export const countSchema = z.number().int().min(1).max(limits.hitsAsked);

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= limits.hitsAsked) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${limits.hitsAsked}.`);
}

function numberedLines(text: string | null, first: number): string {
  if (text === null) return "    (the engram has not kept this file's text)\n";
  const lines = printable(text).replace(/\n$/, "").split("\n");
  const width = String(first + lines.length).length;
  return lines.map((line, i) => `    ${String(first + i).padStart(width)}  ${line}\n`).join("");
}
