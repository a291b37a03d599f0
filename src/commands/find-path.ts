import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import type { EngramView } from "../engram/engram.ts";
import { AssistantError } from "../shared/errors.ts";
import { gitText } from "../shared/git.ts";
import { nearest } from "../shared/nearest.ts";

/** `FILE`, `FILE:LINE` or `FILE:START-END`, as a person names it. */
export interface NamedPlace {
  file: string;
  /** Null where the whole file is meant. */
  lines: { start: number; end: number } | null;
}

export function readPlace(named: string): NamedPlace {
  const [, file, first, last] = /^(.+?):(\d+)(?:-(\d+))?$/.exec(named) ?? [];
  if (file === undefined) return { file: named, lines: null };
  return { file, lines: { start: Number(first), end: Number(last ?? first) } };
}

/** The work tree's folder; null in a bare repository. */
export async function topOf(repo: string): Promise<string | null> {
  const top = await gitText(repo, ["rev-parse", "--show-toplevel"], { okCodes: [0, 128] });
  return top === "" ? null : realpathSync(top);
}

/** What a repository calls a file of this disk; null where it lies elsewhere. */
export function pathBelow(top: string | null, file: string): string | null {
  if (top === null || !existsSync(file)) return null;
  const place = relative(top, resolve(realpathSync(dirname(file)), basename(file)));
  return place.startsWith("..") ? null : place.split(sep).join("/");
}

/**
 * A file of the tree: as the repository calls it, else as it is called from here.
 * Errors: AssistantError `no-such-path` with the nearest name.
 */
export function findPath(view: EngramView, top: string | null, file: string): string {
  if (view.file(file) !== null) return file;
  const below = pathBelow(top, file);
  if (below !== null && view.file(below) !== null) return below;
  const name = file.slice(file.lastIndexOf("/") + 1);
  const paths = view.paths();
  const sameName = paths.filter((path) => path.slice(path.lastIndexOf("/") + 1) === name);
  const meant = nearest(file, sameName) ?? sameName[0] ?? nearest(file, paths);
  throw new AssistantError(`there is no file ${file} at this commit`, {
    code: "no-such-path",
    remedy: meant === null ? "Name a path as `git ls-files` prints it." : `Did you mean ${meant}?`,
  });
}

/**
 * Lines of a text by their numbers; the whole of it where none are named.
 * Errors: AssistantError `no-such-lines`.
 */
export function linesNamed(text: string, { file, lines: named }: NamedPlace): { startLine: number; endLine: number } {
  const count = text.replace(/\n$/, "").split("\n").length;
  const { start, end } = named ?? { start: 1, end: count };
  if (start >= 1 && end >= start && start <= count) return { startLine: start, endLine: Math.min(end, count) };
  throw new AssistantError(`${file} has ${count} lines; there is no ${start}-${end}`, {
    code: "no-such-lines",
    remedy: `Name lines from 1 to ${count}, the first one first.`,
  });
}
