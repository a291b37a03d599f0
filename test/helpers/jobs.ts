import type { Command, Job } from "../../src/jobs/job.ts";

const origin = { repository: { host: "github.com", owner: "octo", name: "hello" }, installationId: 1 };

const command: Command = { verb: "review", argument: "", commentId: 1, sender: "ann" };

/** A review job; with a part of a command it is one that a person asked for. */
export function reviewJob(number: number, asked: Partial<Command> | null = null, head = "abc"): Job {
  return { kind: "review", ...origin, number, head, command: asked && { ...command, ...asked } };
}

export function triageJob(number: number): Job {
  return { kind: "triage", ...origin, number, command: null };
}

export function syncJob(commit: string): Job {
  return { kind: "sync", ...origin, commit };
}

export function implementJob(number: number): Job {
  const asked = { ...command, verb: "implement" };
  const text = { title: "", body: "" };
  return { kind: "implement", ...origin, number, onPull: false, command: asked, at: "", text, thread: null };
}

export function stopJob(number: number, commentId: number): Extract<Job, { kind: "stop" }> {
  const said = { ...command, verb: "stop", commentId };
  return { kind: "stop", ...origin, number, onPull: false, command: said, at: "", thread: null };
}
