import { Command } from "commander";
import { prepareHome } from "../config/home.ts";
import { loadSettings } from "../config/server-config.ts";
import { catalogue, catalogueEntry, defaultModelName, expectedWeights } from "../model/catalogue.ts";
import { benchModel, type ModelSpeed } from "../model/bench-model.ts";
import type { InstallProgress } from "../model/delivery.ts";
import { installModel } from "../model/install.ts";
import { installedModels, installedPath } from "../model/installed.ts";
import { loadLlamaModel } from "../model/llama-model.ts";
import { machineFacts, type MachineFacts } from "../model/machine.ts";
import { estimateModels, recommendModel, type ModelEstimate } from "../model/recommend.ts";
import { checkWeights } from "../model/weights.ts";
import { limits } from "../shared/limits.ts";
import { formatBytes, table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

export function modelsCommand(): Command {
  const models = new Command("models").description("install local models and see what they are");
  models
    .command("list")
    .description("the catalogue, and what of it is installed")
    .option("--json", "print JSON")
    .action(list);
  models
    .command("pull")
    .description("install a model; what is downloaded is checked before it is moved into place")
    .argument("[name]", `a name from the list, or "default" for ${defaultModelName}`, "default")
    .action(pull);
  models
    .command("verify")
    .description("check an installed model against its SHA-256")
    .argument("[name]", 'a name from the list, or "default"', "default")
    .action(verify);
  models
    .command("recommend")
    .description("time the default model here, and say which model this machine could run")
    .option("--json", "print JSON")
    .action(recommend);
  return models.addHelpText(
    "after",
    `
Examples:
  assistant models pull          install the default model, which runs everywhere
  assistant models recommend     then see what larger one this machine could run
  ASSISTANT_MODEL_FILE=model.gguf assistant models pull     install from a file, without a network`,
  );
}

async function list(options: { json?: boolean }): Promise<void> {
  const installed = await installedModels(loadSettings().home.models);
  const rows = catalogue.map((entry) => ({
    name: entry.name,
    roles: entry.roles.join(", "),
    bytes: entry.bytes,
    licence: entry.licence.name,
    verified: entry.sha256 !== null,
    installed: installed.some((model) => model.entry?.name === entry.name),
  }));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const cells = rows.map((row) => [
    row.name,
    row.roles,
    formatBytes(row.bytes),
    row.licence,
    row.verified ? "by SHA-256" : "unverified",
    row.installed ? "installed" : "",
  ]);
  process.stdout.write(table([["name", "roles", "size", "licence", "check", ""], ...cells]));
}

async function pull(name: string): Promise<void> {
  const entry = catalogueEntry(resolveName(name));
  const { home } = loadSettings();
  prepareHome(home);
  const path = await installModel(entry, {
    modelsDir: home.models,
    onProgress: showProgress(),
    signal: interruptSignal(),
  });
  terminalProgress(process.stderr)("");
  process.stdout.write(`installed: ${path}\n`);
}

async function verify(name: string): Promise<void> {
  const entry = catalogueEntry(resolveName(name));
  const path = installedPath(loadSettings().home.models, entry.name);
  const { sha256 } = await checkWeights(path, expectedWeights(entry));
  const verdict = entry.sha256 === null ? "the catalogue has no checksum to compare with" : "as in the catalogue";
  process.stdout.write(`${path}\nsha256 ${sha256}: ${verdict}\n`);
}

/** Times the installed default model, which every other estimate is scaled from. */
async function recommend(options: { json?: boolean }): Promise<void> {
  const entry = catalogueEntry(defaultModelName);
  const path = installedPath(loadSettings().home.models, entry.name);
  const model = await loadLlamaModel({ path, name: entry.name, expected: expectedWeights(entry) });
  try {
    const speed = await benchModel(model);
    const machine = await machineFacts();
    const estimates = estimateModels(catalogue, machine, {
      ...speed,
      parameters: entry.parameters,
      bytes: entry.bytes,
    });
    const coding = recommendModel(estimates, "coding")?.entry.name ?? null;
    const research = recommendModel(estimates, "research")?.entry.name ?? null;
    const rows = estimates.map((estimate) => ({ ...estimate, entry: undefined, name: estimate.entry.name }));
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ machine, speed, coding, research, models: rows })}\n`
        : recommendation(machine, speed, estimates, { coding, research }),
    );
  } finally {
    await model.close();
  }
}

function recommendation(
  machine: MachineFacts,
  speed: ModelSpeed,
  estimates: ModelEstimate[],
  best: { coding: string | null; research: string | null },
): string {
  const rows = estimates.map(({ entry, memoryBytes, fits, minutesPerPullRequest, usable }) => [
    entry.name,
    entry.roles.join(", "),
    formatBytes(memoryBytes),
    fits ? `${minutesPerPullRequest.toFixed(1)} min` : "does not fit",
    usable ? "" : fits ? `over the review budget of ${limits.reviewBudgetMs / 60_000} min` : "",
  ]);
  return [
    `${machine.cores} cores, ${formatBytes(machine.totalBytes)} memory. Measured with ${defaultModelName}: ` +
      `${Math.round(speed.prefillTokensPerSecond)} tokens/s read, ${Math.round(speed.generationTokensPerSecond)} written.\n\n`,
    table([["model", "roles", "memory", "a pull request", ""], ...rows]),
    `\nLargest that fits the review budget: ${best.coding ?? "none"} for coding, ${best.research ?? "none"} for research.\n`,
    "Estimates scaled from the measured model. No model has qualified to be quoted yet, whatever its size.\n",
  ].join("");
}

function resolveName(name: string): string {
  return name === "default" ? defaultModelName : name;
}

/** A line that is rewritten on a terminal; a line every tenth of the way where standard error is a file. */
function showProgress(): (progress: InstallProgress) => void {
  const rewrite = terminalProgress(process.stderr);
  let shown = "";
  return ({ source, step, bytes, totalBytes }) => {
    const percent = totalBytes ? Math.floor((bytes / totalBytes) * 100) : null;
    const amount = percent === null ? formatBytes(bytes) : `${percent} % of ${formatBytes(totalBytes ?? 0)}`;
    if (process.stderr.isTTY) return rewrite(`${step} from ${source}: ${amount}`);
    const line = `${step} from ${source}${percent === null ? "" : `: ${Math.floor(percent / 10) * 10} %`}`;
    if (line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
  };
}
