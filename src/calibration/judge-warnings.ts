import type { History } from "../history/history.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { GitError } from "../shared/git.ts";
import { isUsable, judgementKey, judgePull } from "./judge-pull.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import type { JudgeSources } from "./replay.ts";

export interface JudgedPull {
  pull: PastPull;
  key: string;
  /** Null where git lacks a file of it. */
  warnings: JudgedWarning[] | null;
}

export interface JudgeOptions {
  /** Judgements of before, by `judgementKey`; they are given again. */
  known?: ReadonlyMap<string, JudgedWarning[]>;
  /** The default branch: tells the order of the bases, so that each engram differs little from the last. */
  history: History;
}

/** Judges the usable ones of these pull requests one by one, oldest base first. May be ended anywhere, and gone on with. */
export async function* judgeWarnings(
  pulls: readonly PastPull[],
  sources: JudgeSources,
  { known = new Map(), history }: JudgeOptions,
): AsyncGenerator<JudgedPull> {
  for (const pull of byBase(pulls.filter(isUsable), history)) {
    sources.signal?.throwIfAborted();
    const key = judgementKey(pull);
    yield { pull, key, warnings: known.get(key) ?? (await judged(pull, sources)) };
  }
}

function byBase(pulls: readonly PastPull[], history: History): PastPull[] {
  const age = ({ base }: PastPull): number => history.positionOf(base) ?? Infinity;
  return pulls.toSorted((a, b) => (age(a) === age(b) ? a.number - b.number : age(b) - age(a)));
}

async function judged(pull: PastPull, sources: JudgeSources): Promise<JudgedWarning[] | null> {
  try {
    return await judgePull(pull, sources);
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}
