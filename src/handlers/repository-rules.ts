import { createHash } from "node:crypto";
import { describeConfigChange } from "../config/config-change.ts";
import { organisationRepository } from "../config/organisation-config.ts";
import {
  type ParsedRepositoryConfig,
  parseRepositoryConfig,
  repositoryConfigPath,
  type RepositoryConfig,
} from "../config/repository-config.ts";
import { type FilteredPull, whyNotUnasked } from "../intake/review-filter.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import type { Job } from "../jobs/job.ts";
import type { AnswerOutcome } from "../publish/outcome.ts";
import { isFailedRequest } from "../publish/github-errors.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { readFileAt } from "../shared/git-objects.ts";
import { isRateLimit } from "../shared/rate-limit.ts";
import { findMergeBase } from "../workspace/read-change.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What holds in a repository. */
export interface RepositoryRules extends ParsedRepositoryConfig {
  /** Whether a file that is not valid asks for reviews unasked: then its authors wait for something that does not come. */
  wantsToAct: boolean;
}

/**
 * From the branch that a change goes to, never from the change itself: its author must not set the rules. Where the
 * repository has no file, that of its owner's repository `.github` counts.
 * Errors: what GitHub answers where it cannot tell whether there is such a file; AssistantError `owner-config-refused`.
 */
export async function readRules(
  job: Job,
  context: JobContext,
  workspace: Workspace,
  commit: string,
): Promise<RepositoryRules> {
  const text = await readConfigText(workspace, commit);
  const rules = await rulesOf(text, job, context);
  if (rules.problem !== null) context.log.warn({ problem: rules.problem }, "repository configuration is not valid");
  const { always } = context.services.config.modes;
  if (always !== null) rules.config.mode = always;
  noteMode(rules.config.mode, context);
  return { ...rules, wantsToAct: /^mode:[ \t]*["']?auto\b/m.test(text ?? "") };
}

/** For whoever looks at the service: nobody else asks for a mode that is not read from the repository. */
function noteMode(mode: RepositoryConfig["mode"], { services, key }: JobContext): void {
  if (services.serviceNotes.mark(key, modeMark) !== mode) services.serviceNotes.setMark(key, modeMark, mode);
}

/** The mark under which the mode of a repository is kept as the last job found it. */
export const modeMark = "mode";

async function readConfigText(workspace: Workspace, commit: string): Promise<string | null> {
  await workspace.prefetchTrees([commit], [repositoryConfigPath]);
  const file = await readFileAt(workspace.gitDir, commit, repositoryConfigPath);
  return file?.toString("utf8") ?? null;
}

async function rulesOf(text: string | null, job: Job, context: JobContext): Promise<ParsedRepositoryConfig> {
  const { unset: mode } = context.services.config.modes;
  if (text !== null) return parseRepositoryConfig(text, { mode });
  const { owner, name: repository } = job.repository;
  if (repository.toLowerCase() === organisationRepository) return parseRepositoryConfig(null, { mode });
  const name = `${repositoryConfigPath} of ${owner}/${organisationRepository}`;
  return parseRepositoryConfig(await organisationText(job, context), { name, mode });
}

/**
 * Not read is not the same as not there: it may say that nothing is written, or who may ask. So a job waits until GitHub
 * answers, and ends where GitHub refuses.
 */
async function organisationText({ repository: { owner }, installationId }: Job, { services }: JobContext) {
  try {
    return await services.organisationConfigs.read(owner, installationId);
  } catch (error) {
    if (!isFailedRequest(error) || error.status !== 403 || isRateLimit(error)) throw error;
    throw new AssistantError(`GitHub does not let ${owner}/${organisationRepository} be read: ${messageOf(error)}`, {
      code: "owner-config-refused",
      remedy: `Allow the app to read ${owner}/${organisationRepository}, or give the repository a ${repositoryConfigPath} of its own: without it nobody knows what is allowed here.`,
      cause: error,
    });
  }
}

/** Our comments that nobody's comment asked for have numbers that no comment of GitHub has. */
const noteNumbers = { change: 0, problem: 1 };

export interface ConfigurationNote {
  outcome: AnswerOutcome;
  /** To be called once it is written: what fails before is said again. */
  remember(): void;
}

/**
 * What is to be said on a pull request about the configuration: that the file is not valid, once; and what a change of
 * the file would do. Each is one comment, kept up to date.
 */
export async function configurationNotes(
  job: JobOf<"review">,
  request: NotesRequest,
  context: JobContext,
): Promise<ConfigurationNote[]> {
  const { pull, rules, acts } = request;
  const { notes } = context.services;
  const { problem, config } = rules;
  const place = { repository: context.key, number: job.number };
  const said: ConfigurationNote[] = [];
  const say = (commentId: number, body: string, remember: () => void): void => {
    said.push({
      outcome: { kind: "answer", subject: { kind: "pull", number: job.number }, commentId, body },
      remember,
    });
  };
  const wanted = job.command !== null || (rules.wantsToAct && whyNotUnasked(pull, config) === null);
  if (problem !== null && wanted && !notes.isReported(context.key, problem))
    say(noteNumbers.problem, problemText(problem), () => notes.setReported(context.key, problem));
  if (!acts) return said;

  const standing = notes.read(place).configurationNote;
  const change = await changeText(job, request, context);
  const digest = change && createHash("sha256").update(change).digest("hex");
  if (digest !== standing)
    say(noteNumbers.change, change ?? unchanged, () => notes.setConfigurationNote(place, digest));
  return said;
}

const unchanged = `This pull request does not change \`${repositoryConfigPath}\` any more.`;

/** What is wrong, and what to do. */
export function problemText(problem: string): string {
  return `${problem}\n\nCorrect it on the default branch; the next event goes by it. This is said once.`;
}

interface NotesRequest {
  pull: FilteredPull;
  rules: RepositoryRules;
  /** Commit ids. */
  head: string;
  target: string;
  workspace: Workspace;
  /** Whether the pull request is reviewed now. */
  acts: boolean;
}

async function changeText(job: Job, request: NotesRequest, context: JobContext): Promise<string | null> {
  const { pull, rules, head, target, workspace } = request;
  const base = await findMergeBase(workspace.gitDir, target, head);
  const before = await readConfigText(workspace, base);
  const after = await readConfigText(workspace, head);
  if (before === after) return null;
  const then = await rulesOf(after, job, context);
  return [describeConfigChange(rules, then, after === null), ...effectHere(pull, then)].join("\n\n");
}

/** What the new rules would mean for the pull request that brings them. */
function effectHere(pull: FilteredPull, { config, problem }: ParsedRepositoryConfig): string[] {
  if (problem !== null) return [];
  const reason = unaskedUnder(config, pull);
  return [
    reason === null
      ? "With it, this pull request would be reviewed unasked."
      : `With it, this pull request would not be reviewed unasked: ${reason}.`,
  ];
}

function unaskedUnder(config: RepositoryConfig, pull: FilteredPull): string | null {
  if (!config.review.enabled) return "reviews are off";
  return config.mode === "mention" ? "mode is mention" : whyNotUnasked(pull, config);
}
