import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { isUsable } from "../calibration/judge-pull.ts";
import { isWeakBand } from "../calibration/bands.ts";
import { calibrationOf } from "../calibration/calibrate.ts";
import type { CalibrationTable, Judgements } from "../calibration/calibration.ts";
import { holdOut, type HeldOut } from "../calibration/hold-out.ts";
import type { CalibrationRow, JudgedWarning } from "../calibration/judged-warning.ts";
import { modelJudgementKey, modelKey, modelTables } from "../calibration/model-calibration.ts";
import { isBorneOut, placeWarning } from "../calibration/place-warning.ts";
import { loadSettings, type Settings } from "../config/server-config.ts";
import { createMemoryEngramStore } from "../engram/memory-engram-store.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { learnCalibration, openPast } from "../handlers/remember.ts";
import { type LocalServices, openLocalServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { git, gitText } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { findDefaultBranch, localEngramKey, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";
import { inWords, type ModelReplay, replayModel, type ReplayModelOptions } from "./replay-model.ts";
import { heldOutInWords, inPlace, legend, replayPage } from "./replay-page.ts";

interface ReplayOptions {
  repo: string;
  last: number;
  fetch?: boolean;
  precision: number;
  model?: string;
  html?: string;
  json?: boolean;
}

/** What a replay found, for people and as JSON. */
export interface ReplayReport {
  commit: string;
  pulls: number;
  rows: PlacedRow[];
  heldOut: HeldOut;
  warnings: JudgedWarning[];
  /** Absent where no model was asked. */
  model?: ModelReplay;
  /** What its findings are placed by: all that it said here, in this run and before. */
  modelRecord?: { pulls: number; rows: PlacedRow[] };
}

type PlacedRow = CalibrationRow & { placement: string };

export function replayCommand(): Command {
  return new Command("replay")
    .description("say what would have been said to past pull requests, and whether it proved right")
    .option("--repo <dir>", "the clone", ".")
    .option("--last <n>", "pull requests, the newest ones with two own commits or more", parseCount, 100)
    .option("--fetch", "first fetch the pull requests' heads from origin (refs/pull/*/head)")
    .option(
      "--precision <share>",
      "share that must prove right for a comment on lines",
      parseShare,
      limits.inlinePrecision,
    )
    .option("--model <name>", "also let a model read them: a name, a file, a model server's URL, or auto")
    .option("--html <file>", "write a page with the table and every warning")
    .option("--json", "print the figures as JSON, and nothing else, on standard output")
    .addHelpText(
      "after",
      `
Examples:
  assistant replay --fetch                the newest 100 pull requests of the clone you are in
  assistant replay --repo ../service --last 300 --html replay.html
  assistant replay --last 20 --model auto         and what a model would have said: minutes a pull request

A warning is computed at a pull request's first commit, with what was known then. It is right where the pull request's own
final state did what it says. "chance" is how often the same came true for something as busy that nobody warned of.
No token and no network are needed, except for --fetch. Judgements are kept: a second run only judges what is new, and
\`assistant review\` places its findings by them.
Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(replay);
}

async function replay(options: ReplayOptions): Promise<void> {
  const signal = interruptSignal();
  const settings = loadSettings();
  const progress = terminalProgress(process.stderr);
  const { gitDir } = await openLocalClone(options.repo);
  if (options.fetch) {
    progress("fetching pull requests");
    await git(gitDir, ["fetch", "--quiet", "--no-tags", "origin", "+refs/pull/*/head:refs/pull/*/head"], { signal });
  }
  await checkHeads(gitDir);
  const commit = await resolveCommit(gitDir, await findDefaultBranch(gitDir));
  const key = localEngramKey(gitDir);
  const chosen = options.model === undefined ? settings : withModel(settings, options.model);
  const services = openLocalServices(chosen, { models: options.model !== undefined });
  const engrams = createMemoryEngramStore();
  try {
    await openPast(
      { key, gitDir, commit, defaultCommit: commit, learn: true, signal, onProgress: progress },
      services.past,
    );
    const request = { key, gitDir, commit, signal, deadline: Infinity, most: options.last, fresh: true };
    const onJudged = (done: number, total: number): void => progress("judging pull requests", done, total);
    await learnCalibration({ ...request, onJudged }, services.past, { engrams, units: services.units });
    progress("");
    const judgements = services.past.calibrations.read(key);
    if (judgements === null || judgements.judged.size === 0) throw nothingToJudge();
    const report = reportOf(judgements, options.precision);
    if (options.model !== undefined) {
      const { pulls } = await services.past.pulls.update(key, gitDir, commit);
      const newest = pulls.pulls.filter(isUsable).slice(0, options.last);
      const onRead = (done: number, total: number): void => progress("the model reads pull requests", done, total);
      Object.assign(
        report,
        await readWith(services, key, { gitDir, pulls: newest, signal, onRead }, options.precision),
      );
      progress("");
    }
    if (options.html !== undefined) await writeFile(options.html, replayPage(report, options.precision));
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : render(report, options));
  } finally {
    engrams.close();
    await services.close();
  }
}

/** The configuration with this model for code, and no other. */
function withModel(settings: Settings, name: string): Settings {
  return { ...settings, models: { ...settings.models, coding: name, research: "none" } };
}

/** Errors: AssistantError `model-missing`, with the reason. */
async function readWith(
  { models, past }: LocalServices,
  key: string,
  options: ReplayModelOptions,
  precision: number,
): Promise<Pick<ReplayReport, "model" | "modelRecord">> {
  const { model, reason } = await models.modelFor("coding");
  if (model !== null) {
    const name = modelKey(model.identity);
    const onJudged: ReplayModelOptions["onJudged"] = (pull, judged) =>
      past.modelCalibrations?.add(key, name, modelJudgementKey(pull), judged);
    const replayed = await replayModel(model, models, { ...options, onJudged });
    const known = modelTables(past.modelCalibrations?.read(key) ?? new Map()).get(name) ?? { pulls: 0, rows: [] };
    return { model: replayed, modelRecord: { pulls: known.pulls, rows: placed(known, precision) } };
  }
  throw new AssistantError(`no model can read the pull requests: ${reason}`, {
    code: "model-missing",
    remedy: "`assistant models list` tells what is installed, `assistant models pull` installs one.",
  });
}

async function checkHeads(gitDir: string): Promise<void> {
  if ((await gitText(gitDir, ["for-each-ref", "--count=1", "refs/pull"])) !== "") return;
  throw new AssistantError("this clone has no heads of pull requests", {
    code: "no-pull-heads",
    remedy: "Run again with --fetch; GitHub keeps them all, and they need no token where the repository is public.",
  });
}

function nothingToJudge(): AssistantError {
  return new AssistantError(
    "no pull request here has two or more commits of its own and a base that is in this clone",
    {
      code: "no-usable-pulls",
      remedy: "Fetch the whole history (`git fetch --unshallow`) and the pull requests (--fetch).",
    },
  );
}

function reportOf(judgements: Judgements, precision: number): ReplayReport {
  const calibration = calibrationOf(judgements);
  const warnings = [...judgements.judged.values()].flat().sort((a, b) => b.pull - a.pull);
  return {
    commit: calibration.commit,
    pulls: calibration.pulls,
    rows: placed(calibration, precision),
    heldOut: holdOut(judgements, precision),
    warnings,
  };
}

function placed(table: CalibrationTable, precision: number): PlacedRow[] {
  return table.rows.map((row) => {
    return { ...row, placement: placementOf(row, table, precision) };
  });
}

/** As a review would place it; what is too weak to be told by itself, and not borne out, may still be evidence. */
function placementOf(row: CalibrationRow, table: CalibrationTable, precision: number): string {
  const place = placeWarning(table, { ...row, precision })?.placement;
  if (!isWeakBand(row.kind, row.band) || isBorneOut(table, row)) return place ?? "too few to tell";
  return row.kind === "paired-test" && place !== "nowhere" ? "evidence" : "nowhere";
}

function render(report: ReplayReport, { precision }: ReplayOptions): string {
  const { pulls, rows, warnings, model, modelRecord } = report;
  const latest = warnings
    .slice(0, limits.replayedShown)
    .map(({ pull, kind, path, right }) => [`#${pull}`, kind, oneLine(path), right ? "right" : "not done"]);
  return [
    `${pulls} pull requests judged, each by what it became.\n\n`,
    rows.length === 0 ? "Nothing would have been warned of.\n" : `${bandTable(rows)}\n${legend.join("\n")}\n`,
    pulls < limits.calibratedPullsLeast
      ? `\nUnder ${limits.calibratedPullsLeast} pull requests: nothing is posted on lines unasked.\n`
      : "",
    `\n${heldOutInWords(report)} A comment on a line asks for ${precision}.\n`,
    latest.length === 0 ? "" : `\nThe newest warnings:\n${table(latest)}`,
    model === undefined ? "" : `\n${inWords(model)}\n${model.findings.length === 0 ? "" : table(sayings(model))}`,
    modelRecord === undefined || modelRecord.rows.length === 0
      ? ""
      : `\nIts findings are placed by its ${modelRecord.pulls} pull requests here, from ${limits.calibratedPullsLeast} on:\n${bandTable(modelRecord.rows)}`,
  ].join("");
}

function bandTable(rows: readonly PlacedRow[]): string {
  const cells = rows.map((row) => [
    row.kind,
    row.band,
    `${row.right} of ${row.warnings}`,
    row.precision.toFixed(2),
    row.chance === null ? "" : row.chance.toFixed(2),
    row.lower.toFixed(2),
    String(row.pulls),
    inPlace(row.placement),
  ]);
  return table([["warning", "band", "right", "share", "chance", "at least", "pulls", "stands"], ...cells]);
}

function sayings({ findings }: ModelReplay): string[][] {
  return findings
    .slice(0, limits.replayedShown)
    .map(({ pull, path, line, text, right }) => [
      `#${pull}`,
      `${oneLine(path)}:${line}`,
      right ? "right" : "not done",
      oneLine(text),
    ]);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above zero.");
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share >= 0.5 && share <= 1) return share;
  throw new InvalidArgumentError("It must be a share from 0.5 to 1.");
}
