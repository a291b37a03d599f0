import type { Job } from "../jobs/job.ts";
import { originOf, type WebhookPayload } from "./origin.ts";

interface RerunPayload extends WebhookPayload {
  sender: { login: string; type?: string | undefined };
}

export interface CheckRunPayload extends RerunPayload {
  check_run: {
    id: number;
    head_sha: string;
    external_id?: string | null | undefined;
    check_suite?: { head_branch?: string | null | undefined } | null | undefined;
  };
}

export interface CheckSuitePayload extends RerunPayload {
  /** GitHub names no pull requests of forks. */
  check_suite: { id: number; head_sha: string; pull_requests: readonly { number: number }[] };
}

/**
 * A review again: somebody pressed the button of our check run. It names its pull request, also one of a fork, or where the
 * push began that it is about.
 */
export function checkRunJobs(payload: CheckRunPayload, host: string): Job[] {
  const { id, head_sha: head, external_id } = payload.check_run;
  const number = /^pull-([1-9]\d{0,9})$/.exec(external_id ?? "")?.[1];
  if (number !== undefined) return rerun(payload, host, { id, head, numbers: [Number(number)] });
  const before = /^push-([0-9a-f]{40,64})$/.exec(external_id ?? "")?.[1];
  const branch = payload.check_run.check_suite?.head_branch;
  const asked = whoAsks(payload, host, id);
  if (before === undefined || !branch || !asked) return [];
  const pusher = { login: asked.command.sender, isBot: false };
  return [{ kind: "push", ...asked, branch, before, head, pusher }];
}

/** As checkRunJobs, for the button of all checks of a commit. */
export function checkSuiteJobs(payload: CheckSuitePayload, host: string): Job[] {
  const { id, head_sha, pull_requests } = payload.check_suite;
  return rerun(payload, host, { id, head: head_sha, numbers: pull_requests.map(({ number }) => number) });
}

function rerun(
  payload: RerunPayload,
  host: string,
  { id, head, numbers }: { id: number; head: string; numbers: number[] },
): Job[] {
  const asked = whoAsks(payload, host, id);
  return asked ? numbers.map((number) => ({ kind: "review", ...asked, number, head })) : [];
}

/** Whoever presses asks, as with a command: the same role is needed, and no filter holds. */
function whoAsks(payload: RerunPayload, host: string, id: number) {
  const origin = originOf(payload, host);
  if (!origin || payload.sender.type !== "User") return null;
  return { ...origin, command: { verb: "review", argument: "", commentId: id, sender: payload.sender.login } };
}
