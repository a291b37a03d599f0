import type { RepositoryConfig } from "../config/repository-config.ts";
import { permitted } from "../publish/github-errors.ts";
import type { LabelSuggestion, TriageOutcome } from "../publish/outcome.ts";
import type { Publisher } from "../publish/publisher.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { LabelRules } from "../tasks/triage/choose-labels.ts";
import type { CurrentIssue } from "../workspace/read-issues.ts";
import type { JobContext, JobOf } from "./job-context.ts";

/**
 * Which labels may be named: those that the repository has, but for what is on the issue and what anybody ever took off it.
 * Undefined where none is wanted, or GitHub does not let us see them.
 */
export async function readLabelRules(
  { repository, number }: JobOf<"triage">,
  { labels: onIssue }: Pick<CurrentIssue, "labels">,
  { labels, precision }: RepositoryConfig["triage"],
  { octokit, log, signal }: JobContext,
): Promise<LabelRules | undefined> {
  if (labels === "off") return undefined;
  const place = { owner: repository.owner, repo: repository.name };
  const { issues } = octokit.rest;
  try {
    const all = await octokit.paginate(issues.listLabelsForRepo, { ...place, per_page: 100 });
    const taken = await takenOff({ ...place, issue_number: number }, octokit);
    return {
      precision,
      apply: labels === "add",
      inRepository: all.map(({ name, description }) => ({ name, description: description ?? "" })),
      settled: [...onIssue, ...taken],
    };
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ reason: messageOf(error), issue: number }, "labels cannot be read; none is named");
    return undefined;
  }
}

/** Labels that were taken off the issue; we take none off, so a person or another program wanted them gone. */
async function takenOff(
  issue: { owner: string; repo: string; issue_number: number },
  octokit: JobContext["octokit"],
): Promise<string[]> {
  const taken: string[] = [];
  const query = { ...issue, per_page: 100 };
  let pages = 0;
  for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listEventsForTimeline, query)) {
    for (const event of data) {
      if (event.event === "unlabeled" && "label" in event && event.label?.name) taken.push(event.label.name);
    }
    if (++pages === limits.timelinePages) break;
  }
  return taken;
}

/**
 * Puts labels on the issue before the comment says so, each once in a run: what a person takes off meanwhile stays off. Where
 * that is not permitted, they are only named.
 */
export function labellingPublisher(
  publisher: Publisher,
  { repository, number }: JobOf<"triage">,
  { octokit, log }: JobContext,
): Publisher {
  const done = new Map<string, boolean>();

  async function add({ name }: LabelSuggestion): Promise<boolean> {
    try {
      const issue = { owner: repository.owner, repo: repository.name, issue_number: number };
      await permitted("issues: write", octokit.rest.issues.addLabels({ ...issue, labels: [name] }));
      return true;
    } catch (error) {
      if (!(error instanceof AssistantError) || error.code !== "not-permitted") throw error;
      log.warn({ reason: error.message, remedy: error.remedy, issue: number }, "a label cannot be added");
      return false;
    }
  }

  async function withLabels(outcome: TriageOutcome): Promise<TriageOutcome> {
    const labels: LabelSuggestion[] = [];
    for (const label of outcome.labels ?? []) {
      const added = label.apply && (done.get(label.name) ?? (await add(label)));
      if (label.apply) done.set(label.name, added);
      labels.push({ ...label, apply: added });
    }
    return { ...outcome, labels };
  }

  return {
    publish: async (outcome, signal) =>
      publisher.publish(outcome.kind === "triage" ? await withLabels(outcome) : outcome, signal),
  };
}
