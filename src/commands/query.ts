import { basename } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import type { ChunkHit, Engram } from "../engram/engram.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { runBatch } from "./batch.ts";
import {
  countSchema,
  engramOption,
  type FilterOptions,
  filterOptions,
  hitsAsJson,
  jsonOption,
} from "./engram-options.ts";
import { renderHits, withEngram } from "./engram-options.ts";
import { checkQueryText, readQueryFile } from "./query-text.ts";
import { similarityOf } from "./similarity.ts";

interface QueryOptions extends FilterOptions {
  engram: string;
  keyFile?: string;
  query?: string;
  text?: string;
  batch?: string;
  json?: boolean;
  verbose?: boolean;
}

/** What is asked: a text, and what it is called (the ending says which language it is in). */
interface Question {
  text: string;
  name: string;
}

export function queryCommand(): Command {
  const command = new Command("query").description("find what is like a text or a file");
  jsonOption(filterOptions(engramOption(command)))
    .option("-q, --query <file>", "the question: a file of any language, or of words (- reads standard input)")
    .option("--text <text>", "the question, instead of a file")
    .option("--batch <file>", `questions as JSON lines, {"text": …} or {"file": …}, answered in order (- for a pipe)`)
    .option("-v, --verbose", "print the lines that were found")
    .addHelpText(
      "after",
      `
Examples:
  assistant query -e service.engram --text "where are invoices paged"
  assistant query -e service.engram -q src/paging.ts -k 3 -v
  printf '{"text": "retry with jitter"}\\n' | assistant query -e service.engram --batch -

The first line is "similarity: N", 0 to 1: how much of the question the engram holds; 1 for a text that stands in it.
Then places with their scores (BM25), best first; scores of different questions cannot be compared, similarities can.
Exit code: 0 found, 1 nothing was found (--batch: a line was wrong), 2 usage or environment, 3 internal error.`,
    )
    .action(query);
  return command;
}

async function query(options: QueryOptions): Promise<void> {
  const { batch } = options;
  if (batch !== undefined) {
    refuseBoth(options);
    process.exitCode = await withEngram(options, (engram) =>
      runBatch(batch, (value) => answerLine(engram, value, options)),
    );
    return;
  }
  const question = readQuestion(options);
  await withEngram(options, async (engram) => {
    const { hits, similarity } = await answer(engram, question, options);
    const verbose = options.verbose ?? false;
    if (options.json)
      process.stdout.write(`${JSON.stringify({ similarity, hits: hitsAsJson(engram, hits, verbose) })}\n`);
    // First, so that a program that looks for the word finds no line of code before it.
    else process.stdout.write(`similarity: ${similarity.toFixed(4)}\n${renderHits(engram, hits, verbose)}`);
    process.exitCode = hits.length === 0 ? ExitCode.no : ExitCode.fine;
  });
}

function refuseBoth({ query, text, batch }: QueryOptions): void {
  if ([query, text, batch].filter((given) => given !== undefined).length <= 1) return;
  throw new AssistantError("the question is given twice", {
    code: "two-questions",
    remedy: "Give one of -q, --text and --batch.",
  });
}

function readQuestion(options: QueryOptions): Question {
  refuseBoth(options);
  const { query, text } = options;
  if (query !== undefined) return readQueryFile(query);
  if (text !== undefined) return { text: checkQueryText(text, "the question"), name: "question" };
  throw new AssistantError("nothing is asked", {
    code: "no-question",
    remedy: 'Name a file with -q, or give the question: --text "where are invoices paged".',
  });
}

async function answer(
  engram: Engram,
  { text, name }: Question,
  { k, glob, language }: FilterOptions,
): Promise<{ hits: ChunkHit[]; similarity: number }> {
  const filter = { globs: glob, languages: language };
  const hits = engram.search(text, { k, ...filter });
  return { hits, similarity: hits.length === 0 ? 0 : await similarityOf(engram, text, basename(name), filter) };
}

const lineSchema = z.union([
  z.strictObject({ text: z.string(), k: countSchema.optional() }),
  z.strictObject({ file: z.string(), k: countSchema.optional() }),
]);

async function answerLine(engram: Engram, value: unknown, options: QueryOptions): Promise<unknown> {
  const line = lineSchema.parse(value);
  const question =
    "file" in line ? readQueryFile(line.file) : { text: checkQueryText(line.text, "the question"), name: "question" };
  const { hits, similarity } = await answer(engram, question, { ...options, k: line.k ?? options.k });
  return { similarity, hits: hitsAsJson(engram, hits, options.verbose ?? false) };
}
