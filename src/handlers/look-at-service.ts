import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { tabulate } from "../calibration/tabulate.ts";
import { rateLimitsSeen } from "../config/github-app.ts";
import type {
  CalibrationTable,
  DashboardData,
  Known,
  ModelRow,
  RepositoryRow,
  ShownOutcome,
} from "../dashboard/dashboard-data.ts";
import { subjectKey } from "../jobs/job.ts";
import type { ShownJob } from "../jobs/queue.ts";
import type { ModelStatus } from "../model/model.ts";
import { installedModels } from "../model/installed.ts";
import { expectedInstalled } from "../model/pin.ts";
import type { OutcomeRecord } from "../publish/outcome-file.ts";
import { openQualificationRecords } from "../qualification/qualification-records.ts";
import { abilities } from "../qualification/record.ts";
import type { ServerServices } from "../services.ts";
import { messageOf } from "../shared/errors.ts";
import { modeMark } from "./repository-rules.ts";
import { limits } from "../shared/limits.ts";
import { redactTokens } from "../shared/secrets.ts";

type Looked = Pick<
  ServerServices,
  "queue" | "serviceNotes" | "feedback" | "probot" | "past" | "config" | "startedAt" | "board"
>;

/** What the dashboard shows, gathered from what the service keeps. It opens no engram and no model, and asks nobody. */
export function lookAtService(
  services: Looked,
  statuses: () => ({ name: string } & ModelStatus)[],
): () => Promise<DashboardData> {
  const { serviceNotes, probot, config, startedAt } = services;
  const calibrationOf = keptCalibrations(services);
  return async () => {
    const off = serviceNotes.switchedOff();
    const [repositories, jobs, models, outcomes] = await Promise.all([
      tried(() => repositoryRows(services, calibrationOf)),
      tried(() => jobsNow(services)),
      tried(() => modelRows(config.home, statuses())),
      tried(() => newestOutcomes(config.home.outcomes)),
    ]);
    return {
      at: Date.now(),
      startedAt,
      protocol: config.github.protocol,
      switchedOff: off.find(({ repository }) => repository === null) ?? null,
      repositories,
      queue: jobs,
      models,
      outcomes,
      rateLimits: rateLimitsSeen(probot),
    };
  };
}

async function tried<Value>(read: () => Promise<Value>): Promise<Known<Value>> {
  try {
    return { known: await read() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

async function jobsNow({ queue, board }: Looked): Promise<JobsNow> {
  const shown = (await queue.shown(limits.dashboardJobs)).map(withoutTokens);
  // At most one job of a subject runs.
  const here = new Map(board.running().map(({ job, ...state }) => [subjectKey(job), state]));
  return {
    counts: await queue.counts(),
    depths: await queue.depths(),
    running: shown.flatMap((job) => (job.endedAt === null ? [{ ...job, here: here.get(job.subject) ?? null }] : [])),
    failed: shown.filter(({ endedAt }) => endedAt !== null),
  };
}

type JobsNow = Extract<DashboardData["queue"], { known: unknown }>["known"];

/** An error of git may name the address that it was given, with its token. */
function withoutTokens(job: ShownJob): ShownJob {
  return { ...job, error: job.error === null ? null : redactTokens(job.error) };
}

type CalibrationOf = (key: string) => CalibrationTable | null;

/** Every repository of which there is an engram, a switch or an outcome. */
async function repositoryRows(services: Looked, calibrationOf: CalibrationOf): Promise<RepositoryRow[]> {
  const { config, serviceNotes, feedback } = services;
  const engrams = await engramsBelow(config.home.engrams);
  const off = new Map(serviceNotes.switchedOff().map((one) => [one.repository, one]));
  const told = await outcomeFolders(config.home.outcomes);
  const keys = new Set([...engrams.keys(), ...[...off.keys()].filter((key) => key !== null), ...told]);
  return [...keys].sort().map((key) => ({
    key,
    mode: serviceNotes.mark(key, modeMark),
    engram: engrams.get(key) ?? null,
    off: off.get(key) ?? null,
    calibration: calibrationOf(key),
    acceptance: feedback.figures(key),
  }));
}

/** By repositoryKey. What was written last may still stand in the log beside the file. */
async function engramsBelow(folder: string): Promise<Map<string, { bytes: number; updatedAt: number }>> {
  const found = new Map<string, { bytes: number; updatedAt: number }>();
  for (const path of await namesBelow(folder)) {
    const key = /^(.*)\.engram(?:-wal)?$/.exec(path)?.[1];
    const file = key === undefined ? null : await stat(join(folder, path)).catch(() => null);
    if (key === undefined || file === null) continue;
    const { bytes, updatedAt } = found.get(key) ?? { bytes: 0, updatedAt: 0 };
    found.set(key, { bytes: bytes + file.size, updatedAt: Math.max(updatedAt, file.mtimeMs) });
  }
  return found;
}

async function outcomeFolders(folder: string): Promise<string[]> {
  const names = await namesBelow(folder);
  return names.filter((name) => name.endsWith(".json")).map((name) => dirname(name));
}

/** Paths of files and folders below a folder, with `/`; none where there is no such folder. */
async function namesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.map((name) => name.replaceAll("\\", "/"));
}

function keptCalibrations({ past }: Looked): CalibrationOf {
  const kept = new Map<string, { at: number; table: CalibrationTable | null }>();
  return (key) => {
    const last = kept.get(key);
    if (last !== undefined && performance.now() - last.at < limits.dashboardCalibrationMs) return last.table;
    const judgements = past.calibrations?.read(key) ?? null;
    const table = judgements && {
      pulls: judgements.judged.size,
      rows: tabulate([...judgements.judged.values()].flat()),
      commit: judgements.commit,
      learntAt: judgements.learntAt,
      complete: judgements.complete,
    };
    kept.set(key, { at: performance.now(), table });
    return table;
  };
}

/** The installed ones, and those that serve from elsewhere and were asked for. */
async function modelRows(
  { models, qualification }: ServerServices["config"]["home"],
  statuses: ({ name: string } & ModelStatus)[],
): Promise<ModelRow[]> {
  const records = openQualificationRecords({ directory: qualification });
  const rows: ModelRow[] = [];
  for (const { path, entry, bytes } of await installedModels(models)) {
    const name = basename(path, ".gguf");
    const sha256 = (await expectedInstalled(path, entry)).sha256 ?? null;
    const status = statuses.find((one) => one.name === name) ?? null;
    const encoder = entry?.kind === "encoder";
    rows.push({
      name,
      bytes,
      status,
      tokensPerSecond: sha256 === null ? null : (records.recordOf(sha256)?.tokensPerSecond ?? null),
      abilities: (encoder ? [] : abilities).map((ability) => ({
        ability,
        ...records.qualified({ name, sha256, backend: "llama" }, ability),
      })),
      encoder,
    });
  }
  for (const { name, ...status } of statuses.filter((one) => !rows.some((row) => row.name === one.name)))
    rows.push({ name, bytes: null, status, tokensPerSecond: null, abilities: [], encoder: false });
  return rows;
}

/** Of all repositories, newest first. A file that cannot be read is passed over: it may have gone meanwhile. */
async function newestOutcomes(folder: string): Promise<ShownOutcome[]> {
  const names = (await namesBelow(folder)).filter((name) => name.endsWith(".json"));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  aged.sort((a, b) => b.time - a.time);
  const newest = aged.slice(0, limits.dashboardOutcomes);
  const read = await Promise.all(newest.map(({ name }) => readOutcome(folder, name)));
  return read.filter((one) => one !== null);
}

async function readOutcome(folder: string, name: string): Promise<ShownOutcome | null> {
  try {
    const { outcome, receipt, at } = JSON.parse(await readFile(join(folder, name), "utf8")) as OutcomeRecord;
    return { repository: dirname(name), at, outcome, receipt };
  } catch {
    return null;
  }
}
