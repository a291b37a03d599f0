import type { EngramView } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { limits } from "../shared/limits.ts";
import type { Contribution, Evidence } from "./evidence.ts";
import { createPathResolver, type MentionedPlace, type Mentions, readMentions } from "./mentions.ts";
import { baseName, isOrdinaryPath, isProsePath, isReleaseFile, isTestPath } from "./ordinary-path.ts";
import { createFrameResolver, type FrameResolver } from "./own-frames.ts";
import type { RankedFile, RankingSources } from "./ranked-file.ts";
import { rankFilesForText } from "./rank-files.ts";
import { sampleLines } from "./sample-lines.ts";
import { readStackTraces, type StackTrace } from "./stack-frames.ts";
import { firstLines, type SuspectLines, suspectLines } from "./suspect-lines.ts";

/** A file that an issue may be about. */
export interface Suspect {
  path: string;
  /** The function, class or section that the cited lines lie in; null where none has a name. */
  symbol: string | null;
  /** The lines that the issue is most likely about. */
  evidence: Evidence;
  /** Which lists named the file, at which place: for an explanation. */
  contributions: Contribution[];
  /** What the searches alone give it, on the scale that floors are learnt on. */
  searchScore: number;
}

export interface LocaliseOptions {
  k: number;
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
  /** Its grammars must have been prepared for `view.paths()`; where one was not, patterns find the functions. */
  units?: UnitParser | null | undefined;
}

/** Lists of what the text itself names. */
const traced = "stack trace";
const named = "named in the text";
const MENTION_WEIGHTS = { [traced]: 2, [named]: 1 };
/** What the text names counts as much as everything that is searched for it. */
const MENTION_SHARE = 0.5;
/** Issues describe behaviour; its tests and its manual use the same words. */
const BESIDE_THE_POINT = 0.5;
const CANDIDATES = 50;
/** A text that names more files is a log: the first of them count. */
const MOST_NAMED = 30;

/**
 * Suspect files and lines of an issue, best first: the files that its stack traces and its words name, fused with what the
 * searches over code, history and names find. Of a trace the innermost frame in the repository's own files counts most.
 */
export function localise(
  issue: { title: string; body: string },
  sources: RankingSources,
  { k, citeCommit, units = null }: LocaliseOptions,
): Suspect[] {
  const { view } = sources;
  const whole = `${issue.title}\n${issue.body}`;
  // What failed often stands at the end of a long log, and every line of it is cheap to look at for frames.
  const text = sampleLines(whole, limits.issueCharacters);
  const traces = readStackTraces(sampleLines(whole, limits.commentCharacters));
  const mentions = readMentions(text);
  const paths = view.paths().filter((path) => isOrdinaryPath(path) && !isReleaseFile(path));
  const places = readPlaces(view, paths, traces, mentions);
  const inTree = new Set(paths);
  const searched = rankFilesForText(text, sources, { k: CANDIDATES, filter: (path) => inTree.has(path) });

  const names = [...traces.flat().flatMap(({ name }) => name ?? []), ...mentions.identifiers];
  const textShare = places[traced].length + places[named].length > 0 ? 1 - MENTION_SHARE : 1;
  const suspects: Suspect[] = [];
  for (const { path, score, contributions } of fuse(places, searched, text)) {
    if (suspects.length === k) break;
    const lines = [...places[traced], ...places[named]].flatMap((place) =>
      place.path === path ? (place.line ?? []) : [],
    );
    // A file that history alone names may share no word with the text.
    const found = suspectLines(view, path, { lines, names, text }, units) ?? firstLines(view, path);
    if (found === null) continue;
    const searchScore = searchShare(contributions) / textShare;
    suspects.push({ ...describe(path, found, score, contributions, citeCommit(path)), searchScore });
  }
  return suspects;
}

interface Places {
  [traced]: MentionedPlace[];
  [named]: MentionedPlace[];
}

/** Places of the tree that the text names, most telling first. */
function readPlaces(view: EngramView, paths: string[], traces: StackTrace[], mentions: Mentions): Places {
  const resolver = createPathResolver(paths);
  const frames = createFrameResolver(view, paths, resolver);
  const framed = new Set(traces.flat().map(({ path, line }) => `${baseName(path)}:${line}`));
  const others = mentions.places.filter(({ path, line }) => !framed.has(`${baseName(path)}:${line}`));
  return {
    [traced]: byDepth(traces, frames).slice(0, MOST_NAMED),
    [named]: others
      .flatMap(({ path, line }) =>
        frames.isInstalled(path)
          ? frames.resolve({ path, line, name: null })
          : resolver.resolve(path).map((found) => ({ path: found, line })),
      )
      .slice(0, MOST_NAMED),
  };
}

/** The innermost own frame of every trace, then the frames above. */
function byDepth(traces: StackTrace[], frames: FrameResolver): MentionedPlace[] {
  const own = traces.map((trace) => trace.map((frame) => frames.resolve(frame)).filter((found) => found.length > 0));
  const deepest = Math.max(0, ...own.map((trace) => trace.length));
  return Array.from({ length: Math.min(deepest, MOST_NAMED) }, (_, depth) =>
    own.flatMap((trace) => trace[depth] ?? []),
  ).flat();
}

function fuse(places: Places, searched: RankedFile[], text: string): RankedFile[] {
  const lists = ([traced, named] as const).flatMap((list) => {
    const paths = [...new Set(places[list].map(({ path }) => path))];
    return paths.length === 0 ? [] : [{ list, paths }];
  });
  const whole = lists.reduce((sum, { list }) => sum + MENTION_WEIGHTS[list], 0);
  const files = new Map<string, RankedFile>();
  const add = (path: string, { share, ...contribution }: Contribution, weight: number): void => {
    const file = files.get(path) ?? { path, score: 0, contributions: [] };
    const counted = share * weight * plausibility(path, text);
    file.score += counted;
    file.contributions.push({ ...contribution, share: counted });
    files.set(path, file);
  };
  for (const { list, paths } of lists) {
    for (const [index, path] of paths.entries()) {
      // The frame that failed is worth twice the one that called it; what is named in words has no such order.
      const share = (MENTION_WEIGHTS[list] / whole) * (list === traced ? 1 / (1 + index) : 21 / (21 + index));
      add(path, { list, rank: index + 1, share }, MENTION_SHARE);
    }
  }
  for (const { path, contributions } of searched) {
    for (const contribution of contributions) add(path, contribution, whole === 0 ? 1 : 1 - MENTION_SHARE);
  }
  for (const { contributions } of files.values()) contributions.sort((a, b) => b.share - a.share);
  return [...files.values()].sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1));
}

function searchShare(contributions: Contribution[]): number {
  return contributions.reduce((sum, { list, share }) => (list === traced || list === named ? sum : sum + share), 0);
}

function plausibility(path: string, text: string): number {
  if (isTestPath(path)) return /\b(tests?|specs?|flaky)\b/i.test(text) ? 1 : BESIDE_THE_POINT;
  if (isProsePath(path)) return /\b(docs?|documentation|readme|typo)\b/i.test(text) ? 1 : BESIDE_THE_POINT;
  return 1;
}

function describe(
  path: string,
  { startLine, endLine, text, symbol }: SuspectLines,
  score: number,
  contributions: Contribution[],
  commit: string,
): Omit<Suspect, "searchScore"> {
  const why = reasonsOf(contributions);
  const citation = { kind: "code", path, startLine, endLine, commit } as const;
  return { path, symbol, evidence: { kind: "suspect", citation, score, why, text, contributions }, contributions };
}

const REASONS = 3;
/** A place further down a list is no reason. */
const TELLING_RANK = 10;

/** What the lists of rank-files.ts find, in words that a reader of the issue understands. Habits are left out: they only weigh. */
const WORDS: Readonly<Record<string, string>> = {
  code: "by the words it shares",
  "code without paths": "by the words it shares",
  title: "by the words of the title",
  "defined names": "by the names it defines",
  "words of paths": "by its path",
  "named files": "by its name",
  siblings: "by its name, which is like those of other suspects",
  "past messages": "by past commits about the same",
  "closest messages": "by past commits about the same",
  "messages of files": "by past commits about the same",
  "named commits": "by commits that the text names",
  "changed along": "by changes along with other suspects",
  walk: "by names it shares with other suspects",
  "walk from code": "by names it shares with other suspects",
  neighbours: "by names it shares with other suspects",
};

/** What the text names, then where it is best by itself, then by what it has to do with others; each kind of list once. */
function reasonsOf(contributions: readonly Contribution[]): string {
  const isNamed = ({ list }: Contribution): boolean => list === traced || list === named;
  const isIndirect = ({ list }: Contribution): number => Number(WORDS[list]?.endsWith("other suspects") ?? false);
  const telling = contributions
    .filter((one) => !isNamed(one) && WORDS[one.list] !== undefined && one.rank <= TELLING_RANK)
    .sort((a, b) => isIndirect(a) - isIndirect(b) || a.rank - b.rank || b.share - a.share);
  const reasons = new Map<string, string>();
  for (const one of [...contributions.filter(isNamed), ...telling]) {
    const words = WORDS[one.list] ?? one.list;
    if (!reasons.has(words)) reasons.set(words, isNamed(one) ? mention(one) : `${ordinal(one.rank)} ${words}`);
  }
  return [...reasons.values()].slice(0, REASONS).join(", ") || "like what was changed for such texts";
}

function mention({ list, rank }: Contribution): string {
  if (list === named) return "named in the issue";
  return rank === 1 ? "innermost in the stack trace" : "in the stack trace";
}

function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][rank % 10] ?? "th");
  return `${rank}${ending}`;
}
