import { performance } from "node:perf_hooks";
import type { Model } from "../src/model/model.ts";
import type { ImplementOutcome } from "../src/publish/implement-outcome.ts";
import { implementChange } from "../src/tasks/implement/implement-change.ts";
import { disposeScenes, implementScene } from "../test/helpers/implement-scene.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { tryHostileAnswers } from "./implement/hostile-answers.ts";
import { openTask, type RealTask } from "./implement/real-task.ts";
import { realTasks } from "./implement/real-tasks.ts";
import { runPaths } from "./implement/scripted-paths.ts";
import { openNamedModel } from "./review/named-model.ts";

/** Tasks that a model gets in a quick run, and only with evidence: each takes it minutes. */
const quickTasks = 1;

interface TaskResult {
  passed: boolean;
  /** Share of the model's edits that could be applied, of those tasks that had any. */
  applied: number;
  refused: number;
  rounds: number;
  seconds: number;
}

/**
 * Whether every way that a request may end ends so, whether an answer can reach what it must not, and, with --model, how many
 * of 19 changes from real commits a model makes so that the commit's own hidden test passes: with what retrieval shows it,
 * and without. Clones of the repositories are named with --repo, one each.
 */
export async function benchImplement(options: BenchOptions): Promise<BenchResult> {
  say("the scripted paths");
  const paths = await runPaths();
  const attacks = await tryHostileAnswers();
  const rows: BenchResult["rows"] = [
    ["paths", `${paths.total - paths.wrong.length} of ${paths.total} as they should`],
    ...paths.wrong.map((wrong): [string, string] => ["  wrong", wrong]),
    ["hostile answers", `${attacks.succeeded} of ${attacks.tried} reached what they must not`],
  ];
  const passed = (paths.total - paths.wrong.length) / paths.total;
  const figures: BenchResult["figures"] = { paths: { passed, total: paths.total, wrong: paths.wrong }, attacks };
  if (options.model !== null) {
    const model = await openNamedModel(options.model);
    try {
      const chosen = realTasks.slice(0, options.quick ? quickTasks : realTasks.length);
      for (const evidence of options.quick ? [true] : [true, false]) {
        const measured = figuresOf(await runTasks(chosen, options.repos, model, evidence));
        figures[evidence ? "tasks" : "withoutEvidence"] = { model: model.identity.name, ...measured };
        rows.push([evidence ? "tasks" : "tasks without evidence", inWords(measured)]);
      }
    } finally {
      await model.close();
    }
  }
  return { rows, figures, ok: paths.wrong.length === 0 && attacks.succeeded === 0 };
}

async function runTasks(
  tasks: readonly RealTask[],
  clones: readonly string[],
  model: Model,
  evidence: boolean,
): Promise<TaskResult[]> {
  const results: TaskResult[] = [];
  for (const task of tasks) {
    const result = await runTask(task, clones, model, evidence);
    if (result !== null) results.push(result);
    say(`${task.source}: ${result === null ? "no clone has it" : result.passed ? "passed" : "not passed"}`);
  }
  return results;
}

async function runTask(
  task: RealTask,
  clones: readonly string[],
  model: Model,
  evidence: boolean,
): Promise<TaskResult | null> {
  const { signal } = new AbortController();
  const open = await openTask(task, clones, signal);
  if (open === null) return null;
  try {
    const { input } = await implementScene(open.repository, { request: {}, model });
    // Where to look is given in both cases: what is measured is the writing.
    const request = { ...input.request, ...open.request, argument: task.source };
    const shown = evidence ? input.view : withoutSearch(input.view);
    const started = performance.now();
    const outcome = await implementChange(
      { ...input, request, settings: open.settings, tree: open.tree, view: shown },
      signal,
    );
    const seconds = (performance.now() - started) / 1_000;
    return {
      ...countEdits(outcome),
      seconds,
      passed: outcome.files.length > 0 && (await open.passesHidden(outcome.files)),
    };
  } finally {
    disposeScenes();
    open.repository.dispose();
  }
}

/** Nothing is found that is like the request: neither similar code nor documents nor tests. */
function withoutSearch<T extends { search: unknown; searchVector: unknown }>(view: T): T {
  return Object.assign(Object.create(view) as T, { search: () => [], searchVector: () => [] });
}

function countEdits({ rounds }: ImplementOutcome): Pick<TaskResult, "applied" | "refused" | "rounds"> {
  const applied = rounds.reduce((sum, round) => sum + round.applied, 0);
  const refused = rounds.reduce((sum, round) => sum + round.refused.length, 0);
  return { applied, refused, rounds: rounds.length };
}

interface TaskFigures {
  total: number;
  passed: number;
  /** Share of the edits that could be applied. */
  well_formed: number;
  /** Means. */
  rounds: number;
  seconds: number;
}

function figuresOf(results: readonly TaskResult[]): TaskFigures {
  const sum = (of: (result: TaskResult) => number): number => results.reduce((total, one) => total + of(one), 0);
  const total = results.length;
  const edits = sum(({ applied, refused }) => applied + refused);
  return {
    total,
    passed: results.filter(({ passed }) => passed).length,
    well_formed: edits === 0 ? 0 : sum(({ applied }) => applied) / edits,
    rounds: total === 0 ? 0 : sum(({ rounds }) => rounds) / total,
    seconds: total === 0 ? 0 : sum(({ seconds }) => seconds) / total,
  };
}

function inWords({ total, passed, well_formed, rounds, seconds }: TaskFigures): string {
  const share = Math.round(well_formed * 100);
  return `${passed} of ${total} pass the hidden test; ${share} % of edits well-formed; ${rounds.toFixed(1)} rounds, ${seconds.toFixed(0)} s a task`;
}
