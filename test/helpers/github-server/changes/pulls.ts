import { git } from "../../../../src/shared/git.ts";
import { followHead } from "../anchors.ts";
import { commitCount, resolveCommit } from "../commits.ts";
import { type Origin, pullEvent, pushEvent } from "../events.ts";
import { isPull, newId, type Pull, type Repository, timestamp } from "../state.ts";
import { presentLabel } from "../present/issues.ts";
import { addIssue, labelNamed, type NewIssue } from "./issues.ts";

export interface NewPull extends NewIssue {
  /** Branch names. */
  head: string;
  base: string;
  /** The repository of the head's branch, where it is another one than that of the base. */
  fork?: Repository;
  draft?: boolean;
}

/** Opens a pull request between two branches, of the repository or of a fork, and sets its `refs/pull/N/head`. */
export async function openPull(origin: Origin, asked: NewPull): Promise<Pull> {
  const { state, repository } = origin;
  const headRepository = asked.fork ?? repository;
  const tips = [branchTip(headRepository, asked.head), branchTip(repository, asked.base)] as const;
  const [headSha, baseSha] = await Promise.all(tips);
  const pull = addIssue(origin, asked, {
    id: newId(state),
    draft: asked.draft ?? false,
    headRef: asked.head,
    headRepository,
    baseRef: asked.base,
    headSha,
    baseSha,
    mergedAt: null,
  }) as Pull;
  headRepository.tips.set(asked.head, pull.pull.headSha);
  repository.tips.set(asked.base, pull.pull.baseSha);
  await setPullRef(repository, pull);
  await pullEvent(origin, "opened", pull);
  return pull;
}

/**
 * Moves a branch (or makes it), sends the push, and brings every open pull request whose head it is along: ref, comments,
 * `synchronize`. `to` is any revision; without it somebody has moved the branch already, from where this server saw it
 * last, in an earlier push or as a branch of a pull request.
 */
export async function pushBranch(origin: Origin, branch: string, to?: string): Promise<void> {
  const { repository } = origin;
  // Those of its own, and those that it is a fork of.
  const pulls = [...origin.state.repositories.values()].flatMap((base) =>
    base.issues
      .filter(isPull)
      .filter(({ state, pull }) => state === "open" && pull.headRepository === repository && pull.headRef === branch)
      .map((pull) => ({ pull, base })),
  );
  const known = repository.tips.get(branch);
  if (known === undefined && to === undefined) throw new Error(`say where ${branch} goes: where it stood is not known`);
  const before = known ?? (await resolveCommit(repository.gitDir, `refs/heads/${branch}`));
  if (to !== undefined) {
    const commit = await resolveCommit(repository.gitDir, to);
    if (!commit) throw new Error(`${to} is not a commit of ${repository.gitDir}`);
    await git(repository.gitDir, ["update-ref", `refs/heads/${branch}`, commit]);
  }
  const after = await branchTip(repository, branch);
  repository.tips.set(branch, after);
  if (after === before) return;
  const forced = before !== null && (await commitCount(repository, after, before)) > 0;
  await pushEvent(origin, branch, before, after, forced);
  for (const { pull, base } of pulls) await synchronize({ ...origin, repository: base }, pull, after);
}

/** Marks a pull request as merged or just closed; the branches are the caller's to move. */
export async function closePull(origin: Origin, pull: Pull, merged: boolean): Promise<void> {
  pull.state = "closed";
  pull.closedAt = timestamp(origin.state);
  pull.updatedAt = pull.closedAt;
  pull.pull.mergedAt = merged ? pull.closedAt : null;
  await pullEvent(origin, "closed", pull);
}

export async function editPull(
  origin: Origin,
  pull: Pull,
  to: { title?: string; body?: string | null; draft?: boolean },
): Promise<void> {
  const changes = {
    ...(to.title !== undefined && { title: { from: pull.title } }),
    ...(to.body !== undefined && { body: { from: pull.body } }),
  };
  pull.title = to.title ?? pull.title;
  pull.body = to.body === undefined ? pull.body : to.body;
  pull.updatedAt = timestamp(origin.state);
  if (Object.keys(changes).length > 0) await pullEvent(origin, "edited", pull, { changes });
  if (to.draft === undefined || to.draft === pull.pull.draft) return;
  pull.pull.draft = to.draft;
  await pullEvent(origin, to.draft ? "converted_to_draft" : "ready_for_review", pull);
}

/** Adds a label or takes it off, and says so. */
export async function labelPull(origin: Origin, pull: Pull, name: string, on: boolean): Promise<void> {
  const label = labelNamed(origin, name);
  if (pull.labels.includes(label) === on) return;
  pull.labels = on ? [...pull.labels, label] : pull.labels.filter((one) => one !== label);
  pull.updatedAt = timestamp(origin.state);
  const presented = presentLabel(origin.state, origin.repository, label);
  await pullEvent(origin, on ? "labeled" : "unlabeled", pull, { label: presented });
}

async function synchronize(origin: Origin, pull: Pull, after: string): Promise<void> {
  const before = pull.pull.headSha;
  pull.pull.headSha = after;
  pull.pull.baseSha = await branchTip(origin.repository, pull.pull.baseRef);
  pull.updatedAt = timestamp(origin.state);
  await setPullRef(origin.repository, pull);
  await followHead(origin.repository, pull);
  await pullEvent(origin, "synchronize", pull, { before, after });
}

/** GitHub keeps the head of a fork in the repository that the pull request is for. */
async function setPullRef({ gitDir }: Repository, { number, pull }: Pull): Promise<void> {
  const ref = `refs/pull/${number}/head`;
  const { headRepository, headRef, headSha } = pull;
  if (headRepository !== null && headRepository.gitDir !== gitDir) {
    await git(gitDir, ["fetch", "--quiet", headRepository.gitDir, `+refs/heads/${headRef}:${ref}`]);
  }
  await git(gitDir, ["update-ref", ref, headSha]);
}

async function branchTip(repository: Repository, branch: string): Promise<string> {
  const commit = await resolveCommit(repository.gitDir, `refs/heads/${branch}`);
  if (!commit) throw new Error(`there is no branch ${branch} in ${repository.gitDir}`);
  return commit;
}
