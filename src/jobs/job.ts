/** TYPE FILE of the jobs stage: what must be done, once per subject, and survive a restart. */
import { z } from "zod";

const repository = z.object({
  host: z.string(),
  owner: z.string(),
  name: z.string(),
  id: z.number().int().optional(),
});

/** What a person asked for, frozen at the webhook: later edits of the comment change nothing. */
const commandSchema = z.object({
  verb: z.string(),
  argument: z.string(),
  commentId: z.number().int(),
  sender: z.string(),
});

/** Lines of a pull request on which people talk; frozen like the command, since they move with every push. */
const threadSchema = z.object({
  /** Id of the first comment: answers are given to it. */
  first: z.number().int(),
  path: z.string(),
  /** 1-based, inclusive; null where the whole file is meant. */
  lines: z.object({ start: z.number().int(), end: z.number().int() }).nullable(),
  side: z.enum(["LEFT", "RIGHT"]),
  /** The head whose diff the lines are of: on the right they are its own, on the left those of its merge base. */
  commit: z.string(),
});

export const jobSchema = z.discriminatedUnion("kind", [
  /** Review the newest state of a pull request. */
  z.object({
    kind: z.literal("review"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    /** The head when the job was made; the run looks again. */
    head: z.string(),
    /** Null when an event and no person asked. */
    command: commandSchema.nullable(),
    /** Whether the command stands on lines of the pull request. */
    onLines: z.boolean().optional(),
    /** Only if this head has not been reviewed yet. */
    unreadOnly: z.boolean().optional(),
  }),
  /** Triage an issue. */
  z.object({
    kind: z.literal("triage"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    command: commandSchema.nullable(),
    /** Only if the issue says something else than when it was triaged last. */
    onlyIfChanged: z.boolean().optional(),
  }),
  /** Close an issue that repeats another one, if the comment that said so has stood long enough and nobody objected. */
  z.object({
    kind: z.literal("close-duplicate"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
  }),
  /** Answer a command that needs no work (help, an unknown verb). */
  z.object({
    kind: z.literal("answer"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    onPull: z.boolean(),
    command: commandSchema,
  }),
  /** Answer a question about the code and its past: ask, explain, similar. */
  z.object({
    kind: z.literal("ask"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    onPull: z.boolean(),
    command: commandSchema,
    /** Null outside of review threads. */
    thread: threadSchema.nullable(),
    /**
     * Null where a command asked. Else it may be a plain question, which is answered only in a thread that we began: the
     * names that it mentions, one of which must be ours, or none where it begins with `/assistant`.
     */
    plain: z.object({ mentions: z.array(z.string()) }).nullable(),
  }),
  /** Write what an issue asks for, or its plan; on a pull request of ours, go on with it. */
  z.object({
    kind: z.literal("implement"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    onPull: z.boolean(),
    command: commandSchema,
    /** When it was asked for, ISO time of the comment. */
    at: z.string(),
    /** Title and body as they were then: later edits change nothing. */
    text: z.object({ title: z.string(), body: z.string() }),
    /** Null outside of review threads. */
    thread: threadSchema.nullable(),
  }),
  /** End what runs on a subject. Begun the moment it is accepted; the job does it again, and answers. */
  z.object({
    kind: z.literal("stop"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    onPull: z.boolean(),
    command: commandSchema,
    at: z.string(),
    /** First comment of the thread in which it was said; null outside of threads. */
    thread: z.number().int().nullable(),
  }),
  /** Do what a person said about how a pull request is treated: pause, resume, ignore. */
  z.object({
    kind: z.literal("steer"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
    command: commandSchema,
    /** First comment of the thread in which it was said; null outside of threads. */
    thread: z.number().int().nullable(),
  }),
  /** A pull request was closed: what is kept of it may go after a while. */
  z.object({
    kind: z.literal("closed"),
    repository,
    installationId: z.number().int(),
    number: z.number().int(),
  }),
  /** Somebody deleted it on GitHub, or moved it away: it must not be shown from our copy. */
  z.object({
    kind: z.literal("forget"),
    repository,
    installationId: z.number().int(),
    /** A repository: the app was taken off it, and what people said there to it goes. */
    what: z.enum(["issue", "comment", "review-comment", "repository"]),
    /** Number of an issue, id of a comment or repository. */
    id: z.number().int(),
  }),
  /** Review what a push brought to a branch that no pull request is open for. */
  z.object({
    kind: z.literal("push"),
    repository,
    installationId: z.number().int(),
    branch: z.string(),
    /** Where the branch stood; null where the push made it. Commit id. */
    before: z.string().nullable(),
    head: z.string(),
    pusher: z.object({ login: z.string(), isBot: z.boolean() }),
    /** Null when the push and no person asked. */
    command: commandSchema.nullable(),
  }),
  /** A merge queue waits for the check of a group of pull requests that were reviewed one by one. */
  z.object({
    kind: z.literal("merge-group"),
    repository,
    installationId: z.number().int(),
    head: z.string(),
    /** The branch that the group goes into. */
    targetBranch: z.string(),
  }),
  /** A check run of ours may have been left open by a review that nothing will bring to its end. */
  z.object({
    kind: z.literal("open-check"),
    repository,
    installationId: z.number().int(),
    /** What the review was about, as its check run names it. */
    about: z.string(),
    head: z.string(),
  }),
  /** The default branch moved: bring what is kept along. */
  z.object({
    kind: z.literal("sync"),
    repository,
    installationId: z.number().int(),
    commit: z.string(),
  }),
  /** Compute what issues mean, where that is missing: some at a time, whenever there is nothing else to do. */
  z.object({
    kind: z.literal("embed"),
    repository,
    installationId: z.number().int(),
  }),
]);

export type Job = z.infer<typeof jobSchema>;
export type Command = z.infer<typeof commandSchema>;
export type JobThread = z.infer<typeof threadSchema>;

/** 0 runs first: a person waits for a command, nobody for a background sync. */
export function jobPriority(job: Job): number {
  if (["answer", "steer", "stop", "closed", "forget", "merge-group"].includes(job.kind)) return 0;
  if (["sync", "open-check", "close-duplicate"].includes(job.kind)) return 3;
  if (job.kind === "embed") return 4;
  if ("command" in job && job.command) return 1;
  return job.kind === "push" ? 3 : 2;
}

/** Whether the job needs anything of GitHub. */
export function asksGitHub({ kind }: Job): boolean {
  return kind !== "forget" && kind !== "embed";
}

function repositoryPrefix(job: Job): string {
  return `${job.repository.host}/${job.repository.owner}/${job.repository.name}`.toLowerCase();
}

/**
 * What a job writes to: at most one job of a subject runs at a time, so that two never write the same comment. Steering,
 * stopping, answers and changes have comments of their own: nobody waits with a question, or to stop a review, until that
 * review is done.
 */
export function subjectKey(job: Job): string {
  const prefix = repositoryPrefix(job);
  if (job.kind === "sync" || job.kind === "embed") return `${prefix} ${job.kind}`;
  if (job.kind === "push") return `${prefix} branch ${job.branch}`;
  if (job.kind === "merge-group") return `${prefix} group ${job.head}`;
  if (job.kind === "open-check") return `${prefix} ${job.about.replace(/^pull-/, "#")}`;
  if (["steer", "stop", "ask", "implement"].includes(job.kind) && "number" in job)
    return `${prefix} #${job.number} ${job.kind}`;
  return job.kind === "forget" ? `${prefix} ${job.what} ${job.id}` : `${prefix} #${job.number}`;
}

/**
 * Which waiting job a newer one supersedes: the same work on the same subject.
 * A command has a key of its own (its comment), so that no event swallows what a person asked for.
 */
export function jobKey(job: Job): string {
  const asked = "command" in job && job.command ? ` comment ${job.command.commentId}` : "";
  // A push is told by its head that a newer one came: were it gone, nobody would know what it had brought.
  const head = job.kind === "push" || job.kind === "open-check" ? ` ${job.head}` : "";
  // An edit that changes nothing must not take the place of an issue that was just opened.
  const edited = job.kind === "triage" && job.onlyIfChanged ? " edited" : "";
  return `${subjectKey(job)} ${job.kind}${head}${asked}${edited}`;
}
