import type { History } from "../../history/history.ts";
import type { Finding } from "../../publish/outcome.ts";
import { isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import type { Tile } from "./tiles.ts";

/**
 * The same tiles, riskiest first, for when time runs out: where code found something, in files that change often and were
 * mended often, where much changes; tests and prose last of what is alike. Nothing of it is learnt; it only sets an order.
 */
export function byRisk(
  tiles: readonly Tile[],
  findings: readonly Finding[],
  history: Pick<History, "commits" | "commitsOf">,
): Tile[] {
  const pasts = new Map<string, number>();
  const pastOf = (path: string): number => {
    const known = pasts.get(path) ?? pastRisk(path, history);
    pasts.set(path, known);
    return known;
  };
  const risks = new Map(tiles.map((tile) => [tile, riskOf(tile, findings) + pastOf(tile.path)]));
  const halved = ({ path }: Tile): number => (isTestPath(path) || isProsePath(path) ? 0.5 : 1);
  const risk = (tile: Tile): number => (risks.get(tile) ?? 0) * halved(tile);
  // Equal ones keep their order: largest first.
  return [...tiles].sort((a, b) => risk(b) - risk(a));
}

/** Two for each finding on its lines, and one for each doubling of its size. */
function riskOf(tile: Tile, findings: readonly Finding[]): number {
  const lines = new Set(tile.lines.flatMap(({ newLine }) => newLine ?? []));
  const own = findings.filter(({ anchor }) => anchor?.path === tile.path && lines.has(anchor.startLine));
  return 2 * own.length + Math.log2(1 + tile.changed);
}

/** Up to 1 for how often a file changes, and up to 4 for how much of that mended something. */
function pastRisk(path: string, { commits, commitsOf }: Pick<History, "commits" | "commitsOf">): number {
  const newest = commitsOf(path).slice(0, limits.riskCommits);
  const fixes = newest.filter((position) => mending.test(commits[position]?.subject ?? "")).length;
  return newest.length === 0 ? 0 : newest.length / limits.riskCommits + (4 * fixes) / newest.length;
}

const mending = /\b(?:fix(?:e[sd]|ing)?|bug|hotfix|regression|security|reverts?)\b/i;
