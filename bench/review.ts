import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layChangeOver } from "../src/engram/lay-change-over.ts";
import { createSqliteEngramStore } from "../src/engram/sqlite-engram-store.ts";
import { gitText } from "../src/shared/git.ts";
import { gatherEvidence } from "../src/tasks/review/gather-evidence.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { readChange } from "../src/workspace/read-change.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { openBenchPast } from "./past.ts";
import { median, milliseconds, quantile } from "./statistics.ts";

interface Sample {
  lines: number;
  diff: number;
  update: number;
  evidence: number;
  findings: number;
  sheet: number;
}

/**
 * Replays the newest commits of the default branch as if each were a pull request, without a model: how long each stage
 * takes, and how much it finds to say. The engram is updated from commit to commit, as the server's is.
 */
export async function benchReview({ quick, repo }: BenchOptions): Promise<BenchResult> {
  const workspace = await openLocalClone(repo);
  const count = quick ? 20 : 100;
  const log = ["log", "--first-parent", "--no-merges", "--min-parents=1", "--format=%H %P", `--max-count=${count}`];
  const commits = (await gitText(workspace.gitDir, [...log, "HEAD"])).split("\n").toReversed();
  const directory = mkdtempSync(join(tmpdir(), "bench-review-"));
  const store = createSqliteEngramStore({ directory });
  const past = await openBenchPast(workspace.gitDir, commits.at(-1)?.split(" ")[0] ?? "", directory);
  const samples: Sample[] = [];
  let ingest = 0;
  let files = 0;
  try {
    for (const commit of commits) {
      const [head = "", parent = ""] = commit.split(" ");
      const started = performance.now();
      const change = await readChange(workspace.gitDir, parent, head);
      const diffed = performance.now();
      const { engram } = await store.update("bench", workspace.gitDir, parent);
      const updated = performance.now();
      const view = await layChangeOver(engram, change, workspace.gitDir);
      const signal = new AbortController().signal;
      const { findings, sheet } = await gatherEvidence({
        subject: null,
        change,
        view,
        past: past.at(parent),
        units: past.units,
        others: [],
        engramCommit: parent,
        workspace,
        signal,
      });
      const gathered = performance.now();
      ({ files } = engram.info());
      engram.close();
      if (ingest === 0) ingest = updated - diffed;
      else
        samples.push({
          ...timesOf(started, diffed, updated, gathered),
          lines: linesOf(change),
          findings: findings.length,
          sheet: sheet.length,
        });
    }
  } finally {
    past.close();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return report(samples, ingest, files);
}

function timesOf(started: number, diffed: number, updated: number, gathered: number) {
  return { diff: diffed - started, update: updated - diffed, evidence: gathered - updated };
}

function linesOf(change: Awaited<ReturnType<typeof readChange>>): number {
  const lines = change.files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
  return lines.filter(({ kind }) => kind !== " ").length;
}

function report(samples: Sample[], ingest: number, files: number): BenchResult {
  const total = samples.map(({ diff, update, evidence }) => diff + update + evidence);
  const findings = samples.reduce((sum, sample) => sum + sample.findings, 0);
  const figures = {
    files,
    changes: samples.length,
    lines_p50: median(samples.map(({ lines }) => lines)),
    ingest_ms: ingest,
    update_p50_ms: median(samples.map(({ update }) => update)),
    evidence_p50_ms: median(samples.map(({ evidence }) => evidence)),
    evidence_p95_ms: quantile(
      samples.map(({ evidence }) => evidence),
      0.95,
    ),
    review_p50_ms: median(total),
    review_p95_ms: quantile(total, 0.95),
    findings,
    sheet_entries: samples.reduce((sum, { sheet }) => sum + sheet, 0),
  };
  return {
    figures,
    rows: [
      ["repository", `${files} files, ${samples.length} changes of ${figures.lines_p50} lines (median)`],
      ["first engram", milliseconds(ingest)],
      ["engram update, median", milliseconds(figures.update_p50_ms)],
      ["evidence, median / p95", `${milliseconds(figures.evidence_p50_ms)} / ${milliseconds(figures.evidence_p95_ms)}`],
      [
        "review without a model, median / p95",
        `${milliseconds(figures.review_p50_ms)} / ${milliseconds(figures.review_p95_ms)}`,
      ],
      ["findings", `${findings} in ${samples.length} changes, ${figures.sheet_entries} entries on their sheets`],
    ],
  };
}
