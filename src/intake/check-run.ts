import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

interface RerunPayload extends WebhookPayload {
  sender: { login: string; type?: string | undefined };
}

export interface CheckRunPayload extends RerunPayload {
  check_run: { id: number; head_sha: string; external_id?: string | null | undefined };
}

export interface CheckSuitePayload extends RerunPayload {
  /** GitHub names no pull requests of forks. */
  check_suite: { id: number; head_sha: string; pull_requests: readonly { number: number }[] };
}

/** A review again: somebody pressed the button of our check run. It names its pull request, also one of a fork. */
export function checkRunJobs(payload: CheckRunPayload, host: string): Job[] {
  const { id, head_sha, external_id } = payload.check_run;
  const number = /^pull-([1-9]\d{0,9})$/.exec(external_id ?? "")?.[1];
  return number === undefined ? [] : rerun(payload, host, { id, head: head_sha, numbers: [Number(number)] });
}

/** As checkRunJobs, for the button of all checks of a commit. */
export function checkSuiteJobs(payload: CheckSuitePayload, host: string): Job[] {
  const { id, head_sha, pull_requests } = payload.check_suite;
  return rerun(payload, host, { id, head: head_sha, numbers: pull_requests.map(({ number }) => number) });
}

/** Whoever presses asks, as with a command: the same role is needed, and no filter holds. */
function rerun(
  payload: RerunPayload,
  host: string,
  { id, head, numbers }: { id: number; head: string; numbers: number[] },
): Job[] {
  const origin = originOf(payload, host);
  if (!origin || payload.sender.type !== "User") return [];
  const command = { verb: "review", argument: "", commentId: id, sender: payload.sender.login };
  return numbers.map((number) => ({ kind: "review", ...origin, number, head, command }));
}
