import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUsable } from "../src/calibration/judge-pull.ts";
import { judgeWarnings } from "../src/calibration/judge-warnings.ts";
import type { CalibrationRow, JudgedWarning, WarningKind } from "../src/calibration/judged-warning.ts";
import { tabulate } from "../src/calibration/tabulate.ts";
import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../src/engram/units/tree-sitter-parser.ts";
import type { History } from "../src/history/history.ts";
import { createMemoryHistoryStore } from "../src/history/memory-history-store.ts";
import type { PastChanges } from "../src/history/past-changes.ts";
import { createSqlitePastChangesStore } from "../src/history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "../src/history/sqlite-past-pulls-store.ts";
import { gitText } from "../src/shared/git.ts";
import { limits } from "../src/shared/limits.ts";
import { readChange } from "../src/workspace/read-change.ts";
import { milliseconds } from "./statistics.ts";

export interface JudgePullsOptions {
  gitDir: string;
  /** Pull requests that are judged, the newest usable ones. */
  pulls: number;
  /** As many as a minute allows. */
  quick: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** One band of one kind of warning. */
export type BandFigures = Omit<CalibrationRow, "kind">;

export interface PullsFigures {
  /** By kind, surest band first; bands without a warning are not listed. */
  pulls: Record<"companion" | "paired_test" | "near_copy" | "dangling" | "undone", BandFigures[]>;
  /** Pull requests with a head ref, those that could be placed, those judged, and those of which git lacks a file. */
  pulls_read: { refs: number; placed: number; judged: number; unreadable: number; read_ms: number; judge_ms: number };
}

/** What a model says is judged where a model is measured. */
const keys: Record<Exclude<WarningKind, "model">, keyof PullsFigures["pulls"]> = {
  companion: "companion",
  "paired-test": "paired_test",
  "near-copy": "near_copy",
  "dangling-reference": "dangling",
  undone: "undone",
};

/** Share of heads that turn out usable: so many more are read. */
const readPerUsable = 6;
const quickPulls = 20;

/**
 * Judges the product's warnings on the newest usable pull requests of a repository that has their heads: what would have
 * been said at the first commit, and whether the pull request's own final state did it.
 */
export async function judgePulls(
  options: JudgePullsOptions,
): Promise<{ rows: [name: string, value: string][]; figures: PullsFigures }> {
  const { gitDir, quick, onProgress } = options;
  const count = quick ? Math.min(options.pulls, quickPulls) : options.pulls;
  const directory = mkdtempSync(join(tmpdir(), "bench-pulls-"));
  const pullStore = createSqlitePastPullsStore({
    directory,
    newest: Math.min(limits.pullsRead, count * readPerUsable),
  });
  const histories = createMemoryHistoryStore();
  const changeStore = createSqlitePastChangesStore({ directory, kernel: loadKernel().kernel });
  const engrams = createMemoryEngramStore();
  try {
    const newest = await gitText(gitDir, ["rev-parse", "HEAD"]);
    const { pulls, report } = await pullStore.update("bench", gitDir, newest);
    const usable = pulls.pulls.filter(isUsable).slice(0, count);
    const bases = [...new Set(usable.map(({ base }) => base))];
    const { index } = await histories.update("bench", gitDir, [newest, ...bases]);
    const sources = {
      gitDir,
      readChange,
      engramAt: async (commit: string) => (await engrams.update("bench", gitDir, commit)).engram,
      historyAt: (commit: string) => index.at(commit),
      changes: await pastChanges(index.at(newest)),
      units: createUnitParser(),
    };
    const started = performance.now();
    const warnings: JudgedWarning[] = [];
    let [judged, unreadable] = [0, 0];
    for await (const one of judgeWarnings(usable, sources, { history: index.at(newest) })) {
      if (one.warnings === null) unreadable++;
      else judged++;
      warnings.push(...(one.warnings ?? []));
      onProgress?.(judged + unreadable, usable.length);
    }
    return summary({
      table: tabulate(warnings),
      refs: pulls.pulls.length + Object.values(pulls.leftOut).reduce((sum, left) => sum + left, 0),
      placed: pulls.pulls.length,
      judged,
      unreadable,
      read_ms: report.ms,
      judge_ms: performance.now() - started,
    });
  } finally {
    pullStore.close();
    histories.close();
    changeStore.close();
    engrams.close();
    rmSync(directory, { recursive: true, force: true });
  }

  async function pastChanges(history: History): Promise<PastChanges> {
    const commits = history.commits.filter(({ parents }) => parents.length < 2).map(({ commit }) => commit);
    return (await changeStore.update("bench", gitDir, commits)).changes;
  }
}

function summary({
  table,
  ...read
}: { table: CalibrationRow[] } & PullsFigures["pulls_read"]): Awaited<ReturnType<typeof judgePulls>> {
  const pulls: PullsFigures["pulls"] = { companion: [], paired_test: [], near_copy: [], dangling: [], undone: [] };
  for (const { kind, ...band } of table) if (kind !== "model") pulls[keys[kind]].push(band);
  const counted = `${read.judged} of ${read.refs} judged, ${read.unreadable} unreadable`;
  return {
    figures: { pulls, pulls_read: read },
    rows: [
      ["pull requests", `${counted}; read in ${milliseconds(read.read_ms)}, judged in ${milliseconds(read.judge_ms)}`],
      ...table.map((row): [string, string] => [`${row.kind}, ${row.band}`, describe(row)]),
    ],
  };
}

function describe({ warnings, pulls, precision, chance, lower }: CalibrationRow): string {
  const beside = chance === null ? "no chance known" : `chance ${chance.toFixed(2)}`;
  return `${precision.toFixed(2)} of ${warnings} right (${pulls} pull requests), ${beside}, at least ${lower.toFixed(2)}`;
}
