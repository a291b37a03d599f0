import { isProsePath, isTestPath } from "../ordinary-path.ts";
import type { RankingSources } from "../ranked-file.ts";
import { queryWords } from "../words.ts";
import { filesLike, filesWithNames, namesIn } from "./code-lists.ts";
import { joinByRank, seedsOf } from "./file-scores.ts";
import type { FileList } from "./fuse-lists.ts";
import { busyLately, byDirectory, byKind, habitOf, newness, onLogScale } from "./habits.ts";
import { changedAlong, filesByTheirMessages, filesOf, namedCommits, similarCommits } from "./past-lists.ts";
import { treePathsOf } from "./tree-paths.ts";

/** Seeds of walks and expansions. */
const seedCount = 10;

/** Every list for a text (an issue, a commit message): first what finds files, then habits that weigh what was found. */
export function listsForText(
  text: string,
  { view, history, graph }: RankingSources,
  filter?: (path: string) => boolean,
): FileList[] {
  const tree = treePathsOf(view);
  const title = text.split("\n", 1)[0] ?? "";
  const [asked, askedInTitle] = [[...queryWords(text)], [...queryWords(title)]];
  const only = filter === undefined ? {} : { filter };

  const code = filesLike(view, text, only);
  const similar = similarCommits(history, asked, { k: 50 });
  const messages = filesOf(history, similar);
  const seeds = seedsOf(
    joinByRank([
      [code, 1],
      [messages, 0.5],
    ]),
    seedCount,
  );
  const around = (from: readonly (readonly [string, number])[]) =>
    new Map(graph.rank(new Map(from), walkedFiles).map(({ path, score }) => [path, score]));
  const walked = around(seeds.slice(0, 5));
  for (const [path] of seeds.slice(0, 5)) walked.delete(path);

  return [
    { name: "code", source: "code", scores: code },
    { name: "code without paths", source: "code", scores: filesLike(view, text, { ...only, paths: false }) },
    { name: "title", source: "code", scores: filesLike(view, title, only) },
    { name: "defined names", source: "code", scores: filesWithNames(view, namesIn(text), "defines", only) },
    { name: "words of paths", source: "paths", scores: tree.matching(text) },
    { name: "named files", source: "paths", scores: tree.named(text) },
    { name: "siblings", source: "paths", scores: tree.siblings(seeds) },
    {
      name: "closest messages",
      source: "history",
      scores: filesOf(history, similarCommits(history, asked, { k: 10, halfLife: 3_000 })),
    },
    { name: "messages of files", source: "history", scores: filesByTheirMessages(history, askedInTitle) },
    { name: "named commits", source: "history", scores: filesOf(history, namedCommits(history, text)) },
    {
      name: "changed along",
      source: "history",
      scores: changedAlong(history, seeds.slice(0, 5), { halfLife: 200, sharing: 0.5 }),
    },
    { name: "walk", source: "graph", scores: around(seeds) },
    { name: "neighbours", source: "graph", scores: walked },
    ...habitsForText(text, title, { view, history, graph }, similar),
  ];
}

/** Files that a walk over the graph gives. */
const walkedFiles = 100;

function habitsForText(
  text: string,
  title: string,
  { view, history }: RankingSources,
  similar: ReturnType<typeof similarCommits>,
): FileList[] {
  const tree = treePathsOf(view);
  const likeTitle = similarCommits(history, [...queryWords(title)], { k: 50 });
  const kinds = habitOf(history, similar, byKind);
  const directories = habitOf(history, similar, byDirectory);
  const titleDirectories = habitOf(history, likeTitle, byDirectory);
  const aboutTests = /\b(tests?|specs?|flaky|coverage)\b/i.test(text);
  const aboutDocs = /\b(docs?|documentation|readme|typos?|docstrings?)\b/i.test(text);
  return [
    {
      name: "usual kind, each",
      source: "history",
      value: (path) => onLogScale(kinds.shareOf(path) / tree.sizeOf(byKind, path)),
    },
    {
      name: "usual directory, each",
      source: "history",
      value: (path) => onLogScale(directories.shareOf(path) / tree.sizeOf(byDirectory, path)),
    },
    { name: "usual directory", source: "history", value: titleDirectories.shareOf },
    { name: "about tests", source: "paths", value: (path) => (aboutTests && isTestPath(path) ? 1 : 0) },
    { name: "about documents", source: "paths", value: (path) => (aboutDocs && isProsePath(path) ? 1 : 0) },
    { name: "latest commits", source: "history", value: busyLately(history, 5) },
    { name: "last change", source: "history", value: (path) => newness(history.commitsOf(path)) },
  ];
}
