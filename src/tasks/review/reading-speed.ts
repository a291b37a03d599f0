import type { Model, ModelProvider } from "../../model/model.ts";
import type { ModelReport } from "../../publish/outcome.ts";
import type { ReadingPlan } from "./let-model-read.ts";

/** Estimated tokens of a plan that a model got through in a second of a review, by its name; as long as the process lives. */
const paces = new WeakMap<ModelProvider, Map<string, number>>();

/** Keeps how fast a model read a plan. What it remembered from before took no time, and says nothing. */
export function notePace(models: ModelProvider, { tokens }: ReadingPlan, report: ModelReport, ms: number): void {
  if (report.name === null || report.ms === 0 || ms <= 0) return;
  const known = paces.get(models) ?? new Map<string, number>();
  paces.set(models, known.set(report.name, (tokens * 1000) / ms));
}

/** What is to be expected of a reading that has not begun, as the end of a sentence. */
export function expectation(
  { tiles, tokens }: ReadingPlan,
  model: Model,
  models: ModelProvider,
  minutes: number,
): string {
  const { name } = model.identity;
  if (tiles.length === 0) return `there is nothing for ${name} to read`;
  const pace = paces.get(models)?.get(name);
  const size = `${tiles.length} ${tiles.length === 1 ? "part" : "parts"}, about ${rounded(tokens)} tokens`;
  const time = pace === undefined ? "" : `about ${duration(tokens / pace)} at its pace here, `;
  return `${name} is reading the change: ${size}, ${time}at most ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} minutes`;
}

/** To two digits: it is an estimate. */
function rounded(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.round(count / step) * step;
}
