import { createHash } from "node:crypto";
import { parseCommand, textBelowCommand } from "../intake/command.ts";
import { changesCode } from "../intake/registry.ts";
import type { ImplementOutcome, ImplementTask } from "../publish/implement-outcome.ts";
import { ownComments } from "../publish/own-comments.ts";
import { limits } from "../shared/limits.ts";
import { sanitize } from "../shared/sanitize.ts";
import type { ImplementRequest } from "../tasks/implement/input.ts";
import type { JobContext, JobOf } from "./job-context.ts";

export interface AskedChange extends Omit<ImplementRequest, "planOnly"> {
  /** Whether nobody has to approve the plan any more. */
  yes: boolean;
  /** Digest of the plan that a person goes on with; null where there is none. */
  approved: string | null;
}

/**
 * What is wanted, in the words of the moment in which it was asked for. `/assistant implement` without a word goes on with
 * the last plan here, if it is for the same words still.
 */
export async function readAskedChange(job: JobOf<"implement">, context: JobContext): Promise<AskedChange> {
  const { verb, argument: said } = job.command;
  const { yes, argument } = readOptions(said);
  const task = changesCode(verb) ? verb : "implement";
  if (task === "implement" && argument === "" && job.thread === null) {
    const plan = await lastPlan(job, context);
    const planned = plan && requestOf(job, plan.asked.task, plan.asked.argument);
    if (planned && requestDigest(planned) === plan.request) return { ...planned, yes, approved: plan.documents };
  }
  return { ...requestOf(job, task, argument), yes, approved: null };
}

/** On a pull request of ours what is wanted is what stands behind the command: its own description tells what was done. */
function requestOf(job: JobOf<"implement">, task: ImplementTask, words: string): Omit<AskedChange, "yes" | "approved"> {
  const { number, onPull, text } = job;
  const title = sanitize(text.title);
  const argument = [placeOf(job), words].filter((part) => part !== "").join(" ");
  if (!onPull) return { number, task, title, body: sanitize(text.body), argument, follows: null };
  const [first = "", ...rest] = words.split("\n");
  return { number, task, title: first === "" ? title : first, body: rest.join("\n").trim(), argument, follows: title };
}

function readOptions(said: string): { yes: boolean; argument: string } {
  const argument = said.replace(/(^|\s)--yes(?=\s|$)/g, " ").trim();
  return { yes: argument !== said.trim(), argument };
}

/** The lines of a review thread, as an argument names them. */
function placeOf({ thread }: JobOf<"implement">): string {
  if (thread === null) return "";
  const { path, lines } = thread;
  return lines === null ? path : `${path}:${lines.start}-${lines.end}`;
}

interface LastPlan {
  asked: { task: ImplementTask; argument: string };
  request: string;
  documents: string;
}

/** Our newest plan here, with the command that asked for it, as that comment reads today. */
async function lastPlan(job: JobOf<"implement">, { octokit, services, signal }: JobContext): Promise<LastPlan | null> {
  const { owner, name: repo } = job.repository;
  const query = { owner, repo, issue_number: job.number, per_page: 100, request: { signal } };
  const comments = await octokit.paginate(octokit.rest.issues.listComments, query);
  const known = comments.map(({ id, user, body, html_url: url }) => ({
    id,
    author: user?.login ?? "",
    body: body ?? "",
    url,
  }));
  const marker = ownComments(known, await services.identity(), "implement").at(-1)?.marker;
  const asking = known.find(({ id }) => id === marker?.comment);
  const parsed = asking && parseCommand(asking.body);
  if (!marker?.plan || !parsed || !changesCode(parsed.verb)) return null;
  const said = [parsed.argument, textBelowCommand(asking.body)].filter((part) => part !== "").join("\n");
  const { argument } = readOptions(said.slice(0, limits.taskCharacters));
  const task = parsed.verb === "plan" ? "implement" : parsed.verb;
  return { asked: { task, argument }, ...marker.plan };
}

/** Of everything that was asked for: a plan for other words is another plan. */
export function requestDigest({ task, title, body, argument }: Omit<AskedChange, "yes" | "approved">): string {
  // Whoever asks for a plan asks for what it is the plan of.
  return digest([task === "plan" ? "implement" : task, title, body, argument]);
}

export function documentsDigest({ documents }: Pick<ImplementOutcome, "documents">): string {
  return digest(documents.map(({ phase, markdown }) => [phase, markdown]));
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
