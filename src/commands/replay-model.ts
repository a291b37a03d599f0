import type { JudgedWarning } from "../calibration/judged-warning.ts";
import { judgeModelFindings } from "../handlers/judge-model-findings.ts";
import { type JudgedSaying, meanChance } from "../handlers/read-past-pulls.ts";
import type { PastPull } from "../history/past-pulls.ts";
import type { Model, ModelProvider } from "../model/model.ts";
import { counted } from "./format.ts";

/** What a model would have said of past pull requests at their first commit. */
export interface ModelReplay {
  model: string;
  /** Whether it may publish its findings at all, and if not, why. */
  qualified: { allowed: boolean; reason: string };
  /** Pull requests that were read, and parts of them. */
  pulls: number;
  parts: number;
  /** Parts that it gave no usable answer to. */
  unread: number;
  findings: JudgedSaying[];
  right: number;
  /** Mean chance of the lines that were read with each; null where it found nothing. */
  chance: number | null;
  /** What it said and the checks kept back, by reason. */
  withheld: Record<string, number>;
}

export interface ReplayModelOptions {
  gitDir: string;
  /** The newest are read first. */
  pulls: readonly PastPull[];
  signal: AbortSignal;
  onRead: (done: number, total: number) => void;
  /** Told of each pull request that was read. */
  onJudged?: (pull: PastPull, judged: JudgedWarning[]) => void;
}

/**
 * Lets a model read past pull requests with all the checks of a review, and judges what it would publish by what became of them. It is
 * heard as if it had qualified: whether it has is told beside.
 */
export async function replayModel(
  model: Model,
  models: ModelProvider,
  { gitDir, pulls, signal, onRead, onJudged }: ReplayModelOptions,
): Promise<ModelReplay> {
  const findings: JudgedSaying[] = [];
  const withheld: Record<string, number> = {};
  let [read, parts, unread] = [0, 0, 0];
  for (const [done, pull] of pulls.entries()) {
    onRead(done, pulls.length);
    const one = await judgeModelFindings(pull, { model, models, gitDir, signal });
    if (one === null) continue;
    onJudged?.(pull, one.judged);
    read++;
    parts += one.parts;
    unread += one.unread;
    findings.push(...one.findings);
    for (const { reason } of one.withheld) withheld[reason] = (withheld[reason] ?? 0) + 1;
  }
  const review = models.qualified(model.identity, "review");
  return {
    model: model.identity.name,
    qualified: { allowed: review.allowed, reason: review.reason },
    pulls: read,
    parts,
    unread,
    findings,
    right: findings.filter(({ right }) => right).length,
    chance: meanChance(findings),
    withheld,
  };
}

/** For a terminal and for the page: one clause a row. */
export function inWords({ model, qualified, pulls, parts, unread, findings, right, chance }: ModelReplay): string {
  const read = `${model} read ${counted(parts, "part")} of ${counted(pulls, "pull request")}${unread > 0 ? ` (${unread} without a usable answer)` : ""}`;
  const may = qualified.allowed ? "It may publish its findings." : `It may not publish any: ${qualified.reason}.`;
  if (findings.length === 0 || chance === null) return `${read} and would have said nothing. ${may}`;
  const share = `${right} of ${findings.length} (${(right / findings.length).toFixed(2)})`;
  return `${read}; of its findings ${share} stand on lines that were changed before the end, ${chance.toFixed(2)} by chance. ${may}`;
}
