import { createHash } from "node:crypto";
import { createExclusive } from "../shared/exclusive.ts";
import { gitText } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { CommitGraph } from "./commit-graph.ts";
import { readDefaultBranch } from "./default-branch.ts";
import { DamagedFile, derivedFile, removeDerivedDatabase } from "./derived-database.ts";
import type { HistoryReport, HistoryUpdateOptions } from "./history.ts";
import { ofOtherBranches } from "./other-branches.ts";
import type { PastPull, PastPulls, PastPullsStore } from "./past-pulls.ts";
import { placePull, type PullPlace } from "./place-pull.ts";
import { listPullRefs } from "./pull-refs.ts";
import { openPullsDatabase, type PlacedPull, type PullsDatabase, type StoredPull } from "./pulls-database.ts";
import { createKnownGraphs, type KnownGraph } from "./known-graphs.ts";
import { readMergedTitles } from "./merged-titles.ts";
import { readTouched } from "./touched-files.ts";

export interface PastPullsStoreOptions {
  directory: string;
  /** Pull requests that are read, the newest by number. */
  newest?: number;
}

/**
 * Keeps each repository's pull requests in DIRECTORY/KEY.pulls. Where they stand is computed anew with each reading, what
 * they touch is kept. A file that is damaged, or of another format, is begun afresh.
 * Errors: AssistantError `bad-history-key`, `history-unusable`.
 */
export function createSqlitePastPullsStore({
  directory,
  newest = limits.pullsRead,
}: PastPullsStoreOptions): PastPullsStore {
  const oneAtATime = createExclusive();
  const graphs = createKnownGraphs();

  async function update(key: string, file: string, reading: Omit<Reading, "database" | "graph">) {
    const database = openPullsDatabase(file);
    try {
      return await updatePulls({ ...reading, database, graph: graphs.of(key) });
    } finally {
      database.close();
    }
  }

  return {
    update: (key, gitDir, defaultCommit, options = {}) =>
      oneAtATime(key, async () => {
        const file = derivedFile(directory, key, "pulls");
        const reading = { gitDir, defaultCommit, newest, options };
        try {
          return await update(key, file, reading);
        } catch (error) {
          if (!(error instanceof DamagedFile)) throw error;
          removeDerivedDatabase(file);
          return update(key, file, reading);
        }
      }),
    close: () => graphs.clear(),
  };
}

interface Reading {
  database: PullsDatabase;
  graph: KnownGraph;
  gitDir: string;
  defaultCommit: string;
  newest: number;
  options: HistoryUpdateOptions;
}

async function updatePulls(reading: Reading): Promise<{ pulls: PastPulls; report: HistoryReport }> {
  const { database, gitDir, defaultCommit, newest, options } = reading;
  const started = performance.now();
  const heads = await listPullRefs(gitDir, options.signal);
  const shallow = (await gitText(gitDir, ["rev-parse", "--is-shallow-repository"])) === "true";
  const state = digest([defaultCommit, shallow, newest, ...heads]);
  const known = database.pulls();
  const finished = database.finished();
  if (finished?.state === state) {
    return { pulls: inOrder(known.values(), finished.leftOut), report: { read: 0, ms: performance.now() - started } };
  }

  const { placed, leftOut } = await placePulls(reading, heads, shallow);
  const read = await keepPulls(reading, placed, known);
  for (const number of known.keys()) if (!placed.has(number)) known.delete(number);
  database.finish({ state, leftOut }, new Set(placed.keys()));
  return { pulls: inOrder(known.values(), leftOut), report: { read, ms: performance.now() - started } };
}

/** Where each pull request stands, newest first; those that cannot be placed are counted by reason. */
async function placePulls(reading: Reading, heads: ReadonlyMap<number, string>, shallow: boolean) {
  const { gitDir, defaultCommit, newest, options } = reading;
  const numbers = [...heads.keys()].sort((a, b) => b - a);
  const tips = numbers.slice(0, newest).map((number) => heads.get(number) ?? "");
  const { graph, unreadable } = await reading.graph.extend(gitDir, defaultCommit, tips, options.signal);
  const branch = readDefaultBranch(graph, graph.numbers.get(defaultCommit) ?? -1);
  const placed = new Map<number, PlacedPull>();
  const leftOut: Record<string, number> = {};
  if (numbers.length > tips.length) leftOut["too-old"] = numbers.length - tips.length;
  for (const [index, head] of tips.entries()) {
    const number = numbers[index] ?? 0;
    const place = unreadable.has(head) ? "unreadable" : placePull(graph, branch, number, graph.numbers.get(head) ?? -1);
    if (typeof place !== "string") {
      placed.set(number, describe(graph, number, head, place));
    } else {
      // Where a clone was cut off, a pull request that meets nothing may do so below the cut.
      const reason = place === "no-common-base" && shallow ? "shallow" : place;
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    }
  }
  const others = ofOtherBranches(
    [...placed.values()],
    (commit) => graph.subjects[graph.numbers.get(commit) ?? -1] ?? "",
  );
  for (const number of others) placed.delete(number);
  if (others.size > 0) leftOut["another-branch"] = others.size;
  return { placed, leftOut };
}

function describe(
  { ids, subjects, authors, times, numbers }: CommitGraph,
  number: number,
  head: string,
  place: PullPlace,
): PlacedPull {
  const id = (commit: number): string => ids[commit] ?? "";
  const first = place.commits[0] ?? -1;
  return {
    number,
    head,
    base: id(place.base),
    finalBase: id(place.finalBase),
    commits: place.commits.map(id),
    mergedAs: place.mergedAs === null ? null : id(place.mergedAs),
    subject: subjects[place.mergedAs ?? first] ?? "",
    author: authors[first] ?? "",
    time: times[numbers.get(head) ?? -1] ?? 0,
  };
}

/** Writes what changed, also into `known`, and reads what was not known of it. Returns how many pull requests were read. */
async function keepPulls(
  { database, gitDir, options }: Reading,
  placed: ReadonlyMap<number, PlacedPull>,
  known: Map<number, StoredPull>,
): Promise<number> {
  const mayHaveGained = await isPartial(gitDir);
  const changed = [...placed.values()].filter((pull) => !isUpToDate(known.get(pull.number), pull, mayHaveGained));
  let read = 0;
  for (let at = 0; at < changed.length; at += limits.pullsWritten) {
    const pulls = changed.slice(at, at + limits.pullsWritten);
    const subjects = pulls.flatMap(({ mergedAs, subject }) =>
      mergedAs === null ? [] : [[mergedAs, subject] as const],
    );
    const titles = await readMergedTitles(gitDir, new Map(subjects), options.signal);
    const unread = pulls.filter((pull) => !hasFiles(known.get(pull.number), pull, mayHaveGained));
    const pairs = unread.map(({ head, finalBase }) => ({ from: finalBase, to: head }));
    const touched = await readTouched(gitDir, pairs, options.signal);
    const byNumber = new Map(unread.map(({ number }, index) => [number, touched[index]]));
    const stored = pulls.map((place): StoredPull => {
      const title = titles.get(place.mergedAs ?? "") ?? place.subject;
      const { files, lined } = byNumber.get(place.number) ?? known.get(place.number) ?? { files: [], lined: false };
      return { place, title, files, lined };
    });
    database.add(stored);
    for (const pull of stored) known.set(pull.place.number, pull);
    read += unread.length;
    options.onProgress?.(at + pulls.length, changed.length);
  }
  return read;
}

/** Whether files that git lacked may be there by now: it fetches them when they are asked for. */
async function isPartial(gitDir: string): Promise<boolean> {
  const promisors = ["config", "--get-regexp", String.raw`^remote\..*\.promisor$`];
  return (await gitText(gitDir, promisors, { okCodes: [0, 1] })) !== "";
}

function isUpToDate(stored: StoredPull | undefined, pull: PlacedPull, mayHaveGained: boolean): boolean {
  return hasFiles(stored, pull, mayHaveGained) && JSON.stringify(stored?.place) === JSON.stringify(pull);
}

/** What a pull request touches depends on two commits alone. */
function hasFiles(stored: StoredPull | undefined, { head, finalBase }: PlacedPull, mayHaveGained: boolean): boolean {
  if (stored?.place.head !== head || stored.place.finalBase !== finalBase) return false;
  return stored.lined || !mayHaveGained || stored.files.length >= limits.pullFiles;
}

function inOrder(stored: Iterable<StoredPull>, leftOut: PastPulls["leftOut"]): PastPulls {
  const pulls = [...stored].map(({ place, title, files }): PastPull => ({ ...place, subject: title, files }));
  return { pulls: pulls.sort((a, b) => b.number - a.number), leftOut };
}

function digest(values: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}
