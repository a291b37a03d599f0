import { findHome } from "../src/config/home.ts";
import { openExportMeanings } from "../src/handlers/export-meanings.ts";
import { openEncoderProvider } from "../src/model/encoder-provider.ts";
import { openCoreBudget } from "../src/model/model-source.ts";
import type { IssueMeanings } from "../src/retrieval/issue-meanings.ts";
import { AssistantError } from "../src/shared/errors.ts";
import type { RepositoryId } from "../src/shared/repository.ts";
import { type ExportedTracker, openExportedTracker } from "../src/tracker/exported-tracker.ts";
import { localRepository, openLocalClone } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { quantile } from "./statistics.ts";
import { type CommentReport, followCitations } from "./triage/comments.ts";
import { duplicateMethods, type DuplicateReport, rankDuplicates } from "./triage/duplicates.ts";
import { type LabelReport, suggestLabels } from "./triage/labels.ts";
import { localiseFixes, type LocalisationReport } from "./triage/localisation.ts";

/** How many are asked of each kind. */
const asked = {
  quick: { duplicates: 100, fixes: 15, labels: 200, comments: 20 },
  full: { duplicates: 2_000, fixes: 300, labels: 2_000, comments: 200 },
};

/**
 * How well an issue is triaged, measured on what people said and did: an exported tracker says which issues repeat an earlier
 * one and which labels they got, a repository which files a fix changed. docs/benchmarks.md says what counts.
 */
export async function benchTriage({ tracker: file, repo, quick }: BenchOptions): Promise<BenchResult> {
  if (file === null) {
    throw new AssistantError("the bench needs a tracker", {
      code: "no-tracker",
      remedy: "Name an exported one: npm run bench -- triage --tracker FILE [--repo DIR].",
    });
  }
  const most = asked[quick ? "quick" : "full"];
  const exported = await openExportedTracker(file);
  const { gitDir } = await openLocalClone(repo);
  const named = await localRepository(gitDir);
  // Comments on a local clone have no links that could be followed.
  const repository = named.host === "local" ? { ...named, host: "github.com" } : named;

  const home = findHome(process.env);
  const encoders = openEncoderProvider({ modelsDir: home.models, budget: openCoreBudget() });
  const meant = await openExportMeanings(
    exported.tracker,
    { file, folder: home.trackers, encoders },
    { onProgress: (done, total) => done % 512 === 0 && say(`what issues mean: ${done} of ${total}`) },
  );
  const { meanings } = meant;
  try {
    return await measure({ exported, meanings, gitDir, repository, most });
  } finally {
    meant.close();
    await encoders.close();
  }
}

interface Measured {
  exported: ExportedTracker;
  /** Null where no encoder is installed: then words alone decide. */
  meanings: IssueMeanings | null;
  gitDir: string;
  repository: RepositoryId;
  most: (typeof asked)["full"];
}

async function measure({ exported, meanings, gitDir, repository, most }: Measured): Promise<BenchResult> {
  say(`duplicates: ${exported.exported.length} issues`);
  const duplicates = await rankDuplicates(exported, { most: most.duplicates, meanings });
  say("labels");
  const labels = await suggestLabels(exported, most.labels);
  const fixes = await localiseFixes(gitDir, exported.tracker, { repository, most: most.fixes });
  const comments = await followCitations(gitDir, exported, { repository, most: most.comments, meanings });
  return {
    rows: [
      ["encoder", meanings === null ? "none installed: words alone" : `${meanings.size} vectors`],
      ...duplicateRows(duplicates),
      ...localisationRows(fixes),
      ...labelRows(labels),
      ...commentRows(comments),
    ],
    figures: {
      ...duplicateFigures(duplicates),
      ...localisationFigures(fixes),
      "labels.precision": share(labels.right, labels.suggested),
      "labels.recall": share(labels.right, labels.given),
      citations_resolved: share(comments.citations - comments.broken.length, comments.citations),
      seconds_p95: rounded(quantile(comments.seconds, 0.95)),
    },
    ok: comments.broken.length === 0,
  };
}

function duplicateFigures({ scores }: DuplicateReport): Record<string, unknown> {
  if (scores === null) return {};
  const figures: Record<string, unknown> = {};
  for (const measure of ["r1", "r5", "r10", "mrr"] as const) {
    for (const method of duplicateMethods)
      figures[`duplicates.${method}.${measure}`] = rounded(scores[method][measure]);
    figures[`duplicates.gain.${measure}`] = rounded(scores.ours[measure] - scores.tfidf[measure]);
  }
  return figures;
}

function localisationFigures({ scores }: LocalisationReport): Record<string, unknown> {
  if (scores === null) return {};
  const figures: Record<string, unknown> = {};
  for (const measure of ["r1", "r3", "r5", "r10"] as const) {
    for (const method of ["bm25", "ours"] as const)
      figures[`localisation.${method}.${measure}`] = rounded(scores[method][measure]);
  }
  return figures;
}

/** Null where there is nothing to take a share of. */
function share(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole);
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function duplicateRows({ queries, scores, rankMs }: DuplicateReport): BenchResult["rows"] {
  if (scores === null) return [["duplicates", "the tracker names none"]];
  const times = `median ${quantile(rankMs, 0.5).toFixed(0)} ms, p95 ${quantile(rankMs, 0.95).toFixed(0)} ms`;
  return [
    ["duplicates", `${queries} issues with an earlier duplicate; one of ours ${times}`],
    ["", "   r@1   r@5  r@10   mrr"],
    ...duplicateMethods.map((method): [string, string] => {
      const { r1, r5, r10, mrr } = scores[method];
      return [`duplicates ${method}`, [r1, r5, r10, mrr].map(percent).join(" ")];
    }),
  ];
}

function localisationRows({ queries, scores }: LocalisationReport): BenchResult["rows"] {
  if (scores === null) return [["localisation", "no commit of the repository closes an issue of the tracker"]];
  return [
    ["localisation", `${queries} issues closed by a commit`],
    ["", "   r@1   r@3   r@5  r@10"],
    ...(["bm25", "ours"] as const).map((method): [string, string] => {
      const { r1, r3, r5, r10 } = scores[method];
      return [`localisation ${method}`, [r1, r3, r5, r10].map(percent).join(" ")];
    }),
  ];
}

function labelRows({ asked: issues, learnt, suggested, right, given }: LabelReport): BenchResult["rows"] {
  const found = `${right} of ${suggested} right, of ${given} that people gave`;
  return [["labels", `${issues} newer issues, ${learnt} labels learnt: ${found}`]];
}

function commentRows({ comments, telling, citations, broken, seconds, computed }: CommentReport): BenchResult["rows"] {
  const times = (values: number[]): string =>
    `median ${quantile(values, 0.5).toFixed(2)} s, p95 ${quantile(values, 0.95).toFixed(2)} s`;
  return [
    ["comments", `${comments}, ${telling} of them with something to tell; ${citations} citations`],
    ["citations that lead nowhere", broken.length === 0 ? "none" : broken.slice(0, 5).join(", ")],
    ["triage without a model", times(seconds)],
    ["of it in this process", times(computed)],
  ];
}

function percent(value: number): string {
  return (100 * value).toFixed(1).padStart(5);
}
