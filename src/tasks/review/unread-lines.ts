import { limits } from "../../shared/limits.ts";
import type { Tile } from "./tiles.ts";

/** Lines that a model was to read and has not. */
export interface UnreadLines {
  path: string;
  /** Of the new file, 1-based, inclusive; of the old file where lines are only removed. */
  startLine: number;
  endLine: number;
  reason: string;
}

/** @param reason why the model has not read the tile; undefined where it has */
export function unreadLinesOf(tile: Tile, reason: string | undefined): UnreadLines[] {
  const why = reason ?? (tile.shortened === true ? "only its beginning: the line is too long" : null);
  if (why === null) return [];
  const lines = linesOf(tile);
  return [{ path: tile.path, startLine: lines[0] ?? 0, endLine: lines.at(-1) ?? 0, reason: why }];
}

/** The added lines; where there are none, those around the removed ones, and at last the removed ones. */
function linesOf({ lines }: Tile): number[] {
  const added = lines.flatMap(({ kind, newLine }) => (kind === "+" && newLine !== null ? [newLine] : []));
  if (added.length > 0) return added;
  const around = lines.flatMap(({ newLine }) => newLine ?? []);
  return around.length > 0 ? around : lines.flatMap(({ oldLine }) => oldLine ?? []);
}

/** `src/a.ts 10-40, src/b.ts 3 (no time was left); src/c.ts 1-9 (too long for the model)`: by reason, in the order given. */
export function namedUnread(unread: readonly UnreadLines[]): string {
  const byReason = new Map<string, string[]>();
  for (const { path, startLine, endLine, reason } of unread.slice(0, limits.unreadNamed)) {
    const place = `${path} ${startLine === endLine ? startLine : `${startLine}-${endLine}`}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), place]);
  }
  const named = Array.from(byReason, ([reason, places]) => `${places.join(", ")} (${reason})`).join("; ");
  const more = unread.length - limits.unreadNamed;
  return more > 0 ? `${named}; and ${more} more` : named;
}
