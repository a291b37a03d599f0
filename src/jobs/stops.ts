import { type Job, jobSchema, subjectKey } from "./job.ts";
import type { StopJob } from "./queue.ts";

/** The subject of everything on an issue or pull request is this, or this and a blank and more. */
export function stoppedSubject(stop: StopJob): string {
  return subjectKey(stop).replace(/ stop$/, "");
}

/** Jobs that another version of this program wrote are left out. */
export function readJobs(payloads: readonly string[]): Job[] {
  return payloads.flatMap((payload) => jobSchema.safeParse(JSON.parse(payload)).data ?? []);
}

/** As it was told; null where another version of this program wrote it. */
export function readStop(payload: string): StopJob | null {
  const [job] = readJobs([payload]);
  return job?.kind === "stop" ? job : null;
}
