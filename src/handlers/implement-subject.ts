import { issueOfBranch } from "../publish/change-branch.ts";
import type { JobContext, JobOf } from "./job-context.ts";

/** What a change is asked for on, and whether it may be made there. */
export type ImplementSubject =
  | { kind: "issue"; issue: number }
  /** A pull request of ours: the change goes on its branch. */
  | { kind: "pull"; issue: number; number: number; branch: string; target: string; defaultBranch: string }
  /** Markdown: why not. */
  | { kind: "refused"; reason: string }
  /** It is not there any more: nobody can be told. */
  | { kind: "gone" };

/** Looks at the subject as it is now; what is asked for was frozen before. */
export async function readImplementSubject(job: JobOf<"implement">, context: JobContext): Promise<ImplementSubject> {
  return job.onPull ? readOwnPull(job, context) : readOpenIssue(job, context);
}

async function readOpenIssue(job: JobOf<"implement">, { octokit, signal, log }: JobContext): Promise<ImplementSubject> {
  const { owner, name: repo } = job.repository;
  // A redirect leads to a page of another repository: nothing is written there.
  const request = { owner, repo, issue_number: job.number, request: { signal, redirect: "manual" as const } };
  const { data, ...answered } = await octokit.rest.issues.get(request);
  const status: number = answered.status;
  if (status !== 200) {
    log.warn({ number: job.number, status }, "nothing is implemented: the issue was transferred");
    return { kind: "gone" };
  }
  const { verb, sender } = job.command;
  if (data.state !== "open") return refused("This issue is closed. Reopen it if there is something left to do.");
  if (data.locked) return refused("This conversation is locked: nothing is begun here.");
  const others = (data.assignees ?? []).map(({ login }) => login);
  if (verb !== "plan" && others.length > 0 && !others.some((login) => login.toLowerCase() === sender.toLowerCase())) {
    return refused(
      `This issue is assigned to ${others.join(", ")}, who may be working on it. ` +
        "Assign it to yourself, or to nobody, and ask again; `/assistant plan` works all the same.",
    );
  }
  return { kind: "issue", issue: job.number };
}

async function readOwnPull(job: JobOf<"implement">, { octokit, services }: JobContext): Promise<ImplementSubject> {
  const { owner, name: repo } = job.repository;
  const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: job.number });
  const { login } = await services.identity();
  const isHere = data.head.repo?.id === data.base.repo.id;
  const issue = isHere ? issueOfBranch(data.head.ref) : null;
  if (issue === null || data.user?.login.toLowerCase() !== login.toLowerCase()) {
    return refused(
      `\`/assistant ${job.command.verb}\` works on issues, and on pull requests that it opened itself: ` +
        "it never writes to anybody else's branch.",
    );
  }
  if (data.state !== "open") return refused("This pull request is closed. Ask on its issue for a new attempt.");
  if (data.locked) return refused("This conversation is locked: nothing is begun here.");
  return {
    kind: "pull",
    issue,
    number: job.number,
    branch: data.head.ref,
    target: data.base.ref,
    defaultBranch: data.base.repo.default_branch,
  };
}

function refused(reason: string): ImplementSubject {
  return { kind: "refused", reason };
}
