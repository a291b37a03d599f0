import { resolve } from "node:path";
import { Command } from "commander";
import { type OriginalSource, originalSource } from "../engram/original/original-source.ts";
import { readOriginal } from "../engram/original/read-original.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { jsonOption } from "./engram-options.ts";
import { counted } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";
import { reportWritten, writeTree } from "./write-engram.ts";

interface ImportOptions {
  engram: string;
  manifest: string;
  output: string;
  json?: boolean;
  verbose?: boolean;
}

export function importCommand(): Command {
  const command = new Command("import")
    .description("take the files out of an engram of the original Embeddenator, into one of ours")
    .requiredOption("-e, --engram <file>", "the original's engram")
    .requiredOption("-m, --manifest <file>", "the original's manifest, which was written with it")
    .requiredOption("-o, --output <file>", "the engram to make; one that exists is brought to these files");
  return jsonOption(command)
    .option("-v, --verbose", "name every file")
    .addHelpText(
      "after",
      `
Example:
  assistant import -e root.engram -m manifest.json -o service.engram

Every chunk is compared with the checksum that is stored with it. A file that cannot be had as it was is left out and named.
Exit code: 0 fine, 1 a file was left out, 2 usage or environment, 3 internal error.`,
    )
    .action(importOriginal);
}

async function importOriginal(options: ImportOptions): Promise<void> {
  checkOutput(options);
  const signal = interruptSignal();
  const progress = terminalProgress(process.stderr);
  const [engram, manifest] = readOriginal(options.engram, options.manifest);
  const onProgress = (done: number, total: number): void => progress("reconstructing", done, total);
  const tree = await originalSource(engram, manifest, { signal, onProgress });
  progress("");
  const { leftOut, gitFiles } = tree;
  if ((await tree.entries()).length === 0) throw nothingImported(options, tree);
  const written = await writeTree({ engram: options.output }, tree, null, signal, "all");
  if (options.json) {
    const { report, info, files } = written;
    const encoder = manifest.isHolographic ? "holographic" : "legacy";
    const deleted = manifest.files.filter(({ isDeleted }) => isDeleted).length;
    const original = { engram: options.engram, encoder, chunks: engram.chunks, deleted, gitFiles };
    const more = options.verbose ? { files } : {};
    process.stdout.write(`${JSON.stringify({ engram: options.output, original, leftOut, report, info, ...more })}\n`);
  } else {
    process.stdout.write(renderLeftOut(tree));
    reportWritten({ engram: options.output, verbose: options.verbose }, written);
  }
  if (leftOut.length > 0) process.exitCode = ExitCode.no;
}

function checkOutput({ engram, manifest, output }: ImportOptions): void {
  if (![engram, manifest].some((file) => resolve(file) === resolve(output))) return;
  throw new AssistantError(`${output} is named twice: to read and to write`, {
    code: "import-onto-itself",
    remedy: "Name another file with -o; the original is never written to.",
  });
}

function renderLeftOut({ leftOut, gitFiles }: OriginalSource): string {
  const named = leftOut.slice(0, limits.failuresNamed);
  const rest = leftOut.length - named.length;
  return [
    ...named.map(({ path, reason }) => `left out  ${oneLine(path)}: ${reason}\n`),
    rest === 0 ? "" : `left out  ${rest} more; --json names them all\n`,
    gitFiles === 0 ? "" : `${counted(gitFiles, "file")} in .git left out, as ingest does\n`,
  ].join("");
}

function nothingImported({ engram }: ImportOptions, { leftOut }: OriginalSource): AssistantError {
  const [first] = leftOut;
  const reason =
    first === undefined
      ? "every file was removed from it"
      : `of ${counted(leftOut.length, "file")} none; the first one is ${JSON.stringify(first.path)}: ${first.reason}`;
  return new AssistantError(`no file can be taken out of ${engram} (${reason})`, {
    code: "nothing-imported",
    remedy: "Nothing was written. See whether the program that made it can extract it, and ingest the folder.",
    exitCode: ExitCode.no,
  });
}
