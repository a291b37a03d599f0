import { existsSync, readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { catalogueEntry, defaultModelName } from "../model/catalogue.ts";
import { openTryEdits } from "../handlers/try-edits.ts";
import { decide } from "../model/decide.ts";
import { openHttpModel } from "../model/http-model.ts";
import { installedPath } from "../model/installed.ts";
import { loadLlamaModel } from "../model/llama-model.ts";
import type { Ability, Model } from "../model/model.ts";
import { expectedInstalled } from "../model/pin.ts";
import { loadScriptedModel } from "../model/scripted-model.ts";
import type { CaseAnswer } from "../qualification/answer.ts";
import { type Qualified, qualifyModel, type QualifyProgress } from "../qualification/qualify-model.ts";
import { openQualificationRecords } from "../qualification/qualification-records.ts";
import {
  abilities,
  type AbilityRecord,
  type QualificationRecord,
  type RepositoryFindings,
} from "../qualification/record.ts";
import { openUnfinishedRun } from "../qualification/unfinished-run.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { formatBytes, table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { qualifyOnPulls } from "./qualify-on-pulls.ts";

interface QualifyOptions {
  quick?: boolean;
  ability?: Ability[];
  json?: boolean;
  repo?: string;
  pulls: number;
  verbose?: boolean;
}

export function modelsQualifyCommand(): Command {
  return new Command("qualify")
    .description("measure what a model may say in public, and keep the record")
    .argument("[model]", "a name from the list, a GGUF file, or the URL of a model server", "default")
    .option("--quick", "a part of the cases: under five minutes with a small model, and a less certain result")
    .addOption(new Option("--ability <names...>", "measure these alone").choices(abilities))
    .option("--repo <dir>", "also let it read this clone's past pull requests")
    .option("--pulls <n>", "how many of them", count, 20)
    .option("--verbose", "print each answer")
    .option("--json", "print the record as JSON, and nothing else, on standard output")
    .addHelpText(
      "after",
      `
Examples:
  assistant models qualify                              the default model, all cases
  assistant models qualify --quick my-model.gguf        a first look at a file
  assistant models qualify http://127.0.0.1:8080/v1     a model that another program serves
  assistant models qualify --repo ../service            with its remarks on past pull requests there

What is measured stands under ASSISTANT_HOME/qualification, by the SHA-256 of the weights. A run that
is stopped leaves no record; the next one goes on where it was.
Exit code: 0 it may say something, 1 it qualified for nothing, 2 usage or environment, 3 internal error.`,
    )
    .action(qualify);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1 on is asked.");
  return value;
}

async function qualify(name: string, options: QualifyOptions): Promise<void> {
  const { home, models, implement } = loadSettings();
  const directory = home.qualification;
  const records = openQualificationRecords({ directory });
  const signal = interruptSignal();
  const show = progressLine();
  const model = await openNamed(name, home.models, models.apiKey);
  try {
    const { sha256 } = model.identity;
    const unfinished = sha256 === null ? null : openUnfinishedRun(directory, sha256);
    if (unfinished && unfinished.known.size > 0)
      show.line(`${unfinished.known.size} answers of a run that was cut off are used`);
    const tryEdits = await openTryEdits(implement);
    const measured = await qualifyModel(model, {
      decide,
      ...(tryEdits && { tryEdits }),
      product: packageVersion(),
      quick: options.quick === true,
      ...(options.ability && { abilities: options.ability }),
      memoryBytes: () => (model.identity.backend === "llama" ? process.memoryUsage().rss : null),
      onProgress: show.cases,
      ...(unfinished && { known: unfinished.known }),
      onAnswer: (answer) => {
        unfinished?.keep(answer);
        if (options.verbose) show.line(described(answer));
      },
      signal,
    });
    const threshold = measured.abilities.find(({ ability }) => ability === "review")?.threshold ?? null;
    const { repo, pulls } = options;
    const onProgress = show.pulls;
    const onPulls =
      repo === undefined ? null : await qualifyOnPulls(model, { repo, pulls, threshold, onProgress, signal });
    const record = { ...measured, repositories: onPulls ? [onPulls] : [] };
    const kept = isKeepable(record) ? records.save(record) : null;
    unfinished?.done();
    show.clear();
    process.stdout.write(options.json ? `${JSON.stringify(record)}\n` : report(record, kept !== null));
    if (!record.abilities.some(({ allowed }) => allowed)) process.exitCode = ExitCode.no;
  } finally {
    show.clear();
    await model.close();
  }
}

/** Errors: `model-unknown`, `model-missing`, and those of loading. */
async function openNamed(name: string, modelsDir: string, apiKey: string | null): Promise<Model> {
  const options = { requestMs: limits.qualificationMs };
  if (/^https?:\/\//.test(name)) return openHttpModel({ url: name, apiKey, requestMs: options.requestMs });
  if (name.endsWith(".json")) return loadScriptedModel(name);
  if (name.endsWith(".gguf") || existsSync(name)) return loadLlamaModel({ path: name, options });
  const entry = catalogueEntry(name === "default" ? defaultModelName : name);
  const path = installedPath(modelsDir, entry.name);
  if (!existsSync(path)) {
    throw new AssistantError(`${entry.name} is not installed`, {
      code: "model-missing",
      remedy: `Install it: assistant models pull ${entry.name}.`,
    });
  }
  return loadLlamaModel({ path, name: entry.name, expected: await expectedInstalled(path, entry), options });
}

function described({ case: { id }, right, probability, text }: CaseAnswer): string {
  return `${right ? "right" : "wrong"}  ${id}  ${probability === null ? "-" : probability.toFixed(3)}  ${text}`;
}

function isKeepable(record: Qualified): record is QualificationRecord {
  return record.sha256 !== null;
}

function report(record: Qualified, kept: boolean): string {
  const rows = record.abilities.map((entry) => [
    entry.ability,
    String(entry.n),
    entry.n === 0 ? "-" : entry.figure.toFixed(2),
    entry.n === 0 ? "-" : entry.lower.toFixed(2),
    entry.bar.toFixed(2),
    entry.threshold === null ? "-" : entry.threshold.toFixed(2),
    entry.allowed ? "qualified" : "not qualified",
  ]);
  const heading = ["ability", "n", "score", "lower bound", "bar", "threshold", "verdict"];
  return [
    `${record.model}${record.sha256 === null ? "" : ` (sha256 ${record.sha256.slice(0, 12)}…)`}\n\n`,
    table([heading, ...rows]),
    `\n${inWords(record)}\n`,
    ...record.repositories.map((found) => `${onRepository(found)}\n`),
    costs(record),
    kept ? "" : "Not recorded: nothing tells which weights these are, so the next answer may come from others.\n",
  ].join("");
}

function inWords({ model, abilities: measured }: Qualified): string {
  const may = measured.filter(({ allowed }) => allowed).map(({ ability }) => doing[ability]);
  const first = may.length === 0 ? `${model} may not be quoted for anything.` : `${model} may ${may.join(", ")}.`;
  const others = measured.filter(({ allowed }) => !allowed).map(whyNot);
  return [first, ...others].join("\n");
}

const doing: Record<Ability, string> = {
  review: "remark on changes",
  confirm: "confirm and reject findings",
  label: "choose labels",
  wording: "word findings",
  edit: "edit code",
};

function whyNot({ ability, reason }: AbilityRecord): string {
  return `It may not ${doing[ability]}: ${reason}.`;
}

function onRepository({ repository, pulls, parts, remarks, right, chance }: RepositoryFindings): string {
  const read = `${repository}: ${pulls} past pull requests, ${parts} parts read`;
  if (remarks === 0 || chance === null) return `${read}; it remarked on nothing.`;
  const share = (value: number): string => `${Math.round(value * 100)} %`;
  return `${read}; of ${remarks} remarks ${right} (${share(right / remarks)}) stand on lines that were changed later, ${share(chance)} by chance.`;
}

function costs({ tokensPerSecond, memoryBytes }: Qualified): string {
  const parts = [
    tokensPerSecond === null ? null : `${tokensPerSecond} tokens a second, read and written`,
    memoryBytes === null ? null : `${formatBytes(memoryBytes)} of memory`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "" : `${parts.join("; ")}.\n`;
}

function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

/** One line that is rewritten on a terminal; elsewhere a line now and then. */
function progressLine(): {
  cases: (progress: QualifyProgress) => void;
  pulls: (done: number, total: number) => void;
  line: (text: string) => void;
  clear: () => void;
} {
  const { stderr } = process;
  let shown = "";
  const write = (text: string, every: string): void => {
    if (stderr.isTTY) stderr.write(`\r\u001b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    else if (every !== shown) stderr.write(`${text}\n`);
    shown = every;
  };
  return {
    cases: ({ ability, done, total, remainingMs }) => {
      const left = remainingMs === null ? "" : `, about ${duration(remainingMs)} left`;
      write(`${ability} ${done}/${total}${left}`, `${ability} ${Math.floor((done / Math.max(1, total)) * 4)}`);
    },
    pulls: (done, total) => write(`pull requests ${done}/${total}`, `pulls ${Math.floor((done / total) * 4)}`),
    line: (text) => stderr.write(`${stderr.isTTY ? "\r\u001b[2K" : ""}${text}\n`),
    clear: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[2K");
    },
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
