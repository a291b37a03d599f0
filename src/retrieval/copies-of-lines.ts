import type { EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import { createLineReader } from "./code-lines.ts";
import type { CopyMatch } from "./copy-match.ts";
import type { Evidence } from "./evidence.ts";
import { findMatches } from "./near-copies.ts";
import { readOldBlock } from "./old-block.ts";
import { createFileCache } from "./searched-files.ts";

/** Lines that are looked for elsewhere. */
export interface GivenLines {
  /** What their file is called, which says the language. */
  path: string;
  /** Number of the first of them, 1-based. */
  startLine: number;
  lines: readonly string[];
}

export interface CopyOfLines {
  evidence: Evidence;
  match: CopyMatch;
}

/** Why nothing could be looked for. */
export type Unsearchable = "too-long" | "too-little-code";

/**
 * Near-copies of given lines in a tree, most similar first, by the search and the alignment that reviews use for code that
 * a change replaces. The lines themselves, where they stand in the tree, are left out.
 */
export function findCopiesOfLines(
  given: GivenLines,
  view: EngramView,
  { k, citeCommit }: { k: number; citeCommit: (path: string) => string },
): CopyOfLines[] | Unsearchable {
  const { path, startLine, lines } = given;
  if (lines.length > limits.nearCopyLines) return "too-long";
  const reader = createLineReader();
  const removed = lines.map((text, i) => ({ kind: "-" as const, oldLine: startLine + i, newLine: null, text }));
  const block = readOldBlock({ removed, added: [], before: [], after: [] }, path, reader);
  if (block === null) return "too-little-code";
  const own = new Map([[path, new Set(lines.map((_, i) => startLine + i))]]);
  const matches = findMatches(block, view, createFileCache(view, own, reader), reader);
  return matches.slice(0, k).map((match) => ({ match, evidence: cite(match, block.essence.length, citeCommit) }));
}

function cite(match: CopyMatch, lines: number, citeCommit: (path: string) => string): Evidence {
  const { path, startLine, endLine, text, similarity, matchedLines, differences } = match;
  const same = matchedLines - differences.length;
  const renamed = match.renamed.map(({ old, copy }) => `${old} → ${copy}`).join(", ");
  return {
    kind: "near-copy",
    citation: { kind: "code", path, startLine, endLine, commit: citeCommit(path) },
    score: similarity,
    why: `${same} of ${lines} lines are the same${renamed === "" ? "" : `; names differ: ${renamed}`}`,
    text,
  };
}
