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
  /** Labels that could be named at a time, at most. */
  learnt: number;
  suggested: number;
  right: number;
  /** Labels that people gave to the issues asked. */
  given: number;
}

/** Issues from here on are asked; what is before them teaches. */
const olderShare = 0.7;
/** So often it is learnt anew, as a service does every day. */
const parts = 8;

/**
 * Each newer issue, as if it had no label, is given labels by those before it, with what the past had taught by then. Right is a
 * label that people gave it.
 */
export async function suggestLabels({ tracker, exported }: ExportedTracker, most: number): Promise<LabelReport> {
  const issues = renumbered(exported.map(({ issue }) => issue).sort((a, b) => (isEarlier(a, b) ? -1 : 1)));
  const cut = Math.floor(issues.length * olderShare);
  const asked = spread(
    issues.slice(cut).filter(({ labels }) => labels.length > 0),
    most,
  );
  const perPart = Math.max(1, Math.ceil(asked.length / parts));
  const report: LabelReport = { asked: asked.length, learnt: 0, suggested: 0, right: 0, given: 0 };
  for (let from = 0; from < asked.length; from += perPart) {
    const part = asked.slice(from, from + perPart);
    const known = issues.slice(0, (part[0]?.number ?? 1) - 1);
    const { cutOffs, classifier } = await learnLessons(trackerWith(known, tracker), limits.labelPrecision);
    const index = openIssueIndex<TrackedIssue>(known);
    report.learnt = Math.max(report.learnt, cutOffs.size);
    for (const issue of part) {
      const given = new Set(issue.labels.map((label) => label.toLowerCase()));
      const likelihoods = classifier.likelihoods(issue);
      const { chosen } = chooseLabels(issue, index, { cutOffs, likelihoods, apply: false });
      report.suggested += chosen.length;
      report.right += chosen.filter(({ name }) => given.has(name.toLowerCase())).length;
      report.given += given.size;
    }
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
