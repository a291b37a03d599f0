import type { Chunk, EngramView } from "../engram/engram.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { Evidence } from "./evidence.ts";
import { excerptOf, linesOf } from "./excerpt.ts";
import { isOrdinaryPath } from "./ordinary-path.ts";
import { queryWords, searchWords } from "./words.ts";

/** Another repository that the subject's readers may be shown: see allowedRepositories (evidence-scope.ts). */
export interface OtherRepository {
  repository: RepositoryId;
  view: EngramView;
  /** The commit in which that view's text of a path can be cited. */
  citeCommit: (path: string) => string;
}

export interface SimilarCodeQuery {
  /** Code, a symbol, or a sentence. */
  text: string;
  /** Number of files, best first. */
  k: number;
  /** Places that are the query itself: chunks that overlap them are left out. */
  exclude?: Chunk[];
  filter?: (path: string) => boolean;
  /** Count words of paths as well: yes for sentences (the default), no for code. */
  paths?: boolean;
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
  /** Searched as well; what is found there carries `Evidence.repository`. `exclude` and `filter` do not apply. */
  others?: readonly OtherRepository[];
}

/** Chunks with fewer of the query's words are there because of one common word. */
const MIN_SHARE = 0.35;
/** Several chunks of one file may stand before the next file. */
const HITS_PER_FILE = 5;

/**
 * Related places, the best of each file, best first where several repositories are searched. The score is the share of the
 * query's distinct words found there, which can be compared between repositories.
 */
export function findSimilarCode(view: EngramView, query: SimilarCodeQuery): Evidence[] {
  const { k, others = [] } = query;
  const found = search(view, query);
  if (others.length === 0) return found;
  const foreign = others.flatMap(({ repository, view: other, citeCommit }) => {
    const { exclude: _own, filter: _ownPaths, ...asked } = query;
    return search(other, { ...asked, citeCommit }).map((evidence) => ({ ...evidence, repository }));
  });
  // Where both say the same, the repository's own code is the better example.
  return [...found, ...foreign].sort((a, b) => b.score - a.score).slice(0, k);
}

function search(view: EngramView, query: SimilarCodeQuery): Evidence[] {
  const { text, k, exclude = [], filter = () => true, paths = true, citeCommit } = query;
  const words = queryWords(text);
  const hits = view.search(text, {
    k: k * HITS_PER_FILE,
    filter: (path) => isOrdinaryPath(path) && filter(path),
    paths,
  });
  const found = new Map<string, Evidence>();
  for (const hit of hits) {
    if (found.size === k) break;
    const fileText = view.text(hit.path);
    if (found.has(hit.path) || fileText === null || exclude.some((place) => overlaps(place, hit))) continue;
    const shared = sharedWords(linesOf(fileText, hit), words);
    const score = words.size === 0 ? 0 : shared / words.size;
    if (score < MIN_SHARE) continue;
    const { startLine, endLine, text: quoted } = excerptOf(fileText, hit, words);
    found.set(hit.path, {
      kind: "similar-code",
      citation: { kind: "code", path: hit.path, startLine, endLine, commit: citeCommit(hit.path) },
      score,
      why: `shares ${shared} of ${words.size} words`,
      text: quoted,
    });
  }
  return [...found.values()];
}

function sharedWords(text: string, words: ReadonlySet<string>): number {
  return new Set(searchWords(text).filter((word) => words.has(word))).size;
}

function overlaps(a: Chunk, b: Chunk): boolean {
  return a.path === b.path && a.startLine <= b.endLine && b.startLine <= a.endLine;
}
