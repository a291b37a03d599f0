import type { Change, DiffLine, FileDiff } from "../../workspace/diff.ts";
import { limits } from "../../shared/limits.ts";

/** A part of a change that fits one prompt: consecutive lines of one hunk. */
export interface Tile {
  path: string;
  lines: DiffLine[];
  /** Lines that the change adds or removes here: the size of the risk. */
  changed: number;
}

/**
 * Cuts a change into tiles, so that each changed line is in exactly one. Riskiest first: most changed lines, then path and
 * position, so that the same change always gives the same order.
 */
export function cutTiles(change: Change): Tile[] {
  const tiles = change.files.flatMap(cutFile);
  return tiles.sort((a, b) => b.changed - a.changed || compare(a.path, b.path) || firstLine(a) - firstLine(b));
}

function cutFile(file: FileDiff): Tile[] {
  const tiles: Tile[] = [];
  for (const hunk of file.hunks) {
    for (let start = 0; start < hunk.lines.length; start += limits.tileLines) {
      const lines = hunk.lines.slice(start, start + limits.tileLines);
      const changed = lines.filter((line) => line.kind !== " ").length;
      if (changed > 0) tiles.push({ path: file.path, lines, changed });
    }
  }
  return tiles;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstLine(tile: Tile): number {
  const line = tile.lines[0];
  return line?.newLine ?? line?.oldLine ?? 0;
}
