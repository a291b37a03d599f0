import { limits } from "../shared/limits.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { MachineFacts } from "./machine.ts";
import type { Measurement } from "./measurements.ts";
import { memoryNeed } from "./memory.ts";
import type { ModelRole } from "./model.ts";
import { estimateSpeed, type ModelShape, type Speed, type SpeedEstimate } from "./speed-law.ts";

/** What a pull request of usual size asks of the coding model. */
export const reviewWorkload = { tiles: 8, promptTokens: 1_500, answerTokens: 200 } as const;

export interface ModelEstimate {
  entry: CatalogueEntry;
  /** With one request at a time. */
  memoryBytes: number;
  fits: boolean;
  minutesPerPullRequest: number;
  /** The truth lies within this factor of it; 1: measured here. */
  factor: number;
  /** Fits, and a review of usual size ends within the review budget. */
  usable: boolean;
}

/** The rest of the system, this program and its engrams need memory too. */
const memoryShare = 0.75;
/** Drivers and buffers take the rest. */
const gpuShare = 0.9;

/** Memory that a model needs with one request at a time, and whether this machine has it, its GPUs included. */
export function memoryOf(
  entry: Pick<CatalogueEntry, "bytes" | "kvBytesPerToken" | "contextTokens">,
  machine: Pick<MachineFacts, "totalBytes" | "gpus">,
): { memoryBytes: number; fits: boolean } {
  const context = Math.min(entry.contextTokens, limits.contextTokens);
  const memoryBytes = memoryNeed(entry.bytes, entry.kvBytesPerToken, context);
  const gpuBytes = machine.gpus.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  return { memoryBytes, fits: memoryBytes <= machine.totalBytes * memoryShare + gpuBytes * gpuShare };
}

/**
 * What each model would do on this machine: measured, or estimated from those that were (at least one). A review reads the
 * parts of a change side by side, so the fastest number of requests at once counts.
 */
export function estimateModels(
  entries: readonly CatalogueEntry[],
  machine: Pick<MachineFacts, "totalBytes" | "gpus">,
  measured: readonly Measurement[],
): ModelEstimate[] {
  return entries.map((entry) => {
    const { memoryBytes, fits } = memoryOf(entry, machine);
    // The newest: somebody may have put another file under the same name.
    const own = measured.find(({ name }) => name === entry.name);
    const speeds = own ? own.requests.map((speed) => ({ ...speed, factor: 1 })) : estimatedSpeeds(entry, measured);
    const minutesPerPullRequest = Math.min(...speeds.map(minutes));
    const usable = fits && minutesPerPullRequest * 60_000 <= limits.reviewBudgetMs;
    const factor = Math.max(...speeds.map((speed) => speed.factor));
    return { entry, memoryBytes, fits, minutesPerPullRequest, factor, usable };
  });
}

/**
 * The largest usable model for a role, or null. A model without a chat cannot be asked anything, and what must not be used to
 * earn money is for nobody to recommend.
 */
export function recommendModel(estimates: readonly ModelEstimate[], role: ModelRole): ModelEstimate | null {
  const usable = estimates.filter(
    ({ entry, usable }) =>
      usable && entry.kind === "instruct" && entry.licence.commercial && entry.roles.includes(role),
  );
  // Of two quantisations of one model the faster, of two models of one size the one that the role alone has.
  return (
    usable.sort(
      (a, b) =>
        b.entry.parameters - a.entry.parameters ||
        a.entry.roles.length - b.entry.roles.length ||
        a.minutesPerPullRequest - b.minutesPerPullRequest,
    )[0] ?? null
  );
}

/** For each number of requests at once that every reference was measured with; one at a time always is. */
function estimatedSpeeds(shape: ModelShape, measured: readonly Measurement[]): SpeedEstimate[] {
  const counts = measured[0]?.requests.map(({ atOnce }) => atOnce) ?? [];
  return counts.flatMap((atOnce) => {
    const references = measured.flatMap(({ requests, ...reference }) =>
      requests.filter((one) => one.atOnce === atOnce).map((speed) => ({ ...reference, ...speed })),
    );
    return references.length === measured.length ? [estimateSpeed(shape, references)] : [];
  });
}

function minutes({ readTokensPerSecond, writtenTokensPerSecond }: Speed): number {
  const { tiles, promptTokens, answerTokens } = reviewWorkload;
  return (tiles * (promptTokens / readTokensPerSecond + answerTokens / writtenTokensPerSecond)) / 60;
}
