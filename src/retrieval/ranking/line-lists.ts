import type { HunkLines } from "../../history/past-changes.ts";
import { isProsePath, isTestPath } from "../ordinary-path.ts";
import type { RankingSources } from "../ranked-file.ts";
import { identifiersIn, queryWords } from "../words.ts";
import { filesLike, filesWithNames } from "./code-lists.ts";
import { joinByRank, seedsOf } from "./file-scores.ts";
import type { FileList } from "./fuse-lists.ts";
import { byDirectory, byKind, commitsInGroup, habitOf, onLogScale } from "./habits.ts";
import {
  changedAlong,
  changedTogether,
  filesByTheirMessages,
  filesOf,
  lastCommits,
  similarCommits,
} from "./past-lists.ts";
import { stemOf } from "./path-words.ts";
import { newness } from "./text-lists.ts";
import { treePathsOf } from "./tree-paths.ts";

/** Changed lines of one file, and where the caller has them the lines around. */
export interface ChangedLines extends HunkLines {
  context?: readonly string[];
}

const seedCount = 8;
const walkedFiles = 100;
/** Words of a hunk that are held against messages. */
const messageWords = 60;

/** Every list for changed lines: first what finds files, then habits that weigh what was found. */
export function listsForLines(
  lines: ChangedLines,
  sources: RankingSources,
  filter?: (path: string) => boolean,
): FileList[] {
  const { view, history, graph } = sources;
  const { path: own } = lines;
  const tree = treePathsOf(view);
  const only = { filter: (path: string) => path !== own && (filter === undefined || filter(path)) };
  const [removed, added] = [lines.removed.join("\n"), lines.added.join("\n")];
  const changed = `${removed}\n${added}`;
  const like = (text: string, paths = true) => filesLike(view, text, { ...only, paths });
  const replaced = wordsOnOneSide(removed, added);
  const asked = [...queryWords(replaced.join(" "))].slice(0, messageWords);

  const changedCode = like(changed);
  const along = changedAlong(history, [[own, 1]], { halfLife: 1_000, sharing: 0.5 });
  const seeds = seedsOf(
    joinByRank([
      [changedCode, 1],
      [along, 1],
    ]),
    seedCount,
  );
  const around = (from: readonly (readonly [string, number])[]) =>
    new Map(graph.rank(new Map(from), walkedFiles).map(({ path, score }) => [path, score]));

  return [
    { name: "code", source: "code", scores: like([...(lines.context ?? []), changed].join("\n")) },
    { name: "changed code", source: "code", scores: changedCode },
    { name: "changed code and path", source: "code", scores: like(`${changed}\n${own}\n${own}`) },
    { name: "changed code without paths", source: "code", scores: like(changed, false) },
    { name: "removed code", source: "code", scores: like(removed) },
    { name: "replaced words", source: "code", scores: like(replaced.join(" ")) },
    { name: "defined names", source: "code", scores: filesWithNames(view, replaced, "defines", only) },
    { name: "own name", source: "code", scores: like(stemOf(own)) },
    { name: "own path", source: "code", scores: like(own) },
    { name: "words of paths", source: "paths", scores: tree.matching(replaced.join(" ")) },
    { name: "named files", source: "paths", scores: tree.named(changed) },
    { name: "siblings", source: "paths", scores: tree.siblings([[own, 1]]) },
    { name: "siblings of seeds", source: "paths", scores: tree.siblings(seeds) },
    {
      name: "changed along",
      source: "history",
      scores: changedAlong(history, [[own, 1]], { halfLife: 5_000, sharing: 1 }),
    },
    {
      name: "changed along lately",
      source: "history",
      scores: changedAlong(history, [[own, 1]], { halfLife: 200, sharing: 0.5 }),
    },
    { name: "changed together", source: "history", scores: changedTogether(history, own) },
    {
      name: "changed along with the like",
      source: "history",
      scores: changedAlong(history, seedsOf(tree.near(own), seedCount), { halfLife: 1_000, sharing: 0.5 }),
    },
    {
      name: "changed along with seeds",
      source: "history",
      scores: changedAlong(history, seeds, { halfLife: 1_000, sharing: 0.5 }),
    },
    {
      name: "past messages",
      source: "history",
      scores: filesOf(history, similarCommits(history, asked, { k: 50, halfLife: 2_000 })),
    },
    { name: "messages of files", source: "history", scores: filesByTheirMessages(history, asked) },
    { name: "latest commits", source: "history", scores: filesOf(history, lastCommits(history, 30)) },
    { name: "latest changes", source: "history", scores: filesOf(history, lastCommits(history, 300)) },
    { name: "users", source: "graph", scores: new Map(graph.users(own).map(({ path, weight }) => [path, weight])) },
    { name: "walk from code", source: "graph", scores: around(seedsOf(changedCode, seedCount)) },
    { name: "walk", source: "graph", scores: around([[own, 3], ...seeds]) },
    ...habitsForLines(own, sources),
  ];
}

function habitsForLines(own: string, { view, history }: RankingSources): FileList[] {
  const tree = treePathsOf(view);
  const kinds = habitOf(history, commitsInGroup(history, byKind, byKind(own)), byKind, own);
  const directories = habitOf(history, commitsInGroup(history, byDirectory, byDirectory(own)), byDirectory, own);
  const [ownTest, ownProse] = [isTestPath(own), isProsePath(own)];
  return [
    {
      name: "usual kind, each",
      source: "history",
      value: (path) => onLogScale(kinds.shareOf(path) / tree.sizeOf(byKind, path)),
    },
    { name: "usual directory", source: "history", value: (path) => onLogScale(directories.shareOf(path)) },
    { name: "test of source", source: "paths", value: (path) => (!ownTest && !ownProse && isTestPath(path) ? 1 : 0) },
    {
      name: "source of test",
      source: "paths",
      value: (path) => (ownTest && !isTestPath(path) && !isProsePath(path) ? 1 : 0),
    },
    { name: "test beside test", source: "paths", value: (path) => (ownTest && isTestPath(path) ? 1 : 0) },
    { name: "last change", source: "history", value: (path) => newness(history.commitsOf(path)) },
  ];
}

/** Identifiers that only one side holds: what the change is about. */
function wordsOnOneSide(removed: string, added: string): string[] {
  const [before, after] = [new Set(identifiersIn(removed)), new Set(identifiersIn(added))];
  return [...before].filter((word) => !after.has(word)).concat([...after].filter((word) => !before.has(word)));
}
