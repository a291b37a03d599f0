import type { RepositoryConfig } from "../../config/repository-config.ts";
import type { Finding } from "../../publish/outcome.ts";
import { limits } from "../../shared/limits.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";

export interface SampledChange {
  /** The change with the lines of those files alone that a model reads. */
  change: Change;
  /** Paths of the others that have lines, the riskiest first. */
  left: string[];
}

/**
 * What of a big change a model reads, where `review.sample` sets a limit: the riskiest files that fit. Where code found
 * something is where there is most to see; then where most lines changed. The first file is read whatever its size.
 */
export function sampleChange(
  change: Change,
  findings: readonly Finding[],
  { files: mostFiles = Infinity, lines: mostLines = Infinity }: RepositoryConfig["review"]["sample"],
): SampledChange {
  const withLines = change.files.filter(({ hunks }) => hunks.length > 0);
  const found = (path: string): number => findings.filter(({ anchor }) => anchor?.path === path).length;
  const risks = withLines
    .map((file) => ({ path: file.path, found: found(file.path), lines: changedLines(file) }))
    .sort((a, b) => b.found - a.found || b.lines - a.lines || (a.path < b.path ? -1 : 1));
  const read = new Set<string>();
  let lines = 0;
  for (const file of risks) {
    const fits = read.size < mostFiles && lines + file.lines <= mostLines;
    if (read.size > 0 && !fits) continue;
    read.add(file.path);
    lines += file.lines;
  }
  return {
    change: { ...change, files: change.files.map((file) => (read.has(file.path) ? file : { ...file, hunks: [] })) },
    left: risks.flatMap(({ path }) => (read.has(path) ? [] : [path])),
  };
}

/** For the report of what a model did; empty where nothing was left. */
export function namedLeft(left: readonly string[]): string {
  if (left.length === 0) return "";
  const more = left.length - limits.unreadNamed;
  const named = left.slice(0, limits.unreadNamed).join(", ");
  return `; beyond review.sample, so not read by the model: ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

function changedLines({ hunks }: FileDiff): number {
  return hunks.reduce((sum, { lines }) => sum + lines.filter(({ kind }) => kind !== " ").length, 0);
}
