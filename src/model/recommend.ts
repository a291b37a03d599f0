import { limits } from "../shared/limits.ts";
import type { ModelSpeed } from "./bench-model.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { MachineFacts } from "./machine.ts";
import { memoryNeed } from "./weights.ts";

/** What a pull request of usual size asks of the coding model. */
export const reviewWorkload = { tiles: 8, promptTokens: 1_500, answerTokens: 200 } as const;

/** A model that was measured on this machine. */
export interface ReferenceModel extends Pick<ModelSpeed, "prefillTokensPerSecond" | "generationTokensPerSecond"> {
  parameters: number;
  bytes: number;
}

export interface ModelEstimate {
  entry: CatalogueEntry;
  memoryBytes: number;
  fits: boolean;
  minutesPerPullRequest: number;
  /** Fits, and a review of usual size ends within the review budget. */
  usable: boolean;
}

/** The rest of the system, this program and its engrams need memory too. */
const memoryShare = 0.75;

/**
 * What each model would do on this machine, scaled from one measured model: a prefill computes (time grows with the
 * parameters), writing reads the weights once for each token (time grows with the bytes). From 0.5 to 1.8 G parameters
 * both held within 5 %; scaled from 135 M the estimate is cautious, for small matrices compute less efficiently.
 */
export function estimateModels(
  entries: readonly CatalogueEntry[],
  machine: Pick<MachineFacts, "totalBytes">,
  reference: ReferenceModel,
): ModelEstimate[] {
  const { tiles, promptTokens, answerTokens } = reviewWorkload;
  return entries.map((entry) => {
    const prefill = reference.prefillTokensPerSecond * (reference.parameters / entry.parameters);
    const generation = reference.generationTokensPerSecond * (reference.bytes / entry.bytes);
    const minutesPerPullRequest = (tiles * (promptTokens / prefill + answerTokens / generation)) / 60;
    const context = Math.min(entry.contextTokens, limits.contextTokens);
    const memoryBytes = memoryNeed(entry.bytes, entry.kvBytesPerToken, context);
    const fits = memoryBytes <= machine.totalBytes * memoryShare;
    const usable = fits && minutesPerPullRequest * 60_000 <= limits.reviewBudgetMs;
    return { entry, memoryBytes, fits, minutesPerPullRequest, usable };
  });
}

/** The largest usable model for a role, or null. */
export function recommendModel(
  estimates: readonly ModelEstimate[],
  role: CatalogueEntry["roles"][number],
): ModelEstimate | null {
  const usable = estimates.filter(({ entry, usable }) => usable && entry.roles.includes(role));
  return usable.sort((a, b) => b.entry.parameters - a.entry.parameters)[0] ?? null;
}
