import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import type { EngramView } from "../../src/engram/engram.ts";
import { encoderOf } from "../../src/engram/sqlite-engram-store.ts";
import { createMemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import { openCodeGraph } from "../../src/retrieval/graph/open-code-graph.ts";
import type { RankingSources } from "../../src/retrieval/ranked-file.ts";
import { type FileList, fuseLists, type ListSource, type ListWeights } from "../../src/retrieval/ranking/fuse-lists.ts";
import { listsForLines } from "../../src/retrieval/ranking/line-lists.ts";
import { listsForText } from "../../src/retrieval/ranking/text-lists.ts";
import { lineWeights, textWeights } from "../../src/retrieval/ranking/weights.ts";
import { createExactIndexes } from "./exact-index.ts";
import { type FileIndex, followTree } from "./file-index.ts";
import { lenientSource } from "./lenient-source.ts";
import { isRecorded, type PastTask } from "./past-tasks.ts";
import { createFts5Index, createMiniSearchIndex } from "./peer-indexes.ts";
import { type Score, scoreOf } from "./scores.ts";
import { fileNamesOf, stripFileNames } from "./strip-names.ts";

export const kinds = ["msg", "hunk", "msg_no_names"] as const;
export type Kind = (typeof kinds)[number];

export const methods = [
  "bm25",
  "tfidf",
  "minisearch",
  "fts5",
  "ours_index",
  "ours_history",
  "ours_graph",
  "ours",
] as const;
export type Method = (typeof methods)[number];

/** One query, and how well each method answered it. */
export interface Answer {
  commit: string;
  kind: Kind;
  scores: Record<Method, Score>;
}

export interface WalkReport {
  answers: Answer[];
  /** Milliseconds of each of our rankings. */
  rankMs: number[];
  files: number;
  chunks: number;
  /** Tasks that were asked; fewer than given where time ran out or no file of theirs was in the parent. */
  tasks: number;
}

/** Files of a commit whose hunks become queries; more would ask the same again. */
const hunksPerTask = 3;
const mostRelevant = 10;
/** Chunks asked of our index, so that ten files are among them. */
const chunksAsked = 300;

/**
 * Asks every task, oldest first, in the tree and the history of its own parent: engram, indexes and peers move from parent to
 * parent by what differs, so nothing is ever newer than the question.
 * @param deadline of performance.now(); later tasks are left out
 */
export async function walkTasks(gitDir: string, tasks: readonly PastTask[], deadline = Infinity): Promise<WalkReport> {
  const { kernel } = loadKernel();
  const histories = createMemoryHistoryStore();
  const { index } = await histories.update("bench", gitDir, [...new Set(tasks.map(({ parent }) => parent))]);
  const engrams = createMemoryEngramStore({ kernel });
  const tree = followTree((path) => !isRecorded(path));
  const exact = createExactIndexes(encoderOf({ kernel }));
  const texts: [Method, FileIndex][] = [
    ["bm25", exact.bm25],
    ["tfidf", exact.tfidf],
    ["minisearch", createMiniSearchIndex()],
    ["fts5", createFts5Index()],
  ];
  const report: WalkReport = { answers: [], rankMs: [], files: 0, chunks: 0, tasks: 0 };
  for (const task of tasks) {
    if (performance.now() > deadline) break;
    const { engram } = await engrams.updateFrom("bench", await lenientSource(gitDir, task.parent));
    const changed = tree.changesTo(engram);
    exact.update(changed, engram);
    for (const [, peer] of texts) peer.update(changed, engram);
    const inTree = tree.paths();
    const relevant = task.diffs.map(({ path }) => path).filter((path) => inTree.has(path));
    if (relevant.length === 0 || relevant.length > mostRelevant) continue;
    const sources = { view: engram, history: index.at(task.parent), graph: openCodeGraph(engram) };
    for (const query of queriesOf(task, relevant, inTree)) {
      const rankings = rankWithAll(query, sources, texts, inTree, report.rankMs);
      const scores = Object.fromEntries(
        methods.map((method) => [method, scoreOf(rankings[method], query.relevant, query.own)]),
      ) as Record<Method, Score>;
      report.answers.push({ commit: task.commit, kind: query.kind, scores });
    }
    report.tasks++;
    ({ indexedFiles: report.files, chunks: report.chunks } = engram.info());
  }
  engrams.close();
  histories.close();
  return report;
}

interface Query {
  kind: Kind;
  /** What methods that read text get. */
  text: string;
  relevant: string[];
  own: string | null;
  diff: PastTask["diffs"][number] | null;
}

function queriesOf(task: PastTask, relevant: string[], inTree: ReadonlySet<string>): Query[] {
  const { message: text, diffs } = task;
  const stripped = stripFileNames(text, fileNamesOf(inTree));
  const queries: Query[] = [
    { kind: "msg", text, relevant, own: null, diff: null },
    { kind: "msg_no_names", text: stripped, relevant, own: null, diff: null },
  ];
  for (const diff of diffs.slice(0, hunksPerTask)) {
    const others = relevant.filter((path) => path !== diff.path);
    if (others.length > 0) queries.push({ kind: "hunk", text: diff.text, relevant: others, own: diff.path, diff });
  }
  return queries;
}

/** Our lists are found once and fused as the product does; those of one source alone show what it gives. */
function rankWithAll(
  { text, diff, own }: Query,
  sources: RankingSources,
  texts: readonly (readonly [Method, FileIndex])[],
  inTree: ReadonlySet<string>,
  rankMs: number[],
): Record<Method, string[]> {
  const filter = (path: string) => path !== own && inTree.has(path);
  const started = performance.now();
  const lists = diff === null ? listsForText(text, sources, filter) : listsForLines(diff, sources, filter);
  const weights = diff === null ? textWeights : lineWeights;
  const ours = fusedPaths(lists, weights, filter);
  rankMs.push(performance.now() - started);
  const from = (source: ListSource) =>
    fusedPaths(
      lists.filter((list) => list.source === source),
      weights,
      filter,
    );
  return {
    ...(Object.fromEntries(texts.map(([method, peer]) => [method, peer.search(text)])) as Record<Method, string[]>),
    ours_index: pathsByIndex(sources.view, text, filter),
    ours_history: from("history"),
    ours_graph: from("graph"),
    ours,
  };
}

function fusedPaths(lists: readonly FileList[], weights: ListWeights, filter: (path: string) => boolean): string[] {
  return fuseLists(lists, weights, { k: mostRelevant, filter }).map(({ path }) => path);
}

function pathsByIndex(view: EngramView, text: string, filter: (path: string) => boolean): string[] {
  return [...new Set(view.search(text, { k: chunksAsked, filter }).map(({ path }) => path))];
}
