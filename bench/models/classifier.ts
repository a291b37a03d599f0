import { readFileSync } from "node:fs";
import { join } from "node:path";
import { classifyTask, matchPatterns, decideTask, classifierWeights } from "../../src/orchestration/classify-task.ts";
import { taskExamples } from "../../src/orchestration/task-examples.ts";
import { type ClassifiedTask, type TaskType, taskTypes } from "../../src/orchestration/task-type.ts";
import { voteOn, votersOf } from "../../src/orchestration/task-vote.ts";
import { limits } from "../../src/shared/limits.ts";
import { wilsonLower } from "../../src/shared/wilson.ts";

export interface ClassifierFigures {
  /** Share of the labelled tasks whose type was told. */
  accuracy: number;
  /** Wilson's interval of it, 95 % (two-sided). */
  lower: number;
  upper: number;
  patternsOnly: number;
  voteOnly: number;
  n: number;
  /** confusion[what it is][what it was taken for] */
  confusion: Record<TaskType, Record<TaskType, number>>;
  byKind: Record<string, { accuracy: number; n: number }>;
  /** Mean difference between confidence and accuracy over five bins, weighted by their sizes. */
  calibrationError: number;
  bins: { from: number; to: number; n: number; confidence: number; accuracy: number }[];
  /** The same on the examples, each asked of all others: what patterns and weights were set by. */
  leaveOneOut: number;
  /** Tasks that are sure enough to be routed, and how many of them rightly. */
  sure: { share: number; accuracy: number };
}

interface LabelledTask {
  text: string;
  type: TaskType;
  kind: string;
}

/** Quantile of a two-sided interval of 95 %. */
const twoSided95 = 1.959963984540054;

/** The classifier on the labelled tasks of fixtures/tasks, which nothing was tuned on. */
export function benchClassifier(): ClassifierFigures {
  const tasks = readTasks();
  const guesses = tasks.map((task) => ({ task, guess: classifyTask(task.text) }));
  const right = guesses.filter(isRight).length;
  const n = tasks.length;
  const confusion = Object.fromEntries(
    taskTypes.map((type) => [type, Object.fromEntries(taskTypes.map((other) => [other, 0]))]),
  ) as Record<TaskType, Record<TaskType, number>>;
  for (const { task, guess } of guesses) confusion[task.type][guess.type]++;
  const bins = calibrationBins(guesses);
  const sure = guesses.filter(({ guess }) => guess.confidence >= limits.routeConfidence);
  return {
    accuracy: right / n,
    lower: wilsonLower(right, n, twoSided95),
    upper: 1 - wilsonLower(n - right, n, twoSided95),
    patternsOnly: shareOf(tasks, (text) => decideTask(matchPatterns(text), noVotes, classifierWeights)),
    voteOnly: shareOf(tasks, (text) => classifyTask(text, undefined, { patterns: 0, votes: 1, coding: 0 })),
    n,
    confusion,
    byKind: byKind(guesses),
    calibrationError: bins.reduce((sum, bin) => sum + (bin.n / n) * Math.abs(bin.confidence - bin.accuracy), 0),
    bins,
    leaveOneOut: leaveOneOut(),
    sure: { share: sure.length / n, accuracy: sure.filter(isRight).length / sure.length },
  };
}

interface Guess {
  task: LabelledTask;
  guess: ClassifiedTask;
}

const noVotes = { shares: { coding: 0, research: 0, documentation: 0, testing: 0 }, voters: [] };

function leaveOneOut(): number {
  const { labelled, norms, weightOf } = votersOf(taskExamples);
  const right = labelled.filter(({ text, type }, own) => {
    const others = (_: unknown, i: number) => i !== own;
    const voters = { labelled: labelled.filter(others), norms: norms.filter(others), weightOf };
    return decideTask(matchPatterns(text), voteOn(text, voters), classifierWeights).type === type;
  });
  return right.length / labelled.length;
}

function readTasks(): LabelledTask[] {
  const file = join(import.meta.dirname, "../../fixtures/tasks/tasks.jsonl");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as LabelledTask);
}

function isRight({ task, guess }: Guess): boolean {
  return task.type === guess.type;
}

function shareOf(tasks: LabelledTask[], classify: (text: string) => ClassifiedTask): number {
  return tasks.filter((task) => isRight({ task, guess: classify(task.text) })).length / tasks.length;
}

function calibrationBins(guesses: Guess[]): ClassifierFigures["bins"] {
  const edges = [0, 0.5, 0.7, 0.85, 0.95, 1.001];
  return edges.slice(1).flatMap((to, i) => {
    const from = edges[i] as number;
    const inside = guesses.filter(({ guess }) => guess.confidence >= from && guess.confidence < to);
    if (inside.length === 0) return [];
    const confidence = inside.reduce((sum, { guess }) => sum + guess.confidence, 0) / inside.length;
    return [
      {
        from,
        to: Math.min(1, to),
        n: inside.length,
        confidence,
        accuracy: inside.filter(isRight).length / inside.length,
      },
    ];
  });
}

function byKind(guesses: Guess[]): ClassifierFigures["byKind"] {
  const kinds = [...new Set(guesses.map(({ task }) => task.kind))];
  return Object.fromEntries(
    kinds.map((kind) => {
      const inside = guesses.filter(({ task }) => task.kind === kind);
      return [kind, { accuracy: inside.filter(isRight).length / inside.length, n: inside.length }];
    }),
  );
}
