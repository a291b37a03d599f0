import type { BenchOptions, BenchResult } from "./bench.ts";
import { runLoad } from "./service/service-load.ts";

/**
 * Whether the service loses or doubles anything under load, kill -9 and a GitHub that fails: 0 and 0. The size that counts is
 * `--events 10000 --installations 500 --rate 100`.
 */
export async function benchService({ quick, events, installations, rate }: BenchOptions): Promise<BenchResult> {
  const figures = await runLoad({
    events: events ?? (quick ? 60 : 400),
    installations: installations ?? (quick ? 6 : 40),
    rate: rate ?? 20,
    killMs: 4_000,
    errors: 0.1,
    seed: 1,
    settleMs: 30 * 60_000,
  });
  const { ack_ms: ack } = figures;
  return {
    rows: [
      ["events, deliveries, kills", `${figures.events}, ${figures.deliveries}, ${figures.kills}`],
      ["lost", String(figures.lost)],
      ["doubled", String(figures.doubled)],
      ["acknowledged (p50, p99)", `${ack.p50} ms, ${ack.p99} ms`],
      ["events a second", String(figures.per_s)],
      ["growth of memory", `${figures.rss_growth_mb} MB`],
      ["time", `${figures.seconds} s`],
    ],
    figures: { ...figures },
    ok: figures.lost === 0 && figures.doubled === 0,
  };
}
