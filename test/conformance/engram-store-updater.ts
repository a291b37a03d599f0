/**
 * A process of its own that updates one engram file again and again: what the tests of killed, competing and unlucky
 * processes start. Argument: UpdaterTask as JSON. Prints `p` when an update begins, `w` when all is encoded and `d` when it
 * is done; an AssistantError ends it with its code and remedy on standard error and exit code 9.
 */
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { AssistantError } from "../../src/shared/errors.ts";
import { limits } from "../../src/shared/limits.ts";
import { treeSource, wordTree } from "./engram-store-history.ts";
import type { UpdaterTask } from "./engram-store-processes.ts";

const { file, words, updates, streamed, read }: UpdaterTask = JSON.parse(process.argv[2] ?? "{}");
const kernel = createJsKernel();
// With next to no memory for pages they go to the log at once, so that a kill finds the log inside of a transaction.
if (streamed) Object.assign(limits, { heldUpdateBytes: 0, segmentChunks: 64, engramCacheBytes: 65_536 });

try {
  if (read) (await openEngramFile(file, { kernel })).close();
  for (let i = 0; i < updates; i++) {
    process.stdout.write("p");
    const source = treeSource(wordTree(words[i % words.length] as string));
    const onProgress = (done: number, total: number) => void (done === total && process.stdout.write("w"));
    const { engram } = await updateEngramFile(file, source, { kernel, onProgress });
    engram.close();
    process.stdout.write("d");
  }
} catch (error) {
  if (!(error instanceof AssistantError)) throw error;
  process.stderr.write(`${error.code}: ${error.message} ${error.remedy}\n`);
  process.exitCode = 9;
}
