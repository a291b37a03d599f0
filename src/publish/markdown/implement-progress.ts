import type { ImplementTask, Phase } from "../implement-outcome.ts";
import { composeBody, list, type Group } from "./body.ts";
import { codeSpan, escapeText } from "./escape.ts";
import { phaseNames } from "./implement-parts.ts";

/** How far a run is, as it is drawn into its comment. */
export interface ImplementStatus {
  task: ImplementTask;
  /** The comment that asked. */
  comment: number;
  /** Login of who asked. */
  requester: string;
  /** Whether it ends with the design. */
  planOnly: boolean;
  phases: ReadonlyMap<Phase, "begun" | "done" | "failed">;
  /** Which attempt is under way. */
  round: { round: number; of: number } | null;
  /** What the attempt before came to, in words; null in the first one. */
  failed: string | null;
  /** Whether nothing more comes; then what was never begun is not shown. */
  ended: boolean;
}

export const taskNames: Record<ImplementTask, string> = {
  implement: "Implementation",
  plan: "Plan",
  test: "Tests",
  document: "Documentation",
  refactor: "Refactoring",
};

/** The comment while the work is under way. `note` is one sentence of ours. */
export function progressComment(status: ImplementStatus, note: string): string {
  const ends = status.ended ? "" : " `/assistant stop` ends it.";
  const asked = `Asked for by ${escapeText(status.requester)}.${ends}`;
  return composeBody([`**${taskNames[status.task]}**: ${note}`, phaseList(status), asked], {
    kind: "implement",
    comment: status.comment,
  });
}

/** The phases as a check list. */
export function phaseList(status: ImplementStatus): Group {
  const { phases, planOnly, ended } = status;
  const all = Object.keys(phaseNames) as Phase[];
  const wanted = all.filter((phase) => {
    if (phases.has(phase)) return true;
    return !ended && (!planOnly || planPhases.includes(phase));
  });
  return list(wanted.map((phase) => phaseItem(status, phase)));
}

const planPhases: readonly Phase[] = ["requirements", "specification", "design"];

function phaseItem({ phases, round, failed, ended }: ImplementStatus, phase: Phase): string {
  const state = phases.get(phase);
  const name = phaseNames[phase];
  if (state === "done") return `- [x] ${name}`;
  if (state === "failed") return `- [ ] ${name}: failed`;
  if (state === undefined || ended) return `- [ ] ${name}`;
  const attempt = round === null || round.of < 2 ? "" : ` (attempt ${round.round} of ${round.of}${because(failed)})`;
  return `- [ ] ${name} …${attempt}`;
}

function because(failed: string | null): string {
  return failed === null ? "" : `: ${codeSpan(failed)} failed before`;
}
