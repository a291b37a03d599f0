import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { findHome } from "../src/config/home.ts";
import { createSqliteEngramStore } from "../src/engram/sqlite-engram-store.ts";
import { createUnitParser } from "../src/engram/units/tree-sitter-parser.ts";
import { findInCatalogue } from "../src/model/catalogue.ts";
import { createCoreBudget } from "../src/model/core-budget.ts";
import { installedModels, installedPath } from "../src/model/installed.ts";
import { loadLlamaModel } from "../src/model/llama-model.ts";
import { machineFacts } from "../src/model/machine.ts";
import type { Model } from "../src/model/model.ts";
import { editDistance } from "../src/shared/nearest.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { readChange } from "../src/workspace/read-change.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { type ContextKind, contexts, promptFor } from "./context/augment.ts";
import { type CompletionCase, drawCases } from "./context/cases.ts";
import { type PastTask, readPastTasks } from "./retrieval/past-tasks.ts";
import { createRandom, mean } from "./statistics.ts";

/** Tokens of context that each way may spend, besides the twenty lines before the place. */
const contextTokens = 400;
const mostCommits = 120;
/** After so many minutes for each model no further commit is begun, and what was measured by then is told; `--minutes` says otherwise. */
const mostMinutes = { quick: 4, full: 25 } as const;
/** Of an answer by the truth's tokens: what goes on for longer is wrong already. */
const answerTokens = { times: 1.25, more: 8 } as const;

/**
 * What retrieved code is worth to a small model: the next line, and the rest of a function, at places of a repository's newest
 * commits. The model goes on from the twenty lines before, with nothing else and with the same number of tokens of the same
 * file, of a random place and of our evidence in front of them. The engram is that of the commit's parent.
 */
export async function benchContext({
  quick,
  repo,
  models,
  commits,
  minutes = mostMinutes[quick ? "quick" : "full"],
}: BenchOptions): Promise<BenchResult> {
  const { gitDir } = await openLocalClone(repo);
  const tasks = await readPastTasks(gitDir, quick ? 12 : Math.min(commits, mostCommits));
  const result: BenchResult = { rows: [["commits", String(tasks.length)]], figures: {} };
  const { cores } = await machineFacts();
  for (const [index, path] of (await modelPaths(models)).entries()) {
    // A busy machine makes the bench slow, not wrong.
    const options = { contextTokens: 2_048, slots: cores, requestMs: 30 * 60_000 };
    const model = await loadLlamaModel({ path, options, budget: createCoreBudget(cores) });
    try {
      report(result, basename(path, ".gguf"), await measure(model, gitDir, tasks, minutes * 60_000), index === 0);
    } finally {
      await model.close();
    }
  }
  return result;
}

/** By name or path; without any, all that are installed. */
async function modelPaths(models: readonly string[]): Promise<string[]> {
  const folder = findHome(process.env).models;
  if (models.length === 0) return (await installedModels(folder)).map(({ path }) => path);
  return models.map((one) => (findInCatalogue(one) ? installedPath(folder, one) : resolve(one)));
}

interface Sample {
  kind: CompletionCase["kind"];
  context: ContextKind;
  /** First line right, white space at its ends aside. */
  exact: number;
  /** 1 − edit distance by the length of the longer text. */
  similarity: number;
  /** Nats a token that the truth costs; lower is better. */
  nll: number;
}

/** Walks the commits oldest first, so that each engram is an update of the one before. The same places for every model. */
async function measure(
  model: Model,
  gitDir: string,
  tasks: readonly PastTask[],
  budgetMs: number,
): Promise<Sample[][]> {
  const directory = mkdtempSync(join(tmpdir(), "bench-context-"));
  const store = createSqliteEngramStore({ directory });
  const units = createUnitParser();
  const random = createRandom(7);
  const samples: Sample[][] = [];
  const deadline = performance.now() + budgetMs;
  try {
    for (const [index, { commit, parent }] of tasks.entries()) {
      if (performance.now() > deadline) break;
      const change = await readChange(gitDir, parent, commit);
      const { engram } = await store.update("bench", gitDir, parent);
      for (const one of await drawCases(gitDir, change, { view: engram, units, random })) {
        const prompts: [ContextKind, string][] = [];
        for (const kind of contexts) {
          prompts.push([kind, await promptFor(model, engram, one, { kind, tokens: contextTokens, random })]);
        }
        samples.push(await Promise.all(prompts.map(([context, prompt]) => complete(model, one, context, prompt))));
      }
      engram.close();
      say(`commit ${index + 1} of ${tasks.length}, ${samples.length} places`);
    }
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return samples;
}

async function complete(model: Model, one: CompletionCase, context: ContextKind, prompt: string): Promise<Sample> {
  const { kind, truth } = one;
  const lines = truth.split("\n");
  const stop = kind === "line" ? ["\n"] : [];
  const maxTokens = Math.ceil(answerTokens.times * (await model.countTokens(truth))) + answerTokens.more;
  const answer = await model.generate({ messages: prompt, maxTokens, stop });
  const [score] = (await model.score?.({ messages: prompt, continuations: [`${truth}\n`] })) ?? [];
  const written = answer.text.split("\n").slice(0, lines.length).join("\n").trim();
  const right = truth.trim();
  return {
    kind,
    context,
    exact: firstLine(written) === firstLine(right) ? 1 : 0,
    similarity: 1 - editDistance(written, right) / Math.max(written.length, right.length, 1),
    nll: score ? -score.logProbability / score.tokens : Number.NaN,
  };
}

function firstLine(text: string): string {
  return text.split("\n")[0]?.trim() ?? "";
}

/** `context_gain` compares our evidence with the same number of tokens of the same file, for the first model. */
function report(result: BenchResult, name: string, samples: Sample[][], isFirst: boolean): void {
  for (const kind of ["line", "function"] as const) {
    const places = samples.filter(([first]) => first?.kind === kind);
    if (places.length === 0) continue;
    const prefix = `${name}.${kind}`;
    const of = (context: ContextKind, figure: "exact" | "similarity" | "nll"): number =>
      mean(places.map((place) => place.find((sample) => sample.context === context)?.[figure] ?? Number.NaN));
    result.rows.push([`${prefix} (${places.length} places)`, "exact first line / edit similarity / nats a token"]);
    result.figures[`${prefix}.places`] = places.length;
    for (const context of contexts) {
      const figures = {
        exact_match: of(context, "exact"),
        similarity: of(context, "similarity"),
        nll: of(context, "nll"),
      };
      for (const [figure, value] of Object.entries(figures)) result.figures[`${prefix}.${context}.${figure}`] = value;
      const shown = Object.values(figures).map((value) => value.toFixed(3));
      result.rows.push([`${prefix}.${context}`, shown.join(" / ")]);
    }
    const exact = of("evidence", "exact") / of("same_file", "exact") - 1;
    const nll = of("same_file", "nll") - of("evidence", "nll");
    const error = standardError(places, (place) => figureOf(place, "same_file") - figureOf(place, "evidence"));
    result.rows.push([
      `${prefix} gain`,
      `${(exact * 100).toFixed(0)} % exact match, ${nll.toFixed(3)} ± ${(2 * error).toFixed(3)} nats`,
    ]);
    if (!isFirst || kind !== "line") continue;
    result.figures["context_gain.exact_match"] = exact;
    result.figures["context_gain.nll"] = nll;
  }
}

function figureOf(place: Sample[], context: ContextKind): number {
  return place.find((sample) => sample.context === context)?.nll ?? Number.NaN;
}

/** Of the mean, over paired differences. */
function standardError(places: Sample[][], difference: (place: Sample[]) => number): number {
  const values = places.map(difference);
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}
