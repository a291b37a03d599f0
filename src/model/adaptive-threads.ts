import { isCrowded } from "./crowd.ts";

/**
 * How many threads to compute with, by what was measured on this machine a moment ago. llama.cpp's threads spin while they
 * wait for each other: on a quiet machine two write 1.6 times as fast as one, and on a machine that is busy with something
 * else they can be twenty times slower.
 */
export interface AdaptiveThreads {
  /** How many to ask for now. */
  next(): number;
  /** What an evaluation took. */
  record(threads: number, tokens: number, ms: number): void;
}

/** Of the latest evaluation in the mean: one hiccup changes nothing, one evaluation that is ten times slower does. */
const latestWeight = 0.2;
/** Evaluations with another number before it is judged, fewer where the first is far slower. */
const trialEvaluations = 3;
const farSlower = 2;
/** So much slower than it has been at its best: something else computes, and fewer may be faster. */
const suspicious = 1.5;
/** Until the next trial; twice as long after each that failed or did not last, for it may have cost a slow evaluation. */
const pauseMs = 2_000;
const pauseMsMax = 60_000;
/** A choice that has held so long was right. */
const settledMs = 20_000;

/** How old a look at what else the machine does may be: a slice of a prompt with too many threads can take ten seconds. */
const lookMs = 1_000;

export interface Surroundings {
  clock: () => number;
  /** Whether so many threads would have to share the processors with others now. */
  isCrowded: (threads: number) => boolean;
}

const here: Surroundings = { clock: () => performance.now(), isCrowded };

/** 1, 2, 4 … and `most`. Begins with the last of them that has room. */
export function adaptiveThreads(most: number, { clock, isCrowded }: Surroundings = here): AdaptiveThreads {
  const levels: Level[] = [];
  for (let threads = 1; threads < most; threads *= 2) levels.push(newLevel(threads));
  levels.push(newLevel(most));
  let home = levels.length - 1;
  let trial: { at: number; evaluations: number } | null = null;
  let pause = pauseMs;
  let since = clock();
  let looked = -Infinity;

  function go(to: number): void {
    home = to;
    since = clock();
  }

  function judge(at: number, evaluations: number): void {
    const { ms } = levels[at] as Level;
    const before = (levels[home] as Level).ms;
    if (evaluations < trialEvaluations && ms <= before * farSlower) return;
    trial = null;
    const holds = at < home && clock() - since > settledMs;
    if (holds) pause = pauseMs;
    else if (at < home || ms >= before) pause = Math.min(pause * 2, pauseMsMax);
    go(ms < before ? at : home);
  }

  function consider(): void {
    const { ms, best } = levels[home] as Level;
    // What fewer took may be of long ago, when there was less in the context to look at.
    if (levels.slice(0, home).some((fewer) => fewer.ms < ms)) return begin(home - 1);
    if (clock() - since < pause) return;
    if (home + 1 < levels.length) return begin(home + 1);
    if (home > 0 && ms > best * suspicious) begin(home - 1);
  }

  function begin(at: number): void {
    if (at > home && isCrowded((levels[at] as Level).threads)) return go(home);
    trial = { at, evaluations: 0 };
    (levels[at] as Level).ms = Infinity;
  }

  function look(): void {
    if (home === 0 || clock() - looked < lookMs) return;
    looked = clock();
    while (home > 0 && isCrowded((levels[home] as Level).threads)) go(home - 1);
  }

  return {
    next() {
      if (trial === null) look();
      return (levels[trial?.at ?? home] as Level).threads;
    },
    record(threads, tokens, ms) {
      // A share of the cores that is none of these says nothing about them.
      const at = levels.findIndex((level) => level.threads === threads);
      if (at < 0) return;
      measure(levels[at] as Level, ms / tokens);
      if (trial === null) {
        looked = clock();
        if (at === home) consider();
      } else if (at === trial.at) judge(at, ++trial.evaluations);
    },
  };
}

interface Level {
  threads: number;
  /** Milliseconds for a token, a running mean; Infinity where nothing was measured. */
  ms: number;
  best: number;
}

function newLevel(threads: number): Level {
  return { threads, ms: Infinity, best: Infinity };
}

function measure(level: Level, ms: number): void {
  level.ms = level.ms === Infinity ? ms : level.ms + (ms - level.ms) * latestWeight;
  level.best = Math.min(level.best, level.ms);
}
