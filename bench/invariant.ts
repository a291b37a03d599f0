import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredEngram } from "../src/engram/dump.ts";
import type { Engram, EngramView } from "../src/engram/engram.ts";
import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "../src/engram/sqlite-engram-store.ts";
import { git, gitText } from "../src/shared/git.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { createRandom, milliseconds, median } from "./statistics.ts";

/** Commits at which the engram is compared with a fresh one, unless all are. */
const sampledCommits = { quick: 4, usual: 20 };

/** Every so many commits the walk leaves the line: to a commit far away and back, as a forced push does. */
const jumpEvery = 15;

interface Counts {
  commits: number;
  jumps: number;
  compared: number;
  differences: string[];
  overlayCompared: number;
  overlayDifferences: string[];
}

/**
 * One engram, in a file, follows a repository's last commits in order, with jumps elsewhere and back in between. At sampled
 * commits its dump and its answers are compared with those of an engram built afresh in memory, and the overlay of the
 * commit on the engram as it stood before with the joint tree.
 */
export async function benchInvariant(options: BenchOptions): Promise<BenchResult> {
  const { gitDir } = await openLocalClone(options.repo);
  const wanted = options.quick ? Math.min(60, options.commits) : options.commits;
  const log = await gitText(gitDir, ["rev-list", "--topo-order", "--reverse", `--max-count=${wanted}`, "HEAD"]);
  const commits = log.split("\n");
  const sampled = sampleOf(commits.length, options);
  const random = createRandom(3);
  const directory = mkdtempSync(join(tmpdir(), "bench-invariant-"));
  const store = createSqliteEngramStore({ directory });
  const counts: Counts = {
    commits: 0,
    jumps: 0,
    compared: 0,
    differences: [],
    overlayCompared: 0,
    overlayDifferences: [],
  };
  const times: number[] = [];
  try {
    for (const [i, commit] of commits.entries()) {
      if (i % jumpEvery === jumpEvery - 1) {
        await follow(store, gitDir, commits[Math.floor(random() * commits.length)] as string);
        counts.jumps++;
      }
      const fresh = sampled.has(i) ? await ingestAfresh(gitDir, commit) : null;
      if (fresh !== null) await compareOverlay(counts, await store.open("bench"), fresh, gitDir);
      const started = performance.now();
      const { engram } = await store.update("bench", gitDir, commit);
      if (i > 0) times.push(performance.now() - started);
      counts.commits++;
      if (fresh !== null) await compareWhole(counts, engram, fresh, gitDir);
      engram.close();
    }
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return report(counts, times);
}

function sampleOf(count: number, { full, quick }: BenchOptions): Set<number> {
  if (full) return new Set(Array.from({ length: count }, (_, i) => i));
  const wanted = Math.min(count, quick ? sampledCommits.quick : sampledCommits.usual);
  return new Set(Array.from({ length: wanted }, (_, i) => Math.floor(((i + 1) * count) / wanted) - 1));
}

async function follow(
  store: ReturnType<typeof createSqliteEngramStore>,
  gitDir: string,
  commit: string,
): Promise<void> {
  const { engram } = await store.update("bench", gitDir, commit);
  engram.close();
}

async function ingestAfresh(gitDir: string, commit: string): Promise<StoredEngram> {
  return (await createMemoryEngramStore().update("bench", gitDir, commit)).engram;
}

async function compareWhole(counts: Counts, engram: StoredEngram, fresh: StoredEngram, gitDir: string): Promise<void> {
  const { commit } = fresh.info();
  say(`compared at ${commit.slice(0, 12)}, after ${counts.commits} commits`);
  counts.compared++;
  if (engram.dump() !== fresh.dump()) counts.differences.push(`${commit}: dump`);
  if (!answersEqual(engram, fresh, await queriesFor(gitDir, fresh))) counts.differences.push(`${commit}: answers`);
}

/** The engram as it stood before, with what the commit changed laid over it. A file that is not indexed counts as none. */
async function compareOverlay(counts: Counts, before: Engram | null, fresh: Engram, gitDir: string): Promise<void> {
  if (before === null) return;
  const { commit } = fresh.info();
  const known = new Map(before.files().map((file) => [file.path, file.oid]));
  const files = new Map<string, string | null>();
  for (const path of known.keys()) if (fresh.file(path) === null) files.set(path, null);
  for (const { path, oid } of fresh.files()) if (known.get(path) !== oid) files.set(path, fresh.text(path));
  const overlay = await before.overlay(files, commit);
  counts.overlayCompared++;
  const indexed = (view: EngramView) =>
    view
      .files()
      .filter(({ chunks }) => chunks > 0)
      .map(({ path }) => path);
  const isEqual =
    indexed(overlay).join("\0") === indexed(fresh).join("\0") &&
    answersEqual(overlay, fresh, await queriesFor(gitDir, fresh));
  if (!isEqual) counts.overlayDifferences.push(`${before.info().commit}..${commit}: overlay`);
  before.close();
}

/** What the commit says, what it changes, and excerpts of the tree. */
async function queriesFor(gitDir: string, view: EngramView): Promise<string[]> {
  const { commit } = view.info();
  const message = await gitText(gitDir, ["log", "-1", "--format=%B", commit]);
  const diff = (await git(gitDir, ["diff-tree", "-p", "--root", "--no-color", commit])).toString("utf8");
  const paths = view
    .files()
    .filter(({ chunks }) => chunks > 0)
    .map(({ path }) => path);
  const random = createRandom(5);
  const excerpts = Array.from({ length: 20 }, () => {
    const lines = view.text(paths[Math.floor(random() * paths.length)] ?? "")?.split("\n") ?? [];
    const start = Math.floor(random() * lines.length);
    return lines.slice(start, start + 1 + Math.floor(random() * 30)).join("\n");
  });
  return [message, diff.slice(0, 20_000), ...excerpts];
}

function answersEqual(a: EngramView, b: EngramView, queries: readonly string[]): boolean {
  const answers = (view: EngramView) =>
    JSON.stringify(
      queries.flatMap((query) => [view.search(query, { k: 50 }), view.search(query, { k: 20, paths: false })]),
    );
  return answers(a) === answers(b);
}

function report(counts: Counts, times: number[]): BenchResult {
  const { commits, jumps, compared, differences, overlayCompared, overlayDifferences } = counts;
  return {
    ok: differences.length + overlayDifferences.length === 0,
    rows: [
      ["walk", `${commits} commits in order, ${jumps} jumps; an update takes ${milliseconds(median(times))} (median)`],
      ["update ≡ fresh ingest", `${compared} compared (dump and 44 answers each), ${differences.length} differences`],
      ["overlay ≡ joint ingest", `${overlayCompared} compared, ${overlayDifferences.length} differences`],
      ...[...differences, ...overlayDifferences].slice(0, 20).map((each): [string, string] => ["different", each]),
    ],
    figures: {
      "invariant.commits": commits,
      "invariant.compared": compared,
      "invariant.differences": differences.length,
      "invariant.overlay_compared": overlayCompared,
      "invariant.overlay_differences": overlayDifferences.length,
      "invariant.update_p50_ms": median(times),
    },
  };
}
