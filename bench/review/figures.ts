import type { Model } from "../../src/model/model.ts";
import { mean, median, quantile } from "../statistics.ts";
import type { ColdFigures } from "./cold.ts";
import type { ModelFigures, ReplayFigures } from "./judge-pulls.ts";
import { plantedKinds, type PlantedRow, tabulatePlanted } from "./planted.ts";
import { countBy, type ReplayedReview } from "./replay-changes.ts";
import type { PlantedReview } from "./review-planted.ts";

export interface Measured {
  from: string;
  cold: ColdFigures | null;
  replay: ReplayFigures;
  replayed: readonly ReplayedReview[];
  /** Planted defects that were found, as pull requests: their comments are held against the server, their times are not counted. */
  commented: readonly ReplayedReview[];
  defects: readonly PlantedReview[];
  model: Model | null;
}

export interface ReviewFigures {
  changes: number;
  from: string;
  files: number;
  lines_p50: number;
  /** Shares; null where there was none to check. */
  anchors_valid: number | null;
  citations_resolved: number | null;
  /** How many these two are about, and how many comments the server took of those that were sent. */
  checked: { anchors: number; citations: number; sent: number; posted: number };
  repeated: number;
  comments: { median: number; p90: number };
  findings: { median: number; p90: number; by_kind: Record<string, number> };
  replay: ReplayFigures;
  planted: PlantedRow & {
    by_kind: Record<string, PlantedRow>;
    model: ModelPlanted | null;
    cases: {
      kind: string;
      commit: string;
      place: string;
      name: string | null;
      detected: boolean;
      found: string[];
      shown: string | null;
    }[];
  };
  seconds: { p50: number; p95: number; cold: number | null; lines_300: { lines: number; seconds: number } | null };
  stages: Record<string, { p50: number; p95: number; cold: number | null }>;
  coverage: { files: number | null; hunks: number | null; lines: number | null; unread: Record<string, number> };
  pushes: { changes: number; pushes: number; posted: number };
  /** What a person has to look at: at most so many of each. */
  wrong: { anchors: string[]; citations: string[]; repeated: string[] };
  ok: boolean;
}

export interface ModelPlanted {
  name: string;
  /** The same defects by code alone, by the model alone, and by both. */
  code: PlantedRow;
  alone: PlantedRow;
  both: PlantedRow;
  by_kind: Record<string, { code: PlantedRow; alone: PlantedRow; both: PlantedRow }>;
}

const listed = 20;

export function reviewFigures({ from, cold, replay, replayed, commented, defects, model }: Measured): ReviewFigures {
  const all = [...replayed, ...commented];
  const sum = (value: (one: ReplayedReview) => number, some = all): number =>
    some.reduce((total, one) => total + value(one), 0);
  const wrong = {
    anchors: all.flatMap(({ wrongAnchors }) => wrongAnchors).slice(0, listed),
    citations: all.flatMap(({ wrongCitations }) => wrongCitations).slice(0, listed),
    repeated: all.flatMap(({ pushes }) => pushes?.repeated ?? []).slice(0, listed),
  };
  const pushed = all.flatMap(({ pushes }) => pushes ?? []);
  const coverage = (part: "files" | "hunks" | "lines"): number | null =>
    share(
      sum((one) => one.coverage[`${part}Read`], [...replayed]),
      sum((one) => one.coverage[`${part}Total`], [...replayed]),
    );
  const comments = replayed.map((one) => one.comments);
  const findings = replayed.map((one) => one.findings);
  const anchors = sum((one) => one.anchors);
  const cited = sum((one) => one.cited);
  return {
    changes: replayed.length,
    from,
    files: cold?.files ?? 0,
    lines_p50: median(replayed.map(({ lines }) => lines)),
    anchors_valid: share(anchors - sum((one) => one.wrongAnchors.length), anchors),
    citations_resolved: share(cited - sum((one) => one.wrongCitations.length), cited),
    checked: { anchors, citations: cited, sent: sum((one) => one.sent), posted: sum((one) => one.posted) },
    repeated: pushed.reduce((total, { repeated }) => total + repeated.length, 0),
    comments: { median: median(comments), p90: quantile(comments, 0.9) },
    findings: {
      median: median(findings),
      p90: quantile(findings, 0.9),
      by_kind: countBy(
        replayed.flatMap(({ kinds }) =>
          Object.entries(kinds).flatMap(([kind, n]) => Array.from({ length: n }, () => kind)),
        ),
      ),
    },
    replay,
    planted: {
      ...tabulatePlanted(defects),
      by_kind: byKind(defects, tabulatePlanted),
      model: model === null ? null : modelPlanted(model.identity.name, defects),
      cases: defects.map(({ kind, detected, found, shown, planted: { commit, place, name } }) => ({
        kind,
        commit: commit.slice(0, 12),
        place: `${place.path}:${place.startLine}-${place.endLine}`,
        name: name ?? null,
        detected,
        found,
        shown,
      })),
    },
    seconds: { ...secondsOf(replayed.map(({ ms }) => ms)), cold: cold?.seconds ?? null, lines_300: near300(replayed) },
    stages: stagesOf(replayed, cold),
    coverage: {
      files: coverage("files"),
      hunks: coverage("hunks"),
      lines: coverage("lines"),
      unread: countBy(replayed.flatMap((one) => one.coverage.unread.map(({ reason }) => reason))),
    },
    pushes: {
      changes: pushed.length,
      pushes: pushed.reduce((total, one) => total + one.pushes, 0),
      posted: pushed.reduce((total, { posted }) => total + posted, 0),
    },
    wrong,
    ok: wrong.anchors.length + wrong.citations.length + wrong.repeated.length === 0,
  };
}

function secondsOf(ms: readonly number[]): { p50: number; p95: number } {
  return { p50: median(ms) / 1000, p95: quantile(ms, 0.95) / 1000 };
}

function stagesOf(replayed: readonly ReplayedReview[], cold: ColdFigures | null): ReviewFigures["stages"] {
  const names = new Set([...replayed.flatMap(({ stages }) => Object.keys(stages)), ...Object.keys(cold?.stages ?? {})]);
  return Object.fromEntries(
    [...names].map((name) => {
      const first = cold?.stages[name];
      const taken = secondsOf(replayed.map(({ stages }) => stages[name] ?? 0));
      return [name.replaceAll(" ", "_"), { ...taken, cold: first === undefined ? null : first / 1000 }];
    }),
  );
}

/** The changes of 150 to 600 lines, or null where there is none: what a review of a usual large one costs. */
function near300(replayed: readonly ReplayedReview[]): ReviewFigures["seconds"]["lines_300"] {
  const near = replayed.filter(({ lines }) => lines >= 150 && lines <= 600);
  if (near.length === 0) return null;
  return { lines: Math.round(mean(near.map(({ lines }) => lines))), seconds: median(near.map(({ ms }) => ms)) / 1000 };
}

function byKind<Row>(
  defects: readonly PlantedReview[],
  tabulate: (some: readonly PlantedReview[]) => Row,
): Record<string, Row> {
  return Object.fromEntries(
    plantedKinds.map((kind) => [kind, tabulate(defects.filter((defect) => defect.kind === kind))]),
  );
}

/** The defects that the model read, and what became of them without it. */
function modelPlanted(name: string, defects: readonly PlantedReview[]): ModelPlanted {
  const rows = (some: readonly PlantedReview[]) => {
    const pairs = some.flatMap((one) => (one.byModel === null ? [] : [{ one, byModel: one.byModel }]));
    const both = pairs.map(({ one, byModel }) => ({
      kind: one.kind,
      inTest: one.inTest,
      found: [...one.found, ...byModel.found],
      falseThere: one.falseThere + byModel.falseThere,
      // Both count the model's findings of the real change but once.
      falseAnywhere: one.falseAnywhere + byModel.falseAnywhere,
    }));
    return {
      code: tabulatePlanted(pairs.map(({ one }) => one)),
      alone: tabulatePlanted(pairs.map(({ byModel }) => byModel)),
      both: tabulatePlanted(both),
    };
  };
  return { name, ...rows(defects), by_kind: byKind(defects, rows) };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function reviewRows(figures: ReviewFigures): [name: string, value: string][] {
  const { replay, planted, seconds, stages, comments, findings, coverage, pushes } = figures;
  const ofKind = Object.entries(replay.by_kind ?? {}).map(([kind, row]): [string, string] => [
    `  ${kind}`,
    `${row.right} of ${row.warnings} right (${percent(row.precision)}, chance ${percent(row.chance)}); on lines ${row.inline.right} of ${row.inline.warnings}, in summaries ${row.summary.right} of ${row.summary.warnings}`,
  ]);
  const ofPlanted = Object.entries(planted.by_kind).map(([kind, row]): [string, string] => [
    `  ${kind}`,
    plantedText(row),
  ]);
  const ofStages = Object.entries(stages).map(([name, { p50, p95, cold }]): [string, string] => [
    `  ${name.replaceAll("_", " ")}`,
    `${p50.toFixed(2)} / ${p95.toFixed(2)} s${cold === null ? "" : `, cold ${cold.toFixed(1)} s`}`,
  ]);
  const unread = Object.entries(coverage.unread).map(([reason, count]) => `${count} ${reason}`);
  return [
    ["repository", `${figures.files} files; ${figures.changes} ${figures.from} of ${figures.lines_p50} lines (median)`],
    [
      "anchors that GitHub takes",
      `${percent(figures.anchors_valid)} of ${figures.checked.anchors}; ${figures.checked.posted} comments posted`,
    ],
    ["citations that git bears out", `${percent(figures.citations_resolved)} of ${figures.checked.citations}`],
    ["said twice", `${figures.repeated}, in ${pushes.pushes} pushes to ${pushes.changes} changes`],
    ["comments on lines, median / p90", `${comments.median} / ${comments.p90}`],
    ["findings, median / p90", `${findings.median} / ${findings.p90}; ${listOf(findings.by_kind)}`],
    ["past pull requests", replay.note],
    [
      "  on lines",
      replay.inline_warnings === null
        ? "-"
        : `${replay.inline_warnings} warnings, ${percent(replay.inline_precision)} right`,
    ],
    ...ofKind,
    ...(replay.model === null ? [] : [["  read by a model", modelText(replay.model)] as [string, string]]),
    ["planted defects", plantedText(planted)],
    ...ofPlanted,
    ...(planted.model === null ? [] : modelRows(planted.model)),
    ["push to published, p50 / p95", `${seconds.p50.toFixed(2)} / ${seconds.p95.toFixed(2)} s`],
    ...ofStages,
    ["first review", seconds.cold === null ? "-" : `${seconds.cold.toFixed(1)} s`],
    [
      "changes of 150 to 600 lines",
      seconds.lines_300 === null
        ? "none"
        : `${seconds.lines_300.seconds.toFixed(2)} s (${seconds.lines_300.lines} lines)`,
    ],
    [
      "read",
      `files ${percent(coverage.files)}, hunks ${percent(coverage.hunks)}, lines ${percent(coverage.lines)}${unread.length > 0 ? `; not: ${unread.join(", ")}` : ""}`,
    ],
    ...Object.entries(figures.wrong).flatMap(([what, all]) =>
      all.map((one): [string, string] => [`wrong: ${what}`, one]),
    ),
  ];
}

function modelRows({ name, code, alone, both, by_kind }: ModelPlanted): [string, string][] {
  const kinds = Object.entries(by_kind).map(([kind, row]): [string, string] => [
    `    ${kind}`,
    `code ${row.code.found}, model ${row.alone.found}, both ${row.both.found} of ${row.both.planted}`,
  ]);
  return [
    [`  read by ${name}, by code alone`, plantedText(code)],
    ["  … by the model alone", plantedText(alone)],
    ["  … by both", plantedText(both)],
    ...kinds,
  ];
}

function modelText({ name, pulls, parts, unread, findings, right, precision, chance }: ModelFigures): string {
  const read = `${name}: ${parts} parts of ${pulls} pull requests, ${unread} without a usable answer`;
  return `${read}; ${right} of ${findings} findings right (${percent(precision)}, chance ${percent(chance)})`;
}

function plantedText(row: PlantedRow): string {
  const { planted, in_tests, detected, found, shown, recall, precision, precision_strict } = row;
  if (planted === 0) return "none could be made";
  const seen = detected === null ? "" : `${detected} of ${planted} seen (${in_tests} stand in tests), `;
  const told = shown === null ? "" : `; by this past ${shown.inline} on lines, ${shown.summary} in summaries`;
  return `${seen}${found} of ${planted} found (${percent(recall)}); precision ${percent(precision)}, against all that is said of the real changes ${percent(precision_strict)}${told}`;
}

function listOf(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ");
}

function percent(value: number | null): string {
  return value === null ? "-" : `${(value * 100).toFixed(value === 1 || value === 0 ? 0 : 1)} %`;
}
