import type { Job } from "../jobs/job.ts";
import type { ServerServices } from "../services.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { answer } from "./job-steps.ts";
import { mayCommand } from "./may-command.ts";

/** What can be ended, as its answer calls it. */
const names: Partial<Record<Job["kind"], string>> = {
  implement: "what was being implemented",
  review: "the review",
  triage: "the triage",
  ask: "the answer",
};

/** Ends what runs on an issue or pull request, and says what it was. */
export async function stopWork(job: JobOf<"stop">, context: JobContext): Promise<void> {
  if (!(await mayCommand(job, context))) return;
  const ended = await endWork(job, context.services);
  const said = ended.flatMap((kind) => names[kind] ?? []);
  const text =
    said.length === 0
      ? "Nothing of mine is running here. What was asked for before and has not begun is not begun any more."
      : `Stopped: ${said.join(", ")}.`;
  await answer(job, job.command, text, context);
}

/**
 * The same without an answer: called as soon as the webhook is accepted, since every place of the queue may be taken by
 * what is to end. Every other machine is told.
 * @returns the kinds of the jobs that ran on the subject, on whatever machine, when this comment was heeded first
 */
export async function endWork(job: JobOf<"stop">, services: StopServices): Promise<Job["kind"][]> {
  // Asked before anything ends here, and not waited for: Redis may be slow.
  const ran = services.queue.noteStop(job);
  endHere(job, services);
  const ended = (await ran).filter((one) => isOn(one, job));
  return [...new Set(ended.map(({ kind }) => kind))];
}

type StopServices = Pick<ServerServices, "queue" | "notes" | "running">;

/** In this process alone. Noted, so that what waits, or is tried again after a crash, ends as well. */
export function endHere(job: JobOf<"stop">, { notes, running }: Omit<StopServices, "queue">): void {
  const { sender, commentId } = job.command;
  const subject = { repository: repositoryKey(job.repository), number: job.number };
  // Before anything is ended: whoever begins between the two finds the note.
  notes.noteStop(subject, { at: job.at, comment: commentId, by: sender });
  running.stop((one) => isOn(one, job), sender);
}

function isOn(one: Job, stop: JobOf<"stop">): boolean {
  if (names[one.kind] === undefined || !("number" in one) || one.number !== stop.number) return false;
  if (repositoryKey(one.repository) !== repositoryKey(stop.repository)) return false;
  // A stop that is carried out late does not end what was asked for after it.
  return one.kind !== "implement" || isBefore(one, { at: stop.at, comment: stop.command.commentId });
}

function isBefore({ at, command }: JobOf<"implement">, stop: { at: string; comment: number }): boolean {
  return at < stop.at || (at === stop.at && command.commentId < stop.comment);
}

/** Who wanted a job to end before it was begun, or went on after a crash; null: nobody. */
export function stoppedBy(job: JobOf<"implement">, { services, key }: JobContext): string | null {
  const stop = services.notes.readStop({ repository: key, number: job.number });
  if (stop === null) return null;
  return isBefore(job, stop) ? stop.by : null;
}
