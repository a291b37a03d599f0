import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { loadSettings } from "../config/server-config.ts";
import type { ChunkHit, Engram } from "../engram/engram.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { gitText } from "../shared/git.ts";
import { localEngramKey, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { runBatch } from "./batch.ts";
import {
  countSchema,
  type FilterOptions,
  filterOptions,
  hitsAsJson,
  jsonOption,
  renderHits,
  withEngram,
} from "./engram-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";
import { checkQueryText, readQueryFile } from "./query-text.ts";

interface SimilarOptions extends FilterOptions {
  engram?: string;
  keyFile?: string;
  repo?: string;
  batch?: string;
  json?: boolean;
  verbose?: boolean;
}

/** Lines of a file, 1-based, inclusive. `path` is what the engram calls it, where it could be in there. */
interface Place {
  path: string | null;
  text: string;
  startLine: number;
  endLine: number;
}

/** An engram, and how files on this disk are called in it. */
interface Searched {
  engram: Engram;
  /** Whether a file of this disk is meant rather than the engram's own of the same name. */
  diskFirst: boolean;
  /** Null where the file cannot be in it. */
  pathOf: (file: string) => string | null;
}

export function similarCommand(): Command {
  const command = new Command("similar")
    .description("find what is like a file or some of its lines")
    .argument("[file]", "FILE, FILE:LINE or FILE:START-END, on this disk or in the engram")
    .option("-e, --engram <file>", "the engram to search")
    .option("--key-file <file>", "the key of an encrypted engram")
    .option("--repo <dir>", "a clone to search at HEAD, instead of an engram (default: .)")
    .option("--batch <file>", `places as JSON lines, {"file": "src/a.ts:3-20"}, answered in order (- for a pipe)`)
    .option("-v, --verbose", "print the lines that were found");
  return jsonOption(filterOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  assistant similar src/orders.ts:4-20               in the clone that you are in
  assistant similar src/orders.ts -e service.engram -k 3 -v

The file or the lines themselves are left out. Scores are BM25 of the text alone; paths play no part. Exit code: 0 found, 1 nothing is alike (--batch: a line was wrong),
2 usage or environment, 3 internal error.`,
    )
    .action(similar);
}

async function similar(file: string | undefined, options: SimilarOptions): Promise<void> {
  const { batch } = options;
  if ((file === undefined) === (batch === undefined)) {
    throw new AssistantError(file === undefined ? "no file is named" : "a file is named and --batch as well", {
      code: "no-file",
      remedy: "Name one file, for example src/orders.ts:4-20, or give many with --batch FILE.",
    });
  }
  await withSearched(options, async (searched) => {
    if (batch !== undefined) {
      process.exitCode = await runBatch(batch, async (value) => answerLine(searched, value, options));
      return;
    }
    const { engram } = searched;
    const hits = findSimilar(engram, findPlace(searched, file ?? ""), options);
    const verbose = options.verbose ?? false;
    if (options.json) process.stdout.write(`${JSON.stringify({ hits: hitsAsJson(engram, hits, verbose) })}\n`);
    else process.stdout.write(hits.length === 0 ? "nothing is alike\n" : renderHits(engram, hits, verbose));
    process.exitCode = hits.length === 0 ? ExitCode.no : ExitCode.fine;
  });
}

const lineSchema = z.strictObject({ file: z.string(), k: countSchema.optional() });

function answerLine(searched: Searched, value: unknown, options: SimilarOptions): unknown {
  const { file, k } = lineSchema.parse(value);
  const hits = findSimilar(searched.engram, findPlace(searched, file), { ...options, k: k ?? options.k });
  return { hits: hitsAsJson(searched.engram, hits, options.verbose ?? false) };
}

/** The chunks that overlap with the place are asked for as well and then taken out. */
function findSimilar(engram: Engram, place: Place, { k, glob, language }: FilterOptions): ChunkHit[] {
  const isItself = ({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }) =>
    path === place.path && startLine <= place.endLine && endLine >= place.startLine;
  const own = place.path === null ? 0 : engram.chunks(place.path).filter(isItself).length;
  const hits = engram.search(place.text, { k: k + own, globs: glob, languages: language, paths: false });
  return hits.filter((hit) => !isItself(hit)).slice(0, k);
}

async function withSearched(options: SimilarOptions, use: (searched: Searched) => Promise<void>): Promise<void> {
  const { engram: file, keyFile } = options;
  if (file === undefined && keyFile === undefined) return withClone(options.repo ?? ".", use);
  if (file === undefined) {
    throw new AssistantError("a key is named and no engram", {
      code: "no-engram",
      remedy: "Name the encrypted engram with -e, or leave --key-file out.",
    });
  }
  if (options.repo !== undefined) {
    throw new AssistantError("an engram is named and a clone as well", {
      code: "two-engrams",
      remedy: "Give one of -e and --repo.",
    });
  }
  await withEngram({ engram: file, keyFile }, (engram) =>
    use({ engram, diskFirst: false, pathOf: (path) => (engram.file(path) === null ? null : path) }),
  );
}

/** The clone's own engram, brought to HEAD. */
async function withClone(repo: string, use: (searched: Searched) => Promise<void>): Promise<void> {
  const { gitDir } = await openLocalClone(repo);
  const commit = await resolveCommit(gitDir, "HEAD");
  const root = await topOf(repo);
  const progress = terminalProgress(process.stderr);
  const services = openLocalServices(loadSettings(), { models: false });
  try {
    const { engram } = await services.engrams.update(localEngramKey(gitDir), gitDir, commit, {
      signal: interruptSignal(),
      onProgress: (done, total) => progress("reading", done, total),
    });
    progress("");
    await use({ engram, diskFirst: true, pathOf: (file) => pathInClone(engram, root, file) });
  } finally {
    progress("");
    await services.close();
  }
}

/** Of the work tree; null in a bare repository. */
async function topOf(repo: string): Promise<string | null> {
  const top = await gitText(repo, ["rev-parse", "--show-toplevel"], { okCodes: [0, 128] });
  return top === "" ? null : realpathSync(top);
}

/** As the file is called from here; else as the engram has it. */
function pathInClone(engram: Engram, root: string | null, file: string): string | null {
  if (root !== null && existsSync(file)) {
    const place = relative(root, resolve(realpathSync(dirname(file)), basename(file)));
    return place.startsWith("..") ? null : place.split(sep).join("/");
  }
  return engram.file(file) === null ? null : file;
}

/** Reads `FILE`, `FILE:LINE` or `FILE:START-END` from the disk or from the engram. */
function findPlace({ engram, diskFirst, pathOf }: Searched, named: string): Place {
  const [, file = named, first, last] = /^(.+?):(\d+)(?:-(\d+))?$/.exec(named) ?? [];
  const path = pathOf(file);
  const kept = path === null ? null : engram.text(path);
  const text = kept === null || (diskFirst && existsSync(file)) ? readQueryFile(file).text : kept;
  const lines = text.replace(/\n$/, "").split("\n");
  const startLine = first === undefined ? 1 : Number(first);
  const endLine = last === undefined ? (first === undefined ? lines.length : startLine) : Number(last);
  if (startLine < 1 || endLine < startLine || startLine > lines.length) {
    throw new AssistantError(`${file} has ${lines.length} lines; there is no ${startLine}-${endLine}`, {
      code: "no-such-lines",
      remedy: `Name lines from 1 to ${lines.length}, the first one first.`,
    });
  }
  const wanted = lines.slice(startLine - 1, endLine).join("\n");
  return { path, text: checkQueryText(wanted, named), startLine, endLine: Math.min(endLine, lines.length) };
}
