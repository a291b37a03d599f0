import { AssistantError } from "../shared/errors.ts";

/** What a heartbeat throws when the job is no longer this worker's: another took it after the lease ended. */
export function leaseLost(id: number): AssistantError {
  return new AssistantError(`job ${id} is no longer held by this worker`, {
    code: "lease-lost",
    remedy: "Nothing: another worker has the job. If it happens often, the machine is overloaded.",
  });
}

/** The error of a job that is set aside because its worker ended limits.jobAttempts times while it ran. */
export const workerDied = "the worker ended while this job ran";
