import type { EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import { createTextIndex } from "./bm25.ts";
import { readCodeFile } from "./code-file.ts";
import type { History } from "./history.ts";
import { queryWords, searchWords } from "./words.ts";

const CODE_HITS = 100;
const PAST_COMMITS = 50;
const MAX_NAMES = 30;

/** Files by their best chunk. */
export function pathsByCode(text: string, view: EngramView, inTree: ReadonlySet<string>): string[] {
  const hits = view.search(text, { k: CODE_HITS, filter: (path) => inTree.has(path) });
  return [...new Set(hits.map(({ path }) => path))];
}

/** Files that hold the mentioned names: rare names count more, and twice where the file defines them. */
export function pathsByNames(names: string[], view: EngramView, inTree: ReadonlySet<string>): string[] {
  const scores = new Map<string, number>();
  for (const name of names.slice(0, MAX_NAMES)) {
    const holders = view.pathsWithToken(name).filter((path) => inTree.has(path));
    if (holders.length > limits.filesPerName) continue;
    for (const path of holders) {
      const text = view.text(path) ?? "";
      // Tokens are compared without case; a name is written one way.
      if (!text.includes(name)) continue;
      const defined = readCodeFile(path, text)?.definitions.some((definition) => definition.name === name) ?? false;
      scores.set(path, (scores.get(path) ?? 0) + (defined ? 2 : 1) / holders.length);
    }
  }
  return byScore(scores);
}

/** Files of past commits whose subjects are like the text; a commit's score is shared among its files. */
export function pathsByHistory(text: string, { commits }: History, inTree: ReadonlySet<string>): string[] {
  const useful = commits.filter(({ files }) => files.length > 0 && files.length <= limits.historyFilesPerCommit);
  if (useful.length === 0) return [];
  const index = createTextIndex(useful.map(({ subject }) => searchWords(subject)));
  const scores = new Map<string, number>();
  for (const { index: position, score } of index.search([...queryWords(text)], PAST_COMMITS)) {
    const files = useful[position]?.files ?? [];
    for (const path of files.filter((file) => inTree.has(file))) {
      scores.set(path, (scores.get(path) ?? 0) + score / Math.sqrt(files.length));
    }
  }
  return byScore(scores);
}

function byScore(scores: ReadonlyMap<string, number>): string[] {
  return [...scores].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([path]) => path);
}
