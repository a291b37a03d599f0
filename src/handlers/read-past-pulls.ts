import { changedLinesOf, isStretchChanged } from "../calibration/changed-lines.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { cutTiles, type Tile } from "../tasks/review/tiles.ts";
import type { Change } from "../workspace/diff.ts";
import { readChange } from "../workspace/read-change.ts";

/** Something that is said of a line of a pull request's first commit. */
export interface Said {
  path: string;
  /** 1-based, in the file as the first commit has it. */
  line: number;
  text: string;
  /** How sure whoever says it is, in the words of the calibration. */
  band?: string;
}

/** The same, judged by what became of the pull request. */
export interface JudgedSaying extends Said {
  pull: number;
  /** Whether the pull request changed that very line before it ended. */
  right: boolean;
  /** 0..1: share of the lines that were read with it that the pull request changed. */
  chance: number;
}

export interface ReadPull {
  pull: number;
  /** Parts of its first commit that were read: limits.qualifiedParts at most. */
  parts: number;
  said: JudgedSaying[];
}

/**
 * Lets somebody read a past pull request as it was at its first commit. What is said counts as right where the pull request itself
 * changed that line before it ended: by its first line alone, so that nothing is right for the number of its lines.
 * @returns null where git lacks a file of it
 */
export async function readPastPull(
  pull: PastPull,
  gitDir: string,
  read: (tiles: Tile[], change: Change) => Promise<Said[]>,
  signal?: AbortSignal,
): Promise<ReadPull | null> {
  const first = pull.commits[0] ?? pull.head;
  try {
    const change = await readChange(gitDir, pull.base, first, signal);
    const later = changedLinesOf(await readChange(gitDir, first, pull.head, signal));
    const tiles = cutTiles(change).slice(0, limits.qualifiedParts).filter(hasNewLines);
    const isChanged = (path: string, line: number): boolean => {
      const changed = later.get(path);
      return changed !== undefined && isStretchChanged(changed, line, line);
    };
    const chanceOf = ({ path, line }: Said): number => {
      const shown = newLines(tiles.find((tile) => tile.path === path && newLines(tile).includes(line)));
      return shown.length === 0 ? 0 : shown.filter((one) => isChanged(path, one)).length / shown.length;
    };
    const said = (await read(tiles, change)).map((one) => ({
      ...one,
      pull: pull.number,
      right: isChanged(one.path, one.line),
      chance: chanceOf(one),
    }));
    return { pull: pull.number, parts: tiles.length, said };
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

function hasNewLines(tile: Tile): boolean {
  return newLines(tile).length > 0;
}

function newLines(tile: Tile | undefined): number[] {
  return tile?.lines.flatMap(({ newLine }) => newLine ?? []) ?? [];
}

/** Mean chance of what was said; null where nothing was. */
export function meanChance(said: readonly JudgedSaying[]): number | null {
  return said.length === 0 ? null : said.reduce((sum, { chance }) => sum + chance, 0) / said.length;
}
