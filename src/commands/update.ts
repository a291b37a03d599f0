import { readFileSync, statSync } from "node:fs";
import { isAbsolute, normalize, sep } from "node:path";
import { Command, Option } from "commander";
import type { Engram } from "../engram/engram.ts";
import { type FileChange, patchedSource } from "../engram/patched-source.ts";
import { compactEngramFile, openEngramFile } from "../engram/sqlite-engram-store.ts";
import type { TreeSource } from "../engram/tree-source.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { jsonOption, keyOption, lensOf, namedByPerson, withEngram } from "./engram-options.ts";
import { formatBytes } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { openTree, type TreeOptions, treeOptions } from "./tree-options.ts";
import {
  manifestOutOption,
  ownFiles,
  reportWritten,
  writeManifestOf,
  type WriteOptions,
  writeTree,
} from "./write-engram.ts";

const examples = {
  add: "assistant update add -e service.engram -f notes/paging.md",
  modify: "assistant update modify -e service.engram -f ../new.ts -p src/paging.ts -m",
  remove: "assistant update remove -e service.engram -p src/old.ts",
  sync: "assistant update sync -e service.engram --git ../service --ref main",
  compact: "assistant update compact -e service.engram",
};

interface FileOptions extends WriteOptions {
  file: string;
  path?: string;
}

export function updateCommand(): Command {
  // -e and -m may stand before the part of the verb as well as after it.
  const update = new Command("update")
    .description("add, replace or remove files of an engram")
    .addOption(new Option("-e, --engram <file>").hideHelp())
    .addOption(new Option("--key-file <file>").hideHelp())
    .addOption(new Option("-m, --manifest [file]").hideHelp());
  part(update, "add", "add a file")
    .requiredOption("-f, --file <file>", "the file on this disk")
    .option("-p, --path <path>", "what the engram calls it (default: as -f)")
    .action((_, command: Command) => changeFile(checked(command.optsWithGlobals()), "add"));
  part(update, "modify", "replace a file")
    .requiredOption("-f, --file <file>", "the file on this disk")
    .option("-p, --path <path>", "what the engram calls it (default: as -f)")
    .action((_, command: Command) => changeFile(checked(command.optsWithGlobals()), "modify"));
  part(update, "remove", "take files out")
    .requiredOption("-p, --path <path...>", "what the engram calls them")
    .action((_, command: Command) => remove(checked(command.optsWithGlobals())));
  treeOptions(part(update, "sync", "bring it to folders or to a commit, reading only what differs")).action(
    (_, command: Command) => sync(checked(command.optsWithGlobals())),
  );
  part(update, "compact", "write it anew without what was removed; answers stay the same").action(
    (_, command: Command) => compact(checked(command.optsWithGlobals())),
  );
  return update.addHelpText(
    "after",
    `
Examples:
  ${examples.add}
  ${examples.modify}
  ${examples.remove}
  ${examples.sync}
  ${examples.compact}

One update is one transaction: whatever happens, the engram is as before or as asked. With -m the manifest is written anew.
Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
  );
}

function part(update: Command, name: keyof typeof examples, description: string): Command {
  const command = update.command(name).description(description).option("-e, --engram <file>", "the engram");
  command.addHelpText(
    "after",
    `\nExample:\n  ${examples[name]}\n\nExit code: 0 fine, 2 usage or environment, 3 internal error.`,
  );
  return jsonOption(manifestOutOption(keyOption(command))).option("-v, --verbose", "name every file of the engram");
}

function checked<T extends WriteOptions>(options: T): T {
  if (options.engram !== undefined) return options;
  throw new AssistantError("no engram is named", { code: "no-engram", remedy: "Name its file with -e." });
}

async function changeFile(options: FileOptions, verb: "add" | "modify"): Promise<void> {
  const path = logicalPath(options.path ?? options.file);
  const change = readChange(options.file);
  await patch(options, (engram) => {
    const isThere = engram.file(path) !== null;
    if (verb === "add" && isThere) {
      throw new AssistantError(`the engram holds ${path} already`, {
        code: "path-exists",
        remedy: "Replace it with update modify, or give the new one another name with -p.",
      });
    }
    if (verb === "modify" && !isThere) throw unknownPath(path);
    return new Map([[path, change]]);
  });
}

async function remove(options: WriteOptions & { path: string[] }): Promise<void> {
  await patch(options, (engram) => {
    const missing = options.path.find((path) => engram.file(path) === null);
    if (missing !== undefined) throw unknownPath(missing);
    return new Map(options.path.map((path) => [path, null]));
  });
}

async function sync(options: WriteOptions & TreeOptions): Promise<void> {
  const signal = interruptSignal();
  await withEngram(options, () => {}); // one that is not there is no engram to bring anywhere
  const { tree, source } = await openTree(options, ownFiles(options), signal);
  reportWritten(options, await writeTree(options, tree, source, signal));
}

async function compact(options: WriteOptions): Promise<void> {
  const { bytesBefore, bytesAfter } = await namedByPerson(() =>
    compactEngramFile(options.engram, { lens: lensOf(options) }),
  );
  const manifest = await withEngram(options, (engram) => writeManifestOf(options, engram, null));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ engram: options.engram, manifest, bytesBefore, bytesAfter })}\n`);
    return;
  }
  process.stdout.write(`${options.engram}: ${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} now\n`);
}

async function patch(options: WriteOptions, changes: (engram: Engram) => Map<string, FileChange>): Promise<void> {
  const signal = interruptSignal();
  await withEngram(options, () => {}); // one that is not there is no engram to change
  const source = createPatch(options, changes);
  try {
    reportWritten(options, await writeTree(options, source, null, signal));
  } finally {
    source.close();
  }
}

/**
 * A change of whatever the engram holds when it is written: where another process is quicker, the update asks for the
 * entries again, and they are those of the other's result with this change.
 */
function createPatch(
  options: WriteOptions,
  changes: (engram: Engram) => Map<string, FileChange>,
): TreeSource & { close(): void } {
  let engram: Engram | null = null;
  let current: TreeSource | null = null;
  const source = (): TreeSource => {
    if (current === null) throw new Error("the entries of a patch are read first");
    return current;
  };
  return {
    get revision() {
      return source().revision;
    },
    async entries(signal) {
      engram?.close();
      engram = await openEngramFile(options.engram, { lens: lensOf(options) });
      current = patchedSource(engram, changes(engram));
      return current.entries(signal);
    },
    sizes: (oids, signal) => source().sizes(oids, signal),
    blobs: (oids, signal) => source().blobs(oids, signal),
    close: () => engram?.close(),
  };
}

function readChange(file: string): FileChange {
  try {
    const isExecutable = (statSync(file).mode & 0o100) !== 0;
    return { mode: isExecutable ? "100755" : "100644", data: readFileSync(file) };
  } catch (error) {
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Name a file on this disk with -f.",
      cause: error,
    });
  }
}

/** Paths of an engram are relative, with slashes, and lead nowhere else. */
function logicalPath(name: string): string {
  const path = normalize(name).split(sep).join("/");
  const parts = path.split("/");
  if (!isAbsolute(name) && !parts.includes("..") && !parts.includes(".git") && parts.at(-1) !== "" && path !== ".") {
    return path;
  }
  throw new AssistantError(`${name} cannot be what the engram calls a file`, {
    code: "bad-path",
    remedy: "Name it as it stands in the tree, for example -p src/paging.ts.",
  });
}

function unknownPath(path: string): AssistantError {
  return new AssistantError(`the engram holds no ${path}`, {
    code: "path-unknown",
    remedy: "Name a path as list prints it; a new file comes in with update add.",
  });
}
