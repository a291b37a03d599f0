import type { EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import type { Contribution, Evidence } from "./evidence.ts";
import { bestExcerpt, type Excerpt } from "./excerpt.ts";
import { fuseRankings } from "./fusion.ts";
import type { History } from "./history.ts";
import { createPathResolver, readMentions } from "./mentions.ts";
import { isOrdinaryPath, isProsePath, isReleaseFile, isTestPath } from "./ordinary-path.ts";
import { pathsByCode, pathsByHistory, pathsByNames } from "./suspect-lists.ts";

/** A file that an issue may be about. */
export interface Suspect {
  path: string;
  /** The lines that are closest to the issue's text. */
  evidence: Evidence;
  /** Which lists named the file, at which place: for an explanation. */
  contributions: Contribution[];
}

export interface LocaliseOptions {
  k: number;
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
}

/** Measured (recall of changed files from commit messages): history at half the weight of the code, symbols likewise. */
const WEIGHTS = { named: 2, code: 1, names: 0.5, history: 0.5 };
/** Issues describe behaviour; its tests and its manual use the same words. */
const BESIDE_THE_POINT = 0.5;
/** Lines shown around a line that a stack trace names. */
const FRAME_MARGIN = 3;

/**
 * Suspect files and lines of an issue, best first: the reciprocal rank fusion of the paths and stack frames that the text
 * names, code search, the files that hold the names it mentions, and files of past commits with similar subjects.
 */
export function localise(
  issue: { title: string; body: string },
  view: EngramView,
  history: History,
  { k, citeCommit }: LocaliseOptions,
): Suspect[] {
  const text = `${issue.title}\n${issue.body}`.slice(0, limits.issueCharacters);
  const mentions = readMentions(text);
  const paths = view.paths().filter((path) => isOrdinaryPath(path) && !isReleaseFile(path));
  const inTree = new Set(paths);
  const resolver = createPathResolver(paths);
  const named = mentions.places.flatMap(({ path, line }) =>
    resolver.resolve(path).map((resolved) => ({ path: resolved, line })),
  );

  const fused = fuseRankings([
    { name: "named in the text", weight: WEIGHTS.named, keys: [...new Set(named.map(({ path }) => path))] },
    { name: "code search", weight: WEIGHTS.code, keys: pathsByCode(text, view, inTree) },
    { name: "names mentioned", weight: WEIGHTS.names, keys: pathsByNames(mentions.identifiers, view, inTree) },
    { name: "past commits", weight: WEIGHTS.history, keys: pathsByHistory(text, history, inTree) },
  ]);
  const ranked = fused
    .map((entry) => ({ ...entry, score: entry.score * plausibility(entry.key, text) }))
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));

  const suspects: Suspect[] = [];
  for (const { key: path, score, contributions } of ranked) {
    if (suspects.length === k) break;
    const line = named.find((place) => place.path === path && place.line !== null)?.line ?? null;
    // A file that history alone names may share no word with the text: its first lines then stand for it.
    const excerpt =
      (line === null ? null : aroundLine(view, path, line)) ??
      bestExcerpt(view, path, text) ??
      aroundLine(view, path, 1);
    if (excerpt !== null) suspects.push(describe(path, excerpt, score, contributions, citeCommit(path)));
  }
  return suspects;
}

function plausibility(path: string, text: string): number {
  if (isTestPath(path)) return /\b(tests?|specs?|flaky)\b/i.test(text) ? 1 : BESIDE_THE_POINT;
  if (isProsePath(path)) return /\b(docs?|documentation|readme|typo)\b/i.test(text) ? 1 : BESIDE_THE_POINT;
  return 1;
}

function aroundLine(view: EngramView, path: string, line: number): Excerpt | null {
  const lines = view.text(path)?.replace(/\n$/, "").split("\n") ?? [];
  if (line < 1 || line > lines.length) return null;
  const startLine = Math.max(1, line - FRAME_MARGIN);
  const endLine = Math.min(lines.length, line + FRAME_MARGIN);
  return { startLine, endLine, text: lines.slice(startLine - 1, endLine).join("\n") };
}

function describe(
  path: string,
  { startLine, endLine, text }: Excerpt,
  score: number,
  contributions: Contribution[],
  commit: string,
): Suspect {
  const why = contributions.map(reasonOf).join(", ");
  const citation = { kind: "code", path, startLine, endLine, commit } as const;
  return { path, evidence: { kind: "suspect", citation, score, why, text }, contributions };
}

/** What a list says for a file, in words that a reader of the issue understands. */
function reasonOf({ list, rank }: Contribution): string {
  if (list === "named in the text") return "named in the issue";
  if (list === "code search") return `${ordinal(rank)} by the words it shares`;
  if (list === "names mentioned") return "holds a name that the issue mentions";
  return `${ordinal(rank)} by past commits about the same`;
}

function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][rank % 10] ?? "th");
  return `${rank}${ending}`;
}
