import { existsSync } from "node:fs";
import { Command } from "commander";
import { z } from "zod";
import type { ChunkHit, Engram } from "../engram/engram.ts";
import { createUnitParser } from "../engram/units/tree-sitter-parser.ts";
import { AssistantError } from "../shared/errors.ts";
import { answerCopies } from "./copies.ts";
import {
  countSchema,
  type FilterOptions,
  filterOptions,
  hitsAsJson,
  jsonOption,
  renderHits,
  withEngram,
} from "./engram-options.ts";
import { type Answer, checkOneQuestion, giveAnswers } from "./evidence-options.ts";
import { findPath, pathBelow, topOf } from "./find-path.ts";
import { withEvidence } from "./open-evidence.ts";
import { type Place, placeOfFile, placeOfSymbol, placeOfText, type Searched } from "./similar-place.ts";

interface SimilarOptions extends FilterOptions {
  engram?: string;
  keyFile?: string;
  repo?: string;
  at?: string;
  text?: string;
  symbol?: string;
  copies?: boolean;
  batch?: string;
  json?: boolean;
  verbose?: boolean;
}

export function similarCommand(): Command {
  const command = new Command("similar")
    .description("find what is like a file or some of its lines")
    .argument("[file]", "FILE, FILE:LINE or FILE:START-END, on this disk or in the engram")
    .option("-e, --engram <file>", "the engram to search")
    .option("--key-file <file>", "the key of an encrypted engram")
    .option("--text <text>", "words or code to search for, instead of a file")
    .option("--symbol <name>", "a function, class or the like: its definition is searched for")
    .option("--copies", "only near-copies, line by line: what is the same, what differs")
    .option("--repo <dir>", "a clone or bare repository to search, instead of an engram (default: .)")
    .option("--at <ref>", "with a repository: as of this commit (default: HEAD)")
    .option(
      "--batch <file>",
      `places as JSON lines, {"file": "src/a.ts:3-20"}, {"text": …} or {"symbol": …}, answered in order (- for a pipe)`,
    )
    .option("-v, --verbose", "print the lines that were found");
  return jsonOption(filterOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  assistant similar src/orders.ts:4-20               in the clone that you are in
  assistant similar src/orders.ts -e service.engram -k 3 -v
  assistant similar --symbol listOrders --at v2.1.0
  assistant similar src/orders.ts:4-9 --copies

The file or the lines themselves are left out. Scores are BM25 of the text alone; paths play no part. Near-copies have a
similarity, 0 to 1: the share of both blocks' words that lies on their alignment; from 0.8 on they count as copies. With
--copies, "=" marks a line that is the same, "~" one that differs, "-" one that is missing there, "+" one that is more.
Exit code: 0 found, 1 nothing is alike (--batch: a line was wrong), 2 usage or environment, 3 internal error.`,
    )
    .action(similar);
}

async function similar(file: string | undefined, options: SimilarOptions): Promise<void> {
  const { batch, text, symbol } = options;
  const given = [file, text, symbol].filter((one) => one !== undefined).length;
  checkOneQuestion(
    given,
    batch,
    "Name one file, for example src/orders.ts:4-20, or give --text, --symbol, or many with --batch FILE.",
  );
  await withSearched(options, (searched) =>
    giveAnswers(
      options,
      async () => answer(searched, await findPlace(searched, { file, text, symbol }), options),
      async (value) => {
        const { k, ...line } = lineSchema.parse(value);
        return answer(searched, await findPlace(searched, line), { ...options, k: k ?? options.k });
      },
    ),
  );
}

const lineSchema = z.union([
  z.strictObject({ file: z.string(), k: countSchema.optional() }),
  z.strictObject({ text: z.string(), k: countSchema.optional() }),
  z.strictObject({ symbol: z.string(), k: countSchema.optional() }),
]);

async function findPlace(
  searched: Searched,
  { file, text, symbol }: { file?: string | undefined; text?: string | undefined; symbol?: string | undefined },
): Promise<Place> {
  if (text !== undefined) return placeOfText(text);
  if (symbol === undefined) return placeOfFile(searched, file ?? "");
  const parser = createUnitParser();
  await parser.prepare(searched.engram.pathsWithToken(symbol));
  return placeOfSymbol(searched.engram, symbol, parser);
}

function answer({ engram }: SearchedEngram, place: Place, options: SimilarOptions): Answer {
  if (options.copies === true) return answerCopies(engram, place, options);
  const hits = findSimilar(engram, place, options);
  const verbose = options.verbose ?? false;
  return {
    found: hits.length > 0,
    json: { hits: hitsAsJson(engram, hits, verbose) },
    text: hits.length === 0 ? "nothing is alike\n" : renderHits(engram, hits, verbose),
  };
}

/** The chunks that overlap with the place are asked for as well and then taken out. */
function findSimilar(engram: Engram, place: Place, { k, glob, language }: FilterOptions): ChunkHit[] {
  const isItself = ({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }) =>
    path === place.path && startLine <= place.endLine && endLine >= place.startLine;
  const own = place.path === null ? 0 : engram.chunks(place.path).filter(isItself).length;
  const hits = engram.search(place.text, { k: k + own, globs: glob, languages: language, paths: false });
  return hits.filter((hit) => !isItself(hit)).slice(0, k);
}

interface SearchedEngram extends Searched {
  engram: Engram;
}

async function withSearched(options: SimilarOptions, use: (searched: SearchedEngram) => Promise<void>): Promise<void> {
  const { engram: file, keyFile } = options;
  if (file === undefined && keyFile === undefined) return withClone(options, use);
  if (file === undefined) {
    throw new AssistantError("a key is named and no engram", {
      code: "no-engram",
      remedy: "Name the encrypted engram with -e, or leave --key-file out.",
    });
  }
  if (options.repo !== undefined || options.at !== undefined) {
    throw new AssistantError("an engram is named and a clone as well", {
      code: "two-engrams",
      remedy: "Give one of -e and --repo; an engram has one commit, so --at goes with a repository.",
    });
  }
  await withEngram({ engram: file, keyFile }, (engram) =>
    use({ engram, diskFirst: false, pathOf: (path) => (engram.file(path) === null ? null : path) }),
  );
}

/** The clone's own engram, brought to the commit. Files of the disk are HEAD's; as of another commit its own count. */
async function withClone(
  { repo = ".", at }: SimilarOptions,
  use: (searched: SearchedEngram) => Promise<void>,
): Promise<void> {
  await withEvidence({ repo, at: at ?? "HEAD" }, async ({ view: engram }) => {
    const top = await topOf(repo);
    const inTree = (file: string): string => findPath(engram, top, file);
    const onDisk = (file: string): string | null => (existsSync(file) ? pathBelow(top, file) : inTree(file));
    await use({ engram, diskFirst: at === undefined, pathOf: at === undefined ? onDisk : inTree });
  });
}
