import type { Model } from "../src/model/model.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { tryHostileAnswers } from "./implement/hostile-answers.ts";
import type { RealTask } from "./implement/real-task.ts";
import { realTasks } from "./implement/real-tasks.ts";
import { askOracle, type OracleResult, runTask, type TaskResult } from "./implement/run-task.ts";
import { runPaths } from "./implement/scripted-paths.ts";
import { openTaskLog, type TaskLog } from "./implement/task-log.ts";
import type { Clock } from "./implement/time-limit.ts";
import { openNamedModel } from "./review/named-model.ts";

/** Tasks of a quick run, and only with evidence. */
const quickTasks = 1;
/** Seconds of a task, where none are named: about three rounds of the smallest model. Of the processor, see Clock. */
const defaultSeconds = 240;
const quickSeconds = 30;

/**
 * Whether every way that a request may end ends so, whether an answer can reach what it must not; with --repo (clones that have
 * the commits) whether each of 20 changes from real commits can be made at all; and, with --model, how many of them a model
 * makes so that the commit's own hidden test passes: with what retrieval shows it, and without. With --work what was
 * measured is kept, and not measured again; interrupted (Ctrl-C, SIGTERM) it tells what it has measured so far.
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
  const real = await runReal(options);
  const ok = paths.wrong.length === 0 && attacks.succeeded === 0 && real.ok;
  return { rows: [...rows, ...real.rows], figures: { ...figures, ...real.figures }, ok };
}

/** What was found of each task, by the name of a column. */
type Columns = Map<RealTask, string[]>;

async function runReal(options: BenchOptions): Promise<Required<BenchResult>> {
  const result: Required<BenchResult> = { rows: [], figures: {}, ok: true };
  if (options.repos.length === 0) return result;
  const tasks = realTasks.slice(0, options.quick ? quickTasks : realTasks.length);
  const log = openTaskLog(options.work);
  const columns: Columns = new Map(tasks.map((task) => [task, []]));
  const interrupted = interruption();
  const oracle = await askOracles(tasks, options.repos, log, columns, interrupted);
  result.figures["oracle"] = oracle;
  result.rows.push(["possible", oracleInWords(oracle)]);
  result.ok = oracle.failsBefore === oracle.total && oracle.solvable === oracle.total;
  if (options.model !== null && !interrupted.aborted) {
    const model = await openNamedModel(options.model);
    const seconds = options.seconds ?? (options.quick ? quickSeconds : defaultSeconds);
    const clock: Clock = /^https?:/.test(options.model) ? "wall" : "processor";
    const run = { model, seconds, clock, clones: options.repos, quick: options.quick, interrupted };
    try {
      const all = await runTasks(tasks, run, log, columns);
      for (const [evidence, results] of all) {
        const measured = figuresOf(results);
        const { name } = model.identity;
        result.figures[evidence ? "tasks" : "withoutEvidence"] = {
          model: name,
          limitSeconds: seconds,
          clock,
          ...measured,
        };
        result.rows.push([evidence ? "tasks" : "tasks without evidence", inWords(measured, seconds, clock)]);
      }
    } finally {
      await model.close();
    }
  }
  if (interrupted.aborted) result.rows.push(["interrupted", "the figures are of what was measured by then"]);
  for (const [{ source }, found] of columns) result.rows.push([`  ${source}`, found.join("; ")]);
  return result;
}

/** Aborted by the first Ctrl-C or SIGTERM; the second one ends the process. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new Error("interrupted")));
  }
  return controller.signal;
}

interface OracleFigures {
  total: number;
  failsBefore: number;
  solvable: number;
  reached: number;
}

async function askOracles(
  tasks: readonly RealTask[],
  clones: readonly string[],
  log: TaskLog,
  columns: Columns,
  interrupted: AbortSignal,
): Promise<OracleFigures> {
  const results: OracleResult[] = [];
  for (const [i, task] of tasks.entries()) {
    if (interrupted.aborted) break;
    const result = await log.once<OracleResult>(["oracle", task.commit], () => askOracle(task, clones));
    if (result !== null) results.push(result);
    const said =
      result === null
        ? "no clone has it"
        : result.failsBefore && result.solvable && result.reached
          ? "possible"
          : `fails before: ${result.failsBefore}, passes with its own patch: ${result.solvable}, by all phases: ${result.reached}`;
    columns.get(task)?.push(said);
    say(`${i + 1} of ${tasks.length}, ${task.source}: ${said}`);
  }
  const count = (key: keyof OracleResult): number => results.filter((one) => one[key]).length;
  const [failsBefore, solvable, reached] = [count("failsBefore"), count("solvable"), count("reached")];
  return { total: results.length, failsBefore, solvable, reached };
}

function oracleInWords({ total, failsBefore, solvable, reached }: OracleFigures): string {
  return `the hidden test fails before on ${failsBefore} of ${total}, passes with the commit's own patch on ${solvable}, and on ${reached} where a script answers with its lines`;
}

interface ModelRun {
  model: Model;
  seconds: number;
  clock: Clock;
  clones: readonly string[];
  quick: boolean;
  interrupted: AbortSignal;
}

/** Each task with evidence and without, so that a run which was ended has measured both on the same tasks. */
async function runTasks(
  tasks: readonly RealTask[],
  { model, seconds, clock, clones, quick, interrupted }: ModelRun,
  log: TaskLog,
  columns: Columns,
): Promise<Map<boolean, TaskResult[]>> {
  const results = new Map<boolean, TaskResult[]>((quick ? [true] : [true, false]).map((evidence) => [evidence, []]));
  const { name, sha256 } = model.identity;
  const next = async (task: RealTask, evidence: boolean): Promise<TaskResult | null> => {
    const key = [sha256 ?? name, evidence, clock, seconds, task.commit];
    const options = { model, evidence, clock, ms: seconds * 1_000, signal: interrupted };
    return log.once<TaskResult>(key, () => runTask(task, clones, options));
  };
  try {
    for (const [i, task] of tasks.entries()) {
      for (const [evidence, all] of results) {
        const result = await next(task, evidence);
        if (result !== null) all.push(result);
        const said = result === null ? "no clone has it" : resultInWords(result);
        columns.get(task)?.push(evidence ? said : `without evidence ${said}`);
        say(`${i + 1} of ${tasks.length}${evidence ? "" : " without evidence"}, ${task.source}: ${said}`);
      }
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
  }
  return results;
}

function resultInWords({ passed, applied, refused, rounds, seconds, late }: TaskResult): string {
  const end = passed ? "passed" : "not passed";
  return `${end} (${rounds} rounds, ${applied} of ${applied + refused} edits, ${seconds.toFixed(0)} s${late ? ", time was up" : ""})`;
}

interface TaskFigures {
  total: number;
  passed: number;
  /** Share of the edits that could be applied. */
  well_formed: number;
  edits: number;
  /** Means. */
  rounds: number;
  seconds: number;
  wallSeconds: number;
  /** Whose time was up. */
  late: number;
}

function figuresOf(results: readonly TaskResult[]): TaskFigures {
  const sum = (of: (result: TaskResult) => number): number => results.reduce((total, one) => total + of(one), 0);
  const total = results.length;
  const edits = sum(({ applied, refused }) => applied + refused);
  return {
    total,
    passed: results.filter(({ passed }) => passed).length,
    well_formed: edits === 0 ? 0 : sum(({ applied }) => applied) / edits,
    edits,
    rounds: total === 0 ? 0 : sum(({ rounds }) => rounds) / total,
    seconds: total === 0 ? 0 : sum(({ seconds }) => seconds) / total,
    wallSeconds: total === 0 ? 0 : sum(({ wallSeconds }) => wallSeconds) / total,
    late: results.filter(({ late }) => late).length,
  };
}

function inWords(
  { total, passed, well_formed, edits, rounds, seconds, wallSeconds, late }: TaskFigures,
  limit: number,
  clock: Clock,
): string {
  const share =
    edits === 0 ? "no edit was written" : `${Math.round(well_formed * 100)} % of ${edits} edits well-formed`;
  const spent = clock === "wall" ? "s" : `s of the processor (${wallSeconds.toFixed(0)} s by the clock)`;
  const time = `${seconds.toFixed(0)} ${spent} a task, time was up at ${limit} s on ${late}`;
  return `${passed} of ${total} pass the hidden test; ${share}; ${rounds.toFixed(1)} rounds; ${time}`;
}
