import type { HunkLines } from "../../history/past-changes.ts";
import { isProsePath, isTestPath } from "../ordinary-path.ts";
import type { RankingSources } from "../ranked-file.ts";
import { identifiersIn, queryWords } from "../words.ts";
import { filesLike } from "./code-lists.ts";
import { type FileScores, joinByRank, seedsOf } from "./file-scores.ts";
import type { FileList } from "./fuse-lists.ts";
import { byDirectory, byKind, busyLately, commitsInGroup, habitOf, newness, onLogScale } from "./habits.ts";
import { changedAlong, filesByTheirMessages, filesOf, similarCommits } from "./past-lists.ts";
import { stemOf } from "./path-words.ts";
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
  const { history } = sources;
  const { path: own } = lines;
  const question: Question = {
    own,
    removed: lines.removed.join("\n"),
    changed: [...lines.removed, ...lines.added].join("\n"),
    around: (lines.context ?? []).join("\n"),
    replaced: wordsOnOneSide(lines),
    only: { filter: (path) => path !== own && (filter === undefined || filter(path)) },
  };
  const changedCode = filesLike(sources.view, question.changed, question.only);
  const along = changedAlong(history, [[own, 1]], { halfLife: 1_000, sharing: 0.5 });
  const seeds = seedsOf(
    joinByRank([
      [changedCode, 1],
      [along, 1],
    ]),
    seedCount,
  );
  return [
    ...listsByCode(question, sources),
    ...listsByPaths(question, sources),
    ...listsByHistory(question, seeds, sources),
    ...listsByGraph(own, seeds, sources),
    ...habitsForLines(own, sources),
  ];
}

type Seeds = ReturnType<typeof seedsOf>;

interface Question {
  own: string;
  removed: string;
  changed: string;
  /** Lines around. */
  around: string;
  /** Names that only one side holds: what the change is about. */
  replaced: string[];
  only: { filter: (path: string) => boolean };
}

function listsByCode(question: Question, { view }: RankingSources): FileList[] {
  const { own, removed, changed, around, replaced, only } = question;
  const like = (text: string, paths = true) => filesLike(view, text, { ...only, paths });
  const lists: [name: string, scores: FileScores][] = [
    ["code", like(`${changed}\n${around}`)],
    ["changed code without paths", like(changed, false)],
    ["removed code", like(removed)],
    ["replaced words", like(replaced.join(" "))],
    ["own name", like(stemOf(own))],
    ["own path", like(own)],
  ];
  return lists.map(([name, scores]) => ({ name, source: "code", scores }));
}

function listsByPaths({ changed, replaced }: Question, { view }: RankingSources): FileList[] {
  const tree = treePathsOf(view);
  const lists: [name: string, scores: FileScores][] = [
    ["words of paths", tree.matching(replaced.join(" "))],
    ["named files", tree.named(changed)],
  ];
  return lists.map(([name, scores]) => ({ name, source: "paths", scores }));
}

function listsByHistory({ own, replaced }: Question, seeds: Seeds, { history }: RankingSources): FileList[] {
  const asked = [...queryWords(replaced.join(" "))].slice(0, messageWords);
  const lists: [name: string, scores: FileScores][] = [
    ["changed along lately", changedAlong(history, [[own, 1]], { halfLife: 200, sharing: 0.5 })],
    ["changed along with seeds", changedAlong(history, seeds, { halfLife: 1_000, sharing: 0.5 })],
    ["past messages", filesOf(history, similarCommits(history, asked, { k: 50, halfLife: 2_000 }))],
    ["messages of files", filesByTheirMessages(history, asked)],
  ];
  return lists.map(([name, scores]) => ({ name, source: "history", scores }));
}

function listsByGraph(own: string, seeds: Seeds, { graph }: RankingSources): FileList[] {
  const walk = (from: Seeds): FileScores =>
    new Map(graph.rank(new Map(from), walkedFiles).map(({ path, score }) => [path, score]));
  const lists: [name: string, scores: FileScores][] = [
    ["users", new Map(graph.users(own).map(({ path, weight }) => [path, weight]))],
    ["walk", walk([[own, 3], ...seeds])],
  ];
  return lists.map(([name, scores]) => ({ name, source: "graph", scores }));
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
    { name: "latest commits", source: "history", value: busyLately(history, 30) },
    { name: "latest changes", source: "history", value: busyLately(history, 300) },
    { name: "last change", source: "history", value: (path) => newness(history.commitsOf(path)) },
  ];
}

function wordsOnOneSide({ removed, added }: ChangedLines): string[] {
  const before = new Set(identifiersIn(removed.join("\n")));
  const after = new Set(identifiersIn(added.join("\n")));
  return [...before].filter((word) => !after.has(word)).concat([...after].filter((word) => !before.has(word)));
}
