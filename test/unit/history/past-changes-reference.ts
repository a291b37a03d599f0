import { collectChanges } from "../../../src/engram/algebra/change-columns.ts";
import { changesRepeated, changesTakenBack, openChangeIndex } from "../../../src/engram/algebra/change-index.ts";
import { hunkSides } from "../../../src/engram/algebra/change-vector.ts";
import type { Kernel } from "../../../src/engram/kernel/kernel.ts";
import { changeSeed } from "../../../src/history/hunk-question.ts";
import { readHunks } from "../../../src/history/hunk-log.ts";
import type { PastChanges, PastChangesQuery, PastHunkMatch } from "../../../src/history/past-changes.ts";

/** The same answers from the algebra alone: one index over all hunks, in memory, and every hit looked at. */
export async function referenceChanges(kernel: Kernel, gitDir: string, newestFirst: string[]): Promise<PastChanges> {
  const encoder = { kernel, seed: changeSeed };
  const hunks: Omit<PastHunkMatch, "score">[] = [];
  const changes: { name: string; sides: ReturnType<typeof hunkSides>[number] }[] = [];
  for await (const { commit, hunks: logged } of readHunks(gitDir, newestFirst)) {
    const sides = hunkSides(encoder, logged);
    for (const [i, { path, oldStart, newStart, removed, added }] of logged.entries()) {
      changes.push({ name: commit, sides: sides[i] as (typeof sides)[number] });
      hunks.push({ commit, path, oldStart, oldLines: removed.length, newStart, newLines: added.length });
    }
  }
  const index = openChangeIndex(collectChanges(changes));
  const answer =
    (search: typeof changesTakenBack, kind: "undoes" | "repeats"): PastChanges["takenBack"] =>
    (hunk, { k, among }: PastChangesQuery) => {
      const [sides] = hunkSides(encoder, [hunk]);
      const hits = sides === undefined ? [] : search(index, sides, hunks.length);
      return hits
        .filter(({ name }) => among(name))
        .slice(0, k)
        .map((hit) => ({ ...(hunks[hit.change] as PastHunkMatch), score: hit[kind] }));
    };
  return { takenBack: answer(changesTakenBack, "undoes"), repeated: answer(changesRepeated, "repeats") };
}
