import { Command } from "commander";
import { catalogue } from "../model/catalogue.ts";
import { type Measurement, measurementsHere, wasBusy } from "../model/measurements.ts";
import { estimateModels, type ModelEstimate, recommendModel } from "../model/recommend.ts";
import { limits } from "../shared/limits.ts";
import { formatBytes, table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { type Here, machineHere, measureHere } from "./measure-here.ts";
import { nameOf, namedModels } from "./named-model.ts";

export function modelsRecommendCommand(): Command {
  return new Command("recommend")
    .description("say which model this machine could run, and how long a pull request would take with each")
    .option("--all", "also models that do not fit or are far too slow")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Goes by what \`assistant models bench\` has measured here; where nothing was, the smallest installed model is timed first.
A pull request is taken to have eight parts of 1,500 tokens with 200 tokens of answer each.

Examples:
  assistant models recommend
  assistant models bench && assistant models recommend     surer: all installed models are timed

Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(recommend);
}

async function recommend(options: { all?: boolean; json?: boolean }): Promise<void> {
  const here = await machineHere();
  const measured = await measurementsOrOne(here);
  const { machine } = here;
  // An encoder writes nothing.
  const models = catalogue.filter(({ roles }) => !roles.includes("embedding"));
  const estimates = estimateModels(models, machine, measured);
  const coding = recommendModel(estimates, "coding")?.entry.name ?? null;
  const research = recommendModel(estimates, "research")?.entry.name ?? null;
  if (options.json) {
    const rows = estimates.map(({ entry, ...estimate }) => ({ name: entry.name, roles: entry.roles, ...estimate }));
    process.stdout.write(`${JSON.stringify({ machine, measured, coding, research, models: rows })}\n`);
    return;
  }
  const shown = estimates.filter((one) => options.all || (one.fits && one.minutesPerPullRequest <= slowestMinutes));
  process.stdout.write(
    [
      `${machineLine(here)} Measured: ${measured.map(({ name }) => name).join(", ")}.\n\n`,
      table([["model", "roles", "memory", "a pull request", "how sure", ""], ...shown.map(row)]),
      shown.length < estimates.length
        ? `${estimates.length - shown.length} more do not fit or are far too slow: --all shows them.\n`
        : "",
      `\nLargest that fits the review budget: ${coding ?? "none"} for coding, ${research ?? "none"} for research.\n`,
      measured.some(wasBusy) ? "Measured while this machine had other work: on a quiet one it is faster.\n" : "",
      gpuLine(here),
      "What a model may say in public is measured apart: `assistant models qualify`.\n",
    ].join(""),
  );
}

/** Four reviews' time: whoever wants to wait longer asks for all. */
const slowestMinutes = (4 * limits.reviewBudgetMs) / 60_000;

async function measurementsOrOne(here: Here): Promise<Measurement[]> {
  const measured = await measurementsHere(here.modelsDir, here.machine, here.gpu);
  if (measured.length > 0) return measured;
  const smallest = (await namedModels(undefined, here.modelsDir)).at(-1);
  if (smallest === undefined) return [];
  const atOnce = [...new Set([1, Math.min(here.machine.cores, 4)])];
  return [await measureHere(smallest, nameOf(smallest), here, { atOnce, signal: interruptSignal() })];
}

function row({ entry, memoryBytes, fits, minutesPerPullRequest, factor, usable }: ModelEstimate): string[] {
  const budget = limits.reviewBudgetMs / 60_000;
  const remark = [
    ...(usable || !fits ? [] : [`over the review budget of ${budget} min`]),
    ...(entry.kind === "base" ? ["no chat"] : []),
    ...(entry.licence.commercial ? [] : ["not for commercial use"]),
  ];
  return [
    entry.name,
    entry.roles.join(", "),
    formatBytes(memoryBytes),
    fits ? `${minutesPerPullRequest.toFixed(1)} min` : "does not fit",
    factor === 1 ? "measured" : `within ×${factor}`,
    remark.join(", "),
  ];
}

function machineLine({ machine, gpu }: Here): string {
  const gpus = machine.gpus.map(({ name, totalBytes }) => `${name} with ${formatBytes(totalBytes)}`);
  const with_ = gpu ? `, ${gpus.join(", ") || "a GPU"}` : "";
  return `${machine.cores} cores, ${formatBytes(machine.totalBytes)} memory${with_}.`;
}

function gpuLine({ machine, gpu }: Here): string {
  if (machine.gpu === null || gpu) return "";
  return `A GPU (${machine.gpu}) is seen, and not used in these figures: \`assistant doctor\` says how, then \`bench\` again.\n`;
}
