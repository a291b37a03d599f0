import { statSync } from "node:fs";
import { Command } from "commander";
import { engramOption, jsonOption, withEngram } from "./engram-options.ts";
import { formatBytes, table } from "./format.ts";

export function infoCommand(): Command {
  const command = new Command("info").description("tell revision, counts, versions and size of an engram");
  jsonOption(engramOption(command))
    .addHelpText(
      "after",
      "\nExample:\n  assistant info -e service.engram\n\nExit code: 0 fine, 2 usage or environment, 3 internal error.",
    )
    .action(info);
  return command;
}

async function info(options: { engram: string; keyFile?: string; json?: boolean }): Promise<void> {
  await withEngram(options, (engram) => {
    const facts = engram.info();
    const keyed = options.keyFile !== undefined;
    // 32 bits of the key, and of use to whoever has a sketch: not for logs.
    const seed = keyed ? null : facts.seed;
    const fileBytes = sizeOf(options.engram);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ engram: options.engram, fileBytes, ...facts, keyed, seed })}\n`);
      return;
    }
    const { commit, files, indexedFiles, chunks, length } = facts;
    process.stdout.write(
      table([
        ["revision", commit],
        ["files", `${files}, ${indexedFiles} of them searched`],
        ["chunks", `${chunks}, ${length} tokens`],
        ["size", formatBytes(fileBytes)],
        [
          "format",
          `${facts.formatVersion}, encoder ${facts.encoderVersion}, ${keyed ? "encrypted, seed of the key" : `seed ${seed}`}`,
        ],
        ["grammars", facts.grammars],
        ["kernel", facts.kernel],
      ]),
    );
  });
}

/** Together with what SQLite has not yet moved into the file. */
function sizeOf(file: string): number {
  const parts = [file, `${file}-wal`].map((part) => statSync(part, { throwIfNoEntry: false })?.size ?? 0);
  return parts.reduce((sum, bytes) => sum + bytes, 0);
}
