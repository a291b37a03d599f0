import { Command } from "commander";
import { extractFiles, type ExtractReport } from "../engram/extract.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import { engramOption, jsonOption, lensOf, manifestOf, withEngram } from "./engram-options.ts";
import { counted } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

interface ExtractOptions {
  engram: string;
  keyFile?: string;
  manifest?: string;
  outputDir: string;
  only?: string[];
  force?: boolean;
  json?: boolean;
  verbose?: boolean;
}

export function extractCommand(): Command {
  const command = new Command("extract").description("write an engram's files out, byte for byte");
  jsonOption(engramOption(command))
    .requiredOption("-o, --output-dir <dir>", "the folder; created where it is missing")
    .option("-m, --manifest <file>", "see first that this manifest is of this engram")
    .option("--only <glob...>", "only files that match, for example 'src/**'")
    .option("--force", "replace files that exist and differ")
    .option("-v, --verbose", "name every file")
    .addHelpText(
      "after",
      `
Examples:
  assistant extract -e v2.1.engram -o restored
  assistant extract -e v2.1.engram -o restored --only 'src/**/*.ts' README.md

Executable bits and symbolic links are kept. What would be written outside of the folder is refused before anything is
written. Exit code: 0 fine, 1 a file has no bytes in this engram or none matches, 2 usage or environment, 3 internal error.`,
    )
    .action(extract);
  return command;
}

async function extract(options: ExtractOptions): Promise<void> {
  const progress = terminalProgress(process.stderr);
  const signal = interruptSignal();
  const report = await withEngram(options, async (engram) => {
    manifestOf(engram, options.manifest, lensOf(options));
    return extractFiles(engram, options.outputDir, {
      only: options.only,
      force: options.force,
      file: options.engram,
      onProgress: (done, total) => progress("extracting", done, total),
      signal,
    });
  });
  progress("");
  if (options.json) process.stdout.write(`${JSON.stringify({ folder: options.outputDir, ...report })}\n`);
  else process.stdout.write(render(options, report));
  if (report.missing.length > 0) process.exitCode = ExitCode.no;
  const all = Object.values(report).flat().length;
  if (all === 0 && options.only !== undefined) process.exitCode = ExitCode.no;
}

function render({ outputDir, only, verbose }: ExtractOptions, report: ExtractReport): string {
  const { written, unchanged, missing, submodules } = report;
  const named = (what: string, paths: string[]) => paths.map((path) => `${what}  ${oneLine(path)}\n`).join("");
  const there = unchanged.length === 0 ? "" : `, ${unchanged.length} there already`;
  const none = written.length + unchanged.length + missing.length + submodules.length === 0;
  return [
    verbose ? named("written", written) + named("there already", unchanged) : "",
    submodules.map((path) => `a submodule, left empty  ${oneLine(path)}\n`).join(""),
    named("no bytes in this engram", missing),
    none && only ? "no file matches\n" : `${counted(written.length, "file")} written to ${outputDir}${there}\n`,
  ].join("");
}
