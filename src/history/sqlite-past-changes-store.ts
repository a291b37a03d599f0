import { crc32 } from "node:zlib";
import { hunkSides } from "../engram/algebra/change-vector.ts";
import { createExclusive } from "../shared/exclusive.ts";
import { limits } from "../shared/limits.ts";
import { type ChangesContent, type ChangesFile, openChangesFile, type StoredBlock } from "./changes-file.ts";
import { DamagedFile, derivedFile, removeDerivedDatabase } from "./derived-database.ts";
import type { HistoryReport, HistoryUpdateOptions } from "./history.ts";
import { buildBlock, mergeBlocks } from "./hunk-block.ts";
import { openHunkIndex } from "./hunk-index.ts";
import { changeSeed, type Kernel } from "./hunk-question.ts";
import { type LoggedCommit, readHunks } from "./hunk-log.ts";
import type { PastChanges, PastChangesStore } from "./past-changes.ts";
import { readableCommits } from "./readable-commits.ts";

export interface PastChangesStoreOptions {
  /** The hunks of KEY are in the file DIRECTORY/KEY.changes. */
  directory: string;
  kernel: Kernel;
}

/**
 * One SQLite file for each repository. What is read is written block by block, each in one transaction: a process that is
 * killed loses no more than the block that it was reading.
 *
 * Answers come from all that is kept, which is more than the commits of one update: those of other branches, and older ones
 * up to twice the limit. An update without commits reads nothing and opens what is there. What is damaged is read again.
 * Errors: AssistantError `bad-history-key`, `history-unusable`.
 */
export function createSqlitePastChangesStore({ directory, kernel }: PastChangesStoreOptions): PastChangesStore {
  const withLock = createExclusive();

  async function update(
    file: string,
    gitDir: string,
    commits: readonly string[],
    options: HistoryUpdateOptions,
  ): Promise<{ changes: PastChanges; report: HistoryReport }> {
    const started = performance.now();
    const opened = openChangesFile(file, encoderPrint(kernel));
    try {
      const wanted = commits.slice(0, limits.changeCommits);
      const { content, read } = await readLacking(opened, kernel, gitDir, wanted, options);
      const blocks = content.blocks.map(({ block }) => block);
      const changes = openHunkIndex(blocks, wanted, kernel);
      return { changes, report: { read, ms: performance.now() - started } };
    } finally {
      opened.close();
    }
  }

  return {
    update: (key, gitDir, commits, options = {}) =>
      withLock(key, async () => {
        const file = derivedFile(directory, key, "changes");
        try {
          return await update(file, gitDir, commits, options);
        } catch (error) {
          if (!(error instanceof DamagedFile)) throw error;
          removeDerivedDatabase(file);
          return update(file, gitDir, commits, options);
        }
      }),
    close() {},
  };
}

async function readLacking(
  file: ChangesFile,
  kernel: Kernel,
  gitDir: string,
  wanted: readonly string[],
  options: HistoryUpdateOptions,
): Promise<{ content: ChangesContent; read: number }> {
  let content = file.read();
  let read = 0;
  const known = new Set(content.blocks.flatMap(({ block }) => block.commits));
  const lacking = await readableCommits(
    gitDir,
    wanted.filter((commit) => !known.has(commit)),
    options.signal,
  );
  let batch: LoggedCommit[] = [];
  const write = (): void => {
    if (batch.length > 0) content = writeCommits(file, kernel, content, batch);
    read += batch.length;
    batch = [];
    options.onProgress?.(read, lacking.length);
  };
  for await (const commit of readThrough(gitDir, lacking, options.signal)) {
    batch.push(commit);
    if (batch.length === commitsPerBlock) write();
  }
  write();
  return { content: tidy(file, content, wanted), read };
}

/** What a killed process loses at most: a second of work. */
const commitsPerBlock = 500;

/** git ends at a commit that it cannot read: that one is left out, and the rest is asked for again. */
async function* readThrough(
  gitDir: string,
  commits: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<LoggedCommit> {
  let rest = commits;
  for (let failures = 0; failures < limits.unreadableCommits; failures++) {
    let done = 0;
    for await (const commit of readHunks(gitDir, rest, signal)) {
      yield commit;
      done++;
    }
    if (done === rest.length) return;
    rest = rest.slice(done + 1);
  }
}

/** Another process may have written the same commits meanwhile: what is there by then is not written again. */
function writeCommits(
  file: ChangesFile,
  kernel: Kernel,
  before: ChangesContent,
  commits: readonly LoggedCommit[],
): ChangesContent {
  const encoder = { kernel, seed: changeSeed };
  let content = before;
  for (;;) {
    const known = new Set(content.blocks.flatMap(({ block }) => block.commits));
    const lacking = commits.filter(({ commit }) => !known.has(commit));
    if (lacking.length === 0) return content;
    const block = buildBlock(lacking.map((commit) => ({ commit, sides: hunkSides(encoder, commit.hunks) })));
    const replaced = file.replace(content, [], block);
    if (replaced !== null) return replaced;
    content = file.read();
  }
}

/**
 * Merges the newest blocks while the one before them is no more than twice as large, so that their number grows with the
 * logarithm of what is kept. Where more than twice the limit is kept, all that was not asked for now is dropped.
 */
function tidy(file: ChangesFile, content: ChangesContent, wanted: readonly string[]): ChangesContent {
  const { blocks } = content;
  const kept = blocks.reduce((sum, { block }) => sum + block.commits.length, 0);
  const isTooMuch = kept > 2 * limits.changeCommits;
  const old = isTooMuch ? blocks : newestOfASize(blocks);
  if (old.length < (isTooMuch ? 1 : 2)) return content;
  const asked = new Set(wanted);
  const merged = mergeBlocks(
    old.map(({ block }) => block),
    (commit) => !isTooMuch || asked.has(commit),
  );
  // Where another process has written in between, the next update tidies up.
  return file.replace(content, old, merged) ?? file.read();
}

function newestOfASize(blocks: readonly StoredBlock[]): StoredBlock[] {
  let first = blocks.length - 1;
  let size = sizeOf(blocks[first]);
  while (first > 0 && sizeOf(blocks[first - 1]) <= 2 * size) size += sizeOf(blocks[--first]);
  return blocks.slice(Math.max(0, first));
}

/** Commits without a hunk have a size too. */
function sizeOf(stored: StoredBlock | undefined): number {
  return stored === undefined ? 0 : stored.block.postings.hunks.length + stored.block.commits.length;
}

/** Differs where the kernel makes other vectors of the same lines: the vector of a hunk that has a bit of everything. */
function encoderPrint(kernel: Kernel): number {
  const added = ["  const fooBar = snake_case(12, 'HTTPServer') // Ärger, 世界", "", "\treturn x_1 + camelCase2;"];
  const hunk = { path: "src/some-file.test.ts", removed: ["if (a != null) b();"], added };
  const [sides] = hunkSides({ kernel, seed: changeSeed }, [hunk]);
  const columns =
    sides === undefined ? [] : [sides.removed, sides.added].flatMap(({ tokens, values }) => [tokens, values]);
  return columns.reduce(
    (sum, { buffer, byteOffset, byteLength }) => crc32(new Uint8Array(buffer, byteOffset, byteLength), sum),
    0,
  );
}
