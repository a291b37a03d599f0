import type { EngramView } from "../engram/engram.ts";
import type { Evidence } from "./evidence.ts";
import { familyOf } from "./language-family.ts";
import { isOrdinaryPath, isProsePath } from "./ordinary-path.ts";
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
/** Of the lines of a place, how many stand before the point that corresponds to the end of `before`: what follows is wanted. */
const LEAD = 3;
/** Several short places say more than one long one: of the first lines after a match most are like what is wanted. */
const LINES = 12;
/** Chunks that are looked through for the best places. */
const HITS = 24;

/**
 * Places that go on from lines like these, with what comes next there: the lines that resemble the end of `before` most, a few
 * before them and some after; in the file itself also what stands below as it was. That what follows a match helps more than
 * the match itself is the observation of RepoCoder (Zhang et al., EMNLP 2023).
 */
export function findContinuations(view: EngramView, query: ContinuationQuery): Evidence[] {
  const { path, before, k, citeCommit } = query;
  const end = endOf(before);
  if (end.words.size === 0) return [];
  const hits = view.search(before.join("\n"), { k: HITS, filter: (one) => isComparable(one, path), paths: false });
  const texts = new Map([...new Set(hits.map((hit) => hit.path))].map((one) => [one, linesOf(view, one)]));
  const weigh = weightsIn([...texts.values()].flat(), end.words);
  const places = hits.map((hit) => placeIn(texts.get(hit.path) ?? [], hit, end, weigh));
  const own = linesOf(view, path);
  const found = apart(below(own, query), places, query).slice(0, k);
  return found.map(({ path: at, startLine, endLine, score, why }) => ({
    kind: "similar-code",
    citation: { kind: "code", path: at, startLine, endLine, commit: citeCommit(at) },
    score,
    why,
    text: (texts.get(at) ?? own).slice(startLine - 1, endLine).join("\n"),
  }));
}

interface Place {
  path: string;
  startLine: number;
  endLine: number;
  /** 0..1: share of the weight of the last lines' words. */
  score: number;
  why: string;
}

interface End {
  /** Of the nearest lines. */
  words: ReadonlySet<string>;
  /** Of the very last one that has any; they count once more. */
  last: ReadonlySet<string>;
}

function endOf(before: readonly string[]): End {
  const lines = before.slice(-NEAREST).map(searchWords);
  return { words: new Set(lines.flat()), last: new Set(lines.findLast((words) => words.length > 0) ?? []) };
}

/** The file itself, and what people wrote in a language whose files name each other's things. */
function isComparable(one: string, path: string): boolean {
  if (one === path) return true;
  const family = familyOf(path);
  return isOrdinaryPath(one) && (family === null ? !isProsePath(one) || isProsePath(path) : familyOf(one) === family);
}

function linesOf(view: EngramView, path: string): string[] {
  return view.text(path)?.replace(/\n$/, "").split("\n") ?? [];
}

/** A word that stands in every other line tells little. */
function weightsIn(lines: readonly string[], words: ReadonlySet<string>): (shared: ReadonlySet<string>) => number {
  const counts = new Map<string, number>();
  for (const line of lines)
    for (const word of new Set(searchWords(line))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weightOf = (word: string): number => Math.log(1 + lines.length / (1 + (counts.get(word) ?? 0)));
  const weights = new Map([...words].map((word) => [word, weightOf(word)]));
  return (shared) => [...shared].reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
}

/** Around the end of the window of NEAREST lines that is most like the end of `before`, its last line above all. */
function placeIn(
  lines: readonly string[],
  hit: { path: string; startLine: number; endLine: number },
  { words, last }: End,
  weigh: (shared: ReadonlySet<string>) => number,
): Place {
  const matches = lines
    .slice(hit.startLine - 1, hit.endLine)
    .map((line) => searchWords(line).filter((word) => words.has(word)));
  const all = weigh(words) + weigh(last);
  let best = 0;
  let end = 0;
  for (const [index, line] of matches.entries()) {
    const shared = new Set(matches.slice(Math.max(0, index - NEAREST + 1), index + 1).flat());
    const score = weigh(shared) + weigh(new Set(line.filter((word) => last.has(word))));
    if (score > best) [best, end] = [score, index];
  }
  const startLine = Math.max(1, hit.startLine + end - LEAD + 1);
  const endLine = Math.min(lines.length, startLine + LINES - 1);
  return {
    path: hit.path,
    startLine,
    endLine,
    score: all === 0 ? 0 : best / all,
    why: "goes on from lines like these",
  };
}

/** What stands in the file right behind what the writer has. */
function below(own: readonly string[], { path, known }: ContinuationQuery): Place[] {
  const startLine = known.endLine + 1;
  const endLine = Math.min(own.length, known.endLine + LINES);
  if (
    own
      .slice(startLine - 1, endLine)
      .join("")
      .trim() === ""
  )
    return [];
  return [{ path, startLine, endLine, score: 1, why: "stands below" }];
}

/** Best first; of places that overlap the best one, and none of what the writer has already. What stands below comes second. */
function apart(under: readonly Place[], places: readonly Place[], { path, known }: ContinuationQuery): Place[] {
  const isNew = (place: Place): boolean => place.score > 0 && !(place.path === path && overlaps(place, known));
  const [best, ...others] = places.filter(isNew).toSorted((a, b) => b.score - a.score);
  const kept: Place[] = [];
  for (const place of best === undefined ? under : [best, ...under, ...others]) {
    if (!kept.some((other) => other.path === place.path && overlaps(other, place))) kept.push(place);
  }
  return kept;
}

interface Lines {
  startLine: number;
  endLine: number;
}

function overlaps(a: Lines, b: Lines): boolean {
  return a.startLine <= b.endLine && b.startLine <= a.endLine;
}
