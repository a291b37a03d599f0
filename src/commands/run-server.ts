import { hostname, tmpdir } from "node:os";
import { acknowledge } from "../handlers/acknowledge.ts";
import { type CatchUp, startCatchUp } from "../handlers/catch-up.ts";
import { createApp } from "../app.ts";
import { trustAsNodeDoes } from "../config/git-trust.ts";
import { loadServerConfig } from "../config/server-config.ts";
import { serveDashboard } from "../dashboard/serve-dashboard.ts";
import { openDesk } from "../handlers/answer-desk.ts";
import { underNewestName } from "../handlers/follow-renames.ts";
import { heedingLimits } from "../handlers/heed-limits.ts";
import { lookAtService } from "../handlers/look-at-service.ts";
import { observeService } from "../handlers/observe-service.ts";
import { type Job, jobKey } from "../jobs/job.ts";
import type { Delivery } from "../jobs/queue.ts";
import { followStops } from "../jobs/follow-stops.ts";
import { type JobRunner, runJobs } from "../jobs/run-jobs.ts";
import { endHere } from "../handlers/stop-work.ts";
import { queueOpenChecks } from "../handlers/open-checks.ts";
import { runJob } from "../run-job.ts";
import { purging } from "../handlers/purge.ts";
import { isSwitchJob, switchAtOnce, switching, unlessOff } from "../handlers/switch-app.ts";
import type { Metrics } from "../observe/metrics.ts";
import { sweepOnce } from "../sandbox/scratch-folder.ts";
import { startServer } from "../server.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import { openServerServices, type ServerServices } from "../services.ts";
import { interruptSignal } from "./interrupt.ts";

/** Serves until Ctrl-C or SIGTERM; `poll`: asks GitHub instead of waiting for webhooks. Errors: as loadServerConfig and startServer. */
export async function runServer(options: { poll: boolean }): Promise<void> {
  const config = loadServerConfig(process.env, options);
  trustAsNodeDoes(config.home.root);
  const services = await openServerServices(config);
  try {
    await serveUntil(interruptSignal(), services);
  } finally {
    await services.close();
  }
}

async function serveUntil(stop: AbortSignal, opened: ServerServices): Promise<void> {
  const { services, metrics, ready, modelStatuses } = observeService(opened);
  const { config, log, queue, probot } = services;
  // What runs of a server that was killed left may be gigabytes.
  void sweepOnce(tmpdir());
  // What is accepted before the worker runs is found by its first look.
  let wake = (): void => {};
  let catchUp: CatchUp | null = null;
  const accepted = (jobs: readonly Job[], delivery: Delivery): void => {
    wake();
    log.info({ delivery: delivery.id, event: delivery.event, jobs: jobs.map(jobKey) }, "accepted");
    for (const job of jobs) void answerAtOnce(job);
  };
  const answerAtOnce = async (job: Job): Promise<void> => {
    await switchAtOnce(job, services);
    if (isSwitchJob(job)) catchUp?.look();
    else if (!services.serviceNotes.isOff(repositoryKey(job.repository))) await acknowledge(job, services);
  };
  const noted = (outcome: "accepted" | "duplicate" | "ignored"): void => metrics.webhook(outcome);
  const { commandBots } = config;
  const app = createApp({ queue, host: config.github.host, commandBots, accepted, noted });
  // Before the worker: a second server on the same machine must fail here, not take over the first one's jobs.
  const dashboard = serveDashboard({
    token: config.server.dashboard_token,
    look: lookAtService(services, modelStatuses),
    desk: openDesk({ home: config.home, models: services.models, engrams: services.engrams, past: services.past }),
    protocol: config.github.protocol,
    report: (err) => log.error({ err }, "a question on the dashboard failed"),
  });
  const server = await startServer({ config, probot, app, queue, metrics, ready, dashboard, log });
  const worker = await startWorker(services, metrics).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  wake = () => worker.wake();
  const endOpenChecks = (before: number): void => {
    queueOpenChecks(services, before).then(wake, (err: unknown) => log.error({ err }, "open check runs stay open"));
  };
  endOpenChecks(services.startedAt);
  const sweep = setInterval(() => endOpenChecks(Date.now() - 2 * limits.jobDeadlineMs), limits.jobDeadlineMs);
  catchUp = startCatchUp(services, () => wake());
  log.info({ url: server.url, polls: config.pollMs !== null }, "listening");
  await aborted(stop);
  clearInterval(sweep);
  log.info("stopping: no new webhooks, running jobs end first");
  await server.stop();
  await catchUp.stop();
  await worker.stop();
}

async function startWorker(services: ServerServices, metrics: Metrics): Promise<JobRunner> {
  const { config, log, queue } = services;
  const run = unlessOff(heedingLimits(underNewestName(switching(purging(runJob)))));
  const stops = followStops({ queue, stop: (stop) => endHere(stop, services), log });
  const runner = await runJobs({
    queue,
    // On one machine the port keeps two servers apart; names of machines do where the queue is shared.
    worker: config.queue === "sqlite" ? hostname() : `${hostname()}:${config.server.port}`,
    concurrency: config.concurrency,
    run: async (job, signal, attempt) => {
      await stops.look();
      return services.board.during(job, () => run(job, services, signal, attempt));
    },
    ended: (job, end, ms) => metrics.jobEnded(job.kind, end, ms),
    log,
  });
  return {
    ...runner,
    stop: async () => {
      await runner.stop();
      stops.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
