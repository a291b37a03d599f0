import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RateLimit } from "../config/github-app.ts";
import type { Job } from "../jobs/job.ts";
import type { QueueCounts, QueueDepth } from "../jobs/queue.ts";

/**
 * What became of a webhook. `ignored`: it asks for nothing. `refused`: not signed, too large, no JSON. `failed`: GitHub was
 * told to count it among the failed deliveries.
 */
export type WebhookOutcome = "accepted" | "duplicate" | "ignored" | "refused" | "failed";

/** What became of one try of a job. */
export type JobEnd = "done" | "retried" | "discarded" | "failed" | "lost";

/** What is looked at only when somebody asks. */
export interface Snapshot {
  counts: QueueCounts;
  depths: readonly QueueDepth[];
  models: readonly { name: string; slots: number; running: number; waiting: number }[];
  rateLimits: readonly RateLimit[];
  engrams: { files: number; bytes: number; newestMs: number | null; oldestMs: number | null };
  /** Whether the app is switched off as a whole. */
  switchedOff: boolean;
  freeBytes: number;
}

export interface Metrics {
  webhook(outcome: WebhookOutcome): void;
  /** From the headers of a webhook to its answer. */
  acknowledged(ms: number): void;
  jobEnded(kind: Job["kind"], end: JobEnd, ms: number): void;
  modelTokens(model: string, tokens: { prompt: number; generated: number }): void;
  modelFailed(model: string): void;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Metrics of the server. No label names a repository or a person: whoever may see the machine's load may not see whose work
 * it is. Installations are told by GitHub's number.
 */
export function createMetrics(look: () => Promise<Snapshot>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const webhooks = new Counter({
    name: "assistant_webhooks_total",
    help: "Webhooks by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["accepted", "duplicate", "ignored", "refused", "failed"]) webhooks.inc({ outcome }, 0);
  const acknowledged = new Histogram({
    name: "assistant_webhook_seconds",
    help: "Time until a webhook was answered.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const jobs = new Counter({
    name: "assistant_jobs_total",
    help: "Tries of jobs by kind and end.",
    labelNames: ["kind", "end"],
    registers,
  });
  const jobSeconds = new Histogram({
    name: "assistant_job_seconds",
    help: "Time of one try of a job.",
    labelNames: ["kind"],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800],
    registers,
  });
  const tokens = new Counter({
    name: "assistant_model_tokens_total",
    help: "Tokens that models read and wrote.",
    labelNames: ["model", "kind"],
    registers,
  });
  const answers = new Counter({
    name: "assistant_model_answers_total",
    help: "Requests to models that were answered, and that failed.",
    labelNames: ["model", "end"],
    registers,
  });
  const show = snapshotGauges((name, help, labelNames = []) => new Gauge({ name, help, labelNames, registers }));

  return {
    webhook: (outcome) => webhooks.inc({ outcome }),
    acknowledged: (ms) => acknowledged.observe(ms / 1_000),
    jobEnded(kind, end, ms) {
      jobs.inc({ kind, end });
      jobSeconds.observe({ kind }, ms / 1_000);
    },
    modelTokens(model, { prompt, generated }) {
      tokens.inc({ model, kind: "prompt" }, prompt);
      tokens.inc({ model, kind: "generated" }, generated);
      answers.inc({ model, end: "answered" });
    },
    modelFailed: (model) => answers.inc({ model, end: "failed" }),
    async text() {
      show(await look());
      return registry.metrics();
    },
  };
}

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

function snapshotGauges(gauge: MakeGauge): (snapshot: Snapshot) => void {
  const states = gauge("assistant_queue_jobs", "Jobs in the queue's file by state.", ["state"]);
  const depth = gauge("assistant_queue_depth", "Waiting jobs.", ["kind", "priority"]);
  const oldest = gauge("assistant_queue_oldest_seconds", "How long the oldest waiting job has been due.", ["kind"]);
  const slots = gauge("assistant_model_slots", "Slots of models in memory: all, running, and requests that wait.", [
    "model",
    "state",
  ]);
  const limitLabels = ["installation", "resource"];
  const remaining = gauge("assistant_github_rate_limit_remaining", "Requests left in GitHub's window.", limitLabels);
  const allowed = gauge("assistant_github_rate_limit", "Requests that GitHub's window allows.", limitLabels);
  const reset = gauge("assistant_github_rate_limit_reset_seconds", "When GitHub's window ends, epoch.", limitLabels);
  const files = gauge("assistant_engrams", "Engrams of repositories.");
  const bytes = gauge("assistant_engram_bytes", "Size of these engrams on the disk.");
  const age = gauge("assistant_engram_age_seconds", "Time since the newest and the oldest engram was updated.", [
    "which",
  ]);
  const off = gauge("assistant_switched_off", "1 while the app is switched off as a whole.");
  const free = gauge("assistant_disk_free_bytes", "Free space where ASSISTANT_HOME lies.");

  return ({ counts, depths, models, rateLimits, engrams, switchedOff, freeBytes }) => {
    for (const [state, jobs] of Object.entries(counts)) states.set({ state }, jobs as number);
    for (const one of [depth, oldest, slots, age, remaining, allowed, reset]) one.reset();
    for (const { kind, priority, waiting } of depths) depth.set({ kind, priority }, waiting);
    for (const { kind, oldestMs } of depths) oldest.set({ kind }, oldestMs / 1_000);
    for (const { name, slots: all, running, waiting } of models) {
      for (const [state, count] of Object.entries({ all, running, waiting })) slots.set({ model: name, state }, count);
    }
    for (const told of rateLimits) {
      const labels = { installation: told.installation, resource: told.resource };
      remaining.set(labels, told.remaining);
      allowed.set(labels, told.limit);
      reset.set(labels, told.reset);
    }
    files.set(engrams.files);
    bytes.set(engrams.bytes);
    const { newestMs, oldestMs } = engrams;
    if (newestMs !== null) age.set({ which: "newest" }, newestMs / 1_000);
    if (oldestMs !== null) age.set({ which: "oldest" }, oldestMs / 1_000);
    off.set(switchedOff ? 1 : 0);
    free.set(freeBytes);
  };
}
