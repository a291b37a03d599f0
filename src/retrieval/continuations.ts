import type { Chunk, EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import type { Evidence } from "./evidence.ts";
import { isOrdinaryPath } from "./ordinary-path.ts";
import { searchWords } from "./words.ts";

export interface ContinuationQuery {
  /** File that is being written. */
  path: string;
  /** The lines before the place where the text goes on, nearest last. */
  before: readonly string[];
  /** 1-based lines of `path` in the view that are known already. */
  known: { startLine: number; endLine: number };
  /** Number of places, best first. */
  k: number;
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
}

/** Lines that decide where a place begins: the nearest ones say most about what comes next. */
const NEAREST = 6;
/** Of the lines of a place, how many stand before the point that corresponds to the end of `before`. */
const LEAD = 8;

/**
 * Places that go on from lines like these, with what comes next there: the lines that resemble the end of `before` most, a few
 * before them and as many after as an excerpt may have. That what follows a match helps more than the match itself is the
 * observation of RepoCoder (Zhang et al., EMNLP 2023).
 */
export function findContinuations(view: EngramView, query: ContinuationQuery): Evidence[] {
  const { path, before, known, k, citeCommit } = query;
  const words = new Set(before.flatMap(searchWords));
  if (words.size === 0) return [];
  const hits = view.search(before.join("\n"), {
    k: k * 2,
    filter: (one) => one === path || isOrdinaryPath(one),
    paths: false,
  });
  const nearest = new Set(before.slice(-NEAREST).flatMap(searchWords));
  const found: Evidence[] = [];
  for (const hit of hits) {
    if (found.length === k) break;
    const text = view.text(hit.path);
    if (text === null) continue;
    const place = placeAfter(text.split("\n"), hit, nearest, hit.path === path ? known : null);
    if (place === null) continue;
    found.push({
      kind: "similar-code",
      citation: {
        kind: "code",
        path: hit.path,
        startLine: place.startLine,
        endLine: place.endLine,
        commit: citeCommit(hit.path),
      },
      score: hit.score,
      why: "goes on from lines like these",
      text: place.text,
    });
  }
  return found;
}

interface Place {
  startLine: number;
  endLine: number;
  text: string;
}

/** Around the end of the window of NEAREST lines that shares most words; null where it is what the writer has already. */
function placeAfter(
  lines: string[],
  hit: Chunk,
  nearest: ReadonlySet<string>,
  known: ContinuationQuery["known"] | null,
): Place | null {
  const matches = lines
    .slice(hit.startLine - 1, hit.endLine)
    .map((line) => searchWords(line).filter((word) => nearest.has(word)));
  let best = 0;
  let end = 0;
  for (const index of matches.keys()) {
    const shared = new Set(matches.slice(Math.max(0, index - NEAREST + 1), index + 1).flat()).size;
    if (shared > best) [best, end] = [shared, index];
  }
  const point = hit.startLine + end;
  const startLine = Math.max(1, point - LEAD + 1);
  const endLine = Math.min(lines.length, startLine + limits.quotedLines - 1);
  if (known && startLine <= known.endLine && known.startLine <= endLine) return null;
  return { startLine, endLine, text: lines.slice(startLine - 1, endLine).join("\n") };
}
