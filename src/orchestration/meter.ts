import { limits } from "../shared/limits.ts";

export interface ModelMetrics {
  name: string;
  /** Requests that were answered. */
  count: number;
  /** Requests that failed for a reason that speaks against the back end. */
  failures: number;
  /** From the call to the answer, waiting included, of the last answers; null before the first. */
  latencyP50Ms: number | null;
  latencyP95Ms: number | null;
}

/** What one back end did lately. */
export interface Meter {
  answered(latencyMs: number, workMs: number): void;
  failed(): void;
  /** Time of work for one answer, recent ones counting most; null before the first. */
  recentWorkMs(): number | null;
  metrics(name: string): ModelMetrics;
}

/** Weight of the newest answer in the moving average: half of the weight lies on the last three. */
const newest = 0.2;

export function meter(): Meter {
  const latencies: number[] = [];
  let count = 0;
  let failures = 0;
  let average: number | null = null;

  return {
    answered(latencyMs, workMs) {
      latencies[count % limits.latenciesKept] = latencyMs;
      count++;
      average = average === null ? workMs : newest * workMs + (1 - newest) * average;
    },
    failed: () => void failures++,
    recentWorkMs: () => average,
    metrics(name) {
      const sorted = latencies.toSorted((a, b) => a - b);
      return { name, count, failures, latencyP50Ms: share(sorted, 0.5), latencyP95Ms: share(sorted, 0.95) };
    },
  };
}

/** The value below which this share of the values lies (nearest rank). */
function share(sorted: number[], part: number): number | null {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}
