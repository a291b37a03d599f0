import type { PastChanges, PastHunk } from "../../history/past-changes.ts";

/** What commits did to files, by the places of their hunks alone: nothing is read from git. */
export interface KeptHunks {
  /** Whether a commit's hunks of a path are known, which then has a file of that name, or takes it away. */
  isKnown(commit: string, path: string): boolean;
  /** Where lines (0-based) of the file stood before a commit. Null where it is not known, or one of them is the commit's own. */
  before(commit: string, path: string, lines: readonly number[]): number[] | null;
}

export const noHunks: KeptHunks = { isKnown: () => false, before: () => null };

export function openKeptHunks(changes: PastChanges): KeptHunks {
  const byPath = new Map<string, ReadonlyMap<string, readonly PastHunk[]>>();
  const hunksOf = (commit: string, path: string): readonly PastHunk[] | undefined => {
    let hunks = byPath.get(path);
    if (hunks === undefined) {
      hunks = changes.hunksOf?.(path) ?? new Map<string, PastHunk[]>();
      byPath.set(path, hunks);
    }
    return hunks.get(commit);
  };
  return {
    isKnown: (commit, path) => hunksOf(commit, path) !== undefined,
    before(commit, path, lines) {
      const hunks = hunksOf(commit, path);
      if (hunks === undefined || !areWhole(hunks)) return null;
      const places = lines.map((line) => placeBefore(hunks, line));
      return places.includes(-1) ? null : places;
    },
  };
}

/** Where a hunk that was too large to be kept is missing in between, the next one stands farther than it should. */
function areWhole(hunks: readonly PastHunk[]): boolean {
  let shift = 0;
  return hunks.every((hunk) => {
    const isPlaced = firstNew(hunk) - firstOld(hunk) === shift;
    shift += hunk.newLines - hunk.oldLines;
    return isPlaced;
  });
}

/** −1 for a line that one of the hunks put in. */
function placeBefore(hunks: readonly PastHunk[], line: number): number {
  let place = line;
  for (const hunk of hunks) {
    const first = firstNew(hunk) - 1;
    if (line < first) break;
    if (line < first + hunk.newLines) return -1;
    place += hunk.oldLines - hunk.newLines;
  }
  return place;
}

/** A side without lines starts at the line before it. */
function firstNew({ newStart, newLines }: PastHunk): number {
  return newLines > 0 ? newStart : newStart + 1;
}

function firstOld({ oldStart, oldLines }: PastHunk): number {
  return oldLines > 0 ? oldStart : oldStart + 1;
}
