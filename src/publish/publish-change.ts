import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { ChangeApi, ChangedText, ChangePull } from "./change-api.ts";
import { branchName, branchPrefix, commitTrailer, isForComment, issueOfBranch } from "./change-branch.ts";
import { formatMarker } from "./marker.ts";
import type { ImplementOutcome } from "./implement-outcome.ts";
import { changeBody } from "./markdown/change-body.ts";
import { changeTitle, commitMessage } from "./markdown/change-title.ts";
import type { AppIdentity } from "./own-comments.ts";

export interface ChangeContext {
  api: ChangeApi;
  repository: RepositoryId;
  identity: AppIdentity;
}

/** An outcome with files that may be put on GitHub. */
export interface NewChange {
  outcome: ImplementOutcome;
  /** The comment that asked. */
  comment: number;
  /** Login of who asked. */
  requester: string;
  issue: number;
  /** Branch that the change is for. */
  target: string;
  /** The pull request of ours that the change goes on with; null: a new one. */
  follow: { number: number; branch: string } | null;
  /** Paths of edited files that are programs. */
  executables: ReadonlySet<string>;
}

export type PublishedChange =
  /** `moved`: paths that the target branch has changed meanwhile, too. */
  | { kind: "opened"; pull: ChangePull; branch: string; commit: string; moved: string[] }
  | { kind: "pushed"; number: number; commit: string; onTopOf: string | null }
  /** People changed the same files of the pull request meanwhile. */
  | { kind: "conflict"; number: number; paths: string[] }
  /** The branch is there, and no pull request could be opened. */
  | { kind: "branch-only"; branch: string; reason: string }
  /** Nothing was written. */
  | { kind: "not-written"; reason: string };

/**
 * Puts a change on GitHub: a branch with one commit and a pull request, or a commit more on the branch of one. Branches only
 * move forwards. Each step looks first whether it was done for this comment before, so that a run that broke off anywhere
 * is repeated. Missing permissions and rules that forbid it are answers. Errors: as Publisher.publish, those that pass.
 */
export async function publishChange(context: ChangeContext, change: NewChange): Promise<PublishedChange> {
  try {
    return await (change.follow === null ? openChange(context, change) : pushChange(context, change, change.follow));
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === null) throw error;
    return { kind: "not-written", reason };
  }
}

export interface Attempt {
  branch: string;
  /** Commit id. */
  head: string;
  /** The open pull request of ours from it. */
  pull: ChangePull | null;
}

/** Our branches for an issue, with the open pull requests from them. */
export async function findAttempts({ api, identity }: ChangeContext, issue: number): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const { name: branch, head } of await api.branches(branchPrefix(issue))) {
    if (issueOfBranch(branch) !== issue) continue;
    const pulls = await api.openPulls(branch);
    const pull = pulls.find(({ author }) => author.toLowerCase() === identity.login.toLowerCase()) ?? null;
    attempts.push({ branch, head, pull });
  }
  return attempts;
}

/** Whether an open attempt is what became of this very comment. */
export function isAttemptOf({ pull }: Attempt, comment: number): boolean {
  const marker = formatMarker({ kind: "change", comment });
  return pull !== null && pull.body.split(/\r?\n/).includes(marker);
}

async function openChange(context: ChangeContext, change: NewChange): Promise<PublishedChange> {
  const { api } = context;
  const { comment, issue, outcome, target } = change;
  const attempts = await findAttempts(context, issue);
  const moved = await changedSince(api, outcome, await api.branchHead(target));
  const open = attempts.find(({ pull }) => pull !== null);
  if (open?.pull && isAttemptOf(open, comment)) {
    return { kind: "opened", pull: open.pull, branch: open.branch, commit: open.head, moved };
  }
  if (open?.pull)
    return { kind: "not-written", reason: `Meanwhile #${open.pull.number} was opened for the same issue.` };

  const { branch, commit } =
    (await begunBefore(api, attempts, comment)) ?? (await createBranch(context, change, attempts));
  const head = { title: changeTitle(outcome), head: branch, base: target };
  const body = changeBody(context.repository, { ...change, moved });
  try {
    const pull = (await api.createPull({ ...head, body })) ?? (await api.openPulls(branch))[0];
    if (pull) return { kind: "opened", pull, branch, commit, moved };
    throw new AssistantError("a pull request was opened and closed meanwhile", {
      code: "refused",
      remedy: "Ask again.",
    });
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === null) throw error;
    return { kind: "branch-only", branch, reason };
  }
}

/** The branch that this comment's run made before it broke off. */
async function begunBefore(
  api: ChangeApi,
  attempts: readonly Attempt[],
  comment: number,
): Promise<{ branch: string; commit: string } | null> {
  for (const { branch, head } of attempts.slice(-limits.attemptsLookedAt)) {
    if (isForComment(await api.commitMessage(head), comment)) return { branch, commit: head };
  }
  return null;
}

/** A branch of an earlier attempt stays as it is: whoever closed its pull request may still want to look at it. */
async function createBranch(
  { api }: ChangeContext,
  change: NewChange,
  attempts: readonly Attempt[],
): Promise<{ branch: string; commit: string }> {
  const { outcome, comment, issue } = change;
  const message = `${commitMessage(outcome)}\n\n${commitTrailer(comment)}\n`;
  const commit = await api.createCommit(outcome.base, message, textsOf(change));
  const taken = new Set(attempts.map(({ branch }) => branch));
  for (let count = 1; ; count += 1) {
    const name = branchName(issue, outcome.title);
    const branch = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(branch) && (await api.createBranch(branch, commit))) return { branch, commit };
  }
}

async function pushChange(
  { api }: ChangeContext,
  change: NewChange,
  { number, branch }: { number: number; branch: string },
): Promise<PublishedChange> {
  const { outcome, comment } = change;
  const pushed = (await api.pullCommits(number)).find(({ message }) => isForComment(message, comment));
  if (pushed) return { kind: "pushed", number, commit: pushed.id, onTopOf: null };
  for (let tries = 0; tries < limits.pushTries; tries += 1) {
    const head = await api.branchHead(branch);
    if (head === null) return { kind: "not-written", reason: "The branch of the pull request is gone." };
    const paths = await changedSince(api, outcome, head);
    if (paths.length > 0) return { kind: "conflict", number, paths };
    const message = `${commitMessage(outcome)}\n\n${commitTrailer(comment)}\n`;
    const commit = await api.createCommit(head, message, textsOf(change));
    const onTopOf = head === outcome.base ? null : head;
    if (await api.moveBranch(branch, commit)) return { kind: "pushed", number, commit, onTopOf };
  }
  return { kind: "not-written", reason: "The branch of the pull request moves faster than a commit can be put on it." };
}

/** Of the edited files, those that are others now than what they were edited from. */
async function changedSince(api: ChangeApi, { base, files }: ImplementOutcome, head: string | null): Promise<string[]> {
  if (head === null || head === base) return [];
  const paths = files.map(({ path }) => path);
  const before = await api.blobs(base, paths);
  const now = await api.blobs(head, paths);
  return paths.filter((path) => before.get(path) !== now.get(path));
}

function textsOf({ outcome, executables }: NewChange): ChangedText[] {
  return outcome.files.map(({ path, after }) => ({ path, text: after, executable: executables.has(path) }));
}

/** In words for the comment; null for what is no answer of GitHub to this request. */
function refusalOf(error: unknown): string | null {
  if (!(error instanceof AssistantError) || !["not-permitted", "refused"].includes(error.code)) return null;
  const said = error.message.replace(/ - https:\/\/\S+$/, "");
  return error.code === "refused" ? `GitHub refused it: ${said}.` : `${said}. ${error.remedy}`;
}
