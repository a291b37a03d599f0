import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import type { Change } from "../../workspace/diff.ts";
import { hasLongHunk, type UnitStart } from "./tiles.ts";

/**
 * Where units begin in the new texts, for `cutTiles`. Grammars are loaded for those files alone that have to be cut.
 * @param view the head: the change laid over the engram
 */
export async function findUnitStarts(
  change: Change,
  view: Pick<EngramView, "text">,
  units: UnitParser,
): Promise<(path: string) => UnitStart[]> {
  await units.prepare(change.files.filter(hasLongHunk).map(({ path }) => path));
  return (path) => {
    const text = view.text(path);
    const starts = text === null ? [] : (units.parse(path, text)?.starts ?? []);
    return starts.map(({ line, depth }) => ({ line: line + 1, depth }));
  };
}
