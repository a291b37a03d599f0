import { addSpot, type Line, type Spot, type Walk } from "./blame-walk.ts";
import type { Version } from "./file-versions.ts";
import { findOldName } from "./find-old-name.ts";
import { matchLines } from "./match-lines.ts";
import { openPathGraph } from "./path-graph.ts";

/** `unknown`: the history does not reach so far. `misled`: the lines are not those that the hunks led to. */
export type Step = "done" | "unknown" | "misled";

/** Tells the lines of a spot, or hands them on to its parents. */
export async function stepBack(walk: Walk, spot: Spot): Promise<Step> {
  return (await stepByHunks(walk, spot)) ? "done" : stepByVersions(walk, spot);
}

/** Past a commit that wrote none of the lines. It must also be sure that the file had its name before. */
async function stepByHunks(walk: Walk, { position, path, lines }: Spot): Promise<boolean> {
  const { history, hunks, reader } = walk;
  const places = lines.map(({ place }) => place);
  const before = hunks.before(idAt(walk, position), path, places);
  const parent = history.positionOf(history.commits[position]?.parents[0] ?? "");
  const next = before === null || parent === null ? -1 : walk.graph.nearest(parent);
  if (before === null || next < 0) return false;
  if (!hunks.isKnown(idAt(walk, next), path) && (await reader.oidOf(idAt(walk, next), path)) === null) return false;
  addSpot(walk, { position: next, path, lines: lines.map(({ text }, i) => ({ place: before[i] as number, text })) });
  return true;
}

async function stepByVersions(walk: Walk, spot: Spot): Promise<Step> {
  const { reader } = walk;
  const [commit, path] = [idAt(walk, spot.position), spot.path];
  await readTogether(walk, spot);
  const oid = await reader.oidOf(commit, path);
  const before = oid === null ? null : await filesBefore(walk, spot);
  if (before === null) return "unknown";
  const same = before.find((one) => one.oid === oid);
  if (same !== undefined) {
    addSpot(walk, { ...same, lines: spot.lines });
    return "done";
  }
  const version = await reader.read(`${commit}:${path}`);
  if (version === null) return "unknown";
  if (spot.lines.some(({ place, text }) => version.lines[place] !== text)) return "misled";
  let lines = spot.lines;
  for (const file of before) {
    const old = await reader.read(`${idAt(walk, file.position)}:${file.path}`);
    if (old === null) return "unknown";
    lines = handOn(walk, { lines, version, old, to: file });
  }
  if (lines.length > 0) walk.told.set(commit, (walk.told.get(commit) ?? 0) + lines.length);
  return "done";
}

/** What will be asked for, at once: both versions where the commit did something to these lines, else their ids. */
async function readTogether({ history, graph, hunks, reader, ...walk }: Walk, { position, path }: Spot): Promise<void> {
  const places = (history.commits[position]?.parents ?? []).map((parent) => history.positionOf(parent) ?? -1);
  const before = places.map((place) => graph.nearest(place)).filter((one) => one >= 0);
  const commits = [position, ...before].map((one) => history.commits[one]?.commit ?? "");
  walk.signal?.throwIfAborted();
  const [own = ""] = commits;
  if (!hunks.isKnown(own, path)) await Promise.all(commits.map((commit) => reader.oidOf(commit, path)));
  else
    await reader.read(
      `${own}:${path}`,
      commits.map((commit) => `${commit}:${path}`),
    );
}

interface HandedOn {
  lines: Line[];
  version: Version;
  old: Version;
  to: Omit<Spot, "lines">;
}

/** Returns the lines that were not there before. */
function handOn(walk: Walk, { lines, version, old, to }: HandedOn): Line[] {
  const matched = matchLines(old.lines, version.lines);
  const placeOf = ({ place }: Line): number => matched[place] as number;
  const there = lines.filter((line) => placeOf(line) >= 0);
  addSpot(walk, { ...to, lines: there.map((line) => ({ place: placeOf(line), text: line.text })) });
  return lines.filter((line) => placeOf(line) < 0);
}

interface FileBefore extends Omit<Spot, "lines"> {
  oid: string;
}

/** The file in each parent that has it. Null where the history does not reach so far. */
async function filesBefore(walk: Walk, { position, path }: Spot): Promise<FileBefore[] | null> {
  const parents = walk.history.commits[position]?.parents ?? [];
  const found: FileBefore[] = [];
  for (const parent of parents) {
    const there = await fileBefore(walk, parent, path);
    if (there === "unknown") return null;
    if (there !== "none") found.push(there);
  }
  const [parent] = parents;
  if (found.length > 0 || parent === undefined || parents.length > 1) return found;
  const there = await renamedFrom(walk, position, parent, path);
  return there === "unknown" ? null : there === "none" ? [] : [there];
}

async function fileBefore(walk: Walk, parent: string, path: string): Promise<FileBefore | "none" | "unknown"> {
  const place = walk.history.positionOf(parent);
  if (place === null) return "unknown";
  const position = walk.graph.nearest(place);
  const oid = await walk.reader.oidOf(position < 0 ? parent : idAt(walk, position), path);
  if (oid === null) return "none";
  // That no commit which the history knows has touched it means that the history lacks some.
  return position < 0 ? "unknown" : { position, path, oid };
}

/** From here on the file may have had another name. */
async function renamedFrom(
  walk: Walk,
  position: number,
  parent: string,
  path: string,
): Promise<FileBefore | "none" | "unknown"> {
  const { gitDir, signal, reader } = walk;
  const old = await findOldName({ gitDir, signal, reader, before: parent, after: idAt(walk, position), path });
  if (old === "none" || old === "unknown") return old;
  walk.names.add(old.path);
  walk.graph = openPathGraph(walk.history, walk.names);
  return fileBefore(walk, parent, old.path);
}

function idAt({ history }: Walk, position: number): string {
  return history.commits[position]?.commit ?? "";
}
