import type { Change, DiffLine, FileDiff } from "../../workspace/diff.ts";
import { limits } from "../../shared/limits.ts";

/** A part of a change that fits one prompt: consecutive hunks of one file, or a part of a long one. */
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
  const tiles = change.files.flatMap(cutFile).filter(({ changed }) => changed > 0);
  return tiles.sort((a, b) => b.changed - a.changed || compare(a.path, b.path) || firstLine(a) - firstLine(b));
}

function cutFile(file: FileDiff): Tile[] {
  const parts = file.hunks.flatMap(({ lines }) => cutHunk(lines));
  const tiles: DiffLine[][] = [];
  for (const part of parts) {
    const last = tiles.at(-1);
    if (last && last.length + part.length <= limits.tileLines) last.push(...part);
    else tiles.push([...part]);
  }
  return tiles.map((lines) => ({
    path: file.path,
    lines,
    changed: lines.filter(({ kind }) => kind !== " ").length,
  }));
}

function cutHunk(lines: DiffLine[]): DiffLine[][] {
  const count = Math.ceil(lines.length / limits.tileLines);
  return Array.from({ length: count }, (_, index) =>
    lines.slice(index * limits.tileLines, (index + 1) * limits.tileLines),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstLine(tile: Tile): number {
  const line = tile.lines[0];
  return line?.newLine ?? line?.oldLine ?? 0;
}
