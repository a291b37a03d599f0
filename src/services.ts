import { join } from "node:path";
import { pino, type Logger } from "pino";
import type { Probot } from "probot";
import { createCalibrationFiles } from "./calibration/calibration-files.ts";
import { createModelCalibrationFiles } from "./calibration/model-calibration-files.ts";
import { createFloorFiles } from "./calibration/floor-files.ts";
import { prepareHome } from "./config/home.ts";
import type { OrganisationConfigs } from "./config/organisation-config.ts";
import type { ServerConfig, Settings } from "./config/server-config.ts";
import type { EngramStore } from "./engram/engram.ts";
import { createMemoryEngramStore } from "./engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "./engram/sqlite-engram-store.ts";
import { loadKernel } from "./engram/kernel/load-kernel.ts";
import { createSqliteHistoryStore } from "./history/sqlite-history-store.ts";
import { createSqlitePastChangesStore } from "./history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "./history/sqlite-past-pulls-store.ts";
import { createUnitParser } from "./engram/units/tree-sitter-parser.ts";
import type { FeedbackStore } from "./feedback/feedback.ts";
import type { FindingEncoder } from "./feedback/finding-likeness.ts";
import { openSqliteFeedbackStore } from "./feedback/sqlite-feedback-store.ts";
import type { AskLimit } from "./intake/ask-limit.ts";
import type { PullNotes } from "./intake/pull-notes.ts";
import { openSqliteAskLimit } from "./intake/sqlite-ask-limit.ts";
import type { ServiceNotes } from "./intake/service-notes.ts";
import { openSqliteServiceNotes } from "./intake/sqlite-service-notes.ts";
import { openSqlitePullNotes } from "./intake/sqlite-pull-notes.ts";
import { createMemoryQueue } from "./jobs/memory-queue.ts";
import { openSqliteQueue } from "./jobs/sqlite-queue.ts";
import type { Queue } from "./jobs/queue.ts";
import { createRunningJobs, type RunningJobs } from "./jobs/running-jobs.ts";
import { openAnswerStore } from "./model/answer-store.ts";
import { openEncoderProvider } from "./model/encoder-provider.ts";
import { openCoreBudget, openModelSource } from "./model/model-source.ts";
import { orchestrate } from "./orchestration/orchestrate.ts";
import { allowLinksTo } from "./publish/markdown/escape.ts";
import type { OutcomeRecord } from "./publish/outcome-file.ts";
import type { AppIdentity } from "./publish/own-comments.ts";
import { createJobBoard, type JobBoard } from "./observe/job-board.ts";
import type { PipelineServices } from "./pipeline.ts";
import { openQualificationRecords } from "./qualification/qualification-records.ts";
import { createExclusive } from "./shared/exclusive.ts";
import { createSqliteTrackerStore } from "./tracker/sqlite-tracker-store.ts";

/** What the command line needs: no GitHub, no queue. */
export interface LocalServices extends PipelineServices {
  close(): Promise<void>;
}

/** How GitHub is reached: as an app of many installations, or with the one token of a workflow's run. */
export interface GitHubAccount {
  probot: Probot;
  organisationConfigs: OrganisationConfigs;
  /** For git: reads this one repository. */
  gitToken(installationId: number, repository: string): Promise<string>;
  /** Whom we write as; asked from GitHub once. */
  identity(): Promise<AppIdentity>;
  /** When an installation was made, epoch ms; asked from GitHub once. */
  installedAt(installationId: number): Promise<number>;
}

/** What the server needs: everything. */
export interface ServerServices extends LocalServices, GitHubAccount {
  config: ServerConfig;
  log: Logger;
  queue: Queue;
  notes: PullNotes;
  serviceNotes: ServiceNotes;
  asks: AskLimit;
  feedback: FeedbackStore;
  findingEncoder: FindingEncoder;
  /** Engrams that live in memory until they are closed, for what is thrown away. */
  scratchEngrams(): EngramStore;
  /** One job at a time fetches into a mirror and updates its engram. */
  exclusive: ReturnType<typeof createExclusive>;
  /** Keys of repositories whose past was read, or asked for, since this process began. */
  synced: Set<string>;
  /** What a person may end. */
  running: RunningJobs;
  /** What these jobs do now. */
  board: JobBoard;
  /** Epoch ms. */
  startedAt: number;
  /** Told of everything that a run found and wrote. */
  onOutcome?: (record: OutcomeRecord) => void;
}

/** The only place where concrete back ends are chosen. */
export function openLocalServices(settings: Settings, options: { models: boolean }): LocalServices {
  prepareHome(settings.home);
  allowLinksTo(settings.linkHosts);
  const engrams = createSqliteEngramStore({ directory: settings.home.engrams, rebuildDamaged: true });
  const modelsDir = settings.home.models;
  const budget = openCoreBudget();
  const encoders = openEncoderProvider({ modelsDir, budget });
  const past = {
    encoders,
    history: createSqliteHistoryStore({ directory: settings.home.history }),
    changes: createSqlitePastChangesStore({ directory: settings.home.history, kernel: loadKernel().kernel }),
    pulls: createSqlitePastPullsStore({ directory: settings.home.history }),
    trackers: createSqliteTrackerStore({ directory: settings.home.trackers }),
    floors: createFloorFiles({ directory: settings.home.history }),
    calibrations: createCalibrationFiles({ directory: settings.home.history }),
    modelCalibrations: createModelCalibrationFiles({ directory: settings.home.history }),
  };
  const chosen = options.models ? settings.models : { ...settings.models, coding: "none", research: "none" };
  const source = openModelSource({ modelsDir, models: chosen, budget });
  const records = openQualificationRecords({ directory: settings.home.qualification });
  const answers = openAnswerStore(settings.home.answers);
  const models = answers.remember(
    orchestrate(source, { qualified: (identity, ability) => records.qualified(identity, ability) }),
  );
  return {
    engrams,
    past,
    units: createUnitParser(),
    models,
    close: async () => {
      await Promise.all([models.close(), encoders.close()]);
      for (const store of [past.history, past.changes, past.pulls, past.trackers]) store.close();
      answers.close();
      engrams.close();
    },
  };
}

export async function openServerServices(config: ServerConfig): Promise<ServerServices> {
  const log = pino({ level: config.logLevel });
  return openServices(config, {
    log,
    queue: await openQueue(config, log),
    account: await appAccount(config, log),
  });
}

/** Errors: those of the queue that is configured. */
async function openQueue({ queue: url, home }: ServerConfig, log: Logger): Promise<Queue> {
  if (url === "sqlite") return openSqliteQueue(home.jobs);
  const { openRedisQueue } = await import("./jobs/redis-queue.ts");
  return openRedisQueue({ url, warn: (err, text) => log.warn({ ...(err !== null && { err }) }, text) });
}

/** As the server's, for one run of a workflow: jobs are forgotten with the process, GitHub is reached with its token. */
export async function openActionServices(
  config: ServerConfig,
  { token, login, log, models }: { token: string; login: string; log: Logger; models: boolean },
): Promise<ServerServices> {
  return openServices(config, {
    log,
    queue: createMemoryQueue(),
    account: await tokenAccount(config, { token, login, log }),
    models,
  });
}

interface Parts {
  log: Logger;
  queue: Queue;
  account: GitHubAccount;
  models?: boolean;
}

function openServices(config: ServerConfig, { log, queue, account, models = true }: Parts): ServerServices {
  const local = openLocalServices(config, { models });
  const notes = openSqlitePullNotes(config.home.pulls);
  const serviceNotes = openSqliteServiceNotes(config.home.service);
  const asks = openSqliteAskLimit(config.home.asks);
  const feedback = openSqliteFeedbackStore(config.home.feedback);
  return {
    ...local,
    ...account,
    config,
    log,
    queue,
    notes,
    serviceNotes,
    asks,
    feedback,
    findingEncoder: { kernel: loadKernel().kernel, seed: 0 },
    scratchEngrams: () => createMemoryEngramStore(),
    exclusive: createExclusive(),
    synced: new Set(),
    running: createRunningJobs(),
    board: createJobBoard(),
    startedAt: Date.now(),
    close: async () => {
      await local.close();
      await queue.close();
      notes.shut();
      serviceNotes.shut();
      asks.shut();
      feedback.shut();
    },
  };
}

async function appAccount(config: ServerConfig, log: Logger): Promise<GitHubAccount> {
  // On demand: it is most of the time that a start takes, and the command line does without it.
  const { createGitHubApp, gitToken, installationTime } = await import("./config/github-app.ts");
  const { createOrganisationConfigs } = await import("./config/organisation-config.ts");
  const probot = createGitHubApp(config, log);
  const installedAt = new Map<number, number>();
  return {
    probot,
    organisationConfigs: createOrganisationConfigs(probot),
    gitToken: (installationId, repository) => gitToken(probot, installationId, repository),
    identity: once(() => askIdentity(probot)),
    installedAt: async (id) => {
      const at = installedAt.get(id) ?? (await installationTime(probot, id));
      installedAt.set(id, at);
      return at;
    },
  };
}

/** The token of a workflow's run reads its own repository alone, and whoever wrote the workflow wants its events answered. */
async function tokenAccount(
  { github }: ServerConfig,
  { token, login, log }: { token: string; login: string; log: Logger },
): Promise<GitHubAccount> {
  const { createTokenApp } = await import("./config/github-app.ts");
  return {
    probot: createTokenApp(github, token, log),
    organisationConfigs: { read: async () => null },
    gitToken: async () => token,
    identity: async () => ({ login }),
    installedAt: async () => 0,
  };
}

async function askIdentity(probot: Probot): Promise<AppIdentity> {
  const octokit = await probot.auth();
  const { data } = await octokit.rest.apps.getAuthenticated();
  return { login: `${data?.slug ?? ""}[bot]` };
}

/** Asks again after a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}

/** Folder of a repository below one of the home's folders. */
export function folderOf(parent: string, key: string): string {
  return join(parent, ...key.split("/"));
}
