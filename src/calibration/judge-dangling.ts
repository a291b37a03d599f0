import { findDanglingReferences } from "../retrieval/dangling-references.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import { chanceOfChange } from "./judge-copies.ts";
import type { Replay } from "./replay.ts";

/**
 * "This name is still used": right if the finder, asked again at the final state, has nothing to say of it: the name is
 * not used any more, or it is defined. Chance: as for any single line in a file as busy as the first that uses it.
 */
export async function judgeDangling(replay: Replay): Promise<JudgedWarning[]> {
  const { change, view, pull } = replay;
  const found = findDanglingReferences(change, view, replay);
  if (found.length === 0) return [];
  const left = new Set(
    findDanglingReferences(change, await replay.finalView(), replay).map(({ name, removedAt }) => key(name, removedAt)),
  );
  const paths = found.map(({ references }) => firstPath(references));
  return found.map(({ name, removedAt }, index) => ({
    kind: "dangling-reference",
    band: "any",
    pull: pull.number,
    path: paths[index] ?? removedAt.path,
    right: !left.has(key(name, removedAt)),
    chance: chanceOfChange(replay, paths[index] ?? removedAt.path, 1, new Set(paths)),
  }));
}

function key(name: string, { path }: { path: string }): string {
  return JSON.stringify([name, path]);
}

function firstPath(references: readonly { citation: { kind: string } }[]): string {
  const citation = references[0]?.citation as { path?: string } | undefined;
  return citation?.path ?? "";
}
