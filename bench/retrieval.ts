import { basename, dirname, resolve } from "node:path";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { judgePulls, type PullsFigures } from "./pulls.ts";
import { type EvidenceTime, timeEvidence } from "./retrieval/evidence-time.ts";
import { readPastTasks } from "./retrieval/past-tasks.ts";
import { bootstrapInterval, type Difference, measures, meanScore, type Score } from "./retrieval/scores.ts";
import { hasPullHeads } from "./retrieval/pull-heads.ts";
import { type Answer, type Kind, kinds, type Method, methods, walkTasks, type WalkReport } from "./retrieval/walk.ts";
import { mean, milliseconds, quantile } from "./statistics.ts";

interface Measured extends WalkReport {
  name: string;
  evidence: EvidenceTime | null;
  pulls: Awaited<ReturnType<typeof judgePulls>> | null;
}

type MethodFigures = Score & { ci: [low: number, high: number] };
type Table = Partial<Record<Kind, Record<Method, MethodFigures>>>;

/** What --quick may take for all repositories together. */
const quickMs = { walk: 22_000, evidence: 4_000 };
const quickCommits = 60;
const timedChanges = { quick: 10, full: 50 };

/**
 * How well files are found, measured on what people did: a commit's message, or the change of one of its files, asks for the
 * (other) files of the commit, in the tree and history of its parent. Of the newest commits the older half is for tuning, the
 * newer half is asked here.
 */
export async function benchRetrieval(options: BenchOptions): Promise<BenchResult> {
  const repos = options.repos.length === 0 ? [options.repo] : options.repos;
  if (options.changes !== undefined) return timeEvidenceOf(repos, options.changes);
  const measured: Measured[] = [];
  for (const repo of repos) measured.push(await measureRepository(repo, options, repos.length));
  const tables = measured.map((each) => tableOf([each]));
  const macro = tableOf(measured);
  const rows: BenchResult["rows"] = measured.flatMap((each, i) => rowsOf(each, tables[i] ?? {}));
  if (measured.length > 1) rows.push([`macro average of ${measured.length}`, ""], ...tableRows(macro));
  const figures = { ...figuresOf(macro), ...timeFigures(measured), ...pullFigures(measured) };
  if (measured.length > 1) {
    const each = measured.map((one, i) => [
      one.name,
      { ...figuresOf(tables[i] ?? {}), ...timeFigures([one]), ...pullFigures([one]) },
    ]);
    Object.assign(figures, { repositories: Object.fromEntries(each) });
  }
  return { rows, figures };
}

/** With --changes the time of the evidence for so many changes is all that is measured. */
async function timeEvidenceOf(repos: readonly string[], changes: number): Promise<BenchResult> {
  const rows: BenchResult["rows"] = [];
  const timed: EvidenceTime[] = [];
  for (const repo of repos) {
    const { gitDir } = await openLocalClone(repo);
    say(`${nameOf(gitDir)}: timing evidence`);
    const evidence = await timeEvidence(repo, changes, Infinity);
    rows.push([`${nameOf(gitDir)}: ${evidenceRow}`, spreadOf(evidence)]);
    if (evidence !== null) timed.push(evidence);
  }
  return { rows, figures: evidenceFigures(timed) };
}

async function measureRepository(
  repo: string,
  { quick, commits, pulls }: BenchOptions,
  repositories: number,
): Promise<Measured> {
  const { gitDir } = await openLocalClone(repo);
  const name = nameOf(gitDir);
  say(`${name}: reading commits`);
  const tasks = await readPastTasks(gitDir, quick ? Math.min(commits, quickCommits) : commits);
  const newer = tasks.slice(tasks.length >> 1);
  say(`${name}: asking ${newer.length} of ${tasks.length} commits`);
  const budget = (ms: number) => (quick ? ms / repositories : Infinity);
  const walked = await walkTasks(gitDir, newer, performance.now() + budget(quickMs.walk));
  say(`${name}: timing evidence`);
  const evidence = await timeEvidence(repo, quick ? timedChanges.quick : timedChanges.full, budget(quickMs.evidence));
  const judged = quick || !(await hasPullHeads(gitDir)) ? null : await judgePulls({ gitDir, pulls, quick });
  return { name, ...walked, evidence, pulls: judged };
}

/** `…/owner+name/repo` and `…/name/.git` are called by their folder. */
function nameOf(gitDir: string): string {
  const own = basename(resolve(gitDir));
  return /^(\.git|repo)$/.test(own) ? basename(dirname(resolve(gitDir))) : own.replace(/\.git$/, "");
}

/** Of several repositories each counts alike. */
function tableOf(measured: readonly WalkReport[]): Table {
  const table: Table = {};
  for (const kind of kinds) {
    const answers = measured.map((each) => each.answers.filter((answer) => answer.kind === kind));
    const answered = answers.filter((each) => each.length > 0);
    if (answered.length === 0) continue;
    const entries = methods.map((method) => {
      const means = answered.map((each) => meanScore(each.map(({ scores }) => scores[method])));
      return [method, { ...meanScore(means), ci: bootstrapInterval(answered.map((each) => gainsOf(each, method))) }];
    });
    table[kind] = Object.fromEntries(entries) as Record<Method, MethodFigures>;
  }
  return table;
}

function gainsOf(answers: readonly Answer[], method: Method): Difference[] {
  return answers.map(({ commit, scores }) => ({ commit, value: scores[method].r5 - scores.bm25.r5 }));
}

function figuresOf(table: Table): Record<string, unknown> {
  const figures: Record<string, unknown> = {};
  for (const kind of kinds) {
    const found = table[kind];
    if (found === undefined) continue;
    for (const method of methods) {
      const { ci, ...score } = found[method];
      for (const measure of measures) figures[`${kind}.${method}.${measure}`] = rounded(score[measure]);
      figures[`${kind}.${method}.ci`] = ci.map(rounded);
    }
    for (const measure of measures) {
      figures[`gain.${kind}.${measure}`] = rounded(found.ours[measure] - found.bm25[measure]);
    }
  }
  return figures;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function timeFigures(measured: readonly Measured[]): Record<string, unknown> {
  const timed = measured.flatMap(({ evidence }) => (evidence === null ? [] : [evidence]));
  const ranks = measured.flatMap(({ rankMs }) => rankMs);
  return {
    files: mean(measured.map(({ files }) => files)),
    commits: measured.reduce((sum, { tasks }) => sum + tasks, 0),
    rank_p50_ms: quantile(ranks, 0.5),
    rank_p95_ms: quantile(ranks, 0.95),
    ...evidenceFigures(timed),
  };
}

/** Of several repositories the slowest. */
function evidenceFigures(timed: readonly EvidenceTime[]): Record<string, number> {
  if (timed.length === 0) return {};
  return {
    evidence_p50_ms: Math.max(...timed.map(({ p50 }) => p50)),
    evidence_p95_ms: Math.max(...timed.map(({ p95 }) => p95)),
    evidence_cpu_p50_ms: Math.max(...timed.map(({ cpu }) => cpu.p50)),
    evidence_cpu_p95_ms: Math.max(...timed.map(({ cpu }) => cpu.p95)),
  };
}

const evidenceRow = "evidence for 300 lines, median / p95";

function spreadOf(evidence: EvidenceTime | null): string {
  if (evidence === null) return "no change of about 300 lines";
  const { p50, p95, changes, cpu } = evidence;
  const inAll = `processor time ${milliseconds(cpu.p50)} / ${milliseconds(cpu.p95)}`;
  return `${milliseconds(p50)} / ${milliseconds(p95)} (${changes} changes; ${inAll})`;
}

/** Those of the one repository; of several they stand under its name. */
function pullFigures(measured: readonly Measured[]): Partial<PullsFigures> {
  return measured.length === 1 ? (measured[0]?.pulls?.figures ?? {}) : {};
}

function rowsOf({ name, files, chunks, tasks, rankMs, evidence, pulls }: Measured, table: Table): BenchResult["rows"] {
  const times = `${milliseconds(quantile(rankMs, 0.5))} / ${milliseconds(quantile(rankMs, 0.95))}`;
  return [
    [name, `${files} files, ${chunks} chunks, ${tasks} commits asked`],
    ...tableRows(table),
    ["one ranking, median / p95", times],
    [evidenceRow, spreadOf(evidence)],
    ...(pulls?.rows ?? []),
  ];
}

function tableRows(table: Table): BenchResult["rows"] {
  return kinds.flatMap((kind): BenchResult["rows"] => {
    const found = table[kind];
    if (found === undefined) return [[kind, "no query"]];
    const percent = (value: number) => (100 * value).toFixed(1).padStart(5);
    return methods.map((method) => {
      const { r5, r10, mrr, ci } = found[method];
      const [low, high] = ci.map((bound) => (100 * bound).toFixed(1));
      const gain = method === "bm25" ? "" : `  recall@5 ${signed(r5 - found.bm25.r5)} [${low}, ${high}]`;
      return [`${kind} ${method}`, `${percent(r5)} ${percent(r10)} ${percent(mrr)}${gain}`];
    });
  });
}

function signed(difference: number): string {
  return `${difference >= 0 ? "+" : ""}${(100 * difference).toFixed(1)}`;
}
