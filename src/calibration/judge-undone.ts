import { editsOf } from "../retrieval/edits.ts";
import { findUndone, type PastHunkEvidence } from "../retrieval/past-hunks.ts";
import type { Change, FileDiff } from "../workspace/diff.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import type { Replay } from "./replay.ts";

/**
 * "This takes back what that commit did": right if the final state, looked at in the same way, takes back nothing of that
 * commit in that file. Chance: share of the first commit's other edits that did not reach the final state as they were.
 */
export async function judgeUndone(replay: Replay): Promise<JudgedWarning[]> {
  const { change, changes, history, final, pull } = replay;
  if (changes === null) return [];
  const found = await findUndone(change, history, changes, replay);
  if (found.length === 0) return [];
  const left = new Set((await findUndone(final, history, changes, replay)).map(key));
  const chance = shareOfGoneEdits(change, final, new Set(found.map(({ file }) => file.path)));
  return found.map((undone) => ({
    kind: "undone",
    band: undone.band,
    pull: pull.number,
    path: undone.file.path,
    right: !left.has(key(undone)),
    chance,
  }));
}

function key({ commit, file }: PastHunkEvidence): string {
  return JSON.stringify([commit.commit, file.path]);
}

/** Null where the named files are all that the change has. */
function shareOfGoneEdits(change: Change, final: Change, named: ReadonlySet<string>): number | null {
  let edits = 0;
  let gone = 0;
  for (const file of change.files.filter(({ path }) => !named.has(path))) {
    const kept = linesOf(final.files.find(({ path }) => path === file.path));
    for (const edit of file.hunks.flatMap(editsOf)) {
      edits++;
      const lines = [...edit.removed, ...edit.added].filter(({ kind }) => kind !== " ");
      if (!lines.every(({ kind, text }) => kept.has(kind + text))) gone++;
    }
  }
  return edits === 0 ? null : gone / edits;
}

function linesOf(file: FileDiff | undefined): Set<string> {
  const lines = file?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  return new Set(lines.map(({ kind, text }) => kind + text));
}
