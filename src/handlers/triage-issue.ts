import { createHash } from "node:crypto";
import type { RepositoryConfig } from "../config/repository-config.ts";
import { hasRole } from "../intake/permission.ts";
import { issueStateId } from "../intake/unhandled.ts";
import { findCommand, refusalText, tooManyText } from "../intake/registry.ts";
import { runTriage } from "../pipeline.ts";
import { isFailedRequest, permitted } from "../publish/github-errors.ts";
import { saidBy } from "../retrieval/issue-text.ts";
import { AssistantError } from "../shared/errors.ts";
import { askedModels } from "../model/asked-models.ts";
import { limits } from "../shared/limits.ts";
import { boilerplateOf, type IssueForm, readIssueForms } from "../tasks/triage/issue-forms.ts";
import { type CurrentIssue, readIssue, readPastIssues } from "../workspace/read-issues.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { answer, fetchDefaultBranch, keep, publisherFor, syncTracker } from "./job-steps.ts";
import { labellingPublisher, readLabelRules } from "./label-issue.ts";
import { react } from "./react.ts";
import { readRules } from "./repository-rules.ts";

/**
 * Triages an issue as it is now: one comment, updated in place. Unasked only what was opened since the installation and is
 * open to discussion; an edit only where it changed what the issue says.
 * @returns the commit that it was triaged at; null where nothing was done
 */
export async function triageIssueJob(job: JobOf<"triage">, context: JobContext): Promise<string | null> {
  try {
    return await triage(job, context);
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === null) throw error;
    const { message, remedy } = refused;
    context.log.warn({ issue: job.number, reason: message, remedy }, "not triaged: not permitted, or locked");
    if (job.command) await react({ ...job, command: job.command, onLines: false }, "confused", context);
    return null;
  }
}

/** That GitHub does not let us, and will not the next time. A token that has ended is another matter. */
function refusalOf(error: unknown): AssistantError | null {
  if (!(error instanceof AssistantError) || error.code !== "not-permitted") return null;
  return isFailedRequest(error.cause) && error.cause.status === 401 ? null : error;
}

async function triage(job: JobOf<"triage">, context: JobContext): Promise<string | null> {
  const { services, octokit, signal, key, log } = context;
  const issue = await permitted("issues: read", readIssue(octokit, job.repository, job.number));
  const why = issue === null ? "gone, moved away, or issues are off" : await whyNotUnasked(job, issue, context);
  if (issue === null || why !== null) {
    log.info({ issue: job.number, why }, "not triaged");
    return null;
  }
  const { workspace, commit } = await fetchDefaultBranch(job, context);
  const { config } = await readRules(job, context, workspace, commit);
  if (!(await mayRun(job, config, context))) return null;

  const forms = await readIssueForms(workspace, commit);
  const noted = { repository: key, number: job.number };
  const said = digestOf(issue, forms);
  const seen = { id: issueStateId(key, job.number, issue), event: "found" };
  if (job.onlyIfChanged && services.notes.read(noted).reviewed === said) {
    log.info({ issue: job.number }, "not triaged: the edit changed nothing that it says");
    return null;
  }
  const publisher = await publisherFor(job, config, context);
  const { outcome, receipt } = await runTriage(
    {
      subject: { kind: "issue", number: job.number },
      asked: job.command !== null,
      issue,
      repository: job.repository,
      pastIssues: (await syncTracker(job, context, limits.triageSyncMs))
        ? []
        : await readPastIssues(octokit, job.repository, job.number),
      forms,
      labels: await readLabelRules(job, issue, config.triage, context),
      closeAfterDays: config.mode === "auto" ? config.triage.close_duplicates?.after_days : undefined,
      workspace,
      engramKey: key,
      engramCommit: commit,
      learn: false,
      publisher: config.mode === "preview" ? publisher : labellingPublisher(publisher, job, context),
      signal,
      progress: context.progress,
    },
    { ...services, models: askedModels(services.models, config.models) },
  );
  services.notes.setReviewed(noted, said);
  // Whoever looks for what no webhook told need not find it again.
  await services.queue.accept(seen, []);
  await keep(context, config, outcome, receipt);
  return commit;
}

/** Whoever installs the app does not ask for comments on all that is open; nor does a dashboard that a bot keeps. */
async function whyNotUnasked(
  { command, installationId }: JobOf<"triage">,
  { createdAt, state, locked, author }: CurrentIssue,
  { services }: JobContext,
): Promise<string | null> {
  if (command !== null) return null;
  if (state === "closed") return "closed";
  if (locked) return "locked";
  if (author.bot) return "opened by a bot";
  return Date.parse(createdAt) < (await services.installedAt(installationId)) ? "older than the installation" : null;
}

/** An event asks for nobody, and counts where the mode is auto. The refusal is the answer to a command. */
async function mayRun(
  job: JobOf<"triage">,
  { mode, triage: rules }: RepositoryConfig,
  context: JobContext,
): Promise<boolean> {
  const { command, repository } = job;
  if (command === null) return rules.enabled && mode !== "mention";
  const { services, octokit, key } = context;
  const entry = findCommand(command.verb);
  if (entry === null) return false;
  const leastRole = rules.command_role;
  const ask = { repository: key, sender: command.sender, comment: command.commentId };
  const isAllowed = await hasRole(octokit, repository, command.sender, leastRole);
  const fits = isAllowed && services.asks.take(ask);
  if (fits && rules.enabled) return true;
  if (fits) await answer(job, command, offText, context);
  else if (services.asks.mayRefuse(ask))
    await answer(job, command, isAllowed ? tooManyText() : refusalText({ ...entry, leastRole }), context);
  return false;
}

const offText = "Issues are not triaged in this repository: `triage.enabled` is `false` in its configuration.";

/** Of what the issue says: white space, hidden text and the repository's templates do not count. */
function digestOf(issue: CurrentIssue, forms: readonly IssueForm[]): string {
  return createHash("sha256")
    .update(saidBy(issue, boilerplateOf(forms)))
    .digest("hex");
}
