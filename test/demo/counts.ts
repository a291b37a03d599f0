import { demoRepository } from "../../fixtures/demo/demo-repository.ts";
import { git } from "../../src/shared/git.ts";
import { readFileAt } from "../../src/shared/git-objects.ts";
import type { Stage } from "./stage.ts";

/** Counted from the comments that the server received, not from what the assistant says of itself. */
export interface CommentCounts {
  comments: number;
  citations: number;
  /** Citations whose commit, file and lines exist. */
  resolved: number;
}

export async function countComments(stage: Stage, number: number): Promise<CommentCounts> {
  const bodies = [
    ...stage.repository.reviewComments.filter(({ pull }) => pull === number),
    ...stage.repository.comments.filter(({ issue }) => issue === number),
  ].map(({ body }) => body);
  const citations = bodies.flatMap(citationsIn);
  const resolved = await Promise.all(citations.map((citation) => resolves(stage, citation)));
  return { comments: bodies.length, citations: citations.length, resolved: resolved.filter(Boolean).length };
}

export interface Citation {
  commit: string | null;
  path: string | null;
  lines: [number, number] | null;
  issue: number | null;
}

const link =
  /\]\(https?:\/\/[^/)]+\/[^/)]+\/[^/)]+\/(?:blob\/([0-9a-f]{40})\/([^#)]+)(?:#L(\d+)(?:-L(\d+))?)?|commit\/([0-9a-f]{40})|issues\/(\d+))\)/g;

/** Links to code, commits and issues in a comment. */
export function citationsIn(body: string): Citation[] {
  return [...body.matchAll(link)].map(([, blob, path, first, last, commit, issue]) => ({
    commit: blob ?? commit ?? null,
    path: path === undefined ? null : decodeURIComponent(path),
    lines: first === undefined ? null : [Number(first), Number(last ?? first)],
    issue: issue === undefined ? null : Number(issue),
  }));
}

async function resolves({ gitDir, repository }: Stage, { commit, path, lines, issue }: Citation): Promise<boolean> {
  if (issue !== null) return repository.issues.some(({ number }) => number === issue);
  if (commit === null) return false;
  const exists =
    (await git(gitDir, ["cat-file", "-t", commit], { okCodes: [0, 128] })).toString("utf8").trim() === "commit";
  if (!exists || path === null) return exists;
  const text = (await readFileAt(gitDir, commit, path))?.toString("utf8");
  return text !== undefined && (lines === null || lines[1] <= text.replace(/\n$/, "").split("\n").length);
}

/** Over all pushes. `repeated`: comments that say again what another one says. */
export function countPushes({ repository, pushes }: Stage): { posted: number; addressed: number; repeated: number } {
  const findings = repository.reviewComments.map(({ body }) => /finding=(\w+)/.exec(body)?.[1] ?? "");
  return {
    posted: repository.reviewComments.length,
    addressed: pushes.reduce((sum, push) => sum + push.addressed, 0),
    repeated: findings.length - new Set(findings).size,
  };
}

/** Whether a comment on the changed file names each of the planted problems. */
export function plantedFound({
  repository,
}: Stage): Record<"nearCopy" | "danglingReference" | "forgottenFile", boolean> {
  const { nearCopy, danglingReference, forgottenFile } = demoRepository.planted;
  const named = (path: string, ...words: string[]): boolean =>
    repository.reviewComments.some(
      ({ original, body }) => original.path === path && words.every((word) => body.includes(word)),
    );
  return {
    nearCopy: named(nearCopy.changed, nearCopy.untouched),
    danglingReference: named(danglingReference.removedFrom, danglingReference.name, danglingReference.usedIn),
    forgottenFile: named(forgottenFile.changed, forgottenFile.forgotten),
  };
}

export function isAddressed(body: string): boolean {
  return body.startsWith("Addressed in ");
}

/** The bold line of a comment, as plain text. */
export function titleOf(body: string): string {
  return (/\*\*(.+?)\*\*/.exec(body)?.[1] ?? "").replaceAll("`", "");
}
