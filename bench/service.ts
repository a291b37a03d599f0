import { AssistantError } from "../src/shared/errors.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { type LoadFigures, type LoadOptions, runLoad } from "./service/service-load.ts";

/**
 * Whether the service loses or doubles anything under load, kill -9 and a GitHub that fails: 0 and 0. The size that counts is
 * `--events 10000 --installations 500 --rate 100`, with one program and with `--queue redis`. With `--minutes` nothing is
 * killed, and it is measured whether memory grows.
 */
export async function benchService(options: BenchOptions): Promise<BenchResult> {
  const figures = await runLoad(loadOf(options));
  return { rows: rowsOf(figures), figures: { ...figures }, ok: figures.lost === 0 && figures.doubled === 0 };
}

function loadOf({ quick, events, installations, rate = 20, minutes, queue }: BenchOptions): LoadOptions {
  if (queue !== "sqlite" && queue !== "redis")
    throw new AssistantError(`--queue is "${queue}"`, { code: "bad-queue", remedy: "Name sqlite or redis." });
  return {
    queue,
    events: minutes === undefined ? (events ?? (quick ? 60 : 400)) : minutes * 60 * rate,
    installations: installations ?? (quick ? 6 : 40),
    rate,
    killMs: minutes === undefined ? 4_000 : null,
    cutMs: 75_000,
    errors: 0.1,
    seed: 1,
    settleMs: 60 * 60_000,
  };
}

function rowsOf(figures: LoadFigures): BenchResult["rows"] {
  const { ack_ms: ack, rss_growth_mb: grown } = figures;
  return [
    ["events, deliveries, kills", `${figures.events}, ${figures.deliveries}, ${figures.kills}`],
    ["deliveries that failed at first", String(figures.refused)],
    ["lost", String(figures.lost)],
    ["doubled", String(figures.doubled)],
    ["jobs set aside", String(figures.failed)],
    ["tries given up, their lease gone", String(figures.given_up)],
    ["acknowledged (p50, p99)", `${ack.p50} ms, ${ack.p99} ms`],
    ["events a second", String(figures.per_s)],
    ["growth of memory", grown === null ? "not measured: processes are killed" : `${grown} MB of ${figures.rss_mb} MB`],
    ["time until all was done", `${figures.seconds} s`],
  ];
}
