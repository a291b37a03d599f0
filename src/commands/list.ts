import { Command } from "commander";
import type { Engram, ListedFile } from "../engram/engram.ts";
import { isWanted } from "../engram/extract.ts";
import { packColumns } from "../engram/file-row.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import { collect, engramOption, jsonOption, withEngram } from "./engram-options.ts";
import { formatBytes, table } from "./format.ts";

export function listCommand(): Command {
  const command = new Command("list").description("name an engram's files, and why some are not searched");
  jsonOption(engramOption(command))
    .option("--glob <pattern>", "only paths that match, for example 'src/**' (may be repeated)", collect)
    .addHelpText(
      "after",
      `
Examples:
  assistant list -e service.engram
  assistant list -e service.engram --glob '*.md' --json | jq '.[].path'

Exit code: 0 fine, 1 no file matches, 2 usage or environment, 3 internal error.`,
    )
    .action(list);
  return command;
}

async function list(options: { engram: string; keyFile?: string; glob?: string[]; json?: boolean }): Promise<void> {
  await withEngram(options, (engram) => {
    const files = engram.files().filter(({ path }) => isWanted(path, options.glob));
    const rows = files.map((file) => ({ ...file, indexBytes: indexBytes(engram, file) }));
    if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else if (rows.length === 0) process.stdout.write("no file matches\n");
    else process.stdout.write(render(rows));
    process.exitCode = files.length === 0 && options.glob !== undefined ? ExitCode.no : ExitCode.fine;
  });
}

/** Bytes of a file's forward rows: what the engram knows of it besides its text. */
function indexBytes(engram: Engram, { path, skipped }: ListedFile): number {
  const row = skipped === null ? engram.row(path) : null;
  return row === null ? 0 : packColumns(row).byteLength;
}

function render(rows: (ListedFile & { indexBytes: number })[]): string {
  const cells = rows.map(({ path, mode, skipped, chunks, indexBytes }) => [
    mode,
    skipped === null ? String(chunks) : "",
    skipped === null ? formatBytes(indexBytes) : `(${skipped})`,
    oneLine(path),
  ]);
  return table([["mode", "chunks", "index", "path"], ...cells]);
}
