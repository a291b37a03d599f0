import { join } from "node:path";
import { pino, type Logger } from "pino";
import type { Probot } from "probot";
import { createCalibrationFiles } from "./calibration/calibration-files.ts";
import { createFloorFiles } from "./calibration/floor-files.ts";
import { prepareHome } from "./config/home.ts";
import { createOrganisationConfigs, type OrganisationConfigs } from "./config/organisation-config.ts";
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
import { openSqlitePullNotes } from "./intake/sqlite-pull-notes.ts";
import { openSqliteQueue } from "./jobs/sqlite-queue.ts";
import type { Queue } from "./jobs/queue.ts";
import { openAnswerStore } from "./model/answer-store.ts";
import { openModelSource } from "./model/model-source.ts";
import { orchestrate } from "./orchestration/orchestrate.ts";
import type { AppIdentity } from "./publish/own-comments.ts";
import type { PipelineServices } from "./pipeline.ts";
import { openQualificationRecords } from "./qualification/qualification-records.ts";
import { createExclusive } from "./shared/exclusive.ts";
import { createSqliteTrackerStore } from "./tracker/sqlite-tracker-store.ts";

/** What the command line needs: no GitHub, no queue. */
export interface LocalServices extends PipelineServices {
  close(): Promise<void>;
}

/** What the server needs: everything. */
export interface ServerServices extends LocalServices {
  config: ServerConfig;
  log: Logger;
  queue: Queue;
  notes: PullNotes;
  asks: AskLimit;
  feedback: FeedbackStore;
  findingEncoder: FindingEncoder;
  probot: Probot;
  organisationConfigs: OrganisationConfigs;
  /** Whom we write as; asked from GitHub once. */
  identity(): Promise<AppIdentity>;
  /** When an installation was made, epoch ms; asked from GitHub once. */
  installedAt(installationId: number): Promise<number>;
  /** Engrams that live in memory until they are closed, for what is thrown away. */
  scratchEngrams(): EngramStore;
  /** One job at a time fetches into a mirror and updates its engram. */
  exclusive: ReturnType<typeof createExclusive>;
  /** Keys of repositories whose past was read, or asked for, since this process began. */
  synced: Set<string>;
  /** Epoch ms. */
  startedAt: number;
}

/** The only place where concrete back ends are chosen. */
export function openLocalServices(settings: Settings, options: { models: boolean }): LocalServices {
  prepareHome(settings.home);
  const engrams = createSqliteEngramStore({ directory: settings.home.engrams, rebuildDamaged: true });
  const past = {
    history: createSqliteHistoryStore({ directory: settings.home.history }),
    changes: createSqlitePastChangesStore({ directory: settings.home.history, kernel: loadKernel().kernel }),
    pulls: createSqlitePastPullsStore({ directory: settings.home.history }),
    trackers: createSqliteTrackerStore({ directory: settings.home.trackers }),
    floors: createFloorFiles({ directory: settings.home.history }),
    calibrations: createCalibrationFiles({ directory: settings.home.history }),
  };
  const chosen = options.models ? settings.models : { ...settings.models, coding: "none", research: "none" };
  const source = openModelSource({ modelsDir: settings.home.models, models: chosen });
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
      await models.close();
      for (const store of [past.history, past.changes, past.pulls, past.trackers]) store.close();
      answers.close();
      engrams.close();
    },
  };
}

export async function openServerServices(config: ServerConfig): Promise<ServerServices> {
  // On demand: it is most of the time that a start takes, and the command line does without it.
  const { createGitHubApp, installationTime } = await import("./config/github-app.ts");
  const log = pino({ level: config.logLevel });
  const local = openLocalServices(config, { models: true });
  const queue = openSqliteQueue(config.home.jobs);
  const notes = openSqlitePullNotes(config.home.pulls);
  const asks = openSqliteAskLimit(config.home.asks);
  const feedback = openSqliteFeedbackStore(config.home.feedback);
  const probot = createGitHubApp(config, log);
  const installedAt = new Map<number, number>();
  return {
    ...local,
    config,
    log,
    queue,
    notes,
    asks,
    feedback,
    findingEncoder: { kernel: loadKernel().kernel, seed: 0 },
    probot,
    organisationConfigs: createOrganisationConfigs(probot),
    identity: once(() => askIdentity(probot)),
    installedAt: async (id) => {
      const at = installedAt.get(id) ?? (await installationTime(probot, id));
      installedAt.set(id, at);
      return at;
    },
    scratchEngrams: () => createMemoryEngramStore(),
    exclusive: createExclusive(),
    synced: new Set(),
    startedAt: Date.now(),
    close: async () => {
      await local.close();
      await queue.close();
      notes.shut();
      asks.shut();
      feedback.shut();
    },
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
