import { hostname } from "node:os";
import { Command } from "commander";
import { createApp } from "../app.ts";
import { loadServerConfig } from "../config/server-config.ts";
import { runJobs } from "../jobs/run-jobs.ts";
import { runJob } from "../run-job.ts";
import { startServer } from "../server.ts";
import { openServerServices } from "../services.ts";
import { interruptSignal } from "./interrupt.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the GitHub App: take webhooks, work on them, answer")
    .addHelpText("after", "\nConfiguration: ASSISTANT_HOME/config.yml and the environment; see docs/configuration.md.")
    .action(serve);
}

async function serve(): Promise<void> {
  const config = loadServerConfig();
  const services = openServerServices(config);
  const { log, queue, probot } = services;
  try {
    const stop = interruptSignal();
    const worker = await runJobs({
      queue,
      worker: hostname(),
      concurrency: config.concurrency,
      run: (job, signal) => runJob(job, services, signal),
      log,
    });
    const app = createApp({ queue, host: config.github.host, accepted: () => worker.wake() });
    const server = await startServer({ config, probot, app, queue, log });
    log.info({ url: server.url }, "listening");
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    log.info("stopping: no new webhooks, running jobs end first");
    await server.stop();
    await worker.stop();
  } finally {
    await services.close();
  }
}
