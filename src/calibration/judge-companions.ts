import { findCompanions } from "../retrieval/companions.ts";
import { companionBand, companionFloor, companionKind } from "./bands.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import type { Replay } from "./replay.ts";

/**
 * "This file usually changes along", "this test does": right if the final state changes it. Chance: share of the files as busy as it, and
 * named by no rule, that the final state changes.
 */
export function judgeCompanions(replay: Replay): JudgedWarning[] {
  const { change, view, history, final, pull } = replay;
  const companions = findCompanions(change, view, history, {
    citeCommit: replay.citeCommit,
    minConfidence: companionFloor.confidence,
    minTogether: companionFloor.together,
  });
  const named = new Set(companions.map(({ companion }) => companion));
  const changed = new Set([
    ...final.files.flatMap(({ path, oldPath }) => [path, oldPath]),
    ...final.unread.map(({ path }) => path),
  ]);
  return companions.map((found) => {
    const others = replay.asBusyAs(found.companion, (path) => named.has(path));
    return {
      kind: companionKind(found),
      band: companionBand(found),
      pull: pull.number,
      path: found.companion,
      right: changed.has(found.companion),
      chance: others.length === 0 ? null : others.filter((path) => changed.has(path)).length / others.length,
    };
  });
}
