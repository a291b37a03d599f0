import { Command } from "commander";
import { engramOption, jsonOption } from "./engram-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { openTree, type TreeOptions, treeOptions } from "./tree-options.ts";
import { manifestOutOption, ownFiles, reportWritten, type WriteOptions, writeTree } from "./write-engram.ts";

export function ingestCommand(): Command {
  const command = new Command("ingest").description("make an engram of folders or of a commit, or renew one");
  jsonOption(manifestOutOption(treeOptions(engramOption(command))))
    .option("-v, --verbose", "name every file, and why some are not searched")
    .addHelpText(
      "after",
      `
Examples:
  assistant ingest -i src -e src.engram                          a folder
  assistant ingest -i src docs -e both.engram -m                 two folders, and both-manifest.json
  assistant ingest --git ../service --ref v2.1.0 -e v2.1.engram  a commit, without a checkout
  assistant ingest -i src -e src.engram --key-file src.key       encrypted; every verb then needs the key

All bytes are kept, so that extract gives every file back as it was. Where the engram exists already, only what differs is
read. Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(ingest);
  return command;
}

async function ingest(options: TreeOptions & WriteOptions): Promise<void> {
  const signal = interruptSignal();
  const { tree, source } = await openTree(options, ownFiles(options), signal);
  reportWritten(options, await writeTree(options, tree, source, signal, "all"));
}
