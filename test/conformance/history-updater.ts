/**
 * A process of its own that updates one history, which tests kill and let compete. Arguments: folder of the store, git folder,
 * size of a batch, commits. Prints a line for each batch that it has kept, and `done`.
 */
import { createSqliteHistoryStore } from "../../src/history/sqlite-history-store.ts";
import { limits } from "../../src/shared/limits.ts";

const [directory = "", gitDir = "", batch = "", ...commits] = process.argv.slice(2);
Object.assign(limits, { historyBatchCommits: Number(batch) });
const onProgress = (): void => void process.stdout.write("kept\n");
const { report } = await createSqliteHistoryStore({ directory }).update("key", gitDir, commits, { onProgress });
process.stdout.write(`done ${report.read}\n`);
