import type { History } from "../history/history.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { limits } from "../shared/limits.ts";
import type { Calibration, CalibrationStore, Judgements } from "./calibration.ts";
import { isUsable } from "./judge-pull.ts";
import { judgeWarnings } from "./judge-warnings.ts";
import type { JudgedWarning } from "./judged-warning.ts";
import type { JudgeSources } from "./replay.ts";
import { tabulate } from "./tabulate.ts";

export interface CalibrateOptions {
  key: string;
  /** All that are known, newest first. */
  pulls: readonly PastPull[];
  /** The default branch. */
  history: History;
  commit: string;
  sources: JudgeSources;
  store: CalibrationStore;
  /** Epoch ms; what is not judged by then is judged the next time. */
  deadline: number;
  /** Pull requests that are judged, the newest usable ones. Default limits.calibratedPulls. */
  most?: number | undefined;
  /** Look for new ones although that was done lately. */
  fresh?: boolean | undefined;
  onJudged?: ((done: number, total: number) => void) | undefined;
}

/**
 * Judges the newest usable pull requests that were not judged yet: seconds each. What was judged is kept every few pull
 * requests, so that a process that ends loses little. Nothing is done where that was done lately.
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const { key, history, commit, sources, store, deadline } = options;
  const before = store.read(key);
  if (!options.fresh && before?.complete && Date.now() - before.learntAt < limits.calibrationMs)
    return calibrationOf(before);
  const usable = options.pulls.filter(isUsable).slice(0, options.most ?? limits.calibratedPulls);
  const judged = new Map<string, JudgedWarning[]>();
  const save = (complete: boolean): Judgements => {
    const judgements = { commit, learntAt: Date.now(), complete, judged };
    store.write(key, judgements);
    return judgements;
  };
  let done = 0;
  for await (const { key: judgement, warnings } of judgeWarnings(usable, sources, { known: before?.judged, history })) {
    if (warnings !== null) judged.set(judgement, warnings);
    if (Date.now() > deadline) {
      // What earlier runs judged stays, though this one did not come to it.
      for (const [kept, those] of before?.judged ?? []) if (!judged.has(kept)) judged.set(kept, those);
      return calibrationOf(save(false));
    }
    options.onJudged?.(++done, usable.length);
    if (done % SAVE_EVERY === 0) save(false);
  }
  return calibrationOf(save(true));
}

const SAVE_EVERY = 10;

export function calibrationOf({ judged, ...rest }: Judgements): Calibration {
  return { ...rest, pulls: judged.size, rows: tabulate([...judged.values()].flat()) };
}
