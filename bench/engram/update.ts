import { blobId } from "../../src/engram/blob-id.ts";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import type { TreeSource } from "../../src/engram/tree-source.ts";
import { median, milliseconds, spread } from "../statistics.ts";
import type { BuiltCorpus } from "./built-corpus.ts";
import { addFigure, type Table } from "./table.ts";

/** Files that one push changes. */
const changedFiles = 10;

/** @param copy of the engram, to be changed */
export async function addUpdateRows(
  table: Table,
  built: BuiltCorpus,
  copy: string,
  source: TreeSource,
  kernel: Kernel,
  rounds: number,
): Promise<void> {
  const update = await measureUpdate(copy, source, kernel, rounds);
  const ratio = built.ingestMs / update;
  const text = `${(built.ingestMs / 1_000).toFixed(1)} s / ${milliseconds(update)} = ${ratio.toFixed(0)} ×`;
  const aim = built.tokens.chunks >= 90_000 ? { atLeast: 100 } : {};
  addFigure(table, "update.vs_rebuild", `rebuild / update of ${changedFiles} files`, ratio, text, aim);
  table.figures["update.ms"] = update;
}

/**
 * Median milliseconds of an update by ten changed files, each with a few lines put in and one changed: the tree listed and
 * compared, the files read, parsed and encoded, one transaction synced, and the engram open again. Each round changes other
 * files, on top of the rounds before. The file is changed.
 */
async function measureUpdate(file: string, source: TreeSource, kernel: Kernel, rounds: number): Promise<number> {
  const opened = await openEngramFile(file, { kernel });
  const candidates = opened.files().filter(({ chunks }) => chunks > 0 && chunks < 40);
  const chosen = spread(candidates, changedFiles * rounds).map(({ path }) => ({ path, text: opened.text(path) ?? "" }));
  opened.close();
  const changes = new Map<string, { oid: string; data: Buffer }>();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { path, text } of chosen.filter((_, i) => i % rounds === round)) {
      const data = Buffer.from(edit(text, round));
      changes.set(path, { oid: blobId(data), data });
    }
    const changed = changedSource(source, changes, round);
    const started = performance.now();
    const { engram } = await updateEngramFile(file, changed, { kernel });
    times.push(performance.now() - started);
    engram.close();
  }
  return median(times);
}

function edit(text: string, round: number): string {
  const lines = text.split("\n");
  const middle = lines.length >> 1;
  lines[middle] = `${lines[middle]} // checked in round ${round}`;
  lines.splice(middle, 0, `// The limit of round ${round}`, `const limitOfRound${round} = ${round + 40};`);
  return lines.join("\n");
}

function changedSource(
  source: TreeSource,
  changes: ReadonlyMap<string, { oid: string; data: Buffer }>,
  round: number,
): TreeSource {
  const fresh = new Map([...changes.values()].map(({ oid, data }) => [oid, data]));
  return {
    revision: `${source.revision}+${round}`,
    entries: async (signal) =>
      (await source.entries(signal)).map((entry) => ({ ...entry, oid: changes.get(entry.path)?.oid ?? entry.oid })),
    async sizes(oids, signal) {
      const sizes = await source.sizes(
        oids.filter((oid) => !fresh.has(oid)),
        signal,
      );
      for (const [oid, data] of fresh) sizes.set(oid, data.length);
      return sizes;
    },
    async *blobs(oids, signal) {
      for (const oid of oids) {
        const data = fresh.get(oid);
        if (data === undefined) yield* source.blobs([oid], signal);
        else yield { oid, data };
      }
    },
  };
}
