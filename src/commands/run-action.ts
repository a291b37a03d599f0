import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { createApp } from "../app.ts";
import { loadActionConfig } from "../config/server-config.ts";
import type { Job } from "../jobs/job.ts";
import { runJobs } from "../jobs/run-jobs.ts";
import type { OutcomeRecord } from "../publish/outcome-file.ts";
import { toSarif } from "../publish/sarif.ts";
import { runJob } from "../run-job.ts";
import { openActionServices, type ServerServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import { type ActionEvent, readActionEvent, required } from "./action-event.ts";
import { annotationLines, summaryOf } from "./action-report.ts";
import { writeOut } from "./assistant-options.ts";
import { interruptSignal } from "./interrupt.ts";

/** Events that nobody waits for: there is time to learn from the past. */
const quietEvents = ["schedule", "workflow_dispatch", "push"];

/**
 * Answers one event of a workflow with the very jobs of the server, and ends when they have.
 * Errors: AssistantError `no-action`, `bad-event`, `job-failed`; as loadActionConfig.
 */
export async function runAction(env: NodeJS.ProcessEnv): Promise<void> {
  const token = required(env, "GITHUB_TOKEN");
  const quiet = quietEvents.includes(required(env, "GITHUB_EVENT_NAME"));
  const modes = { unset: "auto", always: null } as const;
  const config = loadActionConfig(env, { modes, lessons: quiet });
  const event = readActionEvent(env, config.github.host);
  const writes = env["ASSISTANT_PUBLISH"] !== "summary" && !event.fromFork;
  if (!writes) config.modes.always = "preview";
  const records: OutcomeRecord[] = [];
  const services = await openActionServices(config, {
    token,
    login: env["ASSISTANT_LOGIN"] || "github-actions[bot]",
    // Standard output belongs to the runner's commands.
    log: pino({ level: env["LOG_LEVEL"] ? config.logLevel : "warn" }, pino.destination(2)),
    models: (env["ASSISTANT_MODEL"] || "none") !== "none",
  });
  services.onOutcome = (record) => void records.push(record);
  try {
    await answerEvent(event, services);
  } finally {
    await services.close();
    report(records, { env, event, writes });
  }
}

/** The past is read first, since a runner may have kept nothing; then the event's jobs, and what they put into the queue. */
async function answerEvent(event: ActionEvent, services: ServerServices): Promise<void> {
  const { queue, probot, config } = services;
  const signal = interruptSignal();
  const key = repositoryKey(event.repository);
  const jobs: Job[] = [];
  const scheduled = ["schedule", "workflow_dispatch"].includes(event.name);
  const doing = scheduled ? services : withoutBackground(services);
  if (!scheduled) {
    const { commandBots } = config;
    await probot.load(
      createApp({ queue, host: config.github.host, commandBots, accepted: (found) => void jobs.push(...found) }),
    );
    await probot.receive({ id: event.id, name: event.name, payload: event.payload } as never);
  } else {
    jobs.push({ kind: "sync", repository: event.repository, installationId: 1, commit: "" });
    await queue.accept({ id: event.id, event: event.name }, jobs);
  }
  say(
    jobs.length === 0
      ? `${event.name}: nothing is asked for`
      : `${event.name}: ${jobs.map(({ kind }) => kind).join(", ")}`,
  );
  if (jobs.some(({ kind }) => needsPast.has(kind))) {
    services.synced.add(key);
    say("reading what changed since the last run");
    await runJob({ kind: "sync", repository: event.repository, installationId: 1, commit: "" }, doing, signal, 1);
  }
  await runAll(doing, signal);
}

/** Jobs that look into the past, and are poor without it. */
const needsPast: ReadonlySet<Job["kind"]> = new Set<Job["kind"]>(["review", "triage", "ask"]);

/** Reading what thousands of issues mean takes minutes, and nobody waits for it: scheduled runs do it. */
function withoutBackground(services: ServerServices): ServerServices {
  const { queue } = services;
  const accept: typeof queue.accept = (delivery, jobs) =>
    queue.accept(
      delivery,
      jobs.filter(({ kind }) => kind !== "embed"),
    );
  return { ...services, queue: { ...queue, accept } };
}

/** Errors: AssistantError `job-failed` where one was given up. */
async function runAll(services: ServerServices, stop: AbortSignal): Promise<void> {
  const { queue, log } = services;
  const runner = await runJobs({
    queue,
    worker: "action",
    concurrency: 1,
    run: (job, signal, attempt) => runJob(job, services, signal, attempt),
    log,
  });
  const isBusy = async (): Promise<boolean> => {
    const { waiting, running } = await queue.counts();
    return waiting + running > 0;
  };
  while (!stop.aborted && (await isBusy())) await sleep(limits.jobPollMs / 5);
  await runner.stop();
  const { failed } = await queue.counts();
  if (failed > 0)
    throw new AssistantError(`${failed} ${failed === 1 ? "job" : "jobs"} could not be done; the log above says why`, {
      code: "job-failed",
      remedy: "Run the workflow again, or start it with LOG_LEVEL=debug to see each step.",
    });
}

interface Reported {
  env: NodeJS.ProcessEnv;
  event: ActionEvent;
  writes: boolean;
}

/** Where nothing may be written to the pull request, findings become annotations of the run. */
function report(records: readonly OutcomeRecord[], { env, event, writes }: Reported): void {
  const { repository } = event;
  const summary = records.map(({ outcome }) => summaryOf(repository, outcome)).join("\n\n");
  append(env["GITHUB_STEP_SUMMARY"], `${summary}\n`);
  const reviews = records.flatMap(({ outcome }) => (outcome.kind === "review" ? [outcome] : []));
  const last = reviews.at(-1);
  if (last === undefined) return append(env["GITHUB_OUTPUT"], "findings=0\n");
  const sarif = join(env["RUNNER_TEMP"] ?? tmpdir(), "engram-assistant.sarif");
  const repositoryUrl = `https://${repository.host}/${repository.owner}/${repository.name}`;
  writeOut(sarif, `${JSON.stringify(toSarif(last, { repositoryUrl }), null, 2)}\n`);
  append(env["GITHUB_OUTPUT"], `findings=${last.findings.length}\nsarif=${sarif}\n`);
  if (!writes) for (const line of annotationLines(last)) process.stdout.write(`${line}\n`);
}

function append(file: string | undefined, text: string): void {
  if (file) appendFileSync(file, text);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
