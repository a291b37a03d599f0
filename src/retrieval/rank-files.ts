import type { RankedFile, RankingOptions, RankingSources } from "./ranked-file.ts";
import { fuseLists } from "./ranking/fuse-lists.ts";
import { type ChangedLines, listsForLines } from "./ranking/line-lists.ts";
import { listsForText } from "./ranking/text-lists.ts";
import { treePathsOf } from "./ranking/tree-paths.ts";
import { lineWeights, textWeights } from "./ranking/weights.ts";

/**
 * Files that a text is about, best first: an issue, a commit message, a question. Each list's share is in `contributions`.
 * Without history or names it is the code search that decides; a text without any known word gives what was changed lately.
 */
export function rankFilesForText(text: string, sources: RankingSources, options: RankingOptions): RankedFile[] {
  const filter = answersIn(sources, null, options);
  return fuseLists(listsForText(text, sources, filter), textWeights, { k: options.k, filter });
}

/** Files that a change of these lines probably concerns as well, best first; never the file itself. */
export function rankFilesForLines(lines: ChangedLines, sources: RankingSources, options: RankingOptions): RankedFile[] {
  const filter = answersIn(sources, lines.path, options);
  return fuseLists(listsForLines(lines, sources, filter), lineWeights, { k: options.k, filter });
}

/** Indexed files of the tree that the caller wants: history knows others, which are gone. */
function answersIn({ view }: RankingSources, own: string | null, { filter }: RankingOptions) {
  const { paths } = treePathsOf(view);
  return (path: string) => path !== own && paths.has(path) && (filter === undefined || filter(path));
}
