import { type DanglingReference, findDanglingReferences } from "../retrieval/dangling/find-dangling-references.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import { chanceOfChange } from "./judge-copies.ts";
import type { Replay } from "./replay.ts";

/**
 * "This name is still used", "this call does not fit any more": right if the finder, asked again at the final state, has
 * nothing to say of that name. Chance: as for any single line in a file as busy as the first that uses it.
 */
export async function judgeDangling(replay: Replay): Promise<JudgedWarning[]> {
  const { change, view, pull } = replay;
  const found = await findDanglingReferences(change, view, replay);
  if (found.length === 0) return [];
  const left = new Set((await findDanglingReferences(change, await replay.finalView(), replay)).map(key));
  const named = new Set(found.map(firstUser));
  return found.map((dangling) => ({
    kind: "dangling-reference",
    band: dangling.kindOfChange,
    pull: pull.number,
    path: firstUser(dangling),
    right: !left.has(key(dangling)),
    chance: chanceOfChange(replay, firstUser(dangling), 1, named),
  }));
}

function key({ name, removedAt }: DanglingReference): string {
  return JSON.stringify([name, removedAt.path]);
}

function firstUser({ references, removedAt }: DanglingReference): string {
  const citation = references[0]?.citation;
  return citation?.kind === "code" ? citation.path : removedAt.path;
}
