import { isEarlier } from "../../src/commands/earlier-issues.ts";
import { openIssueIndex } from "../../src/retrieval/issue-index.ts";
import { limits } from "../../src/shared/limits.ts";
import { chooseLabels } from "../../src/tasks/triage/choose-labels.ts";
import { learnLessons } from "../../src/tasks/triage/lessons.ts";
import type { ExportedTracker } from "../../src/tracker/exported-tracker.ts";
import type { TrackedIssue, Tracker } from "../../src/tracker/tracker.ts";
import { spread } from "../statistics.ts";

export interface LabelReport {
  /** Newer issues with a label that were asked. */
  asked: number;
  /** Labels whose cut-off the older issues taught. */
  learnt: number;
  suggested: number;
  right: number;
  /** Labels that people gave to the issues asked. */
  given: number;
}

/** Issues from here on are asked; what is before them teaches. */
const olderShare = 0.7;

/**
 * The older issues teach from which vote on a label may be named; each newer one, as if it had none, is given labels by those
 * before it. Right is a label that people gave it.
 */
export async function suggestLabels({ tracker, exported }: ExportedTracker, most: number): Promise<LabelReport> {
  const issues = renumbered(exported.map(({ issue }) => issue).sort((a, b) => (isEarlier(a, b) ? -1 : 1)));
  const cut = Math.floor(issues.length * olderShare);
  const { cutOffs } = await learnLessons(trackerWith(issues.slice(0, cut), tracker), limits.labelPrecision);
  const index = openIssueIndex<TrackedIssue>(issues);
  const asked = spread(
    issues.slice(cut).filter(({ labels }) => labels.length > 0),
    most,
  );
  const report: LabelReport = { asked: asked.length, learnt: cutOffs.size, suggested: 0, right: 0, given: 0 };
  for (const issue of asked) {
    const given = new Set(issue.labels.map((label) => label.toLowerCase()));
    const { chosen } = chooseLabels(issue, index, { cutOffs, apply: false });
    report.suggested += chosen.length;
    report.right += chosen.filter(({ name }) => given.has(name.toLowerCase())).length;
    report.given += given.size;
  }
  return report;
}

/** Numbers in the order of time, by which the product tells what was before. */
function renumbered(issues: readonly TrackedIssue[]): TrackedIssue[] {
  return issues.map((issue, index) => ({ ...issue, number: index + 1 }));
}

function trackerWith(issues: readonly TrackedIssue[], tracker: Tracker): Tracker {
  return { ...tracker, issues: () => issues, issue: (number) => issues[number - 1] ?? null, comments: () => [] };
}
