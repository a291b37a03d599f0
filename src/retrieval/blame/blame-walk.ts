import type { History } from "../../history/history.ts";
import type { VersionReader } from "./file-versions.ts";
import type { KeptHunks } from "./kept-hunks.ts";
import { openPathGraph, type PathGraph } from "./path-graph.ts";

/** Lines of a file that stood there at a commit. */
export interface Spot {
  /** In the history. */
  position: number;
  path: string;
  lines: Line[];
}

export interface Line {
  /** 0-based. */
  place: number;
  /** Its number in `Version`: the same wherever the line stands. */
  text: number;
}

/** How far back the lines of one file were followed. */
export interface Walk {
  gitDir: string;
  history: History;
  reader: VersionReader;
  hunks: KeptHunks;
  signal?: AbortSignal | undefined;
  /** What the file was called. */
  names: Set<string>;
  graph: PathGraph;
  /** By position and path: lines come to a commit from several of its children. */
  open: Map<string, Spot>;
  /** Lines by commit. */
  told: Map<string, number>;
  /** What the history does not reach. */
  rest: { commit: string; path: string; lines: number[] }[];
}

export function openWalk({
  path,
  ...given
}: Pick<Walk, "gitDir" | "history" | "reader" | "hunks" | "signal"> & { path: string }): Walk {
  const names = new Set([path]);
  return { ...given, names, graph: openPathGraph(given.history, names), open: new Map(), told: new Map(), rest: [] };
}

export function addSpot(walk: Walk, { position, path, lines }: Spot): void {
  if (lines.length === 0) return;
  const key = `${position}:${path}`;
  const known = walk.open.get(key);
  if (known === undefined) walk.open.set(key, { position, path, lines: [...lines] });
  else known.lines.push(...lines);
}

/** The newest of the open spots: all lines that come to it have come. */
export function nextSpot({ open }: Walk): Spot | null {
  let newest: [string, Spot] | null = null;
  for (const entry of open) if (newest === null || entry[1].position < newest[1].position) newest = entry;
  if (newest === null) return null;
  open.delete(newest[0]);
  return newest[1];
}
